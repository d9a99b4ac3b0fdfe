"""What a counterpart says outside any case, whatever it says: refused, kept without effect, or taken."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from protocol.attachments import Attachment
from protocol.lifecycle import Kind
from protocol.names import MatterId
from tests.casework.voice import Voice, attachment
from tests.domain.bodies import body
from tests.world import APPROVER, OFFICER, World, ask
from tracing.casework import receiving
from tracing.casework.matters import agreed
from tracing.casework.matters.agreed import MOST_OPEN, open_of, proposed_in, proposed_with
from tracing.casework.matters.file import MatterFile, newest_reconciliation, read_matter
from tracing.casework.matters.hearing import MOST_MESSAGES
from tracing.casework.matters.relations import Relations
from tracing.store import View
from tracing.tables import Case, Matter, MatterMessage, table_of

POLICY = ("rejected", "policy")
OPENED = ("opened", None)
STOLEN = {"subject": "weapon_stolen", "information": "Reported stolen on 3 May."}
_cases, _matters, _messages = map(table_of, (Case, Matter, MatterMessage))


def matter_id(voice: Voice, begun_by: str | None = None) -> MatterId:
    return MatterId.new(begun_by or voice.me, voice.w.ids.uuid7())


async def matter_at(w: World, matter: str) -> MatterFile:
    return await w["at"].store.read(lambda view: read_matter(view, matter))


async def matters_at(w: World) -> set[str]:
    return await w["at"].store.read(lambda view: set(view.conn.execute(select(_matters.c.id)).scalars()))


async def says(voice: Voice, kind: Kind, thread: str, said: dict[str, Any] | None = None, **how: Any) -> str:
    return str(await voice.says(str(kind), body(kind) if said is None else said, thread=thread, **how))


@pytest.mark.parametrize("kind", [Kind.SPONTANEOUS_INFORMATION, Kind.DIRECTORY_UPDATE, Kind.PROFILE_PROPOSAL,
                                  Kind.PROFILE_DECISION, Kind.RECONCILIATION])  # fmt: skip
async def test_whatever_may_be_said_outside_cases_may_begin_a_matter(br: Voice, trio: World, kind: Kind) -> None:
    thread = matter_id(br)
    assert await br.heard(await says(br, kind, thread)) == OPENED
    assert [one["kind"] for one in (await matter_at(trio, thread)).messages] == [str(kind)]


@pytest.mark.parametrize("kind", [Kind.TRACE_REQUEST, Kind.ACKNOWLEDGEMENT, Kind.CONSENT_REQUEST, Kind.REMINDER])
async def test_what_belongs_into_a_case_is_refused_in_a_matter(br: Voice, trio: World, kind: Kind) -> None:
    thread = matter_id(br)
    assert await br.heard(await says(br, kind, thread)) == POLICY
    assert thread not in await matters_at(trio)


@pytest.mark.parametrize("borne", [attachment(), replace(attachment(), on_demand=True)], ids=["at once", "on demand"])
async def test_a_statement_outside_cases_that_bears_an_attachment_is_refused(
    br: Voice, trio: World, borne: Attachment
) -> None:
    thread = matter_id(br)
    assert await br.heard(await says(br, Kind.SPONTANEOUS_INFORMATION, thread, STOLEN, att=[borne])) == POLICY
    assert thread not in await matters_at(trio)
    assert trio["at"].is_running


@pytest.mark.parametrize("kind", [Kind.DIRECTORY_UPDATE, Kind.PROFILE_PROPOSAL, Kind.PROFILE_DECISION,
                                  Kind.RECONCILIATION])  # fmt: skip
async def test_what_belongs_outside_cases_is_refused_in_one(br: Voice, trio: World, kind: Kind) -> None:
    case_id, mid = await br.asks()
    await br.heard(mid)
    before = await trio.counts("at")
    assert await br.heard(await says(br, kind, case_id)) == POLICY
    assert (await trio.counts("at"))["message"] == before["message"]


async def test_information_may_be_of_a_case_too(br: Voice, trio: World) -> None:
    case_id, mid = await br.asks()
    assert await br.heard(await says(br, Kind.SPONTANEOUS_INFORMATION, case_id, STOLEN, re=(mid,))) == OPENED
    assert [one["effect"] for one in (await trio.case("at", case_id)).messages] == ["effective", "effective"]


@pytest.mark.parametrize("begun_by", ["ke", "at", "fr"])
async def test_a_matter_that_is_none_between_the_two_is_refused(br: Voice, trio: World, begun_by: str) -> None:
    thread = matter_id(br, begun_by)
    assert await br.heard(await says(br, Kind.SPONTANEOUS_INFORMATION, thread)) == POLICY
    assert thread not in await matters_at(trio)


async def test_a_matter_with_another_is_refused_and_learns_nothing(br: Voice, ke: Voice, trio: World) -> None:
    thread = matter_id(ke)
    assert await ke.heard(await says(ke, Kind.SPONTANEOUS_INFORMATION, thread)) == OPENED
    made = br.made("spontaneous_information", STOLEN, thread=thread)
    assert await br.heard(await br.posts(made)) == POLICY
    assert len((await matter_at(trio, thread)).messages) == 1


async def test_a_decision_about_nothing_is_kept_and_shown_until_its_proposal_comes(br: Voice, trio: World) -> None:
    thread = matter_id(br)
    proposal = br.made("profile_proposal", body(Kind.PROFILE_PROPOSAL), thread=thread)
    ended = {"about": str(proposal.mid), "decision": "ended"}
    assert await br.heard(await says(br, Kind.PROFILE_DECISION, thread, ended)) == OPENED
    assert [one["effect"] for one in (await matter_at(trio, thread)).messages] == ["kept"]
    await br.heard(await br.posts(proposal))
    assert [one["effect"] for one in (await matter_at(trio, thread)).messages] == ["effective", "effective"]


async def test_nobody_accepts_what_he_proposed_himself(br: Voice, trio: World) -> None:
    thread = matter_id(br)
    mid = await says(br, Kind.PROFILE_PROPOSAL, thread)
    await br.heard(mid)
    await br.heard(await says(br, Kind.PROFILE_DECISION, thread, {"about": mid, "decision": "accepted"}))
    assert [one["effect"] for one in (await matter_at(trio, thread)).messages] == ["effective", "kept"]


async def test_a_list_of_cases_that_nobody_knows_says_so_and_nothing_of_others(br: Voice, trio: World) -> None:
    asked = await trio["ke"].office.request(OFFICER, ask("at"), wait_s=10)
    await trio.reached("at", asked.case, "delivered")
    strangers = [{"case": case, "state": "delivered"} for case in (asked.case, "no case at all")]
    listed = {"month": "2026-11", "cases": [*strangers, {"state": "sent"}], "not_listed": 3}
    assert await br.heard(await says(br, Kind.RECONCILIATION, matter_id(br), listed)) == OPENED
    found = await trio["at"].store.read(lambda view: newest_reconciliation(view, "br", "in"))
    assert found is not None
    assert found["compared"]["unknown_here"] == sorted([asked.case, "no case at all"])
    assert found["compared"]["missing_there"] == []


async def test_a_matter_without_end_is_refused(br: Voice, trio: World) -> None:
    thread = matter_id(br)
    await br.heard(await says(br, Kind.SPONTANEOUS_INFORMATION, thread))

    def fill(tx: Any) -> None:
        (row,) = tx.conn.execute(select(_messages).where(_messages.c.matter_id == thread)).mappings()
        more = [dict(row) | {"mid": f"{row['mid']}-{at}", "leaf": -at} for at in range(1, MOST_MESSAGES)]
        tx.conn.execute(_messages.insert(), more)

    def empty(tx: Any) -> None:
        tx.conn.execute(_messages.delete().where(_messages.c.leaf < 0))

    await trio["at"].store.write(fill)
    try:
        assert await br.heard(await says(br, Kind.SPONTANEOUS_INFORMATION, thread)) == POLICY
    finally:
        await trio["at"].store.write(empty)


async def test_what_is_heard_outside_cases_stands_in_the_trail_and_no_row_can_be_slipped_in(
    br: Voice, trio: World
) -> None:
    thread = matter_id(br)
    await br.heard(await says(br, Kind.SPONTANEOUS_INFORMATION, thread))
    assert trio.audit("at").ok
    change = _messages.update().where(_messages.c.matter_id == thread)
    await trio["at"].store.write(lambda tx: tx.conn.execute(change.values(facts="about:nobody")))
    assert "the columns of its message were altered" in str(trio.audit("at").first_bad)
    await trio["at"].store.write(lambda tx: tx.conn.execute(change.values(facts="")))
    leaf = select(_messages.c.leaf).where(_messages.c.matter_id == thread)
    true_leaf = await trio["at"].store.read(lambda view: view.conn.execute(leaf).scalar_one())
    await trio["at"].store.write(lambda tx: tx.conn.execute(change.values(leaf=-1)))
    assert trio.audit("at").ok is False
    await trio["at"].store.write(lambda tx: tx.conn.execute(change.values(leaf=true_leaf)))
    assert trio.audit("at").ok


# ---------------------------------------------------------------- bounds


def speaks(w: World, me: str) -> Relations:
    node = w[me]
    return Relations(node.store, node.house, node.clock, node.ids, node.signals)


async def test_a_decision_that_its_recipient_rejects_decides_nothing(br: Voice, trio: World) -> None:
    """What br's voice says below its desk is unknown to br's node, which so refuses the decision about it."""
    thread = matter_id(br)
    mid = await says(br, Kind.PROFILE_PROPOSAL, thread)
    assert await br.heard(mid) == OPENED
    said = await speaks(trio, "at").say(APPROVER, "br", "decide-profile", {"about": mid, "decision": "declined"})
    assert await Voice(trio, "at", "br").heard(said.mid) == POLICY
    (proposed,) = await trio["at"].store.read(lambda view: proposed_in(view, thread))
    assert proposed.status == "proposed"


async def test_proposals_are_bounded_while_they_wait_and_more_are_taken_once_some_were_decided(
    br: Voice, trio: World
) -> None:
    async def waiting() -> int:
        await trio.settled()
        return await trio["at"].store.read(lambda view: open_of(view, "br", "br"))

    while await waiting() < MOST_OPEN:
        await speaks(trio, "br").say(APPROVER, "at", "propose-profile", body(Kind.PROFILE_PROPOSAL), wait_s=5)
    before = await matters_at(trio)
    assert await br.heard(await says(br, Kind.PROFILE_PROPOSAL, matter_id(br))) == POLICY
    assert (await matters_at(trio), await waiting()) == (before, MOST_OPEN)
    found = await trio["at"].store.read(lambda view: proposed_with(view, "br"))
    newest = next(one.term.mid for one in found if one.status == "proposed" and one.term.sender == "br")
    await speaks(trio, "at").say(APPROVER, "br", "decide-profile", {"about": newest, "decision": "declined"})
    assert await waiting() == MOST_OPEN - 1
    assert await br.heard(await says(br, Kind.PROFILE_PROPOSAL, matter_id(br))) == OPENED


async def test_the_agreement_of_a_day_is_one_look_at_an_index(trio: World) -> None:
    def plan(view: View) -> list[str]:
        found = view.conn.exec_driver_sql(
            "EXPLAIN QUERY PLAN " + str(agreed._STANDS.statement.compile(view.conn)), ("br", "2026-11-26", 1, 0)
        )
        return [row.detail for row in found]

    first, *rest = await trio["at"].store.read(plan)
    assert "USING INDEX profiles_agreed (counterpart=? AND since<?)" in first
    assert all("SEARCH" in one for one in rest)


async def test_a_dossier_holds_a_bounded_number_of_cases(
    br: Voice, trio: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "MOST_CASES", 2)
    dossier = br.dossier_id()
    for fate in (OPENED, OPENED, POLICY):
        _, mid = await br.asks(dossier=str(dossier))
        assert await br.heard(mid) == fate
    query = select(_cases.c.id).where(_cases.c.dossier == str(dossier))
    assert len(await trio["at"].store.read(lambda view: view.conn.execute(query).all())) == 2
