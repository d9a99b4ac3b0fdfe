"""A counterpart that gives back what is wrong, or nothing, or too much: it is asked calmly, and nothing is taken."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from sqlalchemy import insert, select, update

from protocol import hello, strictjson
from protocol.hello import Have
from protocol.receipts import Sack
from tests.federation.test_older_copy import (
    _same,
    all_arrived,
    backed_up,
    come_back,
    copied,
    has_alarm,
    said,
    send_with_file,
    start_copy,
    whole,
)
from tests.world import OFFICER, World, ask, free_port, world
from tracing.exchange.recalling import recall
from tracing.store import Tx
from tracing.tables import Counterpart, Envelope, Returned, table_of

_counterparts, _envelopes, _returned = table_of(Counterpart), table_of(Envelope), table_of(Returned)
Change = Callable[[list[Any]], list[Any]]


def as_it_is(items: list[Any]) -> list[Any]:
    return items


@dataclass
class Between:
    """Whoever stands on the way to a counterpart; what is given back is not signed, so it can put anything there."""

    to: str
    change: Change = as_it_is
    asked: int = 0  # how often something was given back
    paths: list[str] = field(default_factory=list)
    slow_s: float = 0.0  # what is known and given back is so long under way

    async def pass_on(self, http_request: web.BaseRequest) -> web.StreamResponse:
        body = await http_request.read()
        self.paths.append(http_request.path)
        kept = {name: value for name, value in http_request.headers.items() if name not in {"Host", "Connection"}}
        async with (
            aiohttp.ClientSession() as session,
            session.request(http_request.method, f"{self.to}{http_request.path_qs}", data=body, headers=kept) as answer,
        ):
            said = await answer.read()
            if http_request.path.endswith("/envelopes"):
                await asyncio.sleep(self.slow_s)
            if b'"returned":' in said:
                self.asked += 1
                members = strictjson.load(said, 8 * 1024 * 1024)
                said = strictjson.dump(members | {"returned": self.change(members["returned"])})
            offset = {name: value for name, value in answer.headers.items() if name == "Upload-Offset"}
            return web.Response(status=answer.status, body=said, headers=offset, content_type="application/json")


@asynccontextmanager
async def between(w: World, asks: str, gives: str) -> AsyncIterator[Between]:
    """The way of ``asks`` to ``gives`` leads through it from now on."""
    made, port = Between(f"http://{w[gives].settings.exchange}"), free_port()
    runner = web.ServerRunner(web.Server(made.pass_on), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    moved = update(_counterparts).where(_counterparts.c.authority == gives).values(url=f"http://127.0.0.1:{port}")
    w[asks].store.write_now(lambda tx: tx.conn.execute(moved))
    await asyncio.to_thread(w[asks].partners.reload)
    try:
        yield made
    finally:
        await runner.cleanup()


async def recovery(w: World) -> str | None:
    query = select(_counterparts.c.recovery).where(_counterparts.c.authority == "at")
    return await w["br"].store.read(lambda view: view.conn.execute(query).scalar())


async def test_a_counterpart_that_gives_back_what_is_wrong_is_asked_less_and_less_often(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w, between(w, "br", "at") as way:
        place = backed_up(w, "br")
        await w["br"].office.request(OFFICER, ask("at"))
        await w.settled()
        before = said(w, "at")
        way.change = lambda _items: [{"receipt": {}}, {"envelope": 7}, {"gone": {"seq": 2**53 - 1}}, None]
        await come_back(w, "br", place)
        await asyncio.sleep(4)
        assert (await recovery(w), way.asked < 9, said(w, "br")) == ("running", True, {})
        way.change = as_it_is
        await whole(w, "br")
        await w.until(lambda: _same(w, before), "every message to be in its case again")
        assert w["br"].store.read_now(lambda view: view.conn.execute(select(_counterparts.c.out_seq)).scalar()) == 1


async def test_what_a_counterpart_says_again_while_the_last_of_it_comes_back_is_not_lost(tmp_path: Path) -> None:
    """Until the node knows that it is whole it has the receipts for that, and not yet the messages."""
    async with world(tmp_path, "br", "at") as w, between(w, "br", "at") as way:
        place = backed_up(w, "br")
        await w["br"].office.request(OFFICER, ask("at"))
        await w["at"].office.request(OFFICER, ask("br"))
        await w.settled()
        before = said(w, "at")
        way.slow_s = 2.5  # their courier comes again after a second
        await come_back(w, "br", place)
        await whole(w, "br")
        way.slow_s = 0.0
        await w.until(lambda: _same(w, before), "every message to be in its case again")


async def test_numbers_that_never_left_the_lost_node_do_not_hold_up_what_comes_after_them(tmp_path: Path) -> None:
    """The envelope after such a gap was erased at the counterpart, so only its number can be told."""
    async with world(tmp_path, "br", "at") as w, between(w, "br", "at") as way:
        place = backed_up(w, "br")
        skipped = update(_counterparts).where(_counterparts.c.authority == "at").values(out_seq=7)
        w["br"].store.write_now(lambda tx: tx.conn.execute(skipped))
        await w["br"].office.request(OFFICER, ask("at"))
        await w.settled()
        way.change = lambda items: [{"gone": {"seq": 8}} if "envelope" in one else one for one in items]
        await come_back(w, "br", place)
        await whole(w, "br")
        assert w["br"].store.read_now(lambda view: view.conn.execute(select(_counterparts.c.out_seq)).scalar()) == 8


async def test_a_loss_of_thousands_of_messages_is_named_in_statements_of_a_few_hundred(tmp_path: Path) -> None:
    """No database takes any number of values in one: 999 is the least that SQLite was ever built with."""
    async with world(tmp_path, "br", "at") as w:
        await w["br"].office.request(OFFICER, ask("at"))
        await w.settled()
        node, net = w["br"], w["br"].settings.net
        (first,) = node.store.read_now(lambda view: view.conn.execute(select(_envelopes)).mappings().all())
        more = [dict(first) | {"mid": f"{first['mid'][:-5]}{n:05d}", "seq": n + 2} for n in range(1100)]
        node.store.write_now(lambda tx: tx.conn.execute(insert(_envelopes), more))
        nothing = {"seq": 0, "rid": None, "sack": Sack(hi=0, missing=())}
        said = hello.say(
            net=net, sender="at", to="br", at=w.clock.now_ms(), nonce=bytes(16),
            signer=w["at"].keyring.voice.signer("rcpt"),
            have=Have.model_validate(nothing),
        )  # fmt: skip
        heard = hello.parse(said).hello

        def asked(tx: Tx) -> int:
            raw = tx.conn.connection.dbapi_connection
            assert isinstance(raw, sqlite3.Connection)
            before = raw.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)
            try:
                return recall(tx, me="br", said=heard, ks=None, signals=node.signals).knows.lost
            finally:
                raw.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, before)

        assert node.store.write_now(asked) == 1101


async def test_one_statement_that_cannot_be_sealed_or_taken_holds_up_no_other(tmp_path: Path) -> None:
    """Rows that no program of ours writes stand for any fault in one message, at both sides."""
    async with world(tmp_path, "br", "at") as w:
        place = backed_up(w, "br")
        case = await w["br"].office.request(OFFICER, ask("at"))
        await w.settled()
        before = said(w, "at")
        (wire,) = w["at"].store.read_now(lambda view: view.conn.execute(select(_envelopes)).mappings().all())
        spoilt = {"counterpart": "aa", "direction": "give", "mid": "aa.1", "seq": 1}
        theirs = dict(wire) | {"sender": "aa", "mid": "aa.1", "wire": b"{", "stage": "opened"}
        w["at"].store.write_now(
            lambda tx: (tx.conn.execute(insert(_envelopes), [theirs]), tx.conn.execute(insert(_returned), [spoilt]))
        )
        node = await come_back(w, "br", place)
        ours = dict(wire) | {
            "sender": "br",
            "recipient": "at",
            "direction": "out",
            "mid": "br.1",
            "wire": b"{}",
            "seq": 1,
        }
        row = {"counterpart": "at", "direction": "take", "mid": "br.1", "seq": 0, "sealed": b"{"}
        node.store.write_now(
            lambda tx: (tx.conn.execute(insert(_envelopes), [ours]), tx.conn.execute(insert(_returned), [row]))
        )
        await whole(w, "br")
        await w.until(lambda: _same(w, before), "every message to be in its case again")
        assert next(iter(said(w, "br").values()))[0] == case.case


async def test_an_older_copy_carries_no_attachment_to_one_that_has_not_told_what_it_holds(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w, between(w, "br", "at") as way:
        await send_with_file(w, "br", "at", b"once" * 999)
        await w.settled()
        await w.until(lambda: all_arrived(w, "at", 1), "the file")
        await w.stop("br")
        copy = copied(w, "br")
        with sqlite3.connect(copy / "node.db") as conn:
            conn.execute("UPDATE attachments SET arrived_ms = NULL")
        w.found("br")
        await w["br"].start()
        await w["br"].office.request(OFFICER, ask("at"))
        await w.settled()
        await w.stop("br")
        assert any("/blobs/" in path for path in way.paths)
        way.paths.clear()
        await start_copy(w, "br", copy)
        await w.until(lambda: has_alarm(w, "br", "restored"), "the alarm that it is an older copy")
        await asyncio.sleep(1)
        assert set(way.paths) == {"/itx/1/envelopes"}
