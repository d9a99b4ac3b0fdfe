"""Idempotency keys: one effect, one answer, whatever happens in between (decision 30)."""

import asyncio
import hashlib
import json
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select, update

from tests.desk.conftest import As
from tests.desk.station import Caller, Station, add_letter_state, open_desk_again, open_station, request_body, serve
from tests.given import TurnedClock
from tracing.casework.errors import Unavailable
from tracing.casework.office import Office
from tracing.store import calls
from tracing.tables import Case, IdempotentCall, table_of

cases, kept = map(table_of, (Case, IdempotentCall))
DOSSIER = request_body(title="2021-06 search", weapons=[{"reference": "A"}, {"reference": "B"}])


def new_key() -> dict[str, str]:
    return {"Idempotency-Key": secrets.token_hex(8)}


def count_cases(station: Station) -> int:
    return int(
        station.store.read_now(lambda view: view.conn.execute(select(func.count()).select_from(cases)).scalar_one())
    )


async def raw(caller: Caller, path: str, body: Any, headers: dict[str, str]) -> tuple[int, bytes, str | None]:
    async with caller.call("POST", path, json=body, headers=headers) as response:
        return response.status, await response.read(), response.headers.get("Idempotency-Replayed")


async def test_the_same_call_again_is_answered_byte_for_byte_and_does_nothing(at_br: As, br: Station) -> None:
    key = new_key()
    first = await raw(at_br("ada"), "/api/v1/requests", request_body(), key)
    before = count_cases(br)
    second = await raw(at_br("ada"), "/api/v1/requests", request_body(), key)
    assert (second, count_cases(br)) == ((201, first[1], "true"), before)


async def test_a_replay_names_the_same_place(at_br: As) -> None:
    key, places = new_key(), []
    for _ in range(2):
        async with at_br("ada").call("POST", "/api/v1/requests", json=request_body(), headers=key) as response:
            places.append(response.headers["Location"])
    assert places[0] == places[1]


async def test_another_body_with_the_same_key_is_refused(at_br: As, br: Station) -> None:
    key = new_key()
    await raw(at_br("ada"), "/api/v1/requests", request_body(), key)
    before = count_cases(br)
    status, problem = await at_br("ada").post("/api/v1/requests", request_body(reference="other"), headers=key)
    assert (status, problem["code"], count_cases(br)) == (422, "key-reused", before)


async def test_keys_of_two_people_have_nothing_to_do_with_each_other(at_br: As, br: Station) -> None:
    key, before = new_key(), count_cases(br)
    answers = [await raw(at_br(name), "/api/v1/requests", request_body(), key) for name in ("ada", "olu")]
    assert (answers[0][1] != answers[1][1], count_cases(br)) == (True, before + 2)


async def test_a_second_caller_waits_for_the_first(at_br: As, br: Station) -> None:
    key, before = new_key(), count_cases(br)
    answers = await asyncio.gather(*(raw(at_br("ada"), "/api/v1/requests", request_body(), key) for _ in range(8)))
    replayed = sorted(str(answer[2]) for answer in answers)
    assert (len({answer[1] for answer in answers}), replayed, count_cases(br)) == (
        1,
        ["None"] + ["true"] * 7,
        before + 1,
    )


async def test_a_refused_call_gives_its_key_back(at_br: As) -> None:
    key = new_key()
    refused = await raw(at_br("ada"), "/api/v1/requests", request_body(weapon=None), key)
    corrected = await raw(at_br("ada"), "/api/v1/requests", request_body(), key)
    assert (refused[0], corrected[0]) == (422, 201)


@pytest.mark.parametrize("key", ["", "two words", "é", "x" * 256])
async def test_a_key_that_is_none_is_refused(at_br: As, key: str) -> None:
    status, problem = await at_br("ada").post("/api/v1/requests", request_body(), headers={"Idempotency-Key": key})
    assert (status, problem["code"]) == (400, "bad-header")


async def test_a_key_is_forgotten_after_thirty_days(tmp_path: Path) -> None:
    clock = TurnedClock()
    station = open_station(tmp_path, "br", "BRA", clock=clock)
    add_letter_state(station)
    async with serve(station.desk) as (url, _), aiohttp.ClientSession() as http:
        caller, key, answers = Caller(http, url, station.tokens["ada"]), new_key(), []
        for days in (0, 29, 2):
            clock.turn(timedelta(days=days))
            answers.append((await raw(caller, "/api/v1/requests", request_body(to="ke"), key))[1:])
    station.close()
    assert (answers[1], answers[2][1], answers[2][0] != answers[0][0]) == ((answers[0][0], "true"), None, True)


# ---------------------------------------------------------------- cut off between the act and its answer


@pytest.fixture
async def frail(br: Station, http: aiohttp.ClientSession) -> AsyncIterator[Caller]:
    """A caller of a desk that dies after each act and before its answer is kept: the claim stays unanswered."""
    async with serve(open_desk_again(br)) as (url, _):
        yield Caller(http, url, br.tokens["ada"])


async def cut_off(caller: Caller, station: Station, path: str, body: Any, key: dict[str, str]) -> Any:
    """Make the call, then take back what was written after its act, as a crash would have."""
    status, said = await caller.post(path, body, headers=key)
    assert status < 300, said
    lost = update(kept).where(kept.c.key == key["Idempotency-Key"]).values(status=0, response=b"")
    await station.store.write(lambda tx: tx.conn.execute(lost))
    return said


async def test_a_request_cut_off_before_its_answer_is_not_opened_twice(frail: Caller, br: Station) -> None:
    key = new_key()
    said = await cut_off(frail, br, "/api/v1/requests", request_body(), key)
    before = count_cases(br)
    again = await frail.post("/api/v1/requests", request_body(), headers=key)
    assert (again, count_cases(br)) == ((201, said), before)


async def test_a_move_cut_off_before_its_answer_is_found_and_not_made_twice(frail: Caller, br: Station) -> None:
    _, opened = await frail.post("/api/v1/requests", request_body())
    path, key = f"/api/v1/cases/{opened['case']}/withdraw", new_key()
    said = await cut_off(frail, br, path, {"reason": "no_longer_needed"}, key)
    assert await frail.post(path, {"reason": "no_longer_needed"}, headers=key) == (200, said)


async def test_a_recorded_reply_cut_off_before_its_answer_is_found(frail: Caller, br: Station) -> None:
    _, opened = await frail.post("/api/v1/requests", request_body(to="ke"))
    path, key = f"/api/v1/cases/{opened['case']}/record", new_key()
    reply = {"kind": "acknowledge", "channel": "letter", "received": "2026-01-05", "body": {}}
    said = await cut_off(frail, br, path, reply, key)
    assert await frail.post(path, reply, headers=key) == (200, said)


async def test_a_draft_cut_off_before_its_answer_is_found(at_br: As, at_at: As, br: Station, at: Station) -> None:
    _, opened = await at_br("ada").post("/api/v1/requests", request_body())
    await br.send_to(at)
    path, key = f"/api/v1/cases/{opened['case']}/refuse", new_key()
    body = {"ground": "national_security", "reason": "the register concerned is not open to inspection"}
    said = await cut_off(at_at("ada"), at, path, body, key)
    assert (said["delivery"], await at_at("ada").post(path, body, headers=key)) == ("draft", (200, said))


async def test_a_dossier_cut_off_before_its_answer_is_not_opened_twice(frail: Caller, br: Station) -> None:
    key = new_key()
    said = await cut_off(frail, br, "/api/v1/dossiers", DOSSIER, key)
    before = count_cases(br)
    assert (await frail.post("/api/v1/dossiers", DOSSIER, headers=key), count_cases(br)) == ((201, said), before)


async def test_a_claim_whose_act_never_happened_is_acted_on(frail: Caller, br: Station) -> None:
    _, opened = await frail.post("/api/v1/requests", request_body())
    path, key, body = f"/api/v1/cases/{opened['case']}/withdraw", new_key(), {"reason": "no_longer_needed"}
    await claim_only(br, "ada", path, body, key)
    status, said = await frail.post(path, body, headers=key)
    assert (status, said["state"]) == (200, "withdrawn")


async def claim_only(station: Station, user: str, path: str, body: Any, key: dict[str, str]) -> None:
    """What is on disk when the process dies between the claim and the act."""
    digest = hashlib.sha256(f"POST\n{path}\n".encode() + json.dumps(body).encode()).hexdigest()
    await station.store.write(lambda tx: calls.claim_call(tx, user, key["Idempotency-Key"], digest))


class FailingOffice(Office):
    """A node whose database takes nothing."""

    async def request(self, *_: Any, **__: Any) -> Any:
        raise Unavailable("the disk is full")


async def test_what_may_have_happened_keeps_its_key(br: Station, http: aiohttp.ClientSession) -> None:
    office = FailingOffice(br.store, br.office.house, br.desk.clock, br.desk.ids, br.signals)
    key = new_key()
    async with serve(open_desk_again(br, office=office)) as (url, _):
        failed = await Caller(http, url, br.tokens["ada"]).post("/api/v1/requests", request_body(), headers=key)
    claims = await br.store.read(lambda view: calls.find_call(view, "ada", key["Idempotency-Key"], 0))
    assert (failed[0], failed[1]["code"], claims and claims.status) == (503, "unavailable", 0)


# ---------------------------------------------------------------- dossiers


async def test_a_dossier_goes_there_and_is_acknowledged_as_one(at_br: As, at_at: As, br: Station, at: Station) -> None:
    status, said = await at_br("ada").post("/api/v1/dossiers", DOSSIER)
    await br.send_to(at)
    path, key = f"/api/v1/dossiers/{said['dossier']}/acknowledge", new_key()
    done = await cut_off(at_at("ada"), at, path, {"reference": "AT-D1"}, key)
    again = await at_at("ada").post(path, {"reference": "AT-D1"}, headers=key)
    assert (status, set(done["cases"].values()), again) == (201, {"acknowledged"}, (200, done))


async def test_a_verb_that_dossiers_do_not_have_is_unknown(at_br: As) -> None:
    _, said = await at_br("ada").post("/api/v1/dossiers", DOSSIER)
    status, problem = await at_br("ada").post(f"/api/v1/dossiers/{said['dossier']}/answer")
    assert (status, problem["code"]) == (404, "unknown-verb")


async def test_one_wrong_weapon_stops_the_whole_dossier(at_br: As, br: Station) -> None:
    before = count_cases(br)
    body = DOSSIER | {"weapons": [{"reference": "A"}, {"weapon": {}}]}
    status, problem = await at_br("ada").post("/api/v1/dossiers", body)
    first = problem["problems"][0]["member"]
    assert (status, problem["code"], first.startswith("weapons.1."), count_cases(br)) == (
        422,
        "incomplete",
        True,
        before,
    )


async def test_a_dossier_that_is_not_here_is_not_found(at_br: As) -> None:
    status, problem = await at_br("ada").post("/api/v1/dossiers/br.d0198c5f0000070008000000000000000/acknowledge")
    assert (status, problem["code"]) == (404, "not-found")
