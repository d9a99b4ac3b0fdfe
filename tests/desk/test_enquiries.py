"""Domestic enquiries by the API: the link is given once, whatever is asked again."""

import secrets
from typing import Any

import pytest
from sqlalchemy import select

from tests.desk.conftest import As
from tests.desk.station import Station, request_body
from tracing.desk.api.said import EnquiryList, EnquirySaid
from tracing.tables import Enquiry, IdempotentCall, table_of

_enquiries, _kept = table_of(Enquiry), table_of(IdempotentCall)
DEALER = {"addressee": {"kind": "dealer", "name": "Gun shop"}, "question": "To whom was it sold?"}
UNKNOWN = {"result": "unknown", "channel": "telephone"}


async def received(at_br: As, br: Station, at: Station) -> str:
    """A request of br, opened at at."""
    _, said = await at_br("ada").post("/api/v1/requests", request_body())
    await br.send_to(at)
    return str(said["case"])


def kept(station: Station, case_id: str) -> list[Any]:
    query = select(_enquiries).where(_enquiries.c.case_id == case_id)
    return list(station.store.read_now(lambda view: view.conn.execute(query).all()))


async def test_an_enquiry_is_opened_with_a_link_and_stands_in_its_case(
    at_br: As, at_at: As, br: Station, at: Station
) -> None:
    case_id = await received(at_br, br, at)
    status, said = await at_at("ada").post(f"/api/v1/cases/{case_id}/enquiries", DEALER)
    _, listed = await at_at("olu").get(f"/api/v1/cases/{case_id}/enquiries")
    _, whole = await at_at("ada").get(f"/api/v1/cases/{case_id}")
    assert (status, EnquirySaid(**said).state, said["link"].startswith("/reply/")) == (201, "open", True)
    assert [one.enquiry for one in EnquiryList(**listed).items] == [said["enquiry"]]
    assert (whole["enquiries"], whole["awaiting"]) == (listed["items"], ["awaiting_dealer"])


async def test_the_link_is_given_once_and_a_replay_has_none(at_br: As, at_at: As, br: Station, at: Station) -> None:
    case_id, key = await received(at_br, br, at), {"Idempotency-Key": secrets.token_hex(8)}
    _, first = await at_at("ada").post(f"/api/v1/cases/{case_id}/enquiries", DEALER, headers=key)
    status, second = await at_at("ada").post(f"/api/v1/cases/{case_id}/enquiries", DEALER, headers=key)
    assert (status, second) == (201, first | {"link": None})
    answers = at.store.read_now(lambda view: view.conn.execute(select(_kept.c.response)).scalars().all())
    token = first["link"].removeprefix("/reply/").encode()
    assert (len(kept(at, case_id)), [one for one in answers if token in one]) == (1, [])


async def test_an_opened_enquiry_says_where_it_can_be_read(at_br: As, at_at: As, br: Station, at: Station) -> None:
    case_id = await received(at_br, br, at)
    async with at_at("ada").call("POST", f"/api/v1/cases/{case_id}/enquiries", json=DEALER) as response:
        assert response.headers["Location"] == f"/api/v1/cases/{case_id}/enquiries"


async def test_acts_on_an_enquiry_are_answered_with_what_it_has_become(
    at_br: As, at_at: As, br: Station, at: Station
) -> None:
    case_id, ada = await received(at_br, br, at), at_at("ada")
    _, one = await ada.post(f"/api/v1/cases/{case_id}/enquiries", DEALER)
    _, other = await ada.post(f"/api/v1/cases/{case_id}/enquiries", DEALER)
    _, renewed = await ada.post(f"/api/v1/enquiries/{one['enquiry']}/renew", {"due": "2031-01-31"})
    _, replied = await ada.post(f"/api/v1/enquiries/{one['enquiry']}/reply", UNKNOWN)
    _, withdrawn = await ada.post(f"/api/v1/enquiries/{other['enquiry']}/withdraw", {"reason": "Not needed."})
    assert (renewed["link"] != one["link"], renewed["due"] > "2031-01-31") == (True, True)
    assert (replied["state"], replied["channel"], replied["link"]) == ("answered", "telephone", None)
    assert (withdrawn["state"], withdrawn["replied_by"]) == ("withdrawn", "ada")


@pytest.mark.parametrize("verb", ["reply", "withdraw"])
async def test_an_act_under_a_key_is_done_once(at_br: As, at_at: As, br: Station, at: Station, verb: str) -> None:
    case_id, ada, key = await received(at_br, br, at), at_at("ada"), {"Idempotency-Key": secrets.token_hex(8)}
    _, one = await ada.post(f"/api/v1/cases/{case_id}/enquiries", DEALER)
    body = UNKNOWN if verb == "reply" else {}
    first = await ada.post(f"/api/v1/enquiries/{one['enquiry']}/{verb}", body, headers=key)
    assert (first[0], await ada.post(f"/api/v1/enquiries/{one['enquiry']}/{verb}", body, headers=key)) == (200, first)


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/api/v1/cases/{case}/enquiries", {}, "incomplete"),
        ("/api/v1/cases/{case}/enquiries", DEALER | {"told": ["found"], "note": 1}, "incomplete"),
        ("/api/v1/enquiries/{enquiry}/reply", {"result": "found"}, "incomplete"),
        ("/api/v1/enquiries/{enquiry}/renew", {"due": "yesterday"}, "incomplete"),
        ("/api/v1/enquiries/{enquiry}/withdraw", {"reason": 7}, "incomplete"),
        ("/api/v1/enquiries/nonsense/reply", UNKNOWN, "not-found"),
        ("/api/v1/enquiries/0198c5f0000070008000000000000000/renew", {}, "not-found"),
        ("/api/v1/cases/br.0198c5f0000070008000000000000000/enquiries", DEALER, "not-found"),
    ],
)
async def test_what_cannot_be_done_is_refused_and_nothing_changes(  # noqa: PLR0917 - four fixtures and three cells
    at_br: As, at_at: As, br: Station, at: Station, path: str, body: dict[str, Any], code: str
) -> None:
    case_id = await received(at_br, br, at)
    _, one = await at_at("ada").post(f"/api/v1/cases/{case_id}/enquiries", DEALER)
    before = kept(at, case_id)
    _, problem = await at_at("ada").post(path.format(case=case_id, enquiry=one["enquiry"]), body)
    assert (problem["code"], kept(at, case_id)) == (code, before)


async def test_an_ended_enquiry_is_judged_before_what_is_sent_to_it(
    at_br: As, at_at: As, br: Station, at: Station
) -> None:
    case_id, ada = await received(at_br, br, at), at_at("ada")
    _, one = await ada.post(f"/api/v1/cases/{case_id}/enquiries", DEALER)
    await ada.post(f"/api/v1/enquiries/{one['enquiry']}/withdraw")
    before = kept(at, case_id)
    status, problem = await ada.post(f"/api/v1/enquiries/{one['enquiry']}/reply", {"nonsense": True})
    assert (status, problem["code"], kept(at, case_id)) == (409, "illegal-move", before)
