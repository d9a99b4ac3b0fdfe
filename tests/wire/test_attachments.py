"""Attachments beside a message: what is signed of them, what is disclosed, and what their sender may not say."""

from hashlib import sha256
from typing import Any

import pytest

from keys.streams import SealingStream
from protocol import attachments, elements, envelope, strictjson
from protocol.attachments import MAX_ATTACHMENTS, MAX_BYTES, Attachment, is_name, named_like, place_of, sealed_length
from protocol.statement import Composed
from tests.wire import cast

KEY = bytes(range(32))


def picture(number: int = 0, **changed: Any) -> Attachment:
    parts: dict[str, Any] = {
        "name": f"frame-{number}.jpg", "type": "image/jpeg", "length": 5, "sha256": "1" * 64, "key": KEY,
        "ct_sha256": f"{number:064x}",
    } | changed  # fmt: skip
    return Attachment(**parts)


COPY, ORIGINAL = picture(0, copy_of=1), picture(1, on_demand=True)


def sealed_message(*some: Attachment) -> tuple[Composed, dict[str, Any]]:
    """A message with attachments as it travels."""
    composed = cast.composed(att=some)
    outside = [one.sealed for one in some]
    return composed, cast.sealed(cast.inner(composed), att=outside)


def test_attachments_arrive_as_they_were_given() -> None:
    verified = cast.open_all(sealed_message(COPY, ORIGINAL)[1])
    assert [one.attachment for one in verified.attachments] == [COPY, ORIGINAL]
    assert verified.message == cast.message()


def test_attachments_are_read_again_from_stored_bytes() -> None:
    verified = cast.open_all(sealed_message(COPY, ORIGINAL)[1])
    assert envelope.read_attachments(verified.inner) == verified.attachments
    assert envelope.read_own(verified.inner)[2] == verified.disclosures


def test_the_signed_statement_holds_digests_of_an_attachment_and_no_name_or_key() -> None:
    composed, _ = sealed_message(ORIGINAL)
    members = strictjson.load(composed.payload, 1 << 20)["att"]
    assert [set(one) for one in members] == [{"ct_len", "ct_sha256", "on_demand", "disclosure"}]


def test_an_attachment_stands_under_the_restrictions_of_its_message() -> None:
    verified = cast.open_all(sealed_message(COPY, ORIGINAL)[1])
    expected = tuple(cast.message().to_elements().get("restrictions") or ())
    assert {one.restrictions for one in verified.attachments} == {expected}


def test_one_attachment_is_proved_with_the_rest_hidden() -> None:
    composed, _ = sealed_message(COPY, ORIGINAL)
    signed = [one.disclosure for one in composed.statement.att]
    assert elements.check(composed.disclosures[-1:], signed) is None


def test_as_many_as_fit_are_taken_and_one_more_is_not_even_said() -> None:
    many = [picture(number) for number in range(MAX_ATTACHMENTS)]
    assert len(cast.open_all(sealed_message(*many)[1]).attachments) == MAX_ATTACHMENTS
    with pytest.raises(ValueError, match="att"):
        cast.composed(att=[*many, picture(64)])


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a/b"}, {"name": "a\\b"}, {"name": ".."}, {"name": ""}, {"name": "x" * 201}, {"name": "a\nb"},
        {"name": "\u202egpj.exe"}, {"key": b"short"}, {"copy_of": 1}, {"length": 0}, {"length": MAX_BYTES + 1},
        {"type": "image"}, {"sha256": "x"}, {"ct_sha256": ""},
    ],
)  # fmt: skip
def test_our_own_node_never_says_what_another_would_refuse(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's and ours
        cast.composed(att=[picture(**wrong)])


@pytest.mark.parametrize("length", [1, 16_383, 16_384, 16_385, 100_000])
def test_the_sealed_length_follows_from_the_plain_one(length: int) -> None:
    sealing = SealingStream(KEY, attachments.context("training"))
    assert len(sealing.update(bytes(length)) + sealing.finish()) == sealed_length(length)


def test_the_manifest_says_of_an_attachment_only_what_a_front_door_needs() -> None:
    composed = cast.composed(att=[ORIGINAL])
    members = cast.manifest_members(b"ct", "0" * 64)
    made = envelope.Manifest.model_validate(members | {"att": [one.model_dump() for one in composed.statement.att]})
    built = envelope.build_manifest(
        net=cast.NET, stc="0" * 64, mid=cast.MID, sender=cast.KE, to=cast.AT, prio="low", iat=1, seq=1, prev=None,
        kem_suite="xwing", kem_kid=cast.RECIPIENT.kem.kid, ct=b"ct", ks_ver=1, ks_sha256="0" * 64, att=made.att,
    )  # fmt: skip
    assert [one.model_dump() for one in built.att] == [ORIGINAL.sealed]


def test_the_key_of_an_attachment_does_not_show_in_its_text() -> None:
    assert sha256(KEY).hexdigest() not in repr(COPY)
    assert "key=" not in repr(COPY)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("photo.jpg", "photo.jpg"),
        ("C:\\Users\\ada\\photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        ("\u202egpj.exe", "_gpj.exe"),
        ("a\nb\udcff.pdf", "a_b?.pdf"),
        ("x" * 300 + ".tiff", "x" * 195 + ".tiff"),
        ("..", "attachment"),
        ("ends/", "attachment"),
    ],
)
def test_any_name_of_a_file_becomes_one_an_attachment_may_bear(given: str, name: str) -> None:
    assert named_like(given) == name
    assert is_name(name)


@pytest.mark.parametrize(("text", "is_one"), [("image/jpeg", True), ("text/html; charset=x", False), ("", False)])
def test_a_media_type_is_known_by_its_form(text: str, is_one: bool) -> None:  # noqa: FBT001 - a table of truths
    assert attachments.is_type(text) == is_one


def test_the_name_of_its_disclosure_tells_the_place_of_an_attachment() -> None:
    names = ("att.0", "att.63", "att", "att.", "att.100", "outcomes.0", "xatt.1")
    assert [place_of(name) for name in names] == [0, 63, None, None, None, None, None]
