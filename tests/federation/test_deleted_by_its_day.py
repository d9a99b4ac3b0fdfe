"""An element that its provider allowed to be kept until a day is deleted after it, and the provider is told."""

from pathlib import Path

from tests.world import OFFICER, ask, world
from tracing.casework.elements.follower import Follower
from tracing.casework.elements.following import deletions_due, to_certify

ANSWER = {
    "outcomes": [
        {"code": "traced_last_legal_holder", "holder": "Sports club Adler", "restrictions": ["delete_by"]},
        {"code": "recorded_stolen", "date": "2019-04-01"},
    ],
    "completeness": "full",
    "basis": ["registry"],
    "restriction_details": {"delete_by": "2026-11-20"},
}


async def test_after_its_day_an_element_is_gone_certified_and_still_proved(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        case = (await w["br"].office.request(OFFICER, ask("at"), wait_s=10)).case
        await w.reached("at", case, "delivered")
        await w["at"].office.move(OFFICER, case, "answer", ANSWER)
        await w.reached("br", case, "answered")
        await w.settled()

        async def is_certified() -> bool:
            return any(one["kind"] == "handling_notice" for one in (await w.case("at", case)).messages)

        await w.until(is_certified, "the certificate of the deletion to arrive")
        await w.settled()
        kept = await w.case("br", case)
        answer = next(one for one in kept.messages if one["kind"] == "final_response")
        assert "Adler" not in str(kept)
        assert [one.get("code") for one in answer["body"]["outcomes"]] == [None, "recorded_stolen"]
        told = next(one for one in (await w.case("at", case)).messages if one["kind"] == "handling_notice")
        assert [one["element"] for one in told["body"]["elements"]] == ["outcomes.0"]
        assert all(w.audit(authority).ok for authority in ("br", "at"))
        today = w["br"].office.today()
        left = await w["br"].store.read(lambda view: (deletions_due(view, today), to_certify(view)))
        assert (left, await Follower(w["br"].office).follow()) == (([], {}), 0)
