"""What the couriers and carriers of one node share."""

from collections.abc import Callable
from dataclasses import dataclass, field

from keys.trust import TrustSet
from protocol.jws import Signer
from tracing.attachments import Folder
from tracing.clock import Clock, Ids
from tracing.exchange.client import Wire
from tracing.exchange.documents import OwnDocuments
from tracing.exchange.inbox import OnReceipt
from tracing.exchange.pace import Pace
from tracing.exchange.refreshing import Hint
from tracing.exchange.witnessing import Witnessing
from tracing.partners import Partners
from tracing.post import Identity
from tracing.signals import Signals
from tracing.store import Store

__all__ = ["Means"]


@dataclass(frozen=True, slots=True)
class Means:
    """What every courier needs."""

    store: Store
    partners: Partners
    signals: Signals
    wire: Wire
    clock: Clock
    ids: Ids
    me: Callable[[], Identity]
    signer: Callable[[], Signer]
    on_receipt: OnReceipt
    pace: Pace
    folder: Folder
    documents: Callable[[], OwnDocuments]
    hint: Hint
    witnessing: Witnessing
    run: str | None = None  # the name of this start of the node
    own: Callable[[], TrustSet | None] = lambda: None  # what counterparts believe of us
    whole: set[str] = field(default_factory=set)  # counterparts that said since our start what they hold of us
