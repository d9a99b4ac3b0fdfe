"""Nodes for the tests of the exchange: real keys, real SQLite files, real sockets. Nothing sealed is opened here."""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from sqlalchemy import select, text, update

from keys.card import Card, make
from keys.ceremony import found_training
from keys.founding import found
from keys.keyset import Contact, first_keyset, issue_keyset
from keys.roots import read_root
from keys.trust import TrustSet
from keys.uses import Use
from keys.vault import Vault
from protocol import envelope, hello, jws, receipts, strictjson
from protocol.envelope import Envelope
from protocol.errors import BY_CODE
from protocol.names import AuthorityId, MessageId
from protocol.receipts import SignedReceipt
from tests.given import TurnedClock, new_store
from tests.softhsm import of_this_run
from tracing import audit, post, tables
from tracing.attachments import Folder
from tracing.audit import Checkpoints
from tracing.clock import Ids, SystemClock
from tracing.exchange import Exchange
from tracing.exchange.client import HttpWire, WireLimits
from tracing.exchange.documents import OwnDocuments
from tracing.exchange.pace import Pace
from tracing.listening import Limits
from tracing.partners import Partners, pin
from tracing.post import Identity
from tracing.signals import Signals
from tracing.store import Store, Tx, View
from tracing.trust.documents import add_document

NET = "training"
COUNTRIES = {"ke": "KEN", "br": "BRA", "at": "AUT"}
BRISK = Pace(first_s=0.05, fault_s=0.05, longest_s=0.4, soonest_s=0.02, look_again_s=0.5, landing_s=1.0)
SHORT = WireLimits(connect_s=2.0, answer_s=3.0, idle_s=2.0)


@dataclass(frozen=True)
class Nation:
    """An authority with its keys and documents."""

    authority: str
    signers: Mapping[str, jws.Signer]
    roots: tuple[bytes, ...]
    keyset: bytes
    trust: TrustSet
    log: Sequence[jws.Signer] = ()

    @property
    def log_origin(self) -> str:
        """The name of its log."""
        return f"{self.authority}.example/itx"

    @property
    def checkpoints(self) -> Checkpoints:
        """What signs and checks the heads of its trees."""
        return Checkpoints(lambda: self.log, lambda: self.trust.log_keys)

    @property
    def card(self) -> Card:
        return Card.read(make(self.roots, self.keyset))

    @property
    def identity(self) -> Identity:
        return Identity(self.authority, NET, 1, self.trust.keyset_sha256 or "")

    def envelope(
        self, to: str, *, ct: bytes | None = None, signer: jws.Signer | None = None, **changed: Any
    ) -> Envelope:
        """A fresh envelope to ``to``; what is inside is noise."""
        sealed = ct if ct is not None else secrets.token_bytes(600)
        ids = Ids(SystemClock())
        members: dict[str, Any] = {
            "net": NET, "stc": secrets.token_hex(32), "mid": MessageId.new(AuthorityId(self.authority), ids.uuid7()),
            "sender": self.authority, "to": to, "prio": "routine", "iat": SystemClock().now_ms(), "seq": 1,
            "prev": None, "kem_suite": "xwing", "kem_kid": self.signers["env"].kid, "ct": sealed, "ks_ver": 1,
            "ks_sha256": self.identity.keyset_sha256,
        }  # fmt: skip
        return envelope.finish(envelope.build_manifest(**members | changed), sealed, signer or self.signers["env"])

    def hello(self, to: str) -> dict[str, Any]:
        """A hello of ours."""
        return hello.say(
            net=NET, sender=self.authority, to=to, at=SystemClock().now_ms(), nonce=secrets.token_bytes(16),
            signer=self.signers["rcpt"],
        )  # fmt: skip

    def answers(self, item: Any, said: dict[str, Any]) -> bool:
        """Whether a hello is ours, and answers the one of another."""
        ours, theirs = hello.parse(item), hello.parse(said).hello
        verified = hello.authenticate(ours, me=theirs.from_, net=NET, verify=self.trust.verifier("rcpt"))
        return (verified.from_, verified.nonce) == (self.authority, theirs.nonce)

    def receipt(self, about: Envelope, stage: str = "opened", **changed: Any) -> SignedReceipt:
        """Our receipt for an envelope of another."""
        members: dict[str, Any] = {
            "net": NET, "rid": MessageId.new(AuthorityId(self.authority), Ids(SystemClock()).uuid7()),
            "sender": self.authority, "to": about.manifest.from_, "mid": about.manifest.mid, "env": about.digest,
            "stage": stage, "at": SystemClock().now_ms(), "hi": 1, "missing": (), "origin": "test", "index": 0,
            "ks_ver": 1, "ks_sha256": self.identity.keyset_sha256, "st": "0" * 64 if stage == "opened" else None,
        }  # fmt: skip
        return receipts.parse(receipts.issue(receipts.build(**members | changed), self.signers["rcpt"]))


def make_nation(folder: Path, authority: str) -> Nation:
    """A training authority, its root made in place."""
    now_ms = SystemClock().now_ms()
    shared = of_this_run()
    hardware = None if shared is None else shared[0]
    vault = Vault.create(folder / authority, b"a passphrase for tests", secrets.token_bytes, hardware=hardware)
    country = COUNTRIES.get(authority, "ZAF")
    request = found(vault, secrets.token_bytes, net=NET, auth=authority, country=country, name=f"Bureau of {authority}")
    root = found_training(vault, request, secrets.token_bytes, at_ms=now_ms)
    contact = Contact.model_validate({"name": f"Desk of {authority}"})
    keyset = first_keyset(
        read_root(root).root, vault.records(), at_ms=now_ms, origin=f"{authority}.example/itx", contact=contact,
        url="http://127.0.0.1:9",
    )  # fmt: skip
    signed = issue_keyset(keyset, vault.signers(Use.KEYSET))
    signers = {use: vault.signers(use)[0] for use in ("env", "rcpt", "stmt")}
    trust = TrustSet.resume([root], read_root(root).sha256, NET, signed)
    return Nation(authority, signers, (root,), signed, trust, vault.signers("log"))


@dataclass
class Node:
    """One node without desk and casework: the exchange alone."""

    nation: Nation
    store: Store
    signals: Signals
    partners: Partners
    exchange: Exchange
    told: list[tuple[str, str, int]]
    stumbles_at: set[str]
    blobs: Folder
    url: str = ""

    async def open(self, *, deliver: bool = True) -> "Node":
        host, port = await self.exchange.listen("127.0.0.1", 0)
        self.url = f"http://{host}:{port}"
        if deliver:
            await self.exchange.start()
        return self

    async def knows(self, nation: Nation, url: str | None = None) -> None:
        """Pin a counterpart, at an address."""

        def work(tx: Tx) -> None:
            pin(tx, nation.card, nation.card.digest, "ada", net=NET, log_origin=self.nation.log_origin)
            self.move(tx, nation.authority, url)

        await self.store.write(work)
        await self.refresh()

    @staticmethod
    def move(tx: Tx, authority: str, url: str | None) -> None:
        table = tables.Counterpart.__table__  # type: ignore[attr-defined]
        tx.conn.execute(update(table).where(table.c.authority == authority).values(url=url))

    async def finds(self, authority: str, url: str | None) -> None:
        """A counterpart moved."""
        await self.store.write(lambda tx: self.move(tx, authority, url))
        await self.refresh()

    async def refresh(self) -> None:
        self.partners.reload()
        await self.exchange.refresh()

    async def say(self, to: str, count: int = 1, **changed: Any) -> list[Envelope]:
        """Post messages, as casework would."""

        def work(tx: Tx) -> list[Envelope]:
            said = []
            for _ in range(count):
                seq, prev = post.next_seq(tx, to)
                one = self.nation.envelope(to, **{"seq": seq, "prev": prev} | changed)
                post.advance(tx, to, seq, one.digest)
                post.post_envelope(tx, one, case_id=None, signals=self.signals)
                said.append(one)
            return said

        return await self.store.write(work)

    async def send(self, said: Envelope, wire: bytes | None = None) -> None:
        """Post one envelope as it is, or other bytes in its name."""
        await self.store.write(
            lambda tx: post.post_envelope(tx, replace(said, wire=wire or said.wire), case_id=None, signals=self.signals)
        )

    def issue(self, tx: Tx, about: Envelope, *, stage: Any, st: str | None = None, code: str | None = None) -> None:
        """A later receipt of this node for an envelope it holds, put in the outbox: what opening does."""
        retry = BY_CODE[code].retry if code else None
        post.issue_receipt(
            tx, me=self.nation.identity, signer=self.nation.signers["rcpt"], to=about.manifest.from_,
            mid=about.manifest.mid, env=about.digest, stage=stage, st=st, code=code, retry=retry, late=False,
            queue=True, signals=self.signals,
        )  # fmt: skip

    async def post(self, body: bytes, **headers: str) -> tuple[int, dict[str, Any]]:
        """Post to this node as a stranger would; status and answer."""
        headers = {"Content-Type": "application/json", **headers}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}/itx/1/envelopes", data=body, headers=headers) as response,
        ):
            return response.status, await response.json(content_type=None)

    def rows(self, table: Any, **where: Any) -> list[Any]:
        """Rows of a table by the values of some columns."""
        columns = table.__table__
        query = select(columns).where(*(columns.c[name] == value for name, value in where.items()))
        return self.store.read_now(lambda view: list(view.conn.execute(query)))

    def stage(self, said: Envelope) -> str:
        """How far a message of ours has come."""
        return str(self.rows(tables.Envelope, mid=said.manifest.mid)[0].stage)

    def state(self) -> dict[str, int]:
        """How many rows of each kind there are; the count of refusals is not among them."""

        def look(view: View) -> dict[str, int]:
            counts = {
                name: view.conn.execute(text(f"SELECT count(*) FROM {name}")).scalar() or 0
                for name in ("envelopes", "receipts", "outbox", "counterparts")
            }
            refused = view.conn.execute(text("SELECT count(*) FROM leaves WHERE kind = 'refused'")).scalar() or 0
            leaves = view.conn.execute(text("SELECT count(*) FROM leaves")).scalar() or 0
            return {**counts, "leaves": leaves - refused}

        return self.store.read_now(look)

    async def reaches(self, is_so: Callable[[], bool], within_s: float = 60.0) -> bool:
        """Wait until something is so."""
        async with asyncio.timeout(within_s):
            while not is_so():
                await asyncio.sleep(0.01)
        return True

    async def close(self) -> None:
        await self.exchange.stop()
        self.signals.close()
        self.store.close()


def make_node(
    folder: Path,
    nation: Nation,
    *,
    limits: Limits | None = None,
    pace: Pace = BRISK,
    wire_limits: WireLimits = SHORT,
    clock: SystemClock | TurnedClock | None = None,
    on: Store | None = None,
    quota_bytes: int = 1 << 30,
    run: str | None = None,
    witnessed: bool = False,
) -> Node:
    """A node of ``nation``, not listening yet, on a fresh database or on the store of one that has ended.

    ``witnessed``: with the keys of its log, so that it offers checkpoints and cosigns.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clock = clock or SystemClock()
    store = on or new_store(folder, clock)
    if on is None:
        store.write_now(lambda tx: _begin(tx, nation))
    partners, signals, blobs = Partners(store, NET), Signals(), Folder(folder / "attachments").make()
    told: list[tuple[str, str, int]] = []
    stumbles_at: set[str] = set()

    def hear(_tx: Tx, mid: str, stage: str, at_ms: int) -> None:
        if mid in stumbles_at:
            raise RuntimeError("a fault of ours")
        told.append((mid, stage, at_ms))

    exchange = Exchange(
        store=store, partners=partners, signals=signals, clock=clock, ids=store.ids,
        signer=lambda: nation.signers["rcpt"], me=lambda: nation.identity, on_receipt=hear,
        documents=lambda: OwnDocuments(nation.roots, nation.keyset),
        limits=limits, pace=pace, wire=HttpWire(wire_limits), folder=blobs, quota_bytes=quota_bytes,
        run=run, log_origin=lambda: nation.log_origin,
        checkpoints=nation.checkpoints if witnessed else Checkpoints(lambda: (), lambda: ()),
    )  # fmt: skip
    return Node(nation, store, signals, partners, exchange, told, stumbles_at, blobs)


def _begin(tx: Tx, nation: Nation) -> None:
    """What founding leaves in a database: the private tree, and our own keyset."""
    audit.open_tree(tx, audit.PRIVATE, "test/private")
    add_document(tx, nation.authority, "keyset", under=1, version=1, document=nation.keyset)


def body_of(*envelopes: Envelope, receipts: tuple[SignedReceipt, ...] = ()) -> bytes:
    """What a counterpart posts."""
    members = {"envelopes": [one.item for one in envelopes], "receipts": [one.item for one in receipts]}
    return strictjson.dump({name: items for name, items in members.items() if items})


class Middleman:
    """A real HTTP server between two nodes that passes on, loses, alters or refuses as told.

    ``rule(body)`` says what becomes of one post: ``None`` passes it on; ``"lose before"`` and ``"lose after"`` cut the
    connection without or with passing it on; ``"hang"`` never answers; a number is answered as that status; bytes are
    answered as if all were well.
    """

    def __init__(self) -> None:
        self.rule: Callable[[bytes], str | int | bytes | None] = lambda _: None
        self.to = ""
        self.url = ""
        self.seen: list[bytes] = []
        self.headers: dict[str, str] = {}
        self._let_go = asyncio.Event()
        self._runner: web.ServerRunner | None = None

    async def open(self, to: str) -> "Middleman":
        self.to = to
        self._runner = web.ServerRunner(web.Server(self._pass_on), shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def close(self) -> None:
        self._let_go.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _pass_on(self, http_request: web.BaseRequest) -> web.StreamResponse:
        body = await http_request.read()
        self.seen.append(body)
        verdict = self.rule(body)
        if isinstance(verdict, bytes):
            return web.Response(body=verdict, content_type="application/json")
        if isinstance(verdict, int):
            return web.Response(status=verdict, text="no", headers=self.headers)
        if verdict == "hang":
            await self._let_go.wait()
        if verdict == "lose before":
            return self._cut(http_request)
        headers = {"Content-Type": "application/json"}
        async with (
            aiohttp.ClientSession(self.to) as session,
            session.post(http_request.path, data=body, headers=headers) as answer,
        ):
            passed = web.Response(status=answer.status, body=await answer.read(), content_type=answer.content_type)
        return self._cut(http_request) if verdict == "lose after" else passed

    @staticmethod
    def _cut(http_request: web.BaseRequest) -> web.StreamResponse:
        assert http_request.transport is not None
        http_request.transport.abort()
        return web.Response()


def holds(body: bytes, *said: Envelope) -> bool:
    """Whether a post carries one of these envelopes."""
    return any(one.jws.payload_text.encode() in body for one in said)
