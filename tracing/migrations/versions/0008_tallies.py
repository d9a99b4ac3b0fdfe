"""The tallies of the ledger, and an index for each combination of filters of a list.

What stands in the tables already is counted at the first start after this (``casework/tallies``): the rules of counting
are written once, there.
"""

from typing import Any

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
PLACE = sa.text("coalesce(due_ms, 9007199254740991)")
ENDED, OPEN = (f"state {test} ('closed', 'withdrawn', 'rejected_invalid')" for test in ("IN", "NOT IN"))
ENDED_DUE, WAITING = f"{ENDED} AND due_ms IS NOT NULL", "waiting_on IS NOT NULL"
STATE, COUNTERPART = ("direction", "state"), ("counterpart", "direction")
BOTH = (*COUNTERPART, "state")
UPDATED = ("waiting_on", "updated_ms", "id")
INDEXES = (
    ("cases_waiting_by_state", (*STATE, *UPDATED), WAITING),
    ("cases_waiting_by_counterpart", (*COUNTERPART, *UPDATED), WAITING),
    ("cases_waiting_by_counterpart_state", (*BOTH, *UPDATED), WAITING),
    ("cases_pressing_by_state", (*STATE, "waiting_on", PLACE, "id"), WAITING),
    ("cases_pressing_by_counterpart", (*COUNTERPART, "waiting_on", PLACE, "id", "state"), WAITING),
    ("cases_pressing_by_counterpart_state", (*BOTH, "waiting_on", PLACE, "id"), WAITING),
    ("cases_open_by_state", (*STATE, PLACE, "id"), OPEN),
    ("cases_open_by_counterpart", (*COUNTERPART, PLACE, "id", "state"), OPEN),
    ("cases_open_by_counterpart_state", (*BOTH, PLACE, "id"), OPEN),
    ("cases_ended_by_counterpart", ("counterpart", "direction", "updated_ms", "id"), ENDED),
    ("cases_ended_due", ("direction", "state", PLACE, "id"), ENDED_DUE),
    ("cases_ended_due_by_counterpart", ("counterpart", "direction", "state", PLACE, "id"), ENDED_DUE),
    ("cases_uncounted", ("id",), "counted IS NULL"),
)


def upgrade() -> None:
    op.create_table(
        "tallies",
        sa.Column("counterpart", _TEXT(), nullable=False),
        sa.Column("direction", _TEXT(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("what", _TEXT(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("counterpart", "direction", "level", "what", "place", "year"),
        sqlite_with_rowid=False,
    )
    op.add_column("cases", sa.Column("counted", _TEXT(), nullable=True))
    op.drop_index("cases_by_dossier", "cases")
    _index("cases_by_dossier", ("dossier", "direction", "updated_ms", "id"), "dossier IS NOT NULL")
    op.create_index("cases_by_counterpart_state", "cases", ["counterpart", "direction", "state", "updated_ms", "id"])
    op.create_index("search_tokens_by_case", "search_tokens", ["case_id"])
    op.create_index("attachments_by_mid", "attachments", ["mid"])
    for name, columns, where in INDEXES:
        _index(name, columns, where)


def downgrade() -> None:
    for name, _, _ in reversed(INDEXES):
        op.drop_index(name, "cases")
    op.drop_index("attachments_by_mid", "attachments")
    op.drop_index("search_tokens_by_case", "search_tokens")
    op.drop_index("cases_by_counterpart_state", "cases")
    op.drop_index("cases_by_dossier", "cases")
    op.create_index("cases_by_dossier", "cases", ["dossier"])
    op.drop_column("cases", "counted")
    op.drop_table("tallies")


def _index(name: str, columns: tuple[Any, ...], where: str) -> None:
    op.create_index(name, "cases", list(columns), sqlite_where=sa.text(where), postgresql_where=sa.text(where))
