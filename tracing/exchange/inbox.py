"""Taking what counterparts post: judge every item by itself, store what is authentic, answer with signed receipts.

Order of ingest, for each envelope
  1. size, strict JSON, shape.
  2. known (from, mid, env) and here: all its stored receipts, byte for byte, whatever became of the key or of ``exp``.
  3. the sender is a counterpart; its signature and the digest of the sealed bytes hold. Until here a refusal is
     unsigned, counted, and ends no message.
  4. what is new from a sender of whom too much waits here unopened already is not taken now: ``busy``, unsigned, so
     it ends nothing (429 where it was all there was). The sender keeps it and comes again.
  5. what is authentic and still not to be taken (another recipient, network, version; expired; an id that is taken)
     gets a signed rejection.
  6. one transaction for all of a request: envelope row, ``env.in`` leaf, receipt, ``rcpt.out`` leaf.
  7. the commit. From here on a crash is safe: the same envelope again draws the same receipt.
  8. the answer.
Nothing is decrypted and nobody is called on this path. Step 2 is looked up inside the transaction for what is
authentic, and beside it for what is not.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from protocol import base64url, hello, strictjson
from protocol.envelope import Envelope
from protocol.errors import Busy, MidConflict, ProtocolError
from protocol.hello import Hello
from protocol.jws import Signer
from protocol.payload import Keyset
from protocol.receipts import SignedReceipt, Stage
from tracing import post
from tracing.attachments import rows
from tracing.clock import Clock
from tracing.exchange import known
from tracing.exchange.items import Batch, Refused, answer_body, read_batch
from tracing.exchange.judged import (
    CROWDED,
    NOBODY,
    Judged,
    Outcome,
    Recovering,
    Sure,
    UnknownSender,
)
from tracing.exchange.judging import Judge
from tracing.exchange.keeping import keep
from tracing.exchange.problems import Refusal
from tracing.exchange.recalling import Recalled, recall
from tracing.exchange.refreshing import Refresher
from tracing.exchange.runs import Heard, Runs
from tracing.exchange.witnessing import Witnessing
from tracing.partners import Partners
from tracing.post import Identity
from tracing.signals import Signals
from tracing.store import AnyRow, Store, Tx
from tracing.trust import samenumbers
from tracing.trust.twins import heard_here

__all__ = ["Inbox", "OnReceipt", "Reply", "Settled"]

OnReceipt = Callable[[Tx, str, str, int], None]
BUSY_S = 60  # until a sender of whom too much waits here may come again
RECOVERING_S = 1


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Settled:
    """What a batch came to, item by item, and what is to be said to whoever greeted with it."""

    judged: Judged
    outcome: Outcome
    heard: Heard
    recalled: Recalled | None
    held: Mapping[str, int] | None

    @property
    def refused(self) -> list[Refused]:
        """The items that were not believed, or not taken."""
        return [one for one, _ in self.judged.refused] + self.outcome.refused


class Inbox:
    """The front door of a node. ``heard(authority, started)`` is told of every authentic word from a counterpart.

    ``settle`` alone is for what comes by file: no answer, so nothing that rides on one (``witnessing``).
    """

    def __init__(
        self,
        *,
        store: Store,
        partners: Partners,
        signals: Signals,
        clock: Clock,
        me: Callable[[], Identity],
        signer: Callable[[], Signer],
        on_receipt: OnReceipt,
        heard: Callable[[str, bool], None],
        refused: Callable[[str], None],
        refresher: Refresher,
        witnessing: Witnessing | None = None,
    ) -> None:
        self._store = store
        self._partners = partners
        self._signals = signals
        self._clock = clock
        self._me = me
        self._signer = signer
        self._on_receipt = on_receipt
        self._heard = heard
        self._refused = refused
        self._refresher = refresher
        self._witnessing = witnessing
        self._last_hello: dict[str, int] = {}
        self._runs = Runs()
        self.judge = Judge(partners, clock, refresher.hint)

    async def take(self, body: bytes) -> Reply:
        """What came over HTTP: judge, store, answer. Raises Refusal if no item was authentic."""
        try:
            batch = read_batch(body)
        except ProtocolError as error:
            raise self._refusal([error]) from error
        settled = await self.settle(batch)
        await self._witness(settled.judged, batch, settled.outcome)
        return self._reply(settled, self._answer_hello(settled))

    async def settle(self, batch: Batch) -> Settled:
        """Judge and store, whoever carried it. From here on a crash is safe: the same again draws the same receipts."""
        held = await self._refresher.take(batch.trust) if batch.trust else None
        me = self._me()
        judged = await self.judge.batch(batch, me)
        answered = await self._look_up(judged) if judged.doubtful else {}
        heard = self._runs.hear(judged.hello)
        recalled = await self._recall(judged.hello, me)
        outcome = await self._keep(judged, me, heard)
        if outcome.alarms:
            await asyncio.to_thread(self._partners.reload)
        outcome.receipts |= answered
        self._tell(judged, heard)
        return Settled(judged, outcome, heard, recalled, held)

    # ------------------------------------------------------------ storing

    async def _recall(self, said: Hello | None, me: Identity) -> Recalled | None:
        """What we hold of who says what it has."""
        if said is None or said.have is None:
            return None
        partner, hello_of = self._partners.get(said.from_), said
        trust = partner.trust if partner is not None else None
        ks = None
        if trust is not None and trust.keyset is not None:
            ks = Keyset(ver=trust.keyset.ver, sha256=trust.keyset_sha256 or "")
        return await keep(
            self._store, lambda tx: recall(tx, me=me.authority, said=hello_of, ks=ks, signals=self._signals)
        )

    async def _look_up(self, judged: Judged) -> dict[int, list[bytes]]:
        """Step 2 for what could not be proved; what is not known is refused."""
        found = await self._store.read(
            lambda view: {one.index: known.stored(view, one.envelope) for one in judged.doubtful}
        )
        for one in judged.doubtful:
            if not found[one.index]:
                judged.refuse("envelopes", one.index, one.error)
        return {index: wires for index, wires in found.items() if wires}

    async def _keep(self, judged: Judged, me: Identity, heard: Heard) -> Outcome:
        greeted = self._is_news(judged.hello)
        if heard.also:
            await self._note_twins(judged.hello, heard.also)
        if not (judged.sure or judged.receipts or greeted):
            return Outcome()
        return await keep(self._store, lambda tx: self._store_all(tx, judged, me, greeted=greeted))

    async def _note_twins(self, said: Hello | None, other: str) -> None:
        """Its sender speaks as two nodes: officers here are told, and it is by the answer."""
        assert said is not None and said.run is not None, "heard beside another"  # noqa: PT018 - one fact
        sender, run = said.from_, said.run
        if await keep(self._store, lambda tx: heard_here(tx, sender, run, other)):
            await asyncio.to_thread(self._partners.reload)

    def _is_news(self, said: Hello | None) -> bool:
        """Whether a hello is later than the last one: a replayed one is answered and changes nothing."""
        return said is not None and said.at > self._last_hello.get(said.from_, 0)

    def _store_all(self, tx: Tx, judged: Judged, me: Identity, *, greeted: bool) -> Outcome:
        """Step 5. Made anew at each call: the store may run a unit again."""
        outcome = Outcome()
        digests = known.known_digests(tx, judged.sure)
        for one in judged.sure:
            self._store_envelope(tx, one, me, digests, outcome)
        for index, signed in judged.receipts:
            self._store_receipt(tx, index, signed, outcome)
        if outcome.accepted:
            tx.after_commit(lambda: self._signals.ring("opening"))
        for sender in _senders(judged):
            post.change_counterpart(tx, sender, last_contact_ms=tx.now_ms)
        if greeted and judged.hello is not None:
            post.change_counterpart(tx, judged.hello.from_, last_contact_ms=tx.now_ms, last_hello_ms=tx.now_ms)
            self._hear_wants(tx, judged.hello)
        return outcome

    def _hear_wants(self, tx: Tx, said: Hello) -> None:
        """It asks for attachments that wait on demand."""
        if said.want and rows.ask(tx, said.from_, said.want):
            tx.after_commit(lambda: self._signals.ring(f"blobs:{said.from_}"))

    def _store_envelope(
        self, tx: Tx, one: Sure, me: Identity, digests: dict[tuple[str, str], str], outcome: Outcome
    ) -> None:
        manifest, env = one.envelope.manifest, one.envelope.digest
        key = (str(manifest.from_), str(manifest.mid))
        stored = known.stored(tx, one.envelope) if key in digests else []
        if not stored and self._gave_back(key[0]) and (before := known.before(tx, one.envelope)):
            self._take_again(tx, one.envelope, me, before)
            digests[key] = env
            stored = known.stored(tx, one.envelope)
            outcome.accepted += 1
        if stored:
            outcome.receipts[one.index] = stored
            outcome.conflicts += digests[key] != env
            return
        if key not in digests and not known.has_room(tx, key[0], outcome):
            outcome.refused.append(Refused("envelopes", one.index, Busy.code))
            return
        fault = MidConflict("the id is taken") if key in digests else one.fault
        stage: Stage = "rejected" if fault else "accepted"
        code = fault.code if fault else None
        if key in digests:
            outcome.conflicts += 1
            index = post.take_conflict(tx, one.envelope)
        else:
            digests[key] = env
            is_behind = manifest.to == me.authority and post.is_behind(tx, key[0], me.authority, manifest.seq)
            index = post.take_envelope(tx, one.envelope, me=me.authority, stage=stage, code=code)
            outcome.alarms += is_behind and self._notice(tx, key[0], me, manifest.seq)
        issued = post.sign_receipt(
            tx, me=me, signer=self._signer(), to=key[0], mid=key[1], env=env, stage=stage, code=code, index=index
        )
        outcome.receipts[one.index] = [issued.wire]
        outcome.accepted += not fault

    def _notice(self, tx: Tx, sender: str, me: Identity, seq: int) -> bool:
        """One that came out of order: whether its number was used before, which is news."""
        partner = self._partners.get(sender)
        if partner is None or samenumbers.is_refounded(partner.trust):
            return False
        return samenumbers.notice(tx, sender, me=me.authority, seq=seq)

    def _gave_back(self, sender: str) -> bool:
        partner = self._partners.get(sender)
        return partner is not None and partner.gave_back

    @staticmethod
    def _take_again(tx: Tx, parsed: Envelope, me: Identity, before: AnyRow) -> None:
        """One that this node took before it lost it: as of then, under the receipt it signed then."""
        post.take_envelope(
            tx, parsed, me=me.authority, stage=before.stage, code=before.code, at_ms=min(before.at_ms, tx.now_ms)
        )

    def _store_receipt(self, tx: Tx, index: int, signed: SignedReceipt, outcome: Outcome) -> None:
        receipt = signed.receipt
        try:
            if post.take_receipt(tx, signed, self._signals):
                self._on_receipt(tx, receipt.for_.mid, receipt.stage, receipt.at)
        except ProtocolError as error:
            outcome.refused.append(Refused("receipts", index, error.code))
        else:
            outcome.taken.append(receipt.rid)

    async def _witness(self, judged: Judged, batch: Batch, outcome: Outcome) -> None:
        """What rides on the post of one who proved himself in it; what rides on the answer."""
        senders = _senders(judged) | ({str(judged.hello.from_)} if judged.hello else set())
        if self._witnessing is not None and len(senders) == 1:
            outcome.beside, refused = await self._witnessing.hear(senders.pop(), batch.beside)
            outcome.refused.extend(refused)

    # ------------------------------------------------------------ answering

    def _tell(self, judged: Judged, heard: Heard) -> None:
        """Let the outbox know who is up."""
        for sender in _senders(judged):
            self._heard(sender, False)
        if judged.hello is not None and self._is_news(judged.hello):
            self._last_hello[judged.hello.from_] = judged.hello.at
            self._heard(judged.hello.from_, heard.began)

    def _reply(self, settled: Settled, greeted: bytes | None) -> Reply:
        judged, outcome, held, recalled = settled.judged, settled.outcome, settled.held, settled.recalled
        refused = settled.refused
        if not (outcome.receipts or judged.receipts or judged.hello or (held and not judged.refused)):
            errors = [error for _, error in judged.refused]
            raise self._refusal(errors or [CROWDED if outcome.refused else NOBODY], refused)
        for one in refused:
            self._refused(one.code)
        wires = [wire for index in sorted(outcome.receipts) for wire in outcome.receipts[index]]
        given = () if recalled is None else recalled.items
        body = answer_body(
            wires, outcome.taken, refused, greeted, self._clock.now_ms(), held=held, returned=given,
            beside=outcome.beside,
        )  # fmt: skip
        only_conflicts = 0 < outcome.conflicts == len(outcome.receipts) and not (judged.receipts or judged.hello)
        return Reply(409 if only_conflicts else 200, body)

    def _answer_hello(self, settled: Settled) -> bytes | None:
        said, recalled = settled.judged.hello, settled.recalled
        if said is None:
            return None
        me, nonce = self._me(), base64url.decode(said.nonce)
        item = hello.say(
            net=me.net, sender=me.authority, to=said.from_, at=self._clock.now_ms(), nonce=nonce,
            signer=self._signer(), ks=(me.keyset_version, me.keyset_sha256), also=settled.heard.also,
            knows=None if recalled is None else recalled.knows,
        )  # fmt: skip
        return strictjson.dump(item)

    def _refusal(self, errors: list[ProtocolError], refused: Iterable[Refused] = ()) -> Refusal:
        """An unsigned refusal of the whole request; the first error names it."""
        for error in errors:
            self._refused(error.code)
        first = errors[0]
        if any(isinstance(error, UnknownSender) for error in errors):
            status = 401
        else:
            status = {"too-large": 413, "policy": 403, "busy": 429}.get(first.code, 400)
        again_s = (RECOVERING_S if isinstance(first, Recovering) else BUSY_S) if status == 429 else None
        return Refusal(
            status, first.code, str(first), retry_after_s=again_s, refused=[one.as_members() for one in refused]
        )


def _senders(judged: Judged) -> set[str]:
    """Who is proved to have spoken to us in this request."""
    said = {str(one.envelope.manifest.from_) for one in judged.sure if one.fault is None}
    return said | {str(signed.receipt.from_) for _, signed in judged.receipts}
