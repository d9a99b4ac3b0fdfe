"""Two and three States exchange real requests and answers over real sockets."""

from pathlib import Path

import pytest

from tests.world import APPROVER, OFFICER, World, ask, world
from tracing.casework.errors import Forbidden, IllegalMove, Incomplete, Stale, Suspended, UnknownCounterpart
from tracing.casework.policy import Actor
from tracing.partners import set_status

NO_RECORD = {
    "outcomes": [{"code": "no_record", "reason": "never_recorded"}],
    "completeness": "full",
    "basis": ["registry"],
    "searched": [{"register": "exports", "from": "1998", "to": "2026", "complete": True}],
}


async def test_a_request_is_asked_acknowledged_questioned_answered_and_closed_on_both_sides(pair: World) -> None:
    w = pair
    asked = await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
    assert asked.delivery in ("accepted", "opened")
    await w.reached("at", asked.case, "delivered")
    at, br = w["at"].office, w["br"].office
    await at.move(OFFICER, asked.case, "acknowledge", {"reference": "AT-77"})
    await w.reached("br", asked.case, "acknowledged")
    question = {"items": [{"code": "calibre", "question": "9x19?", "blocking": True}]}
    await at.move(OFFICER, asked.case, "ask", question)
    await w.settled()
    waiting = await w.case("br", asked.case)
    assert (waiting.overlays, waiting.waiting_on) == (["information_pending"], "us")
    await br.move(OFFICER, asked.case, "supply", {"answers": [{"code": "calibre", "answer": "9x19 mm"}]})
    await w.settled()
    await at.move(OFFICER, asked.case, "answer", NO_RECORD)
    answered = await w.reached("br", asked.case, "answered")
    assert [one["signature"] for one in answered.messages] == ["own", "verified", "verified", "own", "verified"]
    await br.move(OFFICER, asked.case, "close", {"code": "not_traced"})
    closed = await w.reached("at", asked.case, "closed")
    assert [one["kind"] for one in closed.messages][-1] == "closure"
    await w.settled()
    for authority in ("br", "at"):
        assert w.audit(authority).ok
        assert all(one["ended"] for one in (await w.case(authority, asked.case)).deadlines)


async def test_an_interim_answer_is_one_with_final_false(pair: World) -> None:
    w = pair
    asked = await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
    await w.reached("at", asked.case, "delivered")
    interim = {
        "final": False,
        "outcomes": [{"code": "manufacture_confirmed_no_further_record"}],
        "completeness": "partial",
    }
    await w["at"].office.move(OFFICER, asked.case, "answer", interim)
    await w.reached("br", asked.case, "partial")


async def test_a_delay_moves_the_date_and_keeps_the_original(pair: World) -> None:
    w = pair
    asked = await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
    await w.reached("at", asked.case, "delivered")
    delay = {"ground": "ongoing_investigation", "reason": "The court decides in spring.", "new_date": "2027-04-30"}
    await w["at"].office.move(OFFICER, asked.case, "delay", delay)
    await w.settled()
    file = await w.case("br", asked.case)
    answer = next(one for one in file.deadlines if one["clock"] == "answer")
    assert file.overlays == ["delayed"]
    assert answer["due"] == "2027-05-01T00:00:00.000Z"
    assert answer["original_due"] < answer["due"]


async def test_what_was_said_twice_by_the_wire_has_one_effect(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        asked = await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
        await w.settled()
        before = await w.counts("at")
        await w.restart("br")
        await w.restart("at")
        await w.settled()
        after = await w.counts("at")
        assert {name: after[name] for name in ("case", "message", "envelope")} == {
            name: before[name] for name in ("case", "message", "envelope")
        }
        assert (await w.case("at", asked.case)).state == "delivered"


async def test_a_message_waits_for_a_counterpart_that_is_down_and_arrives_when_it_is_back(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        await w.stop("at")
        asked = await w["br"].office.request(OFFICER, ask("at"))
        assert asked.delivery == "queued"
        w.found("at")
        await w["at"].start()
        await w.reached("br", asked.case, "delivered")


async def test_with_two_persons_nothing_leaves_before_a_second_one_releases_it(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at", release="two") as w:
        drafted = await w["br"].office.request(OFFICER, ask("at"))
        assert (drafted.state, drafted.delivery, drafted.mid) == ("draft", "draft", None)
        assert await w.count("br", "envelope") == 0
        with pytest.raises(Forbidden):
            await w["br"].office.move(OFFICER, drafted.case, "approve", {})
        released = await w["br"].office.move(APPROVER, drafted.case, "approve", {}, wait_s=10)
        assert released.delivery in ("accepted", "opened")
        await w.reached("at", drafted.case, "delivered")


async def test_nobody_releases_what_he_drafted_himself(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at", release="two") as w:
        drafted = await w["br"].office.request(APPROVER, ask("at"))
        with pytest.raises(Forbidden, match="second person"):
            await w["br"].office.move(APPROVER, drafted.case, "approve", {})
        assert await w.count("br", "envelope") == 0


async def test_a_dossier_is_sent_and_acknowledged_as_one(pair: World) -> None:
    w = pair
    common = {name: value for name, value in ask("at").items() if name != "weapon"}
    weapons = [{"weapon": ask("at", serial)["weapon"]} for serial in ("AAA111", "BBB222", None)]
    before = await w.count("at", "envelope")
    sent = await w["br"].office.dossier(OFFICER, common | {"title": "Search of June", "weapons": weapons})
    await w.settled()
    seen = await w["at"].office.dossier_move(OFFICER, sent.dossier, "acknowledge", {"reference": "AT-D-1"})
    assert set(seen.cases) == set(sent.cases)
    await w.settled()
    assert await w.count("at", "envelope") - before == 4
    for case_id in sent.cases:
        assert (await w.case("br", case_id)).state == "acknowledged"
    assert w.audit("br").ok
    assert w.audit("at").ok


async def test_a_dossier_with_one_bad_weapon_opens_no_case_at_all(pair: World) -> None:
    w = pair
    common = {name: value for name, value in ask("at").items() if name != "weapon"}
    weapons = [{"weapon": ask("at")["weapon"]}, {"weapon": ask("at", "removido")["weapon"]}]
    before = await w.count("br", "case")
    with pytest.raises(Incomplete) as refused:
        await w["br"].office.dossier(OFFICER, common | {"title": "x", "weapons": weapons})
    assert [problem.member for problem in refused.value.problems] == ["weapons.1.weapon.serial.text"]
    assert await w.count("br", "case") == before


async def test_a_reply_by_letter_is_recorded_in_the_same_case_and_marked_as_not_signed(pair: World) -> None:
    w = pair
    asked = await w["br"].office.request(OFFICER, ask("xb"))
    reply = {
        "kind": "answer",
        "channel": "note_verbale",
        "received": "2026-11-01",
        "body": NO_RECORD,
        "note": "No. 88",
    }
    await w["br"].office.move(OFFICER, asked.case, "record", reply)
    file = await w.case("br", asked.case)
    assert file.state == "answered"
    assert file.messages[-1]["signature"] == "not signed by the counterpart"
    assert all(one["ended"] for one in file.deadlines)
    assert w.audit("br").ok


async def test_an_illegal_move_changes_nothing(pair: World) -> None:
    w = pair
    asked = await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
    await w.settled()
    before = await w.counts("br")
    with pytest.raises(IllegalMove):
        await w["br"].office.move(OFFICER, asked.case, "answer", {"nonsense": 1})
    assert await w.counts("br") == before


async def test_a_stale_edit_is_refused(pair: World) -> None:
    w = pair
    asked = await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
    with pytest.raises(Stale):
        await w["br"].office.move(OFFICER, asked.case, "withdraw", {"reason": "duplicate"}, if_match=999)


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"illicit": []}, "illicit"),
        ({"intended_use": []}, "intended_use"),
        ({"confidentiality": "perhaps"}, "confidentiality"),
    ],
)
async def test_a_request_without_what_iti_17_asks_is_not_sent(
    pair: World, change: dict[str, object], member: str
) -> None:
    w = pair
    before = await w.count("br", "case")
    with pytest.raises(Incomplete) as refused:
        await w["br"].office.request(OFFICER, ask("at") | change)
    assert refused.value.problems[0].member == member
    assert await w.count("br", "case") == before


async def test_an_unknown_or_suspended_counterpart_gets_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        with pytest.raises(UnknownCounterpart):
            await w["br"].office.request(OFFICER, ask("fr"))
        await w["br"].store.write(lambda tx: set_status(tx, "at", "suspended", "admin"))
        with pytest.raises(Suspended):
            await w["br"].office.request(OFFICER, ask("at"))


@pytest.mark.parametrize("role", ["liaison", "auditor", "keyholder", "admin", "nobody"])
async def test_a_role_without_the_act_is_refused(pair: World, role: str) -> None:
    w = pair
    with pytest.raises(Forbidden):
        await w["br"].office.request(Actor("cy", role), ask("at"))


async def test_a_case_reads_the_same_at_both_nodes(pair: World) -> None:
    w = pair
    asked = await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
    theirs = await w.reached("at", asked.case, "delivered")
    ours = await w.reached("br", asked.case, "delivered")
    assert (ours.case, ours.state, ours.weapon, ours.messages[0]["body"]) == (
        theirs.case,
        theirs.state,
        theirs.weapon,
        theirs.messages[0]["body"],
    )


async def test_what_officers_wrote_rests_unreadable(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        canary = "CANARYPLACE"
        body = ask("at", "ZQ7788991")
        body["found"]["place"] = canary
        await w["br"].office.request(OFFICER, body, wait_s=10)
        await w.settled()
    for file in tmp_path.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert canary.encode() not in content, file
        assert b"ZQ7788991" not in content, file
