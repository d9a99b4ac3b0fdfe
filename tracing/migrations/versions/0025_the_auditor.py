"""By what the entries of the trail are found; the content of a case released to an auditor."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Marks of entries that are there are made by the node, piece by piece beside its work: a long trail takes long."""
    op.create_table(
        "leaf_marks",
        sa.Column("mark", _TEXT(), nullable=False),
        sa.Column("idx", _WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("mark", "idx"),
    )
    op.create_table(
        "leaf_days",
        sa.Column("tree", _TEXT(), nullable=False),
        sa.Column("day", _WHOLE, nullable=False),
        sa.Column("first", _WHOLE, nullable=False),
        sa.Column("last", _WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("tree", "day"),
    )
    op.create_table(
        "leaves_marked",
        sa.Column("tree", _TEXT(), nullable=False),
        sa.Column("size", _WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("tree"),
    )
    op.create_table(
        "content_releases",
        sa.Column("id", _TEXT(), nullable=False),
        sa.Column("case_id", _TEXT(), nullable=False),
        sa.Column("auditor", _TEXT(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("asked_ms", sa.BigInteger(), nullable=False),
        sa.Column("decision", _TEXT(), nullable=True),
        sa.Column("decided_by", _TEXT(), nullable=True),
        sa.Column("decided_ms", sa.BigInteger(), nullable=True),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", _TEXT(), nullable=True),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["auditor"], ["users.name"]),
    )
    op.create_index("content_releases_of", "content_releases", ["auditor", "case_id"])
    op.create_index("content_releases_asked", "content_releases", ["asked_ms", "id"])


def downgrade() -> None:
    """Who was given what stands in the trail; the marks follow from it."""
    op.drop_index("content_releases_asked", table_name="content_releases")
    op.drop_index("content_releases_of", table_name="content_releases")
    for table in ("content_releases", "leaves_marked", "leaf_days", "leaf_marks"):
        op.drop_table(table)
