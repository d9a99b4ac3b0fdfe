"""What happens in a simulated month: drawn from a seed, and a list of events that can be shortened and replayed.

An event says when, what, to whom and how long; it carries its own chance, so that leaving another one out changes
nothing in it.
"""

import random
from dataclasses import dataclass, replace
from typing import Final, Literal

from tests.simulation.wire import Weather

__all__ = ["AUTHORITIES", "DAY_S", "Event", "Plan", "draw"]

DAY_S: Final = 86_400.0
MONTH_S: Final = 30 * DAY_S
AUTHORITIES: Final = {
    "br": "BRA", "at": "AUT", "ke": "KEN", "fr": "FRA", "pe": "PER", "fj": "FJI", "jo": "JOR",
}  # fmt: skip
SIZES: Final = (3, 3, 3, 3, 4, 5, 7)

What = Literal["say", "crash", "die", "cut", "full", "failing", "jump", "stop"]


@dataclass(frozen=True)
class Event:
    """One thing that happens ``at_s``: to ``who`` (for a cut way to ``other``, too), for ``lasts_s``.

    ``say``: an officer does something. ``crash``: the process ends at whatever await it has come to; ``die``: right
    after its next commit; both start again after ``lasts_s``. ``stop``: an orderly end. ``cut``: no way between two.
    ``full``, ``failing``: the disk. ``jump``: the wall clock moves by ``by_s`` and stays so.
    """

    at_s: float
    what: What
    who: str
    chance: int
    other: str = ""
    lasts_s: float = 0.0
    by_s: float = 0.0

    def __str__(self) -> str:
        more = f" and {self.other}" * bool(self.other) + f" for {self.lasts_s:.0f} s" * bool(self.lasts_s)
        return f"day {self.at_s / DAY_S:.3f} {self.what} {self.who}{more}" + f" by {self.by_s:.0f} s" * bool(self.by_s)


@dataclass(frozen=True)
class Plan:
    """A month: who takes part, the weather between them, and the events in their order."""

    seed: int
    authorities: tuple[str, ...]
    weather: Weather
    events: tuple[Event, ...]

    def without(self, left_out: set[Event]) -> "Plan":
        """The same month in which these did not happen."""
        return replace(self, events=tuple(event for event in self.events if event not in left_out))


def draw(seed: int) -> Plan:
    """The plan of a seed."""
    chance = random.Random(f"plan {seed}")
    authorities = tuple(AUTHORITIES)[: chance.choice(SIZES)]
    weather = Weather(
        lost=chance.choice((0.0, 0.02, 0.2)),
        deaf=chance.choice((0.0, 0.02, 0.2)),
        doubled=chance.choice((0.0, 0.05, 0.3)),
        slowest_s=chance.choice((0.1, 2.0, 20.0)),
    )
    events = [*_said(chance, authorities), *_suffered(chance, authorities)]
    return Plan(seed, authorities, weather, tuple(sorted(events, key=lambda event: event.at_s)))


def _said(chance: random.Random, authorities: tuple[str, ...]) -> list[Event]:
    """Acts of officers: some spread over the month, most in busy hours, in which they cross."""
    busy = [chance.random() * MONTH_S for _ in range(6)]
    instants = [
        chance.random() * MONTH_S if chance.random() < 0.3 else chance.choice(busy) + chance.expovariate(1 / 60)
        for _ in range(chance.randint(30, 60))
    ]
    return [Event(at_s, "say", chance.choice(authorities), chance.getrandbits(32)) for at_s in instants]


def _suffered(chance: random.Random, authorities: tuple[str, ...]) -> list[Event]:
    """Faults: most while something is going on, some at any time."""
    events = []
    kinds: list[What] = ["crash", "crash", "die", "die", "cut", "full", "failing", "jump", "stop"]
    for _ in range(chance.randint(2, 14)):
        what, who = chance.choice(kinds), chance.choice(authorities)
        lasts_s = chance.choice((5.0, 120.0, 3600.0, DAY_S, 4 * DAY_S)) * (0.5 + chance.random())
        other = chance.choice([one for one in authorities if one != who]) if what == "cut" else ""
        by_s = chance.choice((-DAY_S, -3600.0, -5.0, 5.0, 3600.0, DAY_S)) if what == "jump" else 0.0
        at_s = chance.random() * MONTH_S
        events.append(Event(at_s, what, who, chance.getrandbits(32), other, lasts_s, by_s))
    return events
