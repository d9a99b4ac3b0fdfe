"""The node's database: the unit of work, the engine, and the queries pages and commands share.

One room for all that reads tables: ``unit`` (transactions), ``engine`` (opening, schema), ``cases`` (lists, one case),
``content`` (what rests encrypted), ``people``, ``partners``.
"""

from tracing.store.engine import (
    HEAD,
    DatabaseAway,
    DatabaseInvalid,
    bring_up_to_date,
    kind_of,
    open_engine,
    require_database,
    require_empty,
    schema_version,
)
from tracing.store.unit import AnyRow, Store, StoreUnavailable, Tx, View

__all__ = [
    "HEAD",
    "AnyRow",
    "DatabaseAway",
    "DatabaseInvalid",
    "Store",
    "StoreUnavailable",
    "Tx",
    "View",
    "bring_up_to_date",
    "kind_of",
    "open_engine",
    "require_database",
    "require_empty",
    "schema_version",
]
