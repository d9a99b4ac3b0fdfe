"""What somebody may try with roots. Each attack is refused by its own name, and what was believed stays as it was."""

from collections.abc import Callable
from typing import Any

import pytest

from keys import errors
from keys.card import root_digest
from keys.trust import TrustSet
from protocol import jws, strictjson
from tests.trust.authority import (
    COUNTRY,
    DAY,
    LIVE_FOR,
    NET,
    NOW,
    PERSONS,
    digest,
    holder,
    kem_key,
    key,
    keyset,
    next_root,
    online,
    online_entry,
    pair,
    respell,
    root,
    sign_keyset,
    sign_root,
    text,
)

AT = NOW + DAY
FIRST = sign_root(root())
SECOND = next_root(FIRST, name="Kenya, new name")
THIRD = next_root(SECOND)
NEW_PERSONS = ("Dalmar", "Ekai", "Fatuma")


def one_key_each(members: dict[str, Any]) -> bytes:
    """Every holder signs, with the classical key only."""
    signers = [pair(person)[0] for person in PERSONS]
    return strictjson.dump(jws.sign(strictjson.dump(members), "itx-root+json", signers))


def halves(members: dict[str, Any]) -> bytes:
    """One signs with the classical key, another with the other: two signatures, no person."""
    signers = [pair("Achieng")[0], pair("Baraka")[1]]
    return strictjson.dump(jws.sign(strictjson.dump(members), "itx-root+json", signers))


def flipped(document: bytes) -> bytes:
    """One bit of the last signature turned."""
    members = strictjson.load(document, len(document))
    last = members["signatures"][-1]
    last["signature"] = ("B" if last["signature"][0] == "A" else "A") + last["signature"][1:]
    return strictjson.dump(members)


def signed_twice(document: bytes) -> bytes:
    members = strictjson.load(document, len(document))
    return strictjson.dump(members | {"signatures": members["signatures"] * 2})


def as_slot(members: dict[str, Any], typ: str) -> bytes:
    """Signed for another slot."""
    return sign_raw(strictjson.dump(members), typ)


def sign_raw(payload: bytes, typ: str = "itx-root+json") -> bytes:
    signers = [one for person in PERSONS[:2] for one in pair(person)]
    return strictjson.dump(jws.sign(payload, typ, signers))


# ---------------------------------------------------------------- at first contact


def with_holders(*holders: dict[str, str], by: tuple[str, ...] = PERSONS[:2], **changes: Any) -> bytes:
    return sign_root(root(holders=[*holders], **changes), *by)


def with_online(*entries: dict[str, str]) -> bytes:
    return sign_root(root(keyset=[*entries]))


def with_requires(for_root: list[str], for_keyset: list[str]) -> bytes:
    return sign_root(root(requires={"root": for_root, "keyset": for_keyset}))


ACHIENG, BARAKA, CHEBET = (holder(person) for person in PERSONS)
CLASSICAL, QUANTUM = (online_entry(one) for one in online())
BOTH = ["Ed25519", "ML-DSA-65"]
SEALING = {"kid": kem_key("k").kid, "alg": "xwing", "pub": text(kem_key("k"))}
Attacks = dict[type[errors.KeysError], dict[str, Callable[[], bytes]]]

FIRST_CONTACT: Attacks = {
    errors.DigestMismatch: {
        "a stranger's root": lambda: with_holders(*map(holder, NEW_PERSONS), by=NEW_PERSONS),
        "a second root as the first": lambda: SECOND,
    },
    errors.ThresholdNotMet: {
        "one holder where two must": lambda: sign_root(root(), "Achieng"),
        "three holders without their post-quantum keys": lambda: one_key_each(root()),
        "two halves of two holders": lambda: halves(root()),
    },
    errors.SignatureRefused: {
        "a false signature": lambda: flipped(FIRST),
        "a stray signature": lambda: sign_root(root(), *PERSONS[:2], "Dalmar"),
    },
    errors.KeyRefused: {
        "a holder's key of low order": lambda: with_holders({**ACHIENG, "ed25519": "A" * 43}, BARAKA, CHEBET),
    },
    errors.AlgorithmsReduced: {
        "no post-quantum signature required of keysets": lambda: with_requires(BOTH, ["Ed25519"]),
        "no classical signature required of roots": lambda: with_requires(["ML-DSA-65"], BOTH),
        "no signature required of keysets": lambda: with_requires(BOTH, []),
    },
    errors.NetworkMismatch: {"a training root": lambda: sign_root(root(net="training"))},
    errors.RootExpired: {"an expired root": lambda: sign_root(root(iat=NOW - 100 * DAY, exp=AT))},
    errors.DocumentMalformed: {
        "no signature": lambda: respell(FIRST, signatures=[]),
        "a holder who signs twice": lambda: signed_twice(FIRST),
        "one key for two holders": lambda: with_holders({**ACHIENG, "mldsa65": CHEBET["mldsa65"]}, BARAKA, CHEBET),
        "two holders of one name": lambda: with_holders(ACHIENG, {**BARAKA, "name": "Achieng"}),
        "a holder's key that is an online key too": lambda: with_online(online_entry(pair("Achieng")[0]), QUANTUM),
        "1-of-3 on the real network": lambda: sign_root(root(threshold=1)),
        "1-of-1 on the real network": lambda: with_holders(ACHIENG, by=("Achieng",), threshold=1),
        "a threshold nobody can meet": lambda: sign_root(root(threshold=4)),
        "a threshold of none": lambda: sign_root(root(threshold=0)),
        "no holders": lambda: with_holders(threshold=0),
        "seventeen holders": lambda: with_holders(*(holder(f"p{n}") for n in range(17)), by=("p0", "p1")),
        "a holder's key that is no text of bytes": lambda: with_holders({**ACHIENG, "ed25519": "B" * 43}, BARAKA),
        "an online key under another kid": lambda: with_online({**CLASSICAL, "kid": key("other").kid}, QUANTUM),
        "an online key for sealing": lambda: with_online(CLASSICAL, QUANTUM, SEALING),
        "keysets that nobody could sign": lambda: with_online(CLASSICAL),
        "an algorithm nobody knows": lambda: with_requires(BOTH, [*BOTH, "HS256"]),
        "a first root with a predecessor": lambda: sign_root(root(prev="0" * 64)),
        "a root that lasts for ever": lambda: sign_root(root(exp=NOW + 3651 * DAY)),
        "a root that ends before it begins": lambda: sign_root(root(exp=NOW - 1)),
        "a network nobody knows": lambda: sign_root(root(net="test")),
        "an authority with a false name": lambda: sign_root(root(auth="KE/../br")),
        "a name with a line break": lambda: sign_root(root(name="Kenya\nsigned: Brazil")),
        "a version of the format nobody knows": lambda: sign_root(root(v=2)),
        "a keyset in the place of a root": lambda: sign_keyset(keyset()),
        "a root signed as a statement": lambda: as_slot(root(), "itx-stmt+json"),
        "no JSON": lambda: bytes(40),
        "a member twice": lambda: FIRST.replace(b'{"payload"', b'{"payload":"","payload"'),
        "a payload with a member twice": lambda: sign_raw(b'{"v":1,"v":1}'),
        "a document of a megabyte": lambda: FIRST + b" " * 1_000_000,
        "a member around the payload": lambda: respell(FIRST, header={}),
    },
}


def listed(attacks: Attacks) -> list[Any]:
    return [pytest.param(error, make, id=name) for error, made in attacks.items() for name, make in made.items()]


def claimed(document: bytes) -> str:
    """The digest an officer would have compared, had the forged document been the true one."""
    try:
        return root_digest(document)
    except errors.DocumentMalformed:
        return "0" * 64


@pytest.mark.parametrize(("error", "make"), listed(FIRST_CONTACT))
def test_an_attack_at_first_contact_is_refused_by_name(
    error: type[errors.KeysError], make: Callable[[], bytes]
) -> None:
    compared = digest(FIRST) if error is errors.DigestMismatch else claimed(make())
    with pytest.raises(error) as refusal:
        TrustSet.pin([make()], compared, NET, at_ms=AT)
    assert type(refusal.value) is error


@pytest.mark.parametrize("count", [0, 257])
def test_a_chain_of_no_or_too_many_roots_is_refused(count: int) -> None:
    with pytest.raises(errors.VersionSkipped):
        TrustSet.pin([FIRST] * count, digest(FIRST), NET, at_ms=AT)


def test_a_chain_that_begins_in_the_middle_is_refused() -> None:
    with pytest.raises(errors.VersionSkipped):
        TrustSet.pin([SECOND], digest(SECOND), NET, at_ms=AT)


def test_a_chain_with_a_gap_is_refused() -> None:
    with pytest.raises(errors.VersionSkipped):
        TrustSet.pin([FIRST, THIRD], digest(FIRST), NET, at_ms=AT)


# ---------------------------------------------------------------- afterwards

BY_NEW = {"holders": [holder(person) for person in NEW_PERSONS]}
FEWER = {"root": ["Ed25519"], "keyset": ["Ed25519"]}
STRANGER = sign_root(root(auth="br", country="BRA"))

LATER: Attacks = {
    errors.Rollback: {"the root before": lambda: FIRST},
    errors.Equivocation: {"another root of the same version": lambda: next_root(FIRST, name="Kenya, another name")},
    errors.DigestMismatch: {
        "another first root": lambda: sign_root(root(name="Kenya, again")),
        "a stranger's first root": lambda: STRANGER,
    },
    errors.AuthorityMismatch: {
        "a stranger's second root": lambda: next_root(STRANGER),
        "a stranger's third root": lambda: next_root(next_root(STRANGER)),
        "a root of another country": lambda: next_root(SECOND, country="BRA"),
        "a root of another authority": lambda: next_root(SECOND, auth="br"),
    },
    errors.NetworkMismatch: {"a root of the training network": lambda: next_root(SECOND, net="training")},
    errors.VersionSkipped: {
        "a version left out": lambda: next_root(THIRD),
        "a version far ahead": lambda: next_root(SECOND, ver=2**53 - 1),
    },
    errors.PreviousMismatch: {"another predecessor": lambda: next_root(SECOND, prev=digest(FIRST))},
    errors.ThresholdNotMet: {
        "another root of the same version, half signed": lambda: next_root(FIRST, "Achieng", name="x"),
        "signed by too few": lambda: next_root(SECOND, "Achieng"),
        "new holders without the former's consent": lambda: next_root(SECOND, *NEW_PERSONS, **BY_NEW),
        "new holders with one of the former": lambda: next_root(SECOND, *NEW_PERSONS, "Achieng", **BY_NEW),
        "the former without the new holders": lambda: next_root(SECOND, "Achieng", "Baraka", **BY_NEW),
        "a higher threshold, signed by too few": lambda: next_root(SECOND, threshold=3),
    },
    errors.AlgorithmsReduced: {"fewer algorithms": lambda: next_root(SECOND, requires=FEWER)},
    errors.SignatureRefused: {
        "a stray signature": lambda: next_root(SECOND, *PERSONS[:2], "Dalmar"),
        "a false signature": lambda: flipped(THIRD),
    },
    errors.RootExpired: {"a root that has expired": lambda: next_root(SECOND, iat=NOW - DAY, exp=AT)},
    errors.DocumentMalformed: {
        "no predecessor": lambda: next_root(SECOND, prev=None),
        "a lower threshold, signed by so few": lambda: next_root(SECOND, "Achieng", threshold=1),
    },
}


@pytest.mark.parametrize(("error", "make"), listed(LATER))
def test_an_attack_with_a_later_root_is_refused_by_name(
    error: type[errors.KeysError], make: Callable[[], bytes]
) -> None:
    trust = TrustSet.pin([FIRST, SECOND], digest(FIRST), NET, at_ms=AT)
    with pytest.raises(error) as refusal:
        trust.update_root(make(), at_ms=AT)
    assert type(refusal.value) is error
    assert trust.root_documents == (FIRST, SECOND)


def test_a_root_that_required_three_signatures_of_keysets_is_not_followed_by_one_that_requires_two() -> None:
    three = {"root": BOTH, "keyset": [*BOTH, "ES256"]}
    strict = sign_root(root(requires=three, keyset=[CLASSICAL, QUANTUM, online_entry(key("module", "ES256"))]))
    trust = TrustSet.pin([strict], digest(strict), NET, at_ms=AT)
    with pytest.raises(errors.AlgorithmsReduced):
        trust.update_root(next_root(strict, requires={"root": BOTH, "keyset": BOTH}), at_ms=AT)
    assert trust.root.ver == 1


def test_every_refusal_of_trust_has_a_code_of_its_own() -> None:
    classes = [getattr(errors, name) for name in errors.__all__]
    assert len({each.code for each in classes}) == len(classes)


# ---------------------------------------------------------------- what is taken


def test_a_chain_is_followed_to_its_end() -> None:
    trust = TrustSet.pin([FIRST, SECOND, THIRD], digest(FIRST), NET, at_ms=AT)
    assert (trust.root.ver, trust.name, trust.country) == (3, "Kenya, new name", COUNTRY)


def test_roots_that_are_held_already_are_passed_over() -> None:
    trust = TrustSet.pin([FIRST, SECOND], digest(FIRST), NET, at_ms=AT)
    assert trust.update_roots([FIRST, SECOND], at_ms=AT) == trust


def test_a_root_that_expired_on_the_way_does_not_matter() -> None:
    short = sign_root(root(exp=NOW + 1))
    assert TrustSet.pin([short, next_root(short, exp=NOW + 9 * DAY)], digest(short), NET, at_ms=AT).root.ver == 2


def test_an_expired_chain_that_was_believed_before_is_resumed() -> None:
    assert TrustSet.resume([sign_root(root(exp=NOW + 1))], digest(sign_root(root(exp=NOW + 1))), NET).root.ver == 1


def test_all_holders_may_change_where_old_and_new_agree() -> None:
    trust = TrustSet.pin([FIRST], digest(FIRST), NET, at_ms=AT)
    handed_over = next_root(FIRST, "Achieng", "Chebet", "Dalmar", "Fatuma", **BY_NEW)
    assert [one.name for one in trust.update_root(handed_over, at_ms=AT).root.holders] == [*NEW_PERSONS]


def test_a_keyset_key_may_move_to_another_classical_algorithm() -> None:
    trust = TrustSet.pin([FIRST], digest(FIRST), NET, at_ms=AT)
    moved = [online_entry(key("module", "ES256")), online_entry(online()[1])]
    requires = {"root": ["Ed25519", "ML-DSA-65"], "keyset": ["ES256", "ML-DSA-65"]}
    assert (
        trust.update_root(next_root(FIRST, keyset=moved, requires=requires), at_ms=AT).root.requires.keyset[0]
        == "ES256"
    )


def test_a_training_node_may_have_one_holder() -> None:
    alone = sign_root(root(net="training", threshold=1, holders=[holder("Achieng")]), "Achieng")
    assert TrustSet.pin([alone], digest(alone), "training", at_ms=AT).root.threshold == 1


def test_members_of_a_later_minor_version_are_kept() -> None:
    newer = sign_root(root(motto="harambee"))
    assert TrustSet.pin([newer], digest(newer), NET, at_ms=AT).root.model_extra == {"motto": "harambee"}


def test_a_chain_has_at_most_256_roots() -> None:
    trust = TrustSet.pin([FIRST], digest(FIRST), NET, at_ms=AT)
    full = TrustSet(trust.roots * 256)
    with pytest.raises(errors.VersionSkipped, match="at most 256"):
        full.update_root(next_root(FIRST, ver=257), at_ms=AT)


def test_a_root_lives_as_long_as_it_says() -> None:
    assert (
        TrustSet.pin([FIRST], digest(FIRST), NET, at_ms=NOW + LIVE_FOR["root"] - 1).root.exp == NOW + LIVE_FOR["root"]
    )
