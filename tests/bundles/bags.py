"""A pair of nodes that share no network, and the bag between them: files in a folder."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.world import OFFICER, World
from tracing.attachments import uploads
from tracing.attachments.intake import Intake
from tracing.bundling import opener_of, packer_of, unpacker_of
from tracing.exchange.bundles.packing import Made
from tracing.exchange.bundles.unpacking import Report
from tracing.partners import set_carriage
from tracing.tables import Attachment, Carried, Outbox, table_of

__all__ = ["Bag", "by_file"]

ROOM = 1 << 30
PIECE = 64 * 1024


class Bag:
    """Carries bundles between nodes that do not run."""

    def __init__(self, w: World, folder: Path) -> None:
        self.world, self.folder, self.count = w, folder, 0
        folder.mkdir()

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

    async def bring(self, authority: str, data: bytes, name: str = "marks.jpg", kind: str = "image/jpeg") -> str:
        """What an officer attaches: the id to name in an act."""
        node = self.world[authority]
        intake = Intake(node.folder, node.settings.net, node.ids)
        brought = await intake.take(_in_pieces(data), name=name, media_type=kind, keep_original=False)
        made = await node.store.write(lambda tx: uploads.add(tx, OFFICER.name, brought.attachments, ROOM))
        return made.id


async def _in_pieces(data: bytes) -> AsyncIterator[bytes]:
    for first in range(0, len(data), PIECE):
        yield data[first : first + PIECE]


def by_file(w: World, *authorities: str) -> World:
    """Found them, not running; each knows the others, and that they are reached by file."""
    for authority in authorities:
        w.found(authority)
    for one in authorities:
        for other in authorities:
            if one != other:
                w.introduce(one, other)
                carried(w, one, other, "file")
    return w


def carried(w: World, one: str, other: str, by: Any) -> None:
    """``one`` reaches ``other`` so from now on."""
    w[one].store.write_now(lambda tx: set_carriage(tx, other, by, "admin"))
    w[one].partners.reload()


async def everything(w: World, authority: str) -> dict[str, Any]:
    """What a bundle may change at a node: every row that counts, and the files of attachments."""
    node = w[authority]
    found: dict[str, Any] = dict(await w.counts(authority))
    del found["leaf"]  # what was refused is noted
    for table in (table_of(Attachment), table_of(Carried), table_of(Outbox)):
        rows = await node.store.read(lambda view, table=table: view.conn.execute(select(table)).all())
        found[table.name] = sorted(repr(row) for row in rows if row._mapping.get("item") != "bundle")
    return found | {"files": sorted(one.name for one in node.folder.path.iterdir())}
