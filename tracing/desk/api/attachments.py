"""Attachments: bringing one in, taking one out of a case, asking for an original.

Rules
- A body is sealed as it comes and never whole in memory; what goes out is opened as it goes.
- Out they go as downloads only: of unknown kind but for two kinds of pictures, under a policy that lets a browser do
  nothing with them. Who reads one leaves an entry in the audit trail before the first byte.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote

import structlog
from aiohttp import web

from keys.errors import SealUnreadable
from protocol.attachments import MAX_BYTES, MAX_NAME_CHARS, Attachment, is_name, is_type
from tracing.attachments import TooLong, opened
from tracing.attachments.photographs import NotAPhotograph
from tracing.attachments.uploads import LyingAround, Upload
from tracing.casework.attaching import Borne, ask_for, find_borne, find_drafted
from tracing.desk.accounts import actor_of
from tracing.desk.answers import answer
from tracing.desk.api.asked import case_of
from tracing.desk.api.said.attachments import AskedSaid, AttachmentSaid
from tracing.desk.bringing import bring
from tracing.desk.context import DESK
from tracing.desk.problems import Refused
from tracing.desk.reading import read_pieces, read_query
from tracing.desk.routes import Described, route

__all__ = ["ATTACHMENT_ROUTES", "ask_for_original"]

SHOWABLE: Final = frozenset({"image/jpeg", "image/png"})
UNKNOWN: Final = "application/octet-stream"
# What a browser may do with it: nothing. (CSP level 3; RFC 6266; the sniffing of types is off.)
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


# ---------------------------------------------------------------- in


@route(
    "POST",
    "/api/v1/attachments",
    policy="attach",
    describe=Described(
        tag="attachments",
        summary="Bring in a file for an act to come: the body is the file, Content-Type its kind, name its name",
        answer=AttachmentSaid,
        status=201,
        query=("name", "original"),
        problems=("bad-query", "bad-body", "too-large", "too-slow", "no-room", "not-a-photograph"),
    ),
)
async def bring_in(http_request: web.Request) -> web.StreamResponse:
    name, media_type, keep = _asked(http_request)
    pieces = read_pieces(http_request)
    try:
        upload = await bring(http_request, pieces, name=name, media_type=media_type, keep_original=keep)
    except TooLong as error:
        raise Refused("too-large", str(error), {"Connection": "close"}) from error
    except NotAPhotograph as error:
        raise Refused("not-a-photograph", f"{error}; with original=keep it is taken as it is") from error
    except OSError as error:
        raise Refused("no-room", "the disk of this node takes no more; nothing was kept") from error
    except LyingAround as error:
        raise Refused("no-room", "use what you brought in, or let a day pass: too much of it waits") from error
    return answer(_said(upload), 201)


def _asked(http_request: web.Request) -> tuple[str, str, bool]:
    """Name, media type and whether the original is kept."""
    query = read_query(http_request, "name", "original")
    name, keep, media_type = query.get("name", "attachment"), query.get("original"), http_request.content_type.lower()
    if not is_name(name):
        raise Refused("bad-query", f"name: expected 1 to {MAX_NAME_CHARS} characters in one line, without a path")
    if keep not in (None, "keep"):
        raise Refused("bad-query", "original: expected keep, or nothing")
    if not is_type(media_type):
        raise Refused("unsupported-media-type", "expected a Content-Type such as image/jpeg")
    if http_request.content_length == 0 or (http_request.content_length or 0) > MAX_BYTES:
        code = "too-large" if http_request.content_length else "bad-body"
        raise Refused(code, f"expected 1 to {MAX_BYTES} bytes", {"Connection": "close"})
    return name, media_type, keep == "keep"


def _said(upload: Upload) -> dict[str, Any]:
    *copies, one = upload.attachments
    copy = {"name": copies[0].name, "type": copies[0].type, "length": copies[0].length} if copies else None
    about = {"attachment": upload.id, "name": one.name, "type": one.type, "length": one.length, "sha256": one.sha256}
    return about | {"removed": list(upload.removed), "notice": upload.notice, "copy": copy}


# ---------------------------------------------------------------- out


@route(
    "GET",
    "/api/v1/cases/{case}/attachments/{mid}/{n}",
    policy="read",
    opens=True,
    describe=Described(
        tag="attachments",
        summary="One attachment of a message, as a download; the reading is noted in the audit trail",
        problems=("not-found", "not-here", "erased"),
    ),
)
async def take_out(http_request: web.Request) -> web.StreamResponse:
    read_query(http_request)
    desk, actor, case_id = http_request.app[DESK], actor_of(http_request), case_of(http_request)
    mid, n = http_request.match_info["mid"], _number(http_request)
    held = await desk.store.read(lambda view: find_borne(view, case_id, mid, n))
    if held.state == "spoiled" or not await asyncio.to_thread(desk.folder.holds, held.attachment.ct_sha256):
        raise Refused("not-here", _why_not(held))
    await desk.office.note_read(actor, (case_id,), f"attachment {n} of {mid}")
    return await _send(http_request, held.attachment, opened(desk.folder, held.attachment, net=desk.settings.net))


@route(
    "GET",
    "/api/v1/cases/{case}/drafts/{draft}/attachments/{n}",
    policy="read",
    opens=True,
    describe=Described(
        tag="attachments",
        summary="One attachment of what waits for a second person, as a download; the reading is noted",
        problems=("not-found", "not-here", "erased"),
    ),
)
async def take_out_drafted(http_request: web.Request) -> web.StreamResponse:
    read_query(http_request)
    desk, actor, case_id = http_request.app[DESK], actor_of(http_request), case_of(http_request)
    draft, n = http_request.match_info["draft"], _number(http_request)
    held = await desk.store.read(lambda view: find_drafted(view, case_id, draft, n))
    if not await asyncio.to_thread(desk.folder.holds, held.ct_sha256):
        raise Refused("not-here", "its file is gone; have it attached anew")
    await desk.office.note_read(actor, (case_id,), f"attachment {n} of draft {draft}")
    return await _send(http_request, held, opened(desk.folder, held, net=desk.settings.net))


def _why_not(held: Borne) -> str:
    if held.state == "spoiled":
        return "it came, and is not what its sender said it is; ask its sender"
    if held.state == "on_demand":
        return "its sender holds it back until it is asked for; ask for it first"
    return "it has not come yet"


async def _send(http_request: web.Request, one: Attachment, plain: Iterator[bytes]) -> web.StreamResponse:
    """Open and send piece by piece. What turns out to be wrong on the way cuts the connection: nothing looks whole."""
    response = web.StreamResponse(headers=_HEADERS | {"Content-Disposition": _disposition(one.name)})
    response.content_type = one.type if one.type in SHOWABLE else UNKNOWN
    response.content_length = one.length
    await response.prepare(http_request)
    if http_request.method == "HEAD":
        return response
    try:
        while piece := await asyncio.to_thread(next, plain, b""):
            await response.write(piece)
    except (SealUnreadable, OSError) as error:
        structlog.get_logger().warning("desk.attachment_broke_off", fault=type(error).__name__)
        if http_request.transport is not None:
            http_request.transport.abort()
        return response
    with suppress(ConnectionError):
        await response.write_eof()
    return response


def _disposition(name: str) -> str:
    """RFC 6266 with RFC 8187's spelling of the name, and a plain one for old readers."""
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._- ") else "_" for sign in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _number(http_request: web.Request) -> int:
    text = http_request.match_info["n"]
    if not (text.isascii() and text.isdecimal() and len(text) <= 2):
        raise Refused("not-found", "the path does not name an attachment by its place")
    return int(text)


# ---------------------------------------------------------------- on demand


@route(
    "POST",
    "/api/v1/cases/{case}/attachments/{mid}/{n}",
    policy="ask",
    describe=Described(
        tag="attachments",
        summary="Ask its sender's node for an original that waits there on demand",
        answer=AskedSaid,
        status=202,
        problems=("not-found", "illegal-move", "erased"),
    ),
)
async def ask_for_it(http_request: web.Request) -> web.StreamResponse:
    case_id, mid, n = await ask_for_original(http_request)
    return answer({"case": case_id, "mid": mid, "n": n, "state": "waiting"}, 202)


async def ask_for_original(http_request: web.Request) -> tuple[str, str, int]:
    """Ask for the attachment that the path names; case, message and place."""
    desk, actor, case_id = http_request.app[DESK], actor_of(http_request), case_of(http_request)
    mid, n = http_request.match_info["mid"], _number(http_request)
    counterpart = await desk.store.write(lambda tx: ask_for(tx, actor, case_id, mid, n))
    desk.signals.ring(f"blobs:{counterpart}")
    return case_id, mid, n


ATTACHMENT_ROUTES = (bring_in, take_out, take_out_drafted, ask_for_it)
