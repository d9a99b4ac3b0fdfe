"""What somebody may try with keysets. Each attack is refused by its own name, and what was believed stays as it was."""

from collections.abc import Callable
from typing import Any

import pytest

from keys import errors
from keys.admission import admit
from keys.trust import MOST_LEAP, TrustSet
from protocol import base64url, jws, strictjson
from tests.trust.authority import (
    DAY,
    NET,
    NOW,
    digest,
    entry,
    first_keys,
    kem_entry,
    key,
    keyset,
    next_root,
    online,
    online_entry,
    pair,
    root,
    sign_keyset,
    sign_root,
    text,
)

AT = NOW + DAY
ROOT = sign_root(root())
CLASSICAL, QUANTUM = online()
THIEF = (key("thief"), key("thief", "ML-DSA-65"))
BARE = TrustSet.pin([ROOT], digest(ROOT), NET, at_ms=AT)
HELD_KEYS = [*first_keys(), entry("env", "lost", status="revoked")]
HELD_KEM = [kem_entry(), kem_entry("file"), kem_entry("online", "lost", status="revoked")]


def newer(**changes: Any) -> bytes:
    """A good successor of the keyset held, with changes."""
    return sign_keyset(keyset(ver=6, keys=HELD_KEYS, kem=HELD_KEM, log=keyset()["log"] | {"keys": LOG}) | changes)


def with_key(**changes: Any) -> bytes:
    return newer(keys=[*HELD_KEYS, entry("env", "another") | changes])


def with_log(**changes: Any) -> bytes:
    return newer(log=keyset()["log"] | {"keys": LOG} | changes)


def log_entry(word: str, alg: str, **changes: Any) -> dict[str, Any]:
    """A key of the log as a keyset lists it."""
    one = key(word, alg)
    return {"kid": one.kid, "alg": alg, "pub": text(one), "status": "active", "since": NOW} | changes


LOG = [log_entry("log", "Ed25519"), log_entry("log", "ML-DSA-44"), log_entry("old log", "Ed25519", status="revoked")]


HELD = BARE.update_keyset(newer(ver=5))


def with_another_use(use: str, then: str) -> bytes:
    return newer(keys=[one | {"use": then} if one["use"] == use else one for one in HELD_KEYS])


def flipped() -> bytes:
    members = strictjson.load(newer(), 1 << 20)
    first = members["signatures"][0]
    first["signature"] = ("B" if first["signature"][0] == "A" else "A") + first["signature"][1:]
    return strictjson.dump(members)


def under_another_alg() -> bytes:
    """Signed by the true key, whose header names another algorithm."""
    forged: list[jws.Signer] = [Renamed(CLASSICAL.kid, "ES256"), QUANTUM]
    return strictjson.dump(jws.sign(strictjson.dump(keyset(ver=6)), "itx-keyset+json", forged))


class Renamed:
    """Signs with the true key under another name."""

    def __init__(self, kid: str, alg: str) -> None:
        self.kid, self.alg = kid, alg

    def sign(self, data: bytes) -> bytes:
        return CLASSICAL.sign(data)


def p256_twice() -> bytes:
    """One P-256 key, once for signing and once to seal to."""
    sealing = kem_entry("online", "twice", "p256")
    signing = entry("env", "twice", "ES256") | {"pub": sealing["pub"]}
    return newer(keys=[*HELD_KEYS, signing | {"kid": es256_kid(sealing["pub"])}], kem=[*HELD_KEM, sealing])


def es256_kid(pub: str) -> str:
    return admit("ES256", base64url.decode(pub)).kid


Attacks = dict[type[errors.KeysError], dict[str, Callable[[], bytes]]]

ATTACKS: Attacks = {
    errors.Rollback: {
        "an older keyset": lambda: sign_keyset(keyset(ver=4, keys=HELD_KEYS, kem=HELD_KEM)),
        "the first keyset": lambda: sign_keyset(keyset()),
    },
    errors.Equivocation: {"another keyset of the same version": lambda: newer(ver=5, contact={"name": "Somebody"})},
    errors.VersionSkipped: {
        "a version far ahead": lambda: newer(ver=5 + MOST_LEAP + 1),
        "the last version there is": lambda: newer(ver=2**53 - 1),
    },
    errors.AuthorityMismatch: {"a keyset of another authority": lambda: newer(auth="br")},
    errors.NetworkMismatch: {"a keyset of the training network": lambda: newer(net="training")},
    errors.ThresholdNotMet: {
        "no post-quantum signature": lambda: sign_keyset(keyset(ver=6), CLASSICAL),
        "no classical signature": lambda: sign_keyset(keyset(ver=6), QUANTUM),
    },
    errors.SignatureRefused: {
        "signed by strangers": lambda: sign_keyset(keyset(ver=6), *THIEF),
        "signed by a stranger too": lambda: sign_keyset(keyset(ver=6), CLASSICAL, QUANTUM, THIEF[0]),
        "signed by the holders": lambda: sign_keyset(keyset(ver=6), *pair("Achieng")),
        "signed by its own keys": lambda: sign_keyset(keyset(ver=6), key("stmt"), key("stmt", "ML-DSA-65")),
        "a false signature": flipped,
        "a header with another algorithm": under_another_alg,
    },
    errors.AlgorithmsReduced: {
        "no post-quantum signature required": lambda: newer(requires=["Ed25519"]),
        "no classical signature required": lambda: newer(requires=["ML-DSA-65"]),
        "nothing required": lambda: newer(requires=[]),
    },
    errors.HistoryRewritten: {
        "a key no longer listed": lambda: newer(keys=HELD_KEYS[1:]),
        "a key with another use": lambda: with_another_use("pull", "rcpt"),
        "a revoked key that is back": lambda: newer(keys=[*first_keys(), entry("env", "lost")]),
        "a revoked key that is only retired": lambda: newer(
            keys=[*first_keys(), entry("env", "lost", status="retired")]
        ),
        "another pair of log keys without a trace": lambda: with_log(
            ed25519=text(key("log 2")), keys=[log_entry("log 2", "Ed25519"), *LOG[1:]]
        ),
        "a list of log keys that is gone": lambda: with_log(keys=[]),
        "a revoked log key that is back": lambda: with_log(keys=[*LOG[:2], LOG[2] | {"status": "retired"}]),
        "a log key that is an envelope key now": lambda: newer(
            keys=[*HELD_KEYS, entry("env", "old log")], log=keyset()["log"] | {"keys": LOG[:2]}
        ),
        "a revoked key to seal to that is back": lambda: newer(kem=[*HELD_KEM[:2], kem_entry("online", "lost")]),
    },
    errors.KeyRefused: {
        "a key of low order": lambda: with_key(pub="A" * 43),
        "a key to seal to of low order": lambda: newer(kem=[kem_entry(pub="A" * 1621 + "A")]),
        "a log key of low order": lambda: with_log(ed25519="A" * 43, keys=[]),
        "a degenerate log key": lambda: with_log(mldsa44="A" * 1750, keys=[]),
        "a listed log key of low order": lambda: with_log(keys=[*LOG[:2], LOG[2] | {"pub": "A" * 43}]),
    },
    errors.DocumentMalformed: {
        "a key under another kid": lambda: with_key(kid=key("other").kid),
        "a key twice": lambda: newer(keys=[*HELD_KEYS, entry("env")]),
        "a key for two uses": lambda: newer(keys=[*HELD_KEYS, entry("rcpt", "env")]),
        "a key to seal to twice": lambda: newer(kem=[*HELD_KEM, kem_entry()]),
        "one point to sign with and to seal to": p256_twice,
        "an online key of the root as an envelope key": lambda: newer(keys=[*HELD_KEYS, entry("env", "online")]),
        "a holder's key as an envelope key": lambda: newer(keys=[*HELD_KEYS, entry("env", "Achieng")]),
        "the log key as an envelope key": lambda: newer(keys=[*HELD_KEYS, entry("env", "log")]),
        "an envelope key that does not fit": lambda: newer(keys=[*HELD_KEYS, entry("env", "pq", "ML-DSA-65")]),
        "a use nobody knows": lambda: with_key(use="keyset"),
        "a status nobody knows": lambda: with_key(status="good"),
        "an algorithm nobody knows": lambda: with_key(alg="HS256"),
        "a suite nobody knows": lambda: newer(kem=[kem_entry() | {"suite": "x25519"}]),
        "an instant that is no number": lambda: with_key(since="now"),
        "an instant that is true": lambda: with_key(since=True),
        "a keyset that never lapses": lambda: newer(exp=NOW + 401 * DAY),
        "a keyset for files that never lapses": lambda: newer(exp_file=NOW + 401 * DAY),
        "a keyset that lapsed before its issue": lambda: newer(exp=NOW - 1),
        "a refresh without pause": lambda: newer(refresh=1),
        "an address that is no address": lambda: newer(urls={"exchange": "file:///etc/passwd"}),
        "an address with a password": lambda: newer(urls={"exchange": "https://me:secret@ke.example"}),
        "a log key twice": lambda: with_log(keys=[*LOG, LOG[2]]),
        "a log key under another kid": lambda: with_log(keys=[*LOG[:2], LOG[2] | {"kid": key("other").kid}]),
        "a log that names a key it does not list": lambda: with_log(ed25519=text(key("log 2"))),
        "a log that names a revoked key": lambda: with_log(ed25519=LOG[2]["pub"]),
        "a log key that tokens know": lambda: with_log(keys=[*LOG, log_entry("es", "ES256", status="retired")]),
        "a retired log key as an envelope key": lambda: newer(keys=[*HELD_KEYS, entry("env", "old log")]),
        "an origin with a blank": lambda: with_log(origin="ke example"),
        "no contact": lambda: newer(contact=None),
        "257 keys": lambda: newer(keys=HELD_KEYS * 43),
        "a root in the place of a keyset": lambda: ROOT,
        "a keyset signed as a receipt": lambda: sign_keyset(keyset(ver=6), typ="itx-rcpt+json"),
        "no JSON": lambda: b"{",
    },
}


def listed(attacks: Attacks) -> list[Any]:
    return [pytest.param(error, make, id=name) for error, made in attacks.items() for name, make in made.items()]


@pytest.mark.parametrize(("error", "make"), listed(ATTACKS))
def test_an_attack_with_a_keyset_is_refused_by_name(error: type[errors.KeysError], make: Callable[[], bytes]) -> None:
    before = HELD.keyset_document
    with pytest.raises(error) as refusal:
        HELD.update_keyset(make())
    assert (type(refusal.value), HELD.keyset_document) == (error, before)


@pytest.mark.parametrize("requires", [[], ["Ed25519"], ["ML-DSA-65"], ["Ed25519", "ES256"]])
def test_a_first_keyset_that_requires_too_little_is_refused(requires: list[str]) -> None:
    with pytest.raises(errors.AlgorithmsReduced):
        BARE.update_keyset(sign_keyset(keyset(requires=requires)))


def test_a_keyset_that_required_two_classical_signatures_goes_on_requiring_two() -> None:
    three = HELD.update_keyset(newer(requires=["Ed25519", "ES256", "ML-DSA-65"]))
    with pytest.raises(errors.AlgorithmsReduced):
        three.update_keyset(newer(ver=7))
    assert three.keyset.ver == 6  # type: ignore[union-attr]


# ---------------------------------------------------------------- what is taken


def test_a_newer_keyset_gives_a_new_trust_set_and_leaves_the_old() -> None:
    after = HELD.update_keyset(newer(contact={"name": "Somebody new"}))
    assert (after.keyset.contact.name, HELD.keyset.contact.name) == ("Somebody new", "Trace desk Nairobi")  # type: ignore[union-attr]


def test_the_keyset_that_is_held_changes_nothing() -> None:
    assert HELD.update_keyset(newer(ver=5)) is HELD


def test_a_keyset_may_leap_as_far_as_is_allowed() -> None:
    assert HELD.update_keyset(newer(ver=5 + MOST_LEAP)).keyset.ver == 5 + MOST_LEAP  # type: ignore[union-attr]


def test_a_key_may_be_added_retired_and_revoked() -> None:
    changed = [one | {"status": "retired" if one["use"] == "env" else "active"} for one in HELD_KEYS[:-1]]
    after = HELD.update_keyset(newer(keys=[*changed, HELD_KEYS[-1], entry("env", "second", status="next")]))
    assert after.active("env") == ()


def test_a_keyset_that_revokes_everything_is_believed() -> None:
    gone = [one | {"status": "revoked"} for one in HELD_KEYS]
    assert HELD.update_keyset(newer(keys=gone)).active("stmt") == ()


def test_a_revoked_key_to_seal_to_may_disappear() -> None:
    assert len(HELD.update_keyset(newer(kem=HELD_KEM[:2])).keyset.kem) == 2  # type: ignore[union-attr]


def test_members_of_a_later_minor_version_are_kept() -> None:
    after = HELD.update_keyset(newer(atlas={"marks": []}))
    assert after.keyset.model_extra == {"atlas": {"marks": []}}  # type: ignore[union-attr]


# ---------------------------------------------------------------- stolen keyset keys


REPLACED = next_root(ROOT, keyset=[online_entry(one) for one in online("replaced")])


def test_a_root_with_other_keyset_keys_drops_the_keyset_of_the_thief() -> None:
    stolen = HELD.update_keyset(newer(ver=5 + MOST_LEAP, contact={"name": "The thief"}))
    assert stolen.update_root(REPLACED, at_ms=AT).keyset is None


def test_after_such_a_root_the_versions_begin_anew() -> None:
    recovered = HELD.update_root(REPLACED, at_ms=AT).update_keyset(sign_keyset(keyset(), *online("replaced")))
    assert recovered.keyset.ver == 1  # type: ignore[union-attr]


def test_after_such_a_root_the_thief_signs_nothing() -> None:
    with pytest.raises(errors.SignatureRefused):
        HELD.update_root(REPLACED, at_ms=AT).update_keyset(newer())


def test_a_root_that_keeps_the_keyset_keys_keeps_the_keyset() -> None:
    assert HELD.update_root(next_root(ROOT, name="Kenya, new name"), at_ms=AT).keyset == HELD.keyset


def test_a_keyset_names_its_log_by_two_keys() -> None:
    signed = HELD.signed_keyset
    assert signed is not None
    assert (signed.log_ed25519.kid, text(key("log", "ML-DSA-44"))) == (key("log").kid, signed.keyset.log.mldsa44)
