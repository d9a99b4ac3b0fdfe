"""The desk's listener: what it takes and in which words it refuses; the deadlines are those of ``tracing.listening``.

listener = desk_listener(app)
await listener.start(host, port)
"""

from typing import Final

import structlog
from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from tracing.desk.app import harden
from tracing.desk.problems import Refused, log_fault, respond
from tracing.desk.reading import INTAKE, MOST_BODY_BYTES
from tracing.listening import Intake, Limits, Listener

__all__ = ["LIMITS", "desk_listener"]

MOST_LINE: Final = 8190  # bytes; what aiohttp reads of one line of a head
LIMITS: Final = Limits(
    rest_s=75.0,  # a browser comes back for the next page
    body_bytes=MOST_BODY_BYTES,
    most_bodies=64,
    most_body_bytes=32 * 1024 * 1024,
    most_connections=256,  # forty officers with six connections each
)


def desk_listener(app: web.Application, limits: Limits = LIMITS) -> Listener:
    """The listener of one desk's app. ``limits`` are shorter in tests."""
    app[INTAKE] = Intake(limits)
    return Listener(app, limits, _refuse)


def _refuse(status: int, error: BaseException | None) -> web.Response:
    """What could not even be parsed (400), is longer than is read (414), or a fault outside the app (500)."""
    if status < 500:
        structlog.get_logger().info("desk.not_http", fault=type(error).__name__)
        too_long = Refused("too-long", f"expected lines of at most {MOST_LINE} bytes")
        refused = too_long if isinstance(error, LineTooLong) else Refused("bad-request", "expected HTTP/1.1")
    else:
        log_fault(error or RuntimeError("no exception given"))
        refused = Refused("fault", "it was written to the log")
    response = respond(refused.problem)
    harden(response)
    return response
