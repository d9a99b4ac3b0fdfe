"""Where sealed attachments land: ``HEAD`` and ``PUT /itx/1/blobs/<digest>`` (wire specification, section 20).

Rules
- Nobody signs here, and nobody needs to: only a digest of a length that an accepted envelope names is taken, while it
  is wanted, and what came counts once all of it has that digest. A stranger who knows the digest can at most make its
  sender begin again.
- What came stays when the connection ends: the next ``PUT`` goes on at ``Upload-Offset``. One writer at a time.
- Bounded: bytes of one ``PUT``, pace, writers at once (all, and for each counterpart), space for each counterpart. In
  memory there is one piece.
- A writer takes a place of a counterpart that named what it brings: who drips leaves the others theirs.
- Where all places are taken, the counterpart that holds most of them gives up its slowest writer to one that holds
  fewer; where each holds one, the slowest that had its time does. What came of it stays, and it goes on later.
- Nothing is decoded here; this room has no key.
"""

import asyncio
import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import IO, Final

from aiohttp import hdrs, web

from protocol.attachments import MAX_CT_BYTES
from tracing.exchange.berths import Berths, NoRoom, NotNamed
from tracing.exchange.client import Blob
from tracing.exchange.problems import Refusal, unread
from tracing.listening import BodyRefused, Intake, Reading

__all__ = ["Landing"]

MEDIA_TYPE: Final = "application/octet-stream"
MOST_BYTES: Final = 8 * 1024 * 1024  # of one PUT: the wire's limit
MOST_AT_ONCE: Final = 32  # being written: each holds a file, and a thread now and then
MOST_OF_ONE: Final = 4  # of them from one counterpart, which brings one after the other: the rest is for what broke off
TIME_S: Final = 10.0  # a writer keeps its place for so long, whoever waits with none
FULL_S: Final = 3600  # when there is no room, an administrator must make some
_RANGE: Final = re.compile(r"bytes ([0-9]{1,12})-([0-9]{1,12})/([0-9]{1,12})")
_NUMBER: Final = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class _Span:
    """The bytes one PUT brings."""

    blob: Blob
    first: int
    size: int


@dataclass(slots=True, eq=False)
class _Writer:
    """One connection that brings something, and the counterpart whose place it takes."""

    place: str
    begun_s: float
    reading: Reading | None = None  # while its body comes
    gives_way: bool = False

    def pace(self, now_s: float) -> float:
        """Bytes a second so far."""
        return (self.reading.total if self.reading else 0) / max(now_s - self.begun_s, 0.001)


class Landing:
    """The handlers, and who is writing."""

    def __init__(self, berths: Berths, intake: Intake, refused: Callable[[str], None]) -> None:
        self._berths = berths
        self._intake = intake
        self._refused = refused
        self._writing: dict[str, _Writer] = {}  # by digest

    # ------------------------------------------------------------ the two methods

    async def head(self, http_request: web.Request) -> web.Response:
        """HEAD: how much of it is here. What a crash left complete but unchecked is checked before we say so."""
        blob = Blob(http_request.match_info["digest"], self._length(http_request))
        named_by = await self._require_named(blob)
        offset = await self._received(blob)
        if offset == blob.length:
            async with self._turn(blob.digest, named_by):
                offset = await self._settle(blob)
        return _at(offset)

    async def put(self, http_request: web.Request) -> web.Response:
        """PUT: some more of it."""
        try:
            span = self._span(http_request)
            named_by = await self._require_named(span.blob)
            async with self._turn(span.blob.digest, named_by) as writer:
                return _at(await self._take(http_request, span, writer))
        except Refusal as refusal:
            self._refused(refusal.code)
            raise

    # ------------------------------------------------------------ judging

    def _length(self, http_request: web.Request) -> int:
        text = http_request.headers.get("Upload-Length", "")
        if _NUMBER.fullmatch(text) is None or not 0 < int(text) <= MAX_CT_BYTES:
            raise Refusal(400, "schema", f"expected Upload-Length: 1 to {MAX_CT_BYTES}")
        return int(text)

    def _span(self, http_request: web.Request) -> _Span:
        """What the headers say is coming."""
        found = _RANGE.fullmatch(http_request.headers.get(hdrs.CONTENT_RANGE, ""))
        if http_request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
            raise Refusal(415, "media-type", "expected no compression")
        if http_request.content_type != MEDIA_TYPE:
            raise Refusal(415, "media-type", f"expected {MEDIA_TYPE}")
        if found is None:
            raise Refusal(400, "schema", "expected Content-Range: bytes first-last/length")
        first, last, length = map(int, found.groups())
        size = last - first + 1
        if not 0 <= first <= last < length or http_request.content_length != size:
            raise Refusal(400, "schema", "expected Content-Range and Content-Length to agree")
        if size > MOST_BYTES or length > MAX_CT_BYTES:
            raise Refusal(413, "too-large", f"expected at most {MOST_BYTES} bytes at once")
        return _Span(Blob(http_request.match_info["digest"], length), first, size)

    async def _require_named(self, blob: Blob) -> list[str]:
        """Those we talk to who named it, while we want it; 404 without one."""
        try:
            return await self._berths.require_named(blob)
        except NotNamed as error:
            raise Refusal(404, "not-found", str(error)) from error

    @asynccontextmanager
    async def _turn(self, digest: str, named_by: list[str]) -> AsyncIterator[_Writer]:
        """One writer for each, not many at once, and few for one counterpart."""
        now_s = asyncio.get_running_loop().time()
        staying = [one for one in self._writing.values() if not one.gives_way]
        taken = Counter(one.place for one in staying)
        place = next((name for name in named_by if taken[name] < MOST_OF_ONE), None)
        is_free = len(staying) < MOST_AT_ONCE
        if place is None or digest in self._writing or not (is_free or self._make_room(staying, taken, place, now_s)):
            raise Refusal(503, "busy", "another connection is bringing it, or too many are", retry_after_s=1)
        self._writing[digest] = writer = _Writer(place, now_s)
        try:
            yield writer
        finally:
            del self._writing[digest]

    def _make_room(self, staying: list[_Writer], taken: Counter[str], place: str, now_s: float) -> bool:
        """Whether a writer gave way to one of ``place``."""
        holding = [
            one
            for one in staying
            if one.reading is not None
            and (taken[one.place] > taken[place] + 1 or (not taken[place] and now_s - one.begun_s > TIME_S))
        ]
        slowest = max(holding, key=lambda one: (taken[one.place], -one.pace(now_s)), default=None)
        if slowest is None or slowest.reading is None:
            return False
        slowest.gives_way = True
        self._intake.end(slowest.reading)
        return True

    # ------------------------------------------------------------ taking

    async def _take(self, http_request: web.Request, span: _Span, writer: _Writer) -> int:
        """Write what comes; how much is here afterwards."""
        offset = await self._received(span.blob)
        if offset == span.blob.length:
            return await self._settle(span.blob)
        if offset != span.first:
            raise Refusal(409, "mismatch", f"expected to go on at {offset}", offset=offset)
        try:
            await self._reserve(span.blob)
            await self._write(http_request, span, writer)
            return await self._settle(span.blob) if span.first + span.size == span.blob.length else offset + span.size
        except OSError as error:
            raise Refusal(507, "busy", "the disk takes no more", retry_after_s=FULL_S) from error

    async def _reserve(self, blob: Blob) -> None:
        try:
            await self._berths.reserve(blob)
        except NoRoom as error:
            raise Refusal(507, "busy", str(error), retry_after_s=FULL_S) from error

    async def _write(self, http_request: web.Request, span: _Span, writer: _Writer) -> None:
        """Bytes to disk as they come; what came before a fault stays, synced."""

        def begun(reading: Reading) -> None:
            writer.reading = reading

        file = await asyncio.to_thread(self._berths.folder.open_part, span.blob.digest, span.blob.length)
        try:
            async for piece in self._intake.pieces(http_request, begun):
                await asyncio.to_thread(_write_all, file, piece)
        except BodyRefused as error:
            raise unread(error) from error
        finally:
            writer.reading = None
            await asyncio.shield(asyncio.to_thread(_sync, file))

    async def _settle(self, blob: Blob) -> int:
        """All of it is here. Is it what was named? Once the row says so a crash is safe."""
        if not await self._berths.settle(blob):
            raise Refusal(422, "mismatch", "expected bytes of the digest; all of it is needed again", offset=0)
        return blob.length

    async def _received(self, blob: Blob) -> int:
        return await self._berths.received(blob)


def _at(offset: int) -> web.Response:
    return web.Response(status=204, headers={"Upload-Offset": str(offset)})


def _write_all(file: IO[bytes], piece: bytes) -> None:
    left = memoryview(piece)
    while left:
        left = left[file.write(left) :]


def _sync(file: IO[bytes]) -> None:
    try:
        os.fsync(file.fileno())
    finally:
        file.close()
