"""Reminders by the API: one's own, and put off."""

import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import delete, insert, select

from tests.desk.conftest import As
from tests.desk.station import Station, request_body
from tracing.clock import from_ms
from tracing.store import Tx
from tracing.tables import Deadline, Reminder, table_of

deadlines, reminders = table_of(Deadline), table_of(Reminder)


@pytest.fixture
async def received(at_br: As, br: Station, at: Station) -> str:
    """A request of br, opened at at."""
    _, said = await at_br("ada").post("/api/v1/requests", request_body())
    await br.send_to(at)
    return str(said["case"])


@pytest.fixture
async def reminder(at: Station, received: str) -> AsyncIterator[int]:
    """Ada is reminded of a duty."""

    def prepare(tx: Tx) -> int:
        open_ones = (deadlines.c.case_id == received, deadlines.c.ended_ms.is_(None))
        duty = tx.conn.execute(select(deadlines).where(*open_ones).limit(1)).one()
        made = {"deadline_id": duty.id, "case_id": received, "event": "a test", "to_user": "ada", "to_role": "owner"}
        row = tx.conn.execute(insert(reminders).values(made | {"at_ms": 1, "from_ms": 1, "late": False}))
        return int(row.inserted_primary_key[0])

    number = await at.store.write(prepare)
    yield number
    await at.store.write(lambda tx: tx.conn.execute(delete(reminders).where(reminders.c.id == number)))


def put_off_until(at: Station, reminder: int) -> Any:
    query = select(reminders.c.from_ms).where(reminders.c.id == reminder)
    return at.store.read_now(lambda view: view.conn.execute(query).scalar())


async def test_a_person_sees_his_own_reminders_and_another_does_not(at_at: As, reminder: int, received: str) -> None:
    status, said = await at_at("ada").get("/api/v1/reminders")
    (mine,) = [one for one in said["items"] if one["reminder"] == reminder]
    assert (status, mine["case"], mine["to_role"], mine["owed_by"]) == (200, received, "owner", "us")
    _, others = await at_at("eva").get("/api/v1/reminders")
    assert reminder not in [one["reminder"] for one in others["items"]]


async def test_a_reminder_that_is_put_off_is_not_shown_until_then(at_at: As, at: Station, reminder: int) -> None:
    key, now_ms = {"Idempotency-Key": secrets.token_hex(8)}, at.store.clock.now_ms()
    until = f"{from_ms(now_ms + 3_600_000):%Y-%m-%dT%H:%M:%SZ}"
    first = await at_at("ada").post(f"/api/v1/reminders/{reminder}/snooze", {"until": until}, headers=key)
    assert await at_at("ada").post(f"/api/v1/reminders/{reminder}/snooze", {"until": until}, headers=key) == first
    assert (first[0], first[1]["reminder"], put_off_until(at, reminder) > now_ms) == (200, reminder, True)
    _, said = await at_at("ada").get("/api/v1/reminders")
    assert reminder not in [one["reminder"] for one in said["items"]]


@pytest.mark.parametrize(
    "body",
    [{}, {"until": 7}, {"until": "soon"}, {"until": "2026-11-27T08:00:00"}, {"until": "2020-01-01T00:00:00Z"},
     {"until": "2199-01-01T00:00:00Z"}, {"until": "2026-12-24", "why": "x"}],
)  # fmt: skip
async def test_a_time_that_is_none_to_wait_for_is_refused(
    at_at: As, at: Station, reminder: int, body: dict[str, Any]
) -> None:
    status, problem = await at_at("ada").post(f"/api/v1/reminders/{reminder}/snooze", body)
    assert (status, problem["code"], put_off_until(at, reminder)) == (400, "bad-body", 1)


async def test_nobody_puts_off_what_is_not_his(at_at: As, at: Station, reminder: int) -> None:
    until = {"until": "2026-12-20T00:00:00Z"}
    statuses = [
        (await at_at(who).post(f"/api/v1/reminders/{number}/snooze", until))[0]
        for who, number in (("eva", reminder), ("ada", 999_999), ("ada", "x"), ("ted", reminder))
    ]
    assert (statuses, put_off_until(at, reminder)) == ([404, 404, 404, 403], 1)
