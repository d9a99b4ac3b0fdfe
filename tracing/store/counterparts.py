"""Counterparts as lists and pages show them: who they are, how the contact stands. Reading only.

Keys and cards are the business of ``partners``; what two States owe each other that of the ledger.
"""

from typing import Any

from sqlalchemy import Row, select

from tracing.store.unit import View
from tracing.tables import Counterpart, table_of

__all__ = ["all_counterparts", "one_counterpart"]

_counterparts = table_of(Counterpart)
_COLUMNS = (
    "authority",
    "country",
    "name",
    "on_node",
    "status",
    "url",
    "root_digest",
    "pinned_ms",
    "last_contact_ms",
    "last_hello_ms",
    "clock_offset_ms",
    "carriage",
)


def all_counterparts(view: View) -> list[dict[str, Any]]:
    """Every counterpart, by authority. There are at most some two hundred."""
    return [_item(row) for row in view.conn.execute(select(*_selected()).order_by(_counterparts.c.authority))]


def one_counterpart(view: View, authority: str) -> dict[str, Any] | None:
    """The counterpart of that name."""
    row = view.conn.execute(select(*_selected()).where(_counterparts.c.authority == authority)).first()
    return _item(row) if row is not None else None


def _selected() -> list[Any]:
    return [_counterparts.c[name] for name in _COLUMNS]


def _item(row: Row[Any]) -> dict[str, Any]:
    return dict(zip(_COLUMNS, row, strict=True))
