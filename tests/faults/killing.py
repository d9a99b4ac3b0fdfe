"""Import a list while the receiving and then the sending node are killed with ``kill -9``, and count what is left.

Real processes of the real command on real files. After the kills both nodes run again until nothing is on its way;
then every accepted row must be one case at each side, opened once, and every tree must verify.

    python -m tests.faults.killing LIST.csv [--mapping FILE] [--seed 1] [--kills 4]     prints one JSON document

Without a list it makes its own, and goes on until ``--kills`` are together: each round has a seed, fresh homes, a list
of ``--rows`` and ``--each`` kills, and becomes a line of ``--kept``, so that a run goes on where another ended.

    python -m tests.faults.killing --kills 1000 --kept killed.jsonl
"""

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.commanding import command
from tests.faults.lists import write_list
from tests.world import COUNTRIES, free_port

TRACING = [sys.executable, "-c", "from tracing.cli import main; main()"]
PATIENCE_S = 240.0
SENDER, RECEIVER = "br", "at"


@dataclass(frozen=True)
class Tally:
    """What the campaign came to. ``lost`` and ``doubled`` are cases; ``trees_ok`` speaks of both nodes.

    ``ready_s`` is the longest a killed node took until it said that it is ready.
    """

    seed: int
    rows: int
    accepted: int
    rejected: int
    kills: int
    sent: int
    received: int
    opened: int
    lost: int
    doubled: int
    trees_ok: bool
    ready_s: float
    wall_s: float

    @property
    def holds(self) -> bool:
        none_missing = self.accepted == self.sent == self.received == self.opened
        return self.trees_ok and none_missing and not self.lost and not self.doubled


class Campaign:
    """Two homes, two processes, one import under way."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.random = random.Random(seed)
        self.seed = seed
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.ready_at: dict[str, str] = {}
        self.ready_s = 0.0

    # ------------------------------------------------------------ commands

    def words(self, authority: str, *words: str | Path) -> list[str]:
        """What follows ``tracing`` in one command at a node's home."""
        return ["--home", str(self.folder / authority), "--json", "--yes", *map(str, words)]

    def call(self, authority: str, *words: str | Path) -> Any:
        """One command at a node's home, in this process; its JSON document."""
        return command(*self.words(authority, *words)).document

    def found(self) -> None:
        """Two training nodes that know each other."""
        digests = {}
        for authority in (SENDER, RECEIVER):
            exchange, desk = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
            self.ready_at[authority] = f"http://{desk}/readyz"
            who = ("--authority", authority, "--country", COUNTRIES[authority], "--name", f"Point of {authority}")
            self.call(authority, "init", *who, "--exchange", exchange, "--desk", desk, "--training")
            digests[authority] = self.call(authority, "card", "-o", self.folder / f"{authority}.card")["digest"]
        for one, other in ((SENDER, RECEIVER), (RECEIVER, SENDER)):
            self.call(one, "counterpart", "add", self.folder / f"{other}.card", "--confirm", digests[other])

    def start(self, authority: str) -> None:
        """Run a node and wait until it is ready."""
        log = (self.folder / f"{authority}.log").open("ab")
        argv = [*TRACING, "--home", str(self.folder / authority), "run"]
        self.running[authority] = subprocess.Popen(argv, stdout=log, stderr=log)
        until(lambda: is_ready(self.ready_at[authority]), f"{authority} to be ready")

    def kill(self, authority: str) -> None:
        """``kill -9``: no handler runs, nothing is flushed."""
        process = self.running.pop(authority)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """End what runs, politely."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(timeout=30)

    # ------------------------------------------------------------ looking

    def rows(self, authority: str, query: str) -> list[Any]:
        """What a query finds in a node's database."""
        with sqlite3.connect(self.folder / authority / "node.db", timeout=30) as db:
            return db.execute(query).fetchall()

    def number(self, authority: str, query: str) -> int:
        return int(self.rows(authority, query)[0][0])

    def progress(self) -> int:
        """Cases open at the receiver."""
        return self.number(RECEIVER, "SELECT count(*) FROM cases")

    def is_quiet(self) -> bool:
        unsent = "SELECT count(*) FROM outbox"
        unopened = "SELECT count(*) FROM envelopes WHERE stage = 'accepted' AND direction = 'in'"
        return not any(self.number(one, query) for one in (SENDER, RECEIVER) for query in (unsent, unopened))

    # ------------------------------------------------------------ the campaign

    def run(self, source: Path, mapping: Path | None, kills: int) -> Tally:
        """Import, kill, start again, wait, count."""
        began = time.monotonic()
        self.found()
        for authority in (SENDER, RECEIVER):
            self.start(authority)
        words = ["request", "import", source, "--to", RECEIVER, *(["--mapping", mapping] if mapping else [])]
        argv = [*TRACING, *self.words(SENDER, *words)]
        importing = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for number in range(kills):
            victim = (RECEIVER, SENDER)[number % 2]
            time.sleep(self.random.uniform(0.2, 2.0))
            self.kill(victim)
            time.sleep(self.random.uniform(0.1, 0.5))
            restarted = time.monotonic()
            self.start(victim)
            self.ready_s = max(self.ready_s, time.monotonic() - restarted)
        report = json.loads(importing.communicate(timeout=PATIENCE_S)[0])
        until(lambda: self.progress() >= report["accepted"] and self.is_quiet(), "everything to be delivered")
        self.stop()
        return self.tally(report, kills, time.monotonic() - began)

    def tally(self, report: dict[str, Any], kills: int, wall_s: float) -> Tally:
        """What is left, counted in both databases."""
        sent = {row[0] for row in self.rows(SENDER, "SELECT id FROM cases")}
        received = [row[0] for row in self.rows(RECEIVER, "SELECT case_id FROM messages WHERE kind = 'trace_request'")]
        opened = self.number(SENDER, "SELECT count(*) FROM envelopes WHERE direction = 'out' AND stage = 'opened'")
        trees = [command(*self.words(one, "audit", "verify")).json["ok"] is True for one in (SENDER, RECEIVER)]
        counts = {name: report[name] for name in ("rows", "accepted", "rejected")}
        lost, doubled = len(sent - set(received)), len(received) - len(set(received))
        found = {"sent": len(sent), "received": len(received), "opened": opened, "lost": lost, "doubled": doubled}
        return Tally(self.seed, kills=kills, **counts, **found, trees_ok=all(trees), **self._times(wall_s))

    def _times(self, wall_s: float) -> dict[str, float]:
        return {"ready_s": round(self.ready_s, 1), "wall_s": round(wall_s, 1)}


def is_ready(url: str) -> bool:
    """Whether ``/readyz`` says so."""
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def until(is_so: Any, what: str) -> None:
    """Wait until it is so, or fail saying what was waited for."""
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        if time.monotonic() > end:
            raise AssertionError(f"waited {PATIENCE_S:.0f} s for {what}")
        time.sleep(0.1)


# ---------------------------------------------------------------- many rounds


def count(kills: int, each: int, rows: int, first: int, kept: Path) -> dict[str, Any]:
    """Rounds until so many kills are together, those of ``kept`` included; what all of them came to."""
    finished = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    while sum(one["kills"] for one in finished) < kills:
        seed = first + len(finished)
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "list.csv"
            write_list(source, rows, f"K{seed}X")
            tally = Campaign(Path(folder), seed).run(source, None, each)
        finished.append(asdict(tally) | {"holds": tally.holds})
        with kept.open("a") as file:
            file.write(json.dumps(finished[-1]) + "\n")
    summed = {name: sum(one[name] for one in finished) for name in ("kills", "accepted", "lost", "doubled")}
    return {
        "figure": "kills", "holds": all(one["holds"] for one in finished), "rounds": len(finished),
        "seeds": [one["seed"] for one in finished if not one["holds"]], **summed,
        "trees_broken": sum(not one["trees_ok"] for one in finished),
        "ready_s": max((one["ready_s"] for one in finished), default=0.0),
    }  # fmt: skip


def main() -> int:
    """The campaign as a command."""
    parser = argparse.ArgumentParser(description="Kill nodes in the middle of an import, and count what is left.")
    parser.add_argument("list", type=Path, nargs="?")
    parser.add_argument("--mapping", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--each", type=int, default=20, help="kills in a round, where there is no list")
    parser.add_argument("--rows", type=int, default=1000, help="requests in a round, where there is no list")
    parser.add_argument("--kept", type=Path, default=Path("killed.jsonl"), help="finished rounds: not run again")
    given = parser.parse_args()
    if given.list is None:
        counted = count(given.kills, given.each, given.rows, given.seed, given.kept)
        sys.stdout.write(json.dumps(counted) + "\n")
        return 0 if counted["holds"] else 1
    with tempfile.TemporaryDirectory() as folder:
        tally = Campaign(Path(folder), given.seed).run(given.list, given.mapping, given.kills)
    sys.stdout.write(json.dumps(asdict(tally)) + "\n")
    return 0 if tally.holds else 1


if __name__ == "__main__":
    sys.exit(main())
