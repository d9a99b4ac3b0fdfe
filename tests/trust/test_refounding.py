"""A new home for an authority whose node is lost: the chain of its card, the next root, and its keys of before."""

from typing import Any

import pytest

from keys import errors
from keys.card import Card, make
from keys.founding import FoundingRequest
from keys.keyset import Contact, Keyset, first_keyset, issue_keyset, log_entries
from keys.refounding import believe_card, inherit, succeed
from keys.rotation import entries
from keys.trust import TrustSet
from keys.uses import FIRST_KEYS, Use
from tests.trust.authority import (
    AUTH,
    COUNTRY,
    DAY,
    NET,
    NOW,
    digest,
    entry,
    first_keys,
    kem_entry,
    keyset,
    next_root,
    online,
    online_entry,
    root,
    sign_keyset,
    sign_root,
)
from tests.trust.test_rotation import record

AT = NOW + DAY
FIRST = sign_root(root())
KEYS = [*first_keys(), entry("env", "lost", status="revoked", since=NOW - DAY)]
KEM = [kem_entry(), kem_entry("file", "lost", status="revoked")]
BEFORE = sign_keyset(keyset(ver=7, keys=KEYS, kem=KEM))
CARD = Card.read(make([FIRST], BEFORE))
NEW = online("a new home")
SECOND = next_root(FIRST, keyset=[online_entry(one) for one in NEW])


def asked(**changed: Any) -> FoundingRequest:
    members = {"itx_founding": 1, "net": NET, "auth": AUTH, "country": COUNTRY, "name": "Kenya"}
    return FoundingRequest.model_validate(members | {"keyset": tuple(online_entry(one) for one in NEW)} | changed)


def fresh(trust: TrustSet) -> Keyset:
    """The first keyset over the keys of the new home."""
    records = [record(use, alg, "new home") for use, alg in FIRST_KEYS if use is not Use.KEYSET]
    contact = Contact(name="Trace desk Nairobi")
    return first_keyset(trust.root, records, at_ms=AT, origin="ke.example/itx/R2", contact=contact)


def test_a_counterpart_follows_the_new_home_and_compares_nothing_anew() -> None:
    held = TrustSet.pin([FIRST], digest(FIRST), NET, at_ms=AT).update_keyset(BEFORE)
    trust = succeed(believe_card(CARD, NET), SECOND, asked(), at_ms=AT)
    document = issue_keyset(inherit(fresh(trust), keyset_of(CARD), at_ms=AT), NEW)
    after = held.update_root(SECOND, at_ms=AT).update_keyset(document)
    assert (after.digest, after.root.ver, after.keyset.ver) == (held.digest, 2, 8)  # type: ignore[union-attr]
    assert len(after.active("stmt")) == 2


def keyset_of(card: Card) -> Keyset:
    keyset = believe_card(card, NET).keyset
    assert keyset is not None
    return keyset


def test_what_the_lost_keys_signed_stays_provable_and_nothing_is_sealed_to_them() -> None:
    before = keyset_of(CARD)
    trust = succeed(believe_card(CARD, NET), SECOND, asked(), at_ms=AT)
    after = inherit(fresh(trust), before, at_ms=AT)
    now = {one.kid: (one.status, one.since) for one in entries(after)}
    assert {now[one.kid] for one in (*before.keys[:-1], *log_entries(before))} == {("retired", AT)}
    assert now[before.keys[-1].kid] == ("revoked", NOW - DAY)
    assert [one.kid in now for one in before.kem] == [False, True]


def test_without_a_keyset_of_before_the_first_one_is_the_first() -> None:
    trust = TrustSet.pin([FIRST], digest(FIRST), NET, at_ms=AT)
    assert inherit(fresh(trust), None, at_ms=AT).ver == 1


REFUSED: dict[str, tuple[bytes, dict[str, Any], type[errors.KeysError]]] = {
    "the root that the card holds already": (FIRST, {}, errors.CeremonyRefused),
    "a root that names keyset keys of another home": (
        next_root(FIRST, keyset=[online_entry(one) for one in online("somebody")]), {}, errors.CeremonyRefused,
    ),
    "a request under another name": (SECOND, {"name": "Kenya, elsewhere"}, errors.CeremonyRefused),
    "a root that one holder signed": (
        next_root(FIRST, "Achieng", keyset=[online_entry(one) for one in NEW]), {}, errors.ThresholdNotMet,
    ),
    "a root two versions on": (next_root(SECOND), {}, errors.VersionSkipped),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_a_new_home_takes_only_the_next_root_that_it_asked_for(what: str) -> None:
    document, changed, error = REFUSED[what]
    before = believe_card(CARD, NET)
    with pytest.raises(error):
        succeed(before, document, asked(**changed), at_ms=AT)
    assert before.root.ver == 1


def test_a_card_of_the_other_network_is_not_believed() -> None:
    with pytest.raises(errors.NetworkMismatch):
        believe_card(CARD, "training")
