"""The node's database: the unit of work, the engine, and the queries pages and commands share.

One room for all that reads tables: ``unit`` (transactions), ``engine`` (opening), ``schema`` (upgrades), ``cases``
(lists, one case), ``content`` (what rests encrypted), ``people``, ``partners``.
"""

from tracing.store.engine import DatabaseAway, DatabaseInvalid, kind_of, open_engine
from tracing.store.schema import (
    HEAD,
    UpgradeHeld,
    bring_up_to_date,
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
    "UpgradeHeld",
    "View",
    "bring_up_to_date",
    "kind_of",
    "open_engine",
    "require_database",
    "require_empty",
    "schema_version",
]
