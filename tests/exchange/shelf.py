"""A counterpart's address that shows what a test puts there, and a node that looks at it. Real HTTP, real SQLite."""

import shutil
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import func, select, update

from keys.card import Card, make
from keys.trust import TrustSet
from tests.given import TurnedClock, new_store
from tests.trust.authority import AUTH, DAY, NET, NOW
from tracing import audit, tables
from tracing.exchange.client import HttpWire
from tracing.exchange.refreshing import Refresher
from tracing.partners import Partner, Partners, pin
from tracing.signals import Signals
from tracing.store import Store, Tx, View

__all__ = ["AT", "Looker", "Shelf", "looker"]

AT = NOW + DAY
_documents, _counterparts, _leaves = (
    tables.table_of(each) for each in (tables.TrustDocument, tables.Counterpart, tables.Leaf)
)


class Shelf:
    """Serves roots by number and one keyset; 404 for what is not there."""

    def __init__(self) -> None:
        self.roots: dict[int, bytes] = {}
        self.keyset: bytes | None = None
        self.asked: list[str] = []
        self.url = ""
        self._runner: web.ServerRunner | None = None

    async def open(self) -> "Shelf":
        self._runner = web.ServerRunner(web.Server(self._serve), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, http_request: web.BaseRequest) -> web.StreamResponse:
        name = http_request.path.removeprefix("/itx/1/")
        self.asked.append(name)
        found = self.keyset if name == "keyset" else self.roots.get(int(name.removeprefix("root/")))
        return web.Response(status=404) if found is None else web.Response(body=found, content_type="application/json")


@dataclass
class Looker:
    """A node that pinned the authority of the tests, reduced to what looks after trust."""

    store: Store
    clock: TurnedClock
    partners: Partners
    refresher: Refresher
    wire: HttpWire
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def partner(self) -> Partner:
        partner = self.partners.get(AUTH)
        assert partner is not None
        return partner

    @property
    def trust(self) -> TrustSet:
        assert self.partner.trust is not None
        return self.partner.trust

    @property
    def alarms(self) -> list[str]:
        return [one.code for one in self.partners.alarms]

    def state(self) -> dict[str, Any]:
        """What an attack must not change."""

        def look(view: View) -> dict[str, Any]:
            documents = view.conn.execute(select(_documents).order_by(*_documents.primary_key)).all()
            return {"documents": documents, "url": view.conn.execute(select(_counterparts.c.url)).scalars().all()}

        return self.store.read_now(look)

    def leaves(self, kind: str = "key") -> int:
        query = select(func.count()).select_from(_leaves).where(_leaves.c.kind == kind)
        return self.store.read_now(lambda view: int(view.conn.execute(query).scalar_one()))

    def move(self, url: str) -> None:
        self.store.write_now(lambda tx: _move(tx, url))
        self.partners.reload()

    async def close(self) -> None:
        await self.wire.close()
        self.store.close()


def _move(tx: Tx, url: str) -> None:
    tx.conn.execute(update(_counterparts).values(url=url))


def looker(folder: Path, empty: Path, roots: list[bytes], keyset: bytes, url: str) -> Looker:
    """Pin the card of these documents, at this address, in a copy of the ``empty`` database. Inside the event loop."""
    if empty.exists():  # on a server every database is made from a template
        shutil.copy(empty, folder / "node.db")
    clock = TurnedClock(datetime.fromtimestamp(AT / 1000, UTC))
    store, signals, wire = new_store(folder, clock), Signals(), HttpWire()
    card = Card.read(make(roots, keyset))
    store.write_now(lambda tx: audit.open_tree(tx, audit.PRIVATE, "test/private"))
    store.write_now(lambda tx: pin(tx, card, card.digest, "ada", net=NET, log_origin="test"))
    partners, refused = Partners(store, NET), Counter[str]()
    made = Looker(
        store, clock, partners,
        Refresher(
            store=store, partners=partners, signals=signals, wire=wire, clock=clock,
            refused=lambda code: refused.update([code]),
        ),
        wire, refused,
    )  # fmt: skip
    made.move(url)
    return made
