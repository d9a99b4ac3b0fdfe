"""Elements over the API: listed, released as a proof, erased; and what anybody may send instead."""

from typing import Any

import pytest
from sqlalchemy import func, select

from keys import proof
from protocol import strictjson
from tests.desk.conftest import As
from tests.desk.station import Station
from tests.desk.test_api_cases import opened
from tracing.desk.api.said import ElementList, Proof
from tracing.tables import Leaf, table_of

leaves = table_of(Leaf)


@pytest.fixture
async def received(at_br: As, br: Station, at: Station) -> tuple[str, str]:
    """A case that at received, and the id of its request."""
    case = await opened(at_br)
    await br.send_to(at)
    _, whole = await at_br("ada").get(f"/api/v1/cases/{case}")
    return case, whole["messages"][0]["mid"]


def entered(mid: str, *elements: str, **more: Any) -> dict[str, Any]:
    return {"mid": mid, "elements": list(elements), **more}


async def count(at: Station) -> int:
    return int(await at.store.read(lambda view: view.conn.execute(select(func.count(leaves.c.idx))).scalar_one()))


async def test_the_elements_of_a_case_are_listed_with_their_restrictions(at_at: As, received: tuple[str, str]) -> None:
    case, mid = received
    status, said = await at_at("ada").get(f"/api/v1/cases/{case}/elements")
    assert (status, [one.mid for one in ElementList.model_validate(said).items]) == (200, [mid])
    names = ["weapon", "found", "markings.0", "illicit.0", "rest"]
    assert [one["name"] for one in said["items"][0]["elements"]] == names


async def test_a_proof_comes_as_a_file_that_verifies_offline(
    at_at: As, br: Station, at: Station, received: tuple[str, str]
) -> None:
    case, mid = received
    body = entered(mid, "found", to="ke", purpose="third_state")
    async with at_at("ada").call("POST", f"/api/v1/cases/{case}/elements/proof", json=body) as response:
        data, kind = await response.read(), response.headers["Content-Disposition"]
    Proof.model_validate(strictjson.load(data, 1 << 24))
    found = proof.verify(data, {"br": br.card.digest, "at": at.card.digest})
    assert ([one.name for one in found.elements], kind.startswith("attachment")) == (["found"], True)
    assert b"ABC123" not in data


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"mid": "x", "elements": ["found"]}, (404, "not-found")),
        ({"elements": ["outcomes.0"]}, (422, "incomplete")),
        ({"elements": ["found"], "purpose": "fun"}, (422, "incomplete")),
        ({"elements": {"0": "found"}}, (422, "incomplete")),
        ({"elements": [["found"]]}, (422, "incomplete")),
        ({"elements": ["found"] * 2000}, (422, "incomplete")),
        ({"elements": ["found"], "to": 7}, (422, "incomplete")),
    ],
)
async def test_a_release_nobody_can_make_is_refused_and_leaves_no_entry(
    at_at: As, at: Station, received: tuple[str, str], body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    case, mid = received
    before = await count(at)
    got, problem = await at_at("ada").post(f"/api/v1/cases/{case}/elements/proof", {"mid": mid} | body)
    assert ((got, problem["code"]), await count(at)) == (refusal, before)


async def test_an_auditor_sees_no_elements_and_makes_no_proof(at_at: As, received: tuple[str, str]) -> None:
    case, mid = received
    listed = await at_at("ted").get(f"/api/v1/cases/{case}/elements")
    made = await at_at("ted").post(f"/api/v1/cases/{case}/elements/proof", entered(mid, "found"))
    assert (listed[0], made[0]) == (403, 403)


def gone_of(said: Any) -> list[str]:
    items = ElementList.model_validate(said).model_dump()["items"]
    return [one["name"] for one in items[0]["elements"] if one["erased"]]


async def test_where_one_person_releases_no_officer_erases(at_br: As, received: tuple[str, str]) -> None:
    case, mid = received
    body = {"mid": mid, "element": "found", "why": "order 7/2026"}
    status, problem = await at_br("ada").post(f"/api/v1/cases/{case}/elements/erase", body)
    assert (status, problem["code"]) == (403, "forbidden")
    _, said = await at_br("ada").get(f"/api/v1/cases/{case}/elements")
    assert gone_of(said) == []


async def test_where_two_persons_release_one_prepares_an_erasure_and_another_does_it(
    at_at: As, received: tuple[str, str]
) -> None:
    case, mid = received
    body = {"mid": mid, "element": "found", "why": "order 7/2026"}
    assert (await at_at("ted").post(f"/api/v1/cases/{case}/elements/erase", body))[0] == 403
    status, said = await at_at("ada").post(f"/api/v1/cases/{case}/elements/erase", body)
    assert (status, gone_of(said)) == (200, [])
    again, problem = await at_at("eva").post(f"/api/v1/cases/{case}/elements/erase", body)
    assert (again, problem["code"]) == (409, "illegal-move")
    own, problem = await at_at("ada").post(f"/api/v1/cases/{case}/approve")
    assert (own, problem["code"]) == (403, "forbidden")
    _, waiting = await at_at("ada").get(f"/api/v1/cases/{case}")
    assert [(one["verb"], one["body"]) for one in waiting["drafts"]] == [("erase", body)]
    status, done = await at_at("eva").post(f"/api/v1/cases/{case}/approve")
    assert (status, done["delivery"], done["mid"]) == (200, "recorded", None)
    _, said = await at_at("ada").get(f"/api/v1/cases/{case}/elements")
    assert gone_of(said) == ["found"]
    _, whole = await at_at("ada").get(f"/api/v1/cases/{case}")
    assert whole["messages"][0]["body"]["found"] == {"erased": True}


async def test_a_case_that_is_not_there_has_no_elements(at_at: As) -> None:
    case = f"br.{'0' * 12}7000{'8' * 16}"
    assert (await at_at("ada").get(f"/api/v1/cases/{case}/elements"))[0] == 404
