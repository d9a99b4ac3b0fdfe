"""The elements of the messages of a case: what other acts point at when they correct, pass on, or ask to.

An element is named by its message and its name in it, ``{"mid": "at:0198c5f0-...", "element": "outcomes.0"}``. An
attachment is one too, ``att.<n>``, as far as its handling and its erasure go.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from protocol import elements, envelope, strictjson
from protocol import messages as statements
from protocol.elements import Disclosure
from protocol.lifecycle import Kind
from protocol.messages import Message
from tracing.casework.thread import messages
from tracing.store import AnyRow, View
from tracing.store.content import case_key, show
from tracing.store.spelt import Spelt

__all__ = ["Held", "held_message", "read_held"]

MOST_BYTES = 8 * 1024 * 1024
_ONE = Spelt(select(messages).where(messages.c.case_id == bindparam("case"), messages.c.mid == bindparam("mid")))


@dataclass(frozen=True, slots=True)
class Held:
    """One message as this node holds it: ``inner`` its stored bytes, ``note`` what stands beside a recorded reply."""

    row: AnyRow
    message: Message
    elements: tuple[Disclosure, ...]
    inner: bytes
    note: str = ""
    borne: tuple[Disclosure, ...] = ()  # of its attachments
    erased: tuple[str, ...] = ()  # names of what was erased here; neither among ``elements`` nor ``borne``

    @property
    def is_recorded(self) -> bool:
        """Whether it came by another channel, entered by an officer; nobody signed it."""
        return self.row.direction == "in" and self.row.channel is not None


def held_message(view: View, case: AnyRow, mid: str) -> Held | None:
    """The message ``mid`` of a case, or None."""
    row = _ONE.first(view.conn, {"case": case.id, "mid": mid})
    return None if row is None else read_held(view, case_key(view, case), row)


def read_held(view: View, key: bytes, row: AnyRow) -> Held:
    """What a row of ``messages`` says, with its elements; a recorded reply is cut as if it had been signed."""
    inner = show(view, key, row.inner, row.case_id, "message", row.mid)
    if row.direction == "in" and row.channel is not None:
        document: dict[str, Any] = strictjson.load(inner, MOST_BYTES)
        message = statements.parse(statements.BY_KIND[Kind(row.kind)].TYPE, document["recorded"])
        return Held(row, message, _cut(message), inner, document.get("note", ""))
    said, message, disclosures = envelope.read_own(inner)
    if not said.att and len(disclosures) == len(said.elements):
        return Held(row, message, disclosures, inner)
    parts = envelope.Inner.at_rest(inner)
    borne, erased = parts.disclosures[len(disclosures) :], tuple(name for _, name in parts.gone)
    return Held(row, message, disclosures, inner, borne=borne, erased=erased)


def _cut(message: Message) -> tuple[Disclosure, ...]:
    """The elements of a message that nobody signed: there is nothing to prove, so their salts are empty."""
    return elements.split(message.to_elements(), message.SINGLES, message.LISTS, bytes)
