"""What counterparts touch: the listener that takes what they send, and the only way out to them.

``inbox`` judges and stores, ``outbox`` delivers, ``client`` is the only outgoing HTTP, ``app`` and ``exchange`` put
it together; ``tracing.listening`` bounds what strangers may cost. Nothing here decrypts; the keys held are those for
receipts and checkpoints.
"""

from tracing.exchange.exchange import Exchange
from tracing.exchange.probe import Layer, probe

__all__ = ["Exchange", "Layer", "probe"]
