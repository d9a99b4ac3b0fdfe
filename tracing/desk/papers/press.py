"""The press: evidence on paper for people, PDF/A-3 with the evidence in it, set by a process of its own (``setting``).

Rules
- The node lays out nothing itself. The process has bounds of its own, and ``PRINT_S``; one at a time, and a few wait.
- Nothing is kept: the paper is made anew each time, like the evidence, and is the same for the same evidence.

    paper = await Press().paper(made.data, "br.01.itx-evidence", pins, "ar")
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from protocol.evidence import MAX_FILE_BYTES

__all__ = ["NotPrinted", "Paper", "Press"]

PRINT_S: Final = 150.0
MOST_WAITING: Final = 4  # beyond it whoever asks is told to come back
GREETING: Final = frozenset({"ready"})
PRINTED: Final = frozenset({"bytes", "cut"})
MOST_PAPER_BYTES: Final = MAX_FILE_BYTES + 64 * 1024 * 1024
_ROOT: Final = Path(__file__).resolve().parents[3]
_PROGRAM: Final = "tracing.desk.papers.setting"
_MOST_HEAD_BYTES: Final = 16 * 1024
_MOST_WHY: Final = 400


class NotPrinted(Exception):
    """There is no paper. ``code``: ``fonts``, ``too-large``, ``busy``, ``no-evidence`` or ``unprintable``."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True, slots=True)
class Paper:
    """The PDF, and how many texts are cut on it; the evidence in it has all of them."""

    data: bytes
    cut: int


class Press:
    """Prints one paper after the other."""

    def __init__(self) -> None:
        self._door = asyncio.Lock()
        self._waiting = 0
        self._has_fonts = False

    async def ready(self) -> None:
        """Whether this machine can print at all: asked before anything is exported. NotPrinted."""
        if self._has_fonts:
            return
        async with self._alone(), self._process() as process:
            await self._greeted(process)
        self._has_fonts = True

    async def paper(self, data: bytes, name: str, pins: Mapping[str, str], language: str) -> Paper:
        """The paper of a file of evidence. NotPrinted."""
        order = json.dumps({"language": language, "name": name, "pins": dict(pins)}).encode() + b"\n"
        async with self._alone(), self._process() as process:
            await self._greeted(process)
            assert process.stdin is not None, "a pipe was asked for"
            assert process.stdout is not None, "a pipe was asked for"
            with contextlib.suppress(ConnectionError):  # it may have said no
                process.stdin.writelines((order, data))
                await process.stdin.drain()
            process.stdin.close()
            head = _head(await process.stdout.readline(), PRINTED)
            return Paper(await process.stdout.readexactly(head["bytes"]), head["cut"])

    @contextlib.asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """One paper at a time, and what its process cannot do said as a refusal."""
        if self._waiting >= MOST_WAITING:
            raise NotPrinted("busy", "other papers are being printed; ask again in a minute")
        self._waiting += 1
        try:
            async with self._door, asyncio.timeout(PRINT_S):
                yield
        except TimeoutError as error:
            raise NotPrinted("too-large", "it takes longer to set than a paper may") from error
        except (asyncio.IncompleteReadError, ConnectionError, ValueError) as error:
            raise NotPrinted("too-large", "it takes more memory or time to set than a paper may") from error
        finally:
            self._waiting -= 1

    @contextlib.asynccontextmanager
    async def _process(self) -> AsyncIterator[asyncio.subprocess.Process]:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-B", "-E", "-s", "-m", _PROGRAM),
            stdin=pipe,
            stdout=pipe,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
            cwd=_ROOT,
            limit=_MOST_HEAD_BYTES,
        )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _greeted(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None, "a pipe was asked for"
        _head(await process.stdout.readline(), GREETING)


def _head(line: bytes, wanted: frozenset[str]) -> dict[str, Any]:
    """What the process says. It read something hostile, so it is not believed blindly."""
    try:
        head = json.loads(line)
        if "refused" in head:
            raise NotPrinted(str(head["refused"])[:40], str(head["why"])[:_MOST_WHY])
        fits = head.keys() == wanted and all(type(each) in {int, bool} for each in head.values())
        if not fits or not 0 < head.get("bytes", 1) <= MOST_PAPER_BYTES:
            raise NotPrinted("unprintable", "setting it gave nothing that makes sense")
        return dict(head)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NotPrinted("too-large", "it takes more memory or time to set than a paper may") from error
