"""Two nodes, made by the real command and run in two processes, driven through the API; nothing leaves this machine.

The processes end with the one that started them, however that ends.

with Pair(folder) as pair:
    pair.found()
    pair.start("br")
    load = asyncio.run(pair.load(count=300, at_once=8, most_s=10))
"""

import asyncio
import itertools
import random
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import aiohttp

from tests.commanding import command
from tests.world import COUNTRIES, ask, free_port

SENDER, RECEIVER = "br", "at"
BOTH = (SENDER, RECEIVER)
# A node that ends (SIGTERM) when whoever started it has ended, killed or not: prctl(2), PR_SET_PDEATHSIG.
TRACING = [
    sys.executable, "-c",
    "import ctypes, signal; ctypes.CDLL(None).prctl(1, signal.SIGTERM); from tracing.cli import main; main()",
]  # fmt: skip
PATIENCE_S = 60.0
WORDS = "".join(random.Random(7).choices("abcdefghij     ", k=2300))  # makes a request of 3 kB


@dataclass(frozen=True)
class Load:
    """What a closed loop came to. ``took_s`` are from submitted by API to the accepted receipt committed."""

    at_once: int
    wall_s: float
    took_s: tuple[float, ...]
    failed: tuple[str, ...]

    def percentile_ms(self, part: float) -> float:
        """The time that ``part`` of the round trips stayed below."""
        ordered = sorted(self.took_s)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))] * 1000 if ordered else 0.0


@dataclass
class Pair:
    """The homes, the processes and the way in."""

    folder: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ready_s: dict[str, float] = field(default_factory=dict)
    desk: dict[str, str] = field(default_factory=dict)
    exchange: dict[str, str] = field(default_factory=dict)
    program: list[str] = field(default_factory=lambda: TRACING)  # what runs a node
    urls: dict[str, str] = field(default_factory=dict)  # where counterparts reach one, if not at its listener
    _token: str = ""
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # ------------------------------------------------------------ through the command

    @property
    def passphrase_file(self) -> Path:
        return self.folder / "passphrase"

    def database(self, authority: str) -> Path:
        return self.folder / authority / "node.db"

    def words(self, authority: str, *words: str | Path) -> list[str]:
        home = ("--home", str(self.folder / authority), "--passphrase-file", str(self.passphrase_file))
        return [*home, "--json", "--yes", *map(str, words)]

    def call(self, authority: str, *words: str | Path) -> Any:
        """One command, in this process; its JSON document."""
        return command(*self.words(authority, *words)).document

    def found(self) -> None:
        """Two training nodes that know each other, an officer and a token."""
        self.passphrase_file.write_text("for measuring only\n")
        self.passphrase_file.chmod(0o600)
        digests = {}
        for authority in BOTH:
            exchange, desk = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
            self.desk[authority], self.exchange[authority] = f"http://{desk}", f"http://{exchange}"
            shown = ("--exchange-url", self.urls[authority]) if authority in self.urls else ()
            who = ("--authority", authority, "--country", COUNTRIES[authority], "--name", f"Point of {authority}")
            self.call(authority, "init", *who, "--exchange", exchange, "--desk", desk, "--training", *shown)
            digests[authority] = self.call(authority, "card", "-o", self.folder / f"{authority}.card")["digest"]
        for one, other in (BOTH, BOTH[::-1]):
            self.call(one, "counterpart", "add", self.folder / f"{other}.card", "--confirm", digests[other])
        self.call(SENDER, "user", "add", "ada", "--role", "officer")
        self._token = self.call(SENDER, "token", "create", "ada")["token"]

    # ------------------------------------------------------------ processes

    def start(self, authority: str) -> None:
        """Run a node; ``ready_s`` is the time until it says it is ready."""
        began = time.perf_counter()
        with (self.folder / f"{authority}.log").open("ab") as log:
            argv = [*self.program, *self.words(authority, "run")]
            self.running[authority] = subprocess.Popen(argv, stdout=log, stderr=log)
        while not self._is_ready(authority):
            if self.running[authority].poll() is not None or time.perf_counter() - began > PATIENCE_S:
                raise AssertionError(f"{authority} did not start: {self._log(authority)}")
            time.sleep(0.01)
        self.ready_s[authority] = time.perf_counter() - began

    def _is_ready(self, authority: str) -> bool:
        try:
            with urllib.request.urlopen(f"{self.desk[authority]}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def _log(self, authority: str) -> str:
        return (self.folder / f"{authority}.log").read_text(errors="replace")[-2000:]

    def pid(self, authority: str) -> int:
        return self.running[authority].pid

    def stop(self) -> None:
        """End what runs: politely, then not."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()

    def commits(self, authority: str) -> tuple[int, int]:
        """(commits, units of work in them) since the node's start, from its own figures."""
        with urllib.request.urlopen(f"{self.desk[authority]}/metrics", timeout=10) as answer:
            told = answer.read().decode()
        found = [re.search(rf"^tracing_store_{name} (\S+)", told, re.MULTILINE) for name in ("commits", "units")]
        commits, units = (int(float(one[1])) if one else 0 for one in found)
        return commits, units

    def waiting(self, authority: str) -> int:
        """What is still on its way out of a node."""
        with urllib.request.urlopen(f"{self.desk[authority]}/metrics", timeout=10) as answer:
            found = re.search(r"^tracing_outbox_rows (\S+)", answer.read().decode(), re.MULTILINE)
        return int(float(found[1])) if found else 0

    def settle(self) -> None:
        """Until nothing is on its way any more."""
        until, quiet = time.monotonic() + PATIENCE_S, 0
        while quiet < 2 and time.monotonic() < until:
            time.sleep(0.05)
            quiet = 0 if any(map(self.waiting, BOTH)) else quiet + 1

    # ------------------------------------------------------------ load

    async def load(self, *, count: int, at_once: int, most_s: float) -> Load:
        """So many callers, each with one request under way, until ``count`` are done or the time is over."""
        took: list[float] = []
        failed: list[str] = []
        numbers = iter(range(count))
        headers = {"Authorization": f"Bearer {self._token}", "Prefer": "wait=20"}
        began = time.perf_counter()

        async def caller(session: aiohttp.ClientSession) -> None:
            for _ in numbers:
                if time.perf_counter() - began > most_s:
                    return
                submitted = time.perf_counter()
                problem = await self._submit(session)
                if problem:
                    failed.append(problem)
                else:
                    took.append(time.perf_counter() - submitted)

        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(self.desk[SENDER], headers=headers, connector=connector) as session:
            await asyncio.gather(*(caller(session) for _ in range(at_once)))
        return Load(at_once, time.perf_counter() - began, tuple(took), tuple(failed))

    async def _submit(self, session: aiohttp.ClientSession) -> str | None:
        """Post one request; None once its accepted receipt is committed here, else what went wrong."""
        body = entered(next(self._numbers))
        try:
            async with session.post("/api/v1/requests", json=body) as answer:
                said = await answer.json()
        except (aiohttp.ClientError, TimeoutError) as error:
            return repr(error)[:200]
        arrived = answer.status == 201 and said.get("delivery") in {"accepted", "opened"}
        return None if arrived else f"{answer.status} {said}"[:200]


def entered(number: int) -> dict[str, Any]:
    """What an officer enters: a request of some 3 kB. No two are alike."""
    body = ask(RECEIVER, f"BX{number:07d}")
    body["found"] |= {"circumstances": WORDS}
    return body
