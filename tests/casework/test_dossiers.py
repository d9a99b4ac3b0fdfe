"""Dossiers: one seizure at one State or several, acknowledged, reminded of, recorded and read as one."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.world import APPROVER, OFFICER, World, ask, world
from tracing.attachments import uploads
from tracing.attachments.intake import Intake
from tracing.casework.dossiers import DossierOutcome
from tracing.casework.errors import IllegalMove, Incomplete, NotFound, UnknownCounterpart
from tracing.store.cursors import CursorInvalid
from tracing.store.dossiers import DossierQuery, list_dossiers, read_dossier


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def lands(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """br, where two persons release, and at; xb is reached by letter."""
    async with world(tmp_path_factory.mktemp("lands"), "br", "at", release="two") as made:
        made.add_by_letter("br", "xb")
        yield made


def weapons(*serials: str, to: str | None = None) -> list[dict[str, Any]]:
    own = {} if to is None else {"to": to}
    return [{"weapon": ask("at", serial)["weapon"]} | own for serial in serials]


def seizure(*some: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    common = {name: value for name, value in ask("at").items() if name != "weapon"}
    return common | {"title": "Search of June", "weapons": [one for each in some for one in each]} | more


async def released(w: World, *some: list[dict[str, Any]]) -> DossierOutcome:
    drafted = await w["br"].office.dossier(OFFICER, seizure(*some))
    outcome = await w["br"].office.dossier_move(APPROVER, drafted.dossier, "approve", {})
    await w.settled()
    return outcome


async def states(w: World, authority: str, cases: Any) -> set[str]:
    return {(await w.case(authority, case)).state for case in cases}


# ---------------------------------------------------------------- several counterparts


async def test_a_seizure_at_two_states_is_one_release_and_two_dossiers(lands: World) -> None:
    outcome = await released(lands, weapons("SEA1", "SEA2"), weapons("SEX1", to="xb"))
    by_state = {part.counterpart: set(part.cases.values()) for part in outcome.parts}
    assert (len(outcome.cases), by_state) == (3, {"at": {"sent"}, "xb": {"sent"}})
    assert len({outcome.dossier, *(part.dossier for part in outcome.parts)}) == 3


async def test_a_state_learns_nothing_of_the_seizure_beyond_its_own_dossier(lands: World) -> None:
    outcome = await released(lands, weapons("OWN1"), weapons("OWN2", to="xb"))
    mine, other = (next(part for part in outcome.parts if part.counterpart == name) for name in ("at", "xb"))
    (case_id,) = mine.cases
    seen = str(await lands.case("at", case_id))
    assert [word for word in (outcome.dossier, other.dossier, "Search of June") if word in seen] == []
    assert mine.dossier in seen


async def test_one_bad_weapon_for_one_state_opens_no_case_at_any(lands: World) -> None:
    before = await lands.count("br", "case")
    with pytest.raises(Incomplete) as refused:
        await lands["br"].office.dossier(OFFICER, seizure(weapons("OK1"), weapons("removido", to="xb")))
    assert [one.member for one in refused.value.problems] == ["weapons.1.weapon.serial.text"]
    with pytest.raises(UnknownCounterpart):
        await lands["br"].office.dossier(OFFICER, seizure(weapons("OK1"), weapons("OK2", to="zz")))
    with pytest.raises(Incomplete, match="to: expected"):
        await lands["br"].office.dossier(OFFICER, seizure(weapons("OK1"), to=["at"]))
    assert await lands.count("br", "case") == before


# ---------------------------------------------------------------- reminders


async def test_one_reminder_speaks_of_every_case_that_is_open(lands: World) -> None:
    outcome = await released(lands, weapons("REM1", "REM2", "REM3"))
    await lands["at"].office.dossier_move(OFFICER, outcome.dossier, "acknowledge", {})
    first, *rest = outcome.cases
    await lands["at"].office.move(OFFICER, first, "refuse", {"ground": "national_security", "reason": "Closed by law."})
    await lands["at"].office.move(APPROVER, first, "approve", {})
    await lands.settled()
    before = await lands.count("at", "envelope")
    reminded = await lands["br"].office.dossier_move(OFFICER, outcome.dossier, "remind", {"note": "Please."})
    await lands.settled()
    kinds = [[one["kind"] for one in (await lands.case("at", case)).messages] for case in outcome.cases]
    assert (set(reminded.cases), await lands.count("at", "envelope") - before) == (set(rest), 1)
    assert [each.count("reminder") for each in kinds] == [0, 1, 1]
    said = (await lands.case("at", rest[0])).messages[-1]["body"]
    assert (said["duty"], said["count"], said["note"], "due" in said) == ("answer", 1, "Please.", False)


async def test_a_reminder_of_a_seizure_goes_to_each_state_in_its_own_way(lands: World) -> None:
    outcome = await released(lands, weapons("RSA1", "RSA2"), weapons("RSX1", to="xb"))
    before = await lands.count("at", "envelope")
    (by_letter,) = next(part.cases for part in outcome.parts if part.counterpart == "xb")
    recorded = {"kind": "acknowledge", "channel": "letter"}
    await lands["br"].office.move(OFFICER, by_letter, "record", recorded)
    reminded = await lands["br"].office.dossier_move(OFFICER, outcome.dossier, "remind", {})
    await lands.settled()
    last = (await lands.case("br", by_letter)).messages[-1]
    assert (len(reminded.cases), await lands.count("at", "envelope") - before) == (3, 1)
    assert (last["kind"], last["channel"]) == ("reminder", "letter")


async def test_nobody_is_reminded_of_what_is_answered(lands: World) -> None:
    outcome = await released(lands, weapons("DONE1"))
    (case_id,) = outcome.cases
    await lands["at"].office.move(
        OFFICER, case_id, "refuse", {"ground": "national_security", "reason": "Closed by law."}
    )
    await lands["at"].office.move(APPROVER, case_id, "approve", {})
    await lands.settled()
    before = await lands.counts("br")
    with pytest.raises(IllegalMove, match="its cases are refused"):
        await lands["br"].office.dossier_move(OFFICER, outcome.dossier, "remind", {})
    assert await lands.counts("br") == before


async def test_a_reminder_of_a_duty_nobody_knows_is_refused(lands: World) -> None:
    outcome = await released(lands, weapons("DUTY1"))
    before = await lands.counts("br")
    with pytest.raises(Incomplete, match="duty"):
        await lands["br"].office.dossier_move(OFFICER, outcome.dossier, "remind", {"duty": "lunch"})
    assert await lands.counts("br") == before


# ---------------------------------------------------------------- recorded replies


async def test_one_letter_acknowledges_a_whole_dossier(lands: World) -> None:
    outcome = await released(lands, weapons("LTR1", "LTR2", to="xb"))
    body = {"kind": "acknowledge", "channel": "note_verbale", "body": {"reference": "XS-9"}}
    recorded = await lands["br"].office.dossier_move(OFFICER, outcome.dossier, "record", body)
    mids = {(await lands.case("br", case)).messages[-1]["mid"] for case in outcome.cases}
    assert (set(recorded.cases.values()), len(mids)) == ({"acknowledged"}, 1)
    assert lands.audit("br").ok
    before = await lands.counts("br")
    with pytest.raises(IllegalMove, match="takes this reply"):
        await lands["br"].office.dossier_move(OFFICER, outcome.dossier, "record", body)
    assert await lands.counts("br") == before


async def test_one_scan_goes_with_one_letter_in_every_case_of_it(lands: World) -> None:
    outcome = await released(lands, weapons("SCN1", "SCN2", to="xb"))
    br = lands["br"]
    intake = Intake(br.folder, br.settings.net, br.ids)
    about: dict[str, Any] = {"name": "letter.pdf", "media_type": "application/pdf", "keep_original": False}
    brought = await intake.take(one_piece(b"%PDF-1.7 a letter"), **about)
    upload = br.store.write_now(lambda tx: uploads.add(tx, OFFICER.name, brought.attachments, 1_000_000))
    body = {"kind": "acknowledge", "channel": "letter", "attachments": [upload.id]}
    await br.office.dossier_move(OFFICER, outcome.dossier, "record", body)
    held = [(await lands.case("br", case)).messages[-1]["attachments"] for case in outcome.cases]
    assert [[(one["name"], one["state"]) for one in each] for each in held] == [[("letter.pdf", "here")]] * 2


async def one_piece(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def test_answers_are_recorded_case_by_case(lands: World) -> None:
    outcome = await released(lands, weapons("ANS1", to="xb"))
    before = await lands.counts("br")
    with pytest.raises(Incomplete, match="all weapons at once"):
        await lands["br"].office.dossier_move(
            OFFICER, outcome.dossier, "record", {"kind": "answer", "channel": "letter"}
        )
    assert await lands.counts("br") == before


# ---------------------------------------------------------------- reading


async def test_a_dossier_is_read_with_its_title_its_states_and_its_cases(lands: World) -> None:
    outcome = await released(lands, weapons("READ1", "READ2"))
    first, second = outcome.cases
    await lands["at"].office.move(OFFICER, first, "acknowledge", {})
    await lands.settled()
    now_ms = lands.clock.now_ms()
    ours, theirs = (
        lands[name].store.read_now(lambda view: read_dossier(view, outcome.dossier, now_ms)) for name in ("br", "at")
    )
    assert ours is not None
    assert theirs is not None
    assert (ours.title, theirs.title, ours.counterparts) == ("Search of June", None, ["at"])
    assert (ours.counts, ours.waiting_on) == ({"acknowledged": 1, "delivered": 1}, {"them": 2})
    assert {item["case"] for item in theirs.cases} == {first, second}


async def test_a_seizure_is_read_whole_by_its_own_id(lands: World) -> None:
    outcome = await released(lands, weapons("WHOLE1"), weapons("WHOLE2", to="xb"))
    whole = lands["br"].store.read_now(lambda view: read_dossier(view, outcome.dossier, lands.clock.now_ms()))
    assert whole is not None
    assert (whole.counterparts, len(whole.dossiers), len(whole.cases)) == (["at", "xb"], 2, 2)


async def test_dossiers_are_listed_page_by_page_each_once(lands: World) -> None:
    for number in range(3):
        await released(lands, weapons(f"LIST{number}"))
    store, found, cursor = lands["br"].store, [], None
    for _ in range(100):
        query = DossierQuery(limit=2, cursor=cursor)
        page = store.read_now(lambda view, query=query: list_dossiers(view, query))
        found += [item["dossier"] for item in page.items]
        if (cursor := page.next) is None:
            break
    assert (len(found), found) == (len(set(found)), sorted(found, reverse=True))
    with pytest.raises(CursorInvalid):
        store.read_now(lambda view: list_dossiers(view, DossierQuery(cursor="nonsense")))


async def test_a_name_of_nothing_is_not_found(lands: World) -> None:
    nothing = "br.d0198c5f0000070008000000000000000"
    assert lands["br"].store.read_now(lambda view: read_dossier(view, nothing, 0)) is None
    with pytest.raises(NotFound):
        await lands["br"].office.dossier_move(OFFICER, nothing, "remind", {})
