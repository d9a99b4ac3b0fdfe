"""Exporting evidence: gathered and signed for, verified as its reader will verify it, noted, and only then handed out.

Rules
- An export leaves a leaf of the kind ``read`` in the private tree: who, of what, for whom and for what, how much of it
  was withheld, and the digest of the file.
- The file is made anew each time and never kept: what is released must not rest a second time.
- A file has a bound (``MAX_FILE_BYTES``); a case beyond it is exported message by message.
"""

import io
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import select

from keys import evidence as evidences
from protocol import evidence
from protocol.evidence import Inventory
from protocol.payload import VERSION as MAJOR
from tracing import audit
from tracing.casework.acts import House
from tracing.casework.elements.gate import handling_of, held_in_order
from tracing.casework.elements.proving import ways_of
from tracing.casework.errors import Forbidden, NotFound, NotProvable
from tracing.casework.evidence.asked import Export
from tracing.casework.evidence.gathering import Gathered, Sources, gather
from tracing.casework.evidence.showing import Gate
from tracing.casework.insight import stands
from tracing.casework.policy import Actor
from tracing.casework.thread import Thread, hold, load, messages
from tracing.clock import rfc3339, to_ms
from tracing.store import AnyRow, Tx, View
from tracing.store.content import case_key

__all__ = ["Exported", "build_evidence", "gathered", "note_export"]

_MOST_BYTES: Final = evidence.MAX_FILE_BYTES - 2 * Inventory.MAX_BYTES - 2 * evidence.MAX_ANSWER_BYTES


@dataclass(frozen=True, slots=True)
class Exported:
    """The file of an export, what it proves, what is not in it, and the version of the case it shows."""

    data: bytes
    found: evidences.Evidence
    mids: tuple[str, ...]
    withheld: int
    version: int
    unstamped: str | None = None  # why a time-stamp that was asked for is not in it

    @property
    def sha256(self) -> str:
        return sha256(self.data).hexdigest()

    @property
    def pins(self) -> dict[str, str]:
        """The roots its reader must know."""
        return {one.authority: one.root_digest for one in (self.found.exporter, self.found.other) if one is not None}


def build_evidence(view: View, house: House, asked: Export, now: datetime) -> Exported:
    """The file, verified. Raises NotFound, NotProvable, Erased; writes nothing."""
    thread, sources, made = gathered(view, house, asked, now)
    data = _signed(sources, house, asked, made, now)
    pins = {name: card.digest for name, card in sources.cards.items()}
    try:
        found = evidences.verify(io.BytesIO(data), pins)
    except evidences.EvidenceRefused as error:
        msg = f"the evidence of case {asked.case} would not hold: {error}"
        raise NotProvable(msg) from error
    return Exported(data, found, made.mids, sum(made.withheld), thread.case.version)


def gathered(view: View, house: House, asked: Export, now: datetime) -> tuple[Thread, Sources, Gathered]:
    """The lines of the file, of which at least one is a message. Raises NotFound, NotProvable, Erased."""
    thread = load(view, asked.case)
    rows = _rows(view, asked)
    key, mids = case_key(view, thread.case), [row.mid for row in rows]
    sources = Sources.of(view, key, house.authority, thread.case.counterpart, mids)
    made = gather(sources, _gate(view, house, asked, thread, rows, now), rows)
    if not made.mids:
        why = ", ".join(f"{mid}: {word}" for mid, word in made.left_out) or "nothing was said in it yet"
        msg = f"nothing of case {asked.case} can be proved from what this node holds ({why})"
        raise NotProvable(msg)
    return thread, sources, made


def _rows(view: View, asked: Export) -> list[AnyRow]:
    """The messages asked for, in the order this node logged them."""
    query = select(messages).where(messages.c.case_id == asked.case).order_by(messages.c.position)
    rows = [row for row in view.conn.execute(query) if asked.mid in {None, row.mid}]
    if asked.mid is not None and not rows:
        msg = f"no message {asked.mid!r} in case {asked.case}"
        raise NotFound(msg)
    return rows


def _gate(  # noqa: PLR0917 - one export, and what it is judged by
    view: View, house: House, asked: Export, thread: Thread, rows: list[AnyRow], now: datetime
) -> Gate:
    handling = handling_of(held_in_order(view, thread))
    ways = ways_of(view, asked.to, asked.purpose, house.authority)
    return Gate(handling, ways, frozenset(row.mid for row in rows), house.authority, now.date())


def _signed(sources: Sources, house: House, asked: Export, made: Gathered, now: datetime) -> bytes:
    """The lines behind an inventory that this authority signed."""
    lines = [{"kind": kind, "of": of, "sha256": evidence.digest_of(line)} for kind, of, line in made.lines]
    if len(lines) >= evidence.MAX_LINES or sum(len(line) for _, _, line in made.lines) > _MOST_BYTES:
        msg = f"the evidence of case {asked.case} is too large for one file: export it message by message"
        raise NotProvable(msg)
    members = {
        "v": MAJOR, "net": sources.own.net, "crit": (), "from": house.authority, "at": to_ms(now),
        "case": asked.case, "scope": "case" if asked.mid is None else "message", "to": asked.to,
        "purpose": asked.purpose, "lines": tuple(lines),
        "left_out": tuple({"mid": mid, "why": why} for mid, why in made.left_out),
    }  # fmt: skip
    payload = Inventory.model_validate(members).payload()
    first = evidence.inventory_line(house.seal.attest(payload, evidence.TYP))
    return evidence.write(first, [line for _, _, line in made.lines])


def note_export(tx: Tx, actor: Actor, asked: Export, made: Exported) -> None:
    """The leaf of an export. Stale when the case moved since: an element may be erased, or restricted now.

    Forbidden for whom a case was released to, where it is not for our own authority, or is released no more.
    """
    hold(tx, asked.case, made.version)
    by = stands(tx, actor, asked.case)
    if by and not asked.is_ours:
        msg = "what is released to you is for our own authority: evidence for others is an officer's to hand out"
        raise Forbidden(msg)
    what = {"act": "evidence", "actor": actor.name, "cases": [asked.case], "mids": list(made.mids)}
    out = {"to": asked.to, "purpose": asked.purpose, "withheld": made.withheld, "file": made.sha256}
    audit.note(tx, "read", asked.case, {"what": "evidence"} | what | out | by | _stamp(made))


def _stamp(made: Exported) -> dict[str, str]:
    """The time-stamp, or why the one that was asked for did not come; nothing where none was asked for."""
    if made.unstamped is not None:
        return {"unstamped": made.unstamped}
    return {} if made.found.stamp is None else {"stamped": rfc3339(made.found.stamp.time_ms)}
