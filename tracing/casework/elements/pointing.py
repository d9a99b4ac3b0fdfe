"""What an act points at: the message it answers, and the elements it corrects, asks about or passes on.

Rules
- What an officer leaves out is filled in where only one thing can be meant: the last answer, the one open question.
- An element may be named by its name alone (``"outcomes.0"``); it is then one of the last message that can be meant.
- Whatever is named must be there: a pointer at nothing is refused before anything is signed.
"""

from collections.abc import Callable, Mapping
from typing import Any

from protocol.attachments import place_of
from protocol.lifecycle import Effect, Kind, Overlay, Role, Said
from tracing.casework.elements.held import held_message
from tracing.casework.errors import Incomplete, Problem
from tracing.casework.thread import Thread
from tracing.store import View

__all__ = ["named_elements", "point"]

MOST_NAMED = 100
_ANSWERS = frozenset({Kind.INTERIM_RESPONSE, Kind.FINAL_RESPONSE, Kind.CORRECTION})
_TO_EXPLAIN = _ANSWERS | {Kind.DELAY_NOTICE, Kind.RESTRICTION_NOTICE, Kind.REFUSAL}
_GIVEN = _ANSWERS | {Kind.TRACE_REQUEST, Kind.INFORMATION_SUPPLY, Kind.SPONTANEOUS_INFORMATION}


def point(view: View, thread: Thread, kind: Kind, body: Mapping[str, Any]) -> dict[str, Any]:
    """``body`` with its pointers filled in and checked. Raises Incomplete for a pointer at nothing."""
    filled = dict(body)
    if kind in _ABOUT and not filled.get("about") and (mid := _ABOUT[kind](thread)) is not None:
        filled["about"] = mid
    for member in ("elements", "replaces", "changes"):
        if isinstance(filled.get(member), list):
            sender = _pointed_sender(thread, kind, filled)
            default = _last(thread, sender, _GIVEN)
            _require_given(member, filled[member], default, "we" if sender is thread.us else "the other authority")
            filled[member] = [_with_message(item, default) for item in filled[member]]
            _check(view, thread, member, filled[member])
    return filled


# ---------------------------------------------------------------- the message that is answered


def _last(thread: Thread, sender: Role, kinds: frozenset[Kind], *facts: str) -> str | None:
    """The last message of one side that counts, of one of these kinds."""
    found = [
        one
        for one in thread.said
        if one.sender is sender
        and one.kind in kinds
        and one.facts.issuperset(facts)
        and thread.view.effects[one.mid] is Effect.EFFECTIVE
    ]
    return max(found, key=lambda one: _order(thread, one)).mid if found else None


def _order(thread: Thread, one: Said) -> tuple[int, str]:
    return len(thread.view.past[one.mid]), one.mid


def _asked(overlay: Overlay, kind: Kind) -> Callable[[Thread], str | None]:
    """The last one open; where none is, the last one asked (a decision may be taken back)."""

    def find(thread: Thread) -> str | None:
        theirs = {one.mid for one in thread.said if one.sender is thread.us.other}
        still_open = [mid for mid in thread.view.pending.get(overlay, ()) if mid in theirs]
        return still_open[-1] if still_open else _last(thread, thread.us.other, frozenset({kind}))

    return find


_ABOUT: Mapping[Kind, Callable[[Thread], str | None]] = {
    Kind.CLARIFICATION_REQUEST: lambda thread: _last(thread, thread.us.other, _TO_EXPLAIN),
    Kind.CLARIFICATION_REPLY: _asked(Overlay.CLARIFICATION_PENDING, Kind.CLARIFICATION_REQUEST),
    Kind.CONSENT_DECISION: _asked(Overlay.CONSENT_PENDING, Kind.CONSENT_REQUEST),
    Kind.OBJECTION: lambda thread: _last(
        thread, thread.us.other, frozenset({Kind.HANDLING_NOTICE}), "prior_disclosure"
    ),
}


# ---------------------------------------------------------------- elements


def _pointed_sender(thread: Thread, kind: Kind, body: Mapping[str, Any]) -> Role:
    """Whose elements an act speaks of: our own where we correct, refer, decide or change; else what they gave us."""
    own = kind in (Kind.CORRECTION, Kind.REFERRAL, Kind.CONSENT_DECISION) or body.get("notice") == "restriction_change"
    return thread.us if own else thread.us.other


def _with_message(item: Any, default: str | None) -> Any:
    """``"outcomes.0"`` and ``{"element": "outcomes.0"}`` mean the last message that can be meant."""
    ref = {"element": item} if isinstance(item, str) else item
    if isinstance(ref, dict) and not ref.get("mid") and default is not None:
        return {"mid": default} | {name: value for name, value in ref.items() if name != "mid"}
    return ref


def _require_given(member: str, refs: list[Any], default: str | None, who: str) -> None:
    """Where no message can be meant yet, that is what is lacking, and not the form of the names."""
    if default is None and any(isinstance(ref, str) or (isinstance(ref, dict) and not ref.get("mid")) for ref in refs):
        expected = f"elements of an answer; {who} gave none so far that counts"
        raise Incomplete((Problem(member, expected, ", ".join(map(_called, refs))[:80]),))


def _called(ref: Any) -> str:
    return str(ref.get("element")) if isinstance(ref, dict) else str(ref)


def _check(view: View, thread: Thread, member: str, refs: list[Any]) -> None:
    problems = []
    for at, ref in enumerate(refs):
        if not _is_ref(ref):
            continue  # its shape is judged with the rest of the body
        names = _names(view, thread, ref["mid"])
        if ref["element"] not in names:
            expected = f"an element of a message of this case ({', '.join(names) or 'no such message'})"
            problems.append(Problem(f"{member}.{at}.element", expected, ref["element"][:80]))
    if problems:
        raise Incomplete(tuple(problems))


def named_elements(view: View, thread: Thread, named: Any) -> list[dict[str, str]]:
    """The elements an officer names in ``pass_on``, of what the other side gave, each with its message. Incomplete."""
    if named is None:
        return []
    if not isinstance(named, list) or len(named) > MOST_NAMED:
        raise Incomplete((Problem("pass_on", f"a list of at most {MOST_NAMED} elements", type(named).__name__),))
    default = _last(thread, thread.us.other, _GIVEN)
    _require_given("pass_on", named, default, f"{thread.case.counterpart}, asked in {thread.case.id},")
    refs = [_with_message(item, default) for item in named]
    bad = [at for at, ref in enumerate(refs) if not _is_ref(ref)]
    if bad:
        expected = 'an element such as "outcomes.0", or {"mid", "element"}'
        raise Incomplete(tuple(Problem(f"pass_on.{at}", expected, repr(refs[at])[:80]) for at in bad))
    if borne := [at for at, ref in enumerate(refs) if place_of(ref["element"]) is not None]:
        expected = "an element; a document is attached anew, once its provider allows it"
        raise Incomplete(tuple(Problem(f"pass_on.{at}", expected, refs[at]["element"]) for at in borne))
    _check(view, thread, "pass_on", refs)
    return refs


def _is_ref(ref: Any) -> bool:
    return isinstance(ref, dict) and isinstance(ref.get("mid"), str) and isinstance(ref.get("element"), str)


def _names(view: View, thread: Thread, mid: str) -> tuple[str, ...]:
    held = held_message(view, thread.case, mid)
    return (*(one.name for one in (*held.elements, *held.borne)), *held.erased) if held else ()
