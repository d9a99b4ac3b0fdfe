"""Attachments."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MISSING = "arrived_ms IS NULL"
UNPROVED = "proved_ms IS NULL AND direction = 'in' AND arrived_ms IS NOT NULL"
WAITING = "stage = 'waiting'"


def upgrade() -> None:
    op.create_table(
        "attachments",
        sa.Column("sender", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("mid", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("counterpart", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("direction", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ct_len", sa.Integer(), nullable=False),
        sa.Column("on_demand", sa.Boolean(), nullable=False),
        sa.Column("wanted_ms", sa.BigInteger(), nullable=True),
        sa.Column("begun_ms", sa.BigInteger(), nullable=True),
        sa.Column("arrived_ms", sa.BigInteger(), nullable=True),
        sa.Column("proved_ms", sa.BigInteger(), nullable=True),
        sa.Column("fault", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.PrimaryKeyConstraint("sender", "mid", "n"),
    )
    op.create_index("attachments_by_digest", "attachments", ["digest"])
    _index_where("attachments_missing", "attachments", ["counterpart"], MISSING)
    _index_where("attachments_unproved", "attachments", ["mid"], UNPROVED)
    op.create_table(
        "uploads",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("user_name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("digests", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("ct_len", sa.BigInteger(), nullable=False),
        sa.Column("content_key", sa.LargeBinary(), nullable=False),
        sa.Column("about", sa.LargeBinary(), nullable=False),
        sa.Column("added_ms", sa.BigInteger(), nullable=False),
        sa.Column("drafted_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    _index_where("envelopes_waiting", "envelopes", ["sender", "mid"], WAITING)


def _index_where(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("envelopes_waiting", table_name="envelopes")
    op.drop_table("uploads")
    op.drop_index("attachments_unproved", table_name="attachments")
    op.drop_index("attachments_missing", table_name="attachments")
    op.drop_index("attachments_by_digest", table_name="attachments")
    op.drop_table("attachments")
