"""Addresses that let in whoever knows them: the form of an enquiry, a calendar feed.

Rules
- Such an address holds 256 bits of chance. Tries that lead nowhere are slowed down by address all the same (429):
  whoever makes them learns nothing, and costs little.
- What leads nowhere is 404, whatever the reason: malformed, never given out, ended, revoked.
- The log knows the pattern of the path, never the secret in it.

    with tried(http_request) as secret:
        found = await look_behind(secret)  # raises where it leads nowhere
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import web

from tracing.casework.errors import NotFound
from tracing.desk.context import DESK
from tracing.desk.origin import address_of
from tracing.desk.problems import Refused
from tracing.desk.throttle import Throttle, TooManyAttempts
from tracing.store.people import digest_of

__all__ = ["LINKS", "tried"]

LINKS: web.AppKey[Throttle] = web.AppKey("links", Throttle)
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")


@contextmanager
def tried(http_request: web.Request) -> Iterator[str]:
    """The secret of the path, to look behind; it led somewhere unless something is raised within.

    Refused: ``too-many``; NotFound for what is no secret.
    """
    throttle, secret = http_request.app[LINKS], http_request.match_info["token"]
    forwarded = http_request.headers.getall("X-Forwarded-For", [])
    address = address_of(http_request.remote, forwarded, http_request.app[DESK].settings.trusted_proxies)
    name = digest_of(secret)
    try:
        throttle.attempt(name, address)
    except TooManyAttempts as error:
        raise Refused("too-many", str(error), {"Retry-After": str(int(error.wait_s) + 1)}) from error
    if TOKEN.fullmatch(secret) is None:
        raise NotFound("this address leads nowhere; it may have been cut off: copy it whole")
    yield secret
    throttle.succeeded(name, address)
