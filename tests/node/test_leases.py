"""Duties shared out between processes on one database."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.given import TurnedClock, cipher
from tests.postgres import Server, needs_postgresql, server
from tracing.clock import Ids
from tracing.parts import LEADER, while_leading
from tracing.store import Store, open_engine
from tracing.store.leases import TRUST_S, Leases
from tracing.tables import Lease, table_of

pytestmark = needs_postgresql
leases = table_of(Lease)


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    with server() as one:
        yield one


@pytest.fixture
async def store(shared: Server) -> AsyncIterator[Store]:
    clock = TurnedClock()
    made = Store(open_engine(shared.migrated()), cipher(), clock, Ids(clock))
    yield made
    made.close()


async def run_out(store: Store) -> None:
    """As if every process had been silent for longer than a lease."""
    await store.write(lambda tx: tx.conn.execute(update(leases).values(until_ms=0)))


async def test_a_single_duty_is_one_process_s_until_it_gives_it_back(store: Store) -> None:
    first, second = Leases(store, "a", "worker"), Leases(store, "b", "worker")
    for each in (first, second):
        each.want(LEADER)
        await each.beat()
    assert (first.has(LEADER), second.has(LEADER)) == (True, False)
    await first.give_back()
    await second.beat()
    assert (first.has(LEADER), second.has(LEADER)) == (False, True)


async def test_a_process_that_begins_takes_away_what_killed_ones_left_and_nothing_of_the_living(store: Store) -> None:
    killed, living, fresh = (Leases(store, name, "worker") for name in "abc")
    killed.want(LEADER)
    await killed.beat()
    await run_out(store)
    await living.beat()
    await fresh.beat()
    held = await store.read(lambda view: view.conn.execute(select(leases.c.duty)).scalars().all())
    assert set(held) == {"process:worker:b", "process:worker:c"}


async def test_a_duty_of_a_process_that_fell_silent_is_another_s(store: Store) -> None:
    first, second = Leases(store, "a", "worker"), Leases(store, "b", "worker")
    for each in (first, second):
        each.want(LEADER)
    await first.beat()
    await run_out(store)
    await second.beat()
    await first.beat()
    assert (first.has(LEADER), second.has(LEADER)) == (False, True)


async def test_a_process_that_cannot_renew_stops_believing_before_the_lease_is_free(store: Store) -> None:
    alone = Leases(store, "a", "worker")
    alone.want(LEADER)
    await alone.beat()
    assert alone.has(LEADER)
    assert isinstance(store.clock, TurnedClock)
    store.clock.turn(timedelta(seconds=TRUST_S))
    assert not alone.has(LEADER)


async def test_what_many_may_do_is_divided_and_nothing_is_done_by_two_or_by_none(store: Store) -> None:
    duties = {f"counterpart:{number}" for number in range(7)}
    processes = [Leases(store, name, "exchange") for name in "abc"]
    for several in (processes[:1], processes, processes):
        for each in several:
            each.share(duties)
            await each.beat()
    for each in processes:
        await each.beat()
    parts = [each.share(duties) for each in processes]
    assert sorted(map(len, parts)) == [1, 3, 3]
    assert set().union(*parts) == duties
    await processes[0].give_back()
    for each in processes[1:] * 2:
        await each.beat()
    assert set().union(*(each.share(duties) for each in processes[1:])) == duties


async def test_who_leads_ends_leading_when_the_duty_is_lost_and_begins_again_when_it_is_back(store: Store) -> None:
    mine, said = Leases(store, "a", "worker"), []

    async def lead() -> None:
        said.append("begun")
        try:
            await asyncio.Event().wait()
        finally:
            said.append("ended")

    leading = asyncio.create_task(while_leading(mine, lead))
    await asyncio.sleep(0)
    await mine.beat()
    await asyncio.sleep(0.7)
    assert said == ["begun"]
    assert isinstance(store.clock, TurnedClock)
    store.clock.turn(timedelta(seconds=TRUST_S))
    await asyncio.sleep(0.7)
    await mine.beat()
    await asyncio.sleep(0.7)
    leading.cancel()
    await asyncio.gather(leading, return_exceptions=True)
    assert said == ["begun", "ended", "begun", "ended"]
