"""Carrying attachments to one counterpart, beside its courier: no message waits for them.

Rules
- The rows are the truth: what an accepted envelope names and its receiver lacks. Everything in memory may be lost.
- One at a time, the urgent first, in segments; each begins where the receiver says it ends. After a crash of either
  side it goes on there.
- What fails waits by itself, doubling to an hour; an authentic word from the counterpart ends the wait.
- The other way round, a hello asks for what officers here want and its sender holds back until then.

    carrier = Carrier("br", means); carrier.start(); carrier.hear(); await carrier.stop()
"""

import asyncio
from collections.abc import AsyncIterator, Iterator

import structlog

from protocol.hello import MAX_WANT
from tracing.attachments import rows
from tracing.connecting.faults import WireError
from tracing.exchange.client import Answer, Blob, Pieces
from tracing.exchange.greeting import Unanswered, code_of, greet
from tracing.exchange.keeping import keep
from tracing.exchange.means import Means
from tracing.partners import Partner
from tracing.store import AnyRow, StoreUnavailable

__all__ = ["Carrier"]

SEGMENT_BYTES = 8 * 1024 * 1024  # what one PUT may bring; between two an officer's urgent picture goes first
MOST_STALLS = 3  # answers in a row that move nothing
ASK_AGAIN_S = 600.0  # for what was asked for and has not come


class _Fault(Exception):
    """It could not be carried now; the text says why."""

    def __init__(self, reason: str, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s or 0.0


class Carrier:
    """The worker for the attachments of one counterpart."""

    def __init__(self, authority: str, means: Means) -> None:
        self._authority = authority
        self._means = means
        self._log = structlog.get_logger().bind(counterpart=authority)
        self._bell = f"blobs:{authority}"
        self._task: asyncio.Task[None] | None = None
        self._failures: dict[tuple[str, int], tuple[int, float]] = {}  # (how often, loop time of the next try)
        self._silence = (0, 0.0)  # the same of the counterpart as a whole
        self._asked: dict[str, float] = {}  # digest -> loop time from which to ask again
        self._next_s = means.pace.look_again_s

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name=self._bell)

    async def stop(self) -> None:
        """End; what is under way goes on at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def hear(self) -> None:
        """An authentic word came from the counterpart: it is there."""
        if self._failures or self._silence[0]:
            self._failures = {key: (count, 0.0) for key, (count, _) in self._failures.items()}
            self._silence = (self._silence[0], 0.0)
            self._means.signals.ring(self._bell)

    async def _run(self) -> None:
        while True:
            try:
                self._next_s = self._means.pace.look_again_s
                may = self._authority in self._means.whole  # before its hello was answered nothing is said to it
                if not (may and (await self._carry_next() or await self._ask())):
                    await self._means.signals.wait(self._bell, self._next_s)
            except StoreUnavailable as error:
                self._log.warning("carrier.store_unavailable", reason=str(error))
                await asyncio.sleep(self._means.pace.soonest_s)
            except Exception:  # noqa: BLE001 - the one border of this worker: a fault of ours in one file stops no other
                self._log.exception("carrier.failed")
                await asyncio.sleep(self._means.pace.fault_s)

    # ------------------------------------------------------------ carrying

    async def _carry_next(self) -> bool:
        """Carry the first that is due; False when there is none."""
        now = asyncio.get_running_loop().time()
        if self._silence[1] > now:
            self._next_s = min(self._next_s, self._silence[1] - now + 0.01)
            return False
        due = await self._means.store.read(lambda view: rows.to_carry(view, self._authority))
        for row in due:
            if self._failures.get((row.mid, row.n), (0, 0.0))[1] <= now:
                await self._carry(row)
                return True
            self._next_s = min(self._next_s, self._failures[row.mid, row.n][1] - now + 0.01)
        if await self._means.store.read(lambda view: rows.is_on_its_way(view, self._authority)):
            self._next_s = min(self._next_s, self._means.pace.soonest_s)
        return False

    async def _carry(self, row: AnyRow) -> None:
        key = (row.mid, row.n)
        try:
            await self._send(self._partner(), Blob(row.digest, row.ct_len))
        except (WireError, Unanswered) as error:
            self._silence = self._later(self._silence[0], 0.0)
            await self._note(row, str(error))
        except (_Fault, OSError) as error:
            self._failures[key] = self._later(self._failures.get(key, (0, 0.0))[0], getattr(error, "retry_after_s", 0))
            await self._note(row, str(error) if isinstance(error, _Fault) else "the file is not at hand here")
        else:
            self._silence = (0, 0.0)
            self._failures.pop(key, None)
            await keep(self._means.store, lambda tx: rows.note_sent(tx, row))

    def _later(self, failures: int, least_s: float) -> tuple[int, float]:
        """One failure more, and when to try again."""
        wait_s = max(self._means.pace.delay(failures + 1, 0, self._chance()), least_s)
        return failures + 1, asyncio.get_running_loop().time() + wait_s

    async def _note(self, row: AnyRow, reason: str) -> None:
        self._log.info("carrier.not_carried", mid=row.mid, n=row.n, reason=reason)
        await keep(self._means.store, lambda tx: rows.note_fault(tx, row, reason))

    async def _send(self, partner: Partner, blob: Blob) -> None:
        """All of it that the counterpart lacks. OSError if the file is not at hand here."""
        await asyncio.to_thread(self._means.folder.whole(blob.digest).stat)
        wire, url = self._means.wire, partner.url or ""
        offset, stalls = _offset(await wire.head(self._authority, url, blob), blob, (204,)), 0
        if offset:
            self._log.info("carrier.resumed", offset=offset, length=blob.length)
        while offset < blob.length:
            pieces = self._pieces(blob, offset)
            answer = await wire.put(self._authority, url, blob, offset, pieces)
            reached = _offset(answer, blob, (204, 409))
            stalls = 0 if reached > offset else stalls + 1
            if stalls >= MOST_STALLS:
                raise _Fault(f"answered {answer.status} and took nothing")
            offset = reached

    def _pieces(self, blob: Blob, first: int) -> Pieces:
        size = min(SEGMENT_BYTES, blob.length - first)

        async def read() -> AsyncIterator[bytes]:
            found: Iterator[bytes] = self._means.folder.pieces(blob.digest, first, size)
            while (piece := await asyncio.to_thread(next, found, b"")) != b"":
                yield piece

        return Pieces(size, read)

    # ------------------------------------------------------------ asking

    async def _ask(self) -> bool:
        """Ask for what officers want and its sender holds back; False when there is nothing to ask for now."""
        now, means = asyncio.get_running_loop().time(), self._means
        wanted = await means.store.read(lambda view: rows.asked(view, self._authority, MAX_WANT))
        self._asked = {digest: at for digest, at in self._asked.items() if digest in wanted}
        if all(self._asked.get(digest, 0.0) > now for digest in wanted):
            self._next_s = min([self._next_s, *(at - now + 0.01 for at in self._asked.values())])
            return False
        try:
            await greet(
                means.wire, self._partner(), me=means.me(), signer=means.signer(), clock=means.clock, ids=means.ids,
                want=wanted,
            )  # fmt: skip
            again_s = ASK_AGAIN_S
        except (WireError, Unanswered) as error:
            self._log.info("carrier.not_asked", reason=str(error))
            again_s = means.pace.look_again_s
        self._asked = dict.fromkeys(wanted, now + again_s)
        return True

    def _partner(self) -> Partner:
        partner = self._means.partners.get(self._authority)
        if partner is None or not partner.is_reachable:
            raise Unanswered(0, "suspended")
        return partner

    def _chance(self) -> float:
        return int.from_bytes(self._means.ids.random_bytes(2), "big") / 65536


def _offset(answer: Answer, blob: Blob, good: tuple[int, ...]) -> int:
    """Where to go on. _Fault if the answer is none of those that say so."""
    if answer.status not in good or answer.offset is None or answer.offset > blob.length:
        raise _Fault(f"answered {answer.status} {code_of(answer)}".rstrip(), answer.retry_after_s)
    return answer.offset
