"""Running many conversations beside each other on one pair of nodes: they share its commits and its posts."""

import asyncio
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.talks.pair import ASKS, GIVES, Pair
from tests.talks.standing import standings
from tests.talks.talk import Differs, Talk

__all__ = ["AT_ONCE", "Tally", "Venue", "compare", "deliver_all", "run"]

AT_ONCE = 96
LASTS = 960  # conversations on one pair of nodes: to found two costs as much as ten conversations
SIDES = (ASKS, GIVES)


@dataclass
class Tally:
    """What the conversations came to."""

    talks: int = 0
    agreed: int = 0
    said: int = 0
    refused: int = 0
    unruly: int = 0
    first: Differs | None = None

    def add(self, talk: Talk, difference: Differs | None) -> None:
        self.talks += 1
        self.agreed += difference is None
        self.said += talk.said
        self.refused += talk.refused
        self.unruly += talk.unruly
        self.first = self.first or difference


async def run(
    pair: Pair, seeds: Iterable[int], *, at_once: int = AT_ONCE, until: Callable[[Tally], bool] = lambda _: False
) -> Tally:
    """Every conversation of ``seeds`` to its end, some at once; stops early when ``until`` says so."""
    tally, waiting = Tally(), list(seeds)[::-1]
    while waiting and not until(tally):
        some = [Talk(pair, waiting.pop()) for _ in range(min(at_once, len(waiting)))]
        await _together(pair, some, tally)
    return tally


class Venue:
    """Where conversations are held: a pair of nodes, and another one after ``LASTS`` conversations."""

    def __init__(self, scratch: Path | None) -> None:
        self._scratch = scratch
        self._runner = asyncio.Runner()
        self._here = ExitStack()
        self._pair: Pair | None = None
        self._left = 0

    def talk(self, seeds: range) -> Tally:
        """Every conversation of ``seeds``."""
        return self._runner.run(self._talk(seeds))

    async def _talk(self, seeds: range) -> Tally:
        if self._pair is None or self._left < len(seeds):
            self._here.close()
            folder = self._here.enter_context(tempfile.TemporaryDirectory(dir=self._scratch))
            self._pair, self._left = self._here.enter_context(Pair(Path(folder))), LASTS
        self._left -= len(seeds)
        return await run(self._pair, seeds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._here.close()
        self._runner.close()


async def _together(pair: Pair, talks: list[Talk], tally: Tally) -> None:
    await asyncio.gather(*(talk.begin() for talk in talks))
    left = {talk: talk.chance.randint(4, 16) for talk in talks}
    found: dict[Talk, Differs] = {}
    while live := [talk for talk in talks if left[talk]]:
        await asyncio.gather(*(_step(talk, found) for talk in live))
        await _carry(pair, live)
        left |= {talk: left[talk] - 1 for talk in live}
    await deliver_all(pair)
    for talk, difference in zip(talks, await compare(pair, talks), strict=True):
        tally.add(talk, found.get(talk) or difference)


async def _step(talk: Talk, found: dict[Talk, Differs]) -> None:
    """Each side says something, or not."""
    for authority in SIDES:
        drawn = talk.chance.random()
        try:
            if drawn < 0.55:
                await talk.try_to_say(authority)
            elif drawn < 0.63:
                await talk.blurt(authority)
        except Differs as difference:
            found.setdefault(talk, difference)


async def _carry(pair: Pair, talks: list[Talk]) -> None:
    """What the wire takes of each conversation, all in as few posts as may be; then what comes once more."""
    for authority, side in pair.sides.items():
        waiting = await side.waiting()
        picked = {talk: talk.pick(authority, waiting) for talk in talks}
        heard = [row for rows, is_deaf in picked.values() for row in rows if not is_deaf]
        unheard = [row for rows, is_deaf in picked.values() for row in rows if is_deaf]
        sent = await side.send(heard) | await side.send(unheard, deaf=True)
        for talk, (rows, _) in picked.items():
            talk.remember(authority, [sent[row] for row in rows if row in sent])
    repeated = [one for talk in talks for one in talk.repeats()]
    for authority, side in pair.sides.items():
        await side.again([row for sender, row in repeated if sender == authority])
    await pair.open_all()


async def deliver_all(pair: Pair) -> None:
    """Until nothing is on its way any more."""
    while True:
        await pair.open_all()
        waiting = {authority: await side.waiting() for authority, side in pair.sides.items()}
        if not any(waiting.values()):
            return
        for authority, items in waiting.items():
            await pair.sides[authority].send([item.row for item in items])


async def compare(pair: Pair, talks: Sequence[Talk]) -> list[Differs | None]:
    """Of each conversation that is at its end what differs between the two sides, or None."""
    cases = [talk.case for talk in talks]
    ours, theirs = [await standings(side, cases) for side in pair.sides.values()]
    return [talk.difference(*both) for talk, *both in zip(talks, ours, theirs, strict=True)]
