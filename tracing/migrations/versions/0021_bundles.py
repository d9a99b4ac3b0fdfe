"""How a counterpart is reached, on line or by file, and what went by file."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.add_column("counterparts", sa.Column("carriage", _TEXT(), nullable=False, server_default="online"))
    op.create_table(
        "carried",
        sa.Column("counterpart", _TEXT(), nullable=False),
        sa.Column("direction", _TEXT(), nullable=False),
        sa.Column("item", _TEXT(), nullable=False),
        sa.Column("ref", _TEXT(), nullable=False),
        sa.Column("bundle", _TEXT(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("counterpart", "direction", "item", "ref"),
    )


def downgrade() -> None:
    """What went by file, and whom it goes to by file, is forgotten."""
    op.drop_table("carried")
    op.drop_column("counterparts", "carriage")
