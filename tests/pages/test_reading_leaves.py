"""Whoever is shown anything of a case leaves a leaf that names it: every route of the live table, every command."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select

from tests.pages.browsing import Page, Visitor
from tests.pages.readable import SHOWS, SHOWS_NOTHING, Key, key_of, unsaid
from tests.pages.scene import APPROVER, OFFICER, PASSWORD, Scene, reached, request
from tests.pages.test_enquiries import enquired, link_in
from tests.pages.test_reminders import Open, opened
from tracing.audit import PRIVATE
from tracing.casework.matters.relations import Relations
from tracing.desk.accounts import Accounts
from tracing.desk.app import make_app
from tracing.desk.context import Desk
from tracing.desk.pages import install
from tracing.desk.routes import PUBLIC, ROUTES, Route, route
from tracing.node import Node
from tracing.signals import Signals
from tracing.store import people
from tracing.tables import Case, Deadline, Leaf, Reminder, table_of

__all__ = ["opened"]

_leaves, _deadlines, _cases, _reminders = map(table_of, (Leaf, Deadline, Case, Reminder))
PEOPLE = ("ada", "bo", "lee", "ann", "kay")
MATTER_WORDS = "Told outside any case, and read by whoever may."
OF_A_CASE = ("{case}", "{dossier}", "{matter}", "{draft}")
BY_ITSELF = re.compile(r"^/(reply|calendar)/")  # what their links show is looked at by itself below


def routes_of(node: Node) -> list[Route]:
    """Every route of the live table: the API and the pages, also those that are made in a loop."""
    desk = Desk(
        node.store, node.office, node.partners, node.settings, Signals(), node.clock, node.ids,
        Accounts(node.store, node.clock, node.ids), dict, dict, node.checkpoints.check, node.folder
    )  # type: ignore[arg-type] # fmt: skip # nothing is served by it
    found = {key_of(one): one for one in make_app(desk, install)[ROUTES].values()}
    desk.accounts.close()
    return [found[name] for name in sorted(found)]


@pytest.fixture(scope="module")
def table(world: Scene) -> list[Route]:
    """The routes of Brazil's node."""
    return routes_of(world.nodes["br"])


@dataclass(frozen=True)
class Shown:
    """What there is to be shown at Brazil's node: words that stand in one case alone, by case; values of paths."""

    words: dict[str, str]
    values: list[dict[str, str]]


def read_since(node: Node, first: int) -> set[str]:
    """The cases that readings since an entry name."""
    query = select(_leaves.c.object).where(_leaves.c.tree == PRIVATE, _leaves.c.idx >= first, _leaves.c.kind == "read")
    rows = node.store.read_now(lambda view: view.conn.execute(query).scalars().all())
    said = [json.loads(row) for row in rows]
    return {case for one in said for case in (*one.get("cases", ()), *([one["case"]] if "case" in one else ()))}


def size(node: Node) -> int:
    query = select(func.count()).select_from(_leaves).where(_leaves.c.tree == PRIVATE)
    return int(node.store.read_now(lambda view: view.conn.execute(query).scalar_one()))


@pytest.fixture(scope="module")
async def shown(world: Scene) -> Shown:
    """A case with attachments, one that waits for release, a dossier, a matter, and the cases of the scene."""
    node = world.nodes["br"]
    borne = await with_attachment(node)
    drafted = await with_attachment(node, release=False)
    serials = ("LEAFDOS1", "LEAFDOS2")
    common = {name: value for name, value in request("at", "X").items() if name != "weapon"}
    weapons = [{"weapon": request("at", one)["weapon"], "reference": one} for one in serials]
    dossier = await node.office.dossier(OFFICER, common | {"title": "Of leaves", "weapons": weapons})
    async with (
        by_token(node, "bo") as session,
        session.post(f"/api/v1/dossiers/{dossier.dossier}/approve", json={}) as done,
    ):
        assert done.status == 200, await done.text()
    relations = Relations(node.store, node.house, node.clock, node.ids, node.signals)
    body = {"subject": "weapon_stolen", "information": MATTER_WORDS}
    matter = (await relations.say(APPROVER, "at", "inform", body, wait_s=10)).matter
    words = {world.cases["theirs"]: "TDX90210", world.cases["answered"]: "SD55021", world.cases["asked"]: "KSB30417"}
    words |= {borne["case"]: "LEAFATT1", drafted["case"]: "LEAFATT2", matter: MATTER_WORDS}
    query = select(_cases.c.id).where(_cases.c.dossier == dossier.dossier).order_by(_cases.c.id)
    in_dossier = node.store.read_now(lambda view: view.conn.execute(query).scalars().all())
    words |= dict(zip(in_dossier, serials, strict=True))
    deadline = node.store.read_now(lambda view: view.conn.execute(select(func.min(_deadlines.c.id))).scalar())
    reminder = node.store.read_now(lambda view: view.conn.execute(select(func.min(_reminders.c.id))).scalar())
    usual = {
        "dossier": dossier.dossier, "matter": matter, "deadline": str(deadline), "end": "0" * 6, "authority": "at",
        "reminder": str(reminder), "feed": "1", "hook": "1", "name": "index.json", "digest": "0" * 16, "token": "x",
        "enquiry": "0198c5f0000070008000000000000000", "verb": "inform", "n": "0", "kind": "outcomes",
        "mid": borne["mid"], "draft": drafted["draft"],
        "release": "0198c5f0000070008000000000000000",
    }  # fmt: skip
    return Shown(words, [usual | {"case": case} for case in (borne["case"], drafted["case"], *list(words)[:3])])


@asynccontextmanager
async def by_token(node: Node, name: str) -> AsyncIterator[aiohttp.ClientSession]:
    """The API of a node as a person's program calls it."""
    token = node.store.write_now(lambda tx: people.new_token(tx, name, "test"))
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(f"http://{node.settings.desk}", headers=headers) as session:
        yield session


async def with_attachment(node: Node, *, release: bool = True) -> dict[str, str]:
    """A request of ours that bears a file: its case, its message where it was released, else its draft."""
    serial = "LEAFATT1" if release else "LEAFATT2"
    async with by_token(node, "ada") as session:
        where = {"data": serial.encode(), "params": {"name": "report.bin"}, "headers": {"Content-Type": OCTETS}}
        async with session.post("/api/v1/attachments", **where) as answer:
            brought = await answer.json()
    said = await node.office.request(OFFICER, request("at", serial) | {"attachments": [brought["attachment"]]})
    file = await node.office.read_case(APPROVER, said.case)
    found = {"case": said.case, "draft": file.drafts[0]["draft"], "mid": ""}
    if release:
        await node.office.move(APPROVER, said.case, "approve", {})
        found["mid"] = (await node.office.read_case(APPROVER, said.case)).messages[0]["mid"]
    return found


OCTETS = "application/octet-stream"


@pytest.fixture(scope="module")
async def visitors(world: Scene) -> AsyncIterator[dict[str, Visitor]]:
    """One person of each role, signed in."""
    made = {name: Visitor(world.url("br")) for name in PEOPLE}
    for name, visitor in made.items():
        await visitor.__aenter__()
        await visitor.sign_in(name, PASSWORD)
    yield made
    for visitor in made.values():
        await visitor.__aexit__()


def paths(route: Route, given: Shown) -> list[str]:
    """The path of a route for everything there is to be shown."""

    def filled(values: dict[str, str]) -> str:
        return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], "1"), route.path)

    return sorted({filled(values) for values in given.values})


async def missing_leaves(node: Node, visitor: Visitor, path: str, given: Shown) -> tuple[int, list[str]]:
    """The status of an answer, and the cases of which it shows something without a leaf that names them."""
    before = size(node)
    page = await visitor.get(path, allow_redirects=False)
    in_it = {case for case, words in given.words.items() if words in page.html}
    return page.status, sorted(in_it - read_since(node, before))


def test_every_route_is_said_to_show_something_of_a_case_or_not(table: list[Route]) -> None:
    assert unsaid(table) == set()
    live = {key_of(one) for one in table}
    assert (SHOWS | SHOWS_NOTHING.keys()) - live == set(), "said of routes that there are not"


def test_a_route_of_which_nothing_is_said_is_found(table: list[Route]) -> None:
    new = route("GET", "/cases/{case}/new", policy="read")(table[0].serve)
    assert unsaid([*table, new]) == {("GET", "/cases/{case}/new")}


async def test_every_route_that_shows_something_of_a_case_leaves_a_leaf_that_names_it(
    world: Scene, visitors: dict[str, Visitor], shown: Shown, table: list[Route], opened: Open
) -> None:
    """``opened``: a reminder, and another date proposed, are there to be shown."""
    node, missing, served, showed = world.nodes["br"], [], set(), set()
    for each in table:
        if each.method != "GET" or BY_ITSELF.match(each.path):
            continue
        for path in paths(each, shown):
            for name, visitor in visitors.items():
                before = size(node)
                status, without = await missing_leaves(node, visitor, path, shown)
                missing += [(each.path, name, case) for case in without]
                served |= {each.path} if status == 200 else set()
                showed |= {each.path} if read_since(node, before) else set()
    assert missing == []
    unseen = {each.path for each in table if each.method == "GET" and any(one in each.path for one in OF_A_CASE)}
    assert sorted(unseen - served) == [], "never shown: give these something to show"
    said = {path for method, path in SHOWS if method == "GET" and not BY_ITSELF.match(path)}
    assert showed == said, "these leave leaves and are said to show nothing, or the other way round"


async def test_a_reading_without_its_leaf_would_be_found(
    world: Scene, visitors: dict[str, Visitor], shown: Shown
) -> None:
    """The leaves are counted from after the reading, so they are not there."""
    node, case = world.nodes["br"], world.cases["theirs"]
    page = await visitors["bo"].get(f"/cases/{case}")
    assert shown.words[case] in page.html
    assert case not in read_since(node, size(node))


async def test_the_form_behind_the_link_of_an_enquiry_leaves_a_leaf(world: Scene, visitors: dict[str, Visitor]) -> None:
    node = world.nodes["br"]
    asked = await world.nodes["at"].office.request(OFFICER, request("br", "LEAF7731", make="Taurus", model="G3"))
    await reached(node, asked.case, "delivered")
    link = link_in(await enquired(visitors["ada"], asked.case))
    before = size(node)
    async with Visitor(world.url("br")) as dealer:
        assert "LEAF7731" in (await dealer.get(link)).text
    assert asked.case in read_since(node, before)


# ---------------------------------------------------------------- what is sent, and shown once more


@dataclass
class Sender:
    """Sends to a route, and keeps of which the leaf that names the case was there afterwards."""

    node: Node
    visitors: dict[str, Visitor]
    found: set[Key] = field(default_factory=set)

    async def form(
        self, path: str, of: str, status: int, *, name: str = "bo", to: str = "", **fields: list[str]
    ) -> Page:
        """A form of a page. ``to``: where it is sent, if not to the path itself."""
        visitor = self.visitors[name]
        csrf = (await visitor.get("/language")).form("/language")["csrf"]
        before = size(self.node)
        page = await visitor.post(to or path, fields | {"csrf": csrf}, follow=False)
        self.judge(path, of, (page.status, status), before)
        return page

    async def call(self, path: str, case: str, status: int, body: Any, *, to: str) -> dict[str, Any]:
        """A call of the API."""
        before = size(self.node)
        async with by_token(self.node, "bo") as session, session.post(to, json=body) as answer:
            said = await answer.text()
            self.judge(path, case, (answer.status, status), before)
        return dict(json.loads(said))

    def judge(self, path: str, case: str, statuses: tuple[int, int], before: int) -> None:
        assert statuses[0] == statuses[1], (path, statuses)
        assert case in read_since(self.node, before), f"POST {path}: no leaf of a reading names {case}"
        self.found.add(("POST", path))


async def test_every_answer_to_what_is_sent_that_shows_something_of_a_case_leaves_a_leaf(
    world: Scene, visitors: dict[str, Visitor], shown: Shown
) -> None:
    sender = Sender(world.nodes["br"], visitors)
    await send_forms(sender, world, shown)
    await send_enquiries(sender, world)
    await send_calls(sender, shown)
    assert sender.found == {key for key in SHOWS if key[0] == "POST"}


async def send_forms(sender: Sender, world: Scene, shown: Shown) -> None:
    """Forms in which something is missing: the page comes again. And evidence, which is handed out."""
    usual, case = shown.values[0], world.cases["theirs"]
    in_dossier = next(one for one, word in shown.words.items() if word == "LEAFDOS1")
    for path, name in (("{verb}", "answer"), ("channels", "channels"), ("enquiries", "enquiries"), ("erase", "erase")):
        await sender.form(f"/cases/{{case}}/{path}", case, 422, to=f"/cases/{case}/{name}")
    data = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
    data.add_field("csrf", (await sender.visitors["bo"].get("/language")).form("/language")["csrf"][0])
    data.add_field("file", b"", filename="", content_type=OCTETS)
    before = size(sender.node)
    page = await sender.visitors["bo"].upload(f"/cases/{case}/attachments", data)
    sender.judge("/cases/{case}/attachments", case, (page.status, 422), before)
    answered = world.cases["answered"]
    await sender.form(
        "/cases/{case}/evidence", answered, 200, to=f"/cases/{answered}/evidence", purpose=["own_authority"],
        **{"as": ["file"]},
    )  # fmt: skip
    dossier, matter = usual["dossier"], usual["matter"]
    await sender.form("/dossiers/{dossier}/{verb}", in_dossier, 409, to=f"/dossiers/{dossier}/acknowledge")
    await sender.form("/matters/{matter}", matter, 422, to=f"/matters/{matter}", decision=["accepted"])


async def send_enquiries(sender: Sender, world: Scene) -> None:
    """Enquiries of one case: asked, the link renewed, answered badly, then by an officer; another withdrawn."""
    asked = await world.nodes["at"].office.request(OFFICER, request("br", "LEAF7732", make="Taurus", model="G3"))
    case, node = asked.case, sender.node
    await reached(node, case, "delivered")
    ask = {"addressee": {"kind": "dealer", "name": "Gun shop"}, "question": "To whom was it sold?"}
    where = f"/api/v1/cases/{case}/enquiries"
    first, second = [
        await sender.call("/api/v1/cases/{case}/enquiries", case, 201, ask, to=where) for _ in range(2)
    ]  # fmt: skip
    renewed = await sender.call(
        "/api/v1/enquiries/{enquiry}/renew", case, 200, {}, to=f"/api/v1/enquiries/{first['enquiry']}/renew"
    )
    before, elsewhere = size(node), aiohttp.TCPConnector(local_addr=("127.0.0.2", 0))  # whence nobody tried links
    async with (
        aiohttp.ClientSession(world.url("br"), connector=elsewhere) as dealer,
        dealer.post(renewed["link"], data={"result": "found"}, allow_redirects=False) as answer,
    ):
        sender.judge("/reply/{token}", case, (answer.status, 422), before)
    await sender.form("/enquiries/{enquiry}/{verb}", case, 422, to=f"/enquiries/{first['enquiry']}/reply", case=[case])
    reply = {"result": "unknown", "channel": "telephone"}
    for verb, one, body in (("reply", first, reply), ("withdraw", second, {})):
        await sender.call(
            f"/api/v1/enquiries/{{enquiry}}/{verb}", case, 200, body, to=f"/api/v1/enquiries/{one['enquiry']}/{verb}"
        )


async def send_calls(sender: Sender, shown: Shown) -> None:
    """A channel noted, an element proved, and one prepared to be erased."""
    mid = shown.values[0]["mid"]
    case = next(one for one, word in shown.words.items() if word == "LEAFATT1")
    where = f"/api/v1/cases/{case}"
    noted = {"channel": "iarms", "date": "2026-01-05", "note": "Spoke to the trace desk."}
    await sender.call("/api/v1/cases/{case}/channels", case, 201, noted, to=f"{where}/channels")
    proof = {"mid": mid, "elements": ["found"], "to": "br", "purpose": "own_authority"}
    await sender.call("/api/v1/cases/{case}/elements/proof", case, 200, proof, to=f"{where}/elements/proof")
    gone = {"mid": mid, "element": "found", "why": "Order of a court."}
    await sender.call("/api/v1/cases/{case}/elements/erase", case, 200, gone, to=f"{where}/elements/erase")


async def test_no_public_route_but_the_link_of_an_enquiry_shows_anything_of_a_case(
    world: Scene, shown: Shown, table: list[Route]
) -> None:
    open_to_all = [each for each in table if each.policy == PUBLIC and each.method == "GET"]
    async with Visitor(world.url("br")) as stranger:
        for each in open_to_all:
            for path in paths(each, shown):
                page = await stranger.get(path)
                assert not [case for case, words in shown.words.items() if words in page.html], path
