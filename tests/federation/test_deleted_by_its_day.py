"""An element that its provider allowed to be kept until a day is deleted after it, and the provider is told."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from tests.attachments.officers import officer_of, reached
from tests.federation.test_older_copy import backed_up, come_back
from tests.world import APPROVER, OFFICER, World, ask, world
from tracing.attachments import rows
from tracing.attachments.sweeping import sweep
from tracing.casework.elements.follower import Follower
from tracing.casework.elements.following import SaidBeside, delete_due, deletions_due, to_certify
from tracing.casework.elements.following import certified as note_certified
from tracing.casework.errors import IllegalMove, Incomplete
from tracing.casework.policy import NODE
from tracing.tables import Deadline, Deletion, table_of

DAY = "2026-11-20"
KEPT_UNTIL = {"restrictions": ["delete_by"], "restriction_details": {"delete_by": DAY}}
ANSWER = {
    "outcomes": [
        {"code": "traced_last_legal_holder", "holder": "Sports club Adler", "restrictions": ["delete_by"]},
        {"code": "recorded_stolen", "date": "2019-04-01"},
    ],
    "completeness": "full",
    "basis": ["registry"],
    "restriction_details": {"delete_by": DAY},
}


async def certified(w: World, authority: str, case: str, count: int = 1) -> list[dict[str, Any]]:
    """The elements that certificates of deletion name, once there are ``count``; all that ever come."""

    async def named() -> list[dict[str, Any]]:
        told = [one for one in (await w.case(authority, case)).messages if one["kind"] == "handling_notice"]
        return [element for one in told for element in one["body"]["elements"]]

    async def are_certified() -> bool:
        return len(await named()) >= count

    await w.until(are_certified, "the certificate of the deletion to arrive")
    await w.settled()
    return await named()


async def answered(w: World, answer: dict[str, Any]) -> tuple[str, str]:
    """A case of br that at answered, and the answer's id."""
    case = (await w["br"].office.request(OFFICER, ask("at"), wait_s=10)).case
    await w.reached("at", case, "delivered")
    said = await w["at"].office.move(OFFICER, case, "answer", answer)
    await w.reached("br", case, "answered")
    await w.settled()
    return case, str(said.mid)


async def test_after_its_day_an_element_is_gone_certified_and_still_proved(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        case, _ = await answered(w, ANSWER)
        told = await certified(w, "at", case)
        kept = await w.case("br", case)
        answer = next(one for one in kept.messages if one["kind"] == "final_response")
        assert "Adler" not in str(kept)
        assert [one.get("code") for one in answer["body"]["outcomes"]] == [None, "recorded_stolen"]
        assert [one["element"] for one in told] == ["outcomes.0"]
        assert all(w.audit(authority).ok for authority in ("br", "at"))
        today = w["br"].office.today()
        left = await w["br"].store.read(lambda view: (deletions_due(view, today), to_certify(view)))
        assert (left, await Follower(w["br"].office).follow()) == (([], {}), 0)


async def test_after_its_day_an_attachment_is_gone_with_its_key_and_its_file(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w, officer_of(w, "br") as eve, officer_of(w, "at") as mia:
        case = (await w["br"].office.request(OFFICER, ask("at"), wait_s=10)).case
        await w.reached("at", case, "delivered")
        scan = await mia.bring(b"Adler, page 3", "page.pdf", "application/pdf")
        answer = ANSWER | KEPT_UNTIL | {"attachments": [scan["attachment"]]}
        said = await w["at"].office.move(OFFICER, case, "answer", answer)
        told = await certified(w, "at", case, count=2)
        assert {"mid": said.mid, "element": "att.0"} in told
        assert (await eve.take(case, str(said.mid), 0))[0] == 404
        folder, digests = w["br"].folder, await w["br"].store.read(rows.erased_digests)
        await w.until(lambda: _gone(folder, digests), "the file to be swept away")
        assert len(digests) == 1
        shown = next(one for one in (await w.case("br", case)).messages if one["kind"] == "final_response")
        assert (shown["attachments"], "att.0" in shown["erased"]) == ([], True)
        assert (await mia.take(case, str(said.mid), 0))[:2] == (200, b"Adler, page 3")
        assert all(w.audit(authority).ok for authority in ("br", "at"))


async def _gone(folder: Any, digests: set[str]) -> bool:
    return not any(folder.holds(one) for one in digests)


async def test_an_attachment_on_its_way_is_not_erased_and_one_that_came_is(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w, officer_of(w, "br") as eve:
        sent = await eve.ask("at", await eve.bring(b"a plan of the place"))
        await reached(w, "at", sent["case"], ["here"])
        (mid,) = [one["mid"] for one in (await w.case("br", sent["case"])).messages]
        erasure = {"mid": mid, "element": "att.0", "why": "An order of the court."}
        await w["br"].office.erase(APPROVER, sent["case"], erasure)
        await sweep(w["br"].store, w["br"].folder)
        assert not list(w["br"].folder.path.iterdir())
        with pytest.raises(Incomplete):
            await w["br"].office.erase(APPROVER, sent["case"], erasure)
        await w.stop("at")
        sent = await eve.ask("at", await eve.bring(b"another plan"))
        (mid,) = [one["mid"] for one in (await w.case("br", sent["case"])).messages]
        with pytest.raises(IllegalMove):
            await w["br"].office.erase(APPROVER, sent["case"], erasure | {"mid": mid})
        assert len(list(w["br"].folder.path.iterdir())) == 1


async def test_an_attachment_is_not_passed_on_as_an_element(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at", "ke") as w, officer_of(w, "at") as mia:
        case = (await w["br"].office.request(OFFICER, ask("at"), wait_s=10)).case
        await w.reached("at", case, "delivered")
        scan = await mia.bring(b"page 3")
        await w["at"].office.move(OFFICER, case, "answer", ANSWER | {"attachments": [scan["attachment"]]})
        await w.reached("br", case, "answered")
        with pytest.raises(Incomplete, match="pass_on"):
            await w["br"].office.request(OFFICER, ask("ke", parent=case, pass_on=["att.0"]))
        assert await w.count("ke", "case") == 0


async def test_its_day_reaches_every_copy_that_was_passed_on(tmp_path: Path) -> None:
    later = {"delete_by": "2040-01-01"}
    async with world(tmp_path, "br", "at", "ke") as w:
        case, mid = await answered(w, ANSWER | {"restriction_details": later})
        first = {"mid": mid, "element": "outcomes.0"}
        onward = (await w["br"].office.request(OFFICER, ask("ke", parent=case, pass_on=[first]), wait_s=10)).case
        await w.reached("ke", onward, "delivered")
        body = {"subject": "other", "information": "Once more.", "pass_on": [first]}
        await w["br"].office.move(OFFICER, onward, "inform", body)
        await w.settled()
        assert ["Adler" in str(await w.case(one, onward)) for one in ("br", "ke")] == [True, True]
        day = w["br"].office.today().replace(year=2041)
        for one, count in (("br", 1), ("ke", 2)):
            due = await w[one].store.read(lambda view: deletions_due(view, day))
            assert len(due) == count
            for row in due:
                await w[one].store.write(lambda tx, row=row: delete_due(tx, NODE, row))
            assert "Adler" not in str(await w.case(one, onward))
            await Follower(w[one].office).follow()
        assert "Adler" not in str(await w.case("br", case))
        told = await certified(w, "br", onward, count=2)
        assert [one["element"] for one in told] == ["passed_on.0", "passed_on.0"]
        assert [one["element"] for one in await certified(w, "at", case)] == ["outcomes.0"]
        assert all(w.audit(authority).ok for authority in ("br", "at", "ke"))


async def test_two_that_look_at_once_certify_a_deletion_once(tmp_path: Path) -> None:
    later = {"delete_by": "2040-01-01"}
    async with world(tmp_path, "br", "at") as w:
        case, _ = await answered(w, ANSWER | {"restriction_details": later})
        store, day = w["br"].store, w["br"].office.today().replace(year=2041)
        (due,) = await store.read(lambda view: deletions_due(view, day))
        await store.write(lambda tx: delete_due(tx, NODE, due))
        await asyncio.gather(*(Follower(w["br"].office).follow() for _ in range(4)))
        assert [one["element"] for one in await certified(w, "at", case)] == ["outcomes.0"]
        (row,) = await store.read(lambda view: view.conn.execute(select(table_of(Deletion))).all())
        with pytest.raises(SaidBeside):
            await store.write(lambda tx: note_certified(tx, [row], "another"))


async def test_a_home_that_comes_back_from_before_a_deletion_deletes_anew(tmp_path: Path) -> None:
    later = {"delete_by": "2040-01-01"}
    async with world(tmp_path, "br", "at") as w:
        case, _ = await answered(w, ANSWER | {"restriction_details": later})
        copy, day = backed_up(w, "br"), w["br"].office.today().replace(year=2041)
        for came_back in (False, True):
            if came_back:
                await come_back(w, "br", copy)
                await w.settled()
                assert "Adler" in str(await w.case("br", case))  # until its day is looked at again
            (due,) = await w["br"].store.read(lambda view: deletions_due(view, day))
            await w["br"].store.write(partial(delete_due, actor=NODE, due=due))
            assert "Adler" not in str(await w.case("br", case))
        assert w.audit("br").ok


async def retention(w: World, authority: str, case: str) -> list[dict[str, Any]]:
    """The dates on which something of the case must go, as an officer sees them."""
    return [one for one in (await w.case(authority, case)).deadlines if one["clock"] == "retention"]


async def test_the_last_day_of_keeping_is_a_date_of_the_case_that_its_provider_sets(tmp_path: Path) -> None:
    later = {"delete_by": "2040-01-01"}
    async with world(tmp_path, "br", "at") as w:
        case, mid = await answered(w, ANSWER | {"restriction_details": later})
        (date,) = await retention(w, "br", case)
        assert (date["basis"], date["due"][:10], date["ended"]) == ("provider", "2040-01-02", None)
        assert await retention(w, "at", case) == []
        notice = {"notice": "restriction_change", "changes": [
            {"mid": mid, "element": "outcomes.0", "restrictions": ["delete_by"], "details": {"delete_by": "2035-01-01"}}
        ]}  # fmt: skip
        await w["at"].office.move(OFFICER, case, "notify", notice)
        await w.settled()
        (moved,) = await retention(w, "br", case)
        assert (moved["due"][:10], moved["original_due"][:10]) == ("2035-01-02", "2040-01-02")
        await w["at"].office.move(OFFICER, case, "notify", {"notice": "restriction_change", "changes": [
            {"mid": mid, "element": "outcomes.0", "restrictions": ["iti_purposes"]}
        ]})  # fmt: skip
        await w.settled()
        assert await retention(w, "br", case) == []


async def test_a_certificate_ends_the_date_and_nobody_is_told_that_it_passed(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        case, _ = await answered(w, ANSWER)
        await certified(w, "at", case)
        (date,) = await retention(w, "br", case)
        file = await w.case("br", case)
        certificate = next(one["mid"] for one in file.messages if one["kind"] == "handling_notice")
        row = select(table_of(Deadline).c.ended_by).where(table_of(Deadline).c.clock == "retention")
        assert await w["br"].store.read(lambda view: view.conn.execute(row).scalar_one()) == certificate
        assert date["ended"] is not None
        assert [one["event"] for one in file.reminders if one["clock"] == "retention"] == []


async def test_what_had_to_go_before_such_dates_were_kept_gets_one(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        case, _ = await answered(w, ANSWER | {"restriction_details": {"delete_by": "2040-01-01"}})
        before = await retention(w, "br", case)
        of_keeping = delete(table_of(Deadline)).where(table_of(Deadline).c.clock == "retention")
        await w["br"].store.write(lambda tx: tx.conn.execute(of_keeping))
        await Follower(w["br"].office).date_undated()
        assert [one["due"] for one in await retention(w, "br", case)] == [one["due"] for one in before]
