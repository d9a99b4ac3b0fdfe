"""Handling of elements: linked cases, what was passed on, what is to be deleted."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TO_TELL = sa.text("corrected_by IS NOT NULL AND told_by IS NULL")
_DUE = sa.text("done_ms IS NULL")


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    op.create_table(
        "case_links",
        sa.Column("case_id", text(), nullable=False),
        sa.Column("parent", text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["parent"], ["cases.id"]),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index("ix_case_links_parent", "case_links", ["parent"])
    op.create_table(
        "passed_elements",
        sa.Column("case_id", text(), nullable=False),
        sa.Column("mid", text(), nullable=False),
        sa.Column("element", text(), nullable=False),
        sa.Column("from_case", text(), nullable=False),
        sa.Column("passed_ms", sa.BigInteger(), nullable=False),
        sa.Column("corrected_by", text(), nullable=True),
        sa.Column("told_by", text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["from_case"], ["cases.id"]),
        sa.PrimaryKeyConstraint("case_id", "mid", "element"),
    )
    op.create_index("passed_by_source", "passed_elements", ["from_case", "mid", "element"])
    op.create_index("passed_to_tell", "passed_elements", ["case_id"], sqlite_where=_TO_TELL, postgresql_where=_TO_TELL)
    op.create_table(
        "deletions",
        sa.Column("case_id", text(), nullable=False),
        sa.Column("mid", text(), nullable=False),
        sa.Column("element", text(), nullable=False),
        sa.Column("after_day", text(), nullable=False),
        sa.Column("done_ms", sa.BigInteger(), nullable=True),
        sa.Column("certified_by", text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("case_id", "mid", "element"),
    )
    op.create_index("deletions_due", "deletions", ["after_day"], sqlite_where=_DUE, postgresql_where=_DUE)


def downgrade() -> None:
    for name in ("deletions", "passed_elements", "case_links"):
        op.drop_table(name)
