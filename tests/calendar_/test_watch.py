"""The watch on a clock that is turned: near and passed are each said once, whatever looks and however often."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from sqlalchemy import insert, select, text, update

from tests.calendar_.conftest import Waiting, deadlines, leaves, reminders
from tests.postgres import on_sqlite
from tests.world import OFFICER
from tracing.calendar.watch import Watch, _FromNow, look
from tracing.clock import from_ms
from tracing.store import Store, Tx, View, open_engine
from tracing.tables import Tree, table_of

trees = table_of(Tree)


def delay(waiting: Waiting, days: int) -> dict[str, str]:
    """A notice that names the day so many days from today."""
    new_date = (waiting.clock.now() + timedelta(days=days)).date().isoformat()
    return {"ground": "ongoing_investigation", "reason": "The court decides in spring.", "new_date": new_date}


def end_of(waiting: Waiting, days: int) -> datetime:
    """24:00 of the day so many days from today."""
    return (waiting.clock.now() + timedelta(days=days + 1)).replace(hour=0, minute=0, second=0, microsecond=0)


async def test_nothing_is_said_while_no_date_is_near(waiting: Waiting) -> None:
    assert await waiting.watch().tick() == 0
    assert await waiting.said() == []


async def test_near_and_passed_are_each_said_once_however_often_the_watch_looks(waiting: Waiting) -> None:
    watch = waiting.watch()
    await waiting.until_near("ack")
    counts = [await watch.tick() for _ in range(3)]
    await waiting.until_due("ack")
    counts += [await watch.tick() for _ in range(3)]
    assert counts == [1, 0, 0, 1, 0, 0]
    assert await waiting.said() == [("ack", "near", False), ("ack", "passed", False)]


async def test_two_watches_on_one_database_say_it_once_between_them(waiting: Waiting) -> None:
    node = waiting.w["at"]
    beside = Store(open_engine(node.settings.database), node.store.cipher, waiting.clock, node.ids)
    watches = waiting.watch(), Watch(beside, node.signals, waiting.clock)
    await waiting.until_near("ack")
    counts = await asyncio.gather(*(watch.tick() for watch in watches * 3))
    beside.close()
    assert sum(counts) == 1
    assert await waiting.said() == [("ack", "near", False)]
    assert await waiting.reminding_leaves() == 1


async def test_another_watch_that_noted_nothing_on_the_deadline_still_says_it_once(waiting: Waiting) -> None:
    await waiting.until_near("ack")
    await waiting.watch().tick()
    await waiting.w["at"].store.write(lambda tx: tx.conn.execute(update(deadlines).values(near_told_ms=None)))
    assert await waiting.watch().tick() == 0
    assert await waiting.reminding_leaves() == 1


async def test_what_passed_is_not_said_to_be_near_as_well(waiting: Waiting) -> None:
    await waiting.until_due("ack")
    await waiting.watch().tick()
    assert await waiting.said() == [("ack", "passed", False)]


async def test_each_reminder_is_an_entry_of_the_trail(waiting: Waiting) -> None:
    await waiting.until_due("answer")
    await waiting.watch().tick()
    assert await waiting.reminding_leaves() == len(await waiting.said()) == 2
    assert waiting.w.audit("at").ok


async def test_what_fell_due_while_the_node_was_down_is_said_at_start_and_marked_late(waiting: Waiting) -> None:
    await waiting.w.stop("at")
    waiting.clock.turn(timedelta(days=9))
    waiting.w.found("at")
    await waiting.w["at"].start()
    assert await waiting.said() == [("ack", "passed", True)]


async def test_nothing_is_said_of_a_duty_that_is_done(waiting: Waiting) -> None:
    await waiting.w["at"].office.move(OFFICER, waiting.case, "acknowledge", {})
    await waiting.until_due("ack", after=timedelta(days=1))
    assert await waiting.watch().tick() == 0


async def test_a_duty_that_is_done_takes_its_reminders_off_the_desk(waiting: Waiting) -> None:
    await waiting.until_near("ack")
    await waiting.watch().tick()
    await waiting.w["at"].office.move(OFFICER, waiting.case, "acknowledge", {})
    (reminder,) = await waiting.rows(reminders)
    assert reminder.done_ms == waiting.clock.now_ms()


async def test_both_sides_are_reminded_of_the_same_instant(waiting: Waiting) -> None:
    await waiting.until_due("ack")
    for authority in ("br", "at"):
        await waiting.watch(authority).tick()
    assert await waiting.said("br") == await waiting.said("at") == [("ack", "passed", False)]


# ---------------------------------------------------------------- delay


async def test_a_delay_notice_voids_the_old_reminders_and_the_new_date_is_reminded_of_anew(waiting: Waiting) -> None:
    watch = waiting.watch()
    await waiting.w["at"].office.move(OFFICER, waiting.case, "acknowledge", {})
    await waiting.until_near("answer")
    await watch.tick()
    assert await waiting.said() == [("answer", "near", False)]
    await waiting.w["at"].office.move(OFFICER, waiting.case, "delay", delay(waiting, 67))
    await waiting.w.settled()
    assert await waiting.said() == []
    await waiting.until_near("answer")
    await watch.tick()
    await waiting.until_due("answer")
    await watch.tick()
    assert [event for _, event, _ in await waiting.said()] == ["near", "passed"]


async def test_a_delay_keeps_the_original_date_beside_the_new_one(waiting: Waiting) -> None:
    (before,) = await waiting.rows(deadlines, deadlines.c.clock == "answer")
    await waiting.w["at"].office.move(OFFICER, waiting.case, "delay", delay(waiting, 67))
    await waiting.w.settled()
    (after,) = await waiting.rows(deadlines, deadlines.c.clock == "answer")
    assert (after.original_due_ms, from_ms(after.due_ms)) == (before.due_ms, end_of(waiting, 67))


async def test_a_delay_to_a_day_that_is_near_already_is_said_at_once_and_is_not_late(waiting: Waiting) -> None:
    await waiting.w["at"].office.move(OFFICER, waiting.case, "delay", delay(waiting, 1))
    await waiting.w.settled()
    await waiting.watch().tick()
    assert ("answer", "near", False) in await waiting.said()


async def test_an_act_after_a_delay_voids_no_reminder(waiting: Waiting) -> None:
    await waiting.w["at"].office.move(OFFICER, waiting.case, "delay", delay(waiting, 67))
    await waiting.w.settled()
    await waiting.until_near("answer")
    await waiting.watch().tick()
    before = await waiting.said()
    await waiting.w["at"].office.move(
        OFFICER, waiting.case, "ask", {"items": [{"code": "calibre", "question": "9x19?", "blocking": False}]}
    )
    assert [one for one in await waiting.said() if one[0] == "answer"] == [one for one in before if one[0] == "answer"]


async def test_a_second_delay_moves_the_date_again(waiting: Waiting) -> None:
    for days in (67, 112):
        await waiting.w["at"].office.move(OFFICER, waiting.case, "delay", delay(waiting, days))
        await waiting.w.settled()
    await waiting.w.settled()
    for authority in ("br", "at"):
        (row,) = await waiting.rows(deadlines, deadlines.c.clock == "answer", authority=authority)
        assert from_ms(row.due_ms) == end_of(waiting, 112)


async def test_a_question_that_names_a_day_is_owed_by_that_day(waiting: Waiting) -> None:
    day = (waiting.clock.now() + timedelta(days=10)).date().isoformat()
    question = {"items": [{"code": "calibre", "question": "9x19?", "blocking": True}], "needed_by": day}
    await waiting.w["at"].office.move(OFFICER, waiting.case, "ask", question)
    await waiting.w.settled()
    for authority, owed_by in (("at", "them"), ("br", "us")):
        (row,) = await waiting.rows(deadlines, deadlines.c.clock == "info", authority=authority)
        assert (from_ms(row.due_ms), row.owed_by) == (end_of(waiting, 10), owed_by)


# ---------------------------------------------------------------- many, clocks, faults


async def test_many_that_fall_due_at_one_instant_are_all_said_in_one_look_and_none_is_late(waiting: Waiting) -> None:
    (row,) = await waiting.rows(deadlines, deadlines.c.clock == "ack")
    columns = {name: value for name, value in row._mapping.items() if name != "id"}
    many = [columns | {"started_by": f"at:{number}"} for number in range(450)]
    await waiting.w["at"].store.write(lambda tx: tx.conn.execute(insert(deadlines), many))
    waiting.clock.turn(timedelta(milliseconds=row.due_ms - waiting.clock.now_ms() + 1000))
    assert await waiting.watch().tick() == 451
    assert {late for *_, late in await waiting.said()} == {False}


def test_after_a_jump_of_ten_years_one_run_is_due_and_not_every_one_that_was_missed() -> None:
    """The scheduler lists runs until one lies ahead: ten million of them would take minutes and a gigabyte."""
    every, now = timedelta(seconds=30), datetime(2026, 11, 27, tzinfo=UTC)
    trigger, later = _FromNow(every), now + timedelta(days=3653)
    assert trigger.get_next_fire_time(None, now) == now + every
    assert trigger.get_next_fire_time(now + every, later) == later + every


async def test_a_clock_that_jumps_is_logged_and_does_not_stop_the_watch(waiting: Waiting) -> None:
    watch = waiting.watch(every_s=0.02)
    with structlog.testing.capture_logs() as logged:
        await watch.start()
        await asyncio.sleep(0)  # the watch notes what time it is
        waiting.clock._at += timedelta(days=9)
        await waiting.w.until(_true_once(lambda: any(one["event"] == "clock.jumped" for one in logged)), "the jump")
        await waiting.w.until(_true_once(lambda: any(one["event"] == "deadline.passed" for one in logged)), "a look")
        await watch.stop()
    (jump,) = [one for one in logged if one["event"] == "clock.jumped"]
    assert jump["by_ms"] == timedelta(days=9) / timedelta(milliseconds=1)


async def test_a_jump_is_noticed_while_a_look_that_takes_long_is_not_over(waiting: Waiting) -> None:
    begun, is_over = threading.Event(), threading.Event()
    looks = iter(range(10**6))

    def takes_long(_tx: Tx) -> None:
        if next(looks) == 1:  # the first one is waited for by the start
            begun.set()
            assert is_over.wait(30)

    watch = waiting.watch(every_s=0.02, also=takes_long)
    with structlog.testing.capture_logs() as logged:
        await watch.start()
        try:
            await waiting.w.until(_true_once(begun.is_set), "a look")
            waiting.clock._at += timedelta(days=4000)
            await waiting.w.until(_true_once(lambda: any(one["event"] == "clock.jumped" for one in logged)), "the jump")
        finally:
            waiting.clock._at -= timedelta(days=4000)
            is_over.set()
            await watch.stop()


async def test_a_fault_of_ours_in_one_look_is_logged_and_the_next_look_is_made(waiting: Waiting) -> None:
    looked = []

    def fails_once(tx: Tx) -> None:
        looked.append(tx.now_ms)
        if len(looked) == 1:
            raise RuntimeError("a fault of ours")

    watch = waiting.watch(every_s=0.02, also=fails_once)
    with structlog.testing.capture_logs() as logged:
        await watch.start()
        await waiting.w.until(_true_once(lambda: len(looked) >= 4), "looks after the fault")
        await watch.stop()
    assert [one["event"] for one in logged if one["log_level"] == "error"] == ["watch.failed"]


@on_sqlite
async def test_a_database_that_cannot_is_tried_again_at_the_next_look(waiting: Waiting) -> None:
    watch = waiting.watch()
    await waiting.until_near("ack")
    store = waiting.w["at"].store
    pages = await store.write(lambda tx: tx.conn.exec_driver_sql("PRAGMA page_count").scalar_one())
    await store.write(lambda tx: tx.conn.exec_driver_sql(f"PRAGMA max_page_count={pages}"))
    filler = text("CREATE TABLE filler AS SELECT zeroblob(3000000)")
    with structlog.testing.capture_logs() as logged:
        await Watch(store, waiting.w["at"].signals, waiting.clock, also=lambda tx: tx.conn.execute(filler)).tick()
    await store.write(lambda tx: tx.conn.exec_driver_sql("PRAGMA max_page_count=1000000"))
    await watch.tick()
    assert "watch.store_unavailable" in [one["event"] for one in logged]
    assert await waiting.said() == [("ack", "near", False)]


async def test_a_watch_that_ends_in_the_middle_of_its_looks_finishes_them_and_complains_of_nothing(
    waiting: Waiting, caplog: pytest.LogCaptureFixture
) -> None:
    begun: list[int] = []
    done: list[int] = []

    def begin(tx: Tx) -> None:
        begun.append(tx.now_ms)
        tx.after_commit(lambda: done.append(1))

    for round_ in range(12):
        watch = waiting.watch(every_s=0.002, also=begin)
        await watch.start()
        await asyncio.sleep(0.004 + round_ / 1000)
        await watch.stop()
        assert len(done) == len(begun)
    assert [one.getMessage() for one in caplog.records if one.levelname == "ERROR"] == []


async def test_a_watch_that_never_began_can_be_ended(waiting: Waiting) -> None:
    watch = waiting.watch()
    await watch.stop()
    assert await watch.tick() == 0


async def test_a_look_writes_in_its_own_transaction_or_not_at_all(waiting: Waiting) -> None:
    await waiting.until_near("ack")

    def fails(tx: Tx) -> None:
        look(tx, late_after_ms=1000)
        raise RuntimeError("the machine dies here")

    await asyncio.gather(waiting.w["at"].store.write(fails), return_exceptions=True)
    assert (await waiting.said(), await waiting.reminding_leaves()) == ([], 0)


# ---------------------------------------------------------------- what else the watch does


async def test_checkpoints_are_signed_both_ways_within_the_watch_and_the_heads_linked(waiting: Waiting) -> None:
    w = waiting.w
    for authority in ("br", "at"):
        running = w[authority]._running
        await waiting.watch(authority, also=running._duties.sign).tick()
    for authority, other in (("br", "at"), ("at", "br")):
        node = w[authority]
        note, origin = await node.store.read(_checkpoint_of(other))
        size, _ = node.checkpoints.check(note, origin)
        assert size >= 4
        links = select(leaves.c.tree).where(leaves.c.ref == "private.head")
        assert set(await node.store.read(lambda view: list(view.conn.execute(links).scalars()))) == {"private", other}  # noqa: B023
        assert w.audit(authority).ok


def _checkpoint_of(tree: str) -> Callable[[View], tuple[str, str]]:
    query = select(trees.c.checkpoint, trees.c.origin).where(trees.c.name == tree)
    return lambda view: tuple(view.conn.execute(query).one())


def _true_once(is_so: object) -> object:
    async def ask() -> bool:
        return bool(is_so())  # type: ignore[operator]

    return ask


# ---------------------------------------------------------------- what is asked at home

ENQUIRY = {"addressee": {"kind": "dealer", "name": "Gun shop"}, "question": "To whom was it sold?"}


async def passed_leaves(waiting: Waiting) -> int:
    """Entries that say a domestic enquiry of the case is past its date."""
    found = await waiting.leaves_of_case()
    return sum(b'"act":"enquiry-overdue"' in one for one in found)


async def test_an_enquiry_past_its_date_is_said_once(waiting: Waiting) -> None:
    enquiries = waiting.w["at"].office.enquiries
    asked = await enquiries.ask(OFFICER, waiting.case, ENQUIRY)
    answered = await enquiries.ask(OFFICER, waiting.case, ENQUIRY)
    await enquiries.reply_by_link(str(answered.token), {"result": "unknown"})
    waiting.clock.turn(timedelta(days=16))
    for _ in range(2):
        await waiting.watch().tick()
    assert await passed_leaves(waiting) == 1
    assert waiting.w.audit("at").ok
    shown = {one.enquiry: one.state for one in await enquiries.of_case(OFFICER, waiting.case)}
    assert shown == {asked.file.enquiry: "overdue", answered.file.enquiry: "answered"}


async def test_a_renewed_enquiry_may_pass_its_new_date_too(waiting: Waiting) -> None:
    enquiries = waiting.w["at"].office.enquiries
    asked = await enquiries.ask(OFFICER, waiting.case, ENQUIRY)
    waiting.clock.turn(timedelta(days=16))
    await waiting.watch().tick()
    day = str((waiting.clock.now() + timedelta(days=2)).date())
    await enquiries.renew(OFFICER, asked.file.enquiry, {"due": day})
    waiting.clock.turn(timedelta(days=4))
    await waiting.watch().tick()
    assert await passed_leaves(waiting) == 2
