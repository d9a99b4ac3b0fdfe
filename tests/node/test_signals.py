"""Bells and waits between rooms: hints that may be late, and never hold anybody for ever."""

import asyncio
import threading
from pathlib import Path

import pytest

from tests.given import new_store
from tracing.signals import Signals


async def test_a_ring_before_the_wait_is_not_lost() -> None:
    signals = Signals()
    signals.ring("outbox:at")
    await asyncio.sleep(0)
    assert await signals.wait("outbox:at", timeout=5)
    assert not await signals.wait("outbox:at", timeout=0)


async def test_a_bell_rings_across_threads() -> None:
    signals = Signals()
    threading.Thread(target=signals.ring, args=("desk",)).start()
    assert await signals.wait("desk", timeout=10)


async def test_a_bell_rung_again_and_again_is_heard_after_each_wait() -> None:
    signals = Signals()
    for _ in range(3):
        for _ in range(5):
            signals.ring("desk")
        assert await signals.wait("desk", timeout=5)


async def test_what_rang_in_a_loop_that_ended_does_not_silence_the_bell_in_the_next() -> None:
    signals = Signals()
    ended = asyncio.new_event_loop()
    signals._loop = ended
    signals.ring("desk")
    signals.reached("at:0", "accepted")
    ended.close()
    signals.bind()
    future = signals.expect("at:1")
    signals.ring("desk")
    signals.reached("at:1", "accepted")
    assert await signals.wait("desk", timeout=5)
    assert await asyncio.wait_for(future, 5) == "accepted"


async def test_a_bell_is_not_heard_by_who_waits_for_another() -> None:
    signals = Signals()
    signals.ring("desk")
    assert not await signals.wait("opening", timeout=0.01)


async def test_all_who_expect_a_message_hear_how_far_it_came() -> None:
    signals = Signals()
    futures = [signals.expect("at:1") for _ in range(2)]
    futures[0].cancel()
    signals.reached("at:1", "accepted")
    signals.reached("at:1", "opened")
    assert await futures[1] == "accepted"


async def test_what_is_forgotten_is_told_to_nobody() -> None:
    signals = Signals()
    future = signals.expect("at:1")
    signals.forget("at:1")
    signals.reached("at:1", "accepted")
    await asyncio.sleep(0.01)
    assert not future.done()


async def test_closing_ends_every_wait() -> None:
    signals = Signals()
    future = signals.expect("at:1")
    waiting = asyncio.create_task(signals.wait("desk", timeout=60))
    await asyncio.sleep(0)
    signals.close()
    assert await asyncio.wait_for(waiting, 10)
    assert future.cancelled()
    assert not signals.is_bound


async def test_after_closing_every_ring_is_silent() -> None:
    signals = Signals()
    signals.close()
    signals.ring("desk")
    signals.reached("at:1", "accepted")
    assert not await signals.wait("desk", timeout=0.01)


def test_without_a_loop_every_ring_is_silent() -> None:
    signals = Signals()
    signals.ring("desk")
    signals.reached("at:1", "accepted")
    assert not signals.is_bound


def test_a_bell_of_a_loop_that_ended_does_not_stop_the_writer(tmp_path: Path) -> None:
    """A command's loop ends before its store does."""
    store = new_store(tmp_path)

    async def made() -> Signals:
        return Signals()

    signals = asyncio.run(made())
    for _ in range(2):
        store.write_now(lambda tx: tx.after_commit(lambda: signals.ring("desk")))
    assert store.write_now(lambda _: "written") == "written"
    store.close()


@pytest.mark.parametrize("fails_first", [True, False])
def test_who_cannot_be_told_keeps_nobody_else_from_being_told(tmp_path: Path, *, fails_first: bool) -> None:
    store, heard = new_store(tmp_path), []

    def fail() -> None:
        raise RuntimeError("a closed pipe")

    def work(tx: object) -> None:
        tells = [fail, lambda: heard.append(1)]
        for tell in tells if fails_first else tells[::-1]:
            tx.after_commit(tell)  # type: ignore[attr-defined]

    store.write_now(work)
    assert heard == [1]
    store.close()
