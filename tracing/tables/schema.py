"""The schema, and who can work on it."""

from sqlmodel import Field, SQLModel

__all__ = ["SchemaFloor"]


class SchemaFloor(SQLModel, table=True):
    """One row: the schema that a program must know at least to work on this database (``tracing/store/schema.py``)."""

    __tablename__ = "schema_floor"
    oldest: str = Field(primary_key=True)
