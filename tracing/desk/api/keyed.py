"""Idempotency keys: the same call twice has one effect and one answer (decision 30).

Rules
- A key belongs to its user for 30 days. The same body (and method and path) is answered again byte for byte, with
  ``Idempotency-Replayed: true``; another body is 422 ``key-reused``; a second caller waits for the first.
- A refused call changed nothing and is not kept: the corrected body may come with the same key.
- If the process dies between the act and its answer, the key is found claimed and unanswered. Whoever comes again with
  it gets what the act came to, if it was done, or has it done now: ``Deed.find`` looks for it.

    return await answer_once(http_request, Deed(perform, find))
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from sqlalchemy.exc import IntegrityError

from protocol import strictjson
from tracing.casework.errors import CaseworkError
from tracing.desk.accounts import actor_of
from tracing.desk.answers import dump
from tracing.desk.context import DESK
from tracing.desk.problems import Refused
from tracing.desk.reading import MOST_BODY_BYTES, idempotency_key, preferred_wait_s, read_body
from tracing.store import Tx, calls
from tracing.store.calls import Call

__all__ = ["TURNS", "Deed", "Done", "Turns", "answer_once"]

LONGEST_TURN_S = 60.0  # a caller waits for the first no longer; the longest Prefer: wait is 25 s
PURGE_EVERY_MS = 3600 * 1000


@dataclass(frozen=True, slots=True)
class Done:
    """What a deed came to: the status and the members of its answer.

    ``once`` are members given to whoever did it and kept nowhere: an answer given again has those of ``body`` instead.
    """

    status: int
    body: dict[str, Any]
    once: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to do once.

    ``perform`` is given a digest that names this call for ever, None without a key. ``find`` is given the instant of
    the claim and says what the deed came to since then, None if it was not done.
    """

    perform: Callable[[str | None], Awaitable[Done]]
    find: Callable[[int], Awaitable[Done | None]]


@dataclass(slots=True)
class Turns:
    """Who is at work under which key, so that a second caller waits for the first."""

    locks: dict[tuple[str, str], tuple[asyncio.Lock, int]] = field(default_factory=dict)
    next_purge_ms: int = 0

    @asynccontextmanager
    async def take(self, user: str, key: str) -> AsyncIterator[None]:
        """Hold the key; Refused ``in-progress`` after 60 s of waiting."""
        lock, holders = self.locks.get((user, key), (asyncio.Lock(), 0))
        self.locks[user, key] = lock, holders + 1
        try:
            async with asyncio.timeout(LONGEST_TURN_S):
                await lock.acquire()
            try:
                yield
            finally:
                lock.release()
        except TimeoutError as error:
            raise Refused("in-progress", "try again a little later", {"Retry-After": "10"}) from error
        finally:
            self._leave(user, key)

    def _leave(self, user: str, key: str) -> None:
        lock, holders = self.locks[user, key]
        if holders == 1:
            del self.locks[user, key]
        else:
            self.locks[user, key] = lock, holders - 1


TURNS: web.AppKey[Turns] = web.AppKey("turns", Turns)


async def answer_once(http_request: web.Request, deed: Deed) -> web.Response:
    """Do the deed, or give again what it came to under this key."""
    key = idempotency_key(http_request.headers)
    if key is None:
        done = await deed.perform(None)
        return _respond(http_request, done.status, dump(done.body | done.once))
    digest = await _digest(http_request)
    async with http_request.app[TURNS].take(actor_of(http_request).name, key):
        return await _in_turn(http_request, key, digest, deed)


async def _in_turn(http_request: web.Request, key: str, digest: str, deed: Deed) -> web.Response:
    desk, user = http_request.app[DESK], actor_of(http_request).name
    now_ms = desk.clock.now_ms()
    known = await desk.store.read(lambda view: calls.find_call(view, user, key, now_ms))
    if known is not None and known.request_sha256 != digest:
        raise Refused("key-reused", "this Idempotency-Key came before with another body; use a new one")
    if known is not None and known.status:
        return _respond(http_request, known.status, known.response, replayed=True)
    call = known or await _claim(http_request, user, key, digest)
    done = await deed.find(call.at_ms) if known else None
    if done is None:
        done = await _perform(http_request, deed, user, key, call)
    status, body = done.status, dump(done.body)
    await desk.store.write(lambda tx: calls.answer_call(tx, user, key, status, body))
    return _respond(http_request, status, dump(done.body | done.once))


async def _perform(http_request: web.Request, deed: Deed, user: str, key: str, call: Call) -> Done:
    """Do it; a refusal gives the key back. What may have been done although it failed keeps its claim."""
    name = hashlib.sha256(f"{user}\n{key}\n{call.at_ms}".encode()).hexdigest()
    try:
        return await deed.perform(name)
    except (CaseworkError, Refused) as error:
        if not isinstance(error, CaseworkError) or error.status < 500:
            await http_request.app[DESK].store.write(lambda tx: calls.drop_call(tx, user, key))
        raise


async def _claim(http_request: web.Request, user: str, key: str, digest: str) -> Call:
    desk, turns = http_request.app[DESK], http_request.app[TURNS]

    def claim(tx: Tx) -> Call:
        if tx.now_ms >= turns.next_purge_ms:
            calls.forget_old_calls(tx)
        return calls.claim_call(tx, user, key, digest)

    try:
        call = await desk.store.write(claim)
    except IntegrityError as error:
        raise Refused("in-progress", "try again a little later", {"Retry-After": "10"}) from error
    turns.next_purge_ms = max(turns.next_purge_ms, call.at_ms + PURGE_EVERY_MS)
    return call


async def _digest(http_request: web.Request) -> str:
    body = await read_body(http_request)
    return hashlib.sha256(f"{http_request.method}\n{http_request.path}\n".encode() + body).hexdigest()


def _respond(http_request: web.Request, status: int, body: bytes, *, replayed: bool = False) -> web.Response:
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    if wait_s := preferred_wait_s(http_request.headers):
        headers["Preference-Applied"] = f"wait={wait_s:.0f}"
    if status == 201:
        headers["Location"] = _place(strictjson.load(body, MOST_BODY_BYTES))
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)


def _place(said: dict[str, Any]) -> str:
    """Where what was made can be read."""
    if "feed" in said:
        return "/api/v1/feeds"
    if "matter" in said:
        return f"/api/v1/matters/{said['matter']}"
    if "enquiry" in said:
        return f"/api/v1/cases/{said['case']}/enquiries"
    dossier = said.get("dossier") or said.get("seizure")
    return f"/api/v1/dossiers/{dossier}" if dossier else f"/api/v1/cases/{said['case']}"
