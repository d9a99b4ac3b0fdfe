"""Which process does what, where several share one database."""

from sqlmodel import Field, SQLModel

from tracing.tables.columns import ms

__all__ = ["Lease"]


class Lease(SQLModel, table=True):
    """A duty and the process that has it until an instant of the database's clock; renewed before, or free after."""

    __tablename__ = "leases"
    duty: str = Field(primary_key=True)
    holder: str
    until_ms: int = Field(sa_column=ms())
