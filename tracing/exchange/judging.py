"""Judging what counterparts said, item by item, without the database: whether it is authentic, and for us.

Every item is judged by itself; what cannot be proved is kept apart as doubtful, since it may be known already.
"""

import asyncio
from typing import Any, Final

from protocol import envelope, hello, receipts
from protocol.envelope import Envelope
from protocol.errors import Expired, ProtocolError, UnknownKey
from protocol.jws import Verify
from tracing.clock import Clock
from tracing.exchange.items import Batch
from tracing.exchange.judged import Doubtful, Judged, Recovering, Sure, SuspendedSender, UnknownSender
from tracing.exchange.refreshing import Hint
from tracing.partners import Partners
from tracing.post import Identity

__all__ = ["Judge"]

ITEMS_BETWEEN_PAUSES: Final = 8  # about 2 ms of the loop, so that other connections are served meanwhile


class Judge:
    """Of everything that is signed by a counterpart. ``hint(authority, version)`` is told of keysets it names."""

    def __init__(self, partners: Partners, clock: Clock, hint: Hint) -> None:
        self._partners, self._clock, self._hint = partners, clock, hint

    async def batch(self, batch: Batch, me: Identity) -> Judged:
        """Every item, with a pause for other connections between some."""
        judged = Judged()
        for index, item in enumerate(batch.envelopes):
            self._envelope(judged, index, item, me)
            if index % ITEMS_BETWEEN_PAUSES == ITEMS_BETWEEN_PAUSES - 1:
                await asyncio.sleep(0)
        for index, item in enumerate(batch.receipts):
            self._receipt(judged, index, item, me)
        if batch.hello is not None:
            self._hello(judged, batch.hello, me)
        return judged

    def _envelope(self, judged: Judged, index: int, item: Any, me: Identity) -> None:
        try:
            parsed = envelope.parse(item)
        except ProtocolError as error:
            judged.refuse("envelopes", index, error)
            return
        try:
            verify = self.verifier(parsed.manifest.from_, "env")
            envelope.authenticate(parsed, me=me.authority, net=me.net, verify=verify)
            self.require_whole(parsed.manifest.from_)
        except ProtocolError as error:
            self._hint_unknown(parsed.manifest.from_, error)
            judgement = Sure(index, parsed, error) if error.authentic else Doubtful(index, parsed, error)
            (judged.sure if isinstance(judgement, Sure) else judged.doubtful).append(judgement)  # type: ignore[arg-type]
        else:
            self._hint(parsed.manifest.from_, parsed.manifest.ks.ver)
            judged.sure.append(Sure(index, parsed, self._expired(parsed)))

    def _hint_unknown(self, sender: str, error: ProtocolError) -> None:
        """A key of the sender that is not known here may be a new one: worth a look, whoever wrote this."""
        if isinstance(error, UnknownKey) and not isinstance(error, UnknownSender):
            self._hint(sender, 0)

    def _expired(self, parsed: Envelope) -> ProtocolError | None:
        exp = parsed.manifest.exp
        return Expired("it came after its date") if exp is not None and exp < self._clock.now_ms() else None

    def _receipt(self, judged: Judged, index: int, item: Any, me: Identity) -> None:
        try:
            signed = receipts.parse(item)
            verify = self.verifier(signed.receipt.from_, "rcpt")
            receipts.authenticate(signed, me=me.authority, net=me.net, verify=verify)
            self.require_whole(signed.receipt.from_)
        except ProtocolError as error:
            judged.refuse("receipts", index, error)
        else:
            self._hint(signed.receipt.from_, signed.receipt.ks.ver)
            judged.receipts.append((index, signed))

    def _hello(self, judged: Judged, item: Any, me: Identity) -> None:
        try:
            signed = hello.parse(item)
            verify = self.verifier(signed.hello.from_, "rcpt")
            judged.hello = hello.authenticate(signed, me=me.authority, net=me.net, verify=verify)
            if signed.hello.ks is not None:
                self._hint(signed.hello.from_, signed.hello.ks.ver)
        except ProtocolError as error:
            judged.refuse("hello", 0, error)

    def verifier(self, sender: str, use: str) -> Verify:
        """Of what the sender signs by a key of this use. UnknownSender, or SuspendedSender."""
        partner = self._partners.get(sender)
        if partner is None or partner.trust is None:
            raise UnknownSender("the sender is no counterpart of this node")
        if partner.is_suspended:
            raise SuspendedSender("the exchange with the sender is suspended")
        return partner.trust.verifier(use, at_ms=self._clock.now_ms(), carriage=partner.carriage)

    def require_whole(self, sender: str) -> None:
        """Nothing is signed for who may know more of us than we do."""
        partner = self._partners.get(sender)
        if partner is not None and partner.recovery is not None:
            raise Recovering("expected to wait until this node, which came back from an older copy, knows what it lost")
