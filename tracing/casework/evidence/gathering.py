"""The lines of a file of evidence, from what this node holds: cards, the signed head, the messages of a case.

A message that cannot be proved (entered from a letter, signed by a key that did not stand) is left out, and the file
says so and why; so one of them never keeps the rest from being shown.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select

from keys.card import Card
from keys.evidence import EvidenceRefused, Lines, Scene, judge, read_head
from keys.pinned import Unbelieved, believe
from keys.trust import TrustSet
from protocol import base64url, envelope, evidence, proof, strictjson
from protocol.elements import Disclosure
from protocol.envelope import Inner
from protocol.errors import ProtocolError
from protocol.statement import Statement
from tracing.audit.inclusion import Promised, find_entry, promised
from tracing.casework.elements.held import Held, read_held
from tracing.casework.elements.proving import card_of, is_recorded
from tracing.casework.errors import NotProvable
from tracing.casework.evidence.showing import Gate, Selection, select_shown
from tracing.casework.thread import envelopes
from tracing.store import AnyRow, View
from tracing.tables import Receipt, table_of

__all__ = ["Gathered", "Sources", "gather"]

MOST_BYTES: Final = 8 * 1024 * 1024
RECORDED: Final = "recorded"  # entered here from another channel; its sender did not sign it
ENDS: Final = ("opened", "rejected")
_receipts = table_of(Receipt)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The lines, each with its kind and whose it is; which messages are left out and why; how much is withheld."""

    lines: list[tuple[str, str, bytes]] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    withheld: list[int] = field(default_factory=list)

    @property
    def mids(self) -> tuple[str, ...]:
        """The messages that are in."""
        return tuple(of for kind, of, _ in self.lines if kind == "message")


@dataclass(frozen=True, slots=True)
class Sources:
    """What every message of one file is judged with here, as its reader will judge it."""

    view: View
    key: bytes
    me: str
    scene: Scene
    cards: dict[str, Card]
    head: Promised | None

    @classmethod
    def of(cls, view: View, key: bytes, me: str, other: str, mids: Sequence[str]) -> "Sources":
        """From our own stored documents, under a head that covers these messages. NotProvable if they are not whole."""
        cards = {name: card for name in (me, other) if (card := card_of(view, name)) is not None}
        if me not in cards:
            msg = f"the roots and keyset of {me} are not kept here"
            raise NotProvable(msg)
        net = _net(cards[me])
        try:
            trusts = {name: believe(card.members(), name, net, {name: card.digest}) for name, card in cards.items()}
        except Unbelieved as error:
            msg = f"the keys kept here are not believed any more: {error}"
            raise NotProvable(msg) from error
        under = promised(view, other, _names(view, mids)) if other in trusts else None
        head = None
        if under is not None:
            try:
                head = read_head(under.note, under.origin, trusts[me], trusts[other])
            except ProtocolError:  # a key of the log was revoked: its checkpoint counts no more until it is signed anew
                under = None
        return cls(view, key, me, Scene(me, trusts, head), cards, under)

    @property
    def own(self) -> TrustSet:
        """What others believe of us."""
        return self.scene.trusts[self.me]


def _names(view: View, mids: Sequence[str]) -> list[str]:
    """What these messages and their receipts are called in the tree."""
    return [*mids, *view.conn.execute(select(_receipts.c.rid).where(_receipts.c.mid.in_(mids))).scalars()]


def _net(card: Card) -> str:
    payload = strictjson.load(card.root_documents[0], MOST_BYTES)["payload"]
    return str(strictjson.load(base64url.decode(payload), MOST_BYTES)["net"])


def gather(sources: Sources, gate: Gate, rows: Sequence[AnyRow]) -> Gathered:
    """The lines for these messages, in their order."""
    made = Gathered()
    for name, card in sources.cards.items():
        made.lines.append(("card", name, strictjson.dump({"card": card.members()})))
    if sources.head is not None:
        made.lines.append(("head", sources.head.origin, strictjson.dump({"head": sources.head.note})))
    for row in rows:
        if is_recorded(row):
            made.left_out.append((row.mid, RECORDED))
            continue
        held = read_held(sources.view, sources.key, row)
        line, withheld = _message(sources, gate, held)
        if (fault := _fault(sources, line)) is not None:
            made.left_out.append((row.mid, fault))
        else:
            made.lines.append(("message", row.mid, line))
            made.withheld.append(withheld)
    return made


def _fault(sources: Sources, line: bytes) -> str | None:
    """Why a reader would not believe this message, None where he would."""
    told = evidence.read_message(line)
    try:
        signed, said = proof.read_statement(told.statement)
        judge(told, signed, said, sources.scene, Lines(io.BytesIO()))
    except (EvidenceRefused, ProtocolError) as error:
        return error.code
    return None


# ---------------------------------------------------------------- one message


def _message(sources: Sources, gate: Gate, held: Held) -> tuple[bytes, int]:
    """The line of a message, and how many of its elements are withheld."""
    inner = Inner.at_rest(held.inner)
    selection = select_shown(held, inner, gate)
    said = Statement.read(inner.jws.payload)
    sent = _sent(sources.view, said)
    members = {
        "statement": strictjson.load(inner.raw, len(inner.raw))["statement"],
        "disclosures": _texts(selection.elements),
        "attachments": _texts(selection.attachments),
        "withheld": [{"position": at, "why": list(why)} for at, why in selection.withheld],
        "salt": None if sent is None else base64url.encode(inner.salt),
        "envelope": None if sent is None else _envelope(sources, said, sent, selection),
        "receipts": [] if sent is None else _taken(sources, said, sent),
    }
    return strictjson.dump(members), len(selection.withheld)


def _texts(some: Sequence[Disclosure]) -> list[str]:
    return [one.text for one in some]


def _sent(view: View, said: Statement) -> AnyRow | None:
    """The envelope of a message; None for a letter."""
    query = select(envelopes).where(envelopes.c.sender == said.from_, envelopes.c.mid == said.mid)
    row: AnyRow | None = view.conn.execute(query).first()
    return row


def _envelope(sources: Sources, said: Statement, sent: AnyRow, selection: Selection) -> dict[str, Any]:
    """The envelope with its entry where all in it is shown; else without its sealed bytes, which hold the rest too."""
    if selection.withheld:
        return {"item": strictjson.load(envelope.without_ct(sent.wire), MOST_BYTES), "entry": None}
    kind = "env.out" if said.from_ == sources.me else "env.in"
    return _carried(sources, kind, said.mid, sent.wire)


def _taken(sources: Sources, said: Statement, sent: AnyRow) -> list[dict[str, Any]]:
    """The recipient's receipts: that it took the message over, and then that it read or rejected it."""
    about = (_receipts.c.sender == said.to, _receipts.c.mid == said.mid, _receipts.c.env == sent.digest)
    query = select(_receipts.c.stage, _receipts.c.rid, _receipts.c.wire).where(*about)
    found = {row.stage: row for row in sources.view.conn.execute(query)}
    last = next((stage for stage in ENDS if stage in found), None)
    kind = "rcpt.out" if said.to == sources.me else "rcpt.in"
    given = (found[stage] for stage in ("accepted", last) if stage in found)
    return [_carried(sources, kind, row.rid, row.wire) for row in given]


def _carried(sources: Sources, kind: str, ref: str, wire: bytes) -> dict[str, Any]:
    """A signed object, and where it stands in the tree if the head covers it."""
    at = None if sources.head is None else find_entry(sources.view, sources.head, kind, ref, wire)
    entry = at and {"t": at.at_ms, "k": at.kind, "index": at.index, "path": [step.hex() for step in at.path]}
    return {"item": strictjson.load(wire, MOST_BYTES), "entry": entry}
