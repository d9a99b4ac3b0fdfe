"""What the items of one post came to: judged by themselves, and then stored together."""

from dataclasses import dataclass, field

from protocol.envelope import Envelope
from protocol.errors import Busy, PolicyRefused, ProtocolError, UnknownKey
from protocol.hello import Hello
from protocol.receipts import SignedReceipt
from tracing.exchange.items import NOTHING, Beside, Refused

__all__ = [
    "CROWDED", "NOBODY", "Doubtful", "Judged", "Outcome", "Recovering", "Sure", "SuspendedSender", "UnknownSender",
]  # fmt: skip


class UnknownSender(UnknownKey):
    """The sender is no counterpart, or its keys do not hold here."""


NOBODY = UnknownSender("the trust documents are of no counterpart of this node")
CROWDED = Busy("expected to wait until some of it was opened here")


class Recovering(Busy):
    """This node came back from an older copy and does not know yet what the sender holds of it."""


class SuspendedSender(PolicyRefused):
    """An officer stopped the exchange with the sender; it keeps its messages until that ends."""


@dataclass(frozen=True, slots=True)
class Sure:
    """An authentic envelope; ``fault`` if it is not to be taken all the same."""

    index: int
    envelope: Envelope
    fault: ProtocolError | None = None


@dataclass(frozen=True, slots=True)
class Doubtful:
    """An envelope nobody proved; only what is known already is answered."""

    index: int
    envelope: Envelope
    error: ProtocolError


@dataclass(slots=True)
class Judged:
    """What the items of one request came to before anything is stored."""

    sure: list[Sure] = field(default_factory=list)
    doubtful: list[Doubtful] = field(default_factory=list)
    receipts: list[tuple[int, SignedReceipt]] = field(default_factory=list)
    hello: Hello | None = None
    refused: list[tuple[Refused, ProtocolError]] = field(default_factory=list)

    def refuse(self, where: str, index: int, error: ProtocolError) -> None:
        self.refused.append((Refused(where, index, error.code), error))


@dataclass(slots=True)
class Outcome:
    """What is stored, or was already: receipts by the place of their envelope, ids of the receipts taken."""

    receipts: dict[int, list[bytes]] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    accepted: int = 0
    conflicts: int = 0
    alarms: int = 0  # raised
    beside: Beside = NOTHING  # what rides on the answer
    room: dict[str, int] = field(default_factory=dict)  # by sender: how many more envelopes are taken now
