"""Calendars on the pages of a real node: subscribed to in two clicks, listed, revoked; and where an event leads."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import delete, select

from tests.pages.browsing import Visitor
from tests.pages.scene import Scene
from tests.pages.test_pages import mistakes
from tests.pages.test_reminders import Open, opened
from tracing.store import Store
from tracing.tables import CalendarFeed, table_of

__all__ = ["opened"]

feeds = table_of(CalendarFeed)


@pytest.fixture
async def store(world: Scene) -> AsyncIterator[Store]:
    """Brazil's, without feeds before and after."""
    one = world.nodes["br"].store
    await one.write(lambda tx: tx.conn.execute(delete(feeds)))
    yield one
    await one.write(lambda tx: tx.conn.execute(delete(feeds)))


async def rows(store: Store) -> list[Any]:
    return list(await store.read(lambda view: view.conn.execute(select(feeds)).all()))


async def test_my_dates_are_subscribed_to_in_two_clicks_from_home(store: Store, officer: Visitor, world: Scene) -> None:
    home = await officer.get("/")
    assert "/deadlines" in [one.attrs["href"] for one in home.tree.all("a")]  # the first click
    page = await officer.send(await officer.get("/deadlines"), "/feeds", whose=["mine"])  # the second
    (shown,) = page.tree.all("p", id="new")
    assert (page.status, mistakes(page)) == (200, [])
    address = shown.text
    assert address.startswith(f"{world.url('br')}/calendar/")
    async with Visitor(world.url("br")) as calendar:
        read = await calendar.get(address)
    assert (read.status, "BEGIN:VEVENT" in read.html, "TRAINING" in read.html) == (200, True, True)
    assert address not in (await officer.get("/feeds")).html


async def test_what_is_listed_is_revoked_on_the_same_page(store: Store, officer: Visitor) -> None:
    page = await officer.send(await officer.get("/deadlines"), "/feeds", whose=["mine"])
    (address,) = [one.text for one in page.tree.all("p", id="new")]
    (row,) = await rows(store)
    after = await officer.send(page, f"/feeds/{row.id}")
    assert (after.status, mistakes(after), "No calendar reads dates" in after.text) == (200, [], True)
    gone = await officer.get(address)
    assert gone.status in {404, 429}  # 429 where other tests from this address guessed within the minute
    assert "BEGIN:VCALENDAR" not in gone.html


async def test_only_who_may_is_offered_the_dates_of_the_team(store: Store, officer: Visitor, approver: Visitor) -> None:
    assert [one.attrs["value"] for one in (await officer.get("/feeds")).tree.all("button", name="whose")] == ["mine"]
    page = await approver.get("/feeds")
    assert [one.attrs["value"] for one in page.tree.all("button", name="whose")] == ["mine", "team"]
    made = await approver.send(page, "/feeds", whose=["team"])
    assert (made.status, mistakes(made), [row.whose for row in await rows(store)]) == (200, [], ["team"])


@pytest.mark.parametrize("whose", ["all", "", "team"])
async def test_a_wish_that_may_not_be_makes_no_feed(store: Store, officer: Visitor, whose: str) -> None:
    page = await officer.send(await officer.get("/deadlines"), "/feeds", whose=[whose])
    assert (page.status in {400, 403}, await rows(store)) == (True, [])


async def test_an_event_leads_to_its_case(opened: Open, officer: Visitor) -> None:
    page = await officer.get(f"/deadlines/{opened.deadline}-{opened.case[-12:]}")
    assert (page.status, page.url.endswith(f"/cases/{opened.case}")) == (200, True)
    wrong = (f"999999-{opened.case[-12:]}", f"{opened.deadline}-0123456789ab", "x-1")
    assert [(await officer.get(f"/deadlines/{of}")).status for of in wrong] == [404, 404, 404]
