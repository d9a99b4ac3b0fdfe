"""A form with files, read part by part: what a person picks on a page is never whole in memory (RFC 7578).

Rules
- The first part is the CSRF token: the gate reads it before anything else of the body is looked at.
- The bytes come through the listening room, at its pace and with its places; all of them are counted here.
- A part with a file name is a file and is given as a stream; any other is a field, bounded with all fields together.

    parts = parts_of(http_request)
    async for part in parts: ...          # a Written, or a Picked whose pieces are read before the next part
"""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, cast

from aiohttp import BodyPartReader, MultipartReader, StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError

from protocol.attachments import is_type
from tracing.desk.context import DESK
from tracing.desk.problems import Refused
from tracing.desk.reading import MOST_BODY_BYTES, MOST_FIELDS, read_pieces

__all__ = ["FILES_FORM", "Parts", "Picked", "Written", "end_parts", "parts_of"]

FILES_FORM: Final = "multipart/form-data"
UNKNOWN: Final = "application/octet-stream"
PIECE_BYTES: Final = 256 * 1024
MOST_LINE: Final = 8190  # of a part's header


@dataclass(frozen=True, slots=True)
class Written:
    """A field and what was written into it."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Picked:
    """A file: its name as the browser gives it ("" where none was picked), the kind the browser takes it for."""

    name: str
    file_name: str
    media_type: str
    pieces: AsyncIterator[bytes]


class Parts:
    """The parts of one body, once. Refused: ``bad-body``, ``too-large``, and what ``reading.read_pieces`` refuses."""

    def __init__(self, http_request: web.Request, most_bytes: int) -> None:
        self._body = _Body(read_pieces(http_request), most_bytes)
        self._count = self._written = 0
        try:
            # Of a StreamReader it uses no more than ``_Body`` has.
            self._reader = MultipartReader(http_request.headers, cast("StreamReader", self._body))
        except (ValueError, AssertionError) as error:
            raise _ill_formed() from error

    def __aiter__(self) -> AsyncIterator[Written | Picked]:
        return self

    async def __anext__(self) -> Written | Picked:
        part = await self._next()
        if part is None:
            raise StopAsyncIteration
        name, file_name = _clean(part.name or ""), part.filename
        if file_name is None:
            return Written(name, await self._text(part))
        kind = part.headers.get("Content-Type", UNKNOWN).partition(";")[0].strip().lower()
        return Picked(name, file_name, kind if is_type(kind) else UNKNOWN, self._pieces(part))

    async def token(self) -> str:
        """The field ``csrf`` if it is the first part, else ""."""
        first = await anext(self, None)
        return first.text if isinstance(first, Written) and first.name == "csrf" else ""

    async def end(self) -> None:
        """Give back the place among the bodies."""
        await self._body.end()

    async def _next(self) -> BodyPartReader | None:
        try:
            part = await self._reader.next()
        except _MALFORMED as error:
            raise _ill_formed() from error
        self._count += part is not None
        if self._count > MOST_FIELDS or not isinstance(part, BodyPartReader | None):
            raise _ill_formed()
        return part

    async def _text(self, part: BodyPartReader) -> str:
        found = bytearray()
        async for piece in self._pieces(part):
            found += piece
            self._written += len(piece)
            if self._written > MOST_BODY_BYTES:
                raise Refused("too-large", f"expected at most {MOST_BODY_BYTES} bytes of fields", _CLOSE)
        try:
            return found.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _ill_formed() from error

    async def _pieces(self, part: BodyPartReader) -> AsyncIterator[bytes]:
        try:
            while not part.at_eof():
                if piece := await part.read_chunk(PIECE_BYTES):
                    yield bytes(piece)
        except _MALFORMED as error:
            raise _ill_formed() from error


class _Body:
    """What ``MultipartReader`` asks of a stream, over the pieces of the listening room."""

    def __init__(self, pieces: AsyncIterator[bytes], most_bytes: int) -> None:
        self._pieces = pieces
        self._left = most_bytes
        self._held = bytearray()
        self._ended = False

    async def read(self, size: int) -> bytes:
        while not self._held and not self._ended:
            await self._fetch()
        return self._cut(size)

    async def readline(self, *, max_line_length: int = MOST_LINE) -> bytes:
        while (at := self._held.find(b"\n")) < 0 and not self._ended and len(self._held) <= max_line_length:
            await self._fetch()
        if at >= max_line_length or (at < 0 and len(self._held) > max_line_length):
            raise ValueError("a line longer than any header")
        return self._cut(at + 1 or len(self._held))

    def at_eof(self) -> bool:
        return self._ended and not self._held

    def unread_data(self, data: bytes) -> None:
        self._held[:0] = data

    async def end(self) -> None:
        self._ended = True
        with suppress(Refused):
            await self._pieces.aclose()  # type: ignore[attr-defined] # an async generator

    def _cut(self, size: int) -> bytes:
        data = bytes(self._held[:size])
        del self._held[:size]
        return data

    async def _fetch(self) -> None:
        piece = await anext(self._pieces, b"")
        self._ended = not piece
        self._left -= len(piece)
        if self._left < 0:
            raise Refused("too-large", "expected fewer bytes: more of them than an officer may leave waiting", _CLOSE)
        self._held += piece


PARTS: web.RequestKey[Parts] = web.RequestKey("parts", Parts)
_CLOSE: Final = {"Connection": "close"}
_MALFORMED = (ValueError, RuntimeError, AssertionError, LookupError, HttpProcessingError)


def parts_of(http_request: web.Request) -> Parts:
    """The parts of this body. Refused: ``unsupported-media-type``, ``too-large``, ``bad-body``."""
    if PARTS in http_request:
        return http_request[PARTS]
    if http_request.content_type != FILES_FORM:
        raise Refused("unsupported-media-type", f"expected Content-Type: {FILES_FORM}")
    most_bytes = http_request.app[DESK].settings.attachments.officer.in_bytes + MOST_BODY_BYTES
    if (http_request.content_length or 0) > most_bytes:
        raise Refused("too-large", f"expected at most {most_bytes} bytes", _CLOSE)
    parts = http_request[PARTS] = Parts(http_request, most_bytes)
    return parts


async def end_parts(http_request: web.Request) -> None:
    """Whatever came of it: no more of this body is read."""
    if PARTS in http_request:
        await http_request[PARTS].end()


def _clean(name: str) -> str:
    return name.encode("utf-8", "replace").decode()


def _ill_formed() -> Refused:
    return Refused("bad-body", f"expected a whole {FILES_FORM} in UTF-8, of at most {MOST_FIELDS} parts", _CLOSE)
