"""A node that came back from an older copy: how far it is with each counterpart, and messages on their way back."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.add_column("counterparts", sa.Column("recovery", _TEXT(), nullable=True))
    op.add_column("counterparts", sa.Column("recovered_ms", sa.BigInteger(), nullable=True))
    op.create_table(
        "returned",
        sa.Column("counterpart", _TEXT(), nullable=False),
        sa.Column("direction", _TEXT(), nullable=False),
        sa.Column("mid", _TEXT(), nullable=False),
        sa.Column("seq", sa.Integer().with_variant(sa.BigInteger(), "postgresql"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("counterpart", "direction", "mid"),
    )


def downgrade() -> None:
    op.drop_table("returned")
    op.drop_column("counterparts", "recovered_ms")
    op.drop_column("counterparts", "recovery")
