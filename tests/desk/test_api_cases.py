"""Cases over the API: opening, moving, listing, reading."""

import asyncio
from typing import Any

import aiohttp
import pytest
from sqlalchemy import delete, insert, select

from protocol import strictjson
from protocol.names import AuthorityId, CaseId
from tests.desk.conftest import As
from tests.desk.station import Caller, Station, open_desk_again, request_body, serve
from tracing.desk.api.said import CaseItem, CaseWhole
from tracing.tables import Envelope, Leaf, table_of

ANSWER = {
    "outcomes": [{"code": "traced_exported", "state": "BRA", "date": "2016-04-02"}],
    "completeness": "full",
    "basis": ["registry"],
    "searched": [{"register": "exports", "from": "1998", "to": "2026", "complete": True}],
}
leaves = table_of(Leaf)


async def opened(at_br: As, **changed: Any) -> str:
    status, said = await at_br("ada").post("/api/v1/requests", request_body(**changed))
    assert status == 201, said
    return str(said["case"])


# ---------------------------------------------------------------- opening


async def test_a_request_opens_a_case_and_says_how_far_it_came(at_br: As) -> None:
    status, said = await at_br("ada").post("/api/v1/requests", request_body())
    assert (status, said["state"], said["counterpart"], said["delivery"]) == (201, "sent", "at", "queued")


async def test_the_location_of_a_new_case_can_be_read(at_br: As) -> None:
    async with at_br("ada").call("POST", "/api/v1/requests", json=request_body()) as response:
        where = response.headers["Location"]
    assert (await at_br("ada").get(where))[0] == 200


async def test_a_request_that_lacks_something_names_every_member_and_its_paragraph(at_br: As) -> None:
    body = request_body()
    del body["found"]
    status, problem = await at_br("ada").post("/api/v1/requests", body | {"intended_use": []})
    named = {one["member"].partition(".")[0]: one["source"] for one in problem["problems"]}
    assert (status, problem["code"], set(named), "ITI 17" in named["found"]) == (
        422,
        "incomplete",
        {"found", "intended_use"},
        True,
    )


async def test_a_request_to_a_stranger_is_refused_with_what_to_do(at_br: As) -> None:
    status, problem = await at_br("ada").post("/api/v1/requests", request_body(to="zz"))
    assert (status, problem["code"], "tracing counterpart add" in problem["detail"]) == (
        422,
        "unknown-counterpart",
        True,
    )


async def test_where_two_persons_release_a_request_is_a_draft_until_another_approves(at_at: As) -> None:
    body = request_body(to="br")
    _, said = await at_at("ada").post("/api/v1/requests", body)
    case = said["case"]
    own = await at_at("ada").post(f"/api/v1/cases/{case}/approve")
    other = await at_at("eva").post(f"/api/v1/cases/{case}/approve")
    assert (said["delivery"], own[0], other[1]["delivery"]) == ("draft", 403, "queued")


async def test_a_request_to_a_state_without_a_node_is_recorded_and_its_reply_too(at_br: As) -> None:
    case = await opened(at_br, to="ke")
    reply = {"kind": "acknowledge", "channel": "letter", "received": "2026-01-05", "body": {"reference": "KE-1"}}
    status, said = await at_br("ada").post(f"/api/v1/cases/{case}/record", reply)
    _, whole = await at_br("ada").get(f"/api/v1/cases/{case}")
    assert (status, said["delivery"], whole["messages"][1]["signature"]) == (
        200,
        "recorded",
        "not signed by the counterpart",
    )


# ---------------------------------------------------------------- moving


async def test_a_case_goes_from_request_to_closure_over_both_desks(
    at_br: As, at_at: As, br: Station, at: Station
) -> None:
    case = await opened(at_br)
    await br.send_to(at)
    states = [(await at_at("ada").post(f"/api/v1/cases/{case}/acknowledge", {"reference": "AT-77"}))[1]["state"]]
    states.append((await at_at("ada").post(f"/api/v1/cases/{case}/answer", ANSWER))[1]["delivery"])
    states.append((await at_at("eva").post(f"/api/v1/cases/{case}/approve"))[1]["state"])
    await at.send_to(br)
    states.append((await at_br("ada").get(f"/api/v1/cases/{case}"))[1]["state"])
    states.append(
        (await at_br("ada").post(f"/api/v1/cases/{case}/close", {"code": "diversion_point_established"}))[1]["state"]
    )
    assert states == ["acknowledged", "draft", "answered", "answered", "closed"]


async def test_an_illegal_move_is_409_and_changes_nothing(at_br: As) -> None:
    case = await opened(at_br)
    before = (await at_br("ada").get(f"/api/v1/cases/{case}"))[1]
    status, problem = await at_br("ada").post(f"/api/v1/cases/{case}/close", {"usefulness": "useful"})
    after = (await at_br("ada").get(f"/api/v1/cases/{case}"))[1]
    assert (status, problem["code"], after) == (409, "illegal-move", before)


@pytest.mark.parametrize("body", [b"{nonsense", b"[]", b'{"usefulness": 1.5}', b'{"usefulness": "no such word"}'])
async def test_an_illegal_move_is_judged_before_its_body(at_br: As, body: bytes) -> None:
    case = await opened(at_br)
    headers = {"Content-Type": "application/json"}
    status, problem = await at_br("ada").json("POST", f"/api/v1/cases/{case}/close", data=body, headers=headers)
    assert (status, problem["code"]) == (409, "illegal-move")


async def test_nonsense_for_a_legal_move_is_refused_as_nonsense(at_br: As) -> None:
    case = await opened(at_br)
    headers = {"Content-Type": "application/json"}
    status, problem = await at_br("ada").json(
        "POST", f"/api/v1/cases/{case}/withdraw", data=b"{nonsense", headers=headers
    )
    assert (status, problem["code"]) == (400, "bad-json")


@pytest.mark.parametrize("verb", ["explode", "re-open", "a%00b", "%ff"])
async def test_a_verb_of_nobody_is_unknown(at_br: As, verb: str) -> None:
    case = await opened(at_br)
    status, problem = await at_br("ada").post(f"/api/v1/cases/{case}/{verb}")
    assert (status, problem["code"]) == (404, "unknown-verb")


@pytest.mark.parametrize("name", ["br.0198c5f0000070008000000000000000", "nothing", "a%00b", "%2e%2e", "x" * 300])
async def test_a_case_that_is_not_here_is_not_found(at_br: As, name: str) -> None:
    status, problem = await at_br("ada").get(f"/api/v1/cases/{name}")
    assert (status, problem["code"]) == (404, "not-found")


async def test_a_move_of_a_version_read_before_is_stale(at_br: As) -> None:
    case = await opened(at_br)
    async with at_br("ada").call("GET", f"/api/v1/cases/{case}") as response:
        etag = response.headers["ETag"]
    path = f"/api/v1/cases/{case}/withdraw"
    first = await at_br("ada").post(path, {"reason": "no_longer_needed"}, headers={"If-Match": etag})
    second = await at_br("ada").post(path, {"reason": "no_longer_needed"}, headers={"If-Match": etag})
    assert (first[0], second[0], second[1]["code"]) == (200, 412, "stale")


@pytest.mark.parametrize(
    ("etag", "expected"), [('W/"1"', (412, "stale")), ("17", (400, "bad-header")), ('"a"', (400, "bad-header"))]
)
async def test_an_etag_that_is_weak_or_none_never_matches(at_br: As, etag: str, expected: tuple[int, str]) -> None:
    case = await opened(at_br)
    status, problem = await at_br("ada").post(f"/api/v1/cases/{case}/withdraw", {}, headers={"If-Match": etag})
    assert (status, problem["code"]) == expected


# ---------------------------------------------------------------- waiting


async def test_an_answer_is_held_until_the_accepted_receipt(at_br: As, br: Station) -> None:
    call = asyncio.create_task(_request_waiting(at_br, "25"))
    while not (waiting := list(br.signals._waiting)):
        await asyncio.sleep(0.01)
    br.signals.reached(waiting[0], "accepted")
    status, said, applied = await call
    assert (status, said["delivery"], applied) == (201, "accepted", "wait=25")


async def test_an_answer_is_held_no_longer_than_was_asked(at_br: As) -> None:
    status, said, applied = await _request_waiting(at_br, "1")
    assert (status, said["delivery"], applied) == (201, "queued", "wait=1")


@pytest.mark.parametrize("wish", ["none", "-3", "1e3", "", "999999999999"])
async def test_a_wish_to_wait_that_is_not_understood_is_ignored(at_br: As, wish: str) -> None:
    async with asyncio.timeout(20):
        _, said, applied = await _request_waiting(at_br, wish)
    assert (said["delivery"], applied) == ("queued", None)


async def test_a_draft_is_answered_at_once_whatever_the_wish(at_at: As) -> None:
    async with asyncio.timeout(20):
        _, said = await at_at("ada").post("/api/v1/requests", request_body(to="br"), headers={"Prefer": "wait=25"})
    assert said["delivery"] == "draft"


async def _request_waiting(at_br: As, wish: str) -> tuple[int, Any, str | None]:
    headers = {"Prefer": f"respond-async, wait={wish}"}
    async with at_br("ada").call("POST", "/api/v1/requests", json=request_body(), headers=headers) as response:
        return response.status, await response.json(), response.headers.get("Preference-Applied")


# ---------------------------------------------------------------- lists


async def test_a_list_shows_the_members_of_the_contract(at_br: As) -> None:
    case = await opened(at_br, reference="BR-LIST-1")
    _, page = await at_br("ada").get("/api/v1/cases?box=sent&limit=1")
    item = CaseItem.model_validate(page["items"][0])
    assert (item.case, item.direction, item.weapon and item.weapon["make"], item.reference) == (
        case,
        "sent",
        "Glock",
        "BR-LIST-1",
    )


async def test_pages_of_a_list_show_every_case_once(at_br: As) -> None:
    made = {await opened(at_br) for _ in range(5)}
    seen, cursor = [], ""
    while cursor is not None:
        _, page = await at_br("ada").get(f"/api/v1/cases?limit=2&cursor={cursor}")
        seen += [item["case"] for item in page["items"]]
        cursor = page["next"]
    assert (len(seen) == len(set(seen)), made <= set(seen)) == (True, True)


@pytest.mark.parametrize("words", ["ZQ-77412", "zq 77412", "zq-77412", "BR-SEARCH-9", "glock zq-77412"])
async def test_a_case_is_found_by_its_serial_and_its_reference(at_br: As, words: str) -> None:
    serial = {"text": "ZQ-77412", "status": "original", "component": "frame"}
    weapon = request_body()["weapon"] | {"serial": serial}
    case = await opened(at_br, weapon=weapon, reference="BR-SEARCH-9")
    _, page = await at_br("ada").get("/api/v1/cases", params={"q": words})
    assert page["items"][0]["case"] == case


async def test_a_search_for_what_is_not_there_finds_nothing(at_br: As) -> None:
    assert (await at_br("ada").get("/api/v1/cases?q=nowhere"))[1] == {"items": [], "next": None}


async def test_filters_narrow_a_list(at_br: As) -> None:
    case = await opened(at_br, to="ke")
    _, by_letter = await at_br("ada").get("/api/v1/cases?counterpart=ke&state=sent&box=sent&waiting_on=them")
    _, none = await at_br("ada").get("/api/v1/cases?counterpart=ke&state=answered")
    assert (case in [item["case"] for item in by_letter["items"]], none["items"]) == (True, [])


async def test_a_list_by_due_date_shows_what_is_due_before(at_br: As, at_at: As, br: Station, at: Station) -> None:
    case = await opened(at_br)
    await br.send_to(at)
    _, soon = await at_at("ada").get("/api/v1/cases?box=received&due_before=2020-01-01")
    _, later = await at_at("ada").get("/api/v1/cases?box=received&due_before=2100-01-01T00:00:00Z")
    row = next(item for item in later["items"] if item["case"] == case)
    assert (soon["items"], row["standing"], row["waiting_on"]) == ([], "on_time", "us")


@pytest.mark.parametrize(
    "query",
    [
        "box=inbox",
        "state=lost",
        "counterpart=%00",
        "due_before=tomorrow",
        "due_before=2026-01-01T00:00:00",
        "limit=0",
        "limit=x",
        "limit=201",
        "limit=%EF%BC%91",
        "colour=red",
        "box=sent&box=sent",
        "q=%ff",
        "waiting_on=me",
        "due_before=0000-01-01",
        "&".join(["q=1"] * 60),
        "q=" + "x" * 5000,
    ],
)
async def test_a_query_that_cannot_be_understood_is_refused(at_br: As, query: str) -> None:
    status, problem = await at_br("ada").get(f"/api/v1/cases?{query}")
    assert (status, problem["code"]) == (400, "bad-query")


@pytest.mark.parametrize("cursor", ["x", "%00", "W10", "WzEsMl0", "e30", "WyJhIiwiYiJd", "A" * 3000])
async def test_a_cursor_of_nobody_is_refused(at_br: As, cursor: str) -> None:
    status, problem = await at_br("ada").get(f"/api/v1/cases?cursor={cursor}")
    assert (status, problem["code"]) == (400, "bad-cursor")


# ---------------------------------------------------------------- one case


async def test_one_case_is_shown_as_the_contract_says(at_br: As) -> None:
    case = await opened(at_br)
    _, whole = await at_br("ada").get(f"/api/v1/cases/{case}")
    read = CaseWhole.model_validate(whole)
    assert (read.case, read.messages[0]["signature"], read.delivery[0]["stage"], "withdraw" in read.allowed) == (
        case,
        "own",
        "queued",
        True,
    )


async def test_reading_a_case_or_a_list_leaves_one_leaf_with_its_cases(at_br: As, br: Station) -> None:
    case = await opened(at_br)
    await at_br("lin").get(f"/api/v1/cases/{case}")
    await at_br("lin").get("/api/v1/cases?limit=3")
    query = select(leaves.c.object).where(leaves.c.kind == "read").order_by(leaves.c.idx.desc()).limit(2)
    rows = br.store.read_now(lambda view: [strictjson.load(row.object, 10_000) for row in view.conn.execute(query)])
    assert [(row["actor"], len(row["cases"]), case in row["cases"]) for row in rows] == [
        ("lin", 3, True),
        ("lin", 1, True),
    ]


async def test_waiting_callers_are_answered_when_the_desk_stops(br: Station) -> None:
    desk = open_desk_again(br)
    async with aiohttp.ClientSession() as http, asyncio.timeout(20):
        async with serve(desk) as (url, _):
            caller = Caller(http, url, br.tokens["ada"])
            call = asyncio.create_task(caller.post("/api/v1/requests", request_body(), headers={"Prefer": "wait=25"}))
            while not desk.signals._waiting:
                await asyncio.sleep(0.01)
        status, said = await call
    assert (status, said["delivery"]) == (201, "queued")


async def test_a_case_that_is_still_being_opened_is_said_to_come_in_a_moment(at_br: As, br: Station) -> None:
    path, caller = f"/api/v1/cases/{CaseId.new(AuthorityId('at'), br.store.ids.uuid7())}", at_br("ada")
    envelopes, mid = table_of(Envelope), "at:0198c5f0-0000-7000-8000-00000000abcd"
    row = {"sender": "at", "mid": mid, "recipient": "br", "direction": "in", "digest": "0" * 64, "wire": b"{}"}
    row |= {"seq": 1, "priority": "routine", "stage": "accepted", "stored_ms": 1, "accepted_ms": 1}
    await br.store.write(lambda tx: tx.conn.execute(insert(envelopes).values(row)))
    try:
        async with caller.call("GET", path) as answer:
            said = await answer.json(content_type=None)
            assert (answer.status, said["code"], answer.headers["Retry-After"]) == (404, "not-found", "1")
    finally:
        await br.store.write(lambda tx: tx.conn.execute(delete(envelopes).where(envelopes.c.mid == mid)))
    async with caller.call("GET", path) as answer:
        assert (answer.status, "Retry-After" in answer.headers) == (404, False)
