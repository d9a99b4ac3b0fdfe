"""A bag of many messages: how long each step by file takes, and how much memory.

    make bags                                          10,000 messages and 1 GiB of attachments; a quarter of an hour
    make bags BAGS="--messages 200 --mib 8"

Each step is the command in a process of its own, whose peak of memory the system tells (``wait4``). The last line says
whether everything came, once, and whether both trails verify.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.pair import TRACING
from tests.bundles.bags import Bag, by_file
from tests.world import OFFICER, PASSPHRASE, World, ask
from tracing.clock import SystemClock

FILE_BYTES = 4 << 20
MOST_MIB = 300
KIB_IN_MIB = 1024


def main() -> int:
    """Everything, one JSON line for each step."""
    asked = _asked()
    with tempfile.TemporaryDirectory(prefix="bags-") as folder:
        place = Path(folder)
        asyncio.run(_fill(place, asked.messages, asked.mib))
        (place / "passphrase").touch(mode=0o600)
        (place / "passphrase").write_bytes(PASSPHRASE)
        there, back = place / "there.itx", place / "back.itx"
        steps = [
            _step(place, "br", "export", "bundle", "export", "--to", "at", "-o", there),
            _step(place, "at", "import", "bundle", "import", *_parts(there), "-o", back),
            _step(place, "br", "import the way back", "bundle", "import", *_parts(back)),
        ]
        trails = [_step(place, name, "verify", "audit", "verify") for name in ("br", "at")]
        came, last = steps[1]["said"]["bundles"], steps[2]["said"]["bundles"]
        found = {
            "accepted": sum(one["accepted"] for one in came),
            "attachments": sum(one["attachments"] for one in came),
            "receipts": sum(one["receipts"] for one in last),
            "left_out": sum(one["left_out"] for one in (*came, *last)),
            "trails": all(one["said"]["ok"] for one in trails),
            "peak_mib": max(one["peak_mib"] for one in steps),
        }
    holds = found["accepted"] == asked.messages and not found["left_out"] and found["trails"]
    holds = holds and found["receipts"] == 2 * asked.messages and found["peak_mib"] <= MOST_MIB
    _say(found | {"holds": holds})
    return 0 if holds else 1


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--mib", type=int, default=1024, help="of attachments, in files of 4 MiB")
    return parser.parse_args()


async def _fill(place: Path, messages: int, mib: int) -> None:
    """A pair by file, and what waits at one of them."""
    w = by_file(World(place, SystemClock()), "br", "at")
    bag, files = Bag(w, place / "bag"), mib * (1 << 20) // FILE_BYTES
    for number in range(messages):
        body: dict[str, Any] = ask("at", f"BAG{number:06}")
        if number < files:
            content = number.to_bytes(4, "big") * (FILE_BYTES // 4)
            body["attachments"] = [await bag.bring("br", content, "film.bin", "application/octet-stream")]
        await w["br"].office.request(OFFICER, body)
    for name in list(w.nodes):
        await w.stop(name)


def _parts(place: Path) -> list[Path]:
    return sorted(place.parent.glob(f"{place.stem}*{place.suffix}"))


def _step(place: Path, name: str, what: str, *words: object) -> dict[str, Any]:
    """One command: seconds, peak of memory, and what it said."""
    options = ["--home", place / name, "--passphrase-file", place / "passphrase", "--json"]
    began = time.monotonic()
    process = subprocess.Popen([*TRACING, *map(str, (*options, *words))], stdout=subprocess.PIPE)
    assert process.stdout is not None, "piped"
    said = process.stdout.read()
    _, status, spent = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    found = {"step": what, "at": name, "code": process.returncode, "seconds": round(time.monotonic() - began, 1)}
    found |= {"cpu_s": round(spent.ru_utime + spent.ru_stime, 1), "peak_mib": spent.ru_maxrss // KIB_IN_MIB}
    _say(found)
    return found | {"said": json.loads(said)}


if __name__ == "__main__":
    sys.exit(main())
