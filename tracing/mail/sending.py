"""The worker that sends mails: one process of a node, one connection, one mail after the other.

It looks when a reminder was written, and again from time to time; what cannot be sent now stays in its row.
"""

from collections import deque
from dataclasses import dataclass, field

import structlog

from tracing.clock import from_ms
from tracing.mail import standing
from tracing.mail.claims import CLAIM_MS, Claimed, claim, give_back, is_due, put_off, refuse, settle
from tracing.mail.envelope import envelope
from tracing.mail.server import Line, MailRefused, Pace, ServerAway, connected
from tracing.mail.wording import Written, write, write_test
from tracing.phrases import House, Reader
from tracing.settings import Mailbox, Settings
from tracing.signals import Signals
from tracing.store import Store, StoreUnavailable

__all__ = ["Sending", "send_test"]


@dataclass(frozen=True, slots=True)
class Sending:
    """Only where the settings name a server."""

    store: Store
    settings: Settings
    pace: Pace = field(default_factory=Pace)

    async def run(self, signals: Signals, every_s: float) -> None:
        """Ends by cancellation. A pause that a former run had with the server does not hold for this one."""
        is_new = True
        while True:
            try:
                if is_new:
                    await self.store.write(standing.try_at_once)
                    is_new = False
                await self.look()
            except StoreUnavailable as error:
                structlog.get_logger().warning("mail.store_unavailable", reason=str(error))
            except Exception:  # noqa: BLE001 - the border of the worker: a fault of ours in one mail never ends the sending
                structlog.get_logger().exception("mail.failed")
            await signals.wait("mail", every_s)

    async def look(self) -> int:
        """Send all that is due now; returns how many mails left this worker's hands."""
        done = 0
        while await self.store.read(lambda view: is_due(view, self.store.clock.now_ms())):
            claimed = await self.store.write(lambda tx: claim(tx, self.settings))
            if claimed:
                done += await self._send_all(deque(claimed))
        return done

    async def _send_all(self, claimed: deque[Claimed]) -> int:
        """Over one connection, as long as the claims hold."""
        clock, done = self.store.clock, 0
        until = clock.monotonic() + CLAIM_MS / 1000 - self.pace.mail_s
        try:
            async with connected(self.settings.mail, self.pace) as line:
                while claimed and clock.monotonic() < until:
                    await self._send(line, claimed.popleft())
                    done += 1
        except ServerAway as error:
            said = str(error)
            await self.store.write(lambda tx: standing.fail(tx, said))
        await self.store.write(lambda tx: give_back(tx, claimed))
        return done

    async def _send(self, line: Line, one: Claimed) -> None:
        """ServerAway when nothing can be said of this mail: it waits its time, so that one mail stops no other."""
        try:
            await line.send(one.to, self._written(one))
        except MailRefused as error:
            refused = error
            await self.store.write(lambda tx: refuse(tx, one, refused))
        except ServerAway:
            await self.store.write(lambda tx: put_off(tx, one, None))
            raise
        else:
            await self.store.write(lambda tx: settle(tx, one))

    def _written(self, one: Claimed) -> bytes:
        house = House.of(self.settings)
        if one.kind == "test":
            written = write_test(one.reader, house)
        else:
            written = write(one.told, one.reader, house, is_digest=one.kind == "digest")
        return _envelope(self.settings, written, one.to, one.message_id, self.store.clock.now_ms())


async def send_test(settings: Settings, to: Mailbox, language: str, message_id: str, now_ms: int) -> None:
    """Try an address at once, without a row. ServerAway or MailRefused."""
    written = write_test(Reader(language, settings.zone), House.of(settings))
    data = _envelope(settings, written, to, f"{message_id}@{settings.mail.sender.domain}", now_ms)
    async with connected(settings.mail) as line:
        await line.send(to, data)


def _envelope(settings: Settings, written: Written, to: Mailbox, message_id: str, now_ms: int) -> bytes:
    sender = (settings.name, settings.mail.sender)
    return envelope(written, sender, to, message_id, from_ms(now_ms))
