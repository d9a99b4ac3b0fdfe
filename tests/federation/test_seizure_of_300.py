"""A seizure of hundreds of weapons: one release, one acknowledgement, one reminder, and an answer for each weapon.

Most are answered by a State with a node, some of those out of domestic enquiries; the rest by a State without one,
whose letters are recorded. A tenth of the seizure is run here; ``make seizure`` runs the whole and prints figures.
"""

import json
import os
import re
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.world import APPROVER, OFFICER, World, ask, world
from tracing.casework.casefile import CaseFile
from tracing.casework.dossiers import DossierOutcome
from tracing.reports.ledger import read_ledger
from tracing.store import people

WEAPONS = int(os.environ.get("SEIZURE", "30"))
BY_LETTER = WEAPONS * 40 // 300
AT_HOME = WEAPONS * 30 // 300
ON_NODE = WEAPONS - BY_LETTER
BOOKS = [{"register": "Production and sales", "from": "1980", "to": "2026", "complete": True}]
ANSWER = {
    "outcomes": [{"code": "traced_exported", "state": "BRA", "date": "2014"}], "completeness": "full",
    "basis": ["registry"], "searched": BOOKS,
}  # fmt: skip
SOLD = {"result": "found", "event": "exported", "date": "2014", "state": "BRA", "searched.0.register": "Sales",
        "searched.0.from": "1980", "searched.0.to": "2026", "searched.0.complete": "yes"}  # fmt: skip


@dataclass
class Played:
    """The whole story, told once, and what it took."""

    w: World
    sent: DossierOutcome
    at: list[str] = field(default_factory=list)
    xb: list[str] = field(default_factory=list)
    enquired: list[str] = field(default_factory=list)
    envelopes: dict[str, int] = field(default_factory=dict)
    officer: dict[str, str] = field(default_factory=dict)
    figures: dict[str, dict[str, float]] = field(default_factory=dict)

    async def files(self, authority: str, cases: Iterable[str]) -> list[CaseFile]:
        return [await self.w.case(authority, case) for case in cases]


class Lap:
    """How long a step took, and how much of it both nodes worked."""

    def __init__(self, story: Played, step: str) -> None:
        self.story, self.step = story, step

    def __enter__(self) -> None:
        self.began, self.worked = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        took = {"seconds": time.perf_counter() - self.began, "cpu": time.process_time() - self.worked}
        self.story.figures[self.step] = {name: round(value, 2) for name, value in took.items()}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> AsyncIterator[Played]:
    """br seizes, where two persons release; at answers from its node, xb by letter."""
    async with world(tmp_path_factory.mktemp("seizure"), "br", release="two") as w:
        w.found("at", release="one")
        for one, other in (("br", "at"), ("at", "br")):
            w.introduce(one, other)
        await w["at"].start()
        w.add_by_letter("br", "xb")
        story = await play(w)
        if "SEIZURE" in os.environ:
            with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
                for step, figures in story.figures.items():
                    print(json.dumps({"weapons": WEAPONS, "step": step} | figures))  # noqa: T201 - for who asked
        yield story


async def play(w: World) -> Played:
    drafted = await w["br"].office.dossier(OFFICER, seizure())
    story = Played(w, drafted, officer=officer_of(w, "br"))
    story.at, story.xb = (
        next(list(part.cases) for part in drafted.parts if part.counterpart == name) for name in ("at", "xb")
    )
    story.enquired = story.at[:AT_HOME]
    with Lap(story, "one release"):
        story.sent = await w["br"].office.dossier_move(APPROVER, drafted.dossier, "approve", {})
    with Lap(story, "delivered"):
        await settled(w)
    await acknowledge(story)
    await remind(story)
    with Lap(story, "answered at home, by form"):
        await answer_from_home(story)
    with Lap(story, "answered from the records"):
        for case_id in story.at[AT_HOME:]:
            await w["at"].office.move(OFFICER, case_id, "answer", ANSWER)
        await settled(w)
    with Lap(story, "answers by letter recorded"):
        async with aiohttp.ClientSession(headers=story.officer) as scanner:
            for number, case_id in enumerate(story.xb):
                await record(story, scanner, case_id, number)
    return story


def seizure() -> dict[str, Any]:
    common = {name: value for name, value in ask("at").items() if name != "weapon"}
    weapons = [{"weapon": ask("at", f"SZ-{number:05d}")["weapon"]} for number in range(WEAPONS)]
    for one in weapons[ON_NODE:]:
        one["to"] = "xb"
    return common | {"title": "Warehouse at the port", "weapons": weapons}


async def settled(w: World) -> None:
    """Everything delivered, however many there are."""
    for _ in range(20):
        try:
            return await w.settled()
        except AssertionError:
            continue
    raise AssertionError("the messages of the seizure were not delivered")


async def acknowledge(story: Played) -> None:
    """One statement of at, one letter of xb."""
    w, before = story.w, await story.w.count("at", "envelope")
    mine, theirs = (part.dossier for part in sorted(story.sent.parts, key=lambda part: part.counterpart))
    with Lap(story, "one acknowledgement"):
        await w["at"].office.dossier_move(OFFICER, mine, "acknowledge", {"reference": "AT-D-1"})
        await settled(w)
    letter = {"kind": "acknowledge", "channel": "note_verbale", "body": {"reference": "XB-9"}}
    await w["br"].office.dossier_move(OFFICER, theirs, "record", letter)
    story.envelopes["acknowledgement"] = await w.count("at", "envelope") - before


async def remind(story: Played) -> None:
    w, before = story.w, await story.w.count("at", "envelope")
    with Lap(story, "one reminder"):
        await w["br"].office.dossier_move(OFFICER, story.sent.dossier, "remind", {})
        await settled(w)
    story.envelopes["reminder"] = await w.count("at", "envelope") - before


async def answer_from_home(story: Played) -> None:
    """Each out of an enquiry whose addressee fills in the one-time form; the officer sends what was assembled."""
    w, desk = story.w, desk_of(story.w, "at")
    async with aiohttp.ClientSession() as dealer:
        for case_id in story.enquired:
            asked = await w["at"].office.enquiries.ask(
                OFFICER,
                case_id,
                {"addressee": {"kind": "manufacturer", "name": "The maker"}, "question": "Sold to whom?"},
            )
            async with dealer.post(f"{desk}/reply/{asked.token}", data=SOLD) as thanks:
                assert "Thank you" in await thanks.text()
            proposal = (await w.case("at", case_id)).proposal or {}
            await w["at"].office.move(OFFICER, case_id, "answer", proposal["answer"])
    await settled(w)


async def record(story: Played, scanner: aiohttp.ClientSession, case_id: str, number: int) -> None:
    """An answer by letter, its scan brought in by the API and named in what is recorded."""
    brought = await scanner.post(f"{desk_of(story.w, 'br')}/api/v1/attachments?name=reply.pdf", data=scan(number))
    said = {"reference": f"XB-9/{number}"} | ANSWER
    body = {"kind": "answer", "channel": "letter", "body": said, "attachments": [(await brought.json())["attachment"]]}
    await story.w["br"].office.move(OFFICER, case_id, "record", body)


def scan(number: int) -> bytes:
    return f"%PDF-1.7\n% the letter of weapon {number}\n".encode() + bytes(50_000)


def desk_of(w: World, authority: str) -> str:
    return f"http://{w[authority].settings.desk}"


def officer_of(w: World, authority: str) -> dict[str, str]:
    """An officer with a token, as headers of HTTP."""
    node = w[authority]
    node.store.write_now(lambda tx: people.add_user(tx, OFFICER.name, OFFICER.role, "no password", "en", "test"))
    token = node.store.write_now(lambda tx: people.new_token(tx, OFFICER.name, "test"))
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/pdf"}


# ---------------------------------------------------------------- what must be so


async def test_one_release_sent_every_weapon_to_its_state(played: Played) -> None:
    assert (len(played.sent.cases), len(played.at), len(played.xb)) == (WEAPONS, ON_NODE, BY_LETTER)
    assert set(played.sent.cases.values()) == {"sent"}


async def test_one_acknowledgement_and_one_reminder_crossed_for_all(played: Played) -> None:
    assert played.envelopes == {"acknowledgement": 1, "reminder": 1}
    for cases in (played.at, played.xb):
        files = await played.files("br", cases)
        for kind in ("acknowledgement", "reminder"):
            mids = {one["mid"] for file in files for one in file.messages if one["kind"] == kind}
            assert (kind, len(mids)) == (kind, 1)


async def test_every_case_is_answered_and_both_sides_hold_the_same(played: Played) -> None:
    ours, theirs = await played.files("br", played.at), await played.files("at", played.at)
    for mine, other in zip(ours, theirs, strict=True):
        assert (mine.state, other.state, mine.overlays, mine.waiting_on) == ("answered", "answered", [], "us")
        told = [
            [(one["mid"], one["kind"], one["effect"], one["body"]) for one in file.messages] for file in (mine, other)
        ]
        assert sorted(told[0], key=str) == sorted(told[1], key=str)
        assert [one["kind"] for one in mine.messages] == [
            "trace_request", "acknowledgement", "reminder", "final_response",
        ]  # fmt: skip
    assert all(one["ended"] for file in (*ours, *theirs) for one in file.deadlines)


async def test_what_was_asked_at_home_stands_in_the_answer_and_nowhere_else(played: Played) -> None:
    for file in await played.files("at", played.enquired):
        (enquiry,) = file.enquiries
        assert (enquiry["state"], enquiry["channel"], enquiry["told"]["make"]) == ("answered", "form", "Glock")
    for file in await played.files("br", played.enquired):
        answer = file.messages[-1]["body"]
        assert (answer["basis"], answer["outcomes"][0]["state"], file.enquiries) == (["maker_record"], "BRA", [])
        assert re.search("The maker|enquiry", str(file.messages)) is None
    assert not any(file.enquiries for file in await played.files("at", played.at[AT_HOME:]))


async def test_answers_by_letter_are_marked_and_told_apart(played: Played) -> None:
    files = await played.files("br", played.xb)
    answers = [file.messages[-1] for file in files]
    assert {(one["signature"], one["channel"]) for one in answers} == {("not signed by the counterpart", "letter")}
    assert [one["body"]["reference"] for one in answers] == [f"XB-9/{number}" for number in range(BY_LETTER)]
    assert {file.state for file in files} == {"answered"}


async def test_every_answer_by_letter_has_its_own_scan_to_take_out(played: Played) -> None:
    assert len(await played.files("br", played.xb)) == BY_LETTER
    async with aiohttp.ClientSession(headers=played.officer) as officer:
        for number, file in enumerate(await played.files("br", played.xb)):
            mid, (one,) = file.messages[-1]["mid"], file.messages[-1]["attachments"]
            path = f"{desk_of(played.w, 'br')}/api/v1/cases/{file.case}/attachments/{mid}/{one['n']}"
            async with officer.get(path) as taken:
                assert (await taken.read(), taken.headers["Content-Type"]) == (scan(number), "application/octet-stream")
                assert taken.headers["Content-Disposition"].startswith("attachment;")


async def test_the_ledger_of_either_side_counts_every_weapon_once(played: Played) -> None:
    def counted(authority: str, counterpart: str, side: str) -> tuple[Any, ...]:
        node = played.w[authority]
        ledger = node.store.read_now(lambda view: read_ledger(view, counterpart, None, played.w.clock.now_ms()))
        figures = ledger[side]
        return tuple(figures[name] for name in ("requests", "acknowledged", "answered", "open", "answers_by_channel"))

    on_node = (ON_NODE, ON_NODE, ON_NODE, 0, {"wire": ON_NODE})
    assert counted("br", "at", "sent") == on_node
    assert counted("at", "br", "received") == on_node
    assert counted("br", "xb", "sent") == (BY_LETTER, BY_LETTER, BY_LETTER, 0, {"letter": BY_LETTER})


async def test_the_trails_of_both_hold_and_name_the_one_release(played: Played) -> None:
    assert (played.w.audit("br").ok, played.w.audit("at").ok) == (True, True)


@pytest.fixture(scope="module", autouse=True)
def _a_seizure_is_large_enough() -> None:
    assert min(BY_LETTER, AT_HOME, ON_NODE) > 0, "SEIZURE: expected at least 10 weapons"
