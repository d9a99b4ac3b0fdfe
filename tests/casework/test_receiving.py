"""What a counterpart's statement does here, whatever it says: refused, held, kept without effect, or taken."""

from typing import Any

import pytest
from sqlalchemy import select

from protocol.names import CaseId
from tests.casework.voice import BODIES, Voice
from tests.world import OFFICER, TABLES, World, ask
from tracing.casework.casefile import CaseFile
from tracing.casework.errors import NotFound
from tracing.casework.receiving import MOST_MESSAGES

POLICY = ("rejected", "policy")


def kinds(file: CaseFile) -> list[tuple[str, str]]:
    """Every message of a case and what became of it."""
    return [(one["kind"], one["effect"]) for one in file.messages]


async def ours(w: World) -> str:
    """A request of at to br that br has opened."""
    asked = await w["at"].office.request(OFFICER, ask("br"), wait_s=10)
    await w.reached("at", asked.case, "delivered")
    return asked.case


# ---------------------------------------------------------------- who may say what of which case


async def test_a_statement_of_a_case_between_two_others_is_refused(br: Voice) -> None:
    mid = await br.says("acknowledgement", thread=br.case_id("ke"))
    assert await br.heard(mid) == POLICY


async def test_a_statement_of_a_real_case_between_us_and_another_is_refused_and_changes_nothing(
    br: Voice, trio: World
) -> None:
    asked = await trio["at"].office.request(OFFICER, ask("ke"), wait_s=10)
    await trio.reached("at", asked.case, "delivered")
    mid = await br.says("final_response", thread=asked.case)
    assert await br.heard(mid) == POLICY
    assert kinds(await trio.case("at", asked.case)) == [("trace_request", "effective")]


async def test_a_request_in_the_name_of_another_requester_is_refused(br: Voice) -> None:
    mid = await br.says("trace_request", thread=br.case_id("ke"))
    assert await br.heard(mid) == POLICY


async def test_a_request_in_our_own_name_is_refused(br: Voice) -> None:
    mid = await br.says("trace_request", thread=br.case_id("at"))
    assert await br.heard(mid) == POLICY


@pytest.mark.parametrize(
    "kind", ["acknowledgement", "information_request", "delay_notice", "final_response", "refusal"]
)
async def test_what_only_the_requested_authority_says_is_refused_from_the_requester(br: Voice, kind: str) -> None:
    case_id, _ = await br.asks()
    assert await br.heard(await br.says(kind, thread=case_id)) == POLICY


@pytest.mark.parametrize("kind", ["information_supply", "withdrawal", "closure"])
async def test_what_only_the_requester_says_is_refused_from_the_requested_authority(
    br: Voice, trio: World, kind: str
) -> None:
    assert await br.heard(await br.says(kind, thread=await ours(trio))) == POLICY


async def test_a_reply_to_a_case_we_never_opened_is_refused(br: Voice) -> None:
    mid = await br.says("acknowledgement", thread=br.case_id("at"))
    assert await br.heard(mid) == POLICY


async def test_what_is_refused_leaves_no_case_and_no_message(br: Voice, trio: World) -> None:
    before = await trio.counts("at")
    await br.heard(await br.says("acknowledgement", thread=br.case_id("at")))
    after = await trio.counts("at")
    assert {name: after[name] - before[name] for name in ("case", "message", "envelope")} == {
        "case": 0, "message": 0, "envelope": 1,
    }  # fmt: skip


# ---------------------------------------------------------------- before its request


async def test_what_comes_before_its_request_waits_and_is_opened_with_it(br: Voice, trio: World) -> None:
    case_id = br.case_id()
    request, supply = br.made("trace_request", thread=case_id), None
    supply = await br.says("information_supply", thread=case_id, re=(request.mid,))
    assert await br.there(supply) == ("held", None)
    with pytest.raises(NotFound):
        await trio.case("at", case_id)
    await br.posts(request)
    await trio.until(_opened(br, supply), "the supply to be opened")
    assert sorted(kinds(await trio.case("at", case_id))) == [
        ("information_supply", "effective"), ("trace_request", "effective"),
    ]  # fmt: skip


async def test_several_that_come_before_their_request_are_all_opened_with_it_in_any_order(
    br: Voice, trio: World
) -> None:
    case_id = br.case_id()
    request = br.made("trace_request", thread=case_id)
    first = br.made("information_supply", thread=case_id, re=(request.mid,))
    second = br.made("information_supply", thread=case_id, re=(first.mid,))
    withdrawn = br.made("withdrawal", thread=case_id, re=(second.mid,))
    for one in (withdrawn, second, first):
        await br.posts(one)
        await trio.settled()
    await br.posts(request)
    await trio.reached("at", case_id, "withdrawn")
    await trio.until(_opened(br, first.mid), "the first supply to be opened")
    await trio.until(_opened(br, second.mid), "the second supply to be opened")
    assert {effect for _, effect in kinds(await trio.case("at", case_id))} == {"effective"}


async def test_what_comes_in_one_post_before_its_request_is_opened_with_it(br: Voice, trio: World) -> None:
    for _ in range(8):
        case_id = br.case_id()
        request = br.made("trace_request", thread=case_id)
        supplies = [br.made("information_supply", thread=case_id, re=(request.mid,)) for _ in range(3)]
        await br.posts(*supplies, request)
        for supply in supplies:
            await trio.until(_opened(br, supply.mid), "every supply of one post to be opened")
        assert len((await trio.case("at", case_id)).messages) == 4


async def test_what_waits_for_its_request_is_opened_after_a_restart_too(br: Voice, trio: World) -> None:
    case_id = br.case_id()
    request = br.made("trace_request", thread=case_id)
    supply = await br.says("information_supply", thread=case_id, re=(request.mid,))
    assert (await br.there(supply))[0] == "held"
    await trio.restart("at")
    await br.posts(request)
    await trio.until(_opened(br, supply), "the supply to be opened")
    assert (await trio.case("at", case_id)).state == "delivered"


def _opened(voice: Voice, mid: str) -> Any:
    table = TABLES["envelope"]
    query = select(table.c.stage).where(table.c.mid == mid)

    async def look() -> bool:
        return await voice.w[voice.me].store.read(lambda view: view.conn.execute(query).scalar_one()) == "opened"

    return look


# ---------------------------------------------------------------- taken, kept, bounded


async def test_what_is_not_allowed_now_is_kept_and_shown_without_effect(br: Voice, trio: World) -> None:
    case_id = await ours(trio)
    first = await br.says("final_response", thread=case_id)
    await br.heard(first)
    again = await br.says("acknowledgement", thread=case_id, re=(first,))
    assert await br.heard(again) == ("opened", None)
    file = await trio.case("at", case_id)
    assert (file.state, kinds(file)[1:]) == ("answered", [("final_response", "effective"), ("acknowledgement", "kept")])


async def test_a_message_that_is_kept_ends_no_deadline(br: Voice, trio: World) -> None:
    case_id, request = await br.asks()
    await br.heard(request)
    await br.heard(await br.says("closure", thread=case_id, re=(request,)))
    file = await trio.case("at", case_id)
    assert kinds(file)[-1] == ("closure", "kept")
    assert {one["ended"] for one in file.deadlines} == {None}


async def test_the_same_envelope_twice_has_one_effect(br: Voice, trio: World) -> None:
    _, request = await br.asks()
    await br.heard(request)
    await trio.settled()
    before = await trio.counts("at")
    await trio["br"].store.write(_again(request))
    trio["br"].signals.ring("outbox:at")
    await trio.settled()
    assert await trio.counts("at") == before


def _again(mid: str) -> Any:
    def work(tx: Any) -> None:
        row = {
            "counterpart": "at",
            "item": "envelope",
            "ref": mid,
            "rank": 1,
            "next_ms": 0,
            "state": "due",
            "attempts": 0,
        }
        tx.conn.execute(TABLES["outbox"].insert().values(row))

    return work


async def test_the_same_words_under_another_id_are_another_message_without_effect(br: Voice, trio: World) -> None:
    case_id = await ours(trio)
    for _ in range(2):
        await br.heard(await br.says("acknowledgement", thread=case_id))
    file = await trio.case("at", case_id)
    assert file.state == "acknowledged"
    assert len(kinds(file)) == 3


async def test_a_second_request_in_a_case_has_no_effect_on_its_dates(br: Voice, trio: World) -> None:
    case_id, request = await br.asks()
    await br.heard(request)
    before = (await trio.case("at", case_id)).deadlines
    again = await br.says("trace_request", thread=case_id, re=(request,))
    assert await br.heard(again) == ("opened", None)
    after = await trio.case("at", case_id)
    assert kinds(after)[1] == ("trace_request", "kept")
    assert [(one["clock"], one["due"], one["started"]) for one in after.deadlines] == [
        (one["clock"], one["due"], one["started"]) for one in before
    ]


async def test_the_message_past_the_bound_of_a_case_is_refused(br: Voice, trio: World) -> None:
    case_id, request = await br.asks()
    await br.heard(request)
    made = [br.made("information_supply", thread=case_id, re=(request,)) for _ in range(MOST_MESSAGES)]
    await br.posts(*made)
    fates = [await br.heard(one.mid) for one in made]
    assert (fates.count(("opened", None)), fates.count(POLICY)) == (MOST_MESSAGES - 1, 1)
    file = await trio.case("at", case_id)
    assert (file.state, len(file.messages)) == ("delivered", MOST_MESSAGES)
    withdrawn = await br.says("withdrawal", thread=case_id, re=(request,))
    assert await br.heard(withdrawn) == ("opened", None)
    assert (await trio.case("at", case_id)).state == "withdrawn"


async def test_a_request_that_lacks_contents_of_iti_17_is_accepted_and_its_lacks_shown(br: Voice, trio: World) -> None:
    lacking = {"weapon": {"make": "Glock"}, "found": {"mode": "seized"}}
    case_id = br.case_id()
    mid = await br.says("trace_request", lacking, thread=case_id)
    assert await br.heard(mid) == ("opened", None)
    file = await trio.case("at", case_id)
    lacks = file.messages[0]["lacks"]
    assert file.state == "delivered"
    assert {"ITI 17(a)", "ITI 17(d)"} & {one["paragraph"] for one in lacks}
    assert all(one["member"] and one["question"] for one in lacks)


@pytest.mark.parametrize(
    "body",
    [{}, {"weapon": {}}, {"weapon": {"serial": {"status": "original"}}}, {"weapon": {"serial": {"text": "?"}}},
     {"reference": "R" * 64}, {"dossier": "search of June"}, {"priority": "urgent"}],
)  # fmt: skip
async def test_a_request_however_empty_opens_a_case_that_can_be_read_and_listed(
    br: Voice, trio: World, body: dict[str, Any]
) -> None:
    case_id = br.case_id()
    mid = await br.says("trace_request", body, thread=case_id)
    assert await br.heard(mid) == ("opened", None)
    assert (await trio.case("at", case_id)).case == case_id


async def test_a_delay_to_the_last_day_of_the_calendar_keeps_the_case_going(br: Voice, trio: World) -> None:
    case_id = await ours(trio)
    delay = BODIES["delay_notice"] | {"new_date": "9999-12-31"}
    mid = await br.says("delay_notice", delay, thread=case_id)
    assert await br.heard(mid) == ("opened", None)
    assert (await trio.case("at", case_id)).overlays == ["delayed"]


@pytest.mark.parametrize("day", ["2026-02-31", "2026-11", "0001-01-01", "9999-12-31"])
async def test_a_question_needed_by_an_odd_day_keeps_the_case_going(br: Voice, trio: World, day: str) -> None:
    case_id = await ours(trio)
    mid = await br.says("information_request", BODIES["information_request"] | {"needed_by": day}, thread=case_id)
    assert (await br.heard(mid))[0] in ("opened", "rejected")
    assert (await trio.case("at", case_id)).state == "delivered"


async def test_a_message_said_at_the_end_of_time_can_be_read(br: Voice, trio: World) -> None:
    case_id = br.case_id()
    mid = await br.says("trace_request", thread=case_id, iat=9_007_199_254_740_991)
    assert await br.heard(mid) == ("opened", None)
    assert (await trio.case("at", case_id)).messages[0]["sent"]


# ---------------------------------------------------------------- dossiers


async def test_a_dossier_of_another_state_is_no_dossier_of_its_sender(br: Voice, ke: Voice, trio: World) -> None:
    dossier = ke.dossier_id()
    for voice in (ke, br):
        case_id, mid = await voice.asks(dossier=str(dossier))
        assert await voice.heard(mid) == ("opened", None)
    sent = await trio["at"].office.dossier_move(OFFICER, dossier, "acknowledge", {})
    assert {CaseId(case).requester for case in sent.cases} == {"ke"}
    assert (await trio.case("at", case_id)).dossier is None


async def test_a_statement_of_a_dossier_that_names_none_of_its_cases_is_refused(br: Voice) -> None:
    mid = await br.says("acknowledgement", thread=br.dossier_id("at"))
    assert await br.heard(mid) == POLICY


async def test_a_statement_of_a_dossier_reaches_the_cases_it_names_and_no_other(at: Voice, trio: World) -> None:
    common = {name: value for name, value in ask("at").items() if name != "weapon"}
    weapons = [{"weapon": ask("at", serial)["weapon"]} for serial in ("DDD111", "DDD222", "DDD333")]
    sent = await trio["br"].office.dossier(OFFICER, common | {"title": "Three", "weapons": weapons})
    await trio.settled()
    named = list(sent.cases)[:2]
    re = [(await trio.case("br", case_id)).messages[0]["mid"] for case_id in named]
    await at.heard(await at.says("acknowledgement", thread=sent.dossier, re=tuple(re)))
    states = [(await trio.case("br", case_id)).state for case_id in sent.cases]
    assert sorted(states) == ["acknowledged", "acknowledged", "delivered"]


async def test_another_state_cannot_speak_of_a_dossier_it_was_not_sent(trio: World) -> None:
    common = {name: value for name, value in ask("at").items() if name != "weapon"}
    weapons = [{"weapon": ask("at", "EEE111")["weapon"]}]
    sent = await trio["br"].office.dossier(OFFICER, common | {"title": "One", "weapons": weapons})
    await trio.settled()
    (case_id,) = sent.cases
    mid = (await trio.case("br", case_id)).messages[0]["mid"]
    stranger = Voice(trio, "ke", "br")
    assert await stranger.heard(await stranger.says("acknowledgement", thread=sent.dossier, re=(mid,))) == POLICY
    assert (await trio.case("br", case_id)).state == "delivered"


@pytest.mark.parametrize("priority", ["flash", "URGENT", ""])
async def test_a_request_of_a_priority_nobody_knows_is_counted_as_routine(
    br: Voice, trio: World, priority: str
) -> None:
    case_id, mid = await br.asks(priority=priority)
    assert await br.heard(mid) == ("opened", None)
    file = await trio.case("at", case_id)
    assert {one["clock"] for one in file.deadlines} == {"ack", "answer"}
