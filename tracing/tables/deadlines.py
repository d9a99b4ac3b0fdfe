"""Duties with a date, and what was said about them."""

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from tracing.tables.columns import WHOLE, index_where, ms

__all__ = ["Deadline", "Reminder"]


class Deadline(SQLModel, table=True):
    """A duty with a date. The row is the truth; the scheduler only looks at it."""

    __tablename__ = "deadlines"
    __table_args__ = (
        UniqueConstraint("case_id", "clock", "started_by", name="one_deadline_per_start"),
        index_where("deadlines_open", ("due_ms", "ended_ms", "owed_by"), "ended_ms IS NULL"),
        index_where("deadlines_to_tell_near", "near_ms", "ended_ms IS NULL AND near_told_ms IS NULL"),
        index_where("deadlines_to_tell_passed", "due_ms", "ended_ms IS NULL AND passed_told_ms IS NULL"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=WHOLE)
    case_id: str = Field(foreign_key="cases.id", index=True)
    clock: str  # one of protocol.deadlines.ClockName
    owed_by: str  # us | them
    started_by: str  # mid of the message that started it
    started_ms: int = Field(sa_column=ms())
    counted_by: str  # mids of what its dates come from: protocol.deadlines.Duty.dated_by
    due_ms: int = Field(sa_column=ms())
    original_due_ms: int = Field(sa_column=ms())
    basis: str  # treaty | agreed | internal
    source: str  # sentence: where the number comes from
    steps: str  # JSON list of sentences: how the date was computed
    ended_ms: int | None = Field(default=None, sa_column=ms(nullable=True))
    ended_by: str | None = None  # mid
    near_ms: int = Field(sa_column=ms())  # when the first reminder is due
    near_told_ms: int | None = Field(default=None, sa_column=ms(nullable=True))
    passed_told_ms: int | None = Field(default=None, sa_column=ms(nullable=True))


class Reminder(SQLModel, table=True):
    """What the desk shows because a deadline nears or has passed; UNIQUE so that it is said once."""

    __tablename__ = "reminders"
    __table_args__ = (UniqueConstraint("deadline_id", "event", name="one_reminder_per_event"),)
    id: int | None = Field(default=None, primary_key=True, sa_type=WHOLE)
    deadline_id: int = Field(foreign_key="deadlines.id", sa_type=WHOLE)
    case_id: str = Field(foreign_key="cases.id", index=True)
    event: str  # near | passed
    at_ms: int = Field(sa_column=ms())
    late: bool = False  # the node was down when it fell due
    done_ms: int | None = Field(default=None, sa_column=ms(nullable=True))
