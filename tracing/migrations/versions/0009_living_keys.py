"""Keys that live: keysets under later roots, refused trust documents, revoked keys, messages asked about."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_COLUMNS = "authority, kind, version, document, sha256, received_ms"


def upgrade() -> None:
    _rename_documents(sa.Column("under", sa.Integer(), nullable=False))
    op.execute(
        f"INSERT INTO trust_documents (under, {_COLUMNS}) "  # noqa: S608 - names of ours
        f"SELECT CASE kind WHEN 'root' THEN version ELSE 1 END, {_COLUMNS} FROM former_documents"
    )
    op.drop_table("former_documents")
    with op.batch_alter_table("counterparts") as batch_op:
        batch_op.add_column(sa.Column("refreshed_ms", sa.BigInteger(), nullable=True))
    _make_alarms()
    op.create_table(
        "revocations",
        sa.Column("authority", _TEXT(), nullable=False),
        sa.Column("kid", _TEXT(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("authority", "kid"),
    )
    op.create_table(
        "confirmations",
        sa.Column("authority", _TEXT(), nullable=False),
        sa.Column("mid", _TEXT(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("actor", _TEXT(), nullable=False),
        sa.PrimaryKeyConstraint("authority", "mid"),
    )


def downgrade() -> None:
    for table in ("confirmations", "revocations", "trust_alarms"):
        op.drop_table(table)
    with op.batch_alter_table("counterparts") as batch_op:
        batch_op.drop_column("refreshed_ms")
    _rename_documents(None)
    op.execute(
        f"INSERT INTO trust_documents ({_COLUMNS}) "  # noqa: S608 - as above
        f"SELECT {_COLUMNS} FROM former_documents AS one WHERE under = (SELECT max(under) FROM former_documents AS other "
        "WHERE other.authority = one.authority AND other.kind = one.kind AND other.version = one.version)"
    )
    op.drop_table("former_documents")


def _rename_documents(under: "sa.Column[int] | None") -> None:
    """The table anew, its name with or without ``under``; the former one stays beside it."""
    op.rename_table("trust_documents", "former_documents")
    op.create_table(
        "trust_documents",
        sa.Column("authority", _TEXT(), nullable=False),
        sa.Column("kind", _TEXT(), nullable=False),
        *([] if under is None else [under]),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", _TEXT(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("authority", "kind", *([] if under is None else ["under"]), "version"),
    )


def _make_alarms() -> None:
    op.create_table(
        "trust_alarms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("authority", _TEXT(), nullable=False),
        sa.Column("code", _TEXT(), nullable=False),
        sa.Column("sha256", _TEXT(), nullable=False),
        sa.Column("said", _TEXT(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=True),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.Column("done_ms", sa.BigInteger(), nullable=True),
        sa.Column("done_by", _TEXT(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("authority", "code", name="one_alarm_per_fault"),
    )
    where = sa.text("done_ms IS NULL")
    names = ["authority", "code"]
    op.create_index("trust_alarms_open", "trust_alarms", names, sqlite_where=where, postgresql_where=where)
