"""Deadlines as a month and a week on pages of a real node: days off of both States, counts, one counterpart alone."""

from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, insert, select

from tests.pages.browsing import Page, Visitor
from tests.pages.scene import APPROVER, Scene
from tests.pages.test_pages import mistakes
from tracing.casework.redating import correct
from tracing.clock import to_ms
from tracing.store import Store, Tx
from tracing.tables import CalendarDay, Case, Deadline, table_of

cases, deadlines, days = map(table_of, (Case, Deadline, CalendarDay))
ZONE = ZoneInfo("America/Sao_Paulo")
DAY = date(2030, 12, 24)  # far from what the scene brings


@pytest.fixture
async def store(world: Scene) -> AsyncIterator[Store]:
    """Brazil's, without what a test adds."""
    one = world.nodes["br"].store
    yield one

    def clear(tx: Tx) -> None:
        tx.conn.execute(delete(deadlines).where(deadlines.c.started_by.startswith("test:")))
        tx.conn.execute(delete(days))

    await one.write(clear)


async def add(store: Store, count: int, counterpart: str = "at", day: date = DAY) -> None:
    """So many duties with a counterpart that end with a day."""
    ends = to_ms(datetime.combine(day + timedelta(days=1), time(), ZONE))
    told = {"near_told_ms": 1, "passed_told_ms": 1, "rung_ms": None}  # the watch of the node leaves them alone

    def work(tx: Tx) -> None:
        case = tx.conn.execute(select(cases.c.id).where(cases.c.counterpart == counterpart).limit(1)).scalar_one()
        row = tx.conn.execute(select(deadlines).limit(1)).one()
        own = {name: value for name, value in row._mapping.items() if name != "id"} | told
        own |= {"case_id": case, "due_ms": ends, "paused_due_ms": None, "ended_ms": None}
        many = [own | {"started_by": f"test:{counterpart}:{day}:{number}"} for number in range(count)]
        tx.conn.execute(insert(deadlines), many)

    await store.write(work)


def cell(page: Page, day: date) -> tuple[str, str]:
    """Class and text of a day of the month."""
    found = [one for one in page.tree.all("td") if any(f"day={day}" in link.attrs["href"] for link in one.all("a")[:1])]
    return found[0].attrs["class"], found[0].text


async def test_a_month_shades_the_days_off_of_both_states(store: Store, officer: Visitor) -> None:
    await store.write(lambda tx: correct(tx, APPROVER, "br", date(2030, 12, 10), kind="off", name="Day of the office"))
    page = await officer.get("/deadlines?month=2030-12&with=at")
    assert (page.status, mistakes(page), "Dec 2030" in page.tree.all("h1")[0].text) == (200, [], True)
    expected = {
        date(2030, 12, 9): ("", ""), date(2030, 12, 10): ("off", "Day of the office (Brazil)"),
        date(2030, 12, 25): ("their-off", "Christmas Day (Austria)"), date(2030, 12, 7): ("off their-off", ""),
    }  # fmt: skip
    for day, (look, why) in expected.items():
        found, text = cell(page, day)
        assert (found, why in text) == (look, True)
    alone = await officer.get("/deadlines?month=2030-12")
    assert ("their-off" in alone.html, "Christmas" in alone.text) == (False, False)


async def test_a_day_of_the_month_counts_what_its_list_shows(store: Store, officer: Visitor) -> None:
    await add(store, 5)
    _, text = cell(await officer.get("/deadlines?month=2030-12"), DAY)
    assert text.startswith("24 5 5 dates")
    listed = await officer.get(f"/deadlines?day={DAY}")
    assert len(listed.tree.all("tbody")[0].all("tr")) == 5
    for other in (DAY - timedelta(days=1), DAY + timedelta(days=1)):
        assert "No open deadline falls into this span." in (await officer.get(f"/deadlines?day={other}")).text


async def test_many_dates_of_a_day_are_counted_and_a_few_shown(store: Store, officer: Visitor) -> None:
    await add(store, 230)
    await add(store, 2, "fj.police")
    for query, count, many in (("", 232, True), ("&with=at", 230, True), ("&with=fj.police", 2, False)):
        _, text = cell(await officer.get(f"/deadlines?month=2030-12{query}"), DAY)
        assert (text.startswith(f"24 {count} "), "all of them" in text) == (True, many)
        week = await officer.get(f"/deadlines?week={DAY}{query}")
        assert (week.status, mistakes(week), len(week.tree.all("ul", class_="points")[0].inside)) == (
            200,
            [],
            min(count, 50) + (count > 50),
        )


async def test_a_date_that_passed_stands_on_its_day_and_is_listed_there(store: Store, officer: Visitor) -> None:
    day = date(2025, 3, 4)
    await add(store, 1, day=day)
    look, text = cell(await officer.get("/deadlines?month=2025-03"), day)
    assert (look, text.startswith("4 1 ")) == ("", True)
    assert len((await officer.get(f"/deadlines?day={day}")).tree.all("tbody")[0].all("tr")) == 1


async def test_a_list_says_the_holidays_of_its_days(store: Store, officer: Visitor) -> None:
    await add(store, 1, day=date(2030, 12, 26))
    page = await officer.get("/deadlines?day=2030-12-26")
    assert (mistakes(page), "Saint Stephen's Day (Austria)" in page.text) == ([], True)


@pytest.mark.parametrize(
    ("asked", "earlier", "later"),
    [("month=2026-12", "month=2026-11", "month=2027-01"), ("month=2027-01", "month=2026-12", "month=2027-02"),
     ("week=2027-01-01", "week=2026-12-21", "week=2027-01-04"), ("month=2099-12", "month=2099-11", "month=2100-01")],
)  # fmt: skip
async def test_a_leaf_leads_to_the_one_before_and_the_one_after(
    officer: Visitor, asked: str, earlier: str, later: str
) -> None:
    page = await officer.get(f"/deadlines?{asked}&with=at")
    steps = [one.attrs["href"] for one in page.tree.all("nav", class_="next")[0].all("a")]
    assert steps == [f"/deadlines?{earlier}&with=at", f"/deadlines?{later}&with=at"]


async def test_one_counterpart_alone_is_kept_from_tab_to_tab(officer: Visitor) -> None:
    page = await officer.get("/deadlines?with=zz")
    assert "No open deadline falls into this span." in page.text
    tabs = [one.attrs["href"] for one in page.tree.all("nav", class_="tabs")[0].all("a")]
    assert tabs == [f"/deadlines?{one}&with=zz" for one in ("month=now", "week=now", "days=all", "days=passed")]
