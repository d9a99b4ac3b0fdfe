"""Whoever is shown anything of a case leaves a leaf that names it: every route of the live table, every command."""

import importlib
import json
import pkgutil
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest
from sqlalchemy import func, select

import tracing.desk
from tests.pages.browsing import Visitor
from tests.pages.scene import APPROVER, OFFICER, PASSWORD, Scene, reached, request
from tests.pages.test_enquiries import enquired, link_in
from tracing.audit import PRIVATE
from tracing.casework.matters.relations import Relations
from tracing.desk.routes import PUBLIC, Route
from tracing.node import Node
from tracing.store import people
from tracing.tables import Case, Deadline, Leaf, Reminder, table_of

_leaves, _deadlines, _cases, _reminders = map(table_of, (Leaf, Deadline, Case, Reminder))
PEOPLE = ("ada", "bo", "lee", "ann", "kay")
MATTER_WORDS = "Told outside any case, and read by whoever may."
OF_A_CASE = ("{case}", "{dossier}", "{matter}", "{draft}")
BY_ITSELF = re.compile(r"^/(reply|calendar)/")  # what their links show is looked at by itself below


def routes() -> list[Route]:
    """Every route that a module of the desk defines."""
    found: dict[tuple[str, str], Route] = {}
    for each in pkgutil.walk_packages(tracing.desk.__path__, "tracing.desk."):
        for value in vars(importlib.import_module(each.name)).values():
            if isinstance(value, Route):
                found[value.method, value.path] = value
    return [found[name] for name in sorted(found)]


@dataclass(frozen=True)
class Shown:
    """What there is to be shown at Brazil's node: words that stand in one case alone, by case; values of paths."""

    words: dict[str, str]
    values: list[dict[str, str]]


def read_since(node: Node, first: int) -> set[str]:
    """The cases that readings since an entry name."""
    query = select(_leaves.c.object).where(_leaves.c.tree == PRIVATE, _leaves.c.idx >= first, _leaves.c.kind == "read")
    rows = node.store.read_now(lambda view: view.conn.execute(query).scalars().all())
    return {case for row in rows for case in json.loads(row).get("cases", ())}


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


async def test_every_route_that_shows_something_of_a_case_leaves_a_leaf_that_names_it(
    world: Scene, visitors: dict[str, Visitor], shown: Shown
) -> None:
    node, missing, served, showed = world.nodes["br"], [], set(), set()
    for route in routes():
        if route.method != "GET" or BY_ITSELF.match(route.path):
            continue
        for path in paths(route, shown):
            for name, visitor in visitors.items():
                before = size(node)
                status, without = await missing_leaves(node, visitor, path, shown)
                missing += [(route.path, name, case) for case in without]
                served |= {route.path} if status == 200 else set()
                showed |= {route.path} if read_since(node, before) else set()
    assert missing == []
    unseen = {route.path for route in routes() if route.method == "GET" and any(one in route.path for one in OF_A_CASE)}
    assert sorted(unseen - served) == [], "never shown: give these something to show"
    assert len(showed) > 20


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


async def test_no_public_route_but_the_link_of_an_enquiry_shows_anything_of_a_case(world: Scene, shown: Shown) -> None:
    open_to_all = [each for each in routes() if each.policy == PUBLIC and each.method == "GET"]
    async with Visitor(world.url("br")) as stranger:
        for route in open_to_all:
            for path in paths(route, shown):
                page = await stranger.get(path)
                assert not [case for case, words in shown.words.items() if words in page.html], path
