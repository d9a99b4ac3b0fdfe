"""Whom the node talks to: pinned by a compared digest, verified again at each load."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from keys.card import Card, make
from keys.errors import DigestMismatch, NetworkMismatch
from tests.exchange.world import NET, Nation
from tests.given import new_store
from tests.trust.authority import AUTH, keyset, root, sign_keyset, sign_root
from tracing import audit
from tracing.partners import AlreadyPinned, Partners, add_off_node, confirmed, pin, set_status
from tracing.store import Store, Tx, View
from tracing.trust.documents import add_document


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = new_store(tmp_path)
    made.write_now(lambda tx: audit.open_tree(tx, audit.PRIVATE, "test/private"))
    return made


def pinned(store: Store, nation: Nation, **changed: str) -> Partners:
    options = {"digest": nation.card.digest, "net": NET} | changed
    store.write_now(lambda tx: pin(tx, nation.card, options["digest"], "ada", net=options["net"], log_origin="me/log"))
    partners = Partners(store, NET)
    partners.reload()
    return partners


def counts(store: Store) -> list[int]:
    """How many counterparts, documents and leaves there are."""

    def look(view: View) -> list[int]:
        names = ("counterparts", "trust_documents", "leaves")
        return [view.conn.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() or 0 for name in names]

    return store.read_now(look)


@contextmanager
def reading_on(partners: Partners) -> Iterator[None]:
    """Others read anew all the while."""
    ended = threading.Event()

    def read_on() -> None:
        while not ended.is_set():
            partners.reload()

    readers = [threading.Thread(target=read_on) for _ in range(4)]
    for each in readers:
        each.start()
    try:
        yield
    finally:
        ended.set()
        for each in readers:
            each.join()


def test_a_pinned_counterpart_is_known_with_its_keys(store: Store, nations: dict[str, Nation]) -> None:
    partner = pinned(store, nations["br"]).get("br")
    assert partner is not None
    assert partner.trust is not None
    assert (partner.country, partner.url, partner.is_reachable) == ("BRA", "http://127.0.0.1:9", True)
    assert partner.trust.digest == nations["br"].card.digest


def test_pinning_opens_the_tree_between_the_two_and_is_noted(store: Store, nations: dict[str, Nation]) -> None:
    pinned(store, nations["br"])
    origin, notes = store.read_now(
        lambda view: (
            view.conn.exec_driver_sql("SELECT origin FROM trees WHERE name = 'br'").scalar(),
            view.conn.exec_driver_sql("SELECT ref FROM leaves WHERE tree = 'private' AND kind = 'cfg'").scalars().all(),
        )
    )
    assert (origin, notes) == ("me/log/br", ["br"])


def test_another_digest_than_the_compared_one_is_refused(store: Store, nations: dict[str, Nation]) -> None:
    with pytest.raises(DigestMismatch):
        pinned(store, nations["br"], digest=nations["ke"].card.digest)
    assert counts(store) == [0, 0, 0]


def test_a_card_of_the_other_network_is_refused(store: Store, nations: dict[str, Nation]) -> None:
    with pytest.raises(NetworkMismatch):
        pinned(store, nations["br"], net="real")
    assert counts(store) == [0, 0, 0]


def test_a_counterpart_is_pinned_once(store: Store, nations: dict[str, Nation]) -> None:
    pinned(store, nations["br"])
    before = counts(store)
    with pytest.raises(AlreadyPinned) as caught:
        pinned(store, nations["br"])
    assert (caught.value.digest, counts(store)) == (nations["br"].card.digest, before)


def test_a_state_reached_by_letter_has_no_keys(store: Store) -> None:
    store.write_now(lambda tx: add_off_node(tx, "zw", "ZWE", "Police", "ada"))
    partners = Partners(store, NET)
    partners.reload()
    (partner,) = partners.all()
    assert (partner.on_node, partner.trust, partner.is_reachable, partner.is_suspended) == (False, None, False, False)


def test_a_state_is_added_by_letter_once(store: Store) -> None:
    store.write_now(lambda tx: add_off_node(tx, "zw", "ZWE", "Police", "ada"))
    with pytest.raises(AlreadyPinned) as caught:
        store.write_now(lambda tx: add_off_node(tx, "zw", "ZWE", "Police", "ada"))
    assert caught.value.digest is None


def test_a_state_reached_by_letter_can_come_to_a_node(store: Store, nations: dict[str, Nation]) -> None:
    store.write_now(lambda tx: add_off_node(tx, "br", "BRA", "Police", "ada"))
    partner = pinned(store, nations["br"]).get("br")
    assert partner is not None
    assert (partner.on_node, partner.is_reachable) == (True, True)


def test_an_authority_that_cannot_be_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="AuthorityId"):
        store.write_now(lambda tx: add_off_node(tx, "No Such", "ZWE", "Police", "ada"))
    assert counts(store) == [0, 0, 0]


def test_documents_that_no_longer_verify_leave_a_counterpart_without_keys(
    store: Store, nations: dict[str, Nation]
) -> None:
    partners = pinned(store, nations["br"])

    def damage(tx: Tx) -> None:
        tx.conn.exec_driver_sql("UPDATE trust_documents SET document = X'7B7D', sha256 = 'x' WHERE kind = 'keyset'")

    store.write_now(damage)
    partners.reload()
    partner = partners.get("br")
    assert partner is not None
    assert (partner.trust, partner.is_reachable) == (None, False)


def test_documents_are_verified_again_only_when_they_change(store: Store, nations: dict[str, Nation]) -> None:
    partners = pinned(store, nations["br"])
    first = partners.get("br")
    partners.reload()
    second = partners.get("br")
    assert first is not None
    assert second is not None
    assert first.trust is second.trust


def test_suspending_is_noted_and_undone(store: Store, nations: dict[str, Nation]) -> None:
    partners = pinned(store, nations["br"])
    said = []
    for status in ("suspended", "active"):
        store.write_now(partial(set_status, authority="br", status=status, actor="ada"))
        partners.reload()
        partner = partners.get("br")
        assert partner is not None
        said.append((partner.is_suspended, partner.is_reachable))
    assert (said, counts(store)[2]) == ([(True, False), (False, True)], 3)


def test_nobody_is_suspended_who_is_no_counterpart(store: Store) -> None:
    with pytest.raises(KeyError):
        store.write_now(lambda tx: set_status(tx, "br", "suspended", "ada"))


def test_a_stranger_is_nobody(store: Store) -> None:
    assert Partners(store, NET).get("br") is None


@pytest.mark.parametrize("url", ["https://a.example", "http://127.0.0.1:8470", "https://a.example/node/"])
def test_a_plain_address_is_confirmed(url: str) -> None:
    assert str(confirmed(url)).startswith(url)


def test_the_table_of_trust_documents_keeps_them_byte_for_byte(store: Store, nations: dict[str, Nation]) -> None:
    pinned(store, nations["br"])
    rows = store.read_now(
        lambda view: view.conn.exec_driver_sql("SELECT document FROM trust_documents").scalars().all()
    )
    assert set(rows) == {nations["br"].roots[0], nations["br"].keyset}


def test_whoever_read_earlier_writes_over_nothing_that_was_seen_later(store: Store) -> None:
    card = Card.read(make([sign_root(root())], sign_keyset(keyset())))
    store.write_now(lambda tx: pin(tx, card, card.digest, "ada", net="real", log_origin="me/log"))
    partners, seen = Partners(store, "real"), []
    for ver in range(2, 22):
        with reading_on(partners):
            newer = sign_keyset(keyset(ver=ver))
            store.write_now(partial(add_document, authority=AUTH, kind="keyset", under=1, version=ver, document=newer))
            partners.reload()
        partner = partners.get(AUTH)
        seen.append(partner.trust.keyset.ver if partner and partner.trust and partner.trust.keyset else None)
    assert seen == [*range(2, 22)]
