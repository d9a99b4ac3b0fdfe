"""The one place that turns what went wrong into an answer: RFC 9457 problem documents with a stable ``code``.

Rules
- ``code`` never changes its meaning; ``detail`` is for people: what was expected, what came, what to do.
- A refusal of casework brings its own status and code; what the reader of HTTP found is in ``KINDS``.
- A fault of ours is 500 ``fault`` and says nothing more; the log holds its type and places, no values.

    raise Refused("bad-query", "limit: expected 1 to 200, got 0")
"""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import structlog
from aiohttp import web

from keys.errors import CustodyFault
from tracing.casework.errors import CaseworkError, Incomplete, Restricted
from tracing.desk.answers import dump
from tracing.store import StoreUnavailable
from tracing.store.content import Erased
from tracing.store.cursors import CursorInvalid

__all__ = ["KINDS", "Problem", "Refused", "document", "log_fault", "of_error", "respond"]

KINDS: dict[str, tuple[int, str]] = {
    "bad-request": (400, "This is not a well formed HTTP request"),
    "bad-json": (400, "The body is not JSON this node takes"),
    "bad-body": (400, "The body is not of the expected shape"),
    "bad-query": (400, "The query cannot be understood"),
    "bad-cursor": (400, "The cursor is not one this node gave out"),
    "bad-header": (400, "A header cannot be understood"),
    "unauthenticated": (401, "Sign in, or send a bearer token"),
    "sign-in-refused": (401, "Name or password is wrong"),
    "forbidden": (403, "You may not do this"),
    "cross-site": (403, "This came from another site"),
    "csrf": (403, "The form is not one this session was given"),
    "not-found": (404, "There is no such thing here"),
    "unknown-verb": (404, "No such act in this version"),
    "method-not-allowed": (405, "This cannot be done here"),
    "too-slow": (408, "The body did not arrive in time"),
    "in-progress": (409, "The first call with this key is still running"),
    "erased": (410, "The content of this case was erased"),
    "too-large": (413, "The body is larger than this node takes"),
    "too-long": (414, "The request line or a header is longer than this node takes"),
    "unsupported-media-type": (415, "The body is not in a form this node takes"),
    "key-reused": (422, "This key was used for another body"),
    "expectation-failed": (417, "This expectation cannot be met"),
    "too-many": (429, "Too many attempts"),
    "fault": (500, "The node made a mistake"),
    "not-a-photograph": (422, "This cannot be read as a photograph"),
    "not-printable": (422, "This cannot be put on paper"),
    "not-here": (409, "The attachment is not here"),
    "no-room": (507, "There is no room for more"),
    "unavailable": (503, "The node cannot do this just now"),
}
BY_STATUS = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 417: "expectation-failed"}
RETRY_S = "5"
TYPE = "urn:tracing:problem:"  # RFC 9457, section 3.1.1: need not be an address one can open


@dataclass(frozen=True, slots=True)
class Problem:
    """What stands in a problem document. ``more`` are its extension members."""

    status: int
    code: str
    title: str
    detail: str
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """What somebody sent cannot be taken; ``code`` is one of ``KINDS``."""

    def __init__(self, code: str, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        status, title = KINDS[code]
        self.problem = Problem(status, code, title, detail, headers=headers or {})


def of_error(error: Exception) -> Problem:
    """The problem an error is. Whatever nobody expected is a fault of ours, and logged as one."""
    for kind, turn in _TURNS:
        if isinstance(error, kind) and (problem := turn(error)) is not None:
            return problem
    log_fault(error)
    return _kind("fault", "it was written to the log; nothing was changed by this call unless a list shows it")


def document(problem: Problem) -> dict[str, Any]:
    """The members of RFC 9457 and our ``code``."""
    return {
        "type": TYPE + problem.code,
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        **problem.more,
    }


def respond(problem: Problem) -> web.Response:
    """The problem as an answer."""
    return web.Response(
        status=problem.status,
        body=dump(document(problem)),
        content_type="application/problem+json",
        headers=problem.headers,
    )


def _kind(code: str, detail: str, headers: Mapping[str, str] | None = None) -> Problem:
    return Refused(code, detail, headers).problem


def _of_casework(error: CaseworkError) -> Problem:
    headers = {} if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}
    return Problem(error.status, error.code, error.title, error.detail, headers=headers)


def _of_incomplete(error: Incomplete) -> Problem:
    more = {"problems": [asdict(one) for one in error.problems]}
    return Problem(error.status, error.code, error.title, error.detail, more)


def _of_restricted(error: Restricted) -> Problem:
    more = {"obstacles": [asdict(one) for one in error.obstacles]}
    return Problem(error.status, error.code, error.title, error.detail, more)


def _of_http(error: web.HTTPException) -> Problem | None:
    """What aiohttp refuses; None for a status of 500 and above, which it has no business to raise."""
    if error.status >= 500:
        return None
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return _kind(BY_STATUS.get(error.status, "bad-request"), error.reason, headers)


def _of_store(_error: StoreUnavailable) -> Problem:
    detail = "the database cannot take or give anything just now; nothing was done"
    return _kind("unavailable", detail, {"Retry-After": RETRY_S})


_TURNS: tuple[tuple[type[Exception], Callable[[Any], Problem | None]], ...] = (
    (Refused, lambda error: error.problem),
    (Incomplete, _of_incomplete),  # before CaseworkError, which it is one of
    (Restricted, _of_restricted),
    (CaseworkError, _of_casework),
    (StoreUnavailable, _of_store),
    (CustodyFault, lambda error: _kind("unavailable", str(error), {"Retry-After": RETRY_S})),
    (CursorInvalid, lambda _: _kind("bad-cursor", "take it from the member next of the page before")),
    (Erased, lambda _: _kind("erased", "its content key was destroyed; the audit trail still holds its digests")),
    (web.HTTPException, _of_http),
)


def log_fault(error: BaseException) -> None:
    """Type and place of a fault. Its text may quote what an officer wrote, so it stays out of the log."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    structlog.get_logger().error("desk.fault", fault=type(error).__name__, places=places)
