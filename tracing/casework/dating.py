"""When one duty is due and why: which profile gives the number, whose days count, and what of the case moves the date.

Rules
- The number is that of the first of these that has one: a treaty that binds the case; what both agreed on; a treaty
  whose number nobody verified; our own targets for this counterpart; our own targets for all; those of the settings.
- The profile is the one in force on the day the counting begins. A clock that runs after another one has no date until
  that one ended.
- Nothing here fails because of a calendar: where it cannot be counted by, weekends alone are left out, and the date
  says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import structlog

from protocol import strictjson
from protocol.deadlines import (
    TREATIES,
    Basis,
    ClockName,
    Course,
    Due,
    Duty,
    Limit,
    Profile,
    Rules,
    Talk,
    WorkingCalendar,
    course,
    due,
    due_on,
)
from protocol.lifecycle import Kind
from tracing.casework.ladders import Ladder
from tracing.casework.matters.agreed import profile_with
from tracing.casework.offices import Almanac, Side, Sides, offices_of
from tracing.casework.targets import own_targets
from tracing.casework.thread import Thread
from tracing.clock import to_ms
from tracing.store import Tx
from tracing.tables.cases import NO_DATE

__all__ = ["Timetable", "dated_by", "dates"]


@dataclass(frozen=True, slots=True)
class Timetable:
    """The targets of the settings, and the calendars limits are counted in. ``near`` is how early the desk reminds.

    After ``lapse_reminders`` that stayed without an answer a request may lapse.
    """

    profile: Profile
    calendar: WorkingCalendar
    near: timedelta
    near_urgent: timedelta
    almanac: Almanac
    authority: str
    country: str
    ladder: Ladder = Ladder()  # noqa: RUF009 - frozen
    lapse_reminders: int = 3

    def near_span_ms(self, priority: str) -> int:
        """How long before its date a duty of this priority is near."""
        return int((self.near_urgent if priority == "urgent" else self.near).total_seconds() * 1000)


@dataclass(frozen=True, slots=True)
class _Number:
    """A limit, and whose it is."""

    limit: Limit
    profile: Profile
    rules: Rules


@dataclass(frozen=True, slots=True)
class _Reckoned:
    """When a duty is due, where that comes from and what it binds by."""

    due: Due
    source: str
    basis: Basis
    rules: Rules = field(default_factory=Rules)
    by: tuple[str, ...] = ()


def dates(tx: Tx, timetable: Timetable, thread: Thread, duty: Duty, talk: Talk) -> dict[str, Any] | None:
    """All of a row that says when it is due and why; the date as it was at its start stays beside it (domain 7b.2).

    None where no number is set for the clock, or it has not begun.
    """
    found = _named(timetable, duty) or _Reckoning(tx, timetable, thread, duty, talk).result()
    if found is None:
        return None
    first, now = found
    is_paused = now.due.paused_since is not None
    return {
        "counted_by": _joined(duty, now.by),
        "rules": str(now.rules),
        "due_ms": NO_DATE if is_paused else to_ms(now.due.due_at),
        "paused_due_ms": to_ms(now.due.due_at) if is_paused else None,
        "original_due_ms": to_ms(first.due_at),
        "basis": str(now.basis),
        "source": now.source,
        "steps": strictjson.dump(list(now.due.steps)).decode(),
    }


def dated_by(duty: Duty, talk: Talk, rules: str) -> str:
    """The messages that the dates of a duty come from under the rules its row remembers."""
    return _joined(duty, course(duty, talk, Rules.read(rules)).dated_by)


def _joined(duty: Duty, by: tuple[str, ...]) -> str:
    return " ".join(dict.fromkeys((*duty.dated_by, *by)))


_NAMED = MappingProxyType(
    {
        ClockName.INFO: "the date the question names (ITI 21)",
        ClockName.CONSENT: "the date the request for consent names (ITI 15(c))",
    }
)


def _named(timetable: Timetable, duty: Duty) -> tuple[Due, _Reckoned] | None:
    """A date that what started the clock names itself."""
    if duty.named is None or duty.clock not in _NAMED:
        return None
    found = due_on(duty.named, timetable.calendar)
    return found, _Reckoned(found, _NAMED[duty.clock], timetable.profile.basis)


@dataclass(frozen=True, slots=True)
class _Reckoning:
    """The dates of one duty that counts a limit."""

    tx: Tx
    timetable: Timetable
    thread: Thread
    duty: Duty
    talk: Talk

    def result(self) -> tuple[Due, _Reckoned] | None:
        """The date as it was at the start, and as it is now."""
        duty = self.duty
        number = self._number(duty.started_at.date(), duty.first.priority, None)
        begun = None if number is None else self._begun(number)
        if number is None or begun is None or begun.begun_at is None:
            return None
        start = max(duty.started_at, begun.begun_at)
        first, _ = self._due(number, start)
        counted = max(start, duty.counted_at)
        last = self._number(counted.date(), duty.last.priority, begun.access)
        return None if last is None else (first, self._now(last, counted))

    def _begun(self, number: _Number) -> Course:
        return course(self.duty, self.talk, number.rules)

    def _now(self, number: _Number, counted: datetime) -> _Reckoned:
        duty, way = self.duty, self._begun(number)
        found, offices = self._due(number, counted, way)
        source = number.profile.source
        if duty.moved_to is not None:
            told = (
                f"the date named in the delay notice {duty.moved_by} (ITI 22, 23); the original date stands beside it"
            )
            found, source = due_on(duty.moved_to, offices[0]), told
        elif duty.counted_by != duty.started_by:
            source = f"{source}; counted from the change of priority {duty.counted_by}"
        found = replace(found, steps=(*_said(duty, way, number.rules), *found.steps))
        return _Reckoned(found, source, number.profile.basis, number.rules, way.dated_by)

    def _number(self, day: date, priority: str | None, access: str | None) -> _Number | None:
        for profile in self._profiles(day):
            limit = profile.limit(self.duty.clock, priority or "", access)
            if limit is not None:
                return _Number(limit, profile, Rules.of(profile, self.duty.clock))
        return None

    def _profiles(self, day: date) -> Iterator[Profile]:
        treaties = self._treaties()
        counterpart = self.thread.case.counterpart
        yield from (each for each in treaties if each.basis.makes_late)
        if (agreed := profile_with(self.tx, counterpart, day)) is not None:
            yield agreed
        yield from (each for each in treaties if not each.basis.makes_late)
        yield from own_targets(self.tx, counterpart, day)
        yield self.timetable.profile

    def _treaties(self) -> list[Profile]:
        """Those that bind this case: the request invokes them, and both States are parties."""
        asked = (one for one in self.thread.said if one.kind is Kind.TRACE_REQUEST)
        carried = frozenset[str]().union(*(one.facts_named("carried") for one in asked))
        both = frozenset({self.timetable.country, self.thread.case.country})
        return [each.profile for each in TREATIES if each.binds(carried, both)]

    def _due(
        self, number: _Number, start: datetime, way: Course | None = None
    ) -> tuple[Due, tuple[WorkingCalendar, ...]]:
        """By the offices of the limit; by weekdays alone where they cannot be counted by."""
        us = Side(self.timetable.authority, self.timetable.country)
        them = Side(self.thread.case.counterpart, self.thread.case.country)
        sides = Sides(us, them, owes=self.duty.owed_by is self.thread.us)
        offices = offices_of(self.tx, self.timetable.almanac, sides, number.limit, start.date())
        pauses = way.pauses if way is not None else ()
        try:
            return due(start, number.limit, offices[0], beside=offices[1:], pauses=pauses), offices
        except ValueError as why:
            plain = replace(offices[0], holidays={}, years=None, source="weekends alone")
            told = f"{why}: weekends alone are left out until the calendar is put right."
            self.tx.after_commit(lambda: structlog.get_logger().warning("deadline.calendar_unusable", reason=told))
            found = due(start, number.limit, plain, pauses=pauses)
            return replace(found, steps=(*found.steps, told)), (plain,)


def _said(duty: Duty, way: Course, rules: Rules) -> Iterator[str]:
    """What of the case decided from when it counts, and which of two limits."""
    if way.begun_by not in {None, duty.started_by}:
        yield f"It counts from {way.begun_by}, which ended the clock of {rules.after}."
    if way.access is not None:
        yield f"What is asked for is reached {way.access}, says the acknowledgement."
