"""Which programs can work on the schema, kept beside it."""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None
oldest = "0026"


def upgrade() -> None:
    op.create_table(
        "schema_floor",
        sa.Column("oldest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("oldest"),
    )


def downgrade() -> None:
    op.drop_table("schema_floor")
