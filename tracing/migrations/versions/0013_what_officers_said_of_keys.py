"""Why an officer closed an alarm about keys, and what a sender answered when it was asked about a message."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.add_column("trust_alarms", sa.Column("done_why", _TEXT(), nullable=True))
    op.add_column("confirmations", sa.Column("answer", _TEXT(), nullable=False, server_default="confirmed"))
    op.add_column("confirmations", sa.Column("why", _TEXT(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("confirmations") as batch_op:
        batch_op.drop_column("why")
        batch_op.drop_column("answer")
    with op.batch_alter_table("trust_alarms") as batch_op:
        batch_op.drop_column("done_why")
