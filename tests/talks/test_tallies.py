"""Whatever is said and whatever the wire does with it: the tallies of the ledger are what the cases come to."""

import asyncio
import logging
import random
from collections.abc import Iterator

import pytest
import structlog

from tests.talks.by_hand import ledger_by_hand
from tests.talks.pair import ASKS, GIVES, Pair
from tests.talks.running import run
from tests.world import PASSPHRASE
from tracing.calendar.watch import look
from tracing.casework import tallies
from tracing.node import Node
from tracing.reports.ledger import read_ledger
from tracing.store import Store, Tx

TALKS = 48
DAY_MS = 86_400_000
pytestmark = pytest.mark.timeout(600)  # some tens of seconds; on a busy machine several minutes


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two nodes after many conversations, whose times were drawn out and of whose dates some passed in between."""
    with Pair(tmp_path_factory.mktemp("tallied")) as made:
        for seed in range(0, TALKS, TALKS // 3):
            asyncio.run(run(made, range(seed, seed + TALKS // 3)))
            for side in made.sides.values():
                side.node.store.write_now(lambda tx, seed=seed: let_dates_pass(tx, random.Random(seed)))  # type: ignore[misc]
        yield made


def let_dates_pass(tx: Tx, chance: random.Random) -> None:
    """Half of the clocks that run were due by now, some of them by a treaty, and the watch says so."""
    for row in tx.conn.exec_driver_sql("SELECT id FROM deadlines WHERE ended_ms IS NULL").all():
        if chance.random() < 0.5:
            values = (tx.now_ms - chance.randrange(DAY_MS), chance.choice(("internal", "treaty", "agreed")), row.id)
            tx.conn.exec_driver_sql(
                "UPDATE deadlines SET due_ms = ?, basis = ?, passed_told_ms = NULL WHERE id = ?", values
            )
    while look(tx, late_after_ms=DAY_MS):
        pass


def stores(pair: Pair) -> list[tuple[Store, str]]:
    return [(side.node.store, side.other) for side in pair.sides.values()]


def assert_as_counted_by_hand(store: Store, other: str) -> None:
    now_ms = store.clock.now_ms()
    for year in (None, 2026, store.clock.now().year, 1999):
        ledger = store.read_now(lambda view, year=year: read_ledger(view, other, year, now_ms))  # type: ignore[misc]
        by_hand = store.read_now(lambda view, year=year: ledger_by_hand(view, other, year, now_ms))  # type: ignore[misc]
        assert {of: ledger[of] for of in by_hand} == by_hand


def test_tallies_kept_act_by_act_are_what_every_case_comes_to(pair: Pair) -> None:
    assert [store.read_now(tallies.first_difference) for store, _ in stores(pair)] == [None, None]


def test_the_ledger_says_what_counting_every_case_by_hand_says(pair: Pair) -> None:
    for store, other in stores(pair):
        assert_as_counted_by_hand(store, other)


def test_the_clocks_that_run_past_their_date_are_as_many_as_by_hand(pair: Pair) -> None:
    sql = (
        "SELECT owed_by, count(*) FROM deadlines WHERE ended_ms IS NULL AND due_ms < ?"
        " AND clock NOT IN ('lapse', 'retention') GROUP BY owed_by"
    )
    for store, _ in stores(pair):
        now_ms = store.clock.now_ms()
        rows = store.read_now(lambda view, now=now_ms: view.conn.exec_driver_sql(sql, (now,)).all())  # type: ignore[misc]
        by_hand = {row[0]: row[1] for row in rows}
        assert by_hand
        assert store.read_now(lambda view, now=now_ms: tallies.overdue(view, now)) == by_hand  # type: ignore[misc]


def test_a_limit_that_passed_since_the_watch_looked_is_in_the_ledger_already(pair: Pair) -> None:
    for store, other in stores(pair):
        store.write_now(
            lambda tx: tx.conn.exec_driver_sql(
                "UPDATE deadlines SET due_ms = ? WHERE ended_ms IS NULL AND passed_told_ms IS NULL", (tx.now_ms - 1,)
            )
        )
        assert_as_counted_by_hand(store, other)


def test_what_the_migration_leaves_uncounted_is_counted_at_the_first_start(pair: Pair) -> None:
    home, store = pair.world.folder / ASKS, pair.sides[ASKS].node.store
    before = store.read_now(lambda view: read_ledger(view, GIVES, None, 0))
    store.write_now(tallies.forget)
    assert store.read_now(lambda view: read_ledger(view, GIVES, None, 0)) != before
    node = Node.open(home, PASSPHRASE)
    try:
        assert node.store.read_now(tallies.first_difference) is None
        assert node.store.read_now(lambda view: read_ledger(view, GIVES, None, 0)) == before
    finally:
        node.close()


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ("UPDATE tallies SET n = n + 1 WHERE what = 'requests'", "count as Mark(level=0, what='requests'"),
        ("DELETE FROM tallies WHERE level = 3", "and 0 are kept"),
        ("UPDATE cases SET counted = replace(counted, 'requests', 'required')", "is kept"),
    ],
)
def test_a_planted_error_of_the_tallies_is_found_and_counting_anew_mends_it(
    pair: Pair, planted: str, said: str
) -> None:
    store = pair.sides[GIVES].node.store
    store.write_now(lambda tx: tx.conn.exec_driver_sql(planted))
    found = store.read_now(tallies.first_difference)
    assert found is not None
    assert said in found
    store.write_now(tallies.forget)
    tallies.count_all_missing(store)
    assert store.read_now(tallies.first_difference) is None
