"""Since when a message is not taken by its counterpart."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_PARKED = sa.text("parked_ms IS NOT NULL")


def upgrade() -> None:
    """What is parked now is tried again at the next start, and noted if it is refused again."""
    op.add_column("outbox", sa.Column("parked_ms", sa.BigInteger(), nullable=True))
    op.create_index("outbox_parked", "outbox", ["counterpart"], sqlite_where=_PARKED, postgresql_where=_PARKED)


def downgrade() -> None:
    """What waits behind such a message goes."""
    op.execute("UPDATE outbox SET state = 'due' WHERE state = 'behind'")
    op.drop_index("outbox_parked", table_name="outbox")
    op.drop_column("outbox", "parked_ms")
