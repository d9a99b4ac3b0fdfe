"""Who is told by which channel, mails on their way, and how it stands with the mail server."""

from sqlmodel import Field, SQLModel

from tracing.tables.columns import WHOLE, index_where, ms

__all__ = ["ChannelChoice", "Mail", "MailAddress", "MailReminder", "MailStanding"]


class MailAddress(SQLModel, table=True):
    """Where a person is written to; without a row nowhere."""

    __tablename__ = "mail_addresses"
    user_name: str = Field(primary_key=True, foreign_key="users.name")
    address: str
    set_ms: int = Field(sa_column=ms())


class ChannelChoice(SQLModel, table=True):
    """What a person wants told by a channel, and how; without a row as ``tracing/mail/choices.py`` says."""

    __tablename__ = "channel_choices"
    user_name: str = Field(primary_key=True, foreign_key="users.name")
    channel: str = Field(primary_key=True)  # mail
    event: str = Field(primary_key=True)  # near | passed | again | escalated
    way: str  # at_once | digest | off


class Mail(SQLModel, table=True):
    """One mail. ``slot`` is what it is about, so that it is made once; its text is written when it is sent."""

    __tablename__ = "mails"
    __table_args__ = (
        index_where("mails_waiting", ("next_ms", "id"), "state = 'waiting'"),
        index_where("mails_parked", ("to_user", "id"), "state = 'parked'"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=WHOLE)
    slot: str = Field(unique=True)
    message_id: str = Field(unique=True)  # RFC 5322, without the angle brackets; each try bears the same
    kind: str  # reminder | digest | test
    to_user: str | None = Field(default=None, index=True)
    to_role: str | None = None  # the team of this role, where it is no person
    made_ms: int = Field(sa_column=ms())
    from_ms: int = Field(sa_column=ms())  # it leaves then at the earliest
    next_ms: int = Field(sa_column=ms())  # the next try; while it is being sent: when its claim ends
    tries: int = 0
    state: str = "waiting"  # waiting | sent | unsent (nothing was left to say) | parked (the server will never take it)
    said: str | None = None  # what the server answered last
    ended_ms: int | None = Field(default=None, sa_column=ms(nullable=True))


class MailReminder(SQLModel, table=True):
    """A reminder that a mail tells of."""

    __tablename__ = "mail_reminders"
    mail_id: int = Field(primary_key=True, foreign_key="mails.id", sa_type=WHOLE)
    reminder_id: int = Field(primary_key=True, foreign_key="reminders.id", sa_type=WHOLE, index=True)


class MailStanding(SQLModel, table=True):
    """How it stands with the mail server; one row."""

    __tablename__ = "mail_standing"
    id: int = Field(primary_key=True)
    failing_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # since when it takes nothing
    tries: int = 0
    next_ms: int = Field(sa_column=ms(default=0))
    said: str | None = None  # what was wrong last
    alarmed_ms: int | None = Field(default=None, sa_column=ms(nullable=True))
    sent_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # the last mail it took
