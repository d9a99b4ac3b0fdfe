"""Deadlines as a calendar: a week or a month of local days, the days off of both States shaded.

Rules
- A limit that ends at 24:00 stands on the day it closes.
- What a day holds is counted up to ``looks.MOST_COUNTED``; a few of its duties are shown, the others a click away.
- With a counterpart chosen, only what is between the two is shown, and its days off beside ours.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any, Self

from tracing.clock import to_ms
from tracing.desk.context import Desk
from tracing.desk.pages import looks
from tracing.desk.pages.dates import day_in_words, month_in_words, weekday
from tracing.desk.pages.daysoff import DaysOff, days_off
from tracing.desk.pages.links import Link
from tracing.desk.pages.moments import Here
from tracing.desk.pages.tongue import _
from tracing.desk.problems import Refused
from tracing.store import View
from tracing.store.cases import MOST_ITEMS, DeadlineQuery, list_deadlines

__all__ = ["Grid", "Leaf", "grid_of"]

FIRST_YEAR, LAST_YEAR = 2000, 2099  # of what anybody looks up; lists of holidays end in 2100
SHOWN = {"month": 3, "week": 50}  # duties of one day
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf of the calendar: a month or a week. ``days`` are whole weeks, Monday first."""

    span: str  # month | week
    first: date
    days: tuple[date, ...]

    @classmethod
    def read(cls, span: str, text: str, today: date) -> Self:
        """``2026-12`` or ``2026-12-07`` (any day of the week); "now" is the one of today. Refused: ``bad-query``."""
        day = today if text == "now" else _day(span, text)
        first = day.replace(day=1) if span == "month" else day - day.weekday() * DAY
        last = _next_month(first) - DAY if span == "month" else first
        begin = first - first.weekday() * DAY
        weeks = range((last - begin).days // 7 * 7 + 7)
        return cls(span, first, tuple(begin + after * DAY for after in weeks))

    @property
    def title(self) -> str:
        if self.span == "month":
            return month_in_words(self.first)
        return f"{day_in_words(self.first)} – {day_in_words(self.days[-1])}"

    def beside(self, step: int) -> str:
        """How the leaf before (-1) or after (1) is asked for."""
        if self.span == "week":
            return f"{self.first + 7 * step * DAY}"
        return f"{(_next_month(self.first) if step > 0 else self.first - DAY):%Y-%m}"


def _day(span: str, text: str) -> date:
    form = r"\d{4}-\d{2}" if span == "month" else r"\d{4}-\d{2}-\d{2}"
    try:
        whole = f"{text}-01" if span == "month" else text
        day = date.fromisoformat(whole) if re.fullmatch(form, text, re.ASCII) else None
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        example = "2026-12" if span == "month" else "2026-12-24"
        raise Refused("bad-query", f"{span}: expected one such as {example}, got {text[:40]!r}")
    return day


def _next_month(first: date) -> date:
    return (first + 31 * DAY).replace(day=1)


@dataclass(frozen=True, slots=True)
class Grid:
    """A leaf with what is due on its days. ``items`` are as ``list_deadlines`` gives them."""

    leaf: Leaf
    counts: Mapping[date, int]
    items: Mapping[date, list[dict[str, Any]]]
    off: DaysOff

    @property
    def cases(self) -> tuple[str, ...]:
        """Whose content is shown."""
        return tuple(sorted({item["case"] for some in self.items.values() for item in some}))

    def cells(self, here: Here, counterpart: str) -> list[dict[str, Any]]:
        """What the template shows of each day."""
        return [self._cell(day, here, counterpart) for day in self.leaf.days]

    def _cell(self, day: date, here: Here, counterpart: str) -> dict[str, Any]:
        ours, theirs = self.off.why(self.off.us, day) is not None, self.off.why(counterpart, day) is not None
        others = sorted({item["counterpart"] for item in self.items.get(day, ())} | ({counterpart} - {""}))
        is_outside = self.leaf.span == "month" and day.month != self.leaf.first.month
        looks_of = {"off": ours, "their-off": theirs, "today": day == here.today, "outside": is_outside}
        why = (self.off.holiday(whose, day) for whose in (self.off.us, *others))
        return {
            "day": day, "iso": day.isoformat(), "weekday": weekday(day), "count": self.counts.get(day, 0),
            "today": day == here.today, "look": " ".join(name for name, holds in looks_of.items() if holds),
            "why": [each for each in why if each], "items": self.items.get(day, [])[: SHOWN[self.leaf.span]],
        }  # fmt: skip

    def holidays(self, counterpart: str) -> list[tuple[date, str]]:
        """Days off with names, ours and the chosen counterpart's, as a list beneath the grid."""
        both = (self.off.us, *({counterpart} - {""}))
        return [(day, why) for day in self.leaf.days for whose in both if (why := self.off.holiday(whose, day))]

    def steps(self, more: str) -> list[Link]:
        """The leaf before and the one after."""
        href, earlier, later = f"/deadlines?{self.leaf.span}=", self.leaf.beside(-1), self.leaf.beside(1)
        return [Link(f"{href}{earlier}{more}", _("Earlier")), Link(f"{href}{later}{more}", _("Later"))]


def grid_of(view: View, desk: Desk, here: Here, leaf: Leaf, counterpart: str) -> Grid:
    """The leaf as it stands: counted by looking at its duties, where these are few, else by the index alone."""
    edges = [to_ms(datetime.combine(day, time(), here.zone)) for day in (*leaf.days, leaf.days[-1] + DAY)]
    query = DeadlineQuery(edges[0] + 1, edges[-1] + 1, counterpart=counterpart or None, limit=MOST_ITEMS)
    found = list_deadlines(view, query, to_ms(here.now))
    days = groupby(found.items, lambda item: here.day_of(here.instant(item["due_ms"])))
    items = {day: list(some) for day, some in days}
    counts = {day: len(some) for day, some in items.items()}
    if found.next is not None:
        counts = dict(zip(leaf.days, looks.due_days(view, edges, counterpart)[1], strict=True))
    others = [counterpart] if counterpart else [item["counterpart"] for item in found.items]
    return Grid(leaf, counts, items, days_off(view, desk, others, leaf.first))
