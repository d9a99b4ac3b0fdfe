"""Domestic enquiries, other channels, and the dossiers of one seizure."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enquiries",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("case_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("asked", sa.LargeBinary(), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("opened_ms", sa.BigInteger(), nullable=False),
        sa.Column("opened_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("link_sha256", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("link_until_ms", sa.BigInteger(), nullable=False),
        sa.Column("reply", sa.LargeBinary(), nullable=True),
        sa.Column("channel", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("replied_ms", sa.BigInteger(), nullable=True),
        sa.Column("replied_by", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True),
        sa.Column("passed_told_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("link_sha256"),
    )
    with op.batch_alter_table("enquiries", schema=None) as batch_op:
        batch_op.create_index("enquiries_by_case", ["case_id"], unique=False)
        batch_op.create_index(
            "enquiries_open", ["due_ms"], unique=False,
            sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"),
        )  # fmt: skip
    op.create_table(
        "case_channels",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("case_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("noted", sa.LargeBinary(), nullable=False),
        sa.Column("noted_ms", sa.BigInteger(), nullable=False),
        sa.Column("noted_by", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("case_channels", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_channels_case_id"), ["case_id"], unique=False)
    with op.batch_alter_table("dossiers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("title_case", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column("seizure", sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.create_index(
            "dossiers_of_seizure", ["seizure"], unique=False,
            sqlite_where=sa.text("seizure IS NOT NULL"), postgresql_where=sa.text("seizure IS NOT NULL"),
        )  # fmt: skip


def downgrade() -> None:
    with op.batch_alter_table("dossiers", schema=None) as batch_op:
        batch_op.drop_index("dossiers_of_seizure")
        batch_op.drop_column("seizure")
        batch_op.drop_column("title_case")
    with op.batch_alter_table("case_channels", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_channels_case_id"))
    op.drop_table("case_channels")
    with op.batch_alter_table("enquiries", schema=None) as batch_op:
        batch_op.drop_index("enquiries_open")
        batch_op.drop_index("enquiries_by_case")
    op.drop_table("enquiries")
