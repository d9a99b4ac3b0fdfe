"""From bytes to a Verified message, and every way to be refused on it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.algorithms import seal, signing_key
from protocol import base64url, envelope, jws, receipts, statement, strictjson
from protocol.attachments import MAX_CT_BYTES
from protocol.errors import (
    BadSignature,
    Mismatch,
    ProtocolError,
    SchemaInvalid,
    TooLarge,
    UnknownKey,
    UnsupportedExtension,
    UnsupportedSuite,
    UnsupportedVersion,
    WrongNetwork,
    WrongRecipient,
)
from tests.wire import cast
from tests.wire.keyring import grains, knows, seed

ITEM = cast.sealed()
NAMED = [{"ct_len": 73, "ct_sha256": "0" * 64, "on_demand": False}]
STRANGER = signing_key("Ed25519", seed("stranger"))


def refusal(item: Any) -> ProtocolError:
    """How ``item`` is refused on its way in."""
    with pytest.raises(ProtocolError) as caught:
        cast.open_all(item)
    return caught.value


# ---------------------------------------------------------------- the way through


def test_a_sealed_message_arrives_as_it_was_said() -> None:
    assert cast.open_all(ITEM).message == cast.message()


def test_what_arrives_names_statement_and_envelope_by_their_digests() -> None:
    verified = cast.open_all(ITEM)
    assert (verified.statement_digest, verified.envelope_digest) == (
        cast.composed().digest,
        envelope.parse(ITEM).digest,
    )


def test_what_arrives_is_stored_in_the_bytes_the_sender_sealed() -> None:
    inside = cast.inner()
    assert cast.open_all(cast.sealed(inside)).inner == inside


def test_what_is_given_back_may_lack_what_was_erased_and_still_holds() -> None:
    taken = cast.authenticate(ITEM)
    inside = envelope.unpad(cast.unseal(taken.envelope))
    _, _, told = envelope.read_own(inside)
    rests = envelope.pad(envelope.erase(inside, told[-1].name))
    ways = {"verify": cast.knows(*cast.SENDER.stmt), "required": cast.both_needed}
    with pytest.raises(SchemaInvalid):
        envelope.open_inner(taken, rests, **ways)
    again = envelope.open_inner(taken, rests, **ways, given_back=True)
    assert again.statement_digest == cast.open_all(ITEM).statement_digest
    assert len(again.disclosures) == len(told) - 1


def test_stored_bytes_are_read_again_without_their_signatures_being_needed() -> None:
    verified = cast.open_all(ITEM)
    assert envelope.read_own(verified.inner) == (verified.statement, verified.message, verified.disclosures)
    signed = strictjson.load(envelope.statement_of(verified.inner).encode(), 1 << 20)
    assert verified.statement.mid in base64url.decode(signed["payload"]).decode()


def test_the_wire_of_an_envelope_is_its_canonical_dump() -> None:
    assert envelope.parse(ITEM).wire == strictjson.dump(ITEM)


def test_what_was_finished_here_is_what_travels() -> None:
    taken = envelope.parse(ITEM)
    assert envelope.finish(taken.manifest, taken.ct, cast.SENDER.env) == taken


def test_a_manifest_reads_as_it_was_written() -> None:
    members = cast.manifest_members(b"ct", "0" * 64, exp=5)
    made = envelope.Manifest.read(strictjson.dump(members))
    assert made.payload() == strictjson.dump(members)


def test_unknown_members_of_a_manifest_are_kept_and_shown() -> None:
    taken = cast.authenticate(cast.sealed(news={"a": 1}))
    assert taken.envelope.manifest.unknown == {"news": {"a": 1}}


def test_nobody_else_makes_an_authentic_envelope() -> None:
    with pytest.raises(TypeError, match="only"):
        envelope.Authentic(envelope.parse(ITEM), object())


def test_nobody_else_makes_a_verified_message() -> None:
    good = cast.open_all(ITEM)
    with pytest.raises(TypeError, match="only"):
        envelope.Verified(good.statement, good.message, (), (), good.inner, "", "", None)


def test_the_context_of_the_sealing_is_laid_out_as_specified() -> None:
    fields = [b"real", b"m", b"ke", b"at", b"kid", b"message"]
    expected = b"itx/1 env\0" + b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    assert envelope.info("real", "m", "ke", "at", "kid", "message") == expected


def test_what_is_sealed_for_one_context_does_not_open_in_another() -> None:
    taken = envelope.parse(ITEM)
    elsewhere = envelope.info("real", cast.MID, cast.KE, cast.AT, cast.RECIPIENT.kem.kid)
    with pytest.raises(ProtocolError):
        cast.RECIPIENT.kem.open(elsewhere, taken.ct)


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=200))
def test_any_text_in_a_message_arrives_byte_for_byte(text: str) -> None:
    said = cast.message(cast.BODY | {"note": text})
    inside = cast.inner(cast.composed(said))
    assert envelope.read_own(inside)[1].to_body()["note"] == text


# ---------------------------------------------------------------- refused before it is authentic

UNAUTHENTIC: dict[str, tuple[Any, type[ProtocolError]]] = {
    "no object": ([ITEM], SchemaInvalid),
    "no ciphertext": ({name: ITEM[name] for name in ("payload", "signatures")}, SchemaInvalid),
    "ciphertext no text": (ITEM | {"ct": 5}, SchemaInvalid),
    "ciphertext no base64url": (ITEM | {"ct": ITEM["ct"] + "="}, SchemaInvalid),
    "ciphertext too long": (ITEM | {"ct": "A" * ((1 << 20) * 4 // 3 + 4)}, TooLarge),
    "other ciphertext": (ITEM | {"ct": base64url.encode(bytes(9328))}, Mismatch),
    "ciphertext cut": (ITEM | {"ct": base64url.encode(base64url.decode(ITEM["ct"])[:-1])}, Mismatch),
    "two signatures": (ITEM | {"signatures": ITEM["signatures"] * 2}, SchemaInvalid),
    "a manifest that is too long": (cast.sealed(news="x" * 33_000), TooLarge),
    "a manifest that is no object": (cast.outer([], b"ct"), SchemaInvalid),  # type: ignore[arg-type]
    "signed by a stranger": (cast.sealed(signer=STRANGER), UnknownKey),
    "signed for another slot": (
        jws.sign(base64url.decode(ITEM["payload"]), receipts.TYP, [cast.SENDER.env]) | {"ct": ITEM["ct"]},
        SchemaInvalid,
    ),
    "another signature": (ITEM | {"signatures": cast.sealed()["signatures"]}, BadSignature),
    "another major version of another shape": (cast.outer({"v": 2, "new": True}, b"ct"), UnsupportedVersion),
    "a version that is no number": (cast.sealed(v="1"), SchemaInvalid),
    "a version that is true": (cast.sealed(v=True), SchemaInvalid),
}


@pytest.mark.parametrize("name", UNAUTHENTIC)
def test_what_is_not_authentic_is_refused_without_a_signature(name: str) -> None:
    item, expected = UNAUTHENTIC[name]
    refused = refusal(item)
    assert (type(refused), refused.authentic) == (expected, False)


ILL_FORMED_MEMBERS = {
    "net": ["test", None, 1], "crit": [None, "x", [1], ["x"] * 17, ["X Y"]], "stc": ["", "A" * 64, "a" * 63, None, 5],
    "mid": ["ke", f"ke:{cast.uuid7(1).hex}", None], "from": ["KE", None, ["ke"]], "to": ["", "a" * 64],
    "cls": [None, "", "x" * 65], "prio": ["high", None, ""], "iat": [-1, "1", None, True, 2**53],
    "exp": ["1", -1, True],
    "seq": [0, -1, None, "1"], "prev": ["", 0, "g" * 64], "kem": [None, {}, {"suite": "xwing"}, []],
    "ct": [None, {"len": 0, "sha256": "0" * 64}, {"len": (1 << 20) + 1, "sha256": "0" * 64}, {"len": 5}],
    "att": [None, {}, [5], [NAMED[0]] * 2, [NAMED[0] | {"ct_len": 72}], [NAMED[0] | {"ct_len": MAX_CT_BYTES + 1}],
            [{"ct_len": 73, "ct_sha256": f"{n:064x}", "on_demand": False} for n in range(65)]],
    "ks": [None, {}, {"ver": 0, "sha256": "0" * 64}, {"ver": 1, "sha256": "x"}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in ILL_FORMED_MEMBERS.items() for value in values]
)
def test_every_member_of_a_manifest_has_its_form(name: str, value: Any) -> None:
    with pytest.raises((SchemaInvalid, ValueError)):
        envelope.Manifest.read(strictjson.dump(cast.manifest_members(b"ct", "0" * 64) | {name: value}))


@pytest.mark.parametrize("name", [name for name in ILL_FORMED_MEMBERS if name != "exp"])
def test_no_member_of_a_manifest_may_be_left_out(name: str) -> None:
    members = cast.manifest_members(b"ct", "0" * 64)
    del members[name]
    with pytest.raises(SchemaInvalid):
        envelope.Manifest.read(strictjson.dump(members))


def test_a_refusal_never_repeats_what_came() -> None:
    secret = "TOP-SECRET"
    with pytest.raises(SchemaInvalid) as caught:
        envelope.parse(cast.outer(cast.manifest_members(b"ct", "0" * 64) | {"prio": secret}, b"ct"))
    assert secret not in f"{caught.value} {caught.value.__cause__}"


# ---------------------------------------------------------------- refused although authentic

AUTHENTIC: dict[str, tuple[dict[str, Any], type[ProtocolError]]] = {
    "another version": ({"v": 2}, UnsupportedVersion),
    "an extension nobody understands": ({"crit": ["postcard"]}, UnsupportedExtension),
    "the other network": ({"net": "real"}, WrongNetwork),
    "another recipient": ({"to": "br"}, WrongRecipient),
    "an id that begins with another authority": ({"mid": f"br:{cast.uuid7(1)}"}, Mismatch),
    "a sender that is not the id's": ({"from": "br"}, Mismatch),
    "another class": ({"cls": "tombstone"}, UnsupportedExtension),
    "another suite": ({"kem": {"suite": "kyber", "kid": cast.RECIPIENT.kem.kid}}, UnsupportedSuite),
    "another salted digest": ({"stc": "0" * 64}, Mismatch),
    "an attachment inside nobody named": ({"att": NAMED}, Mismatch),
}


@pytest.mark.parametrize("name", AUTHENTIC)
def test_what_is_authentic_but_not_to_be_taken_is_refused_over_its_signature(name: str) -> None:
    members, expected = AUTHENTIC[name]
    refused = refusal(cast.sealed(**members))
    assert (type(refused), refused.authentic) == (expected, True)


def sealed_parts(**changed: Any) -> dict[str, Any]:
    """An envelope around an inside of which some parts are changed, consistent in everything else."""
    inside = strictjson.dump(strictjson.load(cast.inner(), 1 << 20) | changed)
    return around(inside)


def around(inside: bytes) -> dict[str, Any]:
    context = envelope.info(cast.NET, cast.MID, cast.KE, cast.AT, cast.RECIPIENT.kem.kid)
    ct = seal(cast.RECIPIENT.kem.public, context, envelope.pad(inside))
    try:
        stc = envelope.Inner.read(inside).stc
    except ProtocolError:
        stc = "0" * 64
    return cast.outer(cast.manifest_members(ct, stc), ct)


def signed_statement(**changed: Any) -> dict[str, Any]:
    """Our statement with other members, signed by the right keys."""
    members = strictjson.load(cast.composed().payload, 1 << 20) | changed
    return {"statement": jws.sign(strictjson.dump(members), statement.TYP, list(cast.SENDER.stmt))}


def other_disclosures(*texts: Any) -> dict[str, Any]:
    return {"disclosures": list(texts)}


TEXTS = strictjson.load(cast.inner(), 1 << 20)["disclosures"]
STATEMENT = strictjson.load(cast.inner(), 1 << 20)["statement"]

INSIDE: dict[str, tuple[dict[str, Any], type[ProtocolError]]] = {
    "a member too many": ({"more": 1}, SchemaInvalid),
    "a short salt": ({"salt": "AAAA"}, SchemaInvalid),
    "a salt that is none": ({"salt": None}, SchemaInvalid),
    "disclosures no list": ({"disclosures": {}}, SchemaInvalid),
    "too many disclosures": ({"disclosures": [TEXTS[0]] * 1089}, SchemaInvalid),
    "a disclosure that is none": (other_disclosures(*TEXTS[:-1], "AAAA"), SchemaInvalid),
    "a disclosure missing": (other_disclosures(*TEXTS[:-1]), Mismatch),
    "a disclosure moved": (other_disclosures(TEXTS[1], TEXTS[0], *TEXTS[2:]), Mismatch),
    "a disclosure twice": (other_disclosures(*TEXTS, TEXTS[-1]), Mismatch),
    "a statement that is none": ({"statement": []}, SchemaInvalid),
    "a statement for another slot": ({"statement": {k: ITEM[k] for k in ("payload", "signatures")}}, SchemaInvalid),
    "one signature only": ({"statement": STATEMENT | {"signatures": STATEMENT["signatures"][:1]}}, BadSignature),
    "a stranger's signature": (
        {"statement": jws.sign(cast.composed().payload, statement.TYP, [STRANGER, cast.SENDER.stmt[1]])},
        UnknownKey,
    ),
    "signatures of another statement": (
        {"statement": STATEMENT | {"signatures": signed_statement(due=1)["statement"]["signatures"]}},
        BadSignature,
    ),
    "another version": (signed_statement(v=2), UnsupportedVersion),
    "an extension nobody understands": (signed_statement(crit=["postcard"]), UnsupportedExtension),
    "an attachment that is none": (signed_statement(att=[{}]), SchemaInvalid),
    "an attachment outside only": (signed_statement(att=[NAMED[0] | {"disclosure": "1" * 64}]), Mismatch),
    "another network": (signed_statement(net="real"), Mismatch),
    "another id": (signed_statement(mid=f"ke:{cast.uuid7(9)}"), Mismatch),
    "another sender": (signed_statement(**{"from": "br"}), Mismatch),
    "another recipient": (signed_statement(to="br"), Mismatch),
    "another kind": (signed_statement(type="urn:itx:poem:1"), UnsupportedExtension),
    "another version of the kind": (signed_statement(type="urn:itx:trace-request:2"), UnsupportedVersion),
    "re out of order": (signed_statement(re=[f"ke:{cast.uuid7(6)}", f"ke:{cast.uuid7(5)}"]), SchemaInvalid),
    "re twice": (signed_statement(re=[f"ke:{cast.uuid7(6)}"] * 2), SchemaInvalid),
    "no elements": (signed_statement(body={"elements": []}), SchemaInvalid),
    "a body in clear": (signed_statement(body={"elements": ["0" * 64], "weapon": {}}), SchemaInvalid),
    "a thread that is none": (signed_statement(thread="ke"), SchemaInvalid),
    "a type that is none": (signed_statement(type="trace-request"), SchemaInvalid),
}


@pytest.mark.parametrize("name", INSIDE)
def test_an_inside_that_does_not_hold_is_refused_over_its_signature(name: str) -> None:
    parts, expected = INSIDE[name]
    refused = refusal(sealed_parts(**parts))
    assert (type(refused), refused.authentic) == (expected, True)


@pytest.mark.parametrize("inside", [b"", b"[]", b"{", b'{"statement":1,"statement":1}'])
def test_an_inside_that_is_not_the_three_parts_is_refused(inside: bytes) -> None:
    assert isinstance(refusal(around(inside)), SchemaInvalid)


def test_a_plaintext_that_is_not_padded_is_refused() -> None:
    with pytest.raises(SchemaInvalid):
        envelope.open_inner(cast.authenticate(ITEM), cast.inner(), verify=knows(), required=cast.both_needed)


def test_a_message_for_us_wrapped_again_for_a_third_is_refused() -> None:
    """We open what ``ke`` sent us and seal it to ``br`` as if ``ke`` had asked it: inside and outside disagree."""
    context = envelope.info(cast.NET, cast.MID, cast.KE, "br", cast.RECIPIENT.kem.kid)
    ct = seal(cast.RECIPIENT.kem.public, context, envelope.pad(cast.inner()))
    item = cast.outer(cast.manifest_members(ct, envelope.Inner.read(cast.inner()).stc) | {"to": "br"}, ct)
    taken = envelope.authenticate(envelope.parse(item), me="br", net=cast.NET, verify=knows(cast.SENDER.env))
    with pytest.raises(Mismatch):
        envelope.open_inner(
            taken, envelope.pad(cast.inner()), verify=knows(*cast.SENDER.stmt), required=cast.both_needed
        )


def test_the_salted_digest_hides_the_statement_behind_its_salt() -> None:
    salted = {envelope.Inner.read(cast.inner(cast.composed(salt=grains(word)))).stc for word in ("one", "two")}
    assert len(salted) == 2


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_changed_bit_anywhere_in_an_envelope_is_refused(data: st.DataObject) -> None:
    wire = bytearray(strictjson.dump(ITEM))
    at = data.draw(st.integers(0, len(wire) * 8 - 1))
    wire[at // 8] ^= 1 << at % 8
    with pytest.raises(ProtocolError):
        cast.open_all(strictjson.load(bytes(wire), 1 << 20))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, len(strictjson.dump(ITEM)) - 1))
def test_a_cut_envelope_is_refused(length: int) -> None:
    with pytest.raises(ProtocolError):
        envelope.parse(strictjson.load(strictjson.dump(ITEM)[:length], 1 << 20))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ITEM, "alg", "protected"]), inner),
)


@given(JSON)
def test_any_other_value_is_refused_as_no_envelope(value: Any) -> None:
    with pytest.raises(ProtocolError):
        envelope.parse(value)


@settings(deadline=None)
@given(st.sampled_from(sorted(ILL_FORMED_MEMBERS)), JSON)
def test_any_value_in_any_member_is_read_or_refused(name: str, value: Any) -> None:
    members = cast.manifest_members(b"ct", "0" * 64) | {name: value}
    try:
        read = envelope.Manifest.read(strictjson.dump(members))
    except ProtocolError:
        return
    assert strictjson.load(read.payload(), 1 << 16) == {k: v for k, v in members.items() if (k, v) != ("exp", None)}
