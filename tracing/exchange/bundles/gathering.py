"""Gathering what waits for a counterpart: posts in a file of their own for the time being, attachments where they lie.

Rules
- Posts are the objects that would be posted on line, of at most 64 items and some 256 KiB. An envelope that names
  attachments is a post by itself, so that each part of a bundle can carry it beside them.
- Read in small looks, so nobody waits for a long one. What changes in between is in the next bundle.

    gathered = await gather(store, folder, spool, me="br", to="at", items=("envelope", "receipt"), most_bytes=None)
"""

import asyncio
import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import IO, Final

from protocol.bundle import MAX_LANDED, MAX_TAKEN, MAX_WANT, Member
from tracing.attachments import Folder
from tracing.attachments import rows as attached
from tracing.exchange.bundles import rows
from tracing.exchange.bundles.parts import Load, Packed, cut, whole
from tracing.exchange.items import MAX_ITEMS, post_body
from tracing.store import AnyRow, Store, View

__all__ = ["Gathered", "gather"]

POST_BYTES: Final = 256 * 1024  # a damaged place of a disc takes no more than this with it, and one envelope at least
LOOK: Final = 32  # rows read at once: 50 MB where each is as large as can be
UNTAKEN = ("queued", "sent")  # stages of an envelope that its receiver may not have


@dataclass(slots=True)
class Gathered:
    """What is to go. ``missing`` counts attachments that are not at hand here."""

    posts: list[Load] = field(default_factory=list)
    blobs: list[Load] = field(default_factory=list)
    mids: list[str] = field(default_factory=list)  # of the envelopes
    receipts: int = 0
    attachments: int = 0
    taken: list[str] = field(default_factory=list)
    landed: list[str] = field(default_factory=list)
    want: list[str] = field(default_factory=list)
    missing: int = 0


@dataclass(slots=True)
class _Spool:
    """Posts behind one another in a file that nobody else sees."""

    file: IO[bytes]
    count: int = 0

    def add(self, body: bytes) -> Packed:
        first = self.file.seek(0, 2)
        self.file.write(body)
        self.count += 1
        digest = hashlib.sha256(body).hexdigest()
        member = Member(name=f"posts/{self.count:06}.json", len=len(body), sha256=digest)
        return Packed(member, partial(self._read, first, len(body)))

    def _read(self, first: int, size: int) -> Iterator[bytes]:
        self.file.seek(first)
        yield self.file.read(size)


async def gather(
    store: Store, folder: Folder, spool: IO[bytes], *, me: str, to: str, items: Collection[str], most_bytes: int | None
) -> Gathered:
    """All of it. ``items`` are the kinds of rows that may go; ``most_bytes`` of a part, beyond which blobs are cut."""
    found, spooled = Gathered(), _Spool(spool)
    waiting, lacked = await store.read(lambda view: _look(view, to, items, found))
    naming = {row.mid for row in lacked if row.stage in UNTAKEN}
    plain = [row for row in waiting if row.item == "receipt" or row.ref not in naming]
    for some in _batches([row.id for row in plain], LOOK):
        wires = await store.read(partial(_wires, me=me, to=to, ids=some))
        await asyncio.to_thread(_post, wires, spooled, found)
    found.mids += [row.ref for row in plain if row.item == "envelope"]
    found.receipts = len(plain) - len(found.mids)
    naming_rows = {row.ref: row.id for row in waiting if row.item == "envelope" and row.ref in naming}
    posts: dict[str, Packed] = {}
    for mid, row_id in naming_rows.items():
        wires = await store.read(partial(_wires, me=me, to=to, ids=[row_id]))
        if wires:
            posts[mid] = await asyncio.to_thread(spooled.add, post_body([wires[0].wire]))
            found.posts.append(Load(posts[mid]))
            found.mids.append(mid)
    await asyncio.to_thread(_attach, folder, lacked, posts, found, most_bytes)
    return found


def _look(view: View, to: str, items: Collection[str], found: Gathered) -> tuple[list[AnyRow], list[AnyRow]]:
    found.taken = rows.to_tell(view, to, "receipt", MAX_TAKEN)
    found.landed = rows.to_tell(view, to, "blob", MAX_LANDED)
    found.want = attached.asked(view, to, MAX_WANT)
    return rows.waiting(view, to, items), rows.attachments(view, to) if "envelope" in items else []


def _wires(view: View, *, me: str, to: str, ids: Sequence[int]) -> list[AnyRow]:
    return rows.wires(view, me, to, ids)


def _batches(ids: Sequence[int], most: int) -> Iterator[Sequence[int]]:
    return (ids[first : first + most] for first in range(0, len(ids), most))


def _post(wires: Sequence[AnyRow], spool: _Spool, found: Gathered) -> None:
    """Some rows as posts of a bounded size, one row at least in each."""
    some: list[AnyRow] = []
    size = 0
    for row in wires:
        if some and (size + len(row.wire) > POST_BYTES or len(some) == MAX_ITEMS):
            found.posts.append(Load(spool.add(_body(some))))
            some, size = [], 0
        some.append(row)
        size += len(row.wire)
    if some:
        found.posts.append(Load(spool.add(_body(some))))


def _body(some: Sequence[AnyRow]) -> bytes:
    envelopes = [row.wire for row in some if row.item == "envelope"]
    return post_body(envelopes, [row.wire for row in some if row.item == "receipt"])


def _attach(
    folder: Folder, lacked: Sequence[AnyRow], posts: dict[str, Packed], found: Gathered, most_bytes: int | None
) -> None:
    """Each attachment once, behind the post of the first message that names it."""
    seen = set[str]()
    for row in lacked:
        if row.digest in seen or (row.stage in UNTAKEN and row.mid not in posts):
            continue
        seen.add(row.digest)
        if not folder.holds(row.digest):
            found.missing += 1
            continue
        is_large = most_bytes is not None and row.ct_len > most_bytes // 2
        packed = list(cut(folder, row.digest, row.ct_len)) if is_large else [whole(folder, row.digest, row.ct_len)]
        found.blobs += [Load(one, posts.get(row.mid)) for one in packed]
        found.attachments += 1
