"""What a feed shows of a real case on two real nodes: dates that move, duties that are done, whose they are."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from tests.calendar_.conftest import Waiting
from tests.calendar_.test_watch import delay
from tests.feeds.conftest import BOSS, Read
from tests.given import TurnedClock, new_store
from tests.plans import explained
from tests.postgres import on_sqlite
from tests.world import OFFICER, ask
from tracing.casework.attendance import ALWAYS, Hours, attend
from tracing.casework.owning import hand_over
from tracing.clock import from_ms
from tracing.feeds.duties import MOST, case_of, duties
from tracing.feeds.subscriptions import Feed
from tracing.phrases import PHRASES
from tracing.store import people
from tracing.tables import Case, Deadline, table_of
from tracing.tables.cases import NO_DATE

cases, deadlines = table_of(Case), table_of(Deadline)
TEAM = Feed(1, "team", "bea", "en", 0, None)


async def test_open_duties_are_events_on_their_local_days(read: Read, peopled: Waiting) -> None:
    rows = await peopled.rows(deadlines)
    found = await read()
    expected = {
        (row.clock, (from_ms(row.due_ms) - timedelta(milliseconds=1)).date()) for row in rows if row.ended_ms is None
    }
    words = {word: clock for clock, word in PHRASES["en"].clocks.items()}
    assert {(words[one.summary.split(",")[0].removeprefix("TRAINING: ")], one.at) for one in found.values()} == expected
    assert {clock for clock, _ in expected} >= {"ack", "answer"}


async def test_a_date_that_moves_keeps_its_uid_and_its_sequence_grows(read: Read, peopled: Waiting) -> None:
    (before,) = [one for one in (await read()).values() if one.summary.startswith("TRAINING: answer")]
    for days in (67, 80):
        await peopled.w["at"].office.move(OFFICER, peopled.case, "delay", delay(peopled, days))
    await peopled.w.settled()
    after = (await read())[before.uid]
    assert (before.sequence, after.sequence, after.at > before.at) == (0, 2, True)
    assert f"First date: {before.at}, 24:00 (UTC)" in after.description
    assert "First date" not in before.description


async def test_an_act_that_moves_no_date_leaves_the_sequence_as_it_was(read: Read, peopled: Waiting) -> None:
    before = await read()
    await peopled.w["at"].office.move(OFFICER, peopled.case, "acknowledge", {})
    await peopled.w.settled()
    after = await read()
    assert {uid: (one.sequence, one.at) for uid, one in after.items()}.items() <= {
        uid: (one.sequence, one.at) for uid, one in before.items()
    }.items()


async def test_a_duty_that_is_done_leaves_the_feed(read: Read, peopled: Waiting) -> None:
    assert any("acknowledgement" in one.summary for one in (await read()).values())
    await peopled.w["at"].office.move(OFFICER, peopled.case, "acknowledge", {})
    await peopled.w.settled()
    assert [one for one in (await read()).values() if "acknowledgement" in one.summary] == []


async def test_a_clock_that_stands_still_is_tentative_at_its_earliest_date(read: Read, peopled: Waiting) -> None:
    (row,) = await peopled.rows(deadlines, deadlines.c.clock == "answer")
    stands_still = {"due_ms": NO_DATE, "paused_due_ms": row.due_ms}
    this = update(deadlines).where(deadlines.c.id == row.id)
    await peopled.w["at"].store.write(lambda tx: tx.conn.execute(this.values(stands_still)))
    (one,) = [one for one in (await read()).values() if one.summary.startswith("TRAINING: answer")]
    assert (one.status, one.at) == ("TENTATIVE", (from_ms(row.due_ms) - timedelta(milliseconds=1)).date())
    assert "The clock stands still" in one.description


async def test_a_persons_feed_has_his_own_cases_and_what_we_owe_in_those_of_nobody(
    read: Read, peopled: Waiting
) -> None:
    store = peopled.w["at"].store
    theirs = update(deadlines).where(deadlines.c.case_id == peopled.case, deadlines.c.clock == "ack")
    await store.write(lambda tx: tx.conn.execute(theirs.values(owed_by="them")))

    async def seen_by_ada(owner: str | None) -> set[str]:
        await store.write(lambda tx: hand_over(tx, BOSS, peopled.case, owner))
        found = await read("mine", OFFICER)
        return {one.summary.split(",")[0].removeprefix("TRAINING: ") for one in found.values()}

    assert await seen_by_ada("ada") >= {"acknowledgement", "answer"}
    assert await seen_by_ada("bea") == set()
    assert await seen_by_ada(None) >= {"answer"}
    assert "acknowledgement" not in await seen_by_ada(None)


async def test_who_stands_in_sees_the_dates_of_who_is_away(read: Read, peopled: Waiting) -> None:
    store, today = peopled.w["at"].store, peopled.clock.now().date()
    await store.write(lambda tx: hand_over(tx, BOSS, peopled.case, "bea"))
    assert await read("mine", OFFICER) == {}
    away = Hours(deputy="ada", absent=(today, today))
    await store.write(lambda tx: attend(tx, "bea", away, "test"))
    assert await read("mine", OFFICER) != {}
    await store.write(lambda tx: attend(tx, "bea", ALWAYS, "test"))


@on_sqlite
async def test_a_feed_of_ones_own_walks_over_nobody_elses_dates(tmp_path: Path) -> None:
    """Among a million open ones of others: each walk searches the index of whose they are, and from where to where."""
    now, mine = TurnedClock().now(), Feed(1, "mine", "ada", "en", 0, None)
    with explained() as plans:
        store = new_store(tmp_path)
        found = store.read_now(lambda view: duties(view, mine, "at", now))
        store.close()
    walks = [line for sql, plan in plans.items() if "FROM deadlines" in sql for line in plan if " deadlines " in line]
    narrow = "SEARCH deadlines USING INDEX deadlines_of_owner (owner=? AND owed_by=? AND due_ms"
    assert (found.shown, len(walks) >= 3, [line for line in walks if not line.startswith(narrow)]) == ((), True, [])


async def test_a_feed_stays_bounded_and_says_where_it_ends(read: Read, peopled: Waiting) -> None:
    """Thousands of dates, passed and to come: the nearest of both, and an event that says there are more."""
    (row,) = await peopled.rows(deadlines, deadlines.c.clock == "answer")
    columns = {name: value for name, value in row._mapping.items() if name != "id"}
    now_ms, hour = peopled.clock.now_ms(), 3_600_000
    many = [columns | {"started_by": f"at:{n}", "due_ms": now_ms + n * hour} for n in range(-1500, 3000) if n]
    await peopled.w["at"].store.write(lambda tx: tx.conn.execute(insert(deadlines), many))
    found = await peopled.w["at"].store.read(lambda view: duties(view, TEAM, "at", peopled.clock.now()))
    hours = [round((one.due_ms - now_ms) / hour) for one in found.shown if one.due_ms != row.due_ms]
    assert (len(found.shown), found.is_cut) == (MOST, True)
    assert (min(hours), max(hours), hours == sorted(hours)) == (-100, 500, True) or max(hours) == 499
    events = await read()
    assert len(events) == MOST + 1
    assert [one.summary for one in events.values() if one.uid.endswith("-more")] == [
        "TRAINING: More dates stand at the desk"
    ]


async def test_what_lies_outside_the_span_is_not_shown(read: Read, peopled: Waiting) -> None:
    (row,) = await peopled.rows(deadlines, deadlines.c.clock == "answer")
    for days in (-91, 401):
        at = peopled.clock.now_ms() + days * 86_400_000
        this = update(deadlines).where(deadlines.c.id == row.id).values(due_ms=at)
        await peopled.w["at"].store.write(lambda tx, this=this: tx.conn.execute(this))  # type: ignore[misc]
        assert [one for one in (await read()).values() if one.summary.startswith("TRAINING: answer")] == []


@pytest.mark.parametrize("language", PHRASES)
async def test_no_feed_in_any_language_holds_anything_of_a_case(read: Read, peopled: Waiting, language: str) -> None:
    """Canaries in every member of a request that is text, searched in every event as its reader sees it."""
    w = peopled.w
    body = ask("at", "CANARYSERIAL7", reference="CANARYREFERENCE", contact="CANARYPERSON", dossier="CANARYDOSSIER")
    body["weapon"] |= {"make": "CANARYMAKE", "model": "CANARYMODEL"}
    body["found"] |= {"place": "CANARYPLACE", "circumstances": "CANARYCIRCUMSTANCES"}
    asked = await w["br"].office.request(OFFICER, body, wait_s=10)
    await w.reached("at", asked.case, "delivered")
    await w["at"].office.move(OFFICER, asked.case, "delay", delay(peopled, 67))
    await w.settled()
    for whose, actor in (("team", BOSS), ("mine", OFFICER)):
        texts = [str(one) for one in (await read(whose, actor, language)).values()]
        assert any(asked.case[-12:] in text for text in texts)
        named = ("CANARY", "Tracing point of br", "br.0", "br:0", asked.case, "Demonstration")
        assert [(word, text) for text in texts for word in named if word in text] == []


async def test_an_event_leads_to_its_case_and_a_wrong_end_nowhere(peopled: Waiting) -> None:
    (row,) = await peopled.rows(deadlines, deadlines.c.clock == "answer")
    ends = (peopled.case[-12:], "0123456789ab", "")
    store = peopled.w["at"].store
    found = [await store.read(lambda view, end=end: case_of(view, row.id, end)) for end in ends]  # type: ignore[misc]
    assert found == [peopled.case, None, None]
    assert await store.read(lambda view: case_of(view, 999_999, peopled.case[-12:])) is None
    assert (await store.read(lambda view: view.conn.execute(select(cases.c.id)).all())) != []
    assert await store.read(lambda view: people.person(view, "ada")) is not None
