"""Every entry against the object it speaks of, and the object against the columns that were taken from it.

Rules
- A private entry carries its object and a salt. Where that says that a message was entered, the message at rest and
  what lists and the fold read of its row must be what it says.
- An entry of a counterpart's tree speaks of an envelope or a receipt: the first under an id lies in a table of its own,
  what came later under the same id in the entry itself.
- Where an element was erased, its leaf says what rests instead: that, and nothing older or else, must be there.
- Columns that say something else than the signed bytes are told of last (``Objects.disagrees``): all that is signed is
  looked at first.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, and_, bindparam, case, func, literal_column, or_, select

from protocol import strictjson
from protocol.errors import ProtocolError
from tracing.audit.trees import PRIVATE
from tracing.audit.verifying.columns import MOST_BYTES, envelope_agrees, message_digest, receipt_agrees
from tracing.audit.verifying.found import Bad, called
from tracing.store import View
from tracing.store.spelt import Spelt
from tracing.tables import Envelope, Leaf, MatterMessage, Message, Receipt, table_of

__all__ = ["Objects", "is_named", "speaks_of"]

AFTER_SENDER: Final = len(":01900000-0000-7000-8000-000000000000")  # in the id of an envelope or a receipt
ERASE: Final = "erase"
_envelopes, _leaves, _messages = map(table_of, (Envelope, Leaf, Message))
_receipts, _of_matters = map(table_of, (Receipt, MatterMessage))


def is_named(sender: ColumnElement[Any], name: ColumnElement[Any]) -> ColumnElement[bool]:
    """That a leaf names this object, whose id begins with its sender: an index finds it, no leaf looks through all."""
    ref, length = _leaves.c.ref, func.length(_leaves.c.ref)
    issuer = case((length > AFTER_SENDER, func.substr(ref, 1, length - AFTER_SENDER)), else_="")
    return and_(sender == issuer, name == ref)


def speaks_of(table: Table, what: str) -> Any:
    """That a leaf is the one of a row: what came is in its sender's tree, what went in its recipient's."""
    came = and_(table.c.direction == "in", _leaves.c.kind == f"{what}.in", _leaves.c.tree == table.c.sender)
    went = and_(table.c.direction == "out", _leaves.c.kind == f"{what}.out", _leaves.c.tree == table.c.recipient)
    return or_(came, went)


_RANGE = (_leaves.c.idx >= bindparam("first"), _leaves.c.idx <= bindparam("last"))
_TRAVELLED = Spelt(
    select(
        _leaves.c.idx, _envelopes.c.wire.label("envelope"), _receipts.c.wire.label("receipt"),
        *(_envelopes.c[name].label(f"env_{name}") for name in ("sender", "mid", "recipient", "seq", "digest")),
        *(_receipts.c[name].label(f"rcpt_{name}")
            for name in ("sender", "rid", "recipient", "mid", "env", "stage", "code", "at_ms")),
    )
    .outerjoin(_envelopes, and_(is_named(_envelopes.c.sender, _envelopes.c.mid), speaks_of(_envelopes, "env")))
    .outerjoin(_receipts, and_(is_named(_receipts.c.sender, _receipts.c.rid), speaks_of(_receipts, "rcpt")))
    .where(_leaves.c.tree == bindparam("tree"), *_RANGE, _leaves.c.object.is_(None))
    .order_by(_leaves.c.idx)
)  # fmt: skip
"""What the entries speak of that do not carry it themselves, one row for each."""

_ENTERED = tuple(
    Spelt(select(table).where(table.c.leaf >= bindparam("first"), table.c.leaf <= bindparam("last")))
    for table in (_of_matters, _messages)
)
"""Messages of cases stand behind those of matters: what one has is asked of it first."""

_ERASURES = Spelt(
    select(_leaves.c.h, _leaves.c.salt, _leaves.c.object)
    .where(_leaves.c.tree == literal_column(f"'{PRIVATE}'"), _leaves.c.kind == literal_column(f"'{ERASE}'"))
    .order_by(_leaves.c.idx)
)


@dataclass(slots=True)
class Objects:
    """What entries are held against, over a whole verification.

    ``messages`` and ``envelopes`` are digests of what rests where an element was erased, by case and id, and by id.
    """

    view: View
    messages: dict[tuple[str, str], str] = field(default_factory=dict)
    envelopes: dict[str, str] = field(default_factory=dict)
    disagrees: str | None = None

    @classmethod
    def of(cls, view: View) -> "Objects":
        """With the leaves of erasures, the last of a message deciding. One that does not hold is found in its tree."""
        found = cls(view)
        for leaf in _ERASURES.each(view.conn):
            if leaf.salt is not None and leaf.object is not None and _salted(leaf) == leaf.h:
                with suppress(ProtocolError, KeyError, TypeError):
                    found._learn(strictjson.load(leaf.object, MOST_BYTES))
        return found

    def _learn(self, what: Mapping[str, Any]) -> None:
        """One erasure."""
        self.messages.update({(copy["case"], what["ref"]): copy["inner"] for copy in what["copies"]})
        if what["wire"] is not None:
            self.envelopes[what["ref"]] = what["wire"]

    def check_of(self, tree: str, leaves: Sequence[Any]) -> Callable[[Any], None]:
        """What checks each of these neighbours, in their order, against its object; it raises Bad."""
        entered: dict[int, dict[str, Any]] = {}
        if tree == PRIVATE:
            entered = self._entered(leaves[0].idx, leaves[-1].idx)
        beside = self._travelled(tree, leaves) if any(leaf.object is None for leaf in leaves) else iter(())

        def check(leaf: Any) -> None:
            if tree == PRIVATE or leaf.salt is not None:
                problem = self._private(leaf, entered.get(leaf.idx))
            elif leaf.object is not None:
                problem = None if _digest(leaf.object) == leaf.h else _ALTERED
            else:
                problem = self._beside(leaf, next(row for row in beside if row.idx == leaf.idx))
            if problem is not None:
                raise Bad(f"{called(tree, leaf)}: {problem}")

        return check

    def _travelled(self, tree: str, leaves: Sequence[Any]) -> Iterator[Any]:
        return _TRAVELLED.each(self.view.conn, {"tree": tree, "first": leaves[0].idx, "last": leaves[-1].idx})

    def _entered(self, first: int, last: int) -> dict[int, dict[str, Any]]:
        """The messages at rest that name these entries. What one of a case leaves open, one of a matter may say."""
        found: dict[int, dict[str, Any]] = {}
        for spelt in _ENTERED:
            for row in spelt.rows(self.view.conn, {"first": first, "last": last}):
                said = {name: value for name, value in row._asdict().items() if value is not None}
                if "matter_id" in said:
                    said["case_id"] = said["matter_id"]  # a matter is the thread its message has
                found[row.leaf] = found.get(row.leaf, {}) | said
        return found

    def _beside(self, leaf: Any, row: Any) -> str | None:
        """An envelope or a receipt with a table of its own."""
        is_envelope = leaf.kind.startswith("env.")
        wire, expected = row.envelope if is_envelope else row.receipt, leaf.h
        if is_envelope:
            expected = self.envelopes.get(leaf.ref, leaf.h)
        if not isinstance(wire, bytes):
            return _GONE
        if _digest(wire) != expected:
            return _ALTERED
        if self.disagrees is None and not (envelope_agrees(row) if is_envelope else receipt_agrees(row)):
            what = "envelope" if is_envelope else "receipt"
            self.disagrees = f"{what} {leaf.ref}: its columns say something else than its signed bytes"
        return None

    def _private(self, leaf: Any, message: dict[str, Any] | None) -> str | None:
        if not (isinstance(leaf.salt, bytes) and isinstance(leaf.object, bytes)):  # SQLite takes a text for bytes
            return _GONE
        if _salted(leaf) != leaf.h:
            return _ALTERED
        try:
            return self._said(leaf, strictjson.load(leaf.object, MOST_BYTES), message)
        except (ProtocolError, KeyError, TypeError):
            return "the object it speaks of has no form that a node writes"

    def _said(self, leaf: Any, what: Mapping[str, Any], message: dict[str, Any] | None) -> str | None:
        """A private object against the entry's name and, where it enters one, the message at rest."""
        if what["ref"] != leaf.ref:
            return "it names another thing than its object does"
        if "inner" not in what:
            return None if message is None else "a message was slipped in where no message was entered"
        rests = self.messages.get((what["case"], what["mid"]), what["inner"])
        if message is None or _digest(message.get("inner")) != rests:
            return "the message at rest is gone or was altered"
        return None if message_digest(message) == what["row"] else "the columns of its message were altered"


_GONE: Final = "the object it speaks of is gone"
_ALTERED: Final = "the object it speaks of was altered"


def _digest(value: Any) -> str:
    """Of bytes; of what is something else in the place of bytes, no digest there is."""
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else ""


def _salted(leaf: Any) -> str:
    both = isinstance(leaf.salt, bytes) and isinstance(leaf.object, bytes)
    return hashlib.sha256(leaf.salt + leaf.object).hexdigest() if both else ""
