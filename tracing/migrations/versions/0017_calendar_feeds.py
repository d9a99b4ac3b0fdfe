"""Addresses that calendars read dates at, and how often the date of a deadline moved."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LIVING = sa.text("revoked_ms IS NULL")
OF_TEAM = sa.text("revoked_ms IS NULL AND whose = 'team'")
PAUSED = sa.text("ended_ms IS NULL AND paused_due_ms IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
        sa.Column("revoked_ms", sa.BigInteger(), nullable=True),
        sa.Column("id", _WHOLE, nullable=False),
        sa.Column("sha256", _TEXT(), nullable=False),
        sa.Column("whose", _TEXT(), nullable=False),
        sa.Column("user_name", _TEXT(), nullable=False),
        sa.ForeignKeyConstraint(["user_name"], ["users.name"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )
    op.create_index(
        "calendar_feeds_of", "calendar_feeds", ["user_name", "id"], sqlite_where=LIVING, postgresql_where=LIVING
    )
    op.create_index("calendar_feeds_of_team", "calendar_feeds", ["id"], sqlite_where=OF_TEAM, postgresql_where=OF_TEAM)
    op.add_column("deadlines", sa.Column("moves", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("deadlines", sa.Column("moved_ms", sa.BigInteger(), nullable=True))
    op.create_index("deadlines_paused", "deadlines", ["paused_due_ms"], sqlite_where=PAUSED, postgresql_where=PAUSED)


def downgrade() -> None:
    op.drop_index("deadlines_paused", "deadlines")
    with op.batch_alter_table("deadlines") as deadlines:
        deadlines.drop_column("moved_ms")
        deadlines.drop_column("moves")
    op.drop_table("calendar_feeds")
