"""Messages of cases that never begin here: somebody is told after a while, and not again for nothing."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from protocol.names import CaseId
from tests.casework.voice import BODIES, Voice
from tests.given import TurnedClock
from tests.world import TABLES, World, world
from tracing.seals.unbegun import AFTER_MS, MISSING, is_to_tell, tell
from tracing.trust.alarms import open_alarms, say_done

LATER = timedelta(milliseconds=AFTER_MS)


async def told(w: World) -> list[tuple[str, str]]:
    """The alarms at at, once the look was done that is done each minute."""
    store = w["at"].store
    if await store.read(is_to_tell):
        await store.write(tell)
    return [(one.code, one.said) for one in await store.read(open_alarms)]


async def overtaken(voice: Voice) -> CaseId:
    """The case of a withdrawal that came before its request."""
    case_id = voice.case_id()
    assert await voice.there(await voice.says("withdrawal", thread=case_id)) == ("held", None)
    return case_id


async def leaves(w: World) -> int:
    query = select(func.count()).select_from(TABLES["leaf"]).where(TABLES["leaf"].c.tree == "private")
    return int(await w["at"].store.read(lambda view: view.conn.execute(query).scalar_one()))


async def test_a_message_whose_request_does_not_come_is_told_and_the_request_ends_it(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with world(tmp_path, "br", "at", clock=clock) as w:
        voice = Voice(w, "br", "at")
        case_id = await overtaken(voice)
        assert await told(w) == []
        clock.turn(LATER)
        ((code, said),) = await told(w)
        assert (code, said) == (
            MISSING,
            f"messages here wait for the request of their case, which is not here: {case_id}",
        )
        before = await leaves(w)
        assert (len(await told(w)), await leaves(w)) == (1, before)
        await voice.says("trace_request", BODIES["trace_request"], thread=case_id)
        await w.settled()
        assert await told(w) == []


async def test_what_a_person_closed_comes_back_with_another_message_only(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with world(tmp_path, "br", "at", clock=clock) as w:
        voice = Voice(w, "br", "at")
        cases = sorted([await overtaken(voice) for _ in range(7)])
        clock.turn(LATER)
        ((_, said),) = await told(w)
        assert said.endswith(f"{', '.join(cases[:5])} and 2 more")
        (alarm,) = await w["at"].store.read(open_alarms)
        assert await w["at"].store.write(lambda tx: say_done(tx, alarm.id, "bea", "its home was lost"))
        assert await told(w) == []
        clock.turn(timedelta(seconds=1))
        await overtaken(voice)
        assert await told(w) == []
        clock.turn(LATER)
        assert [code for code, _ in await told(w)] == [MISSING]
