"""The whole conversation: a deadline knows what its limit counts from."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("deadlines", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("counted_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default="")
        )
    op.execute("UPDATE deadlines SET counted_by = started_by")
    with op.batch_alter_table("deadlines", schema=None) as batch_op:
        batch_op.alter_column("counted_by", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("deadlines", schema=None) as batch_op:
        batch_op.drop_column("counted_by")
