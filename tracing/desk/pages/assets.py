"""The style sheets, the script and the mark of the desk: a few files, packed once, kept by browsers for ever.

The address holds a digest of the content, so a new version is a new address.
"""

import gzip
from functools import cache

from aiohttp import web

from tracing.desk.pages.frame import static, static_path
from tracing.desk.routes import PUBLIC, route

__all__ = ["ROUTES"]

KINDS = {
    "desk.css": "text/css", "calendar.css": "text/css", "desk.js": "text/javascript", "desk.svg": "image/svg+xml",
}  # fmt: skip
A_YEAR_S = 31_536_000


@route("GET", "/static/{digest}/{name}", policy=PUBLIC)
async def show_asset(http_request: web.Request) -> web.Response:
    """One of these files, under its present address only."""
    name = http_request.match_info["name"]
    if name not in KINDS or static_path(name) != http_request.path:
        raise web.HTTPNotFound(reason="no such file in this version")
    packs = "gzip" in http_request.headers.get("Accept-Encoding", "")
    headers = {"Cache-Control": f"public, max-age={A_YEAR_S}, immutable", "Vary": "Accept-Encoding"} | (
        {"Content-Encoding": "gzip"} if packs else {}
    )
    return web.Response(
        body=_packed(name) if packs else static(name),
        content_type=KINDS[name],
        charset="utf-8",
        headers=headers,
    )


ROUTES = [show_asset]


@cache
def _packed(name: str) -> bytes:
    return gzip.compress(static(name), 9, mtime=0)
