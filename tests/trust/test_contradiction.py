"""A proof that a log told two histories, judged with nothing but the digest of its owner's first root."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from keys.card import Card, make
from keys.contradiction import MAX_BYTES, ContradictionRefused, verify
from keys.contradiction import make as make_proof
from keys.notes import LOG, WITNESS, lines_of, named, read_signed
from protocol import checkpoint, strictjson
from protocol.checkpoint import Checkpoint
from protocol.errors import BadSignature, UnknownKey
from tests.trust import authority as at

ORIGIN = "ke.example/itx/br"
SIGNERS = (at.key("log"), at.key("log", "ML-DSA-44"))
LISTED = [(one.public, True) for one in SIGNERS]
ROOT = at.sign_root(at.root())
CARD = Card.read(make([ROOT], at.sign_keyset(at.keyset())))
PINS = {"ke": CARD.digest}


def note(size: int, seconds: int, history: str = "one", origin: str = ORIGIN, signers: Any = SIGNERS) -> str:
    head = Checkpoint(origin, size, hashlib.sha256(f"{history} {size}".encode()).digest())
    lines = [named(origin, one.public, LOG).sign(head, seconds, one.sign) for one in signers]
    return checkpoint.write(head.body(), lines)


FORK = make_proof("fork", [note(9, 100), note(9, 50, "other")], CARD)
ROLLBACK = make_proof("rollback", [note(9, 100), note(7, 101)], CARD)


def altered(data: bytes, change: Callable[[dict[str, Any]], Any]) -> bytes:
    members = strictjson.load(data, MAX_BYTES)
    change(members)
    return strictjson.dump(members)


def test_two_roots_of_one_size_are_a_proof_for_whoever_knows_the_root() -> None:
    found = verify(FORK, PINS)
    assert (found.what, found.authority, found.origin) == ("fork", "ke", ORIGIN)
    assert (found.first.seconds, found.then.seconds, found.first.head.size) == (50, 100, 9)


def test_a_later_checkpoint_over_fewer_entries_is_a_proof_too() -> None:
    found = verify(ROLLBACK, PINS)
    assert (found.what, found.first.head.size, found.then.head.size) == ("rollback", 9, 7)


def test_a_key_that_was_revoked_since_proves_what_it_signed() -> None:
    entries = [{"kid": one.kid, "alg": alg, "pub": at.text(one), "status": status, "since": at.NOW}
               for word, status in (("log", "revoked"), ("next", "active"))
               for alg in LOG for one in (at.key(word, alg),)]  # fmt: skip
    log = {"origin": "ke.example/itx", "ed25519": at.text(at.key("next")), "keys": entries,
           "mldsa44": at.text(at.key("next", "ML-DSA-44"))}  # fmt: skip
    card = Card.read(make([ROOT], at.sign_keyset(at.keyset(log=log))))
    assert verify(make_proof("rollback", [note(9, 100), note(7, 101)], card), PINS).what == "rollback"


REFUSED: dict[str, tuple[bytes, dict[str, str], str]] = {
    "nobody pinned": (FORK, {}, "not-pinned"),
    "another root pinned": (FORK, {"ke": "0" * 64}, "wrong-root"),
    "no JSON": (b"{", PINS, "schema"),
    "too long": (b" " * (MAX_BYTES + 1), PINS, "too-large"),
    "a list": (b"[]", PINS, "schema"),
    "a member more": (altered(FORK, lambda file: file.update(more=1)), PINS, "schema"),
    "a later version": (altered(FORK, lambda file: file.update(itx_log_proof=2)), PINS, "unsupported-version"),
    "one note": (altered(FORK, lambda file: file["notes"].pop()), PINS, "schema"),
    "a note that is a number": (altered(FORK, lambda file: file.update(notes=[1, 2])), PINS, "schema"),
    "no card": (altered(FORK, lambda file: file.update(card=[])), PINS, "bad-root"),
    "another word": (altered(FORK, lambda file: file.update(what="rollback")), PINS, "mismatch"),
    "the same note twice": (make_proof("fork", [note(9, 1), note(9, 1)], CARD), PINS, "mismatch"),
    "a log that only grew": (make_proof("rollback", [note(7, 1), note(9, 2)], CARD), PINS, "mismatch"),
    "an older note played back": (make_proof("rollback", [note(9, 2), note(7, 1)], CARD), PINS, "mismatch"),
    "two logs": (make_proof("fork", [note(9, 1), note(9, 2, "b", "ke.example/itx/at")], CARD), PINS, "mismatch"),
    "a log of another": (
        make_proof("fork", [note(9, 1, "a", "br.example/itx/ke"), note(9, 2, "b", "br.example/itx/ke")], CARD), PINS,
        "mismatch",
    ),
    "another size": (
        altered(FORK, lambda file: file.update(notes=[one.replace("\n9\n", "\n8\n") for one in file["notes"]])),
        PINS, "bad-signature",
    ),
    "one signature less": (
        make_proof("fork", [note(9, 1, signers=SIGNERS[:1]), note(9, 2, "other")], CARD), PINS, "unknown-key",
    ),
    "keys of another": (
        make_proof("fork", [note(9, 1, signers=(at.key("x"), at.key("x", "ML-DSA-44"))), note(9, 2, "other")], CARD),
        PINS, "bad-signature",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_shows_no_contradiction_is_refused_with_a_code(what: str) -> None:
    data, pins, code = REFUSED[what]
    with pytest.raises(ContradictionRefused) as refused:
        verify(data, pins)
    assert refused.value.code == code


# ---------------------------------------------------------------- notes


def test_a_note_counts_with_a_signature_of_each_algorithm_of_the_log() -> None:
    assert read_signed(note(9, 100), ORIGIN, LISTED, LOG).seconds == 100
    with pytest.raises(UnknownKey):
        read_signed(note(9, 100, signers=SIGNERS[:1]), ORIGIN, LISTED, LOG)


def test_the_signature_of_a_log_is_none_of_a_witness() -> None:
    with pytest.raises((BadSignature, UnknownKey)):
        read_signed(note(9, 100), ORIGIN, LISTED, WITNESS)


def test_a_revoked_key_counts_only_where_it_is_asked_for() -> None:
    revoked = [(one.public, False) for one in SIGNERS]
    with pytest.raises(BadSignature):
        read_signed(note(9, 100), ORIGIN, revoked, LOG)
    assert read_signed(note(9, 100), ORIGIN, revoked, LOG, ever=True).head.size == 9


def test_only_the_lines_of_the_keys_asked_for_are_taken_over() -> None:
    strange = note(9, 100, signers=(*SIGNERS, at.key("x")))
    assert len(checkpoint.read(strange).signatures) == 3
    assert checkpoint.write(checkpoint.read(strange).body, lines_of(strange, ORIGIN, LISTED, LOG)) == "".join(
        strange.splitlines(keepends=True)[:6]
    )
