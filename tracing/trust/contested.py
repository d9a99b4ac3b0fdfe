"""What came in between the loss of a counterpart's key and our knowledge of it: to be confirmed with its sender.

Rules
- Accepted before the moment the revocation names: nobody doubts it. Accepted after we came to know: it was refused.
- In between stands what is listed here: it stays as provable as it was, and somebody asks its sender, by telephone,
  whether it was theirs. The answer is a leaf and a row; nothing about the message itself changes. A word over the
  telephone that it was not is shown wherever the message is; only its sender's signed statement disowns it.
- A message counts if its envelope or its statement was signed by such a key.

    for one in contested(view, "br"): print(one.mid, one.case, one.accepted_ms)
    doubts(view, "br", case_id)  # {mid: "asked" | "disowned"}
    answer(tx, "br", mid, actor, said=DISOWNED, why="telephoned Ms Lima on 12 May")
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, and_, select

from protocol import base64url, strictjson
from protocol.envelope import Inner
from tracing import audit
from tracing.store import AnyRow, Tx, View
from tracing.store.content import Erased, case_key, show
from tracing.store.inserting import insert
from tracing.tables import Case, Confirmation, Envelope, Message, Revocation, table_of

__all__ = ["ASKED", "CONFIRMED", "DISOWNED", "Answered", "Contested", "answer", "answered", "contested", "doubts"]

ASKED, CONFIRMED, DISOWNED = "asked", "confirmed", "disowned"
MOST: Final = 200  # shown in one go; the next ones follow when these are confirmed
MOST_BYTES: Final = 8 * 1024 * 1024
_cases, _confirmations, _envelopes, _messages, _revocations = map(
    table_of, (Case, Confirmation, Envelope, Message, Revocation)
)


@dataclass(frozen=True, slots=True)
class Contested:
    """A message to ask about: since when the key that signed it may be in other hands."""

    mid: str
    case: str | None
    kid: str
    accepted_ms: int
    since_ms: int


def contested(view: View, authority: str, most: int = MOST, *, case: str | None = None) -> list[Contested]:
    """What is still to be confirmed with ``authority``, oldest first; of one case, or of all."""
    lost = {
        row.kid: row for row in view.conn.execute(select(_revocations).where(_revocations.c.authority == authority))
    }
    if not lost:
        return []
    found: list[Contested] = []
    for row in view.conn.execute(_between(authority, list(lost.values()), case)):
        kid = next((kid for kid in _kids(view, row) if kid in lost and _falls_into(row, lost[kid])), None)
        if kid is not None:
            found.append(Contested(row.mid, row.case_id, kid, row.accepted_ms, lost[kid].since_ms))
        if len(found) == most:
            break
    return found


def _falls_into(row: AnyRow, lost: AnyRow) -> bool:
    return bool(lost.since_ms <= row.accepted_ms < lost.received_ms)


def _between(authority: str, lost: list[AnyRow], case: str | None) -> Select[Any]:
    """Envelopes of the whole time that any of these keys was in other hands, and not confirmed."""
    asked = and_(_confirmations.c.authority == _envelopes.c.sender, _confirmations.c.mid == _envelopes.c.mid)
    first, last = min(row.since_ms for row in lost), max(row.received_ms for row in lost)
    found = (
        select(_envelopes.c.mid, _envelopes.c.case_id, _envelopes.c.accepted_ms, _envelopes.c.wire)
        .outerjoin(_confirmations, asked)
        .where(_envelopes.c.sender == authority, _confirmations.c.mid.is_(None))
        .where(_envelopes.c.accepted_ms >= first, _envelopes.c.accepted_ms < last)
        .order_by(_envelopes.c.accepted_ms)
    )
    return found if case is None else found.where(_envelopes.c.case_id == case)


def _kids(view: View, row: AnyRow) -> Iterator[str]:
    """Who signed: outside, then inside, as far as it is still there."""
    outside: Mapping[str, Any] = strictjson.load(row.wire, MOST_BYTES)
    for signature in outside["signatures"]:
        yield strictjson.load(base64url.decode(signature["protected"]), MOST_BYTES)["kid"]
    said = view.conn.execute(
        select(_messages.c.inner, _messages.c.mid, _messages.c.case_id, _cases.c.id, _cases.c.content_key)
        .join(_cases, _cases.c.id == _messages.c.case_id)
        .where(_messages.c.mid == row.mid)
        .limit(1)
    ).first()
    if said is not None:
        try:
            inner = Inner.at_rest(show(view, case_key(view, said), said.inner, said.case_id, "message", said.mid))
        except Erased:
            return
        yield from (str(one.kid) for one in inner.jws.signatures)


def answer(tx: Tx, authority: str, mid: str, actor: str, *, said: str = CONFIRMED, why: str = "") -> bool:
    """What its sender says of it, asked by ``actor``; False where that was noted, or the message is not contested."""
    if said not in {CONFIRMED, DISOWNED}:
        raise ValueError(f"expected {CONFIRMED} or {DISOWNED}, got {said!r}")
    if mid not in {one.mid for one in contested(tx, authority)}:
        return False
    row = {"authority": authority, "mid": mid, "at_ms": tx.now_ms, "actor": actor, "answer": said, "why": why}
    tx.conn.execute(insert(_confirmations).values(row).on_conflict_do_nothing())
    audit.note(tx, "op", mid, {"act": said, "actor": actor, "authority": authority, "why": why})
    return True


@dataclass(frozen=True, slots=True)
class Answered:
    """A message its sender was asked about, and the answer."""

    mid: str
    case: str | None
    answer: str
    actor: str
    at_ms: int
    why: str | None


def answered(view: View, authority: str, most: int = MOST) -> list[Answered]:
    """What was asked and answered, the newest first."""
    same = and_(_envelopes.c.sender == _confirmations.c.authority, _envelopes.c.mid == _confirmations.c.mid)
    columns = (_confirmations.c[name] for name in ("answer", "actor", "at_ms", "why"))
    query = (
        select(_confirmations.c.mid, _envelopes.c.case_id, *columns)
        .outerjoin(_envelopes, same)
        .where(_confirmations.c.authority == authority)
        .order_by(_confirmations.c.at_ms.desc(), _confirmations.c.mid)
        .limit(most)
    )
    return [Answered(*row) for row in view.conn.execute(query)]


def doubts(view: View, authority: str, case: str) -> dict[str, str]:
    """Of the messages of one case those to be asked about (``asked``), and those its sender said are not its own."""
    no = select(_confirmations.c.mid).where(
        _confirmations.c.authority == authority, _confirmations.c.answer == DISOWNED,
        _confirmations.c.mid.in_(select(_messages.c.mid).where(_messages.c.case_id == case)),
    )  # fmt: skip
    disowned = dict.fromkeys(view.conn.execute(no).scalars(), DISOWNED)
    return disowned | {one.mid: ASKED for one in contested(view, authority, case=case)}
