"""Reminders and other dates on the pages of a real node: seen by whom they are for, put off, taken, left, refused."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from sqlalchemy import delete, insert, select, update

from tests.pages.browsing import Visitor
from tests.pages.scene import Scene
from tests.pages.test_pages import mistakes
from tracing.casework.attendance import hours_of
from tracing.store import Store, Tx
from tracing.tables import Attendance, DateProposal, Deadline, Reminder, table_of

attendances, deadlines, proposals, reminders = map(table_of, (Attendance, Deadline, DateProposal, Reminder))
DAY = 86_400_000


@dataclass(frozen=True)
class Open:
    """An open deadline of Brazil, a reminder of it that goes to Ada, and another date proposed for it."""

    store: Store
    deadline: int
    case: str
    due_ms: int
    reminder: int


@pytest.fixture
async def opened(world: Scene) -> AsyncIterator[Open]:
    """What the test needs, and everything as it was afterwards."""
    store = world.nodes["br"].store
    one = await store.read(
        lambda view: view.conn.execute(select(deadlines).where(deadlines.c.ended_ms.is_(None)).limit(1)).one()
    )
    said = {
        "deadline_id": one.id,
        "case_id": one.case_id,
        "event": "a test",
        "at_ms": 1,
        "late": True,
        "to_user": "ada",
    }
    other = {"deadline_id": one.id, "case_id": one.case_id, "due_ms": one.due_ms + DAY, "steps": '["Because."]'}

    def prepare(tx: Tx) -> int:
        tx.conn.execute(insert(proposals).values(other | {"proposed_ms": 1}))
        made = tx.conn.execute(insert(reminders).values(said | {"to_role": "head", "from_ms": 1}))
        return int(made.inserted_primary_key[0])

    reminder = await store.write(prepare)
    yield Open(store, one.id, one.case_id, one.due_ms, reminder)

    def clear(tx: Tx) -> None:
        tx.conn.execute(delete(proposals))
        tx.conn.execute(delete(attendances))
        tx.conn.execute(delete(reminders).where(reminders.c.id == reminder))
        tx.conn.execute(update(deadlines).where(deadlines.c.id == one.id).values(due_ms=one.due_ms))

    await store.write(clear)


async def test_a_reminder_is_seen_by_whom_it_is_for_and_put_off(
    opened: Open, officer: Visitor, austrian: Visitor
) -> None:
    page = await officer.get("/reminders")
    action = f"/reminders/{opened.reminder}"
    assert (page.status, mistakes(page), len(page.tree.all("form", action=action))) == (200, [], 1)
    assert action not in (await austrian.get("/reminders")).text
    after = await officer.send(page, action, **{"for": ["1d"]})
    assert (after.status, after.tree.all("form", action=action)) == (200, [])


async def test_a_reminder_of_somebody_else_is_neither_shown_nor_put_off(opened: Open, approver: Visitor) -> None:
    page = await approver.get("/reminders")
    assert f"/reminders/{opened.reminder}" not in page.text
    fields = {"csrf": page.form("/reminders/hours")["csrf"], "for": ["1d"]}
    assert (await approver.post(f"/reminders/{opened.reminder}", fields)).status == 404


@pytest.mark.parametrize(("path", "span"), [("/reminders/x", "1d"), ("/reminders/1", "a while")])
async def test_a_wish_that_is_none_is_refused(officer: Visitor, path: str, span: str) -> None:
    page = await officer.get("/reminders")
    fields = {"csrf": page.form("/reminders/hours")["csrf"], "for": [span]}
    assert (await officer.post(path, fields)).status == 400


async def test_hours_deputy_and_absence_are_kept_and_shown_again(opened: Open, officer: Visitor) -> None:
    form = await officer.get("/reminders")
    page = await officer.send(
        form, "/reminders/hours", zone=["America/Sao_Paulo"], opens=["08:00"], closes=["16:00"], days=["0", "1", "2"],
        deputy=["bo"], absent_from=["2030-01-01"], absent_until=["2030-01-10"], on_call=["yes"],
    )  # fmt: skip
    kept = page.form("/reminders/hours")
    assert (page.status, kept["deputy"], kept["days"]) == (200, ["bo"], ["0", "1", "2"])
    hours = await opened.store.read(lambda view: hours_of(view, "ada"))
    assert hours is not None
    assert (hours.zone, hours.on_call, hours.is_head) == ("America/Sao_Paulo", True, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"zone": ["Europe/Atlantis"]}, {"opens": ["17:00"], "closes": ["08:00"]}, {"opens": ["soon"]},
        {"deputy": ["nobody"]}, {"deputy": ["ada"]}, {"absent_from": ["2030-01-01"]},
        {"absent_from": ["2030-01-02"], "absent_until": ["2030-01-01"]},
        {"absent_from": ["soon"], "absent_until": ["x"]},
    ],
)  # fmt: skip
async def test_hours_that_cannot_be_are_refused_and_nothing_is_kept(
    opened: Open, officer: Visitor, wrong: dict[str, list[str]]
) -> None:
    form = await officer.get("/reminders")
    whole = {"zone": ["UTC"], "opens": ["08:00"], "closes": ["16:00"], "days": ["0"]}
    page = await officer.send(form, "/reminders/hours", **(whole | wrong))
    assert (page.status, mistakes(page), len(page.tree.all("p", role="alert"))) == (422, [], 1)
    count = select(attendances.c.user_name)
    assert await opened.store.read(lambda view: view.conn.execute(count).all()) == []


async def test_another_date_is_shown_to_who_decides_and_left(opened: Open, approver: Visitor, officer: Visitor) -> None:
    action = f"/deadlines/{opened.deadline}"
    assert (await officer.get("/deadlines")).tree.all("form", action=action) == []
    page = await approver.get("/deadlines")
    assert (mistakes(page), len(page.tree.all("form", action=action))) == ([], 1)
    left = await approver.send(page, action, decide=["leave"])
    assert (left.status, left.tree.all("form", action=action)) == (200, [])


async def test_another_date_that_is_taken_is_proposed_no_more(opened: Open, approver: Visitor) -> None:
    action = f"/deadlines/{opened.deadline}"
    page = await approver.get("/deadlines")
    taken = await approver.send(page, action, decide=["take"])
    assert (taken.status, taken.tree.all("form", action=action)) == (200, [])


async def test_a_decision_that_is_none_changes_nothing(opened: Open, approver: Visitor) -> None:
    action = f"/deadlines/{opened.deadline}"
    page = await approver.get("/deadlines")
    refused = await approver.send(page, action, decide=["perhaps"])
    assert refused.status == 400
    assert len((await approver.get("/deadlines")).tree.all("form", action=action)) == 1
