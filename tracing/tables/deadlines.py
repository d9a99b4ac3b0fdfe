"""Duties with a date, what they are counted by, and what was said about them."""

from typing import Any

from sqlalchemy import ColumnElement, UniqueConstraint, literal_column
from sqlmodel import Field, SQLModel

from tracing.tables.columns import WHOLE, index_where, ms, table_of

__all__ = ["CalendarDay", "CalendarSeen", "DateProposal", "Deadline", "DeadlineProfile", "Reminder", "is_duty"]


class Deadline(SQLModel, table=True):
    """A duty with a date. The row is the truth; the scheduler only looks at it."""

    __tablename__ = "deadlines"
    __table_args__ = (
        UniqueConstraint("case_id", "clock", "started_by", name="one_deadline_per_start"),
        index_where("deadlines_open", ("due_ms", "ended_ms", "owed_by"), "ended_ms IS NULL"),
        index_where("deadlines_to_tell_near", "near_ms", "ended_ms IS NULL AND near_told_ms IS NULL"),
        index_where("deadlines_to_climb", "rung_ms", "ended_ms IS NULL AND rung_ms IS NOT NULL"),
        index_where("deadlines_to_tell_passed", "due_ms", "ended_ms IS NULL AND passed_told_ms IS NULL"),
        index_where("deadlines_paused", "paused_due_ms", "ended_ms IS NULL AND paused_due_ms IS NOT NULL"),
        index_where("deadlines_of_owner", ("owner", "owed_by", "due_ms"), "ended_ms IS NULL"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=WHOLE)
    case_id: str = Field(foreign_key="cases.id", index=True)
    clock: str  # one of protocol.deadlines.ClockName; two of them are this node's own dates: ``is_duty``
    owed_by: str  # us | them
    owner: str | None = None  # that of its case (casework/owning), so that a list of one's own walks no other's
    started_by: str  # mid of the message that started it
    started_ms: int = Field(sa_column=ms())
    counted_by: str  # mids of what its dates come from: protocol.deadlines.Duty.dated_by and Course.dated_by
    rules: str = ""  # protocol.deadlines.Rules of the profile its limit is of
    due_ms: int = Field(sa_column=ms())  # NO_DATE while the clock stands still
    paused_due_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # the earliest date while it does
    original_due_ms: int = Field(sa_column=ms())
    basis: str  # one of protocol.deadlines.Basis
    source: str  # sentence: where the number comes from
    steps: str  # JSON list of sentences: how the date was computed
    ended_ms: int | None = Field(default=None, sa_column=ms(nullable=True))
    ended_by: str | None = None  # mid
    near_ms: int = Field(sa_column=ms())  # when the first reminder is due
    near_told_ms: int | None = Field(default=None, sa_column=ms(nullable=True))
    passed_told_ms: int | None = Field(default=None, sa_column=ms(nullable=True))
    rung_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # when the next rung of the ladder falls
    moves: int = 0  # how often its date moved
    moved_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # when it moved last


def is_duty() -> ColumnElement[bool]:
    """Whether a row is a duty of one side to the other: what is counted as owed, pressing or late.

    The others are dates on which this node acts: a request may lapse, information must go.
    """
    clock: Any = table_of(Deadline).c.clock
    own: list[ColumnElement[str]] = [literal_column("'lapse'"), literal_column("'retention'")]
    found: ColumnElement[bool] = clock.not_in(own)
    return found


class Reminder(SQLModel, table=True):
    """What the desk shows because a deadline nears or has passed; UNIQUE so that it is said once."""

    __tablename__ = "reminders"
    __table_args__ = (
        UniqueConstraint("deadline_id", "event", name="one_reminder_per_event"),
        index_where("reminders_open", ("to_user", "to_role", "from_ms"), "done_ms IS NULL"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=WHOLE)
    deadline_id: int = Field(foreign_key="deadlines.id", sa_type=WHOLE)
    case_id: str = Field(foreign_key="cases.id", index=True)
    event: str  # near | passed | a rung in its own words
    to_user: str | None = None  # None: all of the role
    to_role: str = "officer"  # officer | owner | deputy | approver | head
    from_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # shown from then on: hours, or a snooze
    at_ms: int = Field(sa_column=ms())
    late: bool = False  # the node was down when it fell due
    done_ms: int | None = Field(default=None, sa_column=ms(nullable=True))


class DeadlineProfile(SQLModel, table=True):
    """One version of this authority's own targets; the latest in force by its day counts. Never changed, never deleted.

    Its leaf in the private tree, under signed checkpoints, holds the digest of ``body``.
    """

    __tablename__ = "deadline_profiles"
    __table_args__ = (UniqueConstraint("counterpart", "version", name="one_profile_per_version"),)
    id: int | None = Field(default=None, primary_key=True)
    counterpart: str = ""  # for whom; empty: for all
    version: int
    body: str  # JSON, as protocol.deadlines.written reads it
    sha256: str
    since: str  # ISO day it holds from
    set_by: str
    set_ms: int = Field(sa_column=ms())


class CalendarDay(SQLModel, table=True):
    """One day of a State's calendar that this authority corrected: off or worked, whatever the list says."""

    __tablename__ = "calendar_days"
    authority: str = Field(primary_key=True)  # whose office: ours or a counterpart
    day: str = Field(primary_key=True)  # ISO
    kind: str  # off | worked
    name: str
    set_by: str
    set_ms: int = Field(sa_column=ms())


class CalendarSeen(SQLModel, table=True):
    """The calendars that the dates of open deadlines were last held against; one row."""

    __tablename__ = "calendar_seen"
    id: int = Field(primary_key=True)
    sha256: str
    after: str  # case id: those up to it are done; empty when all are
    is_done: bool
    at_ms: int = Field(sa_column=ms())


class DateProposal(SQLModel, table=True):
    """Another date for an open deadline, because a calendar changed; an officer takes it or leaves it."""

    __tablename__ = "date_proposals"
    deadline_id: int = Field(primary_key=True, foreign_key="deadlines.id")
    case_id: str = Field(foreign_key="cases.id", index=True)
    due_ms: int = Field(sa_column=ms())
    steps: str  # JSON list of sentences
    proposed_ms: int = Field(sa_column=ms())
    left_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # an officer left the date as it was
