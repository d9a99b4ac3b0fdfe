"""The index of a bundle: what one file carries."""

from typing import Any

import pytest

from protocol import bundle, jws, strictjson
from protocol.bundle import PIECE_BYTES, Index, Member
from protocol.errors import (
    Mismatch,
    ProtocolError,
    SchemaInvalid,
    TooLarge,
    UnknownKey,
    UnsupportedExtension,
    UnsupportedVersion,
    WrongNetwork,
    WrongRecipient,
)
from tests.wire import cast
from tests.wire.keyring import knows

DIGEST, OTHER = "5" * 64, "6" * 64
MEMBERS = (
    Member(name="posts/000001.json", len=14_000, sha256="1" * 64),
    Member(name=f"blobs/{DIGEST}", len=3_000, sha256=DIGEST),
    Member(name=f"blobs/{OTHER}.1", len=5, sha256="8" * 64, whole=PIECE_BYTES + 5),
)
MADE = bundle.build(
    net=cast.NET, bundle=f"{cast.AT}:{cast.uuid7(9)}", sender=cast.AT, to=cast.KE, iat=cast.IAT, part=(1, 2),
    ks=(7, "2" * 64), members=MEMBERS, taken=[f"{cast.KE}:{cast.uuid7(8)}"], landed=[DIGEST], want=[OTHER],
)  # fmt: skip
SAID = strictjson.load(MADE.payload(), 1 << 16)


def take(item: Any) -> Index:
    return bundle.authenticate(bundle.parse(item), me=cast.KE, net=cast.NET, verify=knows(cast.RECIPIENT.rcpt))


def said(**changed: Any) -> dict[str, Any]:
    return jws.sign(strictjson.dump(SAID | changed), bundle.TYP, [cast.RECIPIENT.rcpt])


def test_an_index_arrives_as_it_was_made() -> None:
    assert take(bundle.issue(MADE, cast.RECIPIENT.rcpt)) == MADE


def test_the_wire_of_an_index_is_its_canonical_dump() -> None:
    item = bundle.issue(MADE, cast.RECIPIENT.rcpt)
    assert bundle.parse(item).wire == strictjson.dump(item)


def test_only_pieces_say_how_long_the_whole_is() -> None:
    assert ["whole" in one for one in SAID["members"]] == [False, False, True]


def test_a_member_says_what_it_is() -> None:
    assert [(one.is_post, one.piece) for one in MEMBERS] == [(True, None), (False, None), (False, 1)]
    assert [one.digest for one in MEMBERS[1:]] == [DIGEST, OTHER]


@pytest.mark.parametrize(("length", "pieces"), [(1, 1), (PIECE_BYTES, 1), (PIECE_BYTES + 1, 2)])
def test_an_attachment_is_cut_into_pieces_of_one_mebibyte(length: int, pieces: int) -> None:
    assert bundle.pieces_of(length) == pieces


def test_members_of_a_later_version_are_kept() -> None:
    assert take(said(note="later")).unknown == {"note": "later"}


def test_the_longest_lists_fit_one_index() -> None:
    many = [{"name": f"posts/{n:06}.json", "len": 1, "sha256": DIGEST} for n in range(bundle.MAX_MEMBERS)]
    lists = {"taken": [SAID["taken"][0]] * bundle.MAX_TAKEN, "landed": [DIGEST] * bundle.MAX_LANDED}
    found = take(said(members=many, want=[DIGEST] * bundle.MAX_WANT, **lists))
    assert (len(found.members), len(found.taken), len(found.landed)) == (16_000, 20_000, 10_000)


def _with(**changed: Any) -> dict[str, Any]:
    return {"members": [SAID["members"][0] | changed]}


REFUSED: dict[str, tuple[dict[str, Any], type[ProtocolError]]] = {
    "another version": ({"v": 2}, UnsupportedVersion),
    "something to be understood": ({"crit": ["x"]}, UnsupportedExtension),
    "another network": ({"net": "real"}, WrongNetwork),
    "another reader": ({"to": "br"}, WrongRecipient),
    "the id of another": ({"id": f"br:{cast.uuid7(9)}"}, Mismatch),
    "a part of fewer": ({"part": 3}, SchemaInvalid),
    "a member twice": ({"members": SAID["members"][:1] * 2}, SchemaInvalid),
    "more than one file holds": (
        {"members": [{"name": f"blobs/{n:064}", "len": 268_000_000, "sha256": f"{n:064}"} for n in range(8)]},
        SchemaInvalid,
    ),
    "a path that climbs": (_with(name="posts/../000001.json"), SchemaInvalid),
    "a post that is a piece": (_with(whole=14_000), SchemaInvalid),
    "a post of more than is posted": (_with(len=(8 << 20) + 1), SchemaInvalid),
    "an attachment under another digest": (_with(name=f"blobs/{DIGEST}"), SchemaInvalid),
    "a piece without the whole": (_with(name=f"blobs/{DIGEST}.0"), SchemaInvalid),
    "a piece of another length": (_with(name=f"blobs/{DIGEST}.0", whole=14_001), SchemaInvalid),
    "a piece behind the end": (_with(name=f"blobs/{DIGEST}.1", whole=14_000), SchemaInvalid),
    "too long": ({"news": "x" * (8 << 20)}, TooLarge),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_index_that_does_not_hold_is_refused(name: str) -> None:
    members, expected = REFUSED[name]
    with pytest.raises(expected):
        take(said(**members))


def test_an_index_signed_by_a_stranger_is_refused() -> None:
    with pytest.raises(UnknownKey):
        take(jws.sign(strictjson.dump(SAID), bundle.TYP, [cast.SENDER.env]))
