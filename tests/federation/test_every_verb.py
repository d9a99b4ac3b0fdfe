"""Every verb of the API between two running nodes, over HTTP: what is said is shown alike on both sides."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator

from protocol.lifecycle import CONTRACT_VERBS, VERBS, Kind
from protocol.messages import parse
from protocol.schemas import published
from tests.domain.bodies import body
from tests.world import World, ask, world
from tracing.desk.passwords import hash_password
from tracing.store import Tx, people

VALIDATORS = {kind: Draft202012Validator(published()[f"{kind}.json"]) for kind in Kind}
ASKS, GIVES = "br", "at"
LAPSED = {"code": "no_response_lapsed"}
DELAY = {"ground": "ongoing_investigation", "reason": "Arrests are near.", "new_date": "2037-01-15"}
INTERIM = body(Kind.INTERIM_RESPONSE) | {"final": False}
OUTCOME = ["outcomes.0"]


@dataclass
class Talk:
    """A case between two nodes, in the hands of four officers: two who act, two who release."""

    w: World
    tokens: dict[tuple[str, str], str]
    client: aiohttp.ClientSession
    case: str = ""
    verbs: set[str] = field(default_factory=set)
    said: list[str] = field(default_factory=list)

    async def call(self, authority: str, method: str, path: str, *, by: str = "ada", **json: Any) -> tuple[int, Any]:
        desk = self.w[authority].settings.desk
        headers = {"Authorization": f"Bearer {self.tokens[authority, by]}"}
        url = f"http://{desk}/api/v1{path}"
        async with self.client.request(method, url, headers=headers, **json) as reply:
            return reply.status, await reply.json()

    async def ask(self) -> None:
        """Open a case, and wait until both sides have it."""
        status, told = await self.call(ASKS, "POST", "/requests", json=ask(GIVES))
        assert status == 201, told
        self.case = told["case"]
        await self._released(ASKS, told)
        await self.w.reached(GIVES, self.case, "delivered")
        await self.w.reached(ASKS, self.case, "delivered")

    async def says(self, authority: str, verb: str, said: dict[str, Any], state: str, *overlays: str) -> dict[str, Any]:
        """One act by API, shown alike on both sides; the message as the other side shows it."""
        status, told = await self.call(authority, "POST", f"/cases/{self.case}/{verb}", json=said)
        assert status == 200, (verb, told)
        self.verbs.add(verb)
        mid = await self._released(authority, told)
        return await self.shown(authority, mid, state, *overlays)

    async def _released(self, authority: str, told: dict[str, Any]) -> str:
        """The message that left; where a second person has to release it, she reads the draft and does."""
        if told["delivery"] == "draft":
            _, file = await self.call(authority, "GET", f"/cases/{self.case}", by="bea")
            released = {"draft": file["drafts"][0]["draft"]}
            status, told = await self.call(authority, "POST", f"/cases/{self.case}/approve", by="bea", json=released)
            assert status == 200, told
            self.verbs.add("approve")
        return str(told["mid"])

    async def shown(self, authority: str, mid: str, state: str, *overlays: str) -> dict[str, Any]:
        """What both sides show once the message is there."""
        ours, theirs = await self._both(mid)
        assert _shared(ours) == _shared(theirs)
        assert (ours["state"], sorted(overlays)) == (state, ours["overlays"]), (mid, ours["overlays"])
        own, received = (_message(file, mid) for file in ((ours, theirs) if authority == ASKS else (theirs, ours)))
        assert (own["signature"], received["signature"]) == ("own", "verified")
        assert {name: own[name] for name in _SAME} == {name: received[name] for name in _SAME}
        assert (received["effect"], received["lacks"], received["not_understood"]) == ("effective", [], [])
        _check_schema(received)
        self.said.append(received["kind"])
        return received

    async def _both(self, mid: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """The case at both sides, once both hold the message and every receipt has come."""
        await self.w.settled()
        files = [(await self.call(side, "GET", f"/cases/{self.case}"))[1] for side in (ASKS, GIVES)]
        assert all(any(one["mid"] == mid for one in file["messages"]) for file in files)
        return files[0], files[1]


_SAME = ("mid", "sender", "type", "kind", "body", "sent", "effect", "statement")


def _message(file: dict[str, Any], mid: str) -> dict[str, Any]:
    (found,) = [one for one in file["messages"] if one["mid"] == mid]
    return dict(found)


def _check_schema(shown: dict[str, Any]) -> None:
    """The body in the form of officers and in the form in which it is signed."""
    message = parse(shown["type"], shown["body"])
    validator = VALIDATORS[message.KIND]
    assert [
        error.message for form in (shown["body"], message.to_elements()) for error in validator.iter_errors(form)
    ] == []


def _shared(file: dict[str, Any]) -> dict[str, Any]:
    """What must be the same on both sides; who owes is told from each side's own."""
    role = {"sent": {"us": "requester", "them": "requested"}, "received": {"us": "requested", "them": "requester"}}
    who = role[file["direction"]]
    clocks = [
        (one["clock"], who[one["owed_by"]], one["started"], one["ended"] is None, one["basis"])
        for one in file["deadlines"]
        if one["clock"] not in {"lapse", "retention"}  # a node's own
    ]
    return {
        "case": file["case"],
        "state": file["state"],
        "overlays": file["overlays"],
        "pending": file["pending"],
        "waiting_on": who.get(file["waiting_on"]),
        "priority": file["priority"],
        "late": file["late"],
        "effects": {one["mid"]: one["effect"] for one in file["messages"]},
        "clocks": sorted(clocks),
    }


@pytest_asyncio.fixture(loop_scope="session")
async def talk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Talk]:
    """br and at running, where a second person releases what limits or answers; an officer and an approver at each."""
    async with (
        world(tmp_path_factory.mktemp("verbs"), ASKS, GIVES, release="two") as w,
        aiohttp.ClientSession() as client,
    ):
        tokens = {}
        for authority in (ASKS, GIVES):
            for name, role in (("ada", "officer"), ("bea", "approver")):
                tokens[authority, name] = await w[authority].store.write(lambda tx, n=name, r=role: _account(tx, n, r))
        yield Talk(w, tokens, client)


def _account(tx: Tx, name: str, role: str) -> str:
    people.add_user(tx, name, role, hash_password("unused"), "en", "test")
    return people.new_token(tx, name, "test")


async def test_every_verb_is_said_by_api_and_shown_alike_on_both_sides(
    talk: Talk, capsys: pytest.CaptureFixture[str]
) -> None:
    await _one_case_to_its_end_and_beyond(talk)
    await _what_the_first_case_had_no_room_for(talk)
    await _what_nobody_signed(talk)
    told = f"{len(talk.verbs)} by API, {len(talk.said)} messages of {len(set(talk.said))} kinds alike on both sides"
    with capsys.disabled():
        print(f"\nverbs: {told}")  # noqa: T201 - the count is asked for
    assert talk.verbs == {*VERBS, *CONTRACT_VERBS}
    assert set(talk.said) == {str(kind) for kind in VERBS.values()} | {"interim_response"}


async def _one_case_to_its_end_and_beyond(talk: Talk) -> None:
    """From the acknowledgement through questions, limits, explanation, answer and consent to the reopening."""
    says = talk.says
    await talk.ask()
    declined = {"reference": "AT-77", "urgency_accepted": False, "urgency_reason": "No danger is named."}
    await says(GIVES, "acknowledge", declined, "acknowledged", "urgency_disputed")
    await says(ASKS, "prioritise", body(Kind.PRIORITY_CHANGE), "acknowledged")
    await says(GIVES, "ask", body(Kind.INFORMATION_REQUEST), "acknowledged", "information_pending")
    await says(GIVES, "remind", {}, "acknowledged", "information_pending")
    await says(ASKS, "supply", body(Kind.INFORMATION_SUPPLY), "acknowledged")
    await says(ASKS, "amend", body(Kind.AMENDMENT), "acknowledged")
    await says(GIVES, "progress", body(Kind.PROGRESS), "in_progress")
    await says(GIVES, "delay", DELAY, "in_progress", "delayed")
    await says(ASKS, "clarify", {"question": "Until when?"}, "in_progress", "clarification_pending", "delayed")
    await says(GIVES, "explain", {"explanation": "Until spring."}, "in_progress", "delayed")
    await says(ASKS, "remind", {}, "in_progress", "delayed")
    await says(GIVES, "answer", INTERIM, "partial", "delayed")
    await says(GIVES, "refer", body(Kind.REFERRAL) | {"elements": OUTCOME}, "partial", "delayed")
    await says(GIVES, "restrict", body(Kind.RESTRICTION_NOTICE), "partial", "delayed")
    await says(GIVES, "answer", body(Kind.FINAL_RESPONSE), "answered")
    await says(GIVES, "correct", body(Kind.CORRECTION) | {"replaces": OUTCOME}, "answered")
    asked = await says(
        ASKS, "consent-request", body(Kind.CONSENT_REQUEST) | {"elements": OUTCOME}, "answered", "consent_pending"
    )
    decision = body(Kind.CONSENT_DECISION) | {"about": asked["mid"]}
    await says(GIVES, "consent-decision", decision, "answered")
    await says(ASKS, "notify", body(Kind.HANDLING_NOTICE) | {"elements": OUTCOME}, "answered")
    await says(GIVES, "object", {"reason": "The consignee is a protected witness."}, "answered")
    await says(GIVES, "inform", body(Kind.SPONTANEOUS_INFORMATION), "answered")
    await says(ASKS, "close", body(Kind.CLOSURE), "closed")
    await says(GIVES, "reopen", body(Kind.REOPENING), "in_progress")
    await says(GIVES, "refuse", body(Kind.REFUSAL), "refused")


async def _what_the_first_case_had_no_room_for(talk: Talk) -> None:
    await talk.ask()
    await talk.says(GIVES, "not-competent", body(Kind.NOT_COMPETENT), "misdirected")
    await talk.says(ASKS, "close", {"code": "misdirected"}, "closed")
    await talk.ask()
    await talk.says(ASKS, "withdraw", body(Kind.WITHDRAWAL), "withdrawn")
    await talk.says(GIVES, "acknowledge", {}, "withdrawn")
    await talk.ask()
    await talk.says(ASKS, "close", LAPSED, "closed")  # nothing but a receipt ever came
    await talk.says(GIVES, "answer", body(Kind.FINAL_RESPONSE), "answered")  # late, and it opens the case again


async def _what_nobody_signed(talk: Talk) -> None:
    """A reply by telephone is recorded, on one side only, and marked."""
    await talk.ask()
    reply = {"kind": "acknowledge", "channel": "telephone", "body": {"reference": "AT-78"}}
    status, told = await talk.call(ASKS, "POST", f"/cases/{talk.case}/record", json=reply)
    assert (status, told["delivery"]) == (200, "recorded")
    talk.verbs.add("record")
    (recorded,) = (await talk.call(ASKS, "GET", f"/cases/{talk.case}"))[1]["messages"][1:]
    assert recorded["signature"] == "not signed by the counterpart"
    _check_schema(recorded)
