"""What is said to a counterpart outside any case, by API: who may, what it comes to, what it shows."""

from typing import Any

import pytest

from tests.desk.conftest import As
from tests.desk.station import Station, request_body
from tracing.desk.api.said import DirectorySaid, MatterList, MatterSaid, MatterWhole, ProfilesSaid, ReconciliationSaid

AT = "/api/v1/counterparts/at"
STOLEN = {"subject": "weapon_stolen", "information": "Reported stolen on 3 May."}
PROFILE = {
    "name": "br-at",
    "limits": [{"clock": "ack", "priority": "routine", "amount": 2, "unit": "working_days"}],
    "from": "2026-01-01",
}
DIRECTORY = {"contacts": [{"name": "National tracing point"}]}


async def says(caller: Any, verb: str, body: dict[str, Any]) -> MatterSaid:
    status, said = await caller.post(f"{AT}/{verb}", body)
    assert status == 201, said
    return MatterSaid.model_validate(said)


@pytest.mark.parametrize(
    ("name", "verb", "body"),
    [
        ("ada", "inform", STOLEN),
        ("eva", "propose-profile", PROFILE),
        ("ada", "reconcile", {}),
        ("max", "update-directory", DIRECTORY),
    ],
)
async def test_each_act_opens_a_matter_that_is_read_whole(
    at_br: As, name: str, verb: str, body: dict[str, Any]
) -> None:
    said = await says(at_br(name), verb, body)
    status, whole = await at_br("lin").get(f"/api/v1/matters/{said.matter}")
    found = MatterWhole.model_validate(whole)
    assert (status, found.direction, [one["mid"] for one in found.messages]) == (200, "sent", [said.mid])
    assert (said.delivery, body.items() <= found.messages[0]["body"].items()) == ("queued", True)


@pytest.mark.parametrize(
    ("name", "verb"),
    [
        ("lin", "inform"),
        ("ada", "propose-profile"),
        ("ada", "update-directory"),
        ("max", "inform"),
        ("ted", "reconcile"),
    ],
)
async def test_a_role_without_the_act_is_refused_and_nothing_is_kept(at_br: As, name: str, verb: str) -> None:
    before = (await at_br("lin").get(f"{AT}/matters?limit=200"))[1]["items"]
    status, said = await at_br(name).post(f"{AT}/{verb}", STOLEN)
    assert (status, said["code"]) == (403, "forbidden")
    assert (await at_br("lin").get(f"{AT}/matters?limit=200"))[1]["items"] == before


async def test_a_decision_by_the_other_side_is_shown_with_what_it_decided(
    at_br: As, at_at: As, br: Station, at: Station
) -> None:
    proposed = await says(at_br("eva"), "propose-profile", PROFILE | {"name": "decided"})
    await br.send_to(at)
    status, said = await at_at("eva").post(
        "/api/v1/counterparts/br/decide-profile", {"about": proposed.mid, "decision": "accepted"}
    )
    assert (status, said["matter"]) == (201, proposed.matter)
    await at.send_to(br)
    _, shown = await at_br("lin").get(f"{AT}/profiles")
    found = next(one for one in ProfilesSaid.model_validate(shown).proposals if one["mid"] == proposed.mid)
    assert (found["status"], found["since"], shown["stands"]) == ("accepted", "2026-01-01", proposed.mid)


async def test_lists_of_open_cases_are_shown_both_ways(at_br: As, at_at: As, br: Station, at: Station) -> None:
    await says(at_br("ada"), "reconcile", {})
    await br.send_to(at)
    _, shown = await at_at("lin").get("/api/v1/counterparts/br/reconciliation")
    found = ReconciliationSaid.model_validate(shown)
    assert found.received is not None
    assert found.received["compared"]["unknown_here"] == []
    _, ours = await at_br("lin").get(f"{AT}/reconciliation")
    assert ours["sent"]["mid"] == found.received["mid"]


async def test_who_reads_a_list_of_open_cases_has_read_each_case_it_names(at_br: As) -> None:
    _, opened = await at_br("ada").post("/api/v1/requests", request_body())
    said = await says(at_br("ada"), "reconcile", {})
    for path in (f"{AT}/reconciliation", f"/api/v1/matters/{said.matter}"):
        _, before = await at_br("ted").get("/api/v1/audit/readers", params={"case": opened["case"]})
        _, shown = await at_br("lin").get(path)
        _, after = await at_br("ted").get("/api/v1/audit/readers", params={"case": opened["case"]})
        times = [next((one["times"] for one in each["items"] if one["who"] == "lin"), 0) for each in (before, after)]
        assert (opened["case"] in str(shown), times[1] - times[0]) == (True, 1), path


async def test_points_of_contact_are_shown_with_their_history(at_br: As) -> None:
    first, second = [await says(at_br("max"), "update-directory", DIRECTORY) for _ in range(2)]
    _, shown = await at_br("max").get(f"{AT}/directory")
    assert [one["mid"] for one in DirectorySaid.model_validate(shown).items][:2] == [second.mid, first.mid]


async def test_the_list_of_matters_goes_on_where_it_stopped(at_br: As) -> None:
    told = [(await says(at_br("ada"), "inform", STOLEN)).matter for _ in range(3)]
    _, said = await at_br("lin").get(f"{AT}/matters?limit=2")
    page = MatterList.model_validate(said)
    _, rest = await at_br("lin").get(f"{AT}/matters?limit=1&cursor={page.next}")
    assert [one.matter for one in page.items] + [rest["items"][0]["matter"]] == told[::-1]


async def test_the_same_call_twice_says_it_once(at_br: As) -> None:
    headers = {"Idempotency-Key": "told once"}
    first = await at_br("ada").post(f"{AT}/inform", STOLEN, headers=headers)
    second = await at_br("ada").post(f"{AT}/inform", STOLEN, headers=headers)
    assert first == second


@pytest.mark.parametrize(
    "path",
    ["/api/v1/counterparts/fr/matters", "/api/v1/counterparts/fr/reconciliation", "/api/v1/counterparts/fr/profiles",
     "/api/v1/counterparts/fr/directory", "/api/v1/matters/br.0",
     "/api/v1/matters/br.m0198c5f0000070008000000000000001"],
)  # fmt: skip
async def test_what_is_not_here_is_not_found(at_br: As, path: str) -> None:
    name = "max" if path.endswith("directory") else "lin"
    status, said = await at_br(name).get(path)
    assert (status, said["code"]) == (404, "not-found")


@pytest.mark.parametrize(
    ("to", "body", "code"),
    [("ke", STOLEN, "by-letter-only"), ("fr", STOLEN, "unknown-counterpart"), ("at", {}, "incomplete"),
     ("at", STOLEN | {"matter": 5}, "not-found")],
)  # fmt: skip
async def test_what_cannot_be_said_is_refused_by_its_code(at_br: As, to: str, body: dict[str, Any], code: str) -> None:
    before = (await at_br("lin").get(f"{AT}/matters?limit=200"))[1]["items"]
    _, said = await at_br("ada").post(f"/api/v1/counterparts/{to}/inform", body)
    assert said["code"] == code
    assert (await at_br("lin").get(f"{AT}/matters?limit=200"))[1]["items"] == before
