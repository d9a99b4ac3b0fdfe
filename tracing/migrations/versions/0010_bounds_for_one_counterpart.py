"""What one counterpart may leave here, proposals of deadlines with what became of them, and what waits to be read."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
UNOPENED = sa.text("direction = 'in' AND stage IN ('accepted', 'held', 'waiting')")
UNREAD = sa.text("unread_ms IS NOT NULL")
OPEN, AGREED = sa.text("status = 'proposed'"), sa.text("status = 'accepted'")


def upgrade() -> None:
    op.create_index("envelopes_unopened", "envelopes", ["sender"], sqlite_where=UNOPENED, postgresql_where=UNOPENED)
    op.add_column("matters", sa.Column("unread_ms", sa.BigInteger(), nullable=True))
    op.create_index("matters_unread", "matters", ["unread_ms"], sqlite_where=UNREAD, postgresql_where=UNREAD)
    op.create_table(
        "profiles_proposed",
        sa.Column("mid", _TEXT(), nullable=False),
        sa.Column("matter_id", _TEXT(), nullable=False),
        sa.Column("counterpart", _TEXT(), nullable=False),
        sa.Column("sender", _TEXT(), nullable=False),
        sa.Column("status", _TEXT(), nullable=False),
        sa.Column("since", _TEXT(), nullable=True),
        sa.Column("iat_ms", sa.BigInteger(), nullable=False),
        sa.Column("uuid", _TEXT(), nullable=False),
        sa.ForeignKeyConstraint(["matter_id"], ["matters.id"]),
        sa.ForeignKeyConstraint(["mid"], ["matter_messages.mid"]),
        sa.PrimaryKeyConstraint("mid"),
    )
    op.create_index("profiles_by_matter", "profiles_proposed", ["matter_id"])
    op.create_index("profiles_by_counterpart", "profiles_proposed", ["counterpart", "iat_ms"])
    op.create_index(
        "profiles_open", "profiles_proposed", ["counterpart", "sender"], sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index(
        "profiles_agreed",
        "profiles_proposed",
        ["counterpart", "since", "iat_ms", "uuid"],
        sqlite_where=AGREED,
        postgresql_where=AGREED,
    )


def downgrade() -> None:
    op.drop_table("profiles_proposed")
    op.drop_index("matters_unread", "matters")
    with op.batch_alter_table("matters") as batch_op:
        batch_op.drop_column("unread_ms")
    op.drop_index("envelopes_unopened", "envelopes")
