"""A home and its copy spoke with one counterpart under the same numbers: what the copy said comes back, or is named."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from protocol import envelope
from protocol.hello import Have
from protocol.manifest import Manifest
from tests.federation.test_given_back_wrongly import Between, between
from tests.federation.test_older_copy import has_alarm, receipts, said, waits, whole
from tests.postgres import copy_home
from tests.world import OFFICER, PASSPHRASE, World, ask, free_port, world
from tracing.exchange.recovering import allow
from tracing.exchange.samenumbers import held_twice
from tracing.node import Node
from tracing.tables import Case, Counterpart, Envelope, Returned, table_of
from tracing.trust.alarms import open_alarms, raise_alarm, say_done
from tracing.trust.samenumbers import NUMBERS, OURS, is_refounded
from tracing.trust.twins import TWINS

_counterparts, _envelopes = table_of(Counterpart), table_of(Envelope)
_cases, _returned = table_of(Case), table_of(Returned)


async def copied(w: World, authority: str) -> Path:
    """A copy of the home, made while its node rests; the node goes on."""
    await w.stop(authority)
    copy = copy_home(w.folder / authority, w.folder / f"{authority}-copy")
    w.found(authority)
    await up(w, w[authority])
    return copy


async def up(w: World, node: Node) -> None:
    """Started, and answered: else it would notice at once that the other one has spoken, and hold."""
    offset = _counterparts.c.clock_offset_ms
    node.store.write_now(lambda tx: tx.conn.execute(update(_counterparts).values(clock_offset_ms=None)))
    await node.start()

    async def is_answered() -> bool:
        return await node.store.read(lambda view: view.conn.execute(select(offset)).scalar()) is not None

    await w.until(is_answered, "the node to be answered")


@asynccontextmanager
async def beside(w: World, copy: Path) -> AsyncIterator[Node]:
    """The copy runs beside its home at other ports, as if a proxy led to both: it shows the address of its home."""
    settings = copy / "node.toml"
    shown = f'exchange_url = "http://{w["br"].settings.exchange}"'
    settings.write_text(re.sub(r"(?m)^#? ?exchange_url = .*$", shown, settings.read_text()))
    for one in ("exchange", "desk"):
        line = f'{one} = "127.0.0.1:{free_port()}"'
        settings.write_text(re.sub(rf'(?m)^{one} = ".*"$', line, settings.read_text()))
    node = Node.open(copy, PASSPHRASE, clock=w.clock)
    try:
        await up(w, node)
        yield node
    finally:
        await node.stop()
        node.close()


@asynccontextmanager
async def led_to(w: World, node: Node) -> AsyncIterator[None]:
    """Whatever the counterpart says to the home comes to its copy."""
    home = f"http://{w['br'].settings.exchange}"
    await lead(w, f"http://{node.settings.exchange}")
    yield
    await lead(w, home)


async def lead(w: World, url: str) -> None:
    moved = update(_counterparts).where(_counterparts.c.authority == "br").values(url=url)
    w["at"].store.write_now(lambda tx: tx.conn.execute(moved))
    await asyncio.to_thread(w["at"].partners.reload)


async def numbers(w: World, at: str, sender: str) -> list[int]:
    """Under which the messages of ``sender`` stand at a node."""
    query = select(_envelopes.c.seq).where(_envelopes.c.sender == sender).order_by(_envelopes.c.seq)
    return list(await w[at].store.read(lambda view: view.conn.execute(query).scalars().all()))


async def arrived(w: World, expected: list[int]) -> None:
    """Until these came and were opened."""

    async def is_so() -> bool:
        return await numbers(w, "at", "br") == expected and await w.unopened("at") == 0

    await w.until(is_so, f"messages {expected}")


async def alarm(w: World, authority: str, code: str | None = None) -> str:
    codes = {code} if code else {NUMBERS, OURS}  # theirs, and our own
    return next(one.said for one in await w[authority].store.read(open_alarms) if one.code in codes)


async def recovered(w: World) -> None:
    """Somebody says that this home is the one that goes on."""
    await w.until(lambda: has_alarm(w, "br", "restored"), "the alarm that something is not here")
    assert await w["br"].store.write(lambda tx: allow(tx, "at", "ada"))
    await whole(w, "br")


async def same(w: World, *without: str) -> None:
    """Until both nodes hold the same messages with the same effects, once each."""

    async def is_so() -> bool:
        theirs = {mid: one for mid, one in said(w, "at").items() if mid not in without}
        return said(w, "br") == theirs and await states(w, "br") == await states(w, "at")

    await w.until(is_so, "both sides to hold the same messages")


async def states(w: World, authority: str) -> dict[str, str]:
    query = select(_cases.c.id, _cases.c.state)
    return {row.id: row.state for row in await w[authority].store.read(lambda view: view.conn.execute(query).all())}


async def test_what_a_copy_said_under_the_numbers_of_its_home_comes_back(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        theirs = await w["at"].office.request(OFFICER, ask("br"))
        await w["br"].office.request(OFFICER, ask("at"))
        await w.settled()
        copy = await copied(w, "br")
        async with beside(w, copy) as node:
            cases = [(await one.office.request(OFFICER, ask("at"))).case for one in (node, w["br"], node, w["br"])]
            for case in cases:
                await w.reached("at", case, "delivered")
            await node.office.move(OFFICER, theirs.case, "acknowledge", {"reference": "COPY"})
            await w.reached("at", theirs.case, "acknowledged")
            await w["br"].office.move(OFFICER, theirs.case, "ask", {"items": [{"code": "serial", "question": "?"}]})
            await arrived(w, [1, 2, 2, 3, 3, 4, 4])
        assert "noticed first under 2: br:" in await alarm(w, "at")
        assert len(said(w, "br")) < len(said(w, "at"))

        await w.restart("br")
        await recovered(w)
        await same(w)
        told = await alarm(w, "br")
        assert ("numbers used twice: 2 to 4" in told, all(case in told for case in cases)) == (True, True)
        assert "not read again" not in told
        more = await w["br"].office.request(OFFICER, ask("at"))
        await w.reached("at", more.case, "delivered")
        await same(w)
        assert (w.audit("br").first_bad, w.audit("at").first_bad) == (None, None)
        assert (await numbers(w, "at", "br"))[-1] == 5

        await w.restart("br")
        await whole(w, "br")
        last = await w["br"].office.request(OFFICER, ask("at"))
        await w.reached("at", last.case, "delivered")


async def test_what_was_answered_to_either_home_stands_alike_on_both_sides(tmp_path: Path) -> None:
    """The counterpart speaks to the copy: what is said to it is lost here, and what it refused stays refused."""
    async with world(tmp_path, "br", "at") as w:
        await w["br"].office.request(OFFICER, ask("at"))
        await w.settled()
        async with beside(w, await copied(w, "br")) as node:
            first = await w["br"].office.request(OFFICER, ask("at"))
            await w.settled()
            async with led_to(w, node):
                other = await node.office.request(OFFICER, ask("at"))
                await w.reached("at", other.case, "delivered")
                await w["at"].office.move(OFFICER, other.case, "acknowledge", {"reference": "AT-1"})
                await w["at"].office.move(OFFICER, first.case, "acknowledge", {"reference": "AT-2"})
                theirs = await w["at"].office.request(OFFICER, ask("br"))
                await w.until(lambda: is_taken(node, 3), "the copy to open or refuse them")
                await w.settled()
        assert await numbers(w, "at", "br") == [1, 2, 2]
        refused = [mid for mid, (case, _, _) in said(w, "at").items() if case == first.case and mid.startswith("at:")]
        assert (await w.case("at", first.case)).state == "delivered"
        before = receipts(w, "at")

        await w.restart("br")
        await recovered(w)
        await w.reached("br", theirs.case, "delivered")
        await w.until(lambda: waits(w, "br", other.case), "the alarm to name the case")
        await same(w, *refused)
        await w.settled()
        assert await states(w, "br") == await states(w, "at")
        assert (len(refused), before <= receipts(w, "br"), w.audit("br").ok) == (1, True, True)


async def is_taken(node: Node, count: int) -> bool:
    came = select(func.count()).where(_envelopes.c.direction == "in", _envelopes.c.stage.in_(("opened", "rejected")))
    return await node.store.read(lambda view: view.conn.execute(came).scalar_one()) == count


async def test_messages_refused_for_want_of_their_case_are_named_once_that_came_back(tmp_path: Path) -> None:
    """The home runs on, and is told what belongs to a case that only its copy has."""
    async with world(tmp_path, "br", "at") as w:
        await w["br"].office.request(OFFICER, ask("at"))
        await w.settled()
        copy = await copied(w, "br")
        async with beside(w, copy) as node:
            cases = [(await node.office.request(OFFICER, ask("at"))).case for _ in range(2)]
            for case in cases:
                await w.reached("at", case, "delivered")
        await w["br"].office.request(OFFICER, ask("at"))
        await arrived(w, [1, 2, 2, 3])
        for case in cases:
            await w["at"].office.move(OFFICER, case, "acknowledge", {"reference": "AT-1"})
        refused = [mid for mid, (case, _, _) in said(w, "at").items() if case in cases and mid.startswith("at:")]
        for mid in refused:
            await w.until(lambda mid=mid: is_rejected(w, mid), "it to be refused")  # type: ignore[misc]
        await w.restart("br")
        await recovered(w)
        await same(w, *refused)
        for mid in refused:
            await w.until(lambda mid=mid: waits(w, "br", mid), "the alarm to name it")  # type: ignore[misc]
        assert "for at to say anew: " in await alarm(w, "br")


async def is_rejected(w: World, mid: str) -> bool:
    query = select(_envelopes.c.stage).where(_envelopes.c.mid == mid)
    return await w["at"].store.read(lambda view: view.conn.execute(query).scalar()) == "rejected"


async def test_messages_for_cases_of_a_copy_wait_while_it_is_known_that_one_ran(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        copy = await copied(w, "br")
        async with beside(w, copy) as node:
            case = (await node.office.request(OFFICER, ask("at"))).case
            await w.reached("at", case, "delivered")
        first = await w["br"].office.request(OFFICER, ask("at"))
        await w.reached("at", first.case, "delivered")
        await w["br"].store.write(lambda tx: raise_alarm(tx, "br", TWINS, "at hears another node"))
        await w["at"].office.move(OFFICER, case, "acknowledge", {"reference": "AT-1"})
        held = select(_envelopes.c.mid).where(_envelopes.c.case_id == case, _envelopes.c.stage == "held")

        async def is_held() -> bool:
            return await w["br"].store.read(lambda view: view.conn.execute(held).first()) is not None

        await w.until(is_held, "the message to wait")
        (told,) = [one for one in w["br"].store.read_now(open_alarms) if one.code == TWINS]
        await w["br"].store.write(lambda tx: say_done(tx, told.id, "ada", "the copy is stopped"))
        await w["br"].store.write(lambda tx: raise_alarm(tx, "at", OURS, "the counterpart told"))
        await w.restart("br")
        await recovered(w)
        await same(w)
        assert (await w.case("br", case)).state == "acknowledged"


async def twice_said(w: World, copy: Path, count: int) -> None:
    """The copy and its home each said so many requests, under the same numbers; the copy is stopped."""
    async with beside(w, copy) as node:
        for _ in range(count):
            for one in (node, w["br"]):
                await one.office.request(OFFICER, ask("at"))
        await arrived(w, sorted([*range(1, count + 1)] * 2))


async def test_more_than_one_answer_can_name_comes_back_bit_by_bit(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        await twice_said(w, await copied(w, "br"), 20)
        await w.restart("br")
        await recovered(w)
        await same(w)
        assert (len(said(w, "br")), "numbers used twice: 1 to 20" in await alarm(w, "br")) == (40, True)
        assert "and 32 more" in await alarm(w, "br")


async def test_a_number_of_the_copy_that_the_home_has_not_sent_yet_is_asked_for(tmp_path: Path) -> None:
    """Nothing is twice at the counterpart: what the home said under the number of its copy waits here."""
    async with world(tmp_path, "br", "at") as w:
        copy = await copied(w, "br")
        async with beside(w, copy) as node:
            await node.office.request(OFFICER, ask("at"))
            await arrived(w, [1])
        await w.stop("at")
        ours = await w["br"].office.request(OFFICER, ask("at"))
        w.found("at")
        await w.restart("br")
        await w["at"].start()
        await recovered(w)
        await w.reached("at", ours.case, "delivered")
        await same(w)
        assert (await numbers(w, "at", "br"), len(said(w, "br"))) == ([1, 1], 2)
        assert "numbers used twice: 1" in await alarm(w, "br")


async def test_what_cannot_be_given_back_is_named(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w, between(w, "br", "at") as way:
        await twice_said(w, await copied(w, "br"), 2)
        lost = [mid for mid in said(w, "at") if mid not in said(w, "br")]

        def without(items: list[Any]) -> list[Any]:
            theirs = [item for item in items if "envelope" in item and mid_of(item) in lost]
            gone = [{"gone": {"seq": seq_of(item), "mid": mid_of(item)}} for item in theirs]
            return [item for item in items if item not in theirs] + gone

        way.change = without
        await w.restart("br")
        await recovered(w)
        told = await alarm(w, "br")
        assert ("cannot come back: " in told, all(mid in told for mid in lost)) == (True, True)
        await w.restart("br")
        await whole(w, "br")  # it is asked for no more
        more = await w["br"].office.request(OFFICER, ask("at"))
        await w.reached("at", more.case, "delivered")


def manifest_of(item: Any) -> Manifest:
    return envelope.parse(item["envelope"]).manifest


def mid_of(item: Any) -> str:
    return str(manifest_of(item).mid)


def seq_of(item: Any) -> int:
    return manifest_of(item).seq


async def test_whoever_stands_on_the_way_can_make_the_home_pass_over_nothing(tmp_path: Path) -> None:
    """Withheld, said to be gone under other names, or doubled: it asks on, and takes nothing that is not its own."""
    async with world(tmp_path, "br", "at") as w, between(w, "br", "at") as way:
        await twice_said(w, await copied(w, "br"), 3)
        before = said(w, "br")
        way.change = lambda items: [
            *[item for item in items if "receipt" in item],
            {"gone": {"seq": 3, "mid": "br:1"}},
            {"gone": {"seq": "3", "mid": None}},
            {"gone": {"seq": 2**53 - 1, "mid": next(iter(before))}},
            {"envelope": {}, "back": 7},
        ]
        await w.restart("br")
        await w.until(lambda: has_alarm(w, "br", "restored"), "the alarm that something is not here")
        assert await w["br"].store.write(lambda tx: allow(tx, "at", "ada"))
        await w.until(lambda: given(way, 3), "it to be given what is wrong")
        query = select(_counterparts.c.recovery, _counterparts.c.out_seq)
        state = w["br"].store.read_now(lambda view: view.conn.execute(query).one())
        assert (tuple(state), said(w, "br")) == (("running", 3), before)
        way.change = lambda items: items * 2
        await whole(w, "br")
        await same(w)


async def given(way: Between, times: int) -> bool:
    return way.asked >= times


def asked(w: World, **have: Any) -> Have:
    return Have.model_validate({"seq": 3, "rid": None, "sack": None} | have)


async def test_an_older_program_is_named_nothing_and_one_that_asks_is_named_it_in_order(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        await twice_said(w, await copied(w, "br"), 3)
        mids = sorted(w["at"].store.read_now(lambda view: view.conn.execute(_OF_BR).all()))
        start = {"seq": 0, "mid": None, "rid": None}

        def named(have: Have) -> tuple[list[tuple[int, str]], int]:
            found = w["at"].store.write_now(lambda tx: held_twice(tx, "br", "at", have))
            return list(found.named), found.count

        everything = [(row.seq, row.mid) for row in mids]
        assert named(asked(w)) == ([], 0)
        assert named(asked(w, after=start)) == (everything, 6)
        second = {"seq": everything[1][0], "mid": everything[1][1], "rid": None}
        assert named(asked(w, after=second)) == (everything[2:], 4)
        assert named(asked(w, seq=1, after=start)) == (everything[:2], 2)
        nothing = update(_counterparts).where(_counterparts.c.authority == "br").values(twice_from=None)
        w["at"].store.write_now(lambda tx: tx.conn.execute(nothing))
        assert named(asked(w, after=start, unsure=[list(everything[2])])) == ([everything[3]], 1)


_OF_BR = select(_envelopes.c.seq, _envelopes.c.mid).where(_envelopes.c.sender == "br")


async def test_a_home_whose_counterpart_has_an_older_program_recovers_as_it_did(tmp_path: Path) -> None:
    """It names nothing, so what lies under the numbers of the home stays with it; nothing else is held up."""
    async with world(tmp_path, "br", "at") as w:
        await twice_said(w, await copied(w, "br"), 2)
        forgets = update(_counterparts).where(_counterparts.c.authority == "br").values(twice_from=None)
        w["at"].store.write_now(lambda tx: tx.conn.execute(forgets))
        await w.restart("br")
        await whole(w, "br")
        more = await w["br"].office.request(OFFICER, ask("at"))
        await w.reached("at", more.case, "delivered")


async def test_a_counterpart_that_uses_a_number_twice_is_told_of_once_and_a_new_home_of_it_is_not(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, "br", "at") as w:
        await twice_said(w, await copied(w, "br"), 2)
        (told,) = [one for one in await w["at"].store.read(open_alarms) if one.code == NUMBERS]
        lowest = w["at"].store.read_now(lambda view: view.conn.execute(select(_counterparts.c.twice_from)).scalar())
        assert (told.authority, lowest) == ("br", 1)
        trust = w["at"].partners.get("br")
        assert trust is not None
        assert not is_refounded(trust.trust)


async def test_what_a_copy_says_before_it_is_answered_does_not_hide_that_its_number_was_used(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w, between(w, "br", "at") as way:
        copy = await copied(w, "br")
        await w["br"].office.request(OFFICER, ask("at"))
        await arrived(w, [1])
        await w.stop("br")
        way.slow_s = 2.5
        way.paths.clear()
        w.nodes["br"] = Node.open(copy, PASSPHRASE, clock=w.clock)
        await w["br"].start()
        await w.until(lambda: has_passed(way), "its hello to be on its way")
        await w["br"].office.request(OFFICER, ask("at"))
        await w.until(lambda: has_alarm(w, "br", "restored"), "the alarm that something is not here")
        assert await numbers(w, "at", "br") == [1]


async def has_passed(way: Between) -> bool:
    return len(way.paths) > 0
