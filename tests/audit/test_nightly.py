"""The node recomputes its own trail each night, says what it came to, and raises an alarm where it does not hold."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.given import TurnedClock, new_store
from tracing import audit
from tracing.audit import PRIVATE, Checkpoints
from tracing.store import Store
from tracing.tables import Leaf, table_of
from tracing.trust.alarms import open_alarms
from tracing.trust.nightly import BROKEN, Nightly, last_verified

_leaves = table_of(Leaf)
NO_KEYS = Checkpoints(lambda: (), lambda: ())


@pytest.fixture
def clock() -> TurnedClock:
    """Noon in Vienna."""
    return TurnedClock(datetime(2026, 11, 23, 11, 0, tzinfo=UTC))


@pytest.fixture
def store(tmp_path: Path, clock: TurnedClock) -> Iterator[Store]:
    made = new_store(tmp_path, clock)
    made.write_now(lambda tx: audit.open_tree(tx, PRIVATE, "itx.training/at/private"))
    made.write_now(lambda tx: audit.note(tx, "key", "at", {"act": "found"}))
    yield made
    made.close()


def nightly(store: Store, reloaded: list[int] | None = None) -> Nightly:
    heard = reloaded if reloaded is not None else []
    return Nightly(store, NO_KEYS.check, "at", "Europe/Vienna", lambda: heard.append(1))


async def hours_at_which_it_verified(store: Store, clock: TurnedClock, hours: int) -> list[int]:
    found = []
    for hour in range(hours):
        if await nightly(store).verify_due() is not None:
            found.append(hour)
        clock.turn(timedelta(hours=1))
    return found


async def test_the_trail_is_verified_once_in_each_night(store: Store, clock: TurnedClock) -> None:
    """Founded at noon, so not twenty hours ago in the first one: at one o'clock in the three after it."""
    assert await hours_at_which_it_verified(store, clock, 90) == [37, 61, 85]


async def test_a_node_that_is_off_at_night_verifies_after_three_days(store: Store, clock: TurnedClock) -> None:
    found = []
    for _ in range(5):
        found.append(await nightly(store).verify_due() is not None)
        clock.turn(timedelta(days=1))
    assert found == [False, False, False, True, False]


async def test_what_the_verification_came_to_is_an_entry(store: Store, clock: TurnedClock) -> None:
    assert store.read_now(last_verified) is None
    clock.turn(timedelta(days=4))
    found = await nightly(store).verify_due()
    last = store.read_now(last_verified)
    assert found is not None
    assert last is not None
    assert (found.ok, last.leaves, last.first_bad, last.at_ms) == (True, 1, None, clock.now_ms())


async def test_a_trail_that_does_not_hold_is_an_alarm_until_it_holds_again(store: Store, clock: TurnedClock) -> None:
    reloaded: list[int] = []
    clock.turn(timedelta(days=4))
    good = store.read_now(lambda view: view.conn.execute(_leaves.select()).one())
    store.write_now(lambda tx: tx.conn.execute(_leaves.update().values(at_ms=1)))
    await nightly(store, reloaded).verify_due()
    (alarm,) = store.read_now(open_alarms)
    assert (alarm.authority, alarm.code, reloaded) == ("at", BROKEN, [1])
    assert "private:0 key at: the entry was altered" in alarm.said
    clock.turn(timedelta(days=4))
    store.write_now(lambda tx: tx.conn.execute(_leaves.update().where(_leaves.c.idx == 0).values(at_ms=good.at_ms)))
    await nightly(store, reloaded).verify_due()
    assert store.read_now(open_alarms) == ()
