"""Refusals that nobody signs: problem documents (RFC 9457) with a ``code``.

Before the outer signature verifies, a refusal ends no message: a bit flipped on the way must not draw a genuine
"never". ``code`` is one of the closed list of the wire, or one of the four that belong to HTTP: ``not-found``,
``method``, ``media-type``, ``too-slow``.

    raise Refusal(413, "too-large", "expected at most 8 MiB")
"""

from typing import Any

from aiohttp import web

from protocol import strictjson
from tracing.listening import BodyRefused

__all__ = ["MEDIA_TYPE", "SERVER", "Refusal", "problem", "unread"]

MEDIA_TYPE = "application/problem+json"
SERVER = "itx"  # the header Server without names or versions of programs
TITLES = {
    400: "The request cannot be taken",
    401: "The sender is not known here",
    403: "The exchange with the sender is suspended",
    404: "There is nothing here",
    405: "Another method is expected",
    409: "This begins where nothing ends",
    408: "The request came too slowly",
    413: "The request is too large",
    415: "Another media type is expected",
    422: "These are not the bytes that were named",
    429: "Too much at once",
    500: "The node failed",
    503: "Not now",
    507: "There is no room",
}


class Refusal(Exception):
    """Answer with a problem document. ``members`` are further members of it, ``offset`` where a blob goes on."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        retry_after_s: int | None = None,
        offset: int | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.retry_after_s = retry_after_s
        self.offset = offset
        self.members = members

    def response(self) -> web.Response:
        """The document, with Retry-After where trying again can help."""
        answer = problem(self.status, self.code, self.detail, **self.members)
        if self.retry_after_s is not None:
            answer.headers["Retry-After"] = str(self.retry_after_s)
        if self.offset is not None:
            answer.headers["Upload-Offset"] = str(self.offset)
        return answer


def unread(error: BodyRefused) -> Refusal:
    """A body that did not come as it should, in the words of the wire."""
    status, code = _UNREAD[error.why]
    return Refusal(status, code, error.detail, retry_after_s=error.retry_after_s)


_UNREAD = {
    "too-slow": (408, "too-slow"), "too-large": (413, "too-large"), "busy": (503, "busy"), "broken": (400, "schema"),
}  # fmt: skip


def problem(status: int, code: str, detail: str, **members: Any) -> web.Response:
    """A problem document. ``detail`` says what was expected; never a payload, never a stack trace."""
    document = {"status": status, "code": code, "title": TITLES.get(status, "Refused"), "detail": detail, **members}
    return web.Response(status=status, body=strictjson.dump(document), content_type=MEDIA_TYPE)
