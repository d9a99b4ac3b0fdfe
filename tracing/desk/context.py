"""What the desk works with: the parts of the node its routes may use, handed in by the composition root.

desk = http_request.app[DESK]
outcome = await desk.office.request(actor, body)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tracing.attachments import Folder
from tracing.casework.office import Office
from tracing.clock import Clock, Ids
from tracing.desk.accounts import Accounts
from tracing.partners import Partners
from tracing.settings import Settings
from tracing.signals import Signals
from tracing.store import Store, View

__all__ = ["DESK", "Desk", "ReadLedger", "ready_at_once"]

ReadLedger = Callable[[View, str, int | None, int], Mapping[str, Any]]
"""(view, counterpart, year or None for all, now_ms) -> the bilateral ledger; see ``tracing/reports/ledger.py``."""


def ready_at_once() -> tuple[str, ...]:
    """What a node still waits for before it is ready: nothing."""
    return ()


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts of a node the desk may use. ``ledger`` comes from the room of reports, which the desk cannot see."""

    store: Store
    office: Office
    partners: Partners
    settings: Settings
    signals: Signals
    clock: Clock
    ids: Ids
    accounts: Accounts
    ledger: ReadLedger
    folder: Folder
    waits_for: Callable[[], tuple[str, ...]] = field(default=ready_at_once)


DESK: web.AppKey[Desk] = web.AppKey("desk", Desk)
