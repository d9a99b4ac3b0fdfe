"""Leases of the processes on one database, and whole numbers as wide as the wire's on PostgreSQL.

SQLite keeps every whole number in up to 64 bits whatever its column is called, so nothing changes there.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
WIDE = {
    "attachments": ("ct_len",),
    "counterparts": ("out_seq", "in_hi"),
    "deadlines": ("id",),
    "envelopes": ("seq",),
    "leaves": ("idx",),
    "matter_messages": ("leaf",),
    "messages": ("leaf",),
    "national_records": ("id",),
    "outbox": ("id",),
    "reminders": ("id", "deadline_id"),
    "tallies": ("place", "n"),
    "tree_tiles": ("idx",),
    "trees": ("size", "checkpoint_size"),
    "trust_alarms": ("id",),
    "trust_documents": ("under", "version"),
}


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("duty", _TEXT(), nullable=False),
        sa.Column("holder", _TEXT(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("duty"),
    )
    _widen(sa.Integer(), sa.BigInteger())


def downgrade() -> None:
    _widen(sa.BigInteger(), sa.Integer())
    op.drop_table("leases")


def _widen(was: sa.types.TypeEngine[int], becomes: sa.types.TypeEngine[int]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, columns in WIDE.items():
            for column in columns:
                op.alter_column(table, column, existing_type=was, type_=becomes)
