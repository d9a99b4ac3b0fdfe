"""The aiohttp app counterparts touch: five routes, and nothing else is served.

    POST /itx/1/envelopes     one exchange, see ``items``
    HEAD /itx/1/blobs/<sha>   how much of a sealed attachment is here; PUT brings more of it, see ``landing``
    GET  /itx/1/node          who this is: authority, network, digest of root 1, version of the keyset, time
    GET  /itx/1/root/<n>      the n-th root, byte for byte
    GET  /itx/1/keyset        the newest keyset, byte for byte

Rules
- Every refusal is a problem document. A fault of ours is one too, without a word about the program.
- The body is read raw: charset and compression are refused, never decoded.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from keys.card import root_digest
from keys.errors import CustodyFault
from protocol import strictjson
from tracing.clock import Clock
from tracing.exchange.documents import OwnDocuments
from tracing.exchange.inbox import Inbox
from tracing.exchange.landing import Landing
from tracing.exchange.problems import SERVER, Refusal, problem, unread
from tracing.listening import BodyRefused, Intake
from tracing.post import Identity
from tracing.store import StoreUnavailable

__all__ = ["Door", "build_app", "refuse"]

JSON = "application/json"
BLOBS = r"/itx/1/blobs/{digest:[0-9a-f]{64}}"


@dataclass(frozen=True, slots=True)
class Door:
    """The handlers and what they need."""

    inbox: Inbox
    intake: Intake
    landing: Landing
    me: Callable[[], Identity]
    documents: Callable[[], OwnDocuments]
    clock: Clock
    refused: Callable[[str], None]

    async def envelopes(self, http_request: web.Request) -> web.Response:
        """POST /itx/1/envelopes."""
        try:
            check_media_type(http_request)
            body = await self._body(http_request)
        except Refusal as refusal:
            self.refused(refusal.code)
            raise
        reply = await self.inbox.take(body)
        return web.Response(status=reply.status, body=reply.body, content_type=JSON)

    async def _body(self, http_request: web.Request) -> bytes:
        try:
            return await self.intake.read(http_request)
        except BodyRefused as error:
            raise unread(error) from error

    async def node(self, _: web.Request) -> web.Response:
        """GET /itx/1/node."""
        me, documents = self.me(), self.documents()
        keyset = {"ver": me.keyset_version, "sha256": me.keyset_sha256}
        root = {"ver": len(documents.roots), "digest": root_digest(documents.roots[0])}
        members = {"itx": 1, "authority": me.authority, "net": me.net, "root": root, "keyset": keyset}
        return _document(strictjson.dump(members | {"clock": self.clock.now_ms()}))

    async def root(self, http_request: web.Request) -> web.Response:
        """GET /itx/1/root/<n>."""
        roots, number = self.documents().roots, int(http_request.match_info["n"])
        if not 1 <= number <= len(roots):
            raise Refusal(404, "not-found", f"expected a root from 1 to {len(roots)}")
        return _document(roots[number - 1])

    async def keyset(self, _: web.Request) -> web.Response:
        """GET /itx/1/keyset."""
        return _document(self.documents().keyset)


def build_app(door: Door) -> web.Application:
    """The app of the listener for counterparts."""
    app = web.Application(middlewares=[_border])
    app.router.add_post("/itx/1/envelopes", door.envelopes, expect_handler=_expect)
    app.router.add_head(BLOBS, door.landing.head)
    app.router.add_put(BLOBS, door.landing.put, expect_handler=_expect)
    app.router.add_get("/itx/1/node", door.node)
    app.router.add_get(r"/itx/1/root/{n:[0-9]{1,6}}", door.root)
    app.router.add_get("/itx/1/keyset", door.keyset)
    app.on_response_prepare.append(_name_server)
    return app


def check_media_type(http_request: web.Request) -> None:
    """415 unless it is plain JSON in UTF-8."""
    if http_request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise Refusal(415, "media-type", "expected no compression")
    if http_request.content_type != JSON:
        raise Refusal(415, "media-type", f"expected {JSON}")
    if (http_request.charset or "utf-8").lower() not in ("utf-8", "utf8"):
        raise Refusal(415, "media-type", "expected UTF-8")


@web.middleware
async def _border(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The one place that turns what went wrong into HTTP."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return refusal.response()
    except StoreUnavailable as error:
        structlog.get_logger().error("exchange.store_unavailable", reason=str(error))
        return Refusal(503, "busy", "nothing was stored; send it again", retry_after_s=5).response()
    except CustodyFault as error:
        structlog.get_logger().error("exchange.keys_unavailable", reason=str(error))
        return Refusal(503, "busy", "nothing can be receipted just now; send it again", retry_after_s=5).response()
    except web.HTTPMethodNotAllowed as error:
        answer = problem(405, "method", f"expected {' or '.join(sorted(error.allowed_methods))}")
        answer.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        return answer
    except web.HTTPNotFound:
        return problem(404, "not-found", "nothing is served here")


async def _expect(http_request: web.Request) -> web.StreamResponse | None:
    """RFC 9110, section 10.1.1: go on, or say that this expectation is not known."""
    if http_request.headers.get(hdrs.EXPECT, "").lower() != "100-continue":
        return problem(417, "schema", "expected 100-continue")
    await http_request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return None


def refuse(status: int, error: BaseException | None) -> web.Response:
    """What was no HTTP, or a fault of ours outside the app: a problem document, and nothing of the program in it."""
    if status >= 500:
        structlog.get_logger().error("exchange.fault", fault=type(error).__name__)
        answer = problem(500, "busy", "the fault is on this side and was noted")
    else:
        answer = problem(status, "schema", "expected HTTP/1.1")
    answer.headers[hdrs.SERVER] = SERVER
    return answer


async def _name_server(_: web.Request, response: web.StreamResponse) -> None:
    response.headers[hdrs.SERVER] = SERVER


def _document(body: bytes) -> web.Response:
    etag = f'"{hashlib.sha256(body).hexdigest()}"'
    return web.Response(body=body, content_type=JSON, headers={hdrs.ETAG: etag, hdrs.CACHE_CONTROL: "no-cache"})
