"""SQL spelt out once: the statements of the path every message takes, run on the driver itself.

Why: SQLAlchemy looks a statement up, binds, runs and wraps its rows anew at every call. For the forty small statements
that one message costs a node this was a third of its CPU.

Rules
- A statement is built with SQLAlchemy Core, so how it is spelt stays the business of the database's dialect.
- Values go by name. No lists among them (``IN``): what changes its length is spelt anew each time, by the connection.
- A row has its columns as attributes, as the driver gives them: a truth value may be 0 or 1.
- Errors are SQLAlchemy's, like those of every other statement. Nothing else of it takes part: no events, no types, and
  no transaction begins by itself.

    HELD = Spelt(select(cases.c.state).where(cases.c.id == bindparam("case")))
    HELD.scalar(tx.conn, {"case": case_id})
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ClauseElement, Connection, Dialect, Insert
from sqlalchemy.exc import DBAPIError

__all__ = ["Spelt"]

Values = Mapping[str, Any]
NONE: Values = {}


@dataclass(slots=True)
class _Form:
    """How one dialect spells a statement for values of these names."""

    text: str
    names: tuple[str, ...] | None  # in the order of the places; None where places have names
    fixed: Values  # what stands in the statement itself
    row: Callable[[Any], Any] | None = None

    def arguments(self, values: Values) -> Any:
        if self.fixed:
            values = {**self.fixed, **values}
        return values if self.names is None else [values[name] for name in self.names]


@dataclass(frozen=True, slots=True)
class Spelt:
    """One statement, ready to run on any connection."""

    statement: ClauseElement
    _forms: dict[tuple[str, ...], _Form] = field(default_factory=dict, repr=False, compare=False)

    def rows(self, conn: Connection, values: Values = NONE) -> list[Any]:
        """Every row."""
        form, cursor = self._execute(conn, values)
        found = cursor.fetchall()
        return list(map(_maker(form, cursor), found)) if found else []

    def each(self, conn: Connection, values: Values = NONE) -> Iterator[Any]:
        """Row by row, as they are asked for."""
        form, cursor = self._execute(conn, values)
        with closing(cursor):
            yield from map(_maker(form, cursor), cursor)

    def first(self, conn: Connection, values: Values = NONE) -> Any:
        """The first row, None without one."""
        form, cursor = self._execute(conn, values)
        found = cursor.fetchone()
        row = None if found is None else _maker(form, cursor)(found)  # a closed cursor knows no columns any more
        cursor.close()
        return row

    def scalar(self, conn: Connection, values: Values = NONE) -> Any:
        """The first column of the first row, None without one."""
        _, cursor = self._execute(conn, values)
        found = cursor.fetchone()
        cursor.close()
        return None if found is None else found[0]

    def run(self, conn: Connection, values: Values = NONE) -> int:
        """Change something; how many rows it was."""
        _, cursor = self._execute(conn, values)
        return int(cursor.rowcount)

    def run_each(self, conn: Connection, many: Sequence[Values]) -> None:
        """Change something once for each of these values, which all have the same names."""
        if not many:
            return
        form, cursor = self._form(conn.dialect, many[0]), conn.connection.cursor()
        try:
            cursor.executemany(form.text, [form.arguments(values) for values in many])
        except conn.dialect.loaded_dbapi.Error as error:
            raise _told(error, form, conn.dialect) from error

    def _form(self, dialect: Dialect, values: Values) -> _Form:
        key = (dialect.name, *values)
        form = self._forms.get(key)
        if form is None:
            form = self._forms[key] = self._spell(dialect, values)
        return form

    def _execute(self, conn: Connection, values: Values) -> tuple[_Form, Any]:
        form = self._form(conn.dialect, values)
        cursor = conn.connection.cursor()
        try:
            cursor.execute(form.text, form.arguments(values))
        except conn.dialect.loaded_dbapi.Error as error:
            raise _told(error, form, conn.dialect) from error
        return form, cursor

    def _spell(self, dialect: Dialect, values: Values) -> _Form:
        columns = list(values) if isinstance(self.statement, Insert) else None  # what is inserted is what is given
        compiled: Any = self.statement.compile(dialect=dialect, column_keys=columns)
        names = tuple(compiled.positiontup) if compiled.positional else None
        unsaid = {name for name, bind in compiled.binds.items() if not bind.required and name not in values}
        fixed = {name: value for name, value in compiled.params.items() if name in unsaid}
        return _Form(str(compiled), names, fixed)


def _maker(form: _Form, cursor: Any) -> Callable[[Any], Any]:
    """What makes a row of what the driver gives."""
    if form.row is None:
        columns = [column[0] for column in cursor.description]
        row: Any = namedtuple("Row", columns, rename=True)  # type: ignore[misc]  # noqa: PYI024 - known when it runs
        form.row = row._make
    return form.row


def _told(error: Exception, form: _Form, dialect: Dialect) -> BaseException:
    """The driver's error as SQLAlchemy would tell it, without the values."""
    return DBAPIError.instance(form.text, None, error, dialect.loaded_dbapi.Error, dialect=dialect)
