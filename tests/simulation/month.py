"""One simulated month: the plan happens to whole nodes; then all is mended, what is on its way arrives, and all is
looked at.

    outcome = simulate(draw(7), scratch)
    outcome.violation   # None, or what did not hold
"""

import asyncio
import contextlib
import gc
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import structlog

from keys import lockbox
from protocol.lifecycle import Kind
from tests.simulation import invariants
from tests.simulation.invariants import Violated
from tests.simulation.loop import Standstill, VirtualLoop
from tests.simulation.place import LOOK_S, Place, SimulatedClock, found_all
from tests.simulation.plan import DAY_S, Event, Plan
from tests.simulation.wire import Network, Weather
from tests.talks.acts import VERB_OF, choose_body
from tests.talks.pair import ASKS, GIVES
from tests.talks.talk import SPOKEN_BY
from tests.world import OFFICER, ask
from tracing import duties, noticing
from tracing.attachments import sweeping
from tracing.audit import marks
from tracing.calendar import watch
from tracing.casework.errors import CaseworkError
from tracing.casework.thread import load
from tracing.exchange import outbox, refusals
from tracing.seals import opening, returning
from tracing.store import StoreUnavailable

__all__ = ["Outcome", "Template", "simulate"]

SETTLES_WITHIN_S: Final = 12 * DAY_S  # after a silence of a week a node tries again every six hours
_STRETCHED: Final = cache(lockbox._stretch)  # 0.3 s at every start of a node, always of the same words
EXPECTED: Final = {"store.commit_failed", "exchange.store_unavailable"}


@dataclass
class Outcome:
    """What came of it."""

    seed: int
    violation: str | None = None
    said: int = 0
    refused: int = 0
    posts: int = 0
    lost: int = 0
    doubled: int = 0
    lives: int = 0
    failures: int = 0
    messages: int = 0
    steps: int = 0
    faults: dict[str, int] = field(default_factory=dict)  # by kind: what the plan let happen
    cpu_s: float = 0.0
    trace: list[str] = field(default_factory=list)


class Template:
    """Homes that were founded once, to begin every month with a copy of them."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch

    def copy_to(self, folder: Path, authorities: tuple[str, ...]) -> None:
        """Homes that know each other and have never run."""
        shutil.copytree(self.founded(authorities), folder)

    def founded(self, authorities: tuple[str, ...]) -> Path:
        """Where these lie, founded now if they were not before."""
        place = self._scratch / f"template-{len(authorities)}"
        if not place.exists():
            with undisturbed():
                found_all(place, authorities, SimulatedClock(lambda: 0.0))
        return place


def simulate(plan: Plan, template: Template, folder: Path) -> Outcome:
    """Everything follows from the plan. The folder is made, and removed again."""
    began_s = time.process_time()
    outcome = Outcome(plan.seed, faults=dict(Counter(event.what for event in plan.events if event.what != "say")))
    template.copy_to(folder, plan.authorities)
    loop = VirtualLoop(random.Random(f"loop {plan.seed}"))
    month = Month(plan, folder, outcome)
    try:
        with undisturbed(), _heard(month.wrong), asyncio.Runner(loop_factory=lambda: loop) as runner:
            loop.set_exception_handler(lambda _, about: month.wrong(_of_loop(about)))
            runner.run(month.live())
    except Violated as violated:
        outcome.violation = str(violated)
    except Standstill:
        outcome.violation = "everybody waits for ever"
    finally:
        outcome.steps = loop.steps
        month.end()
        shutil.rmtree(folder)
        outcome.cpu_s = round(time.process_time() - began_s, 2)
    return outcome


class Month:
    """The places, the network, and what officers were promised."""

    def __init__(self, plan: Plan, folder: Path, outcome: Outcome) -> None:
        self.plan = plan
        self.folder = folder
        self.outcome = outcome
        self.places: dict[str, Place] = {}
        self.files = invariants.Files({authority: folder / authority for authority in plan.authorities})
        self.promised: dict[str, set[str]] = {authority: set() for authority in plan.authorities}
        self.faults: list[str] = []
        self._tasks: set[asyncio.Task[Any]] = set()

    async def live(self) -> None:
        """The month, its end, and the look at all of it."""
        self._settle_down()
        await asyncio.gather(*(place.start() for place in self.places.values()))
        for event in self.plan.events:
            await asyncio.sleep(max(0.0, event.at_s - asyncio.get_running_loop().time()))
            self._happen(event)
            self._look(event)
        await self._mend()
        await self._arrive()
        await invariants.at_the_end(self.places, self.promised)
        self._look(None)
        self._count()

    def _settle_down(self) -> None:
        chance = random.Random(f"network {self.plan.seed}")
        stations: dict[str, Any] = {}
        self.network = Network(chance, stations, self._check_promise, self.plan.weather)
        for authority in self.plan.authorities:
            own = random.Random(f"{authority} {self.plan.seed}")
            stations[authority] = self.places[authority] = Place(authority, self.folder / authority, self.network, own)

    def end(self) -> None:
        """Let go of everything, whatever became of it."""
        for place in self.places.values():
            place.crash()
        self.files.close()
        gc.collect()

    def wrong(self, what: str) -> None:
        """A fault of the node showed itself: in its log, or as an exception that nobody caught."""
        self.faults.append(what)

    # ------------------------------------------------------------ what happens

    def _happen(self, event: Event) -> None:
        self.outcome.trace.append(str(event))
        act: Callable[[Event, Place], None] = getattr(self, f"_{event.what}")
        act(event, self.places[event.who])

    def _begin(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.wrong(f"{type(error).__name__}: {error}")

    def _later(self, event: Event, act: Callable[[], Any]) -> None:
        asyncio.get_running_loop().call_later(event.lasts_s, act)

    def _say(self, event: Event, place: Place) -> None:
        if place.exchange is not None:
            self._begin(place.begin_in_life(self._speak(place, random.Random(event.chance))))

    def _crash(self, event: Event, place: Place) -> None:
        """Now and not later: the loop stands between two awaits of every task."""
        place.crash()
        self._later(event, lambda: self._begin(asyncio.ensure_future(place.start())))

    def _die(self, event: Event, place: Place) -> None:
        place.disk.dies = True
        self._later(event, lambda: self._begin(asyncio.ensure_future(place.start())))

    def _stop(self, event: Event, place: Place) -> None:
        self._begin(asyncio.ensure_future(place.stop()))
        self._later(event, lambda: self._begin(asyncio.ensure_future(place.start())))

    def _cut(self, event: Event, place: Place) -> None:
        way = (min(event.who, event.other), max(event.who, event.other))
        self.network.cut.add(way)
        self._later(event, lambda: self.network.cut.discard(way))

    def _full(self, event: Event, place: Place) -> None:
        place.disk.is_full = True
        self._later(event, lambda: setattr(place.disk, "is_full", False))

    def _failing(self, event: Event, place: Place) -> None:
        place.disk.fails = 0.3
        self._later(event, lambda: setattr(place.disk, "fails", 0.0))

    def _jump(self, event: Event, place: Place) -> None:
        place.clock.jump(event.by_s)

    async def _speak(self, place: Place, chance: random.Random) -> None:
        """An officer asks, or goes on with a case. What the node confirmed to him is promised."""
        node = place.node
        assert node is not None, "it runs"
        try:
            cases = await node.store.read(invariants.cases)
            if not cases or chance.random() < 0.3:
                to = chance.choice([one for one in self.plan.authorities if one != place.authority])
                outcome = await node.office.request(OFFICER, ask(to, f"S{chance.randrange(10**6)}"))
            else:
                case_id = chance.choice(cases)
                thread = await node.store.read(lambda view: load(view, case_id))
                kinds = SPOKEN_BY[ASKS if thread.case.direction == "sent" else GIVES]
                legal = [kind for kind in kinds if kind in thread.view.allowed(thread.us) or kind is Kind.CLOSURE]
                kind = chance.choice(legal or kinds)
                said = choose_body(kind, chance, [])
                outcome = await node.office.move(OFFICER, case_id, VERB_OF[kind], said)
        except (CaseworkError, StoreUnavailable) as refusal:
            self.outcome.refused += 1
            self.outcome.trace.append(f"{place.authority} was refused: {refusal}")
        else:
            self.outcome.said += 1
            self.promised[place.authority].add(str(outcome.mid))
            self.outcome.trace.append(f"{place.authority} said {outcome.mid} in {outcome.case}")

    # ------------------------------------------------------------ what must hold

    def _check_promise(self, to: str, body: bytes) -> None:
        try:
            invariants.receipts_are_durable(self.files, to, body)
        except Violated as violated:
            self.wrong(str(violated))

    def _look(self, event: Event | None) -> None:
        if self.faults:
            raise Violated(f"after {event}: {self.faults[0]}" if event else self.faults[0])
        invariants.promises_are_kept(self.files, self.promised)

    async def _mend(self) -> None:
        """No more faults; whoever is down is started."""
        self.network.cut.clear()
        self.network.weather = Weather()
        for place in self.places.values():
            place.disk.is_full, place.disk.fails, place.disk.dies = False, 0.0, False
        await asyncio.gather(*(place.start() for place in self.places.values()))

    async def _arrive(self) -> None:
        await asyncio.sleep(3 * LOOK_S)  # the watch looks once more at everything
        until = asyncio.get_running_loop().time() + SETTLES_WITHIN_S
        while under_way := await invariants.under_way(self.places):
            if asyncio.get_running_loop().time() > until:
                raise Violated(f"it never arrives: {under_way}")
            await asyncio.sleep(600.0)
            self._look(None)

    def _count(self) -> None:
        outcome, network = self.outcome, self.network
        outcome.posts, outcome.lost, outcome.doubled = network.posts, network.losses, network.doubles
        outcome.lives = sum(place.lives for place in self.places.values())
        outcome.failures = sum(place.disk.failures + place.disk.deaths for place in self.places.values())
        outcome.messages = sum(len(mids) for mids in self.promised.values())


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """What looks again and again in case a ring was lost does so less often, and no key is stretched twice.

    Nothing beside the node writes to its database here, and the scheduler, which only wakes the watch by the machine's
    own clock, is left to its second waker.
    """
    slower: list[tuple[Any, str, Any]] = [
        (outbox, "LOOK_S", LOOK_S),
        (opening, "LOOK_AGAIN_S", LOOK_S),
        (returning, "LOOK_AGAIN_S", LOOK_S),
        (refusals, "EVERY_S", LOOK_S),
        (sweeping, "EVERY_S", LOOK_S),
        (marks, "SOONEST_S", LOOK_S),
        (marks, "LONGEST_S", LOOK_S),
        (watch, "WATCHDOG_S", LOOK_S),
        (watch, "AsyncIOScheduler", _Asleep),
        (noticing, "NOTICE_EVERY_S", 10**9),
        (duties, "MONTH_LOOK_S", LOOK_S),
        (lockbox, "_stretch", _STRETCHED),
    ]
    before = [(of, name, getattr(of, name)) for of, name, _ in slower]
    for of, name, value in slower:
        setattr(of, name, value)
    try:
        yield
    finally:
        for of, name, value in before:
            setattr(of, name, value)


class _Asleep:
    """A scheduler that wakes nobody."""

    running = False

    def __init__(self, **_: Any) -> None: ...
    def add_job(self, *_: Any, **__: Any) -> None: ...
    def start(self) -> None: ...


@contextlib.contextmanager
def _heard(wrong: Callable[[str], None]) -> Iterator[None]:
    """What a node says of a fault of its own, in its log."""

    def listen(_: Any, method: str, event: dict[str, Any]) -> Mapping[str, Any]:
        if method in ("error", "exception", "critical") and event["event"] not in EXPECTED:
            wrong(_of_log(event))
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[structlog.processors.format_exc_info, listen], cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(**before)


def _of_log(event: dict[str, Any]) -> str:
    return f"the log says {event['event']}: {event.get('exception') or event}"


def _of_loop(about: dict[str, Any]) -> str:
    error = about.get("exception")
    return f"nobody caught {type(error).__name__}: {error}" if error else str(about.get("message"))
