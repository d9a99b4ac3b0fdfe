"""The worker that sends mails: one process of a node, one connection, one mail after the other."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tracing.channels.claims import CLAIM_MS, Claimed, claim, is_due
from tracing.channels.mail.envelope import envelope
from tracing.channels.mail.posting import Post, Recipient
from tracing.channels.mail.server import Pace, connected
from tracing.channels.sending import Turn, send_for_ever
from tracing.channels.standing import MAIL
from tracing.channels.wording import Written, write, write_test
from tracing.clock import from_ms
from tracing.phrases import House, Reader
from tracing.settings import Mailbox, Settings
from tracing.signals import Signals
from tracing.store import Store

__all__ = ["Sending", "send_test"]


@dataclass(frozen=True, slots=True)
class Sending:
    """Only where the settings name a server."""

    store: Store
    settings: Settings
    pace: Pace = field(default_factory=Pace)

    async def run(self, signals: Signals, every_s: float) -> None:
        """Ends by cancellation."""
        await send_for_ever(self.store, MAIL, self.look, signals, every_s)

    async def look(self) -> int:
        """Send all that is due now; returns how many mails left this worker's hands."""
        done, post = 0, Post(self.settings)
        turn: Turn[Recipient] = Turn(self.store, MAIL)
        while await self.store.read(lambda view: is_due(view, MAIL, self.store.clock.now_ms())):
            claimed = await self.store.write(lambda tx: claim(tx, post))
            if claimed:
                done += await turn.send_all(deque(claimed), self._connected, CLAIM_MS / 1000 - self.pace.mail_s)
        return done

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Callable[[Claimed[Recipient]], Awaitable[None]]]:
        async with connected(self.settings.mail, self.pace) as line:
            yield lambda one: line.send(one.to.address, self._written(one))

    def _written(self, one: Claimed[Recipient]) -> bytes:
        house = House.of(self.settings)
        if one.kind == "test":
            written = write_test(one.to.reader, house)
        else:
            written = write(one.told, one.to.reader, house, is_digest=one.kind == "digest")
        return _envelope(self.settings, written, one.to.address, one.message_id, self.store.clock.now_ms())


async def send_test(settings: Settings, to: Mailbox, language: str, message_id: str, now_ms: int) -> None:
    """Try an address at once, without a row. TargetAway or NoticeRefused."""
    written = write_test(Reader(language, settings.zone), House.of(settings))
    data = _envelope(settings, written, to, f"{message_id}@{settings.mail.sender.domain}", now_ms)
    async with connected(settings.mail) as line:
        await line.send(to, data)


def _envelope(settings: Settings, written: Written, to: Mailbox, message_id: str, now_ms: int) -> bytes:
    sender = (settings.name, settings.mail.sender)
    return envelope(written, sender, to, message_id, from_ms(now_ms))
