"""JSON out: UTF-8, compact, instants as RFC 3339 in UTC with milliseconds.

JSON in goes through ``protocol.strictjson``.

instant(1_790_000_000_000)  ->  "2026-09-21T14:13:20.000Z"
"""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from tracing.clock import from_ms

__all__ = ["answer", "dump", "instant"]

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def dump(value: Any) -> bytes:
    """The bytes of an answer. Members stay in the order they were written in."""
    return _encode(value).encode("utf-8")


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """A JSON answer."""
    return web.Response(status=status, body=dump(value), content_type="application/json", headers=headers)


def instant(at_ms: int | None) -> str | None:
    """The RFC 3339 spelling of an instant, None for none."""
    return None if at_ms is None else f"{from_ms(at_ms):%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"
