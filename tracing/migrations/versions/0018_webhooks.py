"""Mails become notices of any channel; webhooks; addresses whose mail came back."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WAITING, _PARKED = sa.text("state = 'waiting'"), sa.text("state = 'parked'")
_OF_NOTICE = "id, slot, message_id, kind, to_user, to_role, made_ms, from_ms, next_ms, tries, state, said, ended_ms"
_OF_STANDING = "failing_ms, tries, next_ms, said, alarmed_ms, sent_ms"


def upgrade() -> None:
    _notices("notices", sa.Column("target", _TEXT(), nullable=False))
    _joined("notice_reminders", "notice_id", "notices")
    _standing("target_standing", sa.Column("target", _TEXT(), nullable=False, primary_key=True))
    op.execute(f"INSERT INTO notices ({_OF_NOTICE}, target) SELECT {_OF_NOTICE}, 'mail' FROM mails")  # noqa: S608 - ours
    op.execute("INSERT INTO notice_reminders (notice_id, reminder_id) SELECT mail_id, reminder_id FROM mail_reminders")
    op.execute(
        f"INSERT INTO target_standing (target, {_OF_STANDING}) SELECT 'mail', {_OF_STANDING} FROM mail_standing"  # noqa: S608
    )
    _number_on("notices")
    for table in ("mail_standing", "mail_reminders", "mails"):
        op.drop_table(table)
    op.create_index(
        "notices_waiting", "notices", ["target", "next_ms", "id"], sqlite_where=_WAITING, postgresql_where=_WAITING
    )
    op.create_index(
        "notices_parked", "notices", ["target", "to_user", "id"], sqlite_where=_PARKED, postgresql_where=_PARKED
    )
    op.create_index(op.f("ix_notices_to_user"), "notices", ["to_user"])
    op.create_index(op.f("ix_notice_reminders_reminder_id"), "notice_reminders", ["reminder_id"])
    op.create_table(
        "returned_addresses",
        sa.Column("address", _TEXT(), nullable=False),
        sa.Column("said", _TEXT(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address"),
    )
    op.create_table(
        "webhooks",
        sa.Column("content_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("set_ms", sa.BigInteger(), nullable=False),
        sa.Column("id", _WHOLE, nullable=False),
        sa.Column("name", _TEXT(), nullable=False),
        sa.Column("to_user", _TEXT(), nullable=True),
        sa.Column("to_role", _TEXT(), nullable=True),
        sa.Column("language", _TEXT(), nullable=False),
        sa.Column("ways", _TEXT(), nullable=False),
        sa.Column("set_by", _TEXT(), nullable=False),
        sa.ForeignKeyConstraint(["to_user"], ["users.name"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )


def downgrade() -> None:
    """What is on its way to webhooks, and their addresses and secrets, are lost."""
    _notices("mails")
    _joined("mail_reminders", "mail_id", "mails")
    _standing("mail_standing", sa.Column("id", sa.Integer(), nullable=False, primary_key=True))
    op.execute(f"INSERT INTO mails ({_OF_NOTICE}) SELECT {_OF_NOTICE} FROM notices WHERE target = 'mail'")  # noqa: S608 - ours
    op.execute(
        "INSERT INTO mail_reminders (mail_id, reminder_id) SELECT notice_id, reminder_id FROM notice_reminders "
        "WHERE notice_id IN (SELECT id FROM mails)"
    )
    op.execute(
        f"INSERT INTO mail_standing (id, {_OF_STANDING}) SELECT 1, {_OF_STANDING} FROM target_standing "  # noqa: S608
        "WHERE target = 'mail'"
    )
    _number_on("mails")
    for table in ("webhooks", "returned_addresses", "target_standing", "notice_reminders", "notices"):
        op.drop_table(table)
    op.create_index("mails_waiting", "mails", ["next_ms", "id"], sqlite_where=_WAITING, postgresql_where=_WAITING)
    op.create_index("mails_parked", "mails", ["to_user", "id"], sqlite_where=_PARKED, postgresql_where=_PARKED)
    op.create_index(op.f("ix_mails_to_user"), "mails", ["to_user"])
    op.create_index(op.f("ix_mail_reminders_reminder_id"), "mail_reminders", ["reminder_id"])


def _notices(name: str, *more: sa.Column) -> None:  # type: ignore[type-arg]
    op.create_table(
        name,
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("next_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("id", _WHOLE, nullable=False),
        sa.Column("slot", _TEXT(), nullable=False),
        sa.Column("message_id", _TEXT(), nullable=False),
        sa.Column("kind", _TEXT(), nullable=False),
        *more,
        sa.Column("to_user", _TEXT(), nullable=True),
        sa.Column("to_role", _TEXT(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("state", _TEXT(), nullable=False),
        sa.Column("said", _TEXT(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slot"),
        sa.UniqueConstraint("message_id"),
    )


def _joined(name: str, column: str, whole: str) -> None:
    op.create_table(
        name,
        sa.Column(column, _WHOLE, nullable=False),
        sa.Column("reminder_id", _WHOLE, nullable=False),
        sa.ForeignKeyConstraint([column], [f"{whole}.id"]),
        sa.ForeignKeyConstraint(["reminder_id"], ["reminders.id"]),
        sa.PrimaryKeyConstraint(column, "reminder_id"),
    )


def _standing(name: str, key: sa.Column) -> None:  # type: ignore[type-arg]
    op.create_table(
        name,
        key,
        sa.Column("failing_ms", sa.BigInteger(), nullable=True),
        sa.Column("next_ms", sa.BigInteger(), nullable=False),
        sa.Column("alarmed_ms", sa.BigInteger(), nullable=True),
        sa.Column("sent_ms", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("said", _TEXT(), nullable=True),
    )


def _number_on(table: str) -> None:
    """PostgreSQL numbers further rows from where the copied ones end."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce(max(id), 0) + 1, false) FROM {table}"  # noqa: S608
        )
