"""What two authorities say to each other outside any case."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.create_table(
        "matters",
        sa.Column("id", _TEXT(), nullable=False),
        sa.Column("counterpart", _TEXT(), nullable=False),
        sa.Column("direction", _TEXT(), nullable=False),
        sa.Column("kind", _TEXT(), nullable=False),
        sa.Column("once", _TEXT(), nullable=True),
        sa.Column("content_key", sa.LargeBinary(), nullable=True),
        sa.Column("opened_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["counterpart"], ["counterparts.authority"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("once"),
    )
    with op.batch_alter_table("matters", schema=None) as batch_op:
        batch_op.create_index("matters_by_counterpart", ["counterpart", "kind", "updated_ms", "id"], unique=False)
    op.create_table(
        "matter_messages",
        sa.Column("mid", _TEXT(), nullable=False),
        sa.Column("matter_id", _TEXT(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("leaf", sa.Integer(), nullable=False),
        sa.Column("direction", _TEXT(), nullable=False),
        sa.Column("sender", _TEXT(), nullable=False),
        sa.Column("kind", _TEXT(), nullable=False),
        sa.Column("effect", _TEXT(), nullable=False),
        sa.Column("re", _TEXT(), nullable=False),
        sa.Column("facts", _TEXT(), nullable=False),
        sa.Column("iat_ms", sa.BigInteger(), nullable=False),
        sa.Column("logged_ms", sa.BigInteger(), nullable=False),
        sa.Column("statement_digest", _TEXT(), nullable=False),
        sa.Column("inner", sa.LargeBinary(), nullable=False),
        sa.Column("compared", sa.LargeBinary(), nullable=True),
        sa.Column("actor", _TEXT(), nullable=True),
        sa.ForeignKeyConstraint(["matter_id"], ["matters.id"]),
        sa.PrimaryKeyConstraint("mid"),
        sa.UniqueConstraint("leaf"),
    )
    with op.batch_alter_table("matter_messages", schema=None) as batch_op:
        batch_op.create_index("matter_messages_by_matter", ["matter_id", "position"], unique=False)


def downgrade() -> None:
    op.drop_table("matter_messages")
    op.drop_table("matters")
