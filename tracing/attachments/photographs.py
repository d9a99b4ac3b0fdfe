"""Cleaning a photograph and making its review copy, in a short-lived process with bounds of its own (``decoding``).

Rules
- The node only looks at the first bytes to know a photograph; it decodes nothing.
- Plain bytes go to the process through a pipe and come back sealed: no plain picture is ever on disk.
- One at a time, and each has ``DECODE_S``: pictures made to cost time cost that and no more.

    found = await photographs.clean(folder, sealed, net="real", ids=ids)
    found.removed      ->  ("exif.GPSInfo", "exif.Model")
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from protocol.attachments import KEY_BYTES
from tracing.attachments.folder import PIECE_BYTES, Folder
from tracing.attachments.sealing import SealedFile, Sealing, opened
from tracing.clock import Ids

__all__ = ["COPY_BYTES", "MAX_INPUT_BYTES", "NotAPhotograph", "Photograph", "Studio", "looks_like"]

COPY_BYTES: Final = 200_000  # what a review copy may have; a picture no larger needs none
MAX_INPUT_BYTES: Final = 64 * 1024 * 1024
DECODE_S: Final = 40.0
_PROGRAM: Final = Path(__file__).with_name("decoding.py")
_MOST_HEAD_BYTES: Final = 64 * 1024
_MAX_OUTPUT_BYTES: Final = 256 * 1024 * 1024
_TYPES: Final = ("image/jpeg", "image/png", "image/webp")


class NotAPhotograph(Exception):
    """It looks like one and cannot be decoded; the text says why."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """What came of it: its type, names of what stood beside the pixels, and two new sealed files."""

    type: str
    removed: tuple[str, ...]
    clean: SealedFile
    copy: SealedFile


def looks_like(head: bytes) -> str | None:
    """The media type of a photograph that begins so, or None."""
    if head[:3] == b"\xff\xd8\xff":
        return "image/jpeg"
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return None


class Studio:
    """Where photographs are cleaned, one after the other."""

    def __init__(self, folder: Folder, net: str, ids: Ids) -> None:
        self._folder = folder
        self._net = net
        self._ids = ids
        self._door = asyncio.Lock()

    async def clean(self, source: SealedFile) -> Photograph:
        """Clean the sealed picture ``source``. NotAPhotograph."""
        async with self._door:
            try:
                async with asyncio.timeout(DECODE_S), self._process() as process:
                    return await self._develop(process, source)
            except TimeoutError as error:
                raise NotAPhotograph("it takes too long to decode") from error
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                raise NotAPhotograph("it takes more memory or time to decode than a picture may") from error

    @contextlib.asynccontextmanager
    async def _process(self) -> AsyncIterator[asyncio.subprocess.Process]:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-B", str(_PROGRAM)),
            stdin=pipe,
            stdout=pipe,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
            limit=_MOST_HEAD_BYTES,
        )
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _develop(self, process: asyncio.subprocess.Process, source: SealedFile) -> Photograph:
        assert process.stdin is not None, "a pipe was asked for"
        assert process.stdout is not None, "a pipe was asked for"
        with contextlib.suppress(ConnectionError):  # it may have seen enough
            await self._feed(process.stdin, opened(self._folder, source, net=self._net))
        head = _head(await process.stdout.readline())
        if (refused := head.get("refused")) is not None:
            raise NotAPhotograph(str(refused)[:200])
        clean = await self._seal(process.stdout, head["clean"])
        copy = await self._seal(process.stdout, head["copy"])
        return Photograph(head["type"], tuple(head["removed"]), clean, copy)

    async def _feed(self, stdin: asyncio.StreamWriter, plain: Iterator[bytes]) -> None:
        while piece := await asyncio.to_thread(next, plain, b""):
            stdin.write(piece)
            await stdin.drain()
        stdin.close()

    async def _seal(self, stdout: asyncio.StreamReader, size: int) -> SealedFile:
        """The next ``size`` bytes, sealed."""
        key = self._ids.random_bytes(KEY_BYTES)
        sealing = Sealing(self._folder, name=self._ids.uuid7().hex, key=key, net=self._net)
        try:
            while size:
                piece = await stdout.readexactly(min(size, PIECE_BYTES))
                await asyncio.to_thread(sealing.write, piece)
                size -= len(piece)
            return await asyncio.to_thread(sealing.finish)
        finally:
            sealing.abandon()


def _head(line: bytes) -> dict[str, Any]:
    """What the process says it found. It decoded something hostile, so it is not believed blindly."""
    try:
        head = json.loads(line)
        if "refused" in head:
            return dict(head)
        fits = all(0 < head[name] <= _MAX_OUTPUT_BYTES for name in ("clean", "copy")) and head["copy"] <= COPY_BYTES
        names = all(isinstance(one, str) and len(one) <= 64 for one in head["removed"])
    except (ValueError, KeyError, TypeError) as error:
        raise NotAPhotograph("it takes more memory or time to decode than a picture may") from error
    if not (fits and names and head["type"] in _TYPES):
        raise NotAPhotograph("decoding it gave nothing that makes sense")
    return dict(head)
