"""Cards that wait for a second officer, introductions by third States, contact cards edited here and changed there."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
UNSEEN = sa.text("seen_ms IS NULL")


def upgrade() -> None:
    op.create_table(
        "first_contacts",
        sa.Column("authority", _TEXT(), nullable=False),
        sa.Column("country", _TEXT(), nullable=False),
        sa.Column("name", _TEXT(), nullable=False),
        sa.Column("url", _TEXT(), nullable=True),
        sa.Column("digest", _TEXT(), nullable=False),
        sa.Column("card", sa.LargeBinary(), nullable=False),
        sa.Column("alike", sa.Boolean(), nullable=False),
        sa.Column("compared_by", _TEXT(), nullable=False),
        sa.Column("compared_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("authority"),
    )
    op.create_table(
        "introductions",
        sa.Column("introducer", _TEXT(), nullable=False),
        sa.Column("authority", _TEXT(), nullable=False),
        sa.Column("digest", _TEXT(), nullable=False),
        sa.Column("country", _TEXT(), nullable=False),
        sa.Column("name", _TEXT(), nullable=False),
        sa.Column("mid", _TEXT(), nullable=False),
        sa.Column("said_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("introducer", "authority", "digest"),
    )
    op.create_index("ix_introductions_authority", "introductions", ["authority"])
    op.create_table(
        "own_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("members", _TEXT(), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", _TEXT(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    _make_contact_changes()


def _make_contact_changes() -> None:
    op.create_table(
        "contact_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority", _TEXT(), nullable=False),
        sa.Column("keyset", sa.Integer(), nullable=False),
        sa.Column("before", _TEXT(), nullable=False),
        sa.Column("after", _TEXT(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_ms", sa.BigInteger(), nullable=True),
        sa.Column("seen_by", _TEXT(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_contact_changes_authority", "contact_changes", ["authority"])
    op.create_index(
        "contact_changes_unseen", "contact_changes", ["authority"], sqlite_where=UNSEEN, postgresql_where=UNSEEN
    )


def downgrade() -> None:
    for table in ("contact_changes", "own_contact", "introductions", "first_contacts"):
        op.drop_table(table)
