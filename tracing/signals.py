"""Bells between the rooms of one process: somebody committed something another room waits for.

A bell is a hint only. The rows are the truth: whoever is woken looks at them, and looks again from time to time, so a
lost ring costs a moment and never a message. ``ring`` and ``reached`` may be called from any thread.

    tx.after_commit(lambda: signals.ring("outbox:at"))
    await signals.wait("outbox:at", timeout=1.0)
    stage = await signals.expect(mid)
"""

import asyncio
from collections import defaultdict, deque

__all__ = ["Signals"]


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class Signals:
    """Named bells, and futures for how far a message has come.

    Belongs to the event loop it was made in, or to the one that ``bind`` is called in. Unbound (in a command, which has
    no listeners) every ring is silent.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = _running_loop()
        self._bells: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._waiting: defaultdict[str, list[asyncio.Future[str]]] = defaultdict(list)
        self._rung: set[str] = set()  # on their way to the loop: what rings again meanwhile need not wake it again
        self._arrived: deque[tuple[str, str]] = deque()  # messages and how far they came, on their way to the loop
        self._telling = False
        self._closed = False

    @property
    def is_bound(self) -> bool:
        """Whether anybody can be waiting."""
        return self._loop is not None and not self._closed

    def bind(self) -> None:
        """Belong to the running event loop from now on."""
        self._loop = asyncio.get_running_loop()
        self._rung.clear()  # what was on its way to another loop never comes
        self._telling = False

    def ring(self, bell: str) -> None:
        """Wake whoever waits for ``bell``; a ring before the wait is not lost."""
        if self._loop is not None and not self._closed and bell not in self._rung:
            self._rung.add(bell)
            self._loop.call_soon_threadsafe(self._ring, bell)

    def _ring(self, bell: str) -> None:
        self._rung.discard(bell)  # first: what rings from here on is another ring
        self._bells[bell].set()

    async def wait(self, bell: str, timeout: float) -> bool:  # noqa: ASYNC109 - a bell is waited for at most so long, and silence is no error
        """Wait for the bell at most ``timeout`` seconds; True if it rang. The bell is silent again afterwards."""
        event = self._bells[bell]
        try:
            async with asyncio.timeout(timeout):
                await event.wait()
        except TimeoutError:
            return False
        event.clear()
        return True

    def reached(self, mid: str, stage: str) -> None:
        """Tell those who wait for message ``mid`` that it came to ``stage`` (accepted, rejected)."""
        if self._loop is not None and not self._closed:
            self._arrived.append((mid, stage))
            if not self._telling:
                self._telling = True
                self._loop.call_soon_threadsafe(self._tell)

    def expect(self, mid: str) -> "asyncio.Future[str]":
        """A future for the next stage of ``mid``; take it before the message can have left."""
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[mid].append(future)
        return future

    def awaited(self) -> list[str]:
        """The messages somebody waits for."""
        return list(self._waiting)

    def forget(self, mid: str) -> None:
        """Nobody waits for ``mid`` any longer."""
        self._waiting.pop(mid, None)

    def close(self) -> None:
        """End every wait, at shutdown."""
        self._closed = True
        for event in self._bells.values():
            event.set()
        for mid in list(self._waiting):
            for future in self._waiting.pop(mid):
                future.cancel()

    def _tell(self) -> None:
        self._telling = False  # first, as in _ring
        while self._arrived:
            mid, stage = self._arrived.popleft()
            for future in self._waiting.pop(mid, ()):
                if not future.done():
                    future.set_result(stage)
