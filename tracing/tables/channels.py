"""Who is told by which channel, what is on its way there, and how it stands with whom it goes to."""

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from tracing.tables.columns import WHOLE, index_where, ms

__all__ = [
    "ChannelChoice", "MailAddress", "Notice", "NoticeReminder", "ReturnedAddress", "TargetStanding", "Webhook",
]  # fmt: skip


class MailAddress(SQLModel, table=True):
    """Where a person is written to; without a row nowhere."""

    __tablename__ = "mail_addresses"
    user_name: str = Field(primary_key=True, foreign_key="users.name")
    address: str
    set_ms: int = Field(sa_column=ms())


class ReturnedAddress(SQLModel, table=True):
    """An address whose mail came back for good: nothing more is sent there until somebody says it is right."""

    __tablename__ = "returned_addresses"
    address: str = Field(primary_key=True)
    said: str  # the reason in the report, e.g. 5.1.1
    at_ms: int = Field(sa_column=ms())


class ChannelChoice(SQLModel, table=True):
    """What a person wants told by mail, and how; without a row as ``tracing/channels/ways.py`` says."""

    __tablename__ = "channel_choices"
    user_name: str = Field(primary_key=True, foreign_key="users.name")
    channel: str = Field(primary_key=True)  # mail
    event: str = Field(primary_key=True)  # near | passed | again | escalated
    way: str  # at_once | digest | off


class Webhook(SQLModel, table=True):
    """A receiver of reminders, named by an administrator; whose it is and what it is told."""

    __tablename__ = "webhooks"
    id: int | None = Field(default=None, primary_key=True, sa_type=WHOLE)
    name: str = Field(unique=True)
    to_user: str | None = Field(default=None, foreign_key="users.name")  # what this person is reminded of
    to_role: str | None = None  # what goes to all of this role; with neither: every reminder of the node
    language: str
    ways: str  # JSON: each event and its way
    content_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # wrapped
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # address and secrets, under it
    set_by: str
    set_ms: int = Field(sa_column=ms())


class Notice(SQLModel, table=True):
    """One mail, or one call. ``slot``: what it is about, so that it is made once; its text comes when it leaves."""

    __tablename__ = "notices"
    __table_args__ = (
        index_where("notices_waiting", ("target", "next_ms", "id"), "state = 'waiting'"),
        index_where("notices_parked", ("target", "to_user", "id"), "state = 'parked'"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=WHOLE)
    slot: str = Field(unique=True)
    message_id: str = Field(unique=True)  # each try bears it: Message-ID (RFC 5322, without brackets) or webhook-id
    kind: str  # reminder | digest | test
    target: str  # mail | webhook:NUMBER
    to_user: str | None = Field(default=None, index=True)
    to_role: str | None = None  # the team of this role, where it is no person
    made_ms: int = Field(sa_column=ms())
    from_ms: int = Field(sa_column=ms())  # it leaves then at the earliest
    next_ms: int = Field(sa_column=ms())  # the next try; while it is being sent: when its claim ends
    tries: int = 0
    state: str = "waiting"  # waiting | sent | unsent (nothing was left to say) | parked (it will never be taken)
    said: str | None = None  # what was answered last
    ended_ms: int | None = Field(default=None, sa_column=ms(nullable=True))


class NoticeReminder(SQLModel, table=True):
    """A reminder that a notice tells of."""

    __tablename__ = "notice_reminders"
    notice_id: int = Field(primary_key=True, foreign_key="notices.id", sa_type=WHOLE)
    reminder_id: int = Field(primary_key=True, foreign_key="reminders.id", sa_type=WHOLE, index=True)


class TargetStanding(SQLModel, table=True):
    """How it stands with a target."""

    __tablename__ = "target_standing"
    target: str = Field(primary_key=True)
    failing_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # since when it takes nothing
    tries: int = 0
    next_ms: int = Field(sa_column=ms(default=0))
    said: str | None = None  # what was wrong last
    alarmed_ms: int | None = Field(default=None, sa_column=ms(nullable=True))
    sent_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # the last notice it took
