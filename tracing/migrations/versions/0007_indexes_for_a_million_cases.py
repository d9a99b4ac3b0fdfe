"""Indexes for a million cases: what is open, what presses, what has ended, and the few rows that are rare."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ENDED = "('closed', 'withdrawn', 'rejected_invalid')"
PLACE = sa.text("coalesce(due_ms, 9007199254740991)")
INDEXES = (
    ("cases_waiting", "cases", ("direction", "waiting_on", "updated_ms", "id"), "waiting_on IS NOT NULL"),
    ("cases_pressing", "cases", ("direction", "waiting_on", PLACE, "id", "state"), "waiting_on IS NOT NULL"),
    ("cases_open", "cases", ("direction", PLACE, "id", "state"), f"state NOT IN {ENDED}"),
    ("cases_open_with", "cases", ("counterpart", "waiting_on", PLACE, "id", "state"), f"state NOT IN {ENDED}"),
    ("cases_ended", "cases", ("direction", "updated_ms", "id"), f"state IN {ENDED}"),
    ("messages_kept", "messages", ("case_id",), "effect = 'kept'"),
    ("deadlines_to_tell_near", "deadlines", ("near_ms",), "ended_ms IS NULL AND near_told_ms IS NULL"),
    ("deadlines_to_tell_passed", "deadlines", ("due_ms",), "ended_ms IS NULL AND passed_told_ms IS NULL"),
    ("envelopes_rejected", "envelopes", ("case_id",), "stage = 'rejected'"),
)


def upgrade() -> None:
    op.drop_index("deadlines_open", "deadlines")
    _index("deadlines_open", "deadlines", ("due_ms", "ended_ms", "owed_by"), "ended_ms IS NULL")
    for name, table, columns, where in INDEXES:
        _index(name, table, columns, where)


def downgrade() -> None:
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table)
    op.drop_index("deadlines_open", "deadlines")
    _index("deadlines_open", "deadlines", ("due_ms",), "ended_ms IS NULL")


def _index(name: str, table: str, columns: tuple[Any, ...], where: str) -> None:
    op.create_index(name, table, list(columns), sqlite_where=sa.text(where), postgresql_where=sa.text(where))
