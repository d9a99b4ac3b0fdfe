"""The gate: no element leaves this authority against a restriction of whoever gave it (ITI 15).

Rules
- Everything that passes an element on asks here: onward requests, proofs and exports, reports.
- What a restriction forbids is refused with the restriction and the element; the refusal is a leaf of the private tree.
- Consent is looked up in the signed messages of the case; nothing else opens the gate, no role and no second person.
"""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select

from protocol.handling import Given, Handling, Passing, Ref
from protocol.lifecycle import Effect
from tracing import audit
from tracing.casework.elements.held import Held, read_held
from tracing.casework.errors import Incomplete, Problem, Restricted
from tracing.casework.policy import Actor
from tracing.casework.thread import Thread, messages
from tracing.store import Tx, View
from tracing.store.content import case_key

__all__ = ["handling_of", "held_in_order", "note_refusal", "require_given", "require_release"]


def held_in_order(view: View, thread: Thread) -> list[Held]:
    """Every message of a case that counts, pasts before futures: an order both sides agree on."""
    key = case_key(view, thread.case)
    rows = view.conn.execute(select(messages).where(messages.c.case_id == thread.case.id)).all()
    counting = [row for row in rows if thread.view.effects.get(row.mid) is Effect.EFFECTIVE]
    ordered = sorted(counting, key=lambda row: (len(thread.view.past[row.mid]), row.mid))
    return [read_held(view, key, row) for row in ordered]


def handling_of(held: Iterable[Held]) -> Handling:
    """What lies on each element and attachment given in a case, and what was consented to."""
    return Handling.of([Given(one.row.mid, one.row.sender, one.message, (*one.elements, *one.borne)) for one in held])


def require_given(handling: Handling, refs: Iterable[Ref]) -> None:
    """Raise Incomplete for an element nobody gave, or that was erased here."""
    strangers = [ref for ref in refs if ref not in handling.lies]
    if strangers:
        expected = "an element, still here, of a message of this case that counts"
        raise Incomplete(tuple(Problem("elements", expected, f"{ref.element} of {ref.mid}") for ref in strangers))


def require_release(
    case_id: str, handling: Handling, refs: Iterable[Ref], passings: Iterable[Passing], *, me: str, today: date
) -> None:
    """Raise Restricted with every obstacle of every element, or Incomplete for an element nobody gave."""
    wanted, ways = tuple(refs), tuple(passings)
    require_given(handling, wanted)
    found = [one for ref in wanted for way in ways for one in handling.obstacles(ref, way, me=me, today=today)]
    if found:
        raise Restricted(case_id, tuple(dict.fromkeys(found)))


def note_refusal(tx: Tx, actor: Actor, refused: Restricted) -> None:
    """The leaf of a release that was refused: who wanted it, of which elements, and what stood in the way."""
    obstacles = [[one.ref.mid, one.ref.element, one.restriction] for one in refused.obstacles]
    what = {"act": "release-refused", "actor": actor.name, "case": refused.case, "obstacles": obstacles}
    audit.note(tx, "op", refused.case, what)
