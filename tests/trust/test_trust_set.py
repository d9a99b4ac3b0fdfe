"""What is believed of an authority decides whose signature counts, whom to seal to, and for how long."""

import pytest

from keys import card
from keys.card import Card, groups, root_digest, same_digest
from keys.errors import DigestMismatch, DocumentMalformed, Rollback, RootExpired
from keys.trust import Freshness, TrustSet
from protocol.errors import BadSignature, KeyRevoked, UnknownKey
from tests.trust.authority import (
    DAY,
    LIVE_FOR,
    NET,
    NOW,
    digest,
    entry,
    first_keys,
    kem_entry,
    kem_key,
    key,
    keyset,
    next_root,
    online,
    online_entry,
    root,
    sign_keyset,
    sign_root,
)

AT = NOW + DAY
ROOT = sign_root(root())
SECOND = next_root(ROOT)
KEYS = [
    *first_keys(),
    entry("env", "coming", status="next"),
    entry("env", "second", since=NOW + 1),
    entry("env", "module", "ES256"),
    entry("env", "tired", status="retired", since=NOW),
    entry("env", "stolen", status="revoked", since=NOW),
]
KEM = [
    kem_entry(),
    kem_entry("online", "newer", since=NOW + 5),
    kem_entry("online", "coming", status="next", since=NOW + 9),
]
BARE = TrustSet.pin([ROOT], digest(ROOT), NET, at_ms=AT)
KEYSET = sign_keyset(keyset(keys=KEYS, kem=KEM))
TRUST = BARE.update_keyset(KEYSET)
SIGNED = {word: key(word).sign(b"said") for word in ("env", "stmt", "coming", "tired", "stolen", "stranger")}


def verified(use: str, word: str, trust: TrustSet = TRUST, at_ms: int | None = AT) -> bool:
    trust.verifier(use, at_ms=at_ms)(key(word).kid, "Ed25519", b"said", SIGNED[word])
    return True


# ---------------------------------------------------------------- who


def test_a_trust_set_says_who_it_is_about() -> None:
    about = (TRUST.authority, TRUST.country, TRUST.name, TRUST.net, TRUST.url, TRUST.digest)
    assert about == ("ke", "KEN", "Kenya", "real", "https://itx.example.ke", digest(ROOT))


def test_a_trust_set_gives_its_documents_back_as_they_came() -> None:
    assert (TRUST.root_documents, TRUST.keyset_document) == ((ROOT,), KEYSET)


def test_the_digest_of_a_keyset_is_that_of_its_payload() -> None:
    assert TRUST.keyset_sha256 == digest(KEYSET) == digest(sign_keyset(keyset(keys=KEYS, kem=KEM)))


def test_without_a_keyset_nothing_is_known_but_the_root() -> None:
    known = (BARE.keyset, BARE.keyset_sha256, BARE.keyset_document, BARE.url, BARE.active("env"))
    assert known == (None, None, None, None, ())


def test_a_trust_set_shows_its_authority_and_versions() -> None:
    assert (repr(TRUST), repr(BARE)) == ("TrustSet(ke, root 1, keyset 1)", "TrustSet(ke, root 1, keyset None)")


def test_what_was_stored_is_resumed_as_it_was() -> None:
    assert TRUST.keyset_document is not None
    assert TrustSet.resume(TRUST.root_documents, TRUST.digest, NET, TRUST.keyset_document) == TRUST


# ---------------------------------------------------------------- whose signature counts


@pytest.mark.parametrize(("use", "word"), [("env", "env"), ("env", "coming"), ("env", "tired"), ("stmt", "stmt")])
def test_a_signature_by_a_listed_key_counts(use: str, word: str) -> None:
    assert verified(use, word)


@pytest.mark.parametrize(("use", "word"), [("stmt", "env"), ("env", "stmt"), ("env", "stranger"), ("log", "env")])
def test_a_signature_by_a_key_of_no_or_another_use_does_not_count(use: str, word: str) -> None:
    with pytest.raises(UnknownKey):
        verified(use, word)


def test_a_signature_by_a_revoked_key_does_not_count() -> None:
    with pytest.raises(KeyRevoked):
        verified("env", "stolen")


def test_a_signature_by_a_key_retired_long_ago_does_not_count() -> None:
    with pytest.raises(KeyRevoked):
        verified("env", "tired", at_ms=NOW + 30 * DAY)


def test_a_key_retired_for_carriage_by_file_counts_longer() -> None:
    check = TRUST.verifier("env", at_ms=NOW + 399 * DAY, carriage="file")
    check(key("tired").kid, "Ed25519", b"said", SIGNED["tired"])
    with pytest.raises(KeyRevoked):
        TRUST.verifier("env", at_ms=NOW + 400 * DAY, carriage="file")(
            key("tired").kid, "Ed25519", b"said", SIGNED["tired"]
        )


def test_an_active_key_counts_however_long_it_has_been_active() -> None:
    assert verified("env", "env", at_ms=NOW + 80 * DAY)


def test_without_an_instant_a_retired_key_counts() -> None:
    assert verified("env", "tired", at_ms=None)


def test_a_false_signature_does_not_count() -> None:
    with pytest.raises(BadSignature):
        TRUST.verifier("env")(key("env").kid, "Ed25519", b"not said", SIGNED["env"])


@pytest.mark.parametrize("alg", ["ES256", "ML-DSA-65", "none", ""])
def test_the_key_decides_the_algorithm(alg: str) -> None:
    with pytest.raises(BadSignature):
        TRUST.verifier("env")(key("env").kid, alg, b"said", SIGNED["env"])


def test_without_a_keyset_no_signature_counts() -> None:
    with pytest.raises(UnknownKey):
        verified("env", "env", trust=BARE)


@pytest.mark.parametrize("word", ["env", "tired", "stolen"])
def test_what_was_accepted_before_stays_provable_whatever_became_of_the_key(word: str) -> None:
    check = TRUST.evidence_verifier("env")
    check(key(word).kid, "Ed25519", b"said", SIGNED[word])
    with pytest.raises(BadSignature):
        check(key(word).kid, "Ed25519", b"not said", SIGNED[word])


def test_evidence_by_an_unknown_key_is_none() -> None:
    with pytest.raises(UnknownKey):
        TRUST.evidence_verifier("env")(key("stranger").kid, "Ed25519", b"said", SIGNED["stranger"])


# ---------------------------------------------------------------- statements


@pytest.mark.parametrize("algs", [{"Ed25519", "ML-DSA-65"}, {"Ed25519", "ML-DSA-65", "ES256"}])
def test_a_statement_signed_both_ways_is_enough(algs: set[str]) -> None:
    TRUST.require_statement_algs(frozenset(algs))
    assert TRUST.keyset is not None


@pytest.mark.parametrize("algs", [set(), {"Ed25519"}, {"ML-DSA-65"}, {"ES256", "ML-DSA-65"}])
def test_a_statement_signed_one_way_is_not_enough(algs: set[str]) -> None:
    with pytest.raises(BadSignature):
        TRUST.require_statement_algs(frozenset(algs))


def test_without_a_keyset_no_statement_is_signed_enough() -> None:
    with pytest.raises(BadSignature):
        BARE.require_statement_algs(frozenset({"Ed25519", "ML-DSA-65"}))


# ---------------------------------------------------------------- with which key


def test_the_keys_to_sign_with_are_the_latest_active_of_each_algorithm() -> None:
    assert set(TRUST.active("env")) == {key("second").kid, key("module", "ES256").kid}


def test_the_key_to_seal_to_is_the_latest_active_one() -> None:
    choice = TRUST.kem()
    assert (choice.suite, choice.kid, choice.key) == ("xwing", kem_key("newer").kid, kem_key("newer").public)


def test_what_is_sealed_opens_with_that_key() -> None:
    kid, sealed = TRUST.seal(b"context", b"plain")
    assert (kid, kem_key("newer").open(b"context", sealed)) == (kem_key("newer").kid, b"plain")


@pytest.mark.parametrize("trust", [TRUST, BARE], ids=["no key for files", "no keyset"])
def test_without_a_key_for_the_carriage_nothing_is_sealed(trust: TrustSet) -> None:
    with pytest.raises(UnknownKey):
        trust.seal(b"context", b"plain", carriage="file")


# ---------------------------------------------------------------- how old


@pytest.mark.parametrize(
    ("days", "carriage", "expected"),
    [
        (0, "online", Freshness.CURRENT),
        (89, "online", Freshness.CURRENT),
        (90, "online", Freshness.STALE),
        (119, "online", Freshness.STALE),
        (120, "online", Freshness.HELD),
        (389, "file", Freshness.CURRENT),
        (390, "file", Freshness.STALE),
        (420, "file", Freshness.HELD),
    ],
)
def test_a_keyset_ages_by_its_carriage(days: int, carriage: str, expected: Freshness) -> None:
    assert TRUST.freshness(NOW + days * DAY, carriage) is expected  # type: ignore[arg-type]


def test_a_root_past_its_date_makes_everything_stale() -> None:
    short = sign_root(root(exp=NOW + 10 * DAY))
    trust = TrustSet.pin([short], digest(short), NET, at_ms=AT).update_keyset(sign_keyset(keyset()))
    assert trust.freshness(NOW + 10 * DAY) is Freshness.STALE


def test_without_a_keyset_everything_is_held() -> None:
    assert BARE.freshness(NOW) is Freshness.HELD
    assert BARE.ends_ms() == BARE.root.exp


# ---------------------------------------------------------------- cards

CARD = card.make([ROOT, SECOND], sign_keyset(keyset()))


def test_an_authority_is_enrolled_from_its_card() -> None:
    trust = TrustSet.of_card(Card.read(CARD), same_digest(groups(digest(ROOT)).upper()), NET, at_ms=AT)
    assert (trust.authority, trust.root.ver, trust.url) == ("ke", 2, "https://itx.example.ke")


def test_a_card_with_another_digest_is_refused() -> None:
    with pytest.raises(DigestMismatch):
        TrustSet.of_card(Card.read(CARD), "0" * 64, NET, at_ms=AT)


def test_a_card_claims_the_digest_of_its_first_root() -> None:
    assert Card.read(CARD).digest == root_digest(ROOT) == digest(ROOT)


def test_a_newer_card_is_followed_as_a_whole() -> None:
    third = next_root(SECOND, keyset=[online_entry(one) for one in online("replaced")])
    newer = card.make([ROOT, SECOND, third], sign_keyset(keyset(ver=2), *online("replaced")))
    trust = TRUST.update_card(Card.read(newer), at_ms=AT)
    assert (trust.root.ver, trust.keyset.ver) == (3, 2)  # type: ignore[union-attr]


def test_an_older_card_is_refused_as_a_whole() -> None:
    trust = TrustSet.of_card(Card.read(CARD), digest(ROOT), NET, at_ms=AT)
    with pytest.raises(Rollback):
        trust.update_card(Card.read(card.make([ROOT], sign_keyset(keyset(ver=2)))), at_ms=AT)


def test_an_expired_card_is_refused_at_first_contact() -> None:
    with pytest.raises(RootExpired):
        TrustSet.of_card(Card.read(CARD), digest(ROOT), NET, at_ms=NOW + LIVE_FOR["root"])


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"{}", b'{"itx_card":2,"roots":[{}],"keyset":{}}', b'{"itx_card":1,"roots":[],"keyset":{}}',
        b'{"itx_card":1,"roots":5,"keyset":{}}',
        CARD.replace(b'"itx_card":1', b'"itx_card":2'),
        b'{"itx_card":1,"roots":[1],"keyset":{}}', CARD[:-1], CARD + b"x",
        b'{"itx_card":1,"roots":[{"payload":"A"}],"keyset":{}}', b'{"itx_card":1,"roots":[{}],"keyset":{},"extra":1}',
        b'{"itx_card":1,"roots":[' + b",".join([b"1"] * 257) + b'],"keyset":{}}',
    ],
)  # fmt: skip
def test_what_is_no_card_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentMalformed):
        Card.read(data)


def test_a_card_that_holds_something_else_is_refused_when_believed() -> None:
    empty = Card.read(card.make([ROOT], b'{"not":"a keyset"}'))
    with pytest.raises(DocumentMalformed):
        TrustSet.of_card(empty, digest(ROOT), NET, at_ms=AT)


def test_what_is_no_root_has_no_digest() -> None:
    with pytest.raises(DocumentMalformed):
        root_digest(b"[1]")


def test_a_digest_is_read_aloud_in_sixteen_groups_of_four() -> None:
    assert [len(group) for group in groups("0123456789abcdef" * 4).split()] == [4] * 16


@pytest.mark.parametrize("typed", ["AB" * 32, "ab:" * 32, " ".join(["abab"] * 16), "abab-" * 16 + "\n"])
def test_a_digest_may_be_typed_in_several_ways(typed: str) -> None:
    assert same_digest(typed) == "ab" * 32


@pytest.mark.parametrize("typed", ["", "ab" * 31, "ab" * 33, "xy" * 32, "аb" * 32])
def test_what_is_no_digest_matches_nothing(typed: str) -> None:
    with pytest.raises(DigestMismatch):
        same_digest(typed)
