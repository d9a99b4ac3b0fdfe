"""Ten million entries of the audit trail on SQLite: what appending, proving and verifying them takes, and their bytes.

    make leaves                     ten million: some 4 GB for half an hour
    make leaves LEAVES="--leaves 100000"

Half of them are acts in the private tree, salted, each an officer's look at a case; half stand in a counterpart's tree
and carry a small object themselves, since a real one's envelope alone would make ten million of them 70 GB; what
verifying those takes is measured on a few thousand. They are appended as a node does it, a thousand in a unit, and
signed now and then; cases come up again by chance, so that what names them lies scattered. One document is printed:
each figure with its goal, and whether it holds; the exit code is 1 where one does not. Proofs have their time by the
clock, and by the processor: on a busy machine the two differ.
"""

import argparse
import hashlib
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from protocol import merkle
from tests.bench import spending
from tests.bench.travelled import travelled
from tests.commanding import command
from tracing import audit
from tracing.audit.trees import Subtrees, hashes_of
from tracing.node import Node
from tracing.store import Tx, View

PASSPHRASE = "only for measuring"
COUNTERPART, TREES = "at", (audit.PRIVATE, "at")
AT_ONCE = 1_000  # entries in a unit
UNITS_TO_SIGN = 200  # between two checkpoints
OPEN_CASES = 50_000  # that are looked at again by chance
PROOFS = 2_000
MOST_TRAVELLED = 5_000  # envelopes with their receipts: 80 MB
LEAST_APPENDED, LEAST_VERIFIED, MOST_PROOF_MS, MOST_MB = 10_000, 50_000, 1.0, 300
MOST_BYTES, MOST_LEAVES = 2_000_000_000, 10_000_000
CLI = "from tracing.cli import main; main()"
Figure = dict[str, Any]
Prove = Callable[[View, str, int, merkle.CompactRange], tuple[float, float]]
"""A proof of one entry of a tree: milliseconds by the clock, and of the processor."""


def main() -> int:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(prog="make leaves", description=__doc__)
    parser.add_argument("--leaves", type=int, default=MOST_LEAVES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--proofs", type=int, default=PROOFS)
    parser.add_argument("--dir", type=Path, default=None, help="where the home is made; removed at the end")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what was made is removed
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory(dir=asked.dir) as folder:
        document = measure(Path(folder), asked.leaves, asked.seed, asked.proofs)
    sys.stdout.write(json.dumps(document, indent=1) + "\n")
    return 0 if document["holds"] else 1


def measure(folder: Path, count: int, seed: int, proofs: int) -> dict[str, Any]:
    """Every figure of so many entries."""
    figures = []
    for figure in _figures(folder, count, seed, proofs):
        structlog.get_logger().info("leaves.figure", **figure)
        figures.append(figure)
    holds = all(figure.get("holds", True) for figure in figures)
    return {"leaves": count, "seed": seed, "holds": holds, "figures": figures}


def _figures(folder: Path, count: int, seed: int, proofs: int) -> Iterator[Figure]:
    home = Home(folder)
    yield from _grown(home, count, seed)
    yield from _proved(home, random.Random(seed), proofs)
    yield _stored(home, count)
    yield _verified(home)
    yield _resumed(home)
    yield _verified_beside(folder, min(MOST_TRAVELLED, count))


class Home:
    """A node of its own, and the command at it."""

    def __init__(self, folder: Path) -> None:
        self.place, self._secret = folder / "br", folder / "passphrase"
        self._secret.write_text(PASSPHRASE)
        self._secret.chmod(0o600)
        made = self.at("init", "--training", "--authority", "br", "--country", "BRA", "--name", "Tracing point")
        assert made.code == 0, made.err
        with self.opened() as node:
            node.store.write_now(lambda tx: audit.open_tree(tx, COUNTERPART, "itx.training/br/at"))

    def at(self, *words: object) -> Any:
        """How a command at this home ended."""
        return command(*words, *self._access())

    def started(self, *words: str) -> subprocess.Popen[bytes]:
        """The same in a process of its own."""
        asked = [sys.executable, "-c", CLI, *words, *map(str, self._access())]
        return subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def opened(self) -> "_Opened":
        return _Opened(self.place)

    def _access(self) -> tuple[object, ...]:
        return ("--home", self.place, "--passphrase-file", self._secret)


class _Opened:
    def __init__(self, place: Path) -> None:
        self._node = Node.open(place, PASSPHRASE.encode())

    def __enter__(self) -> Node:
        return self._node

    def __exit__(self, *_: object) -> None:
        self._node.close()


# ---------------------------------------------------------------- growing


def _grown(home: Home, count: int, seed: int) -> Iterator[Figure]:
    chance = random.Random(seed)
    cases = [_name(chance, "br.", 0) for _ in range(min(OPEN_CASES, count // 4 + 1))]
    signing = []
    with home.opened() as node:
        began = time.perf_counter()
        for unit in range(-(-count // AT_ONCE)):
            _write(node, chance, cases, unit, min(AT_ONCE, count - unit * AT_ONCE))
            if not unit % UNITS_TO_SIGN:
                signing.append(_signed(node))
        took = time.perf_counter() - began
        memory = spending.memory_mb(os.getpid())
        node.store.write_now(node.checkpoints.link_heads)
        _signed(node)
    yield _figure("appended", round(count / took), "entries a second", at_least=LEAST_APPENDED) | {"mb": round(memory)}
    yield {
        "what": "heads signed",
        "figure": len(signing),
        "unit": "times",
        "p50_ms": round(statistics.median(signing), 1),
    }


def _write(node: Node, chance: random.Random, cases: list[str], unit: int, count: int) -> None:
    node.store.write_now(lambda tx: _append(tx, chance, cases, unit * AT_ONCE, count))


def _signed(node: Node) -> float:
    began = time.perf_counter()
    node.store.write_now(node.checkpoints.sign_due)
    return (time.perf_counter() - began) * 1000


def _append(tx: Tx, chance: random.Random, cases: list[str], at: int, count: int) -> None:
    for number in range(at, at + count):
        if number % 2:
            wire = b'{"for":"%s","stage":"accepted"}' % _name(chance, "at:", tx.now_ms).encode()
            ref, digest = _name(chance, "at:", tx.now_ms), hashlib.sha256(wire).hexdigest()
            audit.append(tx, COUNTERPART, "rcpt.in", ref, h=digest, what=wire)
            continue
        if not number % 16:  # a case is opened, another is closed
            cases[chance.randrange(len(cases))] = _name(chance, "br.", tx.now_ms)
        case = cases[chance.randrange(len(cases))]
        audit.note(tx, "read", case, {"actor": "ada", "what": "case", "cases": [case]})


def _name(chance: random.Random, prefix: str, at_ms: int) -> str:
    """An id as a node makes them: its first half is the time."""
    digits = f"{at_ms:012x}7{chance.getrandbits(76):019x}"
    return prefix + "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))


# ---------------------------------------------------------------- proving


def _proved(home: Home, chance: random.Random, count: int) -> Iterator[Figure]:
    for what, prove in (("inclusion", _inclusion), ("consistency", _consistency)):
        with home.opened() as node:
            took = node.store.read_now(partial(_times, prove=prove, chance=chance, count=count))
        clock, processor = ([one[at] for one in took] for at in (0, 1))
        told = {"p50_ms": _quantile(clock, 50), "p99_ms": _quantile(clock, 99), "worst_ms": _quantile(clock, 100)}
        told |= {"p50_cpu_ms": _quantile(processor, 50), "p99_cpu_ms": _quantile(processor, 99)}
        yield _figure(f"proof of {what}", told["p99_ms"], "ms (99 %)", below=MOST_PROOF_MS) | told


def _times(view: View, prove: Prove, chance: random.Random, count: int) -> list[tuple[float, float]]:
    """One in each tree in turn, of any entry, under the head as it is."""
    heads = {tree: audit.read_head(view, tree).range for tree in TREES}
    asked = [(tree, chance.randrange(1, heads[tree].size)) for _ in range(count // 2) for tree in TREES]
    return [prove(view, tree, at, heads[tree]) for tree, at in asked]


def _inclusion(view: View, tree: str, index: int, head: merkle.CompactRange) -> tuple[float, float]:
    path, took = _timed(lambda: merkle.inclusion_proof(index, head.size, Subtrees(view, tree)))
    (leaf,) = hashes_of(view, tree, index, 1)
    merkle.verify_inclusion(leaf, index, head.size, path, head.root())
    return took


def _consistency(view: View, tree: str, old: int, head: merkle.CompactRange) -> tuple[float, float]:
    before = audit.recompute(view, tree, old)
    path, took = _timed(lambda: merkle.consistency_proof(old, head.size, Subtrees(view, tree)))
    merkle.verify_consistency(old, head.size, path, before, head.root())
    return took


def _timed(prove: Callable[[], list[bytes]]) -> tuple[list[bytes], tuple[float, float]]:
    clock, processor = time.perf_counter(), time.thread_time()
    path = prove()
    return path, ((time.perf_counter() - clock) * 1000, (time.thread_time() - processor) * 1000)


def _quantile(took: Sequence[float], percent: int) -> float:
    return round(sorted(took)[min(len(took) - 1, len(took) * percent // 100)], 3)


# ---------------------------------------------------------------- at rest, and verifying


def _stored(home: Home, count: int) -> Figure:
    file = home.place / "node.db"
    stored = spending.stored_bytes(file)
    line = _figure("database", stored, "bytes", below=MOST_BYTES * count / MOST_LEAVES)
    return line | {
        "of_an_entry": round(stored / count, 1),
        "tables": dict(list(spending.bytes_by_table(file).items())[:3]),
    }


def _verified(home: Home) -> Figure:
    """The command in a process of its own, its start included."""
    began = time.perf_counter()
    process = home.started("audit", "verify", "--afresh", "--json")
    said, peak = _ended(process)
    took = time.perf_counter() - began
    assert said["ok"], said["first_bad"]
    line = _figure("verified", round(said["leaves"] / took), "entries a second", at_least=LEAST_VERIFIED)
    return line | {"s": round(took, 1), "peak_mb": peak, "holds": line["holds"] and peak < MOST_MB, "most_mb": MOST_MB}


def _resumed(home: Home) -> Figure:
    """Killed as soon as a mark is set that stands in the second tree, and called again."""
    process, mark = home.started("audit", "verify", "--afresh", "--json"), home.place / audit.MARKS
    while process.poll() is None and not _is_far(mark):
        time.sleep(0.02)
    process.kill()
    process.communicate()
    began = time.perf_counter()
    said, peak = _ended(home.started("audit", "verify", "--json"))
    took = round(time.perf_counter() - began, 1)
    assert said["ok"], said["first_bad"]
    came = 0 if said["resumed_from"] is None else said["resumed_from"]["entries"]
    return {
        "what": "killed and called again",
        "figure": came,
        "unit": "entries not looked at again",
        "s": took,
        "peak_mb": peak,
    }


def _verified_beside(folder: Path, count: int) -> Figure:
    """What real envelopes and receipts cost, which lie beside the log; no goal is set for it."""
    store = travelled(folder, count)
    try:
        began = time.perf_counter()
        found = store.read_now(lambda view: audit.verify(view, _no_note))
        took = time.perf_counter() - began
    finally:
        store.close()
    assert found.ok, found.first_bad
    line = {"what": "verified with envelopes and receipts", "figure": round(found.leaves / took)}
    return line | {"unit": "entries a second", "entries": found.leaves}


def _no_note(_note: str, _origin: str) -> tuple[int, bytes]:
    raise ValueError("nobody signed here")


def _is_far(mark: Path) -> bool:
    with suppress(OSError, ValueError):
        return COUNTERPART in json.loads(mark.read_text())["trees"]
    return False


def _ended(process: subprocess.Popen[bytes]) -> tuple[Any, float]:
    """What a command said, and the most memory it had."""
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, spent = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, said[-2000:]
    return json.loads(said), round(spent.ru_maxrss / 1024, 1)


def _figure(
    what: str, figure: float, unit: str, *, at_least: float | None = None, below: float | None = None
) -> Figure:
    line: Figure = {"what": what, "figure": figure, "unit": unit}
    if at_least is not None:
        return line | {"goal": f"at least {at_least:,.0f}", "holds": figure >= at_least}
    assert below is not None
    return line | {"goal": f"below {below:,.10g}", "holds": figure < below}


if __name__ == "__main__":
    sys.exit(main())
