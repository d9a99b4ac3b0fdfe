"""A world of real nodes in one process: founded homes, real sockets, real databases, each State with its officers.

async with world(tmp_path, "br", "at") as w:
    outcome = await w["br"].office.request(OFFICER, w.ask("at"), wait_s=10)
    await w.reached("at", outcome.case, "delivered")
"""

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from keys.card import Card, make
from tests.postgres import database_of
from tests.postgres import of_this_run as on_server
from tests.softhsm import of_this_run
from tracing import audit
from tracing.audit import AuditResult
from tracing.casework.casefile import CaseFile
from tracing.casework.policy import Actor
from tracing.clock import Clock, Ids, SystemClock
from tracing.demo.sample import request
from tracing.founding import found_node, log_origin
from tracing.node import Node
from tracing.partners import add_off_node, pin
from tracing.settings import DeadlineSettings, Settings
from tracing.tables import Case, Envelope, Leaf, Message, Outbox, Receipt, table_of

__all__ = ["APPROVER", "COUNTRIES", "OFFICER", "World", "ask", "free_port", "world"]

OFFICER = Actor("ada", "officer")
APPROVER = Actor("bea", "approver")
PASSPHRASE = b"for tests only"
PATIENCE_S = 60.0  # no measure of anything: a suite beside others on two cores waits long for a process to start
COUNTRIES = {"br": "BRA", "at": "AUT", "ke": "KEN", "fr": "FRA", "xb": "SRB", "de": "DEU"}
TABLES = {model.__name__.lower(): table_of(model) for model in (Case, Envelope, Leaf, Message, Outbox, Receipt)}
BY_ITSELF = ("ckpt.peer", "private.head")  # leaves of checkpoints that come and go with whatever is posted
SHARES, PORTS_EACH = 5, 3_400
_given: set[int] = set()


def free_port() -> int:
    """A port nobody uses now, given once, of those no connection is given as its own: still free for any later start.

    Processes of the suite side by side have a share each: no node of one ever answers for another's that is stopped.
    """
    share = int(os.environ.get("PYTEST_XDIST_WORKER", f"gw{SHARES - 1}").removeprefix("gw")) % SHARES
    while True:
        port = 15_000 + share * PORTS_EACH + secrets.randbelow(PORTS_EACH)
        with socket.socket() as one, contextlib.suppress(OSError):
            if port not in _given:
                one.bind(("127.0.0.1", port))
                _given.add(port)
                return port


def ask(to: str, serial: str | None = "ABC123", **more: Any) -> dict[str, Any]:
    """A whole request body, as an officer of another State would send it."""
    return request(to, "Glock", "17", "9x19 mm", "AUT", serial, **more)


class World:
    """Nodes by authority. What it offers reads the databases; what happens goes through the nodes' own doors."""

    def __init__(self, folder: Path, clock: Clock, **settings: Any) -> None:
        self.folder = folder
        self.clock = clock
        self.ids = Ids(clock)
        self.nodes: dict[str, Node] = {}
        self._settings = {"net": "training", "release": "one"} | settings

    def __getitem__(self, authority: str) -> Node:
        return self.nodes[authority]

    # ------------------------------------------------------------ making and ending

    def found(self, authority: str, **settings: Any) -> None:
        """A node's home, not yet running."""
        home = self.folder / authority
        if not home.exists():
            members: dict[str, Any] = {
                "authority": authority,
                "country": COUNTRIES[authority],
                "name": f"Tracing point of {authority}",
                "exchange": f"127.0.0.1:{free_port()}",
                "desk": f"127.0.0.1:{free_port()}",
            }
            if (shared := of_this_run()) is not None:
                members["custody"] = shared[1]
            if on_server() is not None:
                members["database"] = database_of(home)
            found_node(
                home, Settings.for_new(home, **members | self._settings | settings), PASSPHRASE, self.clock, self.ids
            )
        self.nodes[authority] = Node.open(home, PASSPHRASE, clock=self.clock)

    def introduce(self, one: str, other: str) -> None:
        """``one`` pins the card of ``other``."""
        node, them = self.nodes[one], self.nodes[other]
        card = Card.read(make(them.trust.root_documents, them.trust.keyset_document or b""))
        origin = log_origin(node.settings)
        node.store.write_now(
            lambda tx: pin(tx, card, them.trust.digest, "admin", net=node.settings.net, log_origin=origin)
        )
        node.partners.reload()

    def add_by_letter(self, one: str, authority: str) -> None:
        """``one`` adds a State without a node."""
        node = self.nodes[one]
        node.store.write_now(lambda tx: add_off_node(tx, authority, COUNTRIES[authority], authority, "admin"))
        node.partners.reload()

    async def restart(self, authority: str) -> Node:
        """Stop a node and start it again from its home."""
        await self.stop(authority)
        self.found(authority)
        await self.nodes[authority].start()
        return self.nodes[authority]

    async def stop(self, authority: str) -> None:
        """Stop one node; its home stays."""
        node = self.nodes.pop(authority)
        await node.stop()
        node.close()

    # ------------------------------------------------------------ looking

    async def reached(self, authority: str, case_id: str, *states: str) -> CaseFile:
        """The case at a node once it stands in one of these states."""
        query = select(TABLES["case"].c.state).where(TABLES["case"].c.id == case_id)

        async def is_there() -> bool:
            return await self[authority].store.read(lambda view: view.conn.execute(query).scalar()) in states

        await self.until(is_there, f"case {case_id} at {authority} to be {' or '.join(states)}")
        return await self.case(authority, case_id)

    async def case(self, authority: str, case_id: str) -> CaseFile:
        """The case as an officer reads it."""
        return await self[authority].office.read_case(OFFICER, case_id)

    async def until(self, is_so: Callable[[], Awaitable[bool]], what: str) -> None:
        """Wait until it is so, or fail saying what was waited for."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not await is_so():
                    await asyncio.sleep(0.01)
        except TimeoutError as late:
            raise AssertionError(f"waited {PATIENCE_S:.0f} s for {what}") from late

    async def settled(self) -> None:
        """Until nothing is on its way any more between the nodes that run."""
        running = [name for name, node in self.nodes.items() if node.is_running]
        to_running = TABLES["outbox"].c.counterpart.in_(running)

        async def is_quiet() -> bool:
            """Looked at twice, what waits to be opened first: between two looks a message moves on."""
            twice = (*running, *running)
            counts = [await self.unopened(name) + await self.count(name, "outbox", to_running) for name in twice]
            return sum(counts) == 0

        await self.until(is_quiet, "everything to be delivered and opened")

    async def unopened(self, authority: str) -> int:
        """Envelopes taken and not yet opened."""
        table = TABLES["envelope"]
        return await self.count(authority, "envelope", table.c.stage == "accepted", table.c.direction == "in")

    async def count(self, authority: str, table: str, *where: Any) -> int:
        """Rows of a table at a node."""
        query = select(func.count()).select_from(TABLES[table]).where(*where)
        return int(await self[authority].store.read(lambda view: view.conn.execute(query).scalar_one()))

    async def counts(self, authority: str) -> Mapping[str, int]:
        """Rows of every table that an act or a message changes; not what a node notes of others' logs by itself."""
        leaf = TABLES["leaf"]
        by_act = {"leaf": (leaf.c.kind.not_in(BY_ITSELF),)}
        return {name: await self.count(authority, name, *by_act.get(name, ())) for name in TABLES}

    def audit(self, authority: str) -> AuditResult:
        """The whole trail of a node, recomputed."""
        node = self[authority]
        return node.store.read_now(lambda view: audit.verify(view, node.checkpoints.check))


@contextlib.asynccontextmanager
async def world(
    folder: Path,
    *authorities: str,
    clock: Clock | None = None,
    deadlines: DeadlineSettings | None = None,
    **settings: Any,
) -> AsyncIterator[World]:
    """Nodes that run, and all know each other."""
    more = settings | ({"deadlines": deadlines} if deadlines else {})
    made = World(folder, clock or SystemClock(), **more)
    try:
        for authority in authorities:
            made.found(authority)
        for one in authorities:
            for other in authorities:
                if one != other:
                    made.introduce(one, other)
        for authority in authorities:
            await made.nodes[authority].start()
        yield made
    finally:
        for authority in list(made.nodes):
            await made.stop(authority)
