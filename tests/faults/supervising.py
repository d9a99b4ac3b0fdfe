"""A supervisor of real processes that does what the units of ``deploy/systemd`` say, and counts how each of them ended.

Rules
- A process that ends badly, ``kill -9`` among it, is started again after ``RestartSec``; one that ends well or with a
  code of ``RestartPreventExitStatus`` is not, and from then on ``given_up`` says which.
- A process is up once it has logged that its node started; until then it is merely there.

    supervisor = Supervisor(Policy.of_unit(UNIT))
    supervisor.start("br:desk", argv, log)
    tending = asyncio.create_task(supervisor.tend())
"""

import asyncio
import configparser
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

__all__ = ["UNIT", "Policy", "Supervisor"]

UNIT = Path(__file__).resolve().parents[2] / "deploy" / "systemd" / "tracing@.service"
LOOK_S = 0.1
STOP_S = 60.0  # a unit's own patience is shorter; here many share two cores
UP = b"node.started"


@dataclass(frozen=True)
class Policy:
    """What a unit says of processes that end: seconds of rest, and the exit codes nothing is started again after."""

    rest_s: float
    prevents: frozenset[int]

    @classmethod
    def of_unit(cls, file: Path) -> Self:
        """``Restart=on-failure`` is what is understood here, and seconds without a unit."""
        read = configparser.ConfigParser(strict=False, interpolation=None)  # a unit may give a key again and again
        read.read_string(file.read_text())
        service = read["Service"]
        assert service["Restart"] == "on-failure", service["Restart"]
        return cls(float(service["RestartSec"]), frozenset(map(int, service["RestartPreventExitStatus"].split())))


@dataclass
class Watched:
    """One process: how it is started, and what became of it."""

    argv: Sequence[str]
    log: Path
    process: subprocess.Popen[bytes]
    started_at: float
    from_byte: int  # of the log, where this start began
    starts: int = 1
    up_after_s: float | None = None
    ended_at: float | None = None

    def look(self) -> None:
        """Whether it is up by now, and when it ended."""
        if self.up_after_s is None:
            with self.log.open("rb") as log:
                log.seek(self.from_byte)
                if UP in log.read():
                    self.up_after_s = time.monotonic() - self.started_at
        if self.ended_at is None and self.process.poll() is not None:
            self.ended_at = time.monotonic()

    @property
    def is_up(self) -> bool:
        return self.process.poll() is None and self.up_after_s is not None

    def __str__(self) -> str:
        if self.ended_at is not None:
            return f"gone with {self.process.returncode} ({self.starts} starts)"
        return f"{'up' if self.is_up else 'starting'} ({self.starts} starts)"


@dataclass
class Supervisor:
    """Processes by name. ``ends`` counts how they ended: an exit code, or a signal below zero."""

    policy: Policy
    ends: Counter[int] = field(default_factory=Counter)
    slowest_start_s: float = 0.0
    given_up: str | None = None
    _all: dict[str, Watched] = field(default_factory=dict)

    def start(self, name: str, argv: Sequence[str], log: Path) -> None:
        """Run it from now on."""
        self._all[name] = _begin(argv, log)

    async def tend(self) -> None:
        """Start again what ended, for ever; ends by cancellation."""
        while True:
            for name, one in self._all.items():
                self._tend(name, one)
            await asyncio.sleep(LOOK_S)

    def _tend(self, name: str, one: Watched) -> None:
        was_up, was_gone = one.is_up, one.ended_at is not None
        one.look()
        if one.is_up and not was_up:
            self.slowest_start_s = max(self.slowest_start_s, one.up_after_s or 0.0)
        if one.ended_at is None or self.given_up:
            return
        code = one.process.returncode
        if not was_gone:
            self.ends[code] += 1
        if code == 0 or code in self.policy.prevents:
            self.given_up = name
        elif time.monotonic() >= one.ended_at + self.policy.rest_s:
            self._all[name] = _begin(one.argv, one.log, one.starts + 1)

    def is_up(self, name: str) -> bool:
        """Whether it runs and has said that its node started."""
        return self._all[name].is_up

    def is_there(self, name: str) -> bool:
        """Whether there is a process, started or starting."""
        return self._all[name].process.poll() is None

    def kill(self, name: str) -> None:
        """``kill -9``: no handler runs, nothing is flushed."""
        self._all[name].process.kill()

    def stop(self) -> None:
        """End all politely; AssertionError names who did not end."""
        for one in self._all.values():
            one.process.terminate()
        late = [name for name, one in self._all.items() if not _has_ended(one.process)]
        assert not late, f"did not end within {STOP_S:.0f} s of SIGTERM: {late}"

    def __str__(self) -> str:
        return ", ".join(f"{name} {one}" for name, one in self._all.items())


def _begin(argv: Sequence[str], log: Path, starts: int = 1) -> Watched:
    with log.open("ab") as out:
        from_byte = out.tell()
        process = subprocess.Popen(argv, stdout=out, stderr=out)
    return Watched(argv, log, process, time.monotonic(), from_byte, starts)


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Within its time; otherwise it is killed."""
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    return True
