"""Other channels used for the same weapon are noted on its case, for our own file."""

import secrets
from typing import Any

import pytest
from sqlalchemy import select

from tests.desk.conftest import As
from tests.desk.station import Station, request_body
from tracing.tables import CaseChannel, table_of

_noted = table_of(CaseChannel)
IARMS = {"channel": "iarms", "reference": "2026/1187", "date": "2026-11-20", "note": "Asked by the central bureau."}


async def opened(at_br: As) -> str:
    _, said = await at_br("ada").post("/api/v1/requests", request_body())
    return str(said["case"])


def kept(station: Station, case_id: str) -> list[Any]:
    query = select(_noted).where(_noted.c.case_id == case_id)
    return list(station.store.read_now(lambda view: view.conn.execute(query).all()))


async def test_a_channel_is_noted_and_stands_in_the_case(at_br: As) -> None:
    case_id = await opened(at_br)
    before = (await at_br("ada").get(f"/api/v1/cases/{case_id}"))[1]
    status, said = await at_br("ada").post(f"/api/v1/cases/{case_id}/channels", IARMS)
    _, whole = await at_br("ada").get(f"/api/v1/cases/{case_id}")
    (one,) = said["channels"]
    assert (status, {name: one[name] for name in IARMS}, one["noted_by"]) == (201, IARMS, "ada")
    assert (whole["channels"], whole["state"], whole["version"]) == (
        said["channels"], before["state"], before["version"] + 1,
    )  # fmt: skip


async def test_what_is_noted_rests_encrypted_with_a_leaf(at_br: As, br: Station) -> None:
    case_id = await opened(at_br)
    await at_br("ada").post(f"/api/v1/cases/{case_id}/channels", IARMS)
    _, entries = await at_br("ted").get("/api/v1/audit/entries?limit=5")
    acts = [one["object"].get("act") for one in entries["items"] if one["object"]]
    assert ("1187" in repr(kept(br, case_id)), "note-channel" in acts) == (False, True)


async def test_a_note_under_a_key_is_taken_once(at_br: As, br: Station) -> None:
    case_id, key = await opened(at_br), {"Idempotency-Key": secrets.token_hex(8)}
    first = await at_br("ada").post(f"/api/v1/cases/{case_id}/channels", IARMS, headers=key)
    assert await at_br("ada").post(f"/api/v1/cases/{case_id}/channels", IARMS, headers=key) == first
    assert len(kept(br, case_id)) == 1


@pytest.mark.parametrize(
    "changed", [{"channel": "pigeon"}, {"channel": None}, {"date": "2999-01-01"}, {"note": 7}, {"secret": "x"}]
)
async def test_a_note_that_cannot_be_understood_is_refused(at_br: As, br: Station, changed: dict[str, Any]) -> None:
    case_id = await opened(at_br)
    _, problem = await at_br("ada").post(f"/api/v1/cases/{case_id}/channels", IARMS | changed)
    assert (problem["code"], kept(br, case_id)) == ("incomplete", [])


async def test_a_liaison_officer_notes_nothing(at_br: As, br: Station) -> None:
    case_id = await opened(at_br)
    status, _ = await at_br("lin").post(f"/api/v1/cases/{case_id}/channels", IARMS)
    assert (status, kept(br, case_id)) == (403, [])
