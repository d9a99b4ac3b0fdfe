"""A node that comes back from an older copy: noticed before it says anything, mended with what the other one holds."""

import shutil
from functools import partial
from pathlib import Path

import pytest
from aiohttp import ClientSession
from sqlalchemy import select

from protocol import hello
from tests.attachments.officers import officer_of
from tests.federation.test_outside_cases import STOLEN
from tests.world import OFFICER, PASSPHRASE, World, ask, world
from tracing.attachments import checking
from tracing.backups import make_backup, restore_backup
from tracing.casework.errors import Unavailable
from tracing.casework.matters.relations import Relations
from tracing.exchange.recovering import allow, have_of
from tracing.node import Node
from tracing.tables import Attachment, Counterpart, MatterMessage, Message, Receipt, table_of
from tracing.trust.alarms import open_alarms
from tracing.trust.foreign import foreign_keysets

SECRET = b"of backups"
_of_matters, _attachments = table_of(MatterMessage), table_of(Attachment)
_counterparts, _messages, _receipts = table_of(Counterpart), table_of(Message), table_of(Receipt)


def nothing(_what: str, _done: int, _total: int) -> None:
    """Hears progress."""


def nobody(_done: int) -> None:
    """Hears progress."""


def backed_up(w: World, authority: str) -> Path:
    place = w.folder / f"{authority}.itxbackup"
    node = w[authority]
    make_backup(node.home, node.settings, place, SECRET, w.clock, w.ids, nothing)
    return place


async def come_back(w: World, authority: str, place: Path) -> Node:
    """The disk is lost; the node goes on from its backup."""
    await w.stop(authority)
    shutil.rmtree(w.folder / authority)
    restore_backup(place, w.folder / authority, SECRET, w.clock, w.ids, nothing)
    w.nodes[authority] = Node.open(w.folder / authority, PASSPHRASE, clock=w.clock)
    await w[authority].start()
    return w[authority]


def said(w: World, authority: str) -> dict[str, tuple[str, str, str]]:
    """Every message of a node's cases: its case, its kind, and what became of it."""
    columns = (_messages.c.mid, _messages.c.case_id, _messages.c.kind, _messages.c.effect)
    rows = w[authority].store.read_now(lambda view: view.conn.execute(select(*columns)).all())
    assert len(rows) == len({row.mid for row in rows})
    return {row.mid: (row.case_id, row.kind, row.effect) for row in rows}


def receipts(w: World, authority: str) -> set[bytes]:
    """Every receipt that is kept, byte for byte."""
    rows = w[authority].store.read_now(lambda view: view.conn.execute(select(_receipts.c.wire)).scalars().all())
    assert len(rows) == len(set(rows))
    return set(rows)


async def whole(w: World, *authorities: str) -> None:
    """Until nobody asks any more."""

    async def is_so() -> bool:
        query = select(_counterparts.c.recovery).where(_counterparts.c.recovery.is_not(None))
        asked = [await w[one].store.read(lambda view: view.conn.execute(query).first()) for one in authorities]
        return not any(asked)

    await w.until(is_so, "everything to be given back")


async def test_a_node_that_lost_its_newest_hour_is_given_all_of_it_back(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        first = await w["br"].office.request(OFFICER, ask("at"))
        theirs = await w["at"].office.request(OFFICER, ask("br"))
        await w.settled()
        place = backed_up(w, "br")
        second = await w["br"].office.request(OFFICER, ask("at"))
        await w["br"].office.move(OFFICER, theirs.case, "acknowledge", {"reference": "BR-1"})
        third = await w["at"].office.request(OFFICER, ask("br"))
        await w.settled()
        await w["at"].office.move(OFFICER, second.case, "acknowledge", {"reference": "AT-1"})
        await w["at"].office.move(OFFICER, first.case, "acknowledge", {"reference": "AT-2"})
        await w["br"].office.move(OFFICER, third.case, "acknowledge", {"reference": "BR-2"})
        await w.settled()
        before, held = said(w, "at"), receipts(w, "at")
        assert said(w, "br") == before

        await come_back(w, "br", place)
        await whole(w, "br")
        await w.until(lambda: _same(w, before), "every message to be in its case again")
        await w.settled()
        assert said(w, "at") == before
        assert (receipts(w, "br"), receipts(w, "at")) == (held, held)
        assert (w.audit("br").first_bad, w.audit("at").first_bad) == (None, None)

        more = await w["br"].office.request(OFFICER, ask("at"))
        await w.reached("at", more.case, "delivered")
        await w.settled()
        assert said(w, "br") == said(w, "at")
        assert w.audit("br").ok


async def _same(w: World, before: dict[str, tuple[str, str, str]]) -> bool:
    return said(w, "br") == before


def copied(w: World, authority: str) -> Path:
    """A copy of the home as an administrator may make it, beside a node that rests."""
    return Path(shutil.copytree(w.folder / authority, w.folder / f"{authority}-old"))


async def start_copy(w: World, authority: str, copy: Path) -> Node:
    """The copy in the place of the home, started as if it were the newest."""
    shutil.rmtree(w.folder / authority, ignore_errors=True)
    copy.rename(w.folder / authority)
    w.nodes[authority] = Node.open(w.folder / authority, PASSPHRASE, clock=w.clock)
    await w[authority].start()
    return w[authority]


async def has_alarm(w: World, authority: str, code: str) -> bool:
    return any(one.code == code for one in await w[authority].store.read(open_alarms))


async def test_a_copy_nobody_restored_says_nothing_until_somebody_says_it_is_the_node(tmp_path: Path) -> None:
    """A copied home may be started by mistake; then it must not take the place of the node that lives."""
    async with world(tmp_path, "br", "at") as w:
        await w["br"].office.request(OFFICER, ask("at"))
        await w.settled()
        await w.stop("br")
        copy = copied(w, "br")
        w.found("br")
        await w["br"].start()
        lost = await w["br"].office.request(OFFICER, ask("at"))
        await w.reached("at", lost.case, "delivered")
        await w.settled()
        before = said(w, "at")
        await w.stop("br")

        node = await start_copy(w, "br", copy)
        await w.until(lambda: has_alarm(w, "br", "restored"), "the alarm that it is an older copy")
        counts = await w.counts("at")
        with pytest.raises(Unavailable):
            await node.office.request(OFFICER, ask("at"))
        theirs = await w["at"].office.request(OFFICER, ask("br"))
        assert (await w.count("at", "receipt"), theirs.delivery) == (counts["receipt"], "queued")
        assert set(said(w, "br")) < set(before)

        assert await node.store.write(lambda tx: allow(tx, "at", "ada"))
        assert not await node.store.write(lambda tx: allow(tx, "at", "ada"))
        await whole(w, "br")
        (told,) = [one.said for one in node.store.read_now(open_alarms) if one.code == "restored"]
        assert ("being given back" in told, "nothing is sent" in told) == (True, False)
        await w.until(lambda: _same(w, said(w, "at")), "every message to be in its case again")
        await w.reached("br", theirs.case, "delivered")
        await w.settled()
        assert before.items() <= said(w, "br").items()
        assert (await has_alarm(w, "at", "came-back"), w.audit("br").ok, w.audit("at").ok) == (True, True, True)


async def test_a_keyset_that_only_a_copy_issued_is_told_of_and_outnumbered(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        await w["br"].office.request(OFFICER, ask("at"))
        await w.settled()
        await w.stop("br")
        copy = copied(w, "br")
        (w.folder / "br").rename(w.folder / "br-new")
        node = await start_copy(w, "br", copy)
        shown = node.keyring.issue(0, "ada")
        await w.until(lambda: holds(w, "at", "br", shown), "the keyset of the copy to be believed")
        await w.stop("br")

        node = await start_copy(w, "br", w.folder / "br-new")
        await w.until(lambda: has_alarm(w, "br", "foreign-keyset"), "the alarm that another keyset is held")
        assert node.keyring.issue(shown, "ada") == shown + 1
        await w.until(lambda: holds(w, "at", "br", shown + 1), "the keyset above it to be believed")
        more = await node.office.request(OFFICER, ask("at"))
        await w.reached("at", more.case, "delivered")
        assert not await w["at"].store.read(open_alarms)
        assert w.audit("br").ok


async def test_a_home_whose_copy_spoke_is_whole_again_after_the_keyset_above_the_copys(tmp_path: Path) -> None:
    """The copy has another address and said a message: a keyset and an envelope of ours that are not in this home."""
    async with world(tmp_path, "br", "at") as w:
        await w["br"].office.request(OFFICER, ask("at"))
        await w.settled()
        await w.stop("br")
        copy = copied(w, "br")
        (w.folder / "br").rename(w.folder / "br-new")
        node = await start_copy(w, "br", copy)
        shown = node.keyring.issue(0, "ada")
        said_there = await node.office.request(OFFICER, ask("at"))
        await w.reached("at", said_there.case, "delivered")
        await w.settled()
        await w.stop("br")

        node = await start_copy(w, "br", w.folder / "br-new")
        await w.until(lambda: has_alarm(w, "br", "restored"), "the alarm that something is not here")
        assert await has_alarm(w, "br", "foreign-keyset")
        assert node.store.read_now(foreign_keysets) == {"at": shown}
        (told,) = [one for one in node.store.read_now(open_alarms) if one.code == "foreign-keyset"]
        assert (told.authority, f"`tracing keys issue --above {shown}`" in told.said) == ("at", True)
        before = await w.counts("br")
        assert await node.store.write(lambda tx: allow(tx, "at", "ada"))
        await w.until(lambda: waits(w, "br", "they are given back once it holds a keyset"), "it to wait for that")
        assert await w.counts("br") == {**before, "leaf": before["leaf"] + 1}  # that somebody said it

        assert node.keyring.issue(shown, "ada") == shown + 1
        await whole(w, "br")
        await w.until(lambda: _same(w, said(w, "at")), "what the copy said to be in its case")
        assert not await has_alarm(w, "br", "foreign-keyset")
        more = await node.office.request(OFFICER, ask("at"))
        await w.reached("at", more.case, "delivered")
        await w.settled()
        assert (said(w, "br"), w.audit("br").ok, w.audit("at").ok) == (said(w, "at"), True, True)


async def waits(w: World, authority: str, words: str) -> bool:
    return any(words in one.said for one in await w[authority].store.read(open_alarms))


async def holds(w: World, authority: str, of: str, ver: int) -> bool:
    partner = w[authority].partners.get(of)
    return bool(partner and partner.trust and partner.trust.keyset and partner.trust.keyset.ver == ver)


async def test_a_node_restored_while_its_counterpart_is_away_waits_for_it(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        await w["br"].office.request(OFFICER, ask("at"))
        await w.settled()
        place = backed_up(w, "br")
        await w.stop("at")
        node = await come_back(w, "br", place)
        before = await w.counts("br")
        with pytest.raises(Unavailable):
            await node.office.request(OFFICER, ask("at"))
        assert await w.counts("br") == before
        w.found("at")
        await w["at"].start()
        await whole(w, "br")
        assert not await has_alarm(w, "br", "restored")
        await w["br"].office.request(OFFICER, ask("at"))
        await w.settled()
        assert said(w, "br") == said(w, "at")


async def test_what_was_said_outside_cases_and_what_was_not_opened_yet_comes_back_too(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        place = backed_up(w, "br")
        relations = Relations(w["br"].store, w["br"].house, w.clock, w.ids, w["br"].signals)
        told = await relations.say(OFFICER, "at", "inform", STOLEN)
        await w.settled()
        await come_back(w, "br", place)
        await whole(w, "br")
        matters = select(_of_matters.c.mid, _of_matters.c.direction)

        async def is_here() -> bool:
            rows = await w["br"].store.read(lambda view: view.conn.execute(matters).all())
            return [tuple(row) for row in rows] == [(told.mid, "out")]

        await w.until(is_here, "the statement to be in its matter again")
        await w.settled()
        assert (w.audit("br").first_bad, w.audit("at").first_bad) == (None, None)


async def test_attachments_are_in_a_backup_and_theirs_come_again(tmp_path: Path) -> None:
    """Of our own since the backup the counterpart keeps the files; the rows say that this node lost them."""
    async with world(tmp_path, "br", "at") as w:
        await send_with_file(w, "br", "at", b"before" * 999)
        await w.settled()
        await w.until(lambda: all_arrived(w, "at", 1), "the first file")
        place = backed_up(w, "br")
        await send_with_file(w, "br", "at", b"ours" * 999)
        await send_with_file(w, "at", "br", b"theirs" * 999)
        await w.settled()
        await w.until(lambda: all_arrived(w, "at", 2), "the second file")
        await w.until(lambda: all_arrived(w, "br", 1), "their file")
        before = said(w, "at")
        await come_back(w, "br", place)
        await whole(w, "br")
        await w.until(lambda: _same(w, before), "every message to be in its case again")
        await w.until(lambda: all_arrived(w, "br", 1), "their file again")
        await w.settled()
        rows = w["br"].store.read_now(lambda view: view.conn.execute(select(_attachments)).all())
        assert sorted(f"{row.direction} {row.fault}" for row in rows) == ["in None", "out None", "out lost"]
        expected = w["br"].store.read_now(checking.expected)
        assert (len(expected), checking.first_wrong(w["br"].folder, expected, nobody)) == (2, None)
        assert (w.audit("br").first_bad, w.audit("at").first_bad) == (None, None)


async def all_arrived(w: World, authority: str, count: int) -> bool:
    came = select(_attachments.c.mid).where(_attachments.c.direction == "in", _attachments.c.proved_ms.is_not(None))
    return len(await w[authority].store.read(lambda view: view.conn.execute(came).all())) == count


async def send_with_file(w: World, authority: str, to: str, data: bytes) -> None:
    async with officer_of(w, authority) as officer:
        answer = await officer.ask(to, await officer.bring(data))
        assert answer["http"] == 201, answer


async def test_what_was_said_while_a_hello_was_on_its_way_makes_nobody_an_older_copy(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        await w["br"].office.request(OFFICER, ask("at"))
        await w.settled()
        early = {
            lacks: w["br"].store.read_now(partial(have_of, me="br", of="at", lacks=lacks)) for lacks in (False, True)
        }
        theirs = await w["at"].office.request(OFFICER, ask("br"))
        await w["br"].office.request(OFFICER, ask("at"))
        await w.settled()
        voice, net = w["br"].keyring.voice, w["br"].settings.net
        for lacks, told in ((False, []), (True, ["came-back"])):
            late = hello.say(
                net=net, sender="br", to="at", at=w.clock.now_ms(), nonce=bytes(16), signer=voice.signer("rcpt"),
                have=early[lacks],
            )  # fmt: skip
            to = f"http://{w['at'].settings.exchange}/itx/1/envelopes"
            async with ClientSession() as client, client.post(to, json={"hello": late}) as reply:
                answer = await reply.json(content_type=None)
            knows = hello.parse(answer["hello"]).hello.knows
            assert (reply.status, knows is not None and knows.seq, "returned" in answer) == (200, 2, lacks)
            assert [one.code for one in w["at"].store.read_now(open_alarms)] == told
        assert theirs.case in {case for case, _, _ in said(w, "br").values()}


async def test_a_message_as_large_as_any_can_be_comes_back(tmp_path: Path) -> None:
    """With its statement sealed back beside it, it is more than a MiB twice."""
    async with world(tmp_path, "br", "at") as w:
        theirs = await w["at"].office.request(OFFICER, ask("br"))
        await w.reached("br", theirs.case, "delivered")
        await w["br"].office.move(OFFICER, theirs.case, "acknowledge", {"reference": "BR-1"})
        await w.settled()
        place = backed_up(w, "br")
        questions = [{"code": "serial", "question": "9" * 18_000, "blocking": True}] * 38
        await w["br"].office.move(OFFICER, theirs.case, "ask", {"items": questions})
        await w.settled()
        before = said(w, "at")
        await come_back(w, "br", place)
        await whole(w, "br")
        await w.until(lambda: _same(w, before), "every message to be in its case again")
