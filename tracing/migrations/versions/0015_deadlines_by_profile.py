"""Deadlines by profile: pauses and rules of a clock, own targets in versions, corrected calendars, proposed dates."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0015"
down_revision = "0010"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.add_column("deadlines", sa.Column("rules", _TEXT(), nullable=False, server_default=""))
    op.add_column("deadlines", sa.Column("paused_due_ms", sa.BigInteger(), nullable=True))
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
    with op.batch_alter_table("deadlines") as batch_op:
        batch_op.drop_column("paused_due_ms")
        batch_op.drop_column("rules")
