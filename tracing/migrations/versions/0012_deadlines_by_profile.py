"""Deadlines by profile: pauses and rules of a clock, own targets in versions, corrected calendars, proposed dates."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
CLIMBS, OPEN = sa.text("ended_ms IS NULL AND rung_ms IS NOT NULL"), sa.text("done_ms IS NULL")


def upgrade() -> None:
    op.add_column("deadlines", sa.Column("rules", _TEXT(), nullable=False, server_default=""))
    op.add_column("deadlines", sa.Column("paused_due_ms", sa.BigInteger(), nullable=True))
    op.add_column("deadlines", sa.Column("rung_ms", sa.BigInteger(), nullable=True))
    op.create_index("deadlines_to_climb", "deadlines", ["rung_ms"], sqlite_where=CLIMBS, postgresql_where=CLIMBS)
    op.execute(sa.text("UPDATE deadlines SET rung_ms = due_ms + 604800000 WHERE ended_ms IS NULL"))  # a week after
    op.add_column("reminders", sa.Column("to_user", _TEXT(), nullable=True))
    op.add_column("reminders", sa.Column("to_role", _TEXT(), nullable=False, server_default="officer"))
    op.add_column("reminders", sa.Column("from_ms", sa.BigInteger(), nullable=True))
    op.create_index(
        "reminders_open", "reminders", ["to_user", "to_role", "from_ms"], sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_table(
        "attendances",
        sa.Column("user_name", _TEXT(), nullable=False),
        sa.Column("zone", _TEXT(), nullable=False),
        sa.Column("opens", _TEXT(), nullable=False),
        sa.Column("closes", _TEXT(), nullable=False),
        sa.Column("days", _TEXT(), nullable=False),
        sa.Column("deputy", _TEXT(), nullable=True),
        sa.Column("absent_from", _TEXT(), nullable=True),
        sa.Column("absent_until", _TEXT(), nullable=True),
        sa.Column("on_call", sa.Boolean(), nullable=False),
        sa.Column("is_head", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_name"], ["users.name"]),
        sa.PrimaryKeyConstraint("user_name"),
    )
    op.create_index("ix_attendances_deputy", "attendances", ["deputy"])
    op.create_table(
        "deadline_profiles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("counterpart", _TEXT(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", _TEXT(), nullable=False),
        sa.Column("sha256", _TEXT(), nullable=False),
        sa.Column("since", _TEXT(), nullable=False),
        sa.Column("set_by", _TEXT(), nullable=False),
        sa.Column("set_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("counterpart", "version", name="one_profile_per_version"),
    )
    op.create_table(
        "calendar_days",
        sa.Column("authority", _TEXT(), nullable=False),
        sa.Column("day", _TEXT(), nullable=False),
        sa.Column("kind", _TEXT(), nullable=False),
        sa.Column("name", _TEXT(), nullable=False),
        sa.Column("set_by", _TEXT(), nullable=False),
        sa.Column("set_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("authority", "day"),
    )
    op.create_table(
        "calendar_seen",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", _TEXT(), nullable=False),
        sa.Column("after", _TEXT(), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "date_proposals",
        sa.Column("deadline_id", sa.Integer(), nullable=False),
        sa.Column("case_id", _TEXT(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("steps", _TEXT(), nullable=False),
        sa.Column("proposed_ms", sa.BigInteger(), nullable=False),
        sa.Column("left_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["deadline_id"], ["deadlines.id"]),
        sa.PrimaryKeyConstraint("deadline_id"),
    )
    op.create_index("ix_date_proposals_case_id", "date_proposals", ["case_id"])


def downgrade() -> None:
    op.drop_index("ix_date_proposals_case_id", "date_proposals")
    op.drop_table("date_proposals")
    op.drop_table("calendar_seen")
    op.drop_table("calendar_days")
    op.drop_table("deadline_profiles")
    op.drop_index("ix_attendances_deputy", "attendances")
    op.drop_table("attendances")
    op.drop_index("reminders_open", "reminders")
    for name in ("from_ms", "to_role", "to_user"):
        op.drop_column("reminders", name)
    op.drop_index("deadlines_to_climb", "deadlines")
    with op.batch_alter_table("deadlines") as batch_op:
        batch_op.drop_column("rung_ms")
        batch_op.drop_column("paused_due_ms")
        batch_op.drop_column("rules")
