"""How SQLite goes about each statement a node runs: every connection is a real one that also asks for the plan."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

__all__ = ["Plans", "explained"]

Plans = dict[str, tuple[str, ...]]
"""Statement -> the lines of its plan."""


@contextmanager
def explained() -> Iterator[Plans]:
    """While this is open, every new connection tells the plan of each SELECT, UPDATE and DELETE it runs."""
    plans: Plans = {}

    class Asking(sqlite3.Cursor):
        def execute(self, sql: str, parameters: Any = ()) -> "Asking":  # type: ignore[override]
            if sql not in plans and sql.lstrip().partition(" ")[0] in {"SELECT", "UPDATE", "DELETE", "WITH"}:
                asked = sqlite3.Cursor(self.connection).execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
                plans[sql] = tuple(row[3] for row in asked)
            return super().execute(sql, parameters)

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = None) -> Any:
            return super().cursor(Asking)

    def with_plans(_dialect: Any, _record: Any, _args: Any, parameters: dict[str, Any]) -> None:
        parameters["factory"] = Connection

    event.listen(Engine, "do_connect", with_plans)
    try:
        yield plans
    finally:
        event.remove(Engine, "do_connect", with_plans)
