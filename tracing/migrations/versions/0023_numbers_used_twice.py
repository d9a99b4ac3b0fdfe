"""Messages by their numbers: which were used twice, by a home and a copy of it."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_LOWEST = """
UPDATE counterparts SET twice_from = (
    SELECT MIN(one.seq) FROM envelopes AS one JOIN envelopes AS other
    ON other.sender = one.sender AND other.recipient = one.recipient AND other.seq = one.seq AND other.mid <> one.mid
    WHERE one.sender = counterparts.authority AND one.direction = 'in'
)
"""


def upgrade() -> None:
    op.create_index("envelopes_by_number", "envelopes", ["sender", "recipient", "seq", "mid"])
    op.add_column("counterparts", sa.Column("twice_from", _WHOLE, nullable=True))
    op.add_column("counterparts", sa.Column("same_seq", _WHOLE, server_default="0", nullable=False))
    op.add_column("counterparts", sa.Column("same_mid", _TEXT(), nullable=True))
    op.execute(_LOWEST)


def downgrade() -> None:
    for column in ("same_mid", "same_seq", "twice_from"):
        op.drop_column("counterparts", column)
    op.drop_index("envelopes_by_number", table_name="envelopes")
