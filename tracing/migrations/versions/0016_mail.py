"""Who is told by which channel, mails on their way, and how it stands with the mail server."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mail_addresses",
        sa.Column("user_name", _TEXT(), nullable=False),
        sa.Column("address", _TEXT(), nullable=False),
        sa.Column("set_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_name"], ["users.name"]),
        sa.PrimaryKeyConstraint("user_name"),
    )
    op.create_table(
        "channel_choices",
        sa.Column("user_name", _TEXT(), nullable=False),
        sa.Column("channel", _TEXT(), nullable=False),
        sa.Column("event", _TEXT(), nullable=False),
        sa.Column("way", _TEXT(), nullable=False),
        sa.ForeignKeyConstraint(["user_name"], ["users.name"]),
        sa.PrimaryKeyConstraint("user_name", "channel", "event"),
    )
    op.create_table(
        "mails",
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("next_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("id", _WHOLE, nullable=False),
        sa.Column("slot", _TEXT(), nullable=False),
        sa.Column("message_id", _TEXT(), nullable=False),
        sa.Column("kind", _TEXT(), nullable=False),
        sa.Column("to_user", _TEXT(), nullable=True),
        sa.Column("to_role", _TEXT(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("state", _TEXT(), nullable=False),
        sa.Column("said", _TEXT(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slot"),
        sa.UniqueConstraint("message_id"),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index("mails_waiting", "mails", ["next_ms", "id"], sqlite_where=waiting, postgresql_where=waiting)
    parked = sa.text("state = 'parked'")
    op.create_index("mails_parked", "mails", ["to_user", "id"], sqlite_where=parked, postgresql_where=parked)
    op.create_index(op.f("ix_mails_to_user"), "mails", ["to_user"])
    op.create_table(
        "mail_reminders",
        sa.Column("mail_id", _WHOLE, nullable=False),
        sa.Column("reminder_id", _WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"]),
        sa.ForeignKeyConstraint(["reminder_id"], ["reminders.id"]),
        sa.PrimaryKeyConstraint("mail_id", "reminder_id"),
    )
    op.create_index(op.f("ix_mail_reminders_reminder_id"), "mail_reminders", ["reminder_id"])
    op.create_table(
        "mail_standing",
        sa.Column("failing_ms", sa.BigInteger(), nullable=True),
        sa.Column("next_ms", sa.BigInteger(), nullable=False),
        sa.Column("alarmed_ms", sa.BigInteger(), nullable=True),
        sa.Column("sent_ms", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("said", _TEXT(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    for table in ("mail_standing", "mail_reminders", "mails", "channel_choices", "mail_addresses"):
        op.drop_table(table)
