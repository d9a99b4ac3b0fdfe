"""Carry large attachments both ways between two real nodes while ``kill -9`` ends one and then the other, and count.

Real processes of the real command. Each side brings in ``--files`` files of ``--mib`` MiB and sends them with a
request; in the middle of the transfer a node is killed and started again, ``--kills`` times, turn by turn. At the end
every file is taken out at the other side and its digest compared; the largest resident memory of every process is told.

    python -m tests.faults.carrying [--files 8] [--mib 256] [--kills 3]        prints JSON, one document a line
"""

import argparse
import asyncio
import hashlib
import itertools
import json
import random
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.bench.pair import BOTH, Pair
from tests.world import ask

MIB = 1 << 20
PATIENCE_S = 300.0  # for one step; 2 GiB each way need a minute and a half
MOST_BYTES = 200_000_000  # resident, on either side
LOOK_S = 0.05


@dataclass(frozen=True)
class Carried:
    """What it came to. Rates are in MB (10^6 bytes) a second; memory is the largest seen of any process of a side."""

    files_each_way: int
    bytes_each: int
    bring_in_s: float
    bring_in_mb_s: float
    transfer_s: float
    transfer_mb_s: float
    take_out_s: float
    take_out_mb_s: float
    kills: int
    resumed: int
    resumed_in_the_middle: int
    wrong: int
    peak_resident_bytes: dict[str, int]
    resident_during_transfer_bytes: dict[str, int]

    @property
    def holds(self) -> bool:
        return not self.wrong and max(self.peak_resident_bytes.values()) < MOST_BYTES


@dataclass
class Memory:
    """The resident memory of both sides, watched from a thread: of every process that ran on a side the largest."""

    pair: Pair
    peak: dict[str, int] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    _ended: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> None:
        threading.Thread(target=self._watch, daemon=True).start()

    def end(self) -> None:
        self._ended.set()

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_S):
            for side, process in list(self.pair.running.items()):
                self._look(side, process.pid)

    def _look(self, side: str, pid: int) -> None:
        try:
            told = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return
        for name, kept in (("VmHWM", self.peak), ("VmRSS", self.seen)):
            if found := re.search(rf"{name}:\s+(\d+) kB", told):
                kept[side] = max(kept.get(side, 0), int(found[1]) * 1024)


class Carrying:
    """Two homes, two processes, files under way in both directions."""

    def __init__(self, folder: Path, files: int, mib: int) -> None:
        self.pair = Pair(folder)
        self.memory = Memory(self.pair)
        self.files = files
        self.size = mib * MIB
        self.tokens: dict[str, str] = {}
        self.cases: dict[str, str] = {}
        self.digests: dict[str, list[str]] = {side: [] for side in BOTH}

    # ------------------------------------------------------------ officers

    def found(self) -> None:
        """Two nodes that know each other, an officer at each."""
        self.pair.found()
        for side in BOTH:
            self.pair.call(side, "user", "add", "eve", "--role", "officer")
            self.tokens[side] = self.pair.call(side, "token", "create", "eve")["token"]

    def session(self, side: str) -> aiohttp.ClientSession:
        headers = {"Authorization": f"Bearer {self.tokens[side]}", "Prefer": "wait=20"}
        return aiohttp.ClientSession(self.pair.desk[side], headers=headers, timeout=aiohttp.ClientTimeout(total=None))

    async def bring_in_all(self) -> None:
        await asyncio.gather(*(self._bring_in(side) for side in BOTH))

    async def _bring_in(self, side: str) -> None:
        """Bring in the files of one side and send them with a request."""
        other = BOTH[side == BOTH[0]]
        async with self.session(side) as session:
            ids = [await self._bring_one(session, side, number) for number in range(self.files)]
            body = ask(other, f"CARRY{side.upper()}1") | {"attachments": ids}
            async with session.post("/api/v1/requests", json=body) as answer:
                said = await answer.json()
                assert answer.status == 201, said
                self.cases[side] = said["case"]

    async def _bring_one(self, session: aiohttp.ClientSession, side: str, number: int) -> str:
        digest = hashlib.sha256()
        noise = random.Random(f"{side}{number}").randbytes(MIB)

        async def pieces() -> AsyncIterator[bytes]:
            for at in range(self.size // MIB):
                piece = at.to_bytes(8, "big") + noise[8:]
                digest.update(piece)
                yield piece

        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(self.size)}
        url = f"/api/v1/attachments?name=film-{number}.bin"
        async with session.post(url, data=pieces(), headers=headers) as answer:
            said = await answer.json()
            assert (answer.status, said["sha256"]) == (201, digest.hexdigest()), said
        self.digests[side].append(digest.hexdigest())
        return str(said["attachment"])

    async def take_out_all(self) -> int:
        """Take everything out at the other side; how many are not what was brought in."""
        wrong = 0
        for side in BOTH:
            other = BOTH[side == BOTH[0]]
            async with self.session(other) as session:
                async with session.get(f"/api/v1/cases/{self.cases[side]}") as answer:
                    mid = (await answer.json())["messages"][0]["mid"]
                for number, expected in enumerate(self.digests[side]):
                    url = f"/api/v1/cases/{self.cases[side]}/attachments/{mid}/{number}"
                    wrong += await self._digest(session, url) != expected
        return wrong

    @staticmethod
    async def _digest(session: aiohttp.ClientSession, url: str) -> str:
        digest = hashlib.sha256()
        async with session.get(url) as answer:
            async for chunk in answer.content.iter_any():
                digest.update(chunk)
        return digest.hexdigest()

    # ------------------------------------------------------------ the campaign

    def landed(self) -> int:
        """Bytes that have come at both sides together."""
        total = 0
        for side in BOTH:
            own = self._own(side)
            for file in (self.pair.folder / side / "attachments").iterdir():
                if file.name not in own:
                    total += file.stat().st_size if file.exists() else 0
        return total

    def _own(self, side: str) -> set[str]:
        if side not in self._known:
            folder = self.pair.folder / side / "attachments"
            self._known[side] = {file.name for file in folder.iterdir() if len(file.name) == 64}
        return self._known[side]

    _known: dict[str, set[str]] = {}  # noqa: RUF012 - replaced in run

    def kill(self, side: str) -> None:
        """``kill -9``: no handler runs, nothing is flushed."""
        process = self.pair.running.pop(side)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def until_landed(self, share: float) -> None:
        """Wait for a share of all bytes."""
        wanted, end = share * 2 * self.files * self.size, time.monotonic() + PATIENCE_S
        while self.landed() < wanted:
            assert time.monotonic() < end, f"waited for {share:.0%} of the bytes"
            time.sleep(LOOK_S)

    async def until_opened(self) -> None:
        """Both requests opened by their receivers: all attachments came and were looked into."""
        end = time.monotonic() + PATIENCE_S
        for side in BOTH:
            async with self.session(side) as session:
                while time.monotonic() < end:
                    async with session.get(f"/api/v1/cases/{self.cases[side]}") as answer:
                        file = await answer.json()
                    if file["delivery"][0]["stage"] == "opened":
                        break
                    await asyncio.sleep(0.2)
                assert file["delivery"][0]["stage"] == "opened", file["messages"][0]["attachments"]

    def run(self, kills: int) -> Carried:
        """Bring in, send, kill, wait, take out, compare."""
        self.found()
        for side in BOTH:
            self.pair.start(side)
        self.memory.begin()
        began = time.perf_counter()
        self._known = {side: set() for side in BOTH}
        asyncio.run(self.bring_in_all())
        brought = time.perf_counter()
        for number in range(kills):
            self.until_landed((number + 1) / (kills + 1.5))
            side = BOTH[number % 2]
            self.kill(side)
            self.pair.start(side)
        asyncio.run(self.until_opened())
        landed = time.perf_counter()
        during = dict(self.memory.seen)
        wrong = asyncio.run(self.take_out_all())
        ended = time.perf_counter()
        self.memory.end()
        return self._tally(kills, wrong, during, (began, brought, landed, ended))

    def _tally(self, kills: int, wrong: int, during: dict[str, int], at: tuple[float, ...]) -> Carried:
        logs = "".join((self.pair.folder / f"{side}.log").read_text(errors="replace") for side in BOTH)
        offsets = [int(found) for found in re.findall(r"carrier\.resumed .*?\boffset=(\d+)", logs)]
        whole = 2 * self.files * self.size / 1e6
        spans = [later - earlier for earlier, later in itertools.pairwise(at)]
        seconds = [round(span, 1) for span in spans]
        rates = [round(whole / span, 1) for span in spans]
        return Carried(
            self.files, self.size, seconds[0], rates[0], seconds[1], rates[1], seconds[2], rates[2], kills,
            len(offsets), sum(offset < self.size for offset in offsets), wrong, dict(self.memory.peak), during,
        )  # fmt: skip


def carry(folder: Path, *, files: int, mib: int, kills: int) -> Carried:
    """The whole campaign in a folder; nothing is left running."""
    carrying = Carrying(folder, files, mib)
    with carrying.pair:
        return carrying.run(kills)


def main() -> int:
    """The campaign as a command."""
    parser = argparse.ArgumentParser(description="Carry attachments while nodes are killed, and count.")
    parser.add_argument("--files", type=int, default=8)
    parser.add_argument("--mib", type=int, default=256)
    parser.add_argument("--kills", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        needed = 5 * given.files * given.mib * MIB
        if shutil.disk_usage(folder).free < needed:
            parser.error(f"expected {needed} bytes free in {folder}")
        carried = carry(Path(folder), files=given.files, mib=given.mib, kills=given.kills)
    told: dict[str, Any] = asdict(carried)
    sys.stdout.write(json.dumps({"figure": "attachments", "holds": carried.holds, **told}) + "\n")
    return 0 if carried.holds else 1


if __name__ == "__main__":
    sys.exit(main())
