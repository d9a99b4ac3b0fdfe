"""Alembic's entry: migrations run inside the connection the node hands over, never with an address of their own."""

from alembic import context
from sqlmodel import SQLModel

from tracing import tables  # noqa: F401 - registers the tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
