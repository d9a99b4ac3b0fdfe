"""A running node whose clock jumps: every reminder said once, what fell due in a gap at once and marked late.

A real node of the real command, on SQLite or PostgreSQL, whose wall clock libfaketime moves while its steady clock runs
on, as when somebody sets a clock or a machine was suspended. At each jump there are duties of three kinds, each with
one date that passes:

before  it has passed and was told when the jump comes; a clock that went back meets it again
inside  it passes within a jump ahead, well before its end: told at once afterwards, marked late
after   it passes some seconds after the jump, by the new clock: told in its time, whatever waited for another

Then every duty must be one reminder with one leaf, told by one mail and one call; and a jump of a clock that ran must
be in the log within 60 s. ``suspended``: the process stands still meanwhile (SIGSTOP). ``stopped``: it does not run.

    python -m tests.faults.jumping [--reminders 2000] [--jumps "an hour on" 2038] [--layouts sqlite postgresql]
"""

import argparse
import asyncio
import json
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.channels.postoffice import opened
from tests.channels.receiving import receiving
from tests.faults.killing import TRACING
from tests.faults.meeting import environment, library
from tests.faults.reminded import Reminded
from tests.faults.supervising import UP
from tests.postgres import server
from tracing.clock import SystemClock
from tracing.tables import Deadline, Reminder, table_of

HOUR_S, DAY_S = 3_600, 86_400
MARGIN_S = 120  # of a gap at both ends: what passes there might be said before the jump, or in time
SOON_S = 3  # after a jump
NOTICED_S = 60.0
PATIENCE_S = 180.0
NOTICE = re.compile(rb"clock\.jumped.*?by_ms[\": =]+(-?\d+)")
Y2038 = datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC)  # the first second that 32 bits do not count
deadlines, reminders = table_of(Deadline), table_of(Reminder)


@dataclass(frozen=True)
class Jump:
    """How far the clock goes, or to which instant, and what the node does meanwhile: runs, is suspended or stopped."""

    by_s: int = 0
    to: datetime | None = None
    meanwhile: str = "runs"


JUMPS = {
    "an hour on": Jump(HOUR_S),
    "an hour back": Jump(-HOUR_S),
    "suspended for 2 hours": Jump(2 * HOUR_S, meanwhile="suspended"),
    "400 days on": Jump(400 * DAY_S),
    "a day back": Jump(-DAY_S),
    "stopped for 30 days": Jump(30 * DAY_S, meanwhile="stopped"),
    "2038": Jump(to=Y2038),  # some seconds before it, so that it is crossed by running
}


@dataclass(frozen=True)
class Told:
    """What one jump came to. ``noticed_s``: until the log spoke of it; None where nobody ran.

    ``wrong_late``: marked late and not inside the gap, or the other way round.
    """

    jump: str
    noticed_s: float | None
    duties: int
    missed: int
    late: int
    wrong_late: int

    @property
    def holds(self) -> bool:
        in_time = self.noticed_s is None or self.noticed_s < NOTICED_S
        return in_time and not self.missed and not self.wrong_late


@dataclass(frozen=True)
class Tally:
    """What a campaign came to: each jump, then the record and what came to the servers."""

    layout: str
    due: int
    jumps: list[Told]
    reminded: int
    doubled: int
    leaves: dict[str, int]
    sent: dict[str, int]
    came: dict[str, int]
    strangers: int
    repeats: dict[str, int]
    trees_ok: bool
    wall_s: float

    @property
    def holds(self) -> bool:
        counts = [self.reminded, *self.leaves.values(), *self.sent.values(), *self.came.values()]
        once = set(counts) == {self.due} and not (self.doubled or self.strangers or any(self.repeats.values()))
        return once and self.trees_ok and all(one.holds for one in self.jumps)


class Ahead(SystemClock):
    """What a process with a moved clock reads."""

    def __init__(self, ahead_s: int) -> None:
        self.ahead_s = ahead_s

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.now_ms() / 1000, UTC)

    def now_ms(self) -> int:
        return super().now_ms() + self.ahead_s * 1000


@dataclass
class Running:
    """The process, its log and its clock."""

    argv: Sequence[str]
    folder: Path
    preload: Path
    clock: Ahead = field(default_factory=lambda: Ahead(0))
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def start(self) -> None:
        """With the clock as it is now."""
        stamp = self.folder / "ahead"
        self._write(stamp)
        moved = {
            "LD_PRELOAD": str(self.preload), "FAKETIME_TIMESTAMP_FILE": str(stamp), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }  # fmt: skip
        with environment(**moved), self.log.open("ab") as log:
            self.process = subprocess.Popen(self.argv, stdout=log, stderr=log)

    def move(self, by_s: int) -> None:
        """The wall clock, at once."""
        self.clock.ahead_s += by_s
        self._write(self.folder / "ahead.new")
        (self.folder / "ahead.new").replace(self.folder / "ahead")

    def _write(self, file: Path) -> None:
        file.write_text(f"{self.clock.ahead_s:+d}")

    def send(self, what: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(what)

    def stop(self) -> None:
        """Politely; AssertionError where it does not end."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired as late:
                self.process.kill()
                raise AssertionError(f"did not end within {PATIENCE_S:.0f} s of SIGTERM") from late

    def said(self, since: int) -> bytes:
        """The log from a byte on."""
        with self.log.open("rb") as log:
            log.seek(since)
            return log.read()

    @property
    def length(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0


@dataclass
class Campaign:
    """A home, its process, and jump after jump."""

    home: Reminded
    node: Running
    chance: random.Random
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(10**9)))

    async def run(self, layout: str, jumps: Sequence[str], due: int) -> Tally:
        """Jump, look, count."""
        began = time.monotonic()
        await self.home.found()
        told = []
        shares = [due // len(jumps) + (number < due % len(jumps)) for number in range(len(jumps))]
        async with self.alive():
            for name, share in zip(jumps, shares, strict=True):
                told.append(await self.jump(name, share))
            await self.until(lambda: self.home.left(due) == (0, 0), "everything to be told and sent")
        counts = await asyncio.to_thread(self.home.reckon, self.node.clock)
        return Tally(layout, due, told, **counts, wall_s=round(time.monotonic() - began, 1))

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[None]:
        try:
            await self.begin()
            yield
        finally:
            await asyncio.to_thread(self.node.stop)
            self.home.engine.dispose()

    async def begin(self) -> None:
        since = self.node.length
        self.node.start()
        await self.until(lambda: UP in self.node.said(since), "the node to start")

    # ------------------------------------------------------------ one jump

    async def jump(self, name: str, count: int) -> Told:
        """Duties before, inside and after; the jump; until all of them are said."""
        jump = JUMPS[name]
        by_s = jump.by_s or int((jump.to or Y2038).timestamp() - self.node.clock.now_ms() / 1000) - SOON_S // 2
        inside = range(count // 2 if by_s > 0 else 0)
        after = range((count - len(inside)) // 2)
        before = range(count - len(inside) - len(after))
        passed_ms = self.node.clock.now_ms() - 1
        met = await asyncio.to_thread(self.add, [passed_ms for _ in before])
        await self.until(lambda: self.has_said(met) and self.home.left(0)[1] == 0, f"{name}: what passed to be told")
        now_ms = self.node.clock.now_ms()
        gaps = [now_ms + 1000 * self.chance.randrange(MARGIN_S, by_s - MARGIN_S) for _ in inside]
        soon = [now_ms + 1000 * (by_s + SOON_S + self.chance.randrange(SOON_S)) for _ in after]
        late, in_time = await asyncio.to_thread(lambda: (self.add(gaps), self.add(soon)))
        noticed_s = await self.leap(jump, by_s)
        ours = [*met, *late, *in_time]
        await self.until(lambda: self.has_said(ours), f"{name}: everything to be said")
        unjudged = in_time if jump.meanwhile == "stopped" else []  # they passed while it started
        return self.judged(name, noticed_s, ours, set(late), set(unjudged))

    async def leap(self, jump: Jump, by_s: int) -> float | None:
        """Move the clock; the seconds until the log says so, from when the node could see it."""
        since = self.node.length
        if jump.meanwhile == "stopped":
            await asyncio.to_thread(self.node.stop)
            self.node.move(by_s)
            await self.begin()
            return None
        if jump.meanwhile == "suspended":
            self.node.send(signal.SIGSTOP)
        self.node.move(by_s)
        if jump.meanwhile == "suspended":
            await asyncio.sleep(1.0)
            self.node.send(signal.SIGCONT)
        began = time.monotonic()
        await self.until(lambda: self.is_noticed(since, by_s), "the jump to be noticed")
        return round(time.monotonic() - began, 1)

    def is_noticed(self, since: int, by_s: int) -> bool:
        return any(abs(int(one) - by_s * 1000) < 5_000 for one in NOTICE.findall(self.node.said(since)))

    # ------------------------------------------------------------ duties

    def add(self, instants: Sequence[int]) -> list[str]:
        """Duties whose date passes then, near long ago; their names."""
        names = [f"m{next(self.numbers)}" for _ in instants]
        rows = [
            {"started_by": name, "near_ms": at_ms - 1, "near_told_ms": at_ms - 1, "due_ms": at_ms}
            for name, at_ms in zip(names, instants, strict=True)
        ]
        if rows:
            self.home.add(rows)
        return names

    def has_said(self, names: Sequence[str]) -> bool:
        return len(self.said(names)) == len(names)

    def said(self, names: Sequence[str]) -> dict[str, Any]:
        """The reminders of some duties, by their names."""
        joined = select(deadlines.c.started_by, reminders.c.late).join(
            reminders, reminders.c.deadline_id == deadlines.c.id
        )
        with self.home.engine.connect() as conn, conn.begin():
            rows = conn.execute(joined).all()
        wanted = set(names)
        return {row.started_by: bool(row.late) for row in rows if row.started_by in wanted}

    def judged(
        self, name: str, noticed_s: float | None, ours: Sequence[str], late: set[str], unjudged: set[str]
    ) -> Told:
        said = self.said(ours)
        wrong = sum(is_late != (one in late) for one, is_late in said.items() if one not in unjudged)
        return Told(name, noticed_s, len(ours), len(ours) - len(said), sum(said.values()), wrong)

    async def until(self, is_so: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while not await asyncio.to_thread(is_so):
            process = self.node.process
            assert process is None or process.poll() is None, f"the node ended with {process.poll()}"
            assert time.monotonic() < end, f"waited {PATIENCE_S:.0f} s for {what}"
            await asyncio.sleep(0.2)


def campaign(
    layout: str, jumps: Sequence[str], due: int, preload: Path, *, seed: int = 1, command: Sequence[str] = TRACING
) -> Tally:
    """One campaign, with a database and servers of its own; ``command`` runs the node."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        on_server = layout == "postgresql"
        url = stack.enter_context(server()).migrated() if on_server else f"sqlite:///{folder / 'br' / 'node.db'}"

        async def work() -> Tally:
            async with opened(folder, speaks_tls=False) as office, receiving() as receiver:
                home = Reminded(folder, url, office, receiver)
                node = Running([*command, "--home", str(home.home), "run"], folder, preload)
                return await Campaign(home, node, random.Random(seed)).run(layout, jumps, due)

        try:
            return asyncio.run(work())
        except AssertionError:
            sys.stderr.write((folder / "log").read_text(errors="replace")[-4000:] if (folder / "log").exists() else "")
            raise


def main() -> int:
    """The campaigns as a command."""
    parser = argparse.ArgumentParser(description="Move the clock of a running node, and count its reminders.")
    parser.add_argument("--reminders", type=int, default=2000)
    parser.add_argument("--jumps", nargs="+", choices=JUMPS, default=list(JUMPS))
    parser.add_argument("--layouts", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    parser.add_argument("--seed", type=int, default=1)
    given, preload = parser.parse_args(), library()
    if preload is None:
        parser.error("libfaketime is needed (on Debian: apt install libfaketime)")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what was made is removed
    holds = True
    for layout in given.layouts:
        tally = campaign(layout, given.jumps, given.reminders, preload, seed=given.seed)
        sys.stdout.write(json.dumps({"figure": "jumps", "holds": tally.holds} | asdict(tally)) + "\n")
        sys.stdout.flush()
        holds = holds and tally.holds
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
