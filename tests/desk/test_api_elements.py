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


async def test_an_approver_erases_an_element_and_an_officer_does_not(at_at: As, received: tuple[str, str]) -> None:
    case, mid = received
    body = {"mid": mid, "element": "found", "why": "order 7/2026"}
    refused = await at_at("ada").post(f"/api/v1/cases/{case}/elements/erase", body)
    status, said = await at_at("eva").post(f"/api/v1/cases/{case}/elements/erase", body)
    gone = [
        one["name"] for one in ElementList.model_validate(said).model_dump()["items"][0]["elements"] if one["erased"]
    ]
    assert (refused[0], status, gone) == (403, 200, ["found"])
    _, whole = await at_at("ada").get(f"/api/v1/cases/{case}")
    assert whole["messages"][0]["body"]["found"] == {"erased": True}


async def test_a_case_that_is_not_there_has_no_elements(at_at: As) -> None:
    case = f"br.{'0' * 12}7000{'8' * 16}"
    assert (await at_at("ada").get(f"/api/v1/cases/{case}/elements"))[0] == 404
