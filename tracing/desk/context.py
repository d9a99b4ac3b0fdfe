"""What the desk works with: the parts of the node its routes may use, handed in by the composition root.

desk = http_request.app[DESK]
outcome = await desk.office.request(actor, body)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from aiohttp import web

from tracing.attachments import Folder
from tracing.audit import CheckNote
from tracing.casework.matters.relations import Relations
from tracing.casework.office import Office
from tracing.clock import Clock, Ids
from tracing.desk.accounts import Accounts
from tracing.desk.carrying import Bundles
from tracing.desk.papers.press import Press
from tracing.partners import Partners
from tracing.settings import Settings
from tracing.signals import Signals
from tracing.store import Store, View

__all__ = ["DESK", "Counted", "Desk", "ReadLedger", "ReadOutcomes", "ready_at_once"]

ReadLedger = Callable[[View, str, int | None, int], Mapping[str, Any]]
"""(view, counterpart, year or None for all, now_ms) -> the bilateral ledger; see ``tracing/reports/ledger.py``."""


class Counted(Protocol):
    """What ``tracing/reports/outcomes.py`` counts: rows by finding, how many are left out, and the cases read."""

    @property
    def rows(self) -> list[dict[str, Any]]: ...
    @property
    def left_out(self) -> int: ...
    @property
    def cases(self) -> tuple[str, ...]: ...


ReadOutcomes = Callable[[View, int | None, str | None, date], Counted]
"""(view, year or None for all, counterpart or None for all, today) -> findings that may be counted."""


def ready_at_once() -> tuple[str, ...]:
    """What a node still waits for before it is ready: nothing."""
    return ()


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts of a node the desk may use; ``ledger`` and ``outcomes`` are of the room of reports, unseen by it.

    ``check_note`` says whether the log keys of this node signed a checkpoint; ``run`` names this run of the node, by
    which it is known from any other program on its port.
    """

    store: Store
    office: Office
    partners: Partners
    settings: Settings
    signals: Signals
    clock: Clock
    ids: Ids
    accounts: Accounts
    ledger: ReadLedger
    outcomes: ReadOutcomes
    check_note: CheckNote
    folder: Folder
    waits_for: Callable[[], tuple[str, ...]] = field(default=ready_at_once)
    run: str = ""
    bundles: Bundles | None = None
    press: Press = field(default_factory=Press)

    @property
    def relations(self) -> Relations:
        """What is said and read outside cases."""
        return Relations(self.store, self.office.house, self.clock, self.ids, self.signals)


DESK: web.AppKey[Desk] = web.AppKey("desk", Desk)
