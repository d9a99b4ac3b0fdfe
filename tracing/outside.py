"""What surrounds a node and is not its own: the database it keeps things in, the way out to counterparts, the sockets.

A running authority has the parts named here; the simulation (``tests/simulation``) hands in its own, and everything
between them is the node as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Engine

from keys.rest import ContentCipher
from tracing.clock import Clock, Ids
from tracing.exchange.client import HttpWire, Wire
from tracing.exchange.pace import Pace
from tracing.exchange.refreshing import RefreshPace
from tracing.store import Store

__all__ = ["Outside"]


@dataclass(frozen=True, slots=True)
class Outside:
    """The parts. ``listens``: whether ``start`` opens the two listeners."""

    store: Callable[[Engine, ContentCipher, Clock, Ids], Store] = Store
    wire: Callable[[], Wire] = HttpWire
    pace: Pace = field(default_factory=Pace)
    refresh_pace: RefreshPace = field(default_factory=RefreshPace)
    listens: bool = True
