"""Bundles: what waits for a counterpart as a file to carry away, and such files taken in.

GET  /bundles              what waits for whom, and the form for a file that came
POST /bundles/{authority}  the file for one counterpart, as a download
POST /bundles              a file that came (multipart): what became of it, and the way back

Rules
- A file holds what is sealed and signed already: whoever carries it learns whom it is between, when, and how much.
- What comes is kept nowhere as it is: it is read from a file without a name, which goes with the answer.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any, Final

from aiohttp import web
from sqlalchemy import func, select

from tracing.clock import from_ms
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import authority_of
from tracing.desk.carrying import BundleRefused, BundleReport, Bundles
from tracing.desk.context import DESK, Desk
from tracing.desk.pages.countries import country_name
from tracing.desk.pages.frame import frame_of, page
from tracing.desk.pages.posted import read_posted
from tracing.desk.pages.tongue import _
from tracing.desk.parts import Picked, Written, parts_of
from tracing.desk.problems import Refused
from tracing.desk.reading import read_query
from tracing.desk.routes import route
from tracing.store import View
from tracing.tables import Carried, Outbox, table_of

__all__ = ["ROUTES"]

FILE: Final = "bundle"
PIECE_BYTES: Final = 256 * 1024
NAME_BYTES: Final = 8
_outbox, _carried = table_of(Outbox), table_of(Carried)
_WAITING = select(_outbox.c.counterpart, _outbox.c.item, func.count().label("number")).group_by(
    _outbox.c.counterpart, _outbox.c.item
)
_NEWEST = (
    select(_carried.c.counterpart, func.max(_carried.c.at_ms).label("at_ms"))
    .where(_carried.c.direction == "out")
    .group_by(_carried.c.counterpart)
)


@route("GET", "/bundles", policy="carry")
async def show_bundles(http_request: web.Request) -> web.Response:
    """The list and the form."""
    read_query(http_request)
    return await _shown(http_request)


@route("POST", "/bundles/{authority}", policy="carry")
async def make(http_request: web.Request) -> web.StreamResponse:
    """Everything that waits for one counterpart, as a download; or the page again with why not."""
    await read_posted(http_request)
    desk, authority = http_request.app[DESK], authority_of(http_request)
    name = f"{desk.settings.authority}-{authority}-{from_ms(desk.clock.now_ms()):%Y%m%dT%H%M%SZ}.itx"
    async with _place(desk) as place:
        try:
            await _bundles(desk).pack(authority, place, actor=actor_of(http_request).name)
        except BundleRefused as error:
            return await _shown(http_request, wrong=str(error), status=422)
        except OSError as error:
            raise Refused("no-room", "the disk of this node takes no more; nothing was made") from error
        with await asyncio.to_thread(place.open, "rb") as file:
            return await _send(http_request, file, name)


@route("POST", "/bundles", policy="carry")
async def take(http_request: web.Request) -> web.Response:
    """A file that came."""
    try:
        report = await _taken(http_request)
    except BundleRefused as error:
        wrong = _("This file was refused, and nothing of it was taken: %(why)s (%(code)s)")
        return await _shown(http_request, wrong=wrong % {"why": error, "code": error.code}, status=422)
    except OSError as error:
        raise Refused("no-room", "the disk of this node takes no more; take the file in again later") from error
    if report is None:
        return await _shown(http_request, wrong=_("Choose a file first."), status=422)
    return await _shown(http_request, report=report)


async def _taken(http_request: web.Request) -> BundleReport | None:
    """What became of it; None where no file was picked."""
    desk = http_request.app[DESK]
    with tempfile.TemporaryFile(dir=desk.folder.path) as file:
        if not await _received(http_request, file):
            return None
        return await _bundles(desk).take(file, actor=actor_of(http_request).name)


ROUTES = [show_bundles, make, take]


# ---------------------------------------------------------------- files


def _bundles(desk: Desk) -> Bundles:
    if desk.bundles is None:
        raise Refused("unavailable", "this desk makes and takes no bundles")
    return desk.bundles


@asynccontextmanager
async def _place(desk: Desk) -> AsyncIterator[Path]:
    """Where a file may be until it is sent; what a crash leaves is swept with the folder of attachments."""
    place = desk.folder.path / f"new-bundle-{desk.ids.random_bytes(NAME_BYTES).hex()}.itx"
    try:
        yield place
    finally:
        await asyncio.to_thread(place.unlink, missing_ok=True)


async def _received(http_request: web.Request, file: IO[bytes]) -> int:
    """The bytes of the file that was picked, into ``file``; how many there are. Refused."""
    size = 0
    async for part in parts_of(http_request):
        if isinstance(part, Written):
            continue
        if part.name != FILE:
            raise Refused("bad-body", "expected one file, the bundle", {"Connection": "close"})
        size += await _copied(part, file)
    await asyncio.to_thread(file.seek, 0)
    return size


async def _copied(part: Picked, file: IO[bytes]) -> int:
    size = 0
    async for piece in part.pieces:
        size += await asyncio.to_thread(file.write, piece)
    return size


async def _send(http_request: web.Request, file: IO[bytes], name: str) -> web.StreamResponse:
    response = web.StreamResponse(headers={
        "Content-Type": "application/octet-stream", "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
    })  # fmt: skip
    response.content_length = await asyncio.to_thread(lambda: Path(file.name).stat().st_size)
    await response.prepare(http_request)
    while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
        await response.write(piece)
    await response.write_eof()
    return response


# ---------------------------------------------------------------- the page


async def _shown(
    http_request: web.Request, *, wrong: str = "", report: BundleReport | None = None, status: int = 200
) -> web.Response:
    desk = http_request.app[DESK]
    waiting, newest = await desk.store.read(_look)
    known = [one for one in desk.partners.all() if one.on_node]
    rows: list[dict[str, Any]] = [
        {
            "authority": one.authority, "country": country_name(one.country), "by_file": one.carriage == "file",
            "may": one.may_be_written_to, "messages": waiting.get((one.authority, "envelope"), 0),
            "receipts": waiting.get((one.authority, "receipt"), 0), "newest": newest.get(one.authority),
        }
        for one in known
    ]  # fmt: skip
    rows.sort(key=lambda row: (not row["by_file"], row["country"]))
    return page(
        "bundles.html", frame_of(http_request), status=status, rows=rows, wrong=wrong,
        report=None if report is None else _report(desk, report),
    )  # fmt: skip


def _look(view: View) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
    waiting: dict[tuple[str, str], int] = {
        (row.counterpart, row.item): row.number for row in view.conn.execute(_WAITING)
    }
    newest: dict[str, int] = {row.counterpart: row.at_ms for row in view.conn.execute(_NEWEST)}
    return waiting, newest


def _report(desk: Desk, report: BundleReport) -> dict[str, Any]:
    partner = desk.partners.get(report.sender)
    names = ("bundle", "sender", "part", "of", "made_ms", "accepted", "known", "receipts", "attachments", "refused")
    found = {name: getattr(report, name) for name in names}
    country = report.sender if partner is None else country_name(partner.country)
    return found | {"country": country, "faults": report.faults, "more": report.refused - len(report.faults)}
