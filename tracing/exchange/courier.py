"""Delivering to one counterpart: takes what waits in the outbox and posts it until it is answered.

Rules
- The rows are the truth. At start everything is due; a row leaves in the transaction that stores its answer.
- A courier first says hello and sends when the hello is answered authentically: nothing large goes to a dead or wrong
  address, and nothing at all before it told since our start what it holds of us (``recovering``). Unanswered: again
  after 1 s, doubling with jitter to 1 h, after seven days 6 h; so it rests where hellos are answered and every post is
  lost. Any authentic word from the counterpart ends the wait.
- Urgent first; several items in one post when several wait; a window of posts under way.
- Items stand alone. What made a whole post fail is halved until the cause is found, beside the others. An item that
  fails alone while our hello is answered is parked (4xx) or waits by itself (anything else).
- Attachments go another way at the same time (``carrier``): no message waits for them.
- An unsigned refusal ends no message: a parked row is tried again at start and when the counterpart says hello.

    courier = Courier("br", means); courier.start(); courier.hear(started=False); await courier.stop()
"""

import asyncio
import heapq
from collections.abc import Sequence

import structlog

from keys.errors import CustodyFault
from keys.trust import Freshness
from protocol import receipts
from protocol.errors import ProtocolError, UnknownKey
from protocol.receipts import SignedReceipt
from tracing import post
from tracing.connecting.faults import WireError
from tracing.exchange import fates, waiting
from tracing.exchange.carrier import Carrier
from tracing.exchange.client import Answer
from tracing.exchange.greeting import Unanswered, code_of
from tracing.exchange.items import MAX_ITEMS, Answered, Beside, read_answer
from tracing.exchange.keeping import keep
from tracing.exchange.means import Means
from tracing.exchange.recovering import greet_whole
from tracing.exchange.suspects import Suspects
from tracing.exchange.waiting import Row
from tracing.partners import Partner
from tracing.store import StoreUnavailable, Tx
from tracing.trust.twins import heard_there

__all__ = ["Courier", "Means"]


class Courier:
    """The worker of one counterpart. Everything in memory here may be lost at any time."""

    def __init__(self, authority: str, means: Means) -> None:
        self._authority = authority
        self._means = means
        self._log = structlog.get_logger().bind(counterpart=authority)
        self._bell = f"outbox:{authority}"
        self._task: asyncio.Task[None] | None = None
        self._carrier = Carrier(authority, means)
        self._posts: dict[asyncio.Task[None], tuple[int, ...]] = {}
        self._held: set[int] = set()  # rows that wait because we failed at them
        self._suspects = Suspects()  # rows that were in a post that failed
        self._probing = False  # some of them are under way
        self._later: list[float] = []  # loop times at which rows that wait by themselves are due
        self._up = False
        self._behind = False  # more is due than the window lets through
        self._spoken = False  # an authentic word came since the last look
        self._started = False  # and it was a hello
        self._released = float("-inf")  # loop time of the last release
        self._retry_after_s = 0.0
        self._losses = 0  # posts in a row
        self._shown: str | None = None  # digest of the keyset of ours that it was shown
        self._said_held = False
        self._greeted = float("-inf")  # loop time of the last answered hello

    # ------------------------------------------------------------ for the outbox

    def start(self) -> None:
        """Begin."""
        self._carrier.start()
        self._task = asyncio.create_task(self._run(), name=self._bell)

    async def stop(self) -> None:
        """End; posts under way get ``pace.landing_s``."""
        await self._carrier.stop()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._posts:
            await asyncio.wait(self._posts, timeout=self._means.pace.landing_s)
        for task in list(self._posts):
            task.cancel()

    @property
    def has_failed(self) -> bool:
        """Whether a fault of ours ended it; said once in the log."""
        task = self._task
        if task is None or not task.done():
            return False
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("outbox.courier_failed", exc_info=error)
        return True

    def hear(self, *, started: bool) -> None:
        """An authentic word came from the counterpart; ``started`` if it was a hello."""
        if started:
            self._started = True
        self._carrier.hear()
        if started or not self._up:
            self._spoken = True
            self._means.signals.ring(self._bell)

    # ------------------------------------------------------------ the two states: seeking, delivering

    async def _run(self) -> None:
        self._started = True
        while True:
            try:
                await self._seek()
                await self._deliver()
            except StoreUnavailable as error:
                self._log.warning("outbox.store_unavailable", reason=str(error))
                await asyncio.sleep(self._means.pace.soonest_s)
            except CustodyFault as error:
                self._log.error("outbox.keys_unavailable", reason=str(error))
                await asyncio.sleep(self._means.pace.fault_s)
            except Unanswered:  # suspended between two posts
                self._up = False

    async def _seek(self) -> None:
        """Say hello until it is answered."""
        loop, pace = asyncio.get_running_loop(), self._means.pace
        since, failures = loop.time(), 0
        await self._rest(max(self._retry_after_s, pace.rest(self._losses, self._chance())))
        while not self._up:
            self._retry_after_s = 0.0
            if await self._is_there():
                self._up = True
                return
            failures += 1
            delay = pace.delay(failures, loop.time() - since, self._chance())
            await self._rest(max(delay, min(self._retry_after_s, pace.longest_s)))

    async def _is_there(self) -> bool:
        """Whether the counterpart answers our hello now."""
        means, me = self._means, self._means.me()
        trust = () if self._shown == me.keyset_sha256 else means.documents().newest
        try:
            greeting = await greet_whole(means, self._partner(), trust)
        except (WireError, Unanswered) as error:
            reason = f"{getattr(error, 'layer', 'answer')}: {error}"
            self._retry_after_s = getattr(error, "retry_after_s", None) or 0.0
            await keep(means.store, lambda tx: waiting.note_failure(tx, self._authority, reason))
            self._log.info("outbox.not_reached", reason=reason)
            if getattr(error, "code", "") == UnknownKey.code:
                means.hint(self._authority, 0)
            return False
        self._shown, self._greeted = me.keyset_sha256, asyncio.get_running_loop().time()
        if greeting.also and means.run:
            await self._note_twin(me.authority, means.run, greeting.also)
        if greeting.keyset:
            means.hint(self._authority, greeting.keyset)
        await keep(means.store, lambda tx: self._note_contact(tx, clock_offset_ms=greeting.offset_ms))
        return True

    async def _note_twin(self, me: str, run: str, other: str) -> None:
        """It hears another node with our keys: officers decide, and nothing goes out until they have."""
        await keep(self._means.store, lambda tx: heard_there(tx, me, self._authority, run, other))
        await asyncio.to_thread(self._means.partners.reload)

    def _greets_again(self) -> bool:
        long_ago = asyncio.get_running_loop().time() - self._greeted >= self._means.pace.greet_again_s
        return long_ago or self._shown != self._means.me().keyset_sha256

    def _partner(self) -> Partner:
        partner = self._means.partners.get(self._authority)
        if partner is None or not partner.is_reachable:
            raise Unanswered(0, "suspended")
        return partner

    async def _rest(self, seconds: float) -> None:
        """Wait, unless the counterpart speaks, or somebody decides what an unanswered hello may have waited for."""
        loop = asyncio.get_running_loop()
        began, decided = loop.time(), self._decided()
        while (left := began + seconds - loop.time()) > 0:
            await self._means.signals.wait(self._bell, left)
            if self._spoken or self._decided() != decided:
                seconds, decided = min(seconds, self._means.pace.soonest_s), self._decided()
                self._spoken, self._retry_after_s = False, 0.0

    def _decided(self) -> tuple[str | None, str]:  # that this copy is the one that goes on; another keyset of ours
        return getattr(self._means.partners.get(self._authority), "recovery", None), self._means.me().keyset_sha256

    async def _deliver(self) -> None:
        """Send what is due, as long as the counterpart is there."""
        while self._up:
            if self._greets_again() and not await self._is_there():
                self._up = False
                return
            await self._release()
            if not await self._send_some():
                await self._means.signals.wait(self._bell, self._until_next())

    async def _release(self) -> None:
        """At start, theirs or ours, everything is due.

        Not more than once a minute: two nodes that hold what the other refuses would else greet each other for ever.
        """
        now = asyncio.get_running_loop().time()
        if self._started and now - self._released >= self._means.pace.release_s:
            self._started, self._released = False, now
            await keep(self._means.store, lambda tx: waiting.release(tx, self._authority))

    def _until_next(self) -> float:
        now, look_again_s = asyncio.get_running_loop().time(), self._means.pace.look_again_s
        while self._later and self._later[0] <= now:
            heapq.heappop(self._later)
        return min(look_again_s, self._later[0] - now + 0.01) if self._later else look_again_s

    # ------------------------------------------------------------ posts

    async def _send_some(self) -> bool:
        """Start a post or two; True if more may be due at once."""
        means, now_ms = self._means, self._means.clock.now_ms()
        self._behind = len(self._posts) >= means.pace.window
        if self._behind or means.partners.is_doubled:
            return False
        if self._suspects and not self._probing:
            await self._probe(now_ms)
        me, busy, most, items = means.me().authority, self._busy(), means.pace.batch_bytes, await self._may_go(now_ms)
        rows = await means.store.read(
            lambda view: waiting.due(view, me, self._authority, now_ms, busy=busy, most_bytes=most, items=items)
        )
        if rows:
            self._post(rows, probing=False)
        return len(rows) == MAX_ITEMS or sum(len(row.wire) for row in rows) > most // 2

    async def _may_go(self, now_ms: int) -> tuple[str, ...]:
        """Messages wait while what we know of the counterpart is long past its date; receipts say what was, and go."""
        is_held = self._partner().freshness(now_ms) is Freshness.HELD
        if is_held and not self._said_held:
            await keep(self._means.store, lambda tx: waiting.say_held(tx, self._authority))
        self._said_held = is_held
        return ("receipt",) if is_held else ("envelope", "receipt")

    async def _probe(self, now_ms: int) -> None:
        """Send the first group of suspects of which some are due."""
        me, groups, held = self._means.me().authority, self._suspects.groups, self._held
        most = self._means.pace.batch_bytes
        group, rows = await self._means.store.read(
            lambda view: waiting.among(view, me, self._authority, now_ms, groups=groups, held=held, most_bytes=most)
        )
        if rows:
            self._suspects.take(group, {row.id for row in rows})
            self._probing = True
            self._post(rows, probing=True)

    def _busy(self) -> set[int]:
        return self._held.union(self._suspects.ids, *self._posts.values())

    def _post(self, rows: Sequence[Row], *, probing: bool) -> None:
        task = asyncio.create_task(self._send(rows, alone=probing and len(rows) == 1), name=f"{self._bell}:post")
        self._posts[task] = tuple(row.id for row in rows)
        task.add_done_callback(lambda done: self._landed(done, probing=probing))

    def _landed(self, task: "asyncio.Task[None]", *, probing: bool) -> None:
        ids = self._posts.pop(task)
        self._probing = self._probing and not probing
        if not task.cancelled() and (error := task.exception()) is not None:
            self._log.error("outbox.post_failed", rows=len(ids), exc_info=error)
            self._suspects.split(ids)
            self._held.update(ids)
            asyncio.get_running_loop().call_later(self._means.pace.fault_s, self._held.difference_update, ids)
            heapq.heappush(self._later, asyncio.get_running_loop().time() + self._means.pace.fault_s)
        if self._behind or self._suspects or self._later or not self._up:
            self._means.signals.ring(self._bell)

    async def _send(self, rows: Sequence[Row], *, alone: bool) -> None:
        try:
            body, beside = waiting.body_of, await self._means.witnessing.beside(self._authority)
            answer = await self._means.wire.post(self._authority, self._partner().url or "", body(rows, beside))
            await self._settle(rows, answer, beside, alone=alone)
        except WireError as error:
            await self._lose(rows, f"{error.layer}: {error}", alone=alone, maybe_taken=error.maybe_taken)
        except Unanswered as error:
            await self._lose(rows, str(error), alone=alone, maybe_taken=True)
        except StoreUnavailable as error:  # the counterpart has them, we could not note it: they go again
            self._log.warning("outbox.answer_not_stored", reason=str(error))
            await asyncio.sleep(self._means.pace.soonest_s)

    async def _settle(self, rows: Sequence[Row], answer: Answer, beside: Beside, *, alone: bool) -> None:
        if answer.status in (429, 503):
            self._retry_after_s = answer.retry_after_s or self._means.pace.first_s
            await self._lose(rows, f"answered {answer.status}", alone=alone, maybe_taken=False)
            return
        try:
            reply = read_answer(answer.body) if answer.status in (200, 409) else Answered()
        except ProtocolError:
            reply = Answered()
        signed = self._authentic(reply)
        if signed or reply.taken or reply.refused:
            self._losses = 0
            self._remember(await keep(self._means.store, lambda tx: self._take(tx, rows, signed, reply, alone=alone)))
            if signed:
                await self._means.witnessing.answered(self._authority, beside, reply.beside)
        else:
            await self._single_out(rows, answer, alone=alone)

    def _authentic(self, reply: Answered) -> list[SignedReceipt]:
        """The receipts of an answer that their signer proves."""
        me, trust = self._means.me(), self._partner().trust
        assert trust is not None, "is_reachable"
        verify, proved = trust.verifier("rcpt", at_ms=self._means.clock.now_ms()), []
        for item in reply.receipts:
            try:
                signed = receipts.parse(item)
                receipts.authenticate(signed, me=me.authority, net=me.net, verify=verify)
            except ProtocolError as error:
                self._log.warning("outbox.receipt_refused", code=error.code, reason=str(error))
                if error.code == UnknownKey.code:
                    self._means.hint(self._authority, 0)
            else:
                self._means.hint(self._authority, signed.receipt.ks.ver)
                proved.append(signed)
        return proved

    # ------------------------------------------------------------ what became of a post

    def _take(
        self, tx: Tx, rows: Sequence[Row], signed: Sequence[SignedReceipt], reply: Answered, *, alone: bool
    ) -> fates.Fates:
        """All that an answer says, in one transaction. Once it is committed a crash is safe; before, they go again."""
        settled = {mid for one in signed if (mid := self._take_receipt(tx, one)) is not None}
        if signed:
            self._note_contact(tx)
        settled |= {row.ref for row in rows if not row.is_envelope and row.ref in reply.taken}
        return fates.decide(tx, rows, settled, fates.refused_codes(rows, reply), alone=alone, delay=self._delay)

    def _take_receipt(self, tx: Tx, signed: SignedReceipt) -> str | None:
        """Take one; the id of the message it settles, or None."""
        receipt = signed.receipt
        try:
            if post.take_receipt(tx, signed, self._means.signals):
                self._means.on_receipt(tx, receipt.for_.mid, receipt.stage, receipt.at)
        except ProtocolError as error:
            self._log.warning("outbox.receipt_refused", code=error.code, rid=receipt.rid, reason=str(error))
            return None
        return None if receipt.retry == "later" else str(receipt.for_.mid)

    async def _single_out(self, rows: Sequence[Row], answer: Answer, *, alone: bool) -> None:
        """A whole post was refused, or answered by nothing. Is it the counterpart, or one of the items."""
        code = code_of(answer)
        reason = f"answered {answer.status} {code}".rstrip()
        if not await self._is_there():
            await self._lose(rows, reason, alone=alone, maybe_taken=False)
        elif not alone:
            self._suspects.split([row.id for row in rows])
        else:
            never = 400 <= answer.status < 500 and not fates.is_for_now(code)
            self._remember(await keep(self._means.store, lambda tx: self._blame(tx, rows[0], reason, never=never)))

    def _blame(self, tx: Tx, row: Row, reason: str, *, never: bool) -> fates.Fates:
        """It failed alone while our hello was answered."""
        found = fates.Fates()
        if never:
            fates.park(tx, row, reason, found)
        else:
            fates.put_off(tx, row, reason, found, delay=self._delay, suspect=True)
        return found

    async def _lose(self, rows: Sequence[Row], reason: str, *, alone: bool, maybe_taken: bool) -> None:
        """The counterpart is gone. What was under way goes apart afterwards: some of it may have been the cause."""
        self._up, self._losses = False, self._losses + 1
        self._means.witnessing.lost(self._authority)
        if not alone:
            self._suspects.split([row.id for row in rows])
        self._log.info("outbox.lost", reason=reason, rows=len(rows))
        self._remember(await keep(self._means.store, lambda tx: self._note_loss(tx, rows, reason, alone, maybe_taken)))

    def _note_loss(self, tx: Tx, rows: Sequence[Row], reason: str, alone: bool, maybe_taken: bool) -> fates.Fates:  # noqa: FBT001 - both are named by the only caller
        found = fates.Fates()
        waiting.note_failure(tx, self._authority, reason)
        if maybe_taken:
            waiting.mark_sent(tx, self._means.me().authority, rows)
        if alone:
            fates.put_off(tx, rows[0], reason, found, delay=self._delay, suspect=True)
        return found

    def _remember(self, found: fates.Fates) -> None:
        self._suspects.isolate(found.suspects)
        now = asyncio.get_running_loop().time()
        for seconds in found.waits_s:
            heapq.heappush(self._later, now + seconds)

    def _note_contact(self, tx: Tx, **values: int) -> None:
        post.change_counterpart(tx, self._authority, last_contact_ms=tx.now_ms, **values)

    def _delay(self, failures: int) -> float:  # for an item that waits by itself
        return self._means.pace.delay(failures, 0, self._chance())

    def _chance(self) -> float:
        return int.from_bytes(self._means.ids.random_bytes(2), "big") / 65536
