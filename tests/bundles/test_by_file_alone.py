"""Two nodes that share no network: what they say to each other goes by files alone, and on line again afterwards."""

import random
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from protocol import strictjson
from protocol.envelope import parse
from protocol.lifecycle import Kind
from tests.attachments.officers import states
from tests.attachments.pictures import large
from tests.bundles.bags import Bag, carried, everything
from tests.domain.bodies import body
from tests.world import OFFICER, World, ask
from tracing.casework.casefile import CaseFile
from tracing.exchange.bundles.packing import BundleHeld
from tracing.exchange.bundles.parts import LEAST_SPLIT_BYTES, PartTooSmall
from tracing.partners import set_status
from tracing.tables import Attachment, Envelope, table_of

ANSWER = body(Kind.FINAL_RESPONSE)
CLOSURE = {"code": "last_legal_holder_established", "usefulness": "useful", "disposition": "retained_as_evidence"}
_attachments, _envelopes = table_of(Attachment), table_of(Envelope)


def shown(file: CaseFile) -> dict[str, Any]:
    """What both sides must show alike."""
    said = [(one["mid"], one["kind"], one["effect"]) for one in file.messages]
    return {"state": file.state, "said": sorted(said), "overlays": sorted(file.overlays)}


async def test_a_request_goes_by_file_and_its_receipts_come_back(w: World, bag: Bag) -> None:
    outcome = await w["br"].office.request(OFFICER, ask("at"))
    [report] = await bag.carry("br", "at")
    assert (report.accepted, report.known, report.refused) == (1, 0, 0)
    assert (await w.case("at", outcome.case)).state == "delivered"
    [back] = await bag.carry("at", "br")
    assert (back.receipts, back.refused) == (2, 0)
    assert (await w.case("br", outcome.case)).state == "delivered"
    assert await w.count("br", "outbox") == 0


async def test_receipts_go_until_the_other_side_tells_that_it_has_them(w: World, bag: Bag) -> None:
    await w["br"].office.request(OFFICER, ask("at"))
    await bag.carry("br", "at")
    await bag.pack("at", "br")  # this bag is lost
    assert await w.count("at", "outbox") == 2
    await bag.carry("at", "br")
    await bag.pack("br", "at")  # so is this one, in which it was told
    assert await w.count("at", "outbox") == 2
    await bag.carry("at", "br")
    await bag.carry("br", "at")
    assert await w.count("at", "outbox") == 0
    assert (await bag.pack("at", "br")).receipts == 0


async def test_a_whole_conversation_goes_by_files_each_taken_twice_and_in_wrong_order(w: World, bag: Bag) -> None:
    case = await _conversation(w, bag)
    both = [shown(await w.case(name, case)) for name in ("br", "at")]
    assert both[0] == both[1]
    assert both[0]["state"] == "closed"
    assert len(both[0]["said"]) == 6
    for name in ("br", "at"):
        assert await w.count(name, "outbox") == 0
        assert w.audit(name).ok
    assert states(await w.case("at", case))[0] == ["here", "here"]
    assert states(await w.case("br", case))[0] == ["there", "there"]


async def _conversation(w: World, bag: Bag) -> str:
    """Request with a photograph, question, supply, acknowledgement, answer, closure."""
    br, at, chance = w["br"].office, w["at"].office, random.Random(10)
    carried_so_far: dict[tuple[str, str], list[Path]] = {("br", "at"): [], ("at", "br"): []}

    async def there_and_back() -> None:
        for sender, to in [("br", "at"), ("at", "br")] * 2:
            places = carried_so_far[sender, to]
            places += [one.place for one in (await bag.pack(sender, to)).files]
            twice = [*reversed(places), *chance.sample(places, len(places))]
            assert [fault for one in await bag.take(to, *twice) for fault in one.faults] == []

    photograph = await bag.bring("br", large())
    case = (await br.request(OFFICER, ask("at") | {"attachments": [photograph]})).case
    await there_and_back()
    await at.move(OFFICER, case, "acknowledge", {"reference": "AT-1"})
    await at.move(OFFICER, case, "ask", body(Kind.INFORMATION_REQUEST))
    await w["at"].store.write(lambda tx: tx.conn.execute(_attachments.update().values(wanted_ms=tx.now_ms)))
    await there_and_back()
    await br.move(OFFICER, case, "supply", body(Kind.INFORMATION_SUPPLY))
    await there_and_back()
    await at.move(OFFICER, case, "answer", ANSWER)
    await there_and_back()
    await br.move(OFFICER, case, "close", CLOSURE)
    await there_and_back()
    for sender, to in [("br", "at"), ("at", "br")] * 2:  # what old bundles drew again is told
        await bag.carry(sender, to)
    return case


async def test_the_same_pair_goes_on_on_line(w: World, bag: Bag) -> None:
    case = (await w["br"].office.request(OFFICER, ask("at"))).case
    await bag.carry("br", "at")
    await w["at"].office.move(OFFICER, case, "acknowledge", {"reference": "AT-1"})
    for one, other in (("br", "at"), ("at", "br")):
        carried(w, one, other, "online")
    for name in ("br", "at"):
        await w[name].start()
    await w.reached("br", case, "acknowledged")
    await w["at"].office.move(OFFICER, case, "answer", ANSWER)
    await w.reached("br", case, "answered")
    await w.settled()
    assert shown(await w.case("br", case)) == shown(await w.case("at", case))
    assert all(w.audit(name).ok for name in ("br", "at"))


async def test_a_node_that_runs_says_nothing_on_line_to_whom_it_reaches_by_file(w: World, bag: Bag) -> None:
    await w["br"].start()
    case = (await w["br"].office.request(OFFICER, ask("at"))).case
    [file] = (await w.case("br", case)).delivery
    assert (file["stage"], file["attempts"]) == ("queued", 0)
    await bag.carry("br", "at")
    assert (await w.case("at", case)).state == "delivered"


async def test_every_part_stands_alone_in_whatever_order_they_come(w: World, bag: Bag) -> None:
    data = random.Random(3).randbytes(9 << 20)
    film = await bag.bring("br", data, "film.bin", "application/octet-stream")
    case = (await w["br"].office.request(OFFICER, ask("at") | {"attachments": [film]})).case
    made = await bag.pack("br", "at", LEAST_SPLIT_BYTES)
    assert len(made.files) == 3
    assert all(one.size <= LEAST_SPLIT_BYTES for one in made.files)
    order = list(permutations([one.place for one in made.files]))[3]
    reports = await bag.take("at", *order)
    assert [(one.accepted, one.refused) for one in reports] == [(1, 0), (0, 0), (0, 0)]
    assert sum(one.attachments for one in reports) == 1
    assert states(await w.case("at", case)) == [["here"]]
    assert not [one for one in w["at"].folder.path.iterdir() if "piece" in one.name or "new-" in one.name]
    await bag.carry("at", "br")
    assert (await bag.pack("br", "at")).attachments == 0


async def test_a_part_that_is_too_small_is_refused_and_nothing_is_written(w: World, bag: Bag) -> None:
    await w["br"].office.request(OFFICER, ask("at"))
    before = await everything(w, "br")
    with pytest.raises(PartTooSmall):
        await bag.pack("br", "at", LEAST_SPLIT_BYTES - 1)
    assert await everything(w, "br") == before
    assert list(bag.folder.iterdir()) == []


async def test_nothing_is_packed_for_one_that_is_suspended(w: World, bag: Bag) -> None:
    await w["br"].office.request(OFFICER, ask("at"))
    w["br"].store.write_now(lambda tx: set_status(tx, "at", "suspended", "admin"))
    w["br"].partners.reload()
    before = await everything(w, "br")
    with pytest.raises(BundleHeld, match="suspended"):
        await bag.pack("br", "at")
    assert (await everything(w, "br"), list(bag.folder.iterdir())) == (before, [])


async def test_what_goes_by_file_is_sealed_to_the_key_that_is_kept_for_it(w: World, bag: Bag) -> None:
    await w["br"].office.request(OFFICER, ask("at"))
    keyset = w["at"].trust.keyset
    assert keyset is not None
    [wire] = await w["br"].store.read(lambda view: view.conn.execute(select(_envelopes.c.wire)).scalars().all())
    [by_file] = [one.kid for one in keyset.kem if one.carriage == "file"]
    assert parse(strictjson.load(wire, len(wire))).manifest.kem.kid == by_file
