"""The bilateral ledger: what two States owe each other, both directions mirrored, counted from the cases themselves.

Rules
- A request belongs to the year (UTC) in which it was accepted by the node that received it; before that, opened.
- A request counts once under each heading that is true of it: it may be acknowledged, delayed and answered.
- ``answered`` and ``refused`` count messages that took effect. Silence is neither: an unanswered request is ``open``.
- Days run from acceptance to the final response or refusal; by letter, from the day it was sent to the day it came.
- ``late`` is said only against a treaty or a mutually agreed limit: null where none applied. The ITI sets no number, so
  against anything else the days elapsed speak for themselves. ``beyond_own_target`` is about us alone.
- Never a league table: one counterpart at a time.

    read_ledger(view, "at", 2026, now_ms)["sent"]["answered"]
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, func, select

from protocol.lifecycle import Kind, State
from tracing.clock import from_ms, to_ms
from tracing.store import AnyRow, View
from tracing.tables import Case, Deadline, Envelope, Message, table_of

__all__ = ["read_ledger"]

DAY_MS = 86_400_000
OPEN = frozenset({State.SENT, State.DELIVERED, State.ACKNOWLEDGED, State.IN_PROGRESS, State.PARTIAL})
ENDS = (Kind.FINAL_RESPONSE, Kind.REFUSAL)
BINDING = ("treaty", "agreed")
WIRE = "wire"

_cases, _deadlines = map(table_of, (Case, Deadline))
_envelopes, _messages = map(table_of, (Envelope, Message))
_OF_MESSAGES = tuple(
    _messages.c[name] for name in ("case_id", "direction", "kind", "facts", "channel", "iat_ms", "logged_ms")
)


@dataclass(slots=True)
class _Request:
    """One request and what became of it."""

    state: str
    asked_ms: int
    channel: str = WIRE
    answer_channel: str | None = None
    kinds: set[str] = field(default_factory=set)
    ended_ms: int | None = None
    no_reason: bool = False
    late: bool | None = None  # against a treaty or an agreement; None where neither set a limit
    beyond_own: bool = False


def read_ledger(view: View, counterpart: str, year: int | None, now_ms: int) -> dict[str, Any]:
    """The ledger with one counterpart, of one year or of all. Days have one decimal."""
    sent = _requests(view, counterpart, "sent", year, now_ms)
    received = _requests(view, counterpart, "received", year, now_ms)
    own = {"beyond_own_target": sum(one.beyond_own for one in received)}
    return {
        "counterpart": counterpart,
        "year": year,
        "as_of": from_ms(now_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "sent": _figures(sent, now_ms),
        "received": _figures(received, now_ms) | own,
    }


# ---------------------------------------------------------------- counting


def _figures(requests: Sequence[_Request], now_ms: int) -> dict[str, Any]:
    is_open = [one for one in requests if one.state in OPEN]
    took = [one.ended_ms - one.asked_ms for one in requests if one.ended_ms is not None]
    limits = [one.late for one in requests if one.late is not None]
    return {
        "requests": len(requests),
        "by_channel": _by_channel(one.channel for one in requests),
        "acknowledged": _with(requests, Kind.ACKNOWLEDGEMENT),
        "answered": _with(requests, Kind.FINAL_RESPONSE),
        "answers_by_channel": _by_channel(one.answer_channel for one in requests if one.answer_channel),
        "open": len(is_open),
        "refused": _with(requests, Kind.REFUSAL),
        "delayed": _with(requests, Kind.DELAY_NOTICE),
        "no_reason_given": sum(one.no_reason for one in requests),
        "withdrawn": _with(requests, Kind.WITHDRAWAL),
        "days": _days(took),
        "open_days": _days([now_ms - one.asked_ms for one in is_open]),
        "late": sum(limits) if limits else None,
    }


def _with(requests: Sequence[_Request], kind: Kind) -> int:
    return sum(kind.value in one.kinds for one in requests)


def _by_channel(channels: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(channels).items()))


def _days(spans_ms: list[int]) -> dict[str, Any]:
    """Median and 90th percentile (nearest rank: a value that occurred), in days; null where nothing was counted."""
    ranked = sorted(spans_ms)
    middle = [ranked[(len(ranked) - 1) // 2], ranked[len(ranked) // 2]] if ranked else []
    return {
        "counted": len(ranked),
        "median": _in_days(sum(middle) / 2) if middle else None,
        "p90": _in_days(ranked[math.ceil(len(ranked) * 0.9) - 1]) if ranked else None,
        "longest": _in_days(ranked[-1]) if ranked else None,
    }


def _in_days(span_ms: float) -> float:
    return round(max(span_ms, 0) / DAY_MS, 1)


# ---------------------------------------------------------------- reading


def _requests(view: View, counterpart: str, direction: str, year: int | None, now_ms: int) -> list[_Request]:
    """Every released request of this direction in the year, with its messages and its limits."""
    asked_ms = func.coalesce(_cases.c.requested_ms, _cases.c.opened_ms)
    wanted = [_cases.c.counterpart == counterpart, _cases.c.direction == direction, _cases.c.state != State.DRAFT.value]
    if year is not None:
        wanted += [asked_ms >= _begin_of(year), asked_ms < _begin_of(year + 1)]
    found = {
        row.id: _Request(row.state, row.asked_ms)
        for row in view.conn.execute(select(_cases.c.id, _cases.c.state, asked_ms.label("asked_ms")).where(*wanted))
    }
    accepted = and_(  # by its whole key: an envelope is not looked up by its mid alone
        _envelopes.c.sender == _messages.c.sender, _envelopes.c.mid == _messages.c.mid, _envelopes.c.direction == "out"
    )
    said = (
        select(*_OF_MESSAGES, _envelopes.c.accepted_ms)
        .join(_cases, _cases.c.id == _messages.c.case_id)
        .outerjoin(_envelopes, accepted)
    )
    for row in view.conn.execute(
        said.where(*wanted, _messages.c.effect == "effective").order_by(_messages.c.case_id, _messages.c.position)
    ):
        _add_message(found[row.case_id], row)
    limits = (
        select(_deadlines.c.case_id, *(_deadlines.c[name] for name in ("basis", "owed_by", "due_ms", "ended_ms")))
        .join(_cases, _cases.c.id == _deadlines.c.case_id)
        .where(*wanted, _deadlines.c.owed_by == ("them" if direction == "sent" else "us"))
    )
    for row in view.conn.execute(limits):
        _add_limit(found[row.case_id], row, now_ms)
    return list(found.values())


def _add_message(request: _Request, row: AnyRow) -> None:
    request.kinds.add(row.kind)
    request.no_reason |= "no_reason" in row.facts.split()
    if row.kind == Kind.TRACE_REQUEST:
        request.channel = row.channel or WIRE
        if row.channel is not None:
            request.asked_ms = row.iat_ms
    if row.kind in ENDS and request.ended_ms is None:
        request.ended_ms = _arrived_ms(row)
    if row.kind == Kind.FINAL_RESPONSE and request.answer_channel is None:
        request.answer_channel = row.channel or WIRE


def _arrived_ms(row: AnyRow) -> int:
    """When a message reached the other side: its acceptance there or here; recorded ones on the day they came."""
    if row.channel is not None:
        return int(row.iat_ms)
    return int(row.accepted_ms if row.direction == "out" and row.accepted_ms is not None else row.logged_ms)


def _add_limit(request: _Request, row: AnyRow, now_ms: int) -> None:
    passed = (now_ms if row.ended_ms is None else row.ended_ms) > row.due_ms
    if row.basis in BINDING:
        request.late = bool(request.late) or passed
    elif row.owed_by == "us":
        request.beyond_own |= passed


def _begin_of(year: int) -> int:
    return to_ms(datetime(year, 1, 1, tzinfo=UTC))
