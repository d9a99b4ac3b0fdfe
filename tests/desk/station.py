"""A real desk to test: real keys, a real SQLite file, a real listener. Envelopes are carried by hand, receipts too."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from sqlalchemy import insert, select, update

from keys.admission import admit
from keys.card import Card, make
from keys.rest import ContentCipher
from keys.vault import Vault
from protocol.names import AuthorityId
from tests.postgres import database_of, of_this_run
from tracing import audit
from tracing.attachments import Folder
from tracing.calendar.limits import timetable
from tracing.casework.acts import House
from tracing.casework.office import Office
from tracing.clock import Clock, Ids, SystemClock
from tracing.desk.accounts import Accounts
from tracing.desk.app import make_app
from tracing.desk.context import Desk
from tracing.desk.listener import LIMITS, desk_listener
from tracing.desk.passwords import hash_password
from tracing.founding import found_node, log_origin
from tracing.listening import Limits
from tracing.partners import Partners, add_off_node, pin
from tracing.post import Identity
from tracing.reports.ledger import read_ledger
from tracing.reports.outcomes import read_outcomes
from tracing.seals.opening import Opener
from tracing.seals.sealing import Sealer
from tracing.settings import Settings
from tracing.signals import Signals
from tracing.store import Store, people
from tracing.store.engine import open_engine
from tracing.tables import Envelope, TrustDocument, table_of

PASSPHRASE = b"a passphrase for tests"
PASSWORD = "correct horse battery"
PEOPLE = {
    "ada": "officer",
    "olu": "officer",
    "eva": "approver",
    "lin": "liaison",
    "ted": "auditor",
    "kay": "keyholder",
    "max": "admin",
}
_envelopes, _documents = map(table_of, (Envelope, TrustDocument))
NOWHERE = {
    "case": "br.0198c5f0000070008000000000000000",
    "deadline": "999999",
    "feed": "999999",
    "token": "x",
    "reminder": "999999",
    "dossier": "br.d0198c5f0000070008000000000000000",
    "enquiry": "0198c5f0000070008000000000000000",
    "authority": "zz",
    "verb": "explode",
    "name": "nothing.json",
    "mid": "br:0198c5f0-0000-7000-8000-000000000000",
    "release": "0198c5f0000070008000000000000000",
    "matter": "br.m0198c5f0000070008000000000000000",
    "n": "1",
    "draft": "0198c5f0000070008000000000000000",
}
"""A value for each parameter of a path: well formed, and of nothing there is."""


def request_body(**changed: Any) -> dict[str, Any]:
    """The request of the contract."""
    serial = {"text": "ABC123", "status": "original", "component": "frame"}
    weapon = {
        "class": "small_arm",
        "type": "pistol_self_loading",
        "make": "Glock",
        "model": "17",
        "calibre": "9x19 mm",
        "country_of_manufacture": "AUT",
        "serial": serial,
        "markings": [{"kind": "import_mark", "text": "BRA 2016", "component": "frame", "status": "original"}],
    }
    body = {
        "to": "at",
        "priority": "routine",
        "weapon": weapon,
        "illicit": [{"ground": "domestic_law", "citation": "Lei 10.826/2003, art. 16"}],
        "found": {
            "mode": "seized",
            "date": "2021-06-11",
            "place": "Rio de Janeiro",
            "circumstances": "search of premises",
        },
        "intended_use": ["criminal_investigation"],
        "sought": ["export_record", "last_legal_holder"],
        "confidentiality": "can_guarantee",
        "reference": "BR-2021-0815",
    }
    return body | changed


def fixed_log(vault: Vault) -> audit.Checkpoints:
    """The log of a node whose keys do not turn."""
    listed = [(admit(one.alg, one.raw), True) for one in vault.records("log")]
    return audit.Checkpoints(lambda: vault.signers("log"), lambda: listed)


@dataclass
class Station:
    """One node without its exchange: what officers touch, and what is under it."""

    home: Path
    settings: Settings
    vault: Vault
    store: Store
    partners: Partners
    office: Office
    signals: Signals
    opener: Opener
    desk: Desk
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def card(self) -> Card:
        rows = self.store.read_now(
            lambda view: view.conn.execute(
                select(_documents).where(_documents.c.authority == self.settings.authority)
            ).all()
        )
        roots, keysets = ([row.document for row in rows if row.kind == kind] for kind in ("root", "keyset"))
        return Card.read(make(roots, keysets[0]))

    def knows(self, other: "Station") -> None:
        card = other.card
        self.store.write_now(
            lambda tx: pin(tx, card, card.digest, "test", net="training", log_origin=log_origin(self.settings))
        )
        self.partners.reload()

    async def send_to(self, other: "Station") -> None:
        """Carry every queued envelope to the other station, have it opened there, and bring the receipts back."""
        waiting = select(_envelopes).where(_envelopes.c.direction == "out", _envelopes.c.stage == "queued")
        rows = await self.store.read(lambda view: view.conn.execute(waiting.order_by(_envelopes.c.seq)).all())
        for row in rows:
            await other.store.write(lambda tx, row=row: _land(tx, row))
        while await other.opener.open_waiting():
            pass
        now_ms = self.desk.clock.now_ms()
        opened = {"stage": "opened", "accepted_ms": now_ms, "opened_ms": now_ms}
        await self.store.write(
            lambda tx: tx.conn.execute(
                update(_envelopes).where(_envelopes.c.mid.in_([row.mid for row in rows])).values(opened)
            )
        )

    def close(self) -> None:
        self.desk.accounts.close()
        self.signals.close()
        self.store.close()


def _land(tx: Any, row: Any) -> None:
    values = dict(row._mapping) | {
        "direction": "in",
        "stage": "accepted",
        "stored_ms": tx.now_ms,
        "accepted_ms": tx.now_ms,
        "case_id": None,
    }
    tx.conn.execute(insert(_envelopes).values(values))
    audit.append(tx, row.sender, "env.in", row.mid, h=audit_digest(row.wire))


def audit_digest(wire: bytes) -> str:
    return hashlib.sha256(wire).hexdigest()


def open_station(
    folder: Path, authority: str, country: str, *, release: str = "one", clock: Clock | None = None
) -> Station:
    """Found a training node and put its desk together."""
    clock = clock or SystemClock()
    ids = Ids(clock)
    home = folder / authority
    settings = Settings(
        authority=authority,
        country=country,
        name=f"Bureau of {authority}",
        net="training",
        release=release,
        confidentiality="can_guarantee",
        **({} if of_this_run() is None else {"database": database_of(home)}),
    )
    found_node(home, settings, PASSPHRASE, clock, ids)
    settings = Settings.load(home)
    vault = Vault.open(home / "keys", PASSPHRASE)
    store = Store(
        open_engine(settings.database),
        ContentCipher(vault.secret("rest"), vault.secret("search"), ids.random_bytes),
        clock,
        ids,
    )
    station = _assemble(home, settings, vault, store, ids)
    hashed = hash_password(PASSWORD)
    for name, role in PEOPLE.items():
        store.write_now(lambda tx, name=name, role=role: people.add_user(tx, name, role, hashed, "en", "test"))
        station.tokens[name] = store.write_now(lambda tx, name=name: people.new_token(tx, name, "test"))
    return station


def _assemble(home: Path, settings: Settings, vault: Vault, store: Store, ids: Ids) -> Station:
    clock = store.clock
    partners, signals = Partners(store, settings.net), Signals()
    partners.reload()
    keyset = store.read_now(
        lambda view: view.conn.execute(select(_documents.c.sha256).where(_documents.c.kind == "keyset")).scalar_one()
    )

    def me() -> Identity:
        return Identity(settings.authority, settings.net, 1, keyset)

    (envelope_key,), (receipt_key,) = vault.signers("env"), vault.signers("rcpt")
    sealer = Sealer(
        me=me,
        statement_keys=lambda: vault.signers("stmt"),
        envelope_key=lambda: envelope_key,
        partners=partners,
        clock=clock,
        ids=ids,
        signals=signals,
    )
    table = timetable(settings, clock.now().date())
    house = House(
        AuthorityId(settings.authority),
        settings.country,
        settings.release == "two",
        settings.confidentiality,
        sealer,
        table,
    )
    office = Office(store, house, clock, ids, signals)
    folder = Folder(home / "attachments").make()
    opener = Opener(
        store=store, vault=vault, partners=partners, signals=signals, me=me, receipt_key=lambda: receipt_key,
        house=house, folder=folder,
    )  # fmt: skip
    accounts = Accounts(store, clock, ids)
    counted = partial(read_outcomes, me=settings.authority)
    log = fixed_log(vault)
    desk = Desk(
        store, office, partners, settings, signals, clock, ids, accounts, read_ledger, counted, log.check, folder
    )  # fmt: skip
    return Station(home, settings, vault, store, partners, office, signals, opener, desk)


def open_desk_again(station: Station, **changed: Any) -> Desk:
    """Another desk of the same node, with bells and accounts of its own: it may be stopped, or its parts exchanged."""
    signals = Signals()
    office = Office(station.store, station.office.house, station.desk.clock, station.desk.ids, signals)
    accounts = Accounts(station.store, station.desk.clock, station.desk.ids)
    return replace(station.desk, **({"office": office, "signals": signals, "accounts": accounts} | changed))


def add_letter_state(station: Station, authority: str = "ke", country: str = "KEN") -> None:
    """A State without a node."""
    station.store.write_now(lambda tx: add_off_node(tx, authority, country, "National focal point", "test"))
    station.partners.reload()


@dataclass
class Caller:
    """Somebody who calls a desk over HTTP."""

    http: aiohttp.ClientSession
    url: str
    token: str | None = None

    @asynccontextmanager
    async def call(self, method: str, path: str, **options: Any) -> AsyncIterator[aiohttp.ClientResponse]:
        headers = dict(options.pop("headers", {}))
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        async with self.http.request(
            method, self.url + path, headers=headers, allow_redirects=False, **options
        ) as response:
            yield response

    async def json(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        async with self.call(method, path, **options) as response:
            return response.status, await response.json(content_type=None)

    async def get(self, path: str, **options: Any) -> tuple[int, Any]:
        return await self.json("GET", path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> tuple[int, Any]:
        return await self.json("POST", path, json={} if body is None else body, **options)


@asynccontextmanager
async def serve(
    desk: Desk, pages: Any = None, *, limits: Limits = LIMITS
) -> AsyncIterator[tuple[str, web.Application]]:
    """The desk's own listener on a free port."""
    app = make_app(desk, pages)
    listener = desk_listener(app, limits)
    host, port = await listener.start("127.0.0.1", 0)
    try:
        yield f"http://{host}:{port}", app
    finally:
        await listener.stop()
