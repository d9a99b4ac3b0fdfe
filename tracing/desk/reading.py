"""Reading what somebody sent: bodies, forms, queries, headers. Whatever is wrong becomes ``Refused``, never a fault.

Rules
- Nothing compressed: a small body could unpack into a large one, and no browser compresses what it sends.
- A body comes at a pace (``tracing.listening``) and has 2 MiB at most: a dossier of a thousand weapons, and no more.
- JSON goes through ``protocol.strictjson``; a JSON number with a fraction is refused (quantities travel as text).
- A query has only the names its route knows, each once: a filter with a typing error must not show everything.
"""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp import web

from protocol import strictjson
from protocol.errors import ProtocolError, TooLarge
from tracing.desk.problems import Refused
from tracing.listening import BodyRefused, Intake

__all__ = [
    "INTAKE",
    "MOST_BODY_BYTES",
    "idempotency_key",
    "if_match",
    "is_known",
    "preferred_wait_s",
    "read_body",
    "read_form",
    "read_json",
    "read_object",
    "read_pieces",
    "read_query",
]

MOST_BODY_BYTES: Final = 2 * 1024 * 1024
MOST_FIELDS: Final = 500
MOST_QUERY: Final = 4096
LONGEST_WAIT_S: Final = 25.0  # decision 30; below the patience of reverse proxies

BODY: web.RequestKey[bytes] = web.RequestKey("body", bytes)
INTAKE: web.AppKey[Intake] = web.AppKey("intake", Intake)
UNREAD = {"too-slow": "too-slow", "too-large": "too-large", "busy": "unavailable", "broken": "bad-request"}
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_ETAG = re.compile(r'(W/)?"([0-9]{1,15})"')


async def read_body(http_request: web.Request) -> bytes:
    """All bytes of the body.

    Refused: ``unsupported-media-type``, ``too-large``, ``too-slow``, ``bad-request``, ``unavailable``.
    """
    if BODY in http_request:
        return http_request[BODY]
    _check_encoding(http_request)
    try:
        body = await http_request.app[INTAKE].read(http_request)
    except BodyRefused as error:
        raise _unread(error) from error
    http_request[BODY] = body
    return body


async def read_pieces(http_request: web.Request) -> AsyncIterator[bytes]:
    """A body of any length, as it comes. Refused as ``read_body``."""
    _check_encoding(http_request)
    try:
        async for piece in http_request.app[INTAKE].pieces(http_request):
            yield piece
    except BodyRefused as error:
        raise _unread(error) from error


def _check_encoding(http_request: web.Request) -> None:
    if http_request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refused("unsupported-media-type", "send the body without Content-Encoding")


def _unread(error: BodyRefused) -> Refused:
    retry = {} if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}
    return Refused(UNREAD[error.why], error.detail, {"Connection": "close"} | retry)


async def read_json(http_request: web.Request) -> Any:
    """The JSON value of the body. Refused: ``unsupported-media-type``, ``bad-json``, or what ``read_body`` refuses."""
    _check_type(http_request, "application/json")
    body = await read_body(http_request)
    try:
        return strictjson.load(body, MOST_BODY_BYTES)
    except TooLarge as error:
        raise Refused("too-large", str(error)) from error
    except ProtocolError as error:
        raise Refused("bad-json", f"{error}; numbers with a fraction are not taken: write them as text") from error


async def read_object(http_request: web.Request) -> dict[str, Any]:
    """The JSON object of the body; an empty body is an empty object. Refused also: ``bad-body``."""
    if not await read_body(http_request):
        return {}
    value = await read_json(http_request)
    if not isinstance(value, dict):
        raise Refused("bad-body", f"expected a JSON object, got {_kind(value)}")
    return value


async def read_form(http_request: web.Request) -> dict[str, str]:
    """The fields of an HTML form, each name once (the first counts). Refused as ``read_body``, and ``bad-body``."""
    _check_type(http_request, "application/x-www-form-urlencoded")
    body = await read_body(http_request)
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise Refused("bad-body", f"expected at most {MOST_FIELDS} fields of a form in UTF-8") from error
    return dict(reversed(pairs))


def read_query(http_request: web.Request, *names: str) -> dict[str, str]:
    """The parameters of the query that have a value. Refused: ``bad-query`` for a name not in ``names``, or twice."""
    text = http_request.rel_url.raw_query_string
    if len(text) > MOST_QUERY:
        raise Refused("bad-query", f"expected at most {MOST_QUERY} characters")
    try:
        pairs = parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=50)
    except ValueError as error:
        raise Refused("bad-query", "expected parameters in UTF-8") from error
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in names:
            raise Refused("bad-query", f"expected only {', '.join(names) or 'no parameters'}, got {name[:40]!r}")
        if name in found:
            raise Refused("bad-query", f"{name}: expected once")
        found[name] = value
    return {name: value for name, value in found.items() if value}


# ---------------------------------------------------------------- headers


def idempotency_key(headers: Mapping[str, str]) -> str | None:
    """The ``Idempotency-Key``, None without one. Refused: ``bad-header``."""
    key = headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise Refused("bad-header", "Idempotency-Key: expected 1 to 255 visible ASCII characters without blanks")
    return key


def preferred_wait_s(headers: Mapping[str, str]) -> float:
    """Seconds of ``Prefer: wait=S`` (RFC 7240, section 4.3), at most 25. A preference not understood is ignored."""
    for preference in headers.get("Prefer", "")[:200].split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "wait" and re.fullmatch(r"[0-9]{1,9}", value := value.strip().strip('"')):
            return min(float(value), LONGEST_WAIT_S)
    return 0.0


def if_match(headers: Mapping[str, str]) -> int | None:
    """The version of ``If-Match: "17"`` (RFC 9110, section 13.1.1), None without one or for ``*``.

    Refused: ``bad-header``. A weak validator never matches, nor does a list here: -1, which no case ever has.
    """
    text = headers.get("If-Match", "*").strip()
    if text == "*":
        return None
    found = _ETAG.fullmatch(text)
    if found is None:
        raise Refused("bad-header", 'If-Match: expected the ETag of the case, such as "17"')
    return -1 if found[1] else int(found[2])


def is_known(headers: Mapping[str, str], etag: str) -> bool:
    """Whether ``If-None-Match`` names this validator, compared weakly (RFC 9110, section 13.1.2)."""
    given = headers.get("If-None-Match", "")[:MOST_QUERY].strip()
    return given == "*" or etag in {one.strip().removeprefix("W/") for one in given.split(",")}


def _check_type(http_request: web.Request, expected: str) -> None:
    charset = (http_request.charset or "utf-8").lower()
    if http_request.content_type != expected or charset not in {"utf-8", "utf8"}:
        raise Refused("unsupported-media-type", f"expected Content-Type: {expected} in UTF-8")


def _kind(value: Any) -> str:
    names: dict[type, str] = {list: "an array", str: "a text", bool: "true or false", int: "a number"}
    return names.get(type(value), "null")
