"""Two nodes that share no network: what they say to each other goes by files alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world import OFFICER, World, ask
from tracing.bundling import opener_of, packer_of, unpacker_of
from tracing.clock import SystemClock
from tracing.exchange.bundles.packing import Made
from tracing.exchange.bundles.unpacking import Report
from tracing.partners import set_carriage


class Bag:
    """The way between nodes that do not run: files in a folder."""

    def __init__(self, w: World, folder: Path) -> None:
        self.world, self.folder, self.count = w, folder, 0

    async def pack(self, sender: str, to: str, split_bytes: int | None = None) -> Made:
        self.count += 1
        place = self.folder / f"{self.count}-{sender}-{to}.itx"
        return await packer_of(self.world[sender]).pack(to, place, actor="ada", split_bytes=split_bytes)

    async def take(self, at: str, *places: Path) -> list[Report]:
        node = self.world[at]
        unpacker = unpacker_of(node, opener_of(node).open_all)
        reports = []
        for place in places:
            with place.open("rb") as file:
                reports.append(await unpacker.take(file, actor="bea"))
        return reports

    async def carry(self, sender: str, to: str) -> list[Report]:
        """One bag from one to the other."""
        made = await self.pack(sender, to)
        return await self.take(to, *(one.place for one in made.files))


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path, SystemClock())
    for authority in ("br", "at"):
        made.found(authority)
    for one, other in (("br", "at"), ("at", "br")):
        made.introduce(one, other)
        made[one].store.write_now(lambda tx, other=other: set_carriage(tx, other, "file", "admin"))
        made[one].partners.reload()
    yield made
    for authority in ("br", "at"):
        made.nodes[authority].close()


@pytest.fixture
def bag(w: World, tmp_path: Path) -> Bag:
    (tmp_path / "bag").mkdir()
    return Bag(w, tmp_path / "bag")


async def test_a_request_goes_by_file_and_its_receipts_come_back(w: World, bag: Bag) -> None:
    outcome = await w["br"].office.request(OFFICER, ask("at"))
    [report] = await bag.carry("br", "at")
    assert (report.accepted, report.known, report.refused) == (1, 0, 0)
    assert (await w.case("at", outcome.case)).state == "delivered"
    [back] = await bag.carry("at", "br")
    assert (back.receipts, back.refused) == (2, 0)
    assert (await w.case("br", outcome.case)).state == "delivered"
    assert await w.count("br", "outbox") == 0
    await bag.carry("br", "at")
    assert await w.count("at", "outbox") == 0
