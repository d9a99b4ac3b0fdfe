"""Replies that came by letter: what an officer enters is judged like a reply, and every slip is named."""

from datetime import timedelta
from typing import Any

import pytest

from tests.casework.voice import BODIES
from tests.world import OFFICER, World, ask
from tracing.casework.errors import IllegalMove, Incomplete
from tracing.clock import SystemClock

GOOD: dict[str, Any] = {
    "kind": "acknowledge",
    "channel": "letter",
    "received": "2026-11-01",
    "body": {"reference": "X"},
}


async def by_letter(trio: World) -> str:
    """A request to a State without a node."""
    if trio["br"].partners.get("xb") is None:
        trio.add_by_letter("br", "xb")
    return (await trio["br"].office.request(OFFICER, ask("xb"))).case


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"kind": "shout"}, "kind"),
        ({"kind": 7}, "kind"),
        ({"body": "text"}, "body"),
        ({"channel": "pigeon"}, "channel"),
        ({"channel": None}, "channel"),
        ({"note": "n" * 4001}, "note"),
        ({"note": 7}, "note"),
        ({"received": "yesterday"}, "received"),
        ({"received": 20261101}, "received"),
        ({"received": "2999-01-01"}, "received"),
        ({"kind": "refuse", "body": {}}, "ground"),
    ],
)
async def test_a_slip_in_a_recorded_reply_is_named_and_nothing_is_stored(
    trio: World, change: dict[str, Any], member: str
) -> None:
    case_id = await by_letter(trio)
    before = await trio.counts("br")
    with pytest.raises(Incomplete) as refused:
        await trio["br"].office.move(OFFICER, case_id, "record", GOOD | change)
    assert member in {problem.member for problem in refused.value.problems}
    assert await trio.counts("br") == before


async def test_several_slips_are_named_at_once(trio: World) -> None:
    slips = {"channel": "pigeon", "note": 7, "received": "never"}
    with pytest.raises(Incomplete) as refused:
        await trio["br"].office.move(OFFICER, await by_letter(trio), "record", GOOD | slips)
    assert [problem.member for problem in refused.value.problems] == ["channel", "note", "received"]


@pytest.mark.parametrize("received", [None, "today"])
async def test_a_reply_without_a_day_came_now(trio: World, received: str | None) -> None:
    case_id = await by_letter(trio)
    today = SystemClock().now().date().isoformat()
    body = {name: value for name, value in GOOD.items() if name != "received"}
    await trio["br"].office.move(OFFICER, case_id, "record", body | ({"received": today} if received else {}))
    file = await trio.case("br", case_id)
    assert file.state == "acknowledged"
    assert str(file.messages[-1]["sent"]).startswith(today)


async def test_a_reply_of_a_kind_that_does_not_fit_now_is_refused(trio: World) -> None:
    case_id = await by_letter(trio)
    await trio["br"].office.move(OFFICER, case_id, "record", GOOD)
    with pytest.raises(IllegalMove, match="does not fit"):
        await trio["br"].office.move(OFFICER, case_id, "record", GOOD)


@pytest.mark.parametrize("kind", ["supply", "withdraw", "close"])
async def test_what_only_we_say_cannot_be_recorded_as_a_reply(trio: World, kind: str) -> None:
    body = {"supply": "information_supply", "withdraw": "withdrawal", "close": "closure"}[kind]
    with pytest.raises(IllegalMove):
        await trio["br"].office.move(
            OFFICER, await by_letter(trio), "record", GOOD | {"kind": kind, "body": BODIES[body]}
        )


async def test_an_interim_reply_by_letter_is_one(trio: World) -> None:
    case_id = await by_letter(trio)
    interim = BODIES["final_response"] | {"final": False, "completeness": "partial"}
    await trio["br"].office.move(OFFICER, case_id, "record", GOOD | {"kind": "answer", "body": interim})
    assert (await trio.case("br", case_id)).state == "partial"


async def test_a_delay_by_letter_moves_the_date(trio: World) -> None:
    case_id = await by_letter(trio)
    await trio["br"].office.move(OFFICER, case_id, "record", GOOD)
    day = (SystemClock().now() + timedelta(days=90)).date().isoformat()
    delay = {"ground": "ongoing_investigation", "reason": "Arrests.", "new_date": day}
    await trio["br"].office.move(OFFICER, case_id, "record", GOOD | {"kind": "delay", "body": delay})
    file = await trio.case("br", case_id)
    (answer,) = [one for one in file.deadlines if one["clock"] == "answer"]
    assert file.overlays == ["delayed"]
    assert answer["due"] > answer["original_due"]


async def test_a_closed_case_takes_a_late_answer_by_letter(trio: World) -> None:
    case_id = await by_letter(trio)
    answer = GOOD | {"kind": "answer", "body": BODIES["final_response"]}
    await trio["br"].office.move(OFFICER, case_id, "record", answer)
    await trio["br"].office.move(OFFICER, case_id, "close", BODIES["closure"])
    await trio["br"].office.move(OFFICER, case_id, "record", answer)
    file = await trio.case("br", case_id)
    assert (file.state, file.late) == ("answered", True)


async def test_in_a_withdrawn_case_no_answer_is_recorded(trio: World) -> None:
    case_id = await by_letter(trio)
    await trio["br"].office.move(OFFICER, case_id, "withdraw", BODIES["withdrawal"])
    with pytest.raises(IllegalMove, match="a reply of this kind does not fit"):
        await trio["br"].office.move(
            OFFICER, case_id, "record", GOOD | {"kind": "answer", "body": BODIES["final_response"]}
        )


async def test_a_withdrawal_is_confirmed_once(trio: World) -> None:
    case_id = await by_letter(trio)
    await trio["br"].office.move(OFFICER, case_id, "withdraw", BODIES["withdrawal"])
    await trio["br"].office.move(OFFICER, case_id, "record", GOOD)
    assert (await trio.case("br", case_id)).state == "withdrawn"
    with pytest.raises(IllegalMove, match="a reply of this kind does not fit"):
        await trio["br"].office.move(OFFICER, case_id, "record", GOOD)


async def test_a_reply_by_letter_of_a_state_with_a_node_is_recorded_beside_its_messages(trio: World) -> None:
    asked = await trio["br"].office.request(OFFICER, ask("at"), wait_s=10)
    await trio.reached("br", asked.case, "delivered")
    await trio["br"].office.move(OFFICER, asked.case, "record", GOOD)
    file = await trio.case("br", asked.case)
    assert (file.state, file.messages[-1]["signature"]) == ("acknowledged", "not signed by the counterpart")
    assert trio.audit("br").ok
