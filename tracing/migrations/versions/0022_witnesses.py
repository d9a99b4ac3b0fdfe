"""What counterparts cosigned of our trees, and we of theirs."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "cosigned",
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("kept_ms", sa.BigInteger(), nullable=False),
        sa.Column("witness", _TEXT(), nullable=False),
        sa.Column("origin", _TEXT(), nullable=False),
        sa.Column("day", _WHOLE, nullable=False),
        sa.Column("size", _WHOLE, nullable=False),
        sa.Column("note", _TEXT(), nullable=False),
        sa.PrimaryKeyConstraint("witness", "origin", "day"),
    )
    op.create_table(
        "witnessed",
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("authority", _TEXT(), nullable=False),
        sa.Column("origin", _TEXT(), nullable=False),
        sa.Column("size", _WHOLE, nullable=False),
        sa.Column("signed_s", _WHOLE, nullable=False),
        sa.Column("note", _TEXT(), nullable=False),
        sa.PrimaryKeyConstraint("authority", "origin"),
    )
    op.create_table(
        "witnessed_tiles",
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("authority", _TEXT(), nullable=False),
        sa.Column("origin", _TEXT(), nullable=False),
        sa.Column("idx", _WHOLE, nullable=False),
        sa.PrimaryKeyConstraint("authority", "origin", "idx"),
    )


def downgrade() -> None:
    for table in ("witnessed_tiles", "witnessed", "cosigned"):
        op.drop_table(table)
