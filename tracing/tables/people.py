"""People of this node, their sessions and tokens, and the calls they need not make twice."""

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from tracing.tables.columns import WHOLE, index_where, ms

__all__ = ["ApiToken", "Attendance", "CalendarFeed", "IdempotentCall", "User", "WebSession"]


class User(SQLModel, table=True):
    """A person with one role at this node."""

    __tablename__ = "users"
    name: str = Field(primary_key=True)
    role: str
    password_hash: str
    language: str = "en"
    active: bool = True
    created_ms: int = Field(sa_column=ms())


class Attendance(SQLModel, table=True):
    """When a person works, where, and who stands in; without a row at any hour."""

    __tablename__ = "attendances"
    user_name: str = Field(primary_key=True, foreign_key="users.name")
    zone: str
    opens: str  # 08:00, local
    closes: str
    days: str  # worked ones, Monday is 0: "0 1 2 3 4"
    deputy: str | None = Field(default=None, index=True)
    absent_from: str | None = None  # ISO day, the first away
    absent_until: str | None = None  # the last away
    on_call: bool = False  # urgent reminders come at any hour
    is_head: bool = False


class ApiToken(SQLModel, table=True):
    """A bearer token, kept as its SHA-256 only."""

    __tablename__ = "api_tokens"
    sha256: str = Field(primary_key=True)
    user_name: str = Field(foreign_key="users.name")
    created_ms: int = Field(sa_column=ms())
    revoked_ms: int | None = Field(default=None, sa_column=ms(nullable=True))


class CalendarFeed(SQLModel, table=True):
    """An address that calendars read dates at; its secret is kept as its SHA-256 only."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (
        index_where("calendar_feeds_of", ("user_name", "id"), "revoked_ms IS NULL"),
        index_where("calendar_feeds_of_team", "id", "revoked_ms IS NULL AND whose = 'team'"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=WHOLE)
    sha256: str = Field(unique=True)
    whose: str  # mine (of the person) | team (of all)
    user_name: str = Field(foreign_key="users.name")  # who made it
    made_ms: int = Field(sa_column=ms())
    used_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # read last, within some minutes
    revoked_ms: int | None = Field(default=None, sa_column=ms(nullable=True))


class WebSession(SQLModel, table=True):
    """A signed-in browser; revocable, kept as the SHA-256 of its cookie."""

    __tablename__ = "web_sessions"
    sha256: str = Field(primary_key=True)
    user_name: str = Field(foreign_key="users.name")
    csrf: str
    created_ms: int = Field(sa_column=ms())
    expires_ms: int = Field(sa_column=ms())


class IdempotentCall(SQLModel, table=True):
    """The answer to a POST with an Idempotency-Key, kept 30 days and given again byte for byte."""

    __tablename__ = "idempotent_calls"
    user_name: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    request_sha256: str
    status: int
    response: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    at_ms: int = Field(sa_column=ms())
