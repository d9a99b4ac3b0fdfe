"""Taking a bundle: each thing in it is judged by itself, where all that counterparts post is judged.

Order
  1. ``trust.json``: documents of the sender, judged like any that are shown; so its newest keys are known below.
  2. ``index.json``: shape, then its signature, version, network and recipient. What fails until here refuses the file,
     and nothing of it is taken but trust documents, which speak for themselves.
  3. what the index tells: receipts and attachments of ours that are there, attachments that are asked for.
  4. every member in turn. Bytes that are missing or others: it is left out, and said. A post goes to the inbox, an
     attachment to its berth. What they draw and take is noted, so that the next bundle back tells it.
  5. one leaf.
A crash anywhere is safe: the same file again does what is left, and nothing twice. In memory there is one post.

    report = await Unpacker(...).take(file, actor="ada")
    report.sender, report.accepted, report.faults
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import IO, Final

from protocol import bundle, strictjson
from protocol.bundle import INDEX, MAX_POST_BYTES, TRUST, Index, Member, SignedIndex
from protocol.errors import ProtocolError
from tracing import audit
from tracing.attachments import rows as attached
from tracing.exchange.berths import Berths, NoRoom, NotNamed
from tracing.exchange.bundles import rows
from tracing.exchange.bundles.blobs import Spoilt, lay
from tracing.exchange.bundles.container import BundleDamaged, Reading
from tracing.exchange.client import Blob
from tracing.exchange.inbox import Inbox, Settled
from tracing.exchange.items import Batch, read_batch
from tracing.exchange.keeping import keep
from tracing.post import Identity
from tracing.signals import Signals
from tracing.store import Store, Tx

__all__ = ["Fault", "Report", "Unpacker", "peek"]

MOST_INDEX: Final = 2 * Index.MAX_BYTES  # signed, as base64url
MOST_FAULTS: Final = 200  # named one by one; the rest is counted


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that was not taken: where it stands, the word for why, and a sentence."""

    where: str
    code: str
    said: str


@dataclass(slots=True)
class Report:
    """What became of a bundle."""

    bundle: str
    sender: str
    part: int
    of: int
    made_ms: int
    accepted: int = 0  # envelopes that are new here
    known: int = 0  # envelopes that were here
    receipts: int = 0
    attachments: int = 0
    refused: int = 0
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, where: str, code: str, said: str) -> None:
        """One thing more was not taken."""
        self.refused += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(where, code, said))


def peek(file: IO[bytes]) -> Index:
    """What the index of a file says, unverified. NoBundle, ProtocolError."""
    return _head(Reading(file))[1].index


def _head(reading: Reading) -> tuple[Batch, SignedIndex]:
    trust = read_batch(reading.first(TRUST, MAX_POST_BYTES))
    return trust, bundle.parse(strictjson.load(reading.first(INDEX, MOST_INDEX), MOST_INDEX))


@dataclass(frozen=True, slots=True)
class Unpacker:
    """``opened`` is awaited after each post: whoever opens envelopes keeps pace, so that there is room for more."""

    store: Store
    signals: Signals
    inbox: Inbox
    berths: Berths
    me: Callable[[], Identity]
    opened: Callable[[], Awaitable[None]]

    async def take(self, file: IO[bytes], *, actor: str) -> Report:
        """Everything in ``file``. NoBundle or ProtocolError where the whole is refused."""
        reading = Reading(file)
        shown, signed = await asyncio.to_thread(_head, reading)
        await self.inbox.settle(Batch(trust=shown.trust))
        index = self._authentic(signed)
        await keep(self.store, partial(self._hear, index=index))
        report = Report(index.id, index.from_, index.part, index.of, index.iat)
        for member in index.members:
            try:
                await self._take(reading, member, report)
            except BundleDamaged as error:
                report.refuse(member.name, error.code, str(error))
        await keep(self.store, partial(self._note, report=report, actor=actor))
        return report

    def _authentic(self, signed: SignedIndex) -> Index:
        """Step 2."""
        verify = self.inbox.judge.verifier(signed.index.from_, "rcpt")
        me = self.me()
        index = bundle.authenticate(signed, me=me.authority, net=me.net, verify=verify)
        self.inbox.judge.require_whole(index.from_)
        return index

    def _hear(self, tx: Tx, *, index: Index) -> None:
        """Step 3."""
        rows.hear_taken(tx, index.from_, index.taken)
        rows.hear_landed(tx, index.from_, index.landed)
        if rows.is_first(tx, index.from_, index.id) and index.want and attached.ask(tx, index.from_, index.want):
            tx.after_commit(lambda: self.signals.ring(f"blobs:{index.from_}"))

    # ------------------------------------------------------------ step 4

    async def _take(self, reading: Reading, member: Member, report: Report) -> None:
        pieces = await asyncio.to_thread(reading.member, member.name, member.len)
        if member.is_post:
            await self._take_post(await asyncio.to_thread(_whole, pieces, member), member, report)
        else:
            await self._take_blob(pieces, member, report)

    async def _take_post(self, body: bytes, member: Member, report: Report) -> None:
        try:
            found = read_batch(body)
        except ProtocolError as error:
            report.refuse(member.name, error.code, str(error))
            return
        settled = await self.inbox.settle(Batch(found.envelopes, found.receipts))
        await keep(self.store, partial(self._draw, settled=settled, report=report))
        _count(settled, member, report)
        await self.opened()

    def _draw(self, tx: Tx, *, settled: Settled, report: Report) -> None:
        """What the way back is to bring. A crash before: the same file draws it again."""
        rows.enqueue(tx, report.sender, (wire for drawn in settled.outcome.receipts.values() for wire in drawn))
        rows.note_back(tx, report.sender, report.bundle, _receipts_of(report.sender, settled))
        tx.after_commit(lambda: self.signals.ring(f"outbox:{report.sender}"))

    async def _take_blob(self, pieces: Iterator[bytes], member: Member, report: Report) -> None:
        blob = Blob(member.digest, member.whole or member.len)
        try:
            await self.berths.require_named(blob)
            await self.berths.reserve(blob)
            if await asyncio.to_thread(lay, self.berths.folder, blob, member, pieces):
                await self.berths.settle(blob)
                await keep(
                    self.store, lambda tx: rows.note_back(tx, report.sender, report.bundle, [("blob", blob.digest)])
                )
                report.attachments += 1
                await self.opened()
        except NotNamed as error:
            report.refuse(member.name, "not-named", str(error))
        except NoRoom as error:
            report.refuse(member.name, "busy", str(error))
        except Spoilt as error:
            report.refuse(member.name, "damaged", str(error))

    def _note(self, tx: Tx, *, report: Report, actor: str) -> None:
        """Step 5."""
        counts = {name: getattr(report, name) for name in ("accepted", "known", "receipts", "attachments", "refused")}
        what = {"act": "bundle.in", "actor": actor, "bundle": report.bundle, "part": report.part, "of": report.of}
        audit.note(tx, "op", report.sender, what | counts)


def _receipts_of(sender: str, settled: Settled) -> Iterator[tuple[str, str]]:
    """What is told back to the sender; who else's word was among it hears it on its own way."""
    return (("receipt", rid) for rid in settled.outcome.taken if rid.startswith(f"{sender}:"))


def _whole(pieces: Iterator[bytes], member: Member) -> bytes:
    content = b"".join(pieces)
    if len(content) != member.len:
        raise BundleDamaged("the file ends within it: it was not copied whole")
    if hashlib.sha256(content).hexdigest() != member.sha256:
        raise BundleDamaged("its bytes are not those the index names")
    return content


def _count(settled: Settled, member: Member, report: Report) -> None:
    outcome = settled.outcome
    report.accepted += outcome.accepted
    report.known += len(outcome.receipts) - outcome.accepted
    report.receipts += len(outcome.taken)
    said = {(one.where, one.index): str(error) for one, error in settled.judged.refused}
    for one in settled.refused:
        where = f"{member.name}: {one.where}[{one.index}]"
        report.refuse(where, one.code, said.get((one.where, one.index), "not taken now: it may be brought again"))
