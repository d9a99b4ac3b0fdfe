"""Dossiers by the API: the shape of the contract for one counterpart, a list under a seizure for several."""

import secrets
from typing import Any

import pytest

from tests.desk.conftest import As
from tests.desk.station import Station, request_body
from tracing.desk.api.said import CaseItem, DossierList, DossierSaid, DossierWholeSaid

COMMON = {name: value for name, value in request_body().items() if name not in ("weapon", "reference")}


def seizure(*references: str, **more: Any) -> dict[str, Any]:
    weapons = [{"weapon": request_body()["weapon"], "reference": one} for one in references]
    return COMMON | {"title": "Search at the port", "weapons": weapons} | more


def split(*references: str) -> dict[str, Any]:
    """The last weapon goes to the State that is reached by letter."""
    body = seizure(*references)
    body["weapons"][-1]["to"] = "ke"
    return body


async def test_one_counterpart_keeps_the_shape_of_the_contract(at_br: As) -> None:
    status, said = await at_br("ada").post("/api/v1/dossiers", seizure("A1", "A2"))
    assert (status, sorted(said), len(DossierSaid(**said).cases)) == (201, ["cases", "counterpart", "dossier"], 2)


async def test_several_counterparts_are_answered_as_a_list_under_one_seizure(at_br: As) -> None:
    async with at_br("ada").call("POST", "/api/v1/dossiers", json=split("B1", "B2", "B3")) as response:
        said = await response.json()
        assert (response.status, response.headers["Location"]) == (201, f"/api/v1/dossiers/{said['seizure']}")
    parts = {one["counterpart"]: len(one["cases"]) for one in said["dossiers"]}
    assert (sorted(said), parts) == (["dossiers", "seizure"], {"at": 2, "ke": 1})


async def test_a_seizure_under_a_key_is_opened_once(at_br: As) -> None:
    key, body = {"Idempotency-Key": secrets.token_hex(8)}, split("C1", "C2")
    first = await at_br("ada").post("/api/v1/dossiers", body, headers=key)
    assert (first[0], await at_br("ada").post("/api/v1/dossiers", body, headers=key)) == (201, first)


async def test_a_dossier_is_read_with_counts_and_cases(at_br: As, at_at: As, br: Station, at: Station) -> None:
    _, said = await at_br("ada").post("/api/v1/dossiers", seizure("D1", "D2"))
    await br.send_to(at)
    status, ours = await at_br("ada").get(f"/api/v1/dossiers/{said['dossier']}")
    _, theirs = await at_at("ada").get(f"/api/v1/dossiers/{said['dossier']}")
    whole = DossierWholeSaid(**ours)
    assert (status, whole.title, whole.counterparts, sum(whole.counts.values())) == (
        200,
        "Search at the port",
        ["at"],
        2,
    )
    assert {CaseItem(**one.model_dump()).reference for one in whole.cases} == {"D1", "D2"}
    assert (theirs["title"], theirs["direction"], theirs["counts"]) == (None, "received", {"delivered": 2})


async def test_dossiers_are_listed_and_filtered(at_br: As) -> None:
    _, said = await at_br("ada").post("/api/v1/dossiers", split("E1", "E2"))
    _, listed = await at_br("ada").get("/api/v1/dossiers?counterpart=ke&box=sent&limit=200")
    items = DossierList(**listed).items
    mine = [one for one in items if one.seizure == said["seizure"]]
    assert ([one.cases for one in mine], {one.counterpart for one in items}) == ([1], {"ke"})
    _, first = await at_br("ada").get("/api/v1/dossiers?limit=1")
    _, second = await at_br("ada").get(f"/api/v1/dossiers?limit=1&cursor={first['next']}")
    assert first["items"][0]["dossier"] > second["items"][0]["dossier"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/v1/dossiers?box=attic", "bad-query"),
        ("/api/v1/dossiers?cursor=nonsense", "bad-cursor"),
        ("/api/v1/dossiers/br.d0198c5f0000070008000000000000000", "not-found"),
        ("/api/v1/dossiers/nonsense", "not-found"),
    ],
)
async def test_what_cannot_be_read_is_refused(at_br: As, path: str, code: str) -> None:
    _, problem = await at_br("ada").get(path)
    assert problem["code"] == code


async def test_a_whole_dossier_is_acknowledged_by_letter_and_reminded_of(at_br: As) -> None:
    _, said = await at_br("ada").post("/api/v1/dossiers", seizure("F1", "F2", to="ke"))
    path = f"/api/v1/dossiers/{said['dossier']}"
    _, recorded = await at_br("ada").post(f"{path}/record", {"kind": "acknowledge", "channel": "letter"})
    _, reminded = await at_br("ada").post(f"{path}/remind", {"note": "Please."})
    assert set(recorded["cases"].values()) == set(reminded["cases"].values()) == {"acknowledged"}


async def test_a_move_of_a_seizure_under_a_key_is_done_once(at_br: As) -> None:
    _, said = await at_br("ada").post("/api/v1/dossiers", seizure("G1", "G2", to="ke"))
    path, key = f"/api/v1/dossiers/{said['dossier']}/record", {"Idempotency-Key": secrets.token_hex(8)}
    body = {"kind": "acknowledge", "channel": "letter"}
    first = await at_br("ada").post(path, body, headers=key)
    assert (first[0], await at_br("ada").post(path, body, headers=key)) == (200, first)
    assert (await at_br("ada").post(path, body))[1]["code"] == "illegal-move"
