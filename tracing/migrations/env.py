"""Alembic's entry: migrations run inside the connection the node hands over, never with an address of their own."""

from collections.abc import Collection, Mapping
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.script import ScriptDirectory
from sqlalchemy import delete, insert
from sqlmodel import SQLModel

from tracing.tables import SchemaFloor, table_of

FLOOR = table_of(SchemaFloor)


def _keep_floor(
    ctx: MigrationContext,
    step: MigrationInfo,  # noqa: ARG001 - so alembic calls it
    heads: Collection[Any],
    run_args: Mapping[str, Any],  # noqa: ARG001 - so alembic calls it
) -> None:
    """After a migration: the oldest program that can work on the schema, as the newest one that names it says."""
    script = ScriptDirectory.from_config(context.config)
    said = (getattr(one.module, "oldest", None) for head in heads for one in script.walk_revisions("base", head))
    if (floor := next((one for one in said if one is not None), None)) is not None:
        assert ctx.connection is not None
        ctx.connection.execute(delete(FLOOR))
        ctx.connection.execute(insert(FLOOR).values(oldest=floor))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
    on_version_apply=_keep_floor,
)
with context.begin_transaction():
    context.run_migrations()
