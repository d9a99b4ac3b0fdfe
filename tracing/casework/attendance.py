"""When a person works, who stands in, and so to whom and from when a reminder goes.

Rules
- Whoever is absent is reminded through his deputy, and through the deputy of that one; where the chain ends with
  somebody absent or comes round, all officers are told.
- A reminder comes in the person's own working hours, in his zone; an urgent one comes at once to who is on call.
- Who said nothing of his hours is reminded at once. So are all officers or all approvers: somebody of them works.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select

from protocol.deadlines import WorkingCalendar
from tracing import audit
from tracing.clock import from_ms, to_ms
from tracing.store import Tx, View
from tracing.tables import Attendance, User, table_of

__all__ = ["ALWAYS", "Hours", "Recipient", "absent_for", "attend", "hours_of", "lead", "recipient"]

ALL_WEEK = frozenset(range(7))
MOST_DAYS = 30  # to the next day somebody works
_attendances, _users = table_of(Attendance), table_of(User)


@dataclass(frozen=True, slots=True)
class Hours:
    """When and where somebody works. ``days``: Monday is 0. ``absent``: first and last day away."""

    zone: str = "UTC"
    opens: time = time(8)
    closes: time = time(17)
    days: frozenset[int] = frozenset({0, 1, 2, 3, 4})
    deputy: str | None = None
    absent: tuple[date, date] | None = None
    on_call: bool = False
    is_head: bool = False

    def __post_init__(self) -> None:
        self.calendar()  # an unknown zone, or hours that end before they begin, are refused here
        if self.absent is not None and self.absent[0] > self.absent[1]:
            raise ValueError(f"expected an absence that ends after it began, got {self.absent[0]} to {self.absent[1]}")

    def calendar(self) -> WorkingCalendar:
        """As a working calendar of one person. ValueError, or KeyError for an unknown zone."""
        weekend = ALL_WEEK - self.days
        return WorkingCalendar(self.zone, weekend, opens=self.opens, closes=self.closes)

    def is_absent(self, now: datetime) -> bool:
        """Whether away on this day, where the person works."""
        today = now.astimezone(ZoneInfo(self.zone)).date()
        return self.absent is not None and self.absent[0] <= today <= self.absent[1]

    def from_when(self, now: datetime, *, urgent: bool) -> datetime:
        """Now where the person works now, or is on call and it is urgent; else when the next working day begins."""
        if urgent and self.on_call:
            return now
        calendar, today = self.calendar(), now.astimezone(ZoneInfo(self.zone)).date()
        for after in range(MOST_DAYS):
            span = calendar.hours(today + timedelta(days=after))
            if span is not None and now < span[1]:
                return max(now, span[0])
        return now


ALWAYS = Hours(opens=time.min, closes=time.max, days=ALL_WEEK)
"""Of whoever said nothing of his hours: nothing is held back."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """``user`` None: all of the role."""

    user: str | None
    role: str
    from_ms: int


def attend(tx: Tx, name: str, hours: Hours, actor: str) -> None:
    """A person's hours, deputy and absence from now on."""
    tx.conn.execute(delete(_attendances).where(_attendances.c.user_name == name))
    first, last = hours.absent or (None, None)
    own = {
        "zone": hours.zone, "opens": f"{hours.opens:%H:%M}", "closes": f"{hours.closes:%H:%M}",
        "days": " ".join(map(str, sorted(hours.days))), "deputy": hours.deputy,
        "absent_from": first and first.isoformat(), "absent_until": last and last.isoformat(),
        "on_call": hours.on_call, "is_head": hours.is_head,
    }  # fmt: skip
    tx.conn.execute(insert(_attendances).values({"user_name": name} | own))
    audit.note(tx, "cfg", name, {"act": "attend", "actor": actor, "user": name} | own)


def lead(tx: Tx, name: str, actor: str, *, is_head: bool) -> None:
    """Whether a person leads the office. LookupError where there is no such person."""
    hours = hours_of(tx, name)
    if hours is None:
        raise LookupError(name)
    attend(tx, name, replace(hours, is_head=is_head), actor)


def hours_of(view: View, name: str) -> Hours | None:
    """Those of a person who is still one of this node; None where there is no such person."""
    query = (
        select(_users.c.active, _attendances)
        .outerjoin(_attendances, _attendances.c.user_name == _users.c.name)
        .where(_users.c.name == name)
    )
    row = view.conn.execute(query).first()
    if row is None or not row.active:
        return None
    return ALWAYS if row.zone is None else _hours(row)


def _hours(row: Any) -> Hours:
    absent = (date.fromisoformat(row.absent_from), date.fromisoformat(row.absent_until)) if row.absent_from else None
    return Hours(
        row.zone, time.fromisoformat(row.opens), time.fromisoformat(row.closes),
        frozenset(int(day) for day in row.days.split()), row.deputy, absent, bool(row.on_call), bool(row.is_head),
    )  # fmt: skip


def recipient(tx: Tx, to: str, owner: str | None, *, urgent: bool) -> Recipient:
    """Who is told, and from when. ``to``: owner, deputy, approver or head."""
    now = from_ms(tx.now_ms)
    if to == "approver":
        return Recipient(None, "approver", tx.now_ms)
    found = _head(tx, now) if to == "head" else _standing_in(tx, owner, now, skip=to == "deputy")
    if found is None:
        return Recipient(None, "approver" if to == "head" else "officer", tx.now_ms)
    name, hours = found
    return Recipient(name, to, to_ms(hours.from_when(now, urgent=urgent)))


def _standing_in(view: View, name: str | None, now: datetime, *, skip: bool) -> tuple[str, Hours] | None:
    """The first in the chain of deputies who is there; with ``skip`` not the owner himself."""
    met: set[str] = set()
    while name is not None and name not in met:
        hours = hours_of(view, name)
        if hours is None:
            return None
        if not hours.is_absent(now) and not (skip and not met):
            return name, hours
        met.add(name)
        name = hours.deputy
    return None


def _head(view: View, now: datetime) -> tuple[str, Hours] | None:
    heads = select(_attendances.c.user_name).where(_attendances.c.is_head).order_by(_attendances.c.user_name)
    for name in view.conn.execute(heads).scalars():
        hours = hours_of(view, name)
        if hours is not None and not hours.is_absent(now):
            return name, hours
    return None


def absent_for(view: View, name: str, now: datetime) -> Iterator[str]:
    """Whoever is away now and has this person for a deputy."""
    query = select(_attendances.c.user_name).where(_attendances.c.deputy == name)
    for other in view.conn.execute(query).scalars():
        hours = hours_of(view, other)
        if hours is not None and hours.is_absent(now):
            yield other
