"""A weapon followed from one State to the next: br asks at, at refers to xs, br asks xs and carries what it may."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date

import pytest
import pytest_asyncio
from sqlalchemy import select

from protocol.handling import Ref
from protocol.names import AuthorityId, CaseId
from tests.world import APPROVER, OFFICER, TABLES, World, ask, world
from tracing.casework.acts import decide_move, decide_request
from tracing.casework.elements.following import deletions_due, to_tell
from tracing.casework.elements.proving import Release, build_proof, note_release
from tracing.casework.elements.route import ASKED_ON, NOTHING_SAID, read_route
from tracing.casework.errors import IllegalMove, Incomplete, Restricted, Stale
from tracing.casework.thread import load
from tracing.casework.writing import store_released
from tracing.desk.pages.supply import supply_view
from tracing.reports.outcomes import LEAST, read_outcomes

TODAY = date(2026, 11, 26)
LICENCE = "EX-2016-118"
CONSIGNEE = "Novi Trgovac d.o.o."
ANSWER = {
    "outcomes": [
        {"code": "manufacture_confirmed_no_further_record", "restrictions": []},
        {"code": "traced_exported", "state": "SRB", "date": "2016-04-02", "licence": LICENCE, "consignee": CONSIGNEE},
    ],
    "completeness": "full",
    "basis": ["registry"],
    "restrictions": ["no_onward_without_consent"],
    "next_state": "SRB",
}


@dataclass
class Chain:
    """Three nodes, and the case br opened at at, answered."""

    w: World
    case: str
    answer: str  # mid

    async def asked_on(self, **more: object) -> str:
        """br asks xb on; returns the new case once it arrived there."""
        outcome = await self.w["br"].office.request(OFFICER, ask("xb", parent=self.case, **more), wait_s=10)
        await self.w.reached("xb", outcome.case, "delivered")
        return outcome.case

    async def tightened(self) -> None:
        """at has outcomes.0 passed on no more."""
        change = {"mid": self.answer, "element": "outcomes.0", "restrictions": ["no_onward_without_consent"]}
        body = {"notice": "restriction_change", "changes": [change]}
        await self.w["at"].office.move(OFFICER, self.case, "notify", body)
        await self.w.settled()

    async def consent(self, decision: dict[str, object]) -> None:
        """br asks at for consent to show xb's State the export; at decides."""
        wish = {
            "elements": ["outcomes.1"],
            "recipient": {"kind": "third_state", "state": "SRB"},
            "purpose": "criminal_investigation",
        }
        await self.w["br"].office.move(OFFICER, self.case, "consent-request", wish)
        await self.w.settled()
        assert "consent_pending" in (await self.w.case("at", self.case)).overlays
        await self.w["at"].office.move(OFFICER, self.case, "consent-decision", decision)
        await self.w.settled()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def states(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """br, at and xb."""
    async with world(tmp_path_factory.mktemp("chain"), "br", "at", "xb") as w:
        yield w


@pytest_asyncio.fixture(loop_scope="session")
async def chain(states: World) -> Chain:
    """A case of br at at, answered, with a referral to the State of xb."""
    w = states
    case = (await w["br"].office.request(OFFICER, ask("at"), wait_s=10)).case
    await w.reached("at", case, "delivered")
    answered = await w["at"].office.move(OFFICER, case, "answer", ANSWER)
    await w.reached("br", case, "answered")
    await w["at"].office.move(OFFICER, case, "refer", {"state": "SRB", "date": "2016-04-02"})
    await w.settled()
    return Chain(w, case, str(answered.mid))


async def refused_leaves(w: World) -> int:
    """How many refusals to release br's private tree holds."""
    leaf = TABLES["leaf"]
    objects = select(leaf.c.object).where(leaf.c.tree == "private", leaf.c.kind == "op")
    rows = await w["br"].store.read(lambda view: view.conn.execute(objects).scalars().all())
    return sum(b"release-refused" in (row or b"") for row in rows)


async def test_what_lies_under_15c_is_not_passed_on_without_consent(chain: Chain) -> None:
    before = await refused_leaves(chain.w)
    with pytest.raises(Restricted) as refused:
        await chain.asked_on(pass_on=["outcomes.1"])
    assert [(one.ref, one.restriction, one.can_ask) for one in refused.value.obstacles] == [
        (Ref(chain.answer, "outcomes.1"), "no_onward_without_consent", True)
    ]
    assert await refused_leaves(chain.w) == before + 1


@pytest.mark.parametrize(
    "licence",
    [
        LICENCE,
        "EX\u200b-2016-\u206011\u00ad8",
        "\uff25\uff38-2016-118",
        "ex 2016 118",
        "E\u034fX-2016\u2013118\ufe0f",
        "EX\u3164-2016-118",
    ],
    ids=["as it stands", "invisible characters", "wide letters", "spaces", "joined marks", "fillers"],
)
async def test_what_lies_under_15c_is_not_written_into_the_request_by_hand(chain: Chain, licence: str) -> None:
    before = await chain.w.count("br", "case")
    with pytest.raises(Restricted, match=r"outcomes\.1"):
        await chain.asked_on(note=f"They exported it under licence {licence}.")
    assert await chain.w.count("br", "case") == before


async def test_what_was_erased_here_is_passed_on_to_nobody(chain: Chain) -> None:
    erasure = {"mid": chain.answer, "element": "outcomes.0", "why": "An order of the court."}
    await chain.w["br"].office.erase(APPROVER, chain.case, erasure)
    for to in ("xb", "at"):
        with pytest.raises(Incomplete, match=r"outcomes\.0"):
            await chain.w["br"].office.request(OFFICER, ask(to, parent=chain.case, pass_on=["outcomes.0"]))


async def test_a_restriction_that_comes_between_deciding_and_storing_stops_the_request(chain: Chain) -> None:
    br = chain.w["br"]
    body = ask("xb", parent=chain.case, pass_on=["outcomes.0"])
    case_id = CaseId.new(AuthorityId("br"), chain.w.ids.uuid7())
    act = await br.store.read(lambda view: decide_request(br.office.house, view, body, case_id, TODAY, release=True))
    await chain.tightened()
    before = await chain.w.counts("br")
    with pytest.raises(Stale):
        await br.store.write(lambda tx: store_released(tx, br.office.house, OFFICER, act))
    assert await chain.w.counts("br") == before
    with pytest.raises(Restricted):
        await br.office.request(OFFICER, body)


async def test_a_restriction_that_comes_between_deciding_and_storing_stops_what_is_told_on(chain: Chain) -> None:
    br, onward = chain.w["br"], await chain.asked_on()
    told = {"subject": "other", "information": "What we know.", "pass_on": ["outcomes.0"]}
    act = await br.store.read(
        lambda view: decide_move(br.office.house, view, load(view, onward), "inform", told, TODAY, release=True)
    )
    await chain.tightened()
    with pytest.raises(Stale):
        await br.store.write(lambda tx: store_released(tx, br.office.house, OFFICER, act))
    assert len((await chain.w.case("br", onward)).messages) == 1
    with pytest.raises(Restricted):
        await br.office.move(OFFICER, onward, "inform", told)


async def test_a_restriction_that_comes_between_making_a_proof_and_its_release_stops_it(chain: Chain) -> None:
    store = chain.w["br"].store
    release = Release(chain.case, chain.answer, ("outcomes.0",), "xb", "third_state")
    made = await store.read(lambda view: build_proof(view, release, me="br", today=TODAY))
    await chain.tightened()
    before = await chain.w.counts("br")
    with pytest.raises(Stale):
        await store.write(lambda tx: note_release(tx, OFFICER, release, made))
    assert await chain.w.counts("br") == before


async def test_an_act_whose_parent_moved_is_judged_anew_and_goes(chain: Chain) -> None:
    br, moved = chain.w["br"], []

    async def say() -> None:
        await br.office.move(OFFICER, chain.case, "inform", {"subject": "other", "information": "Beside it."})
        moved.append(True)

    onward, _ = await asyncio.gather(chain.asked_on(pass_on=["outcomes.0"]), say())
    assert moved == [True]
    assert (await chain.w.case("xb", onward)).messages[0]["passed_on"]


async def test_what_was_told_on_later_is_corrected_there_too(chain: Chain) -> None:
    br, onward = chain.w["br"], await chain.asked_on()
    told = {"subject": "other", "information": "What we know.", "pass_on": ["outcomes.0"]}
    await br.office.move(OFFICER, onward, "inform", told)
    await br.office.move(OFFICER, onward, "inform", told)
    body = {"replaces": ["outcomes.0"], "cause": "wrong_weapon", "reason": "Two of this serial.", "outcomes": []}
    await chain.w["at"].office.move(OFFICER, chain.case, "correct", body)

    async def is_told() -> bool:
        return len((await chain.w.case("xb", onward)).messages) == 4

    await chain.w.until(is_told, "the third State to hear of the correction")
    first, again = (await chain.w.case("xb", onward)).messages[1:3]
    assert first["passed_on"][0]["superseded_by"] == again["passed_on"][0]["superseded_by"] is not None


async def test_what_can_be_meant_by_an_element_before_any_answer_is_said_to_be_lacking(states: World) -> None:
    br = states["br"].office
    case = (await br.request(OFFICER, ask("at"), wait_s=10)).case
    await states.reached("br", case, "delivered")
    before = await states.count("br", "message")
    with pytest.raises(Incomplete, match=r"pass_on: expected elements of an answer; at, asked in .* gave none so far"):
        await br.request(OFFICER, ask("xb", parent=case, pass_on=["outcomes.0"]))
    wish = {"elements": ["outcomes.0"], "recipient": {"kind": "court"}, "purpose": "evidence"}
    with pytest.raises(Incomplete, match="elements: expected elements of an answer; the other authority gave none"):
        await br.move(OFFICER, case, "consent-request", wish)
    assert await states.count("br", "message") == before


async def test_an_unrestricted_element_goes_on_without_consent(chain: Chain) -> None:
    onward = await chain.asked_on(pass_on=["outcomes.0"])
    carried = (await chain.w.case("xb", onward)).messages[0]["body"]["passed_on"]
    assert [(one["provider"], one["element"]) for one in carried] == [("at", "outcomes.0")]


async def test_silence_is_no_consent(chain: Chain) -> None:
    wish = {
        "elements": ["outcomes.1"],
        "recipient": {"kind": "third_state", "state": "SRB"},
        "purpose": "criminal_investigation",
    }
    await chain.w["br"].office.move(OFFICER, chain.case, "consent-request", wish)
    await chain.w.settled()
    with pytest.raises(Restricted):
        await chain.asked_on(pass_on=["outcomes.1"])


async def test_consent_with_a_condition_lets_the_element_go_with_its_condition(chain: Chain) -> None:
    decision = {
        "decision": "granted_with_conditions",
        "conditions": "Not for use in court.",
        "restrictions": ["no_court_use"],
    }
    await chain.consent(decision)
    onward = await chain.asked_on(pass_on=["outcomes.1"])
    seen = await chain.w.case("xb", onward)
    (carried,) = seen.messages[0]["body"]["passed_on"]
    assert carried["conditions"] == "Not for use in court."
    assert carried["restrictions"] == ["no_court_use", "no_onward_without_consent"]
    assert carried["statement"]
    (told,) = seen.messages[0]["passed_on"]
    assert (told["value"]["licence"], told["proof"]) == (LICENCE, "of_its_statement")
    assert "manufacture_confirmed" not in str(seen.messages)


async def test_a_revoked_consent_closes_the_gate_again(chain: Chain) -> None:
    await chain.consent({"decision": "granted"})
    await chain.asked_on(pass_on=["outcomes.1"])
    await chain.w["at"].office.move(OFFICER, chain.case, "consent-decision", {"decision": "revoked"})
    await chain.w.settled()
    with pytest.raises(Restricted):
        await chain.asked_on(pass_on=["outcomes.1"])


async def test_consent_for_one_purpose_is_none_for_another(chain: Chain) -> None:
    await chain.consent({"decision": "granted"})
    with pytest.raises(Restricted):
        await chain.asked_on(pass_on=["outcomes.1"], intended_use=["trafficking_analysis"])


async def test_a_correction_reaches_the_third_state(chain: Chain) -> None:
    await chain.consent({"decision": "granted"})
    onward = await chain.asked_on(pass_on=["outcomes.1"])
    corrected = {
        "replaces": ["outcomes.1"],
        "cause": "wrong_weapon",
        "reason": "Two weapons of this serial.",
        "outcomes": [{"code": "traced_exported", "state": "ARG", "date": "2017"}],
    }
    correction = await chain.w["at"].office.move(OFFICER, chain.case, "correct", corrected)

    async def told() -> bool:
        return len((await chain.w.case("xb", onward)).messages) == 2

    await chain.w.until(told, "the third State to hear of the correction")
    note = (await chain.w.case("xb", onward)).messages[1]
    (told_of,) = note["body"]["passed_on"]
    assert (await chain.w.case("xb", onward)).messages[0]["passed_on"][0]["superseded_by"] == correction.mid
    assert (note["type"], told_of["element"], told_of["superseded_by"]) == (
        "urn:itx:spontaneous-information:1",
        "outcomes.1",
        correction.mid,
    )
    follow_up = {"subject": "correction", "information": "What stands instead.", "pass_on": ["outcomes.0"]}
    with pytest.raises(Restricted):  # what replaces it lies under what lay on it
        await chain.w["br"].office.move(OFFICER, onward, "inform", follow_up)
    free = {"element": "outcomes.0", "mid": correction.mid, "restrictions": []}
    await chain.w["at"].office.move(OFFICER, chain.case, "notify", {"notice": "restriction_change", "changes": [free]})
    await chain.w.settled()
    await chain.w["br"].office.move(OFFICER, onward, "inform", follow_up)
    await chain.w.settled()
    (instead,) = (await chain.w.case("xb", onward)).messages[2]["passed_on"]
    assert (instead["mid"], instead["value"]["state"]) == (correction.mid, "ARG")
    with pytest.raises(Restricted, match="superseded"):
        await chain.asked_on(pass_on=[{"mid": chain.answer, "element": "outcomes.1"}])


async def test_the_route_of_the_weapon_is_read_from_all_its_cases(chain: Chain) -> None:
    onward = await chain.asked_on()
    found = {
        "outcomes": [{"code": "traced_last_legal_holder", "holder": "Sports club", "date": "2018-01-01"}],
        "completeness": "full",
        "basis": ["registry"],
    }
    await chain.w["xb"].office.move(OFFICER, onward, "answer", found)
    await chain.w.reached("br", onward, "answered")
    route = await chain.w["br"].store.read(lambda view: read_route(view, onward))
    assert [(one["case"], one["parent"]) for one in route.cases] == [(chain.case, None), (onward, chain.case)]
    assert [(one["event"], one["from_state"], one["to_state"]) for one in route.steps] == [
        ("export", "AUT", "SRB"),
        ("last_legal_holder", "SRB", None),
        ("manufacture", "AUT", None),
    ]
    assert route.gaps == []  # what has no date has no place in the order


async def test_the_next_state_sees_the_steps_that_were_passed_on_to_it_or_why_there_are_none(chain: Chain) -> None:
    xb = chain.w["xb"].store
    silent = await chain.asked_on()
    route = await xb.read(lambda view: read_route(view, silent))
    assert (route.steps, route.why) == ([], ASKED_ON)
    await chain.consent({"decision": "granted_with_conditions", "conditions": "Not for use in court."})
    onward = await chain.asked_on(pass_on=["outcomes.1"])
    route = await xb.read(lambda view: read_route(view, onward))
    (step,) = route.steps
    assert (step["event"], step["from_state"], step["to_state"], step["licence"]) == ("export", "AUT", "SRB", LICENCE)
    assert (step["told_by"], step["passed_on_by"], step["signed"]) == ("at", "br", True)
    assert (step["conditions"], route.why) == ("Not for use in court.", None)
    assert step["restrictions"] == ["no_onward_without_consent"]
    own = (await chain.w["br"].office.request(OFFICER, ask("xb"), wait_s=10)).case
    await chain.w.reached("xb", own, "delivered")
    assert (await xb.read(lambda view: read_route(view, own))).why == NOTHING_SAID


async def test_the_page_of_a_case_shows_the_route_of_its_weapon(chain: Chain) -> None:
    await chain.consent({"decision": "granted"})
    onward = await chain.asked_on(pass_on=["outcomes.1"])
    seen = []
    for authority in ("br", "xb"):
        node = chain.w[authority]
        file = await chain.w.case(authority, onward)
        route = await node.store.read(lambda view: read_route(view, onward))
        supply = supply_view(route, file, node.partners, authority)
        assert supply is not None
        seen += [(one["event"], one["states"], one["told"], one["at"].href) for one in supply["steps"]]
    asked = (await chain.w.case("xb", onward)).messages[0]["mid"]
    assert seen == [
        ("Export", "Austria \u2192 Serbia", "told by Austria", f"/cases/{chain.case}#m-{chain.answer}"),
        ("Manufacture", "Austria", "told by Austria", f"/cases/{chain.case}#m-{chain.answer}"),
        ("Export", "Austria \u2192 Serbia", "told by Austria, passed on by Brazil", f"#m-{asked}"),
    ]


async def test_a_parent_that_is_none_is_said(chain: Chain) -> None:
    with pytest.raises(Incomplete, match="parent"):
        await chain.w["br"].office.request(OFFICER, ask("xb", parent="br.nothing"))


async def test_what_may_not_be_counted_stays_out_of_the_report(chain: Chain) -> None:
    found = await chain.w["br"].store.read(lambda view: read_outcomes(view, None, None, TODAY, me="br"))
    counted = found.left_out
    assert chain.case in found.cases
    assert all(one.get("fewer_than") == LEAST or one["count"] >= LEAST for one in found.rows)
    tightened = {
        "notice": "restriction_change",
        "changes": [{"element": "outcomes.1", "restrictions": ["no_statistics"]}],
    }
    await chain.w["at"].office.move(OFFICER, chain.case, "notify", tightened)
    await chain.w.settled()
    found = await chain.w["br"].store.read(lambda view: read_outcomes(view, None, "at", TODAY, me="br"))
    assert found.left_out == counted + 1


async def test_nobody_corrects_or_deletes_what_another_said(chain: Chain) -> None:
    asked = (await chain.w.case("br", chain.case)).messages[0]["mid"]
    bad = {"mid": asked, "element": "found", "restrictions": ["delete_by"], "details": {"delete_by": "2020-01-01"}}
    at = chain.w["at"].office
    await at.move(OFFICER, chain.case, "notify", {"notice": "restriction_change", "changes": [bad]})
    await at.move(OFFICER, chain.case, "correct", {"replaces": [{"mid": asked, "element": "found"}], "reason": "x"})
    await chain.w.settled()
    today = chain.w["br"].office.today()
    assert await chain.w["br"].store.read(lambda view: (deletions_due(view, today), to_tell(view))) == ([], [])
    assert (await chain.w.case("br", chain.case)).messages[0]["body"]["found"]["place"]


async def test_only_the_node_itself_writes_what_is_passed_on(chain: Chain) -> None:
    onward = await chain.asked_on()
    forged = {"provider": "at", "mid": chain.answer, "element": "outcomes.1", "restrictions": []}
    body = {"subject": "other", "information": "x", "passed_on": [forged]}
    with pytest.raises(Incomplete, match="passed_on"):
        await chain.w["br"].office.move(OFFICER, onward, "inform", body)


async def test_what_is_withheld_is_not_told_later_in_the_onward_case(chain: Chain) -> None:
    onward = await chain.asked_on()
    told = {"subject": "other", "information": f"By the way, the licence was {LICENCE}."}
    with pytest.raises(Restricted):
        await chain.w["br"].office.move(OFFICER, onward, "inform", told)


async def test_a_telephone_call_lifts_no_restriction_of_a_state_that_signs(chain: Chain) -> None:
    lifted = {"notice": "restriction_change", "changes": [{"mid": chain.answer, "element": "outcomes.1"}]}
    call = {"kind": "notify", "channel": "telephone", "body": lifted}
    with pytest.raises(IllegalMove):
        await chain.w["br"].office.move(OFFICER, chain.case, "record", call)


async def test_what_was_tightened_since_travels_with_the_element(chain: Chain) -> None:
    tightened = {
        "notice": "restriction_change",
        "changes": [{"element": "outcomes.0", "restrictions": ["no_court_use"]}],
    }
    await chain.w["at"].office.move(OFFICER, chain.case, "notify", tightened)
    await chain.w.settled()
    onward = await chain.asked_on(pass_on=[{"mid": chain.answer, "element": "outcomes.0"}])
    (carried,) = (await chain.w.case("xb", onward)).messages[0]["body"]["passed_on"]
    assert carried["restrictions"] == ["no_court_use"]
