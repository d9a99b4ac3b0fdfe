"""Whose a deadline is stands beside it; limits of answers that passed are looked at again, for what begins with that."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_OPEN = sa.text("ended_ms IS NULL")
_OWNERS = "UPDATE deadlines SET owner = (SELECT owner FROM cases WHERE cases.id = deadlines.case_id)"
# What was said of them once is not said again: there is one reminder for each event of a deadline.
_PASSED = (
    "UPDATE deadlines SET passed_told_ms = NULL WHERE ended_ms IS NULL AND clock = 'answer' AND owed_by = 'them'"
    " AND passed_told_ms IS NOT NULL"
)
_OWN_CLOCKS = "SELECT id FROM deadlines WHERE clock IN ('lapse', 'retention')"
_REMINDERS = f"SELECT id FROM reminders WHERE deadline_id IN ({_OWN_CLOCKS})"  # noqa: S608 - ours
_BEHIND = (
    ("notice_reminders", "reminder_id", _REMINDERS), ("reminders", "deadline_id", _OWN_CLOCKS),
    ("date_proposals", "deadline_id", _OWN_CLOCKS), ("deadlines", "id", _OWN_CLOCKS),
)  # fmt: skip


def upgrade() -> None:
    op.add_column("deadlines", sa.Column("owner", _TEXT(), nullable=True))
    op.execute(_OWNERS)
    op.execute(_PASSED)
    op.create_index(
        "deadlines_of_owner", "deadlines", ["owner", "owed_by", "due_ms"], sqlite_where=_OPEN, postgresql_where=_OPEN
    )


def downgrade() -> None:
    """Dates to act that are nobody's duty are lost with their reminders; they were not known before."""
    for table, column, whole in _BEHIND:
        op.execute(f"DELETE FROM {table} WHERE {column} IN ({whole})")  # noqa: S608 - ours
    op.drop_index("deadlines_of_owner", "deadlines")
    with op.batch_alter_table("deadlines") as deadlines:
        deadlines.drop_column("owner")
