"""What counterparts show of their keys: taken when it holds, refused by its code with nothing changed when not."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from keys import errors
from keys.trust import Freshness
from protocol import strictjson
from tests.exchange.shelf import AT, Looker, Shelf, looker
from tests.given import new_store
from tests.trust import test_attacks_on_keysets as on_keysets
from tests.trust import test_attacks_on_roots as on_roots
from tests.trust.authority import (
    DAY,
    NOW,
    entry,
    first_keys,
    key,
    keyset,
    next_root,
    online_entry,
    root,
    sign_keyset,
    sign_root,
)

FIRST = sign_root(root())
SECOND = on_roots.SECOND
HELD = on_keysets.HELD.keyset_document or b""
OTHERS = (key("other"), key("other", "ML-DSA-65"))
Make = Callable[[], bytes]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database at the newest schema, made once."""
    folder = tmp_path_factory.mktemp("empty")
    new_store(folder).close()
    return folder / "node.db"


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    made = await Shelf().open()
    yield made
    await made.close()


@pytest.fixture
async def br(tmp_path: Path, empty: Path, shelf: Shelf) -> AsyncIterator[Looker]:
    """Holds one root and keyset 5, and sees them at the address too."""
    shelf.keyset = HELD
    made = looker(tmp_path, empty, [FIRST], HELD, shelf.url)
    yield made
    await made.close()


@pytest.fixture
async def far(tmp_path: Path, empty: Path, shelf: Shelf) -> AsyncIterator[Looker]:
    """Holds two roots."""
    shelf.keyset = sign_keyset(keyset())
    made = looker(tmp_path, empty, [FIRST, SECOND], shelf.keyset, shelf.url)
    yield made
    await made.close()


# ---------------------------------------------------------------- attacks, at the address


@pytest.mark.parametrize(("error", "make"), on_keysets.listed(on_keysets.ATTACKS))
async def test_a_keyset_that_must_not_be_believed_changes_nothing_and_raises_the_alarm(
    br: Looker, shelf: Shelf, error: type[errors.KeysError], make: Make
) -> None:
    before, shelf.keyset = br.state(), make()
    await br.refresher.look("ke")
    assert (br.alarms, br.state()) == ([error.code], before)
    assert br.trust.keyset_document == HELD


@pytest.mark.parametrize(("error", "make"), on_roots.listed(on_roots.LATER))
async def test_a_root_that_must_not_be_believed_changes_nothing_and_raises_the_alarm(
    far: Looker, shelf: Shelf, error: type[errors.KeysError], make: Make
) -> None:
    before, shelf.roots = far.state(), {3: make()}
    await far.refresher.look("ke")
    assert (far.alarms, far.state()) == ([error.code], before)
    assert far.trust.root_documents == (FIRST, SECOND)


MIXED: dict[str, tuple[dict[int, bytes], bytes, str]] = {
    "a root without the keyset that goes with it": (
        {2: next_root(FIRST, "Achieng")}, sign_keyset(keyset(ver=6), *OTHERS), "threshold-not-met",
    ),
    "a keyset of the next root, the root left out": ({}, sign_keyset(keyset(ver=6), *OTHERS), "bad-signature"),
    "a later root with one left out on the way": (
        {2: next_root(next_root(FIRST))}, HELD, "version-skipped",
    ),
    "an expired root as the last": (
        {2: next_root(FIRST), 3: next_root(next_root(FIRST), iat=NOW - DAY, exp=AT)}, HELD, "root-expired",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MIXED)
async def test_documents_that_do_not_go_together_change_nothing(br: Looker, shelf: Shelf, name: str) -> None:
    before = br.state()
    shelf.roots, shelf.keyset, code = MIXED[name]
    await br.refresher.look("ke")
    assert code in br.alarms
    assert br.state() == before


async def test_a_newer_keyset_that_was_promised_and_is_not_shown_is_a_freeze(br: Looker) -> None:
    before = br.state()
    br.refresher.hint("ke", 9)
    await br.refresher.look("ke")
    assert (br.alarms, br.state()) == (["freeze"], before)


async def test_a_freeze_is_over_when_the_promise_is_kept(br: Looker, shelf: Shelf) -> None:
    br.refresher.hint("ke", 6)
    await br.refresher.look("ke")
    shelf.keyset = on_keysets.newer()
    await br.refresher.look("ke")
    assert (br.alarms, br.trust.keyset.ver) == ([], 6)  # type: ignore[union-attr]


async def test_an_ended_keyset_that_is_shown_for_ever_is_a_freeze(br: Looker) -> None:
    br.clock.turn(timedelta(days=100))
    await br.refresher.look("ke")
    assert br.alarms == ["freeze"]
    assert br.partner.freshness(br.clock.now_ms()) is Freshness.STALE


async def test_two_keysets_of_one_version_are_kept_as_proof(br: Looker, shelf: Shelf) -> None:
    shelf.keyset = on_keysets.newer(ver=5, contact={"name": "Somebody"})
    await br.refresher.look("ke")
    kept = br.store.read_now(
        lambda view: view.conn.exec_driver_sql("SELECT document FROM trust_alarms WHERE code = 'equivocation'").scalar()
    )
    assert kept == shelf.keyset


async def test_an_attack_that_goes_on_is_said_once_until_somebody_dealt_with_it(br: Looker, shelf: Shelf) -> None:
    shelf.keyset = sign_keyset(keyset())
    await br.refresher.look("ke")
    leaves = br.leaves()
    for _ in range(5):
        br.clock.turn(timedelta(minutes=2))
        await br.refresher.look("ke")
    assert (br.leaves(), br.alarms) == (leaves, ["rollback"])


# ---------------------------------------------------------------- what is taken


async def test_a_newer_keyset_is_kept_beside_the_older_with_a_leaf(br: Looker, shelf: Shelf) -> None:
    leaves, shelf.keyset = br.leaves(), on_keysets.newer(urls={"exchange": "https://itx.example.ke"})
    await br.refresher.look("ke")
    assert (br.trust.keyset.ver, br.leaves(), br.alarms) == (6, leaves + 1, [])  # type: ignore[union-attr]
    versions = [row.version for row in br.state()["documents"] if row.kind == "keyset"]
    assert versions == [5, 6]
    assert br.partner.refreshed_ms == br.clock.now_ms()


async def test_roots_are_walked_one_by_one_and_the_keyset_follows(br: Looker, shelf: Shelf) -> None:
    third = next_root(SECOND, keyset=[online_entry(one) for one in OTHERS])
    shelf.roots, shelf.keyset = {2: SECOND, 3: third}, sign_keyset(keyset(ver=5, keys=on_keysets.HELD_KEYS), *OTHERS)
    await br.refresher.look("ke")
    assert (br.trust.root.ver, br.trust.keyset_document) == (3, shelf.keyset)
    assert shelf.asked == ["root/2", "root/3", "root/4", "keyset"]
    br.partners._read.clear()
    br.partners.reload()
    assert (br.trust.root.ver, br.trust.keyset_document) == (3, shelf.keyset)


async def test_a_root_that_drops_the_keyset_counts_though_the_new_keyset_is_kept_from_us(
    br: Looker, shelf: Shelf
) -> None:
    shelf.roots = {2: next_root(FIRST, keyset=[online_entry(one) for one in OTHERS])}
    await br.refresher.look("ke")
    assert (br.trust.root.ver, br.trust.keyset, br.alarms) == (2, None, ["bad-signature"])


async def test_a_counterpart_that_is_suspended_is_looked_at_only_when_somebody_asks(br: Looker, shelf: Shelf) -> None:
    br.store.write_now(lambda tx: tx.conn.exec_driver_sql("UPDATE counterparts SET status = 'suspended'"))
    br.partners.reload()
    assert not br.refresher._is_due(br.partner)
    assert (await br.refresher.look("ke") is None, shelf.asked != []) == (False, True)


async def test_a_new_address_in_a_private_range_waits_for_an_officer(br: Looker, shelf: Shelf) -> None:
    before, shelf.keyset = br.partner.url, on_keysets.newer(urls={"exchange": "http://10.0.0.7:8470"})
    await br.refresher.look("ke")
    assert (br.partner.url, br.alarms, br.trust.keyset.ver) == (before, ["address-moved"], 6)  # type: ignore[union-attr]


async def test_a_new_address_in_the_open_is_followed(br: Looker, shelf: Shelf) -> None:
    shelf.keyset = on_keysets.newer(urls={"exchange": "https://new.example.ke"})
    await br.refresher.look("ke")
    assert (br.partner.url, br.alarms) == ("https://new.example.ke", [])


async def test_a_changed_contact_card_is_shown_to_officers(br: Looker, shelf: Shelf) -> None:
    shelf.keyset = on_keysets.newer(contact={"name": "Another desk"})
    await br.refresher.look("ke")
    assert br.alarms == ["contact-changed"]


# ---------------------------------------------------------------- shown without being asked for


async def test_what_a_post_shows_is_believed_by_its_own_signatures(br: Looker) -> None:
    held = await br.refresher.take([strictjson.load(on_keysets.newer(), 1 << 20)])
    assert (held, br.trust.keyset.ver, br.alarms) == ({"root": 1, "keyset": 6}, 6, [])  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("make", "counted"),
    [
        (lambda: sign_keyset(keyset()), []),
        (lambda: sign_keyset(keyset(ver=6), *on_keysets.THIEF), ["bad-signature"]),
        (lambda: on_keysets.newer(ver=6000), ["version-skipped"]),
        (lambda: on_roots.STRANGER, []),
        (lambda: next_root(FIRST, "Achieng"), ["threshold-not-met"]),
    ],
    ids=["an old keyset again", "a thief's", "one far ahead", "a stranger's root", "half a root"],
)
async def test_what_a_post_shows_and_is_not_believed_is_counted_and_no_more(
    br: Looker, make: Make, counted: list[str]
) -> None:
    before, leaves = br.state(), br.leaves()
    await br.refresher.take([strictjson.load(make(), 1 << 20), "nonsense", {"payload": "", "signatures": []}])
    assert (br.state(), br.leaves(), br.alarms) == (before, leaves, [])
    assert [*br.refused] == counted


async def test_a_proof_that_an_authority_speaks_twice_is_an_alarm_whoever_brings_it(br: Looker) -> None:
    twice = on_keysets.newer(ver=5, contact={"name": "Somebody"})
    await br.refresher.take([strictjson.load(twice, 1 << 20)])
    assert (br.alarms, br.trust.keyset_document) == (["equivocation"], HELD)


async def test_documents_of_nobody_known_are_not_looked_at(br: Looker) -> None:
    assert await br.refresher.take([strictjson.load(on_roots.STRANGER, 1 << 20)]) is None


# ---------------------------------------------------------------- revocation, as the other side sees it


async def test_a_revocation_is_remembered_with_its_moment_and_ours(br: Looker, shelf: Shelf) -> None:
    lost = entry("env", status="revoked", since=NOW + 10)
    keys = [lost if one["use"] == "env" else one for one in first_keys()]
    shelf.keyset = on_keysets.newer(keys=[*keys, on_keysets.HELD_KEYS[-1], entry("env", "fresh")])
    await br.refresher.look("ke")
    assert (br.partner.revoked[lost["kid"]], br.alarms) == (br.clock.now_ms(), ["keys-revoked"])
    before, after = br.clock.now_ms() - 1, br.clock.now_ms()
    signature = key("env").sign(b"said")
    br.partner.verifier_of("env", before)(lost["kid"], "Ed25519", b"said", signature)
    with pytest.raises(Exception, match="was revoked") as refusal:
        br.partner.verifier_of("env", after)(lost["kid"], "Ed25519", b"said", signature)
    assert refusal.value.code == "key-revoked"  # type: ignore[attr-defined]
