"""Making a bundle of what waits for a counterpart: one file, or several of a bounded size.

Steps
  1. whether anything may be said to it: as on line, not while it is suspended, while another node speaks with our keys,
     or while this node is an older copy and was not told what it lost. Past the date of its keys only receipts go.
  2. what waits is gathered, and divided into parts.
  3. every file is written beside its place and synced, then all are renamed. A crash before leaves files nobody reads.
  4. one transaction: what went in which bundle, what was told of, a leaf. A crash before: all of it is in the next one.

    made = await Packer(...).pack("at", Path("at.itx"), actor="ada", split_bytes=None)
    made.files, made.envelopes
"""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Final

from keys.trust import Freshness
from protocol import bundle, strictjson
from protocol.bundle import INDEX, MAX_PARTS, TRUST
from protocol.jws import Signer
from protocol.names import MessageId
from tracing import audit
from tracing.attachments import Folder
from tracing.clock import Clock, Ids
from tracing.exchange.bundles import container, rows
from tracing.exchange.bundles.gathering import Gathered, gather
from tracing.exchange.bundles.parts import LEAST_SPLIT_BYTES, Packed, PartTooSmall, divide
from tracing.exchange.documents import OwnDocuments
from tracing.exchange.items import post_body
from tracing.exchange.keeping import keep
from tracing.partners import Partner, Partners
from tracing.post import Identity
from tracing.store import Store, Tx

__all__ = ["BundleHeld", "File", "Made", "Packer"]

MOST_SHOWN: Final = 7  # roots; with the keyset as many documents as a reader looks at in one post
EACH_REF: Final = 100  # bytes in the index of what is told or asked for, as base64url


class BundleHeld(Exception):
    """Nothing may be said to this counterpart now; the text says why."""


@dataclass(frozen=True, slots=True)
class File:
    """One part that was written."""

    place: Path
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Made:
    """A bundle, and what is in it. ``missing``: attachments that are not at hand here. ``held``: only receipts went."""

    bundle: str
    to: str
    files: tuple[File, ...]
    envelopes: int
    receipts: int
    attachments: int
    told: int
    missing: int
    held: bool


@dataclass(frozen=True, slots=True)
class Packer:
    """What a bundle is made from."""

    store: Store
    partners: Partners
    folder: Folder
    clock: Clock
    ids: Ids
    me: Callable[[], Identity]
    signer: Callable[[], Signer]
    documents: Callable[[], OwnDocuments]

    async def pack(self, to: str, place: Path, *, actor: str, split_bytes: int | None = None) -> Made:
        """Everything that waits for ``to``, at ``place`` or, in parts, beside it. BundleHeld, PartTooSmall, OSError."""
        if split_bytes is not None and split_bytes < LEAST_SPLIT_BYTES:
            raise PartTooSmall(f"expected parts of at least {LEAST_SPLIT_BYTES} bytes, got {split_bytes}")
        partner, me = self._partner(to), self.me()
        held = partner.freshness(self.clock.now_ms()) is Freshness.HELD
        with tempfile.TemporaryFile(dir=place.parent) as spool:
            found = await gather(
                self.store, self.folder, spool, me=me.authority, to=to,
                items=("receipt",) if held else ("envelope", "receipt"), most_bytes=split_bytes,
            )  # fmt: skip
            name = MessageId.new(me.authority, self.ids.uuid7())
            files = await asyncio.to_thread(self._write, name, to, place, found, split_bytes)
        await keep(self.store, partial(self._note, name=name, to=to, found=found, files=files, actor=actor))
        return Made(
            name, to, files, len(found.mids), found.receipts, found.attachments,
            len(found.taken) + len(found.landed), found.missing, held,
        )  # fmt: skip

    def _partner(self, to: str) -> Partner:
        """Step 1."""
        partner = self.partners.get(to)
        if partner is None or not partner.on_node:
            raise BundleHeld(f"{to} is no counterpart with a node: nothing can be sealed to it")
        if not partner.may_be_written_to:
            raise BundleHeld(f"{to} is suspended here, or its keys do not hold: nothing is said to it")
        if self.partners.is_doubled:
            raise BundleHeld("another node was heard with our keys, and no officer has decided yet: nothing is sent")
        if partner.recovery is not None:
            raise BundleHeld(f"this node is an older copy, and {to} has not told yet what came after it")
        return partner

    # ------------------------------------------------------------ step 3

    def _write(self, name: str, to: str, place: Path, found: Gathered, split_bytes: int | None) -> tuple[File, ...]:
        trust = self._trust()
        told = len(found.taken) + len(found.landed) + len(found.want)
        fixed = 4096 + len(trust) + told * EACH_REF
        parts = divide([*found.posts, *found.blobs], most_bytes=split_bytes, fixed_bytes=fixed)
        if len(parts) > MAX_PARTS:
            raise PartTooSmall(f"expected at most {MAX_PARTS} parts, this would be {len(parts)}")
        written: list[tuple[Path, Path]] = []
        try:
            for number, packed in enumerate(parts, 1):
                index = self._index(name, to, (number, len(parts)), packed, found)
                fresh = _fresh(place, partial(_fill, trust=trust, index=index, packed=packed))
                written.append((fresh, _place_of(place, number, len(parts))))
            files = tuple(File(end, fresh.stat().st_size, _digest(fresh)) for fresh, end in written)
            for fresh, end in written:
                fresh.replace(end)
        finally:
            for fresh, _ in written:
                fresh.unlink(missing_ok=True)
        _sync(place.absolute().parent)
        return files

    def _trust(self) -> bytes:
        """Our documents, so that whoever last heard of us long ago can follow."""
        documents = self.documents()
        return post_body((), trust=(*documents.roots[1:][-MOST_SHOWN:], documents.keyset))

    def _index(self, name: str, to: str, part: tuple[int, int], packed: Sequence[Packed], found: Gathered) -> bytes:
        """The signed index of a part. What is told of stands in each: any of them may be the one that comes."""
        me = self.me()
        index = bundle.build(
            net=me.net, bundle=name, sender=me.authority, to=to, iat=self.clock.now_ms(), part=part,
            ks=(me.keyset_version, me.keyset_sha256), members=[one.member for one in packed], taken=found.taken,
            landed=found.landed, want=found.want,
        )  # fmt: skip
        return strictjson.dump(bundle.issue(index, self.signer()))

    # ------------------------------------------------------------ step 4

    def _note(self, tx: Tx, *, name: str, to: str, found: Gathered, files: Sequence[File], actor: str) -> None:
        rows.note_out(tx, self.me().authority, to, name, found.mids)
        rows.forget_told(tx, to, "receipt", found.taken)
        rows.forget_told(tx, to, "blob", found.landed)
        counts = {"envelopes": len(found.mids), "receipts": found.receipts, "attachments": found.attachments}
        what = {"act": "bundle.out", "actor": actor, "bundle": name, "to": to, "files": [one.sha256 for one in files]}
        audit.note(tx, "op", to, what | counts)


def _place_of(place: Path, number: int, of: int) -> Path:
    return place if of == 1 else place.with_name(f"{place.stem}.{number}-of-{of}{place.suffix}")


def _fresh(place: Path, fill: Callable[[IO[bytes]], None]) -> Path:
    """A file beside ``place`` that is complete and synced."""
    handle, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.absolute().parent)
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return fresh


def _fill(file: IO[bytes], *, trust: bytes, index: bytes, packed: Sequence[Packed]) -> None:
    members: list[container.Entry] = [(TRUST, len(trust), lambda: [trust]), (INDEX, len(index), lambda: [index])]
    members += [(one.member.name, one.member.len, one.read) for one in packed]
    container.write(file, members)


def _digest(place: Path) -> str:
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
