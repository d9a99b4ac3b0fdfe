"""What a proof shows and hides: any elements of any message, each with its conditions, nothing of the others."""

import base64 as foreign_base64
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import proof
from protocol import envelope, messages, strictjson
from protocol.envelope import Inner
from protocol.errors import SchemaInvalid
from protocol.proof import Unshowable, choose
from protocol.statement import Composed
from tests.domain import bodies
from tests.wire import cast, provers
from tests.wire.alterations import Case, changed_at, flipped, respelt

KINDS = sorted(messages.BY_KIND)
ANSWER: dict[str, Any] = {
    "outcomes": [
        {"code": "traced_exported", "state": "BRA", "date": "2016-04-02", "licence": "KRONOS-4471"},
        {"code": "manufacture_confirmed_no_further_record", "restrictions": ["no_court_use"]},
    ],
    "transactions": [{"type": "sale", "note": "Perseus Arms", "licence": "Medusa Trading"}],
    "restrictions": ["delete_by"], "restriction_details": {"delete_by": "2031-01-01"},
    "note": "Gorgon told us on the telephone", "reference": "AIGIS-12",
}  # fmt: skip
SECRETS = ("KRONOS-4471", "Perseus Arms", "Medusa Trading", "Gorgon told us on the telephone", "AIGIS-12")


def answered(body: dict[str, Any] | None = None) -> Composed:
    return cast.composed(messages.parse("urn:itx:final-response:1", body or ANSWER))


def proved(inside: bytes, *names: str) -> proof.Proved:
    return proof.verify(strictjson.dump(provers.made(names, inside, carried=False)), provers.their_pins())


def kept(stated: Composed) -> bytes:
    return provers.inner(stated)


# ---------------------------------------------------------------- any element of any message


@pytest.mark.parametrize("kind", KINDS)
def test_every_element_of_every_kind_of_message_is_proved_alone(kind: Any) -> None:
    stated = cast.composed(messages.build(kind, bodies.body(kind)))
    inside = kept(stated)
    for at, one in enumerate(stated.disclosures, 1):
        found = {each.name: each for each in proved(inside, one.name).elements}[one.name]
        assert (found.position, found.value, found.restrictions) == (at, one.value, one.restrictions)


STATED = answered()
INSIDE = kept(STATED)
NAMES = [one.name for one in STATED.disclosures]


@given(st.sets(st.sampled_from(NAMES), min_size=1))
@settings(max_examples=60, deadline=None)
def test_any_set_of_elements_is_proved_with_the_rest_hidden(names: set[str]) -> None:
    found = proved(INSIDE, *names)
    assert [one.name for one in found.elements] == [name for name in NAMES if name in names | {"restriction_details"}]
    assert found.total == len(NAMES)


def test_a_proof_says_who_said_it_to_whom_when_and_in_which_case() -> None:
    found = proof.verify(strictjson.dump(Case().whole), provers.their_pins())
    assert (found.sender.authority, found.sender.country, found.recipient) == (cast.KE, "KEN", cast.AT)
    assert (found.thread, found.mid, found.said_ms, found.net) == (cast.CASE, cast.MID, cast.IAT, cast.NET)
    assert found.taken is not None
    assert (found.taken.by.authority, found.taken.accepted_ms) == (cast.AT, cast.IAT + 1000)


# ---------------------------------------------------------------- what is hidden


def spellings(secret: bytes) -> Iterator[bytes]:
    """The secret as it is, in hex, in both orders of UTF-16, and in base64 at each of its three offsets."""
    yield secret
    yield secret.hex().encode()
    text = secret.decode("latin-1")
    yield from (text.encode("utf-16-le"), text.encode("utf-16-be"))
    for encode in (foreign_base64.b64encode, foreign_base64.urlsafe_b64encode):
        for offset in range(3):
            yield encode(bytes(offset) + secret)[offset + 2 : -4]  # what the neighbours cannot change


def unwrapped(value: Any) -> Iterator[bytes]:
    """Every text of the file, and whatever it spells in base64url."""
    if isinstance(value, str):
        yield value.encode()
        try:
            inner = foreign_base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            yield inner
            yield from unwrapped(strictjson.load(inner, 1 << 24))
        except Exception:  # noqa: BLE001 - not base64, or not JSON: no further layer
            return
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from unwrapped(each)


@pytest.mark.parametrize("shown", ["outcomes.1", "restriction_details"])
def test_what_is_withheld_is_not_in_the_file_in_any_spelling(shown: str) -> None:
    members = provers.made([shown], INSIDE)
    layers = [strictjson.dump(members), *unwrapped(members)]
    salts = [one.salt for one in STATED.disclosures if one.name not in {shown, "restriction_details"}]
    texts = [one.text for one in STATED.disclosures if one.name not in {shown, "restriction_details"}]
    hidden = [*(one.encode() for one in SECRETS), *salts, *(one.encode() for one in texts)]
    assert not [part for part in hidden for spelt in spellings(part) for layer in layers if spelt in layer]


def test_what_is_shown_would_have_been_found_that_way() -> None:
    layers = [*unwrapped(provers.made(["outcomes.0"], INSIDE))]
    assert any(spelt in layer for spelt in spellings(b"KRONOS-4471") for layer in layers)


# ---------------------------------------------------------------- conditions


def test_an_element_is_shown_with_the_conditions_it_was_given_under() -> None:
    found = proved(INSIDE, "outcomes.0").elements
    assert [(one.name, one.restrictions) for one in found] == [
        ("restriction_details", ("delete_by",)),
        ("outcomes.0", ("delete_by",)),
    ]


def unshowable(inside: bytes, *names: str) -> str:
    with pytest.raises(Unshowable) as refused:
        choose(Inner.at_rest(inside), names)
    return str(refused.value)


def laid_out_before() -> bytes:
    """The same answer as an earlier writer cut it: what the restrictions need stands in ``rest``."""
    *others, bound, rest = sorted(STATED.disclosures, key=lambda one: (one.name == "rest", one.name[:4] == "rest"))
    texts = [*(one.text for one in others), respelt(rest, value=rest.value | {bound.name: bound.value})]
    return strictjson.dump(strictjson.load(INSIDE, 1 << 20) | {"disclosures": texts})


def test_conditions_that_stand_in_rest_are_shown_with_it_or_not_at_all() -> None:
    assert "show rest with it" in unshowable(laid_out_before(), "outcomes.0")
    chosen = choose(Inner.at_rest(laid_out_before()), ["outcomes.0", "rest"])
    assert [one.name for one in chosen.disclosures] == ["outcomes.0", "rest"]


@pytest.mark.parametrize("gone", [["restriction_details"], ["rest"]])
def test_an_element_whose_conditions_were_erased_is_not_shown_alone(gone: list[str]) -> None:
    inside = INSIDE if gone == ["restriction_details"] else laid_out_before()
    for name in gone:
        inside = envelope.erase(inside, name) if inside is INSIDE else _forgotten(inside)
    assert "conditions it was given under were erased" in unshowable(inside, "outcomes.0")


def _forgotten(inside: bytes) -> bytes:
    """The earlier layout after its ``rest`` was erased."""
    parts = strictjson.load(inside, 1 << 20)
    return strictjson.dump(parts | {"disclosures": parts["disclosures"][:-1], "erased": [[len(NAMES) - 1, "rest"]]})


@pytest.mark.parametrize(
    ("names", "why"), [((), "at least one"), (("outcomes.7",), "no element of this name"), (("Rest",), "no element")]
)
def test_what_is_not_there_cannot_be_shown(names: tuple[str, ...], why: str) -> None:
    assert why in unshowable(INSIDE, *names)


# ---------------------------------------------------------------- any other change


WHOLE = strictjson.dump(Case().whole)


def refused(data: bytes, pins: dict[str, str] | None = None) -> bool:
    """Whether the file is refused, by a step and a code."""
    try:
        proof.verify(data, provers.their_pins() if pins is None else pins)
    except proof.ProofRefused as error:
        return bool(error.code) and error.step in proof.Step
    return False


@pytest.mark.parametrize("number", range(300))
def test_a_bit_changed_anywhere_in_a_proof_is_refused(number: int) -> None:
    at = Random(number).randrange(len(WHOLE) * 8)
    spoilt = bytearray(WHOLE)
    spoilt[at // 8] ^= 1 << at % 8
    assert refused(bytes(spoilt)), f"bit {at}"


@pytest.mark.parametrize("number", range(60))
def test_a_sign_changed_in_any_text_of_a_proof_is_refused(number: int) -> None:
    whole = whole_again()
    places = list(texts(whole))
    chance = Random(number)
    path, text = places[number % len(places)]
    assert refused(strictjson.dump(changed_at(whole, path, flipped(text, chance.randrange(len(text))))))


def texts(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[list[Any], str]]:
    """Every text of the file with the way to it."""
    if isinstance(value, str):
        yield list(at), value
    elif isinstance(value, list | dict):
        for name, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from texts(each, (*at, name))


@pytest.mark.parametrize("length", [0, 1, len(WHOLE) // 2, len(WHOLE) - 1])
def test_a_proof_that_was_cut_is_refused(length: int) -> None:
    assert refused(WHOLE[:length])


@pytest.mark.parametrize(
    "data", [WHOLE + b" {}", b"\xef\xbb\xbf" + WHOLE, WHOLE.replace(b'{"car', b'{"sender":1,"car', 1)]
)
def test_what_is_not_in_the_json_profile_is_refused(data: bytes) -> None:
    assert refused(data)


def test_a_proof_beyond_its_limit_is_refused() -> None:
    with pytest.raises(proof.ProofRefused) as refusal:
        proof.verify(b" " * (16 * 1024 * 1024) + WHOLE, provers.their_pins())
    assert (refusal.value.step, refusal.value.code) == (proof.Step.FILE, "too-large")


def test_a_disclosure_beyond_its_limit_is_refused() -> None:
    data = strictjson.dump(Case().whole | {"disclosures": ["A" * ((1 << 20) + 1)]})
    with pytest.raises(proof.ProofRefused) as refusal:
        proof.verify(data, provers.their_pins())
    assert (refusal.value.step, refusal.value.code) == (proof.Step.ELEMENTS, "too-large")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=5), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
PLACES = [[], ["statement"], ["sender"], ["disclosures"], ["disclosures", 0], ["carriage"], ["carriage", "manifest"],
          ["carriage", "receipts"], ["carriage", "receipts", 0], ["carriage", "recipient"], ["sender", "roots"],
          ["sender", "roots", 0], ["sender", "keyset"], ["statement", "payload"],
          ["statement", "signatures", 0]]  # fmt: skip


@given(st.sampled_from(PLACES), json_values)
@settings(max_examples=150, deadline=None)
def test_any_value_in_any_place_is_refused_and_breaks_nothing(path: list[Any], value: Any) -> None:
    assert refused(strictjson.dump(changed_at(whole_again(), path, value) if path else value))


def whole_again() -> dict[str, Any]:
    return dict(strictjson.load(WHOLE, len(WHOLE)))


def test_a_smaller_proof_made_of_a_larger_one_holds() -> None:
    """Taking a shown element or the carriage away leaves a proof of less."""
    whole = whole_again()
    whole["disclosures"] = whole["disclosures"][1:]
    del whole["carriage"]
    found = proof.verify(strictjson.dump(whole), provers.their_pins())
    assert ([one.name for one in found.elements], found.taken) == (["found"], None)


# ---------------------------------------------------------------- erased


@given(st.sets(st.sampled_from(NAMES)))
@settings(max_examples=40, deadline=None)
def test_what_is_left_after_any_erasure_is_still_proved(names: set[str]) -> None:
    inside = INSIDE
    for name in names:
        inside = envelope.erase(inside, name)
    said, message, left = envelope.read_own(inside)
    assert [one.name for one in left] == [name for name in NAMES if name not in names]
    assert (said, message.TYPE) == (STATED.statement, STATED.statement.type)
    free = [one.name for one in left if not one.restrictions or "restriction_details" not in names]
    if free:
        assert {one.name for one in proved(inside, *free).elements} >= set(free)


def test_an_erased_element_is_shown_as_erased_in_its_place() -> None:
    inside = envelope.erase(envelope.erase(INSIDE, "outcomes.0"), "rest")
    body = envelope.read_own(inside)[1].to_body()
    assert body["outcomes"] == [{"erased": True}, ANSWER["outcomes"][1]]
    assert (body["erased"], "note" in body) == (True, False)


def test_an_erased_value_is_not_at_rest_in_any_spelling() -> None:
    inside = envelope.erase(INSIDE, "outcomes.0")
    layers = [inside, *unwrapped(strictjson.load(inside, len(inside)))]
    gone = next(one for one in STATED.disclosures if one.name == "outcomes.0")
    hidden = (b"KRONOS-4471", gone.text.encode(), gone.salt)
    assert not [part for part in hidden for spelt in spellings(part) for layer in layers if spelt in layer]


@pytest.mark.parametrize("name", ["outcomes.9", "outcomes.0", ""])
def test_an_element_is_erased_once_and_only_where_there_is_one(name: str) -> None:
    inside = envelope.erase(INSIDE, "outcomes.0")
    with pytest.raises(KeyError):
        envelope.erase(inside, name)


def test_an_erased_element_cannot_be_shown() -> None:
    assert "it was erased" in unshowable(envelope.erase(INSIDE, "outcomes.0"), "outcomes.0")


def test_what_was_erased_does_not_travel_as_a_message() -> None:
    with pytest.raises(SchemaInvalid):
        Inner.read(envelope.erase(INSIDE, "outcomes.0"))


@pytest.mark.parametrize(
    "gone",
    [[], {}, [[0]], [["0", "outcomes.0"]], [[True, "outcomes.0"]], [[99, "rest"]], [[0, "No"]], [[0, 1]],
     [[1, "outcomes.1"], [0, "outcomes.0"]], [[0, "outcomes.0"], [0, "outcomes.0"]]],
)  # fmt: skip
def test_a_list_of_what_was_erased_has_one_form(gone: Any) -> None:
    with pytest.raises(SchemaInvalid):
        Inner.at_rest(strictjson.dump(strictjson.load(INSIDE, 1 << 20) | {"erased": gone}))


def test_what_rests_has_its_members_and_no_other() -> None:
    with pytest.raises(SchemaInvalid):
        Inner.at_rest(strictjson.dump(strictjson.load(INSIDE, 1 << 20) | {"note": ""}))


def test_an_envelope_without_its_sealed_copy_keeps_manifest_and_signature() -> None:
    item = cast.sealed(INSIDE)
    left = strictjson.load(envelope.without_ct(strictjson.dump(item)), 1 << 20)
    assert left == {name: item[name] for name in ("payload", "signatures")}
