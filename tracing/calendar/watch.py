"""The watch: looks at the deadlines again and again and says once that a date nears, once that it has passed.

Rules
- A reminder is a row with a unique key (deadline, event), written with its audit leaf: however often the watch looks,
  and whoever else looks beside it, it is said once.
- Beside them the rungs of the ladder are said (``casework/ladders``), to whom each names, from when he works. A rung is
  claimed on the row of its deadline, so that of any number of processes one says it.
- In the same transaction each channel beside the desk hears of a reminder (``casework/telling``), and what begins when
  an answer is late begins (``passed``).
- What must be deleted goes by itself when its day is over (``casework/elements``); that the day passed is said only
  where it did not.
- What fell due while the node was down is said at start and marked late.
- APScheduler only wakes the watch. It is told to keep late runs (``misfire_grace_time=None``) and to merge them, and
  counts the next run from now (``_FromNow``). A second waker, on the monotonic clock, looks every 30 s whatever the
  wall clock does, because a scheduler that computed its next run before the clock went back sleeps through it.
- That the clock jumped is noticed by a task that waits for no look: after a jump of years one may take minutes.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from sqlalchemy import ColumnElement, Select, and_, bindparam, literal_column, or_, select, update

from protocol.deadlines import ClockName
from tracing import audit
from tracing.casework import tallies
from tracing.casework.attendance import recipient
from tracing.casework.ladders import Ladder
from tracing.casework.telling import Reminded, Tell, at_the_desk_only
from tracing.clock import Clock
from tracing.signals import Signals
from tracing.store import Store, StoreUnavailable, Tx
from tracing.store.inserting import insert
from tracing.store.spelt import Spelt
from tracing.tables import Case, Deadline, Enquiry, Reminder, table_of

__all__ = ["Watch", "look"]

T = TypeVar("T")
NO_LADDER = Ladder()
WATCHDOG_S = 30.0
JUMP_MS = 5_000  # a wall clock that moved this much more or less than the monotonic one has jumped
MOST_AT_ONCE = 200  # reminders written in one transaction
DELETING_MS = 3_600_000  # what must go is gone by then
_cases, _deadlines, _enquiries, _reminders = map(table_of, (Case, Deadline, Enquiry, Reminder))


Passed = Callable[[Tx, str], None]


def nothing_begins(_tx: Tx, _case: str) -> None:
    """Where nobody looks after what begins with a late answer."""


@dataclass(frozen=True, slots=True)
class _Event:
    """One thing to say about a deadline: of which rows, and in which column it is noted that it was said."""

    name: str
    due: Spelt
    told: str


def _rows(*more: Any) -> Select[Any]:
    """Deadlines, each with its case, and what is asked for beside."""
    own = (_deadlines.c.id, _deadlines.c.case_id, _deadlines.c.clock, _deadlines.c.owed_by)
    columns = (*own, _cases.c.counterpart, _cases.c.owner, _cases.c.priority, *more)
    return select(*columns).join(_cases, _cases.c.id == _deadlines.c.case_id)


def _due(at: Any, told: Any, *when: ColumnElement[bool]) -> Spelt:
    """What fell at ``at`` and was not said, of what still runs; ``now`` is the instant of the look."""
    unsaid = (_deadlines.c.ended_ms.is_(None), told.is_(None), at <= bindparam("now"), *when)
    return Spelt(_rows(at.label("fell")).where(*unsaid).order_by(at).limit(MOST_AT_ONCE))


_NOT_PASSED = _deadlines.c.due_ms > bindparam("now")
NEAR = _Event("near", _due(_deadlines.c.near_ms, _deadlines.c.near_told_ms, _NOT_PASSED), "near_told_ms")
_LONG_AGO: ColumnElement[int] = bindparam("now") - literal_column(str(DELETING_MS))
_STILL_THERE = or_(
    _deadlines.c.clock != literal_column("'retention'"),
    and_(_deadlines.c.due_ms <= _LONG_AGO, _deadlines.c.near_ms <= _LONG_AGO),  # it may have come when its day was over
)
PASSED = _Event("passed", _due(_deadlines.c.due_ms, _deadlines.c.passed_told_ms, _STILL_THERE), "passed_told_ms")
_FALLEN = Spelt(
    _rows(_deadlines.c.rung_ms, _deadlines.c.due_ms)
    .where(_deadlines.c.ended_ms.is_(None), _deadlines.c.rung_ms <= bindparam("now"))
    .order_by(_deadlines.c.rung_ms)
    .limit(MOST_AT_ONCE)
)
_ENQUIRIES_PASSED = Spelt(
    select(_enquiries.c.id, _enquiries.c.case_id, _enquiries.c.kind)
    .where(_enquiries.c.state == literal_column("'open'"))  # spelt out: only so does its index serve
    .where(_enquiries.c.due_ms <= bindparam("now"), _enquiries.c.passed_told_ms.is_(None))
    .order_by(_enquiries.c.due_ms)
    .limit(MOST_AT_ONCE)
)


@dataclass(frozen=True, slots=True)
class _Manner:
    """How reminders are said: from which delay on as late, by which ladder, through which channels beside.

    ``passed`` is called with the case whose answer is late.
    """

    late_after_ms: int
    ladder: Ladder
    tell: Tell
    passed: Passed = nothing_begins


def look(tx: Tx, *, late_after_ms: int, ladder: Ladder = NO_LADDER, tell: Tell = at_the_desk_only) -> int:
    """Write the reminders that are due now; returns how many. A near one is not said once the date has passed."""
    return _look(tx, _Manner(late_after_ms, ladder, tell))


def _look(tx: Tx, manner: _Manner) -> int:
    return _say(tx, PASSED, manner) + _say(tx, NEAR, manner) + _climb(tx, manner) + _pass_enquiries(tx)


def _climb(tx: Tx, manner: _Manner) -> int:
    """Say the rungs that fell of open duties, and note when the next one of each falls."""
    return sum(_say_rungs(tx, manner, row) for row in _FALLEN.rows(tx.conn, {"now": tx.now_ms}))


def _say_rungs(tx: Tx, manner: _Manner, row: Any) -> int:
    fallen = manner.ladder.fallen(row.due_ms, row.rung_ms, tx.now_ms)
    following = manner.ladder.next_after(row.due_ms, tx.now_ms - row.due_ms)
    is_mine = (_deadlines.c.id == row.id, _deadlines.c.rung_ms == row.rung_ms)
    claimed = tx.conn.execute(update(_deadlines).where(*is_mine).values(rung_ms=following)).rowcount == 1
    if not claimed:
        return 0
    late = [tx.now_ms - (row.due_ms + rung.offset_ms) > manner.late_after_ms for rung in fallen]
    said = zip(fallen, late, strict=True)
    return sum(_note(tx, _Said(str(rung), rung.to, manner.tell), row, late=one) for rung, one in said)


def _pass_enquiries(tx: Tx) -> int:
    """Domestic enquiries whose date has passed without a reply: each is said once, with its leaf."""
    rows = _ENQUIRIES_PASSED.rows(tx.conn, {"now": tx.now_ms})
    for row in rows:
        told = {"case": row.case_id, "enquiry": row.id, "kind": row.kind}
        tx.conn.execute(update(_enquiries).where(_enquiries.c.id == row.id).values(passed_told_ms=tx.now_ms))
        audit.note(tx, "op", row.case_id, {"act": "enquiry-overdue"} | told)
        tx.after_commit(lambda told=told: structlog.get_logger().warning("enquiry.passed", **told))  # type: ignore[misc]
    return len(rows)


def _say(tx: Tx, event: _Event, manner: _Manner) -> int:
    rows = event.due.rows(tx.conn, {"now": tx.now_ms})
    return sum(_write(tx, event, row, manner) for row in rows)


def _write(tx: Tx, event: _Event, row: Any, manner: _Manner) -> bool:
    tx.conn.execute(update(_deadlines).where(_deadlines.c.id == row.id).values({event.told: tx.now_ms}))
    late = tx.now_ms - row.fell > manner.late_after_ms
    said = _note(tx, _Said(event.name, "owner", manner.tell), row, late=late)
    if event is PASSED:
        if row.clock == ClockName.ANSWER and row.owed_by == "them":
            manner.passed(tx, row.case_id)
        tallies.keep_of(tx, row.case_id)
    return said


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said of a deadline, to whom, and through which channels beside the desk."""

    event: str
    to: str
    tell: Tell


def _note(tx: Tx, said: _Said, row: Any, *, late: bool) -> bool:
    """The row and its leaf, unless it was said before; whether it is new."""
    whom = recipient(tx, said.to, row.owner, urgent=row.priority == "urgent")
    values = {
        "deadline_id": row.id, "case_id": row.case_id, "event": said.event, "at_ms": tx.now_ms, "late": late,
        "to_user": whom.user, "to_role": whom.role, "from_ms": whom.from_ms,
    }  # fmt: skip
    if tx.conn.execute(insert(_reminders).values(values).on_conflict_do_nothing()).rowcount != 1:
        return False
    what = {"act": "remind", "event": said.event, "case": row.case_id, "clock": row.clock, "late": late}
    audit.note(tx, "op", row.case_id, what | {"to": whom.user or whom.role})
    said.tell(tx, Reminded(row.id, said.event, whom, is_urgent=row.priority == "urgent"))
    told = {
        "case": row.case_id, "counterpart": row.counterpart, "clock": row.clock, "owed_by": row.owed_by, "late": late,
    }  # fmt: skip
    event = said.event if said.event in {NEAR.name, PASSED.name} else "rung"
    tx.after_commit(lambda: structlog.get_logger().warning(f"deadline.{event}", **told))
    return True


class _FromNow(BaseTrigger):  # type: ignore[misc] # the library is untyped
    """The next run, counted from now. From the run before it, a jump of years would list every run that was missed."""

    def __init__(self, every: timedelta) -> None:
        self._every = every

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        return now + self._every


class Watch:
    """Wakes ``look``. ``every_s`` is the tick; a deadline is noticed at most that long after its instant."""

    def __init__(
        self,
        store: Store,
        signals: Signals,
        clock: Clock,
        every_s: float = 30.0,
        *,
        also: Callable[[Tx], Any] | None = None,
        ladder: Ladder = NO_LADDER,
        tell: Tell = at_the_desk_only,
        passed: Passed = nothing_begins,
    ) -> None:
        self._store = store
        self._signals = signals
        self._clock = clock
        self._every_s = every_s
        self._also = also
        self._manner = _Manner(int(every_s * 2000), ladder, tell, passed)
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._looking = asyncio.Lock()
        self._steady: list[asyncio.Task[None]] = []  # on the monotonic clock

    async def start(self) -> None:
        """Say at once what fell due while the node was down, then go on ticking."""
        await self.tick()
        self._scheduler.add_job(
            self.tick,
            _FromNow(timedelta(seconds=self._every_s)),
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
            id="watch",
        )
        self._scheduler.start()
        self._steady = [
            asyncio.create_task(self._look_again(), name="watchdog"),
            asyncio.create_task(self._watch_clocks(), name="clocks"),
        ]

    async def stop(self) -> None:
        """End both wakers; a look that has begun is finished first."""
        is_running = self._scheduler.running
        if is_running:
            self._scheduler.pause()
            await asyncio.sleep(0)  # a look that was just begun stands in line for the lock now, before this
        async with self._looking:
            if is_running:
                self._scheduler.shutdown(wait=False)
        for task in self._steady:
            task.cancel()
        await asyncio.gather(*self._steady, return_exceptions=True)

    async def tick(self) -> int:
        """One look; returns the number of reminders written. What cannot be done is tried at the next tick."""
        async with self._looking:
            said = await self._attempt(self._say_all)
            if self._also is not None:
                also = self._also
                await self._attempt(lambda: self._store.write(also))
        if said:
            for bell in ("desk", "mail", "webhook"):
                self._signals.ring(bell)
        return said or 0

    async def _say_all(self) -> int:
        """All that is due now, in transactions of bounded length: the many of one day's end are not late."""
        total = 0
        while said := await self._store.write(lambda tx: _look(tx, self._manner)):
            total += said
        return total

    @staticmethod
    async def _attempt(step: Callable[[], Awaitable[T]]) -> T | None:
        try:
            return await step()
        except StoreUnavailable as error:
            structlog.get_logger().warning("watch.store_unavailable", reason=str(error))
        except Exception:  # noqa: BLE001 - the one border of the watch: a fault of ours in one step never ends the looking
            structlog.get_logger().exception("watch.failed")
        return None

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(min(WATCHDOG_S, self._every_s))
            await self.tick()

    async def _watch_clocks(self) -> None:
        wall, steady = self._clock.now_ms(), self._clock.monotonic()
        while True:
            await asyncio.sleep(min(WATCHDOG_S, self._every_s))
            jump = self._clock.now_ms() - wall - int((self._clock.monotonic() - steady) * 1000)
            wall, steady = self._clock.now_ms(), self._clock.monotonic()
            if abs(jump) > JUMP_MS:
                structlog.get_logger().warning("clock.jumped", by_ms=jump)
