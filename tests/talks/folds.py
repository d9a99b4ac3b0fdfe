"""The same conversations without nodes: two sides that hold messages in the order in which they came, and fold them.

A thousand times faster, so that many more orders, crossings and refusals are tried.
"""

import random
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from protocol.deadlines import Duty, SaidAt, duties
from protocol.lifecycle import TABLE, Effect, Kind, Role, Said, fold
from tests.talks.faults import Fault, faulty

__all__ = ["FoldTally", "converse", "run_folds"]

Fold = Callable[..., Any]
_WORDS = {
    Kind.ACKNOWLEDGEMENT: ["urgency_declined"],
    Kind.INFORMATION_REQUEST: ["blocking"],
    Kind.CLOSURE: ["lapsed"],
    Kind.HANDLING_NOTICE: ["prior_disclosure"],
    Kind.PRIORITY_CHANGE: ["priority:urgent", "priority:routine", "priority:low"],
}
_NAMES = {Kind.CLARIFICATION_REQUEST, Kind.CLARIFICATION_REPLY, Kind.CONSENT_DECISION, Kind.OBJECTION}
_SPOKEN = {
    role: sorted({kind for _, kind, by in TABLE if by is role and kind is not Kind.TRACE_REQUEST}) for role in Role
}
_FINAL = {Kind.WITHDRAWAL, Kind.NOT_COMPETENT, Kind.REFUSAL}


@dataclass
class Holder:
    """One side: what it holds in the order it came, what of its own was rejected, what still has to go out."""

    role: Role
    fold: Fold
    held: list[Said] = field(default_factory=list)
    rejected: set[str] = field(default_factory=set)
    on_the_way: list[Said] = field(default_factory=list)
    opened: set[str] = field(default_factory=set)
    last: tuple[tuple[int, ...], Any] | None = None  # the view, and of how many messages, rejections and receipts

    def view(self) -> Any:
        """The case as this side sees it now; nothing of what it is made of ever goes."""
        made_of = len(self.held), len(self.rejected), len(self.opened)
        if self.last is None or self.last[0] != made_of:
            opened = {one.mid for one in self.held} if self.role is Role.REQUESTED else self.opened
            self.last = made_of, self.fold(self.held, opened=opened, rejected=self.rejected)
        return self.last[1]


@dataclass
class FoldTally:
    """What the conversations came to."""

    talks: int = 0
    agreed: int = 0
    said: int = 0
    kept: int = 0
    first: str = ""


def run_folds(seeds: Iterable[int], fault: Fault | None = None, *, stop: bool = False) -> FoldTally:
    """Every conversation of ``seeds``; with ``stop`` to the first that ends in two different states."""
    tally = FoldTally()
    for seed in seeds:
        sides, differing = converse(seed, fault)
        tally.talks += 1
        tally.agreed += not differing
        tally.said += len(sides[0].held)
        tally.kept += sum(effect is Effect.KEPT for effect in sides[0].view().effects.values())
        if differing and not tally.first:
            tally.first = f"seed {seed}: {differing}"
            if stop:
                break
    return tally


def converse(seed: int, fault: Fault | None = None) -> tuple[tuple[Holder, Holder], str]:
    """One conversation, and what the two sides see differently at its end ("": nothing)."""
    chance = random.Random(seed)
    sides = _holder(Role.REQUESTER, fault), _holder(Role.REQUESTED, fault)
    _say(sides[0], Said("r", Kind.TRACE_REQUEST, Role.REQUESTER, (), frozenset({"priority:routine"})))
    for number in range(chance.randint(3, 18)):
        if chance.random() < 0.6:
            speaker = chance.choice(sides)
            if speaker.held and (said := _choose(speaker, f"{chance.randrange(100):02}.{number}", chance)) is not None:
                _say(speaker, said)
        for giver, taker in (sides, sides[::-1]):
            _carry(giver, taker, chance, 0.5)
    while any(side.on_the_way for side in sides):
        for giver, taker in (sides, sides[::-1]):
            _carry(giver, taker, chance, 1.0)
    sides[0].opened = {one.mid for one in sides[1].held}
    return sides, _differing(*sides)


def _holder(role: Role, fault: Fault | None) -> Holder:
    return Holder(role, faulty(fault) if fault is not None and role in fault.sides else fold)


def _say(side: Holder, said: Said) -> None:
    side.held.append(said)
    side.on_the_way.append(said)


def _choose(side: Holder, mid: str, chance: random.Random) -> Said | None:
    """Mostly a legal message that names the heads; now and then any, by any name."""
    view = side.view()
    if chance.random() < 0.1:
        kind, named = chance.choice(list(Kind)), tuple(one.mid for one in side.held if chance.random() < 0.5)
        return Said(mid, kind, side.role, named, _content(kind, side, chance))
    legal = [kind for kind in _SPOKEN[side.role] if view.allows(side.role, kind, facts := _content(kind, side, chance))]
    usual = [kind for kind in legal if kind not in _FINAL or chance.random() < 0.3]
    if not usual:
        return None
    kind = chance.choice(usual)
    facts = _content(kind, side, chance)
    return Said(mid, kind, side.role, view.heads, facts) if view.allows(side.role, kind, facts) else None


def _content(kind: Kind, side: Holder, chance: random.Random) -> frozenset[str]:
    if kind in _NAMES and chance.random() < 0.5:
        return frozenset({f"about:{chance.choice(side.held).mid}"})
    return frozenset({chance.choice(_WORDS[kind])}) if kind in _WORDS and chance.random() < 0.6 else frozenset()


def _carry(giver: Holder, taker: Holder, chance: random.Random, part: float) -> None:
    """Some of what is on its way comes, in any order, now and then twice; nothing is opened before the request."""
    some = [one for one in giver.on_the_way if chance.random() < part]
    chance.shuffle(some)
    for said in some:
        if said.mid != "r" and giver.role is Role.REQUESTER and not any(one.mid == "r" for one in taker.held):
            continue
        if chance.random() < 0.9:
            giver.on_the_way.remove(said)  # else its answer is lost, and it comes once more
        _take(giver, taker, said)
        if chance.random() < 0.7 and said.mid not in giver.rejected:
            giver.opened.add(said.mid)


def _take(giver: Holder, taker: Holder, said: Said) -> None:
    if said.kind not in _SPOKEN[giver.role] and said.kind is not Kind.TRACE_REQUEST:
        giver.rejected.add(said.mid)  # the wrong side says it: refused at the door, for good
    elif said not in taker.held:
        taker.held.append(said)


def _differing(ours: Holder, theirs: Holder) -> str:
    a, b = ours.view(), theirs.view()
    pairs = {
        "state": (str(a.state), str(b.state)),
        "pending": ({str(k): v for k, v in a.pending.items()}, {str(k): v for k, v in b.pending.items()}),
        "effects": (_effects(a, ours, theirs), _effects(b, ours, theirs)),
        "heads": (sorted(a.heads), sorted(b.heads)),
        "waiting_on": (a.waiting_on, b.waiting_on),
        "priority": (a.priority, b.priority),
        "late": (a.late, b.late),
        "clocks": (_clocks(ours, a), _clocks(theirs, b)),
        "allowed": ([sorted(a.allowed(role)) for role in Role], [sorted(b.allowed(role)) for role in Role]),
    }
    return "; ".join(f"{name}: {one} and {other}" for name, (one, other) in pairs.items() if one != other)


_BEGAN = datetime(2026, 11, 23, 9, tzinfo=UTC)


def _clocks(side: Holder, view: Any) -> tuple[Duty, ...]:
    """What the case makes owed; each message is accepted at an instant that its mid tells."""
    at = {one.mid: _BEGAN + timedelta(minutes=zlib.crc32(one.mid.encode()) % 5_000) for one in side.held}
    return duties(
        [SaidAt(one, at[one.mid], at[one.mid].date()) for one in side.held if one.mid not in side.rejected], view
    )


def _effects(view: Any, *sides: Holder) -> dict[str, str]:
    gone = set[str]().union(*(side.rejected for side in sides))
    return {mid: str(effect) for mid, effect in sorted(view.effects.items()) if mid not in gone}
