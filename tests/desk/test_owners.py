"""Whose a case is, by the API and at the desk: taken, handed to another who works with cases, or let go of."""

import secrets

import pytest

from tests.desk.conftest import As
from tests.desk.station import Station, request_body
from tests.desk.test_api_reminders import received
from tracing.casework.owning import owner_of

__all__ = ["received"]


def owner(at: Station, case: str) -> str | None:
    return at.store.read_now(lambda view: owner_of(view, case))


async def mine(as_: As, name: str) -> set[str]:
    found: set[str] = set()
    cursor: str | None = ""
    while cursor is not None:
        _, said = await as_(name).get(f"/api/v1/deadlines?mine=true&limit=200&cursor={cursor}")
        found, cursor = found | {one["case"] for one in said["items"]}, said["next"]
    return found


async def test_a_case_of_nobody_is_taken_handed_on_and_let_go_of(at_at: As, at: Station, received: str) -> None:
    path, key = f"/api/v1/cases/{received}/owner", {"Idempotency-Key": secrets.token_hex(8)}
    assert owner(at, received) is None
    for name in ("ada", "eva", None):
        said = await at_at("ada").post(path, {"owner": name}, headers=key if name == "ada" else {})
        assert said[:2] == (200, {"case": received, "owner": name})
        assert owner(at, received) == name
        _, case = await at_at("ada").get(f"/api/v1/cases/{received}")
        assert case["owner"] == name


async def test_the_dates_of_a_case_are_in_the_list_of_whose_it_is_and_in_no_others(
    at_at: As, at: Station, received: str
) -> None:
    assert received in await mine(at_at, "ada")
    assert received in await mine(at_at, "eva")
    await at_at("ada").post(f"/api/v1/cases/{received}/owner", {"owner": "eva"})
    assert (received in await mine(at_at, "ada"), received in await mine(at_at, "eva")) == (False, True)
    await at_at("ada").post(f"/api/v1/cases/{received}/acknowledge", {})
    assert (received in await mine(at_at, "ada"), received in await mine(at_at, "eva")) == (False, True)


@pytest.mark.parametrize(
    "body", [{}, {"owner": 7}, {"owner": "nobody-here"}, {"owner": "ted"}, {"owner": "ada", "why": "x"}, {"who": "ada"}]
)
async def test_who_works_with_no_cases_is_given_none(
    at_at: As, at: Station, received: str, body: dict[str, object]
) -> None:
    status, problem = await at_at("ada").post(f"/api/v1/cases/{received}/owner", body)
    assert (status, problem["code"], owner(at, received)) == (400, "bad-body", None)


async def test_who_may_not_work_with_cases_takes_none_and_one_that_is_not_has_no_owner(
    at_at: As, at: Station, received: str
) -> None:
    stranger = request_body() and f"br.{'0' * 32}"
    statuses = [
        (await at_at(who).post(f"/api/v1/cases/{case}/owner", {"owner": who}))[0]
        for who, case in (("ted", received), ("ada", stranger))
    ]
    assert (statuses, owner(at, received)) == ([403, 404], None)
