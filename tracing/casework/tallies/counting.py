"""What one case counts under, as words.

Rules
- A request belongs to the year (UTC) in which it was accepted by the node that received it; before that, opened.
- It stands under one of ``open``, ``answered``, ``refused`` and ``withdrawn``, or under none (closed without an answer,
  not taken). Opened again it is open only, from that instant, until it is answered or refused anew.
- Beside that it counts once under each heading that is true of it: ``acknowledged``, ``delayed``, ``no_reason_given``.
- Only messages that took effect count.
- Spans are whole tenths of a day, from acceptance (or reopening) to the answer or refusal; by letter, from the day it
  was sent to the day it came. ``open`` has the tenth of a day, since the epoch, from which the request is open.
- ``limited``: a treaty or an agreement set the other side a limit (us, in what we received); ``late``: one such limit
  was passed. A limit still running has passed once the watch has said so.
- ``beyond_own_target`` is about us alone.
- ``overdue:us:1``, ``overdue:us:2``: as many words as clocks run past their date, so that their sum counts clocks.

    counted(...)  ->  "2026 acknowledged answered answers_by_channel:wire by_channel:wire days=31 requests"
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from protocol.lifecycle import Kind, State
from tracing.clock import from_ms

__all__ = ["BINDING", "FANOUT", "LATE", "LEVELS", "OVERDUE", "OWN_TARGET", "TENTH_MS", "Mark", "counted", "marks"]

TENTH_MS = 8_640_000  # a tenth of a day
FANOUT, LEVELS = 32, 3  # places of one level in a place of the next: 0.1, 3.2 and 102.4 days
OPEN = frozenset({State.SENT, State.DELIVERED, State.ACKNOWLEDGED, State.IN_PROGRESS, State.PARTIAL})
BINDING = ("treaty", "agreed")
WIRE, OVERDUE = "wire", "overdue"
LATE, OWN_TARGET = "late", "beyond_own_target"
_ONCE = {Kind.ACKNOWLEDGEMENT: "acknowledged", Kind.DELAY_NOTICE: "delayed"}
_ENDS = {Kind.FINAL_RESPONSE: "answered", Kind.REFUSAL: "refused", Kind.WITHDRAWAL: "withdrawn"}


class Mark(NamedTuple):
    """One heading a case counts under. ``place`` is 0 at level 0."""

    level: int
    what: str
    place: int
    year: int


def marks(words: str) -> Iterator[Mark]:
    """What the words of a case are counted as; a place counts at every level."""
    if not words:
        return
    year, *rest = words.split()
    for word in rest:
        what, _, place = word.partition("=")
        if not place:
            yield Mark(0, what, 0, int(year))
            continue
        for level in range(LEVELS):
            yield Mark(level + 1, what, int(place) // FANOUT**level, int(year))


def counted(  # noqa: PLR0917 - a case, and what was said and is due in it
    direction: str,
    state: str,
    opened_ms: int,
    requested_ms: int | None,
    said: Iterable[Any],
    limits: Sequence[Any],
) -> str:
    """The words of one case; none for a draft.

    ``said``: its messages that took effect, in order, with ``kind facts channel direction iat_ms logged_ms
    accepted_ms``. ``limits``: its deadlines, with ``basis owed_by due_ms ended_ms passed_told_ms``.
    """
    if state == State.DRAFT:
        return ""
    history = list(said)
    request = next((row for row in history if row.kind == Kind.TRACE_REQUEST), None)
    by_letter = request is not None and request.channel is not None
    asked_ms = request.iat_ms if request is not None and by_letter else requested_ms or opened_ms
    words = {"requests", f"by_channel:{WIRE if request is None else request.channel or WIRE}"}
    words |= {_ONCE[kind] for row in history if (kind := Kind(row.kind)) in _ONCE}
    words |= {"no_reason_given" for row in history if "no_reason" in row.facts.split()}
    words |= _outcome(state, asked_ms, history) | _of_limits(direction, limits) | _overdue(limits)
    return " ".join([str(from_ms(asked_ms).year), *sorted(words)])


def _outcome(state: str, asked_ms: int, history: Iterable[Any]) -> set[str]:
    """Where the request stands, and since when or how long it took."""
    since_ms = asked_ms
    ends: dict[Kind, Any] = {}
    for row in history:
        kind = Kind(row.kind)
        if kind is Kind.REOPENING:
            since_ms, ends = _arrived_ms(row), {}
        elif kind in _ENDS:
            ends.setdefault(kind, row)
    if state in OPEN:
        return {"open", f"open={since_ms // TENTH_MS}"}
    outcome = next((one for one in _ENDS if one in ends), None)
    if outcome is None:
        return set()
    words, end = {_ENDS[outcome]}, ends[outcome]
    if outcome is not Kind.WITHDRAWAL:
        words.add(f"days={round(max(_arrived_ms(end) - since_ms, 0) / TENTH_MS)}")
    if outcome is Kind.FINAL_RESPONSE:
        words.add(f"answers_by_channel:{end.channel or WIRE}")
    return words


def _arrived_ms(row: Any) -> int:
    """When a message reached the other side: its acceptance there or here; recorded ones on the day they came."""
    if row.channel is not None:
        return int(row.iat_ms)
    return int(row.accepted_ms if row.direction == "out" and row.accepted_ms is not None else row.logged_ms)


def _of_limits(direction: str, limits: Iterable[Any]) -> set[str]:
    words: set[str] = set()
    for row in limits:
        if row.owed_by != ("them" if direction == "sent" else "us"):
            continue
        has_passed = row.passed_told_ms is not None if row.ended_ms is None else row.ended_ms > row.due_ms
        if row.basis in BINDING:
            words |= {"limited", LATE} if has_passed else {"limited"}
        elif row.owed_by == "us" and has_passed:
            words.add(OWN_TARGET)
    return words


def _overdue(limits: Iterable[Any]) -> set[str]:
    late = Counter(row.owed_by for row in limits if row.ended_ms is None and row.passed_told_ms is not None)
    return {f"{OVERDUE}:{by}:{number}" for by, count in late.items() for number in range(1, count + 1)}
