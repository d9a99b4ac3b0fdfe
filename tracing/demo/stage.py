"""Sets the demonstration up: homes, cards exchanged, people, records; starts the nodes, plays, counts.

Everything goes the way a real node's does: founded homes, pinned cards, officers' acts, real sockets. A folder that
holds a demonstration already is taken up again; what was said before stays.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from keys.card import Card, make
from protocol import jws, strictjson
from protocol.statement import TYP as STATEMENT
from tracing import audit
from tracing.audit import AuditResult
from tracing.clock import Ids, SystemClock
from tracing.demo.sample import RECORDS
from tracing.demo.scenario import Say, play
from tracing.demo.states import PEOPLE, STATES, DemoState
from tracing.desk.passwords import hash_password, new_password
from tracing.founding import found_node, log_origin
from tracing.node import Node
from tracing.partners import add_off_node, pin
from tracing.records.mapping import Mapping
from tracing.records.national import add, read_records
from tracing.records.sheets import Sheet
from tracing.settings import CalendarSettings, DeadlineSettings, Settings
from tracing.store import Tx, View, people
from tracing.store.content import case_key, show
from tracing.tables import Case, Deadline, Envelope, Message, table_of

__all__ = ["SignIn", "Stage", "Summary"]

PASSPHRASE = b"demonstration"  # of training keys that stand for nothing
DESK_OFFSET = 1
PORTS_PER_NODE = 10
UNFINISHED = "unfinished"  # stands in the folder until all nodes know each other
SETTLE_S = 10.0  # for the last receipts to cross
LOOK_EVERY_S = 0.05
LOOK_S = 1.0  # the watch looks every second, so that the overdue request shows at once
_cases, _deadlines, _envelopes, _messages = map(table_of, (Case, Deadline, Envelope, Message))


@dataclass(frozen=True, slots=True)
class SignIn:
    """Where to open a desk, and with what."""

    authority: str
    url: str
    name: str
    password: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What happened, counted as events over all nodes. ``verified``: statements verified once more at the end."""

    sent: int
    accepted: int
    opened: int
    acknowledged: int
    answered: int
    refused: int
    open: int
    verified: int
    overdue: int
    trees_ok: bool

    @property
    def adds_up(self) -> bool:
        """Whether everything sent was accepted, opened and verified, and every tree holds."""
        return self.trees_ok and self.sent == self.accepted == self.opened == self.verified


class Stage:
    """Three nodes in one process, each with its own home, listeners and database."""

    def __init__(self, folder: Path, port_base: int) -> None:
        self._folder = folder
        self._port_base = port_base
        self._clock = SystemClock()
        self._ids = Ids(self._clock)
        self.nodes: dict[str, Node] = {}
        self.sign_ins: list[SignIn] = []

    # ------------------------------------------------------------ setting up

    def build(self, say: Say) -> None:
        """Found the nodes that are not there, let all know each other, bring people and records in."""
        is_new = self._begin(say)
        for number, state in enumerate(STATES):
            home = self._folder / state.authority
            if not home.exists():
                say(f"founding the node of {state.country}")
                found_node(home, self._settings(home, state, number), PASSPHRASE, self._clock, self._ids)
            node = self.nodes[state.authority] = Node.open(home, PASSPHRASE)
            node.look_every_s = LOOK_S
        if is_new:
            self._introduce(say)
        (self._folder / UNFINISHED).unlink(missing_ok=True)
        for state in STATES:
            self._people(self.nodes[state.authority])

    def _begin(self, say: Say) -> bool:
        """Whether there is everything to make; what a demonstration that was stopped while it was made left, goes."""
        homes, mark = [self._folder / state.authority for state in STATES], self._folder / UNFINISHED
        if mark.exists():
            say("the nodes of a demonstration that was not finished are made anew")
            for home in homes:
                shutil.rmtree(home, ignore_errors=True)
        if any(home.exists() for home in homes):
            return False
        self._folder.mkdir(parents=True, exist_ok=True)
        mark.touch()
        return True

    def _settings(self, home: Path, state: DemoState, number: int) -> Settings:
        port = self._port_base + number * PORTS_PER_NODE
        return Settings.for_new(
            home,
            authority=state.authority,
            country=state.country,
            name=state.name,
            net="training",
            release="one",
            exchange=f"127.0.0.1:{port}",
            desk=f"127.0.0.1:{port + DESK_OFFSET}",
            zone=state.zone,
            calendar=CalendarSettings(holidays=state.country),
            deadlines=DeadlineSettings(answer=state.answer_target, near="1 second"),
        )

    def _introduce(self, say: Say) -> None:
        say("exchanging cards, each confirmed by its digest")
        for node in self.nodes.values():
            for other in self.nodes.values():
                if other is not node:
                    card = Card.read(make(other.trust.root_documents, other.trust.keyset_document or b""))
                    node.store.write_now(_pinning(node, card, other.trust.digest))
            _bring_records(node)
            node.partners.reload()
        kenya = self.nodes["ke"]
        kenya.store.write_now(
            lambda tx: add_off_node(tx, "xb", "SRB", "National contact point reached by letter", "admin")
        )
        kenya.partners.reload()

    def _people(self, node: Node) -> None:
        """One person a role, with a new password each time the demonstration is set up."""
        for role in PEOPLE:
            password = new_password(node.ids)
            node.store.write_now(_account(role, hash_password(password)))
            desk = node.settings.desk
            self.sign_ins.append(SignIn(node.settings.authority, f"http://{desk.host}:{desk.port}/", role, password))

    # ------------------------------------------------------------ playing

    async def play(self, say: Say) -> Summary:
        """Start the nodes, play the scenario, wait until everything has crossed, count and verify."""
        for node in self.nodes.values():
            await node.start()
        await play(self.nodes, say)
        async with asyncio.timeout(SETTLE_S):
            while not await self._all_opened():  # noqa: ASYNC110 - the databases are the truth, and have no event
                await asyncio.sleep(LOOK_EVERY_S)
        await asyncio.sleep(1.5)  # the one-second target of Kenya passes, and its watch says so
        return await self.summary()

    async def stop(self) -> None:
        """End all nodes."""
        for node in self.nodes.values():
            await node.stop()
            node.close()

    async def _all_opened(self) -> bool:
        query = (
            select(func.count())
            .select_from(_envelopes)
            .where(_envelopes.c.direction == "out", _envelopes.c.stage != "opened")
        )
        return (
            sum(
                [
                    await node.store.read(lambda view: view.conn.execute(query).scalar_one())
                    for node in self.nodes.values()
                ]
            )
            == 0
        )

    async def summary(self) -> Summary:
        """The counts over all nodes, and whether every trail verifies."""
        found = [await node.store.read(partial(_count, now_ms=self._clock.now_ms())) for node in self.nodes.values()]
        trails = [await asyncio.to_thread(node.store.read_now, _verification(node)) for node in self.nodes.values()]
        total = {name: sum(one[name] for one in found) for name in found[0]}
        trees_ok = all(trail.ok for trail in trails)
        verified = sum([await node.store.read(partial(_verified, node)) for node in self.nodes.values()])
        return Summary(**total, verified=verified, trees_ok=trees_ok)


def _account(role: str, digest: str) -> Callable[[Tx], None]:
    """One person of this role, with this password from now on."""

    def change(tx: Tx) -> None:
        if people.person(tx, role) is None:
            people.add_user(tx, role, role, digest, "en", "demo")
        else:
            people.change_password(tx, role, digest, "demo")

    return change


def _pinning(node: Node, card: Card, digest: str) -> Callable[[Tx], object]:
    """``node`` believes this card."""
    return lambda tx: pin(tx, card, digest, "admin", net=node.settings.net, log_origin=log_origin(node.settings))


def _verification(node: Node) -> Callable[[View], AuditResult]:
    """The whole trail of a node, recomputed."""
    return lambda view: audit.verify(view, node.checkpoints.check)


def _bring_records(node: Node) -> None:
    """The State's sample records, the way ``tracing records import`` brings them in."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sample-records.csv"
        file.write_text(RECORDS[node.settings.authority], encoding="utf-8")
        mapping = Mapping.standard("national_records")
        with Sheet.open(file, mapping) as sheet:
            rows = tuple(read_records(sheet, mapping))
    node.store.write_now(lambda tx: add(tx, rows))


def _verified(node: Node, view: View) -> int:
    """How many statements this node received verify once more, from what it stored and the keys it pinned."""
    columns = (_messages.c.mid, _messages.c.case_id, _messages.c.sender, _messages.c.inner, _cases.c.content_key)
    query = select(*columns, _cases.c.id).join(_cases, _cases.c.id == _messages.c.case_id)
    found = set()
    for row in view.conn.execute(query.where(_messages.c.direction == "in", _messages.c.channel.is_(None))):
        inner = show(view, case_key(view, row), row.inner, row.case_id, "message", row.mid)
        partner = node.partners.get(row.sender)
        if partner is not None and partner.trust is not None:
            statement = jws.parse(strictjson.load(inner, len(inner))["statement"], STATEMENT)
            jws.verify_each(statement, partner.trust.evidence_verifier("stmt"))
            found.add(row.mid)
    return len(found)


def _count(view: View, now_ms: int) -> dict[str, int]:
    """Events of one node: what it sent and what became of it; open cases counted where they were asked."""

    def number(*conditions: Any) -> int:
        return int(view.conn.execute(select(func.count()).where(*conditions)).scalar_one())

    ours = _envelopes.c.direction == "out"
    said = (_messages.c.direction == "out", _messages.c.effect == "effective")
    asked = _cases.c.direction == "sent"
    return {
        "sent": number(ours),
        "accepted": number(ours, _envelopes.c.accepted_ms.is_not(None)),
        "opened": number(ours, _envelopes.c.stage == "opened"),
        "acknowledged": number(*said, _messages.c.kind == "acknowledgement"),
        "answered": number(*said, _messages.c.kind == "final_response"),
        "refused": number(*said, _messages.c.kind == "refusal"),
        "open": number(asked, _cases.c.state.in_(("sent", "delivered", "acknowledged", "in_progress", "partial"))),
        "overdue": number(_deadlines.c.ended_ms.is_(None), _deadlines.c.due_ms < now_ms),
    }
