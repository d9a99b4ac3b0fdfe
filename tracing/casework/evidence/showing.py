"""What of a message may be shown in a file of evidence, and why the rest is withheld.

Rules
- Each element and attachment is asked about at the gate (``elements/gate.py``), for whom the file is made; what a
  restriction forbids stays a digest, with the word of the restriction. Nothing else opens it, no role.
- What was corrected is shown where the correction stands in the same file: this is evidence of what was said, and its
  reader sees both.
- What we passed on from another State is not ours, though we said it.
- What lies on messages that do not count (``kept``) is judged as it was given.
- Whatever is shown with restrictions is shown with what they need (``restriction_details``), or withheld.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from protocol import proof
from protocol.elements import CONDITIONS, Disclosure
from protocol.envelope import Inner
from protocol.handling import CARRIED, SUPERSEDED, Given, Handling, Passing, Ref
from protocol.proof import Unshowable
from protocol.statement import Statement
from tracing.casework.elements.held import Held

__all__ = ["Gate", "Selection", "select_shown"]

ERASED: Final = "erased"
Why = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """What is asked of each element: whether it may go these ways today. ``mids`` are the messages of the file."""

    handling: Handling
    ways: tuple[Passing, ...]
    mids: Collection[str]
    me: str
    today: date

    def forbids(self, held: Held, name: str) -> Why:
        """The restrictions that stand in the way of an element, none where it may be shown."""
        ref, handling = Ref(held.row.mid, name), self.handling
        if ref not in handling.lies:
            borne = (*held.elements, *held.borne)
            handling = Handling.of([Given(held.row.mid, held.row.sender, held.message, borne)])
        me = "" if name.startswith(f"{CARRIED}.") else self.me
        found = (one for way in self.ways for one in handling.obstacles(ref, way, me=me, today=self.today))
        words = {one.restriction for one in found}
        if handling.superseded.get(ref) in self.mids:
            words.discard(SUPERSEDED)
        return tuple(sorted(words))


@dataclass(frozen=True, slots=True)
class Selection:
    """What is shown of a statement: elements, attachments; and what is withheld, by its place among all, with why."""

    elements: tuple[Disclosure, ...]
    attachments: tuple[Disclosure, ...]
    withheld: tuple[tuple[int, Why], ...]


def select_shown(held: Held, inner: Inner, gate: Gate) -> Selection:
    """What of this message the file shows."""
    why = {one.name: words for one in inner.disclosures if (words := gate.forbids(held, one.name))}
    chosen = _with_conditions(inner, [one.name for one in inner.disclosures if one.name not in why])
    signed = Statement.read(inner.jws.payload)
    places, count = {digest: at for at, digest in enumerate(signed.digests)}, len(signed.elements)
    shown = [(places[one.digest], one) for one in chosen]
    hidden = {places[one.digest]: why.get(one.name, (CONDITIONS,)) for one in inner.disclosures if one not in chosen}
    hidden |= {at: (ERASED,) for at, _ in inner.gone}
    return Selection(
        tuple(one for at, one in shown if at < count),
        tuple(one for at, one in shown if at >= count),
        tuple(sorted(hidden.items())),
    )


def _with_conditions(inner: Inner, names: Iterable[str]) -> tuple[Disclosure, ...]:
    """These elements with the conditions they stand under; where those are gone, the ones without restrictions."""
    wanted = list(names)
    try:
        return proof.choose(inner, wanted).disclosures if wanted else ()
    except Unshowable:
        free = [one.name for one in inner.disclosures if one.name in wanted and not one.restrictions]
        return proof.choose(inner, free).disclosures if free else ()
