"""Who is asking: accounts, bearer tokens, browser sessions.

Rules
- A browser has a session: a cookie (HttpOnly, SameSite=Strict, Secure over TLS) named after the authority, because
  cookies are shared by all ports of a host and several nodes may stand there. Whatever it changes needs the CSRF token.
- A script has a bearer token. Whoever sends ``Authorization`` is judged by that alone; no cookie helps.
- ``of_request`` is asked once per HTTP request by the gate; routes use ``actor_of`` and ``csrf_of``.

    session = await accounts.sign_in(name, password, address=address_of(...))
    accounts.keep(response, session, http_request)
"""

from dataclasses import dataclass

import structlog
from aiohttp import web

from tracing.casework.insight import opened_to
from tracing.casework.policy import Actor, Opened, may
from tracing.clock import Clock, Ids
from tracing.desk.passwords import Passwords, PasswordsBusy
from tracing.desk.problems import Refused
from tracing.desk.throttle import Throttle, TooManyAttempts
from tracing.store import Store, Tx, people
from tracing.store.people import Person

__all__ = ["Accounts", "Session", "actor_of", "csrf_of", "has_session"]

SESSION_MS = 12 * 3600 * 1000  # a working day: nobody signs in twice, nobody stays overnight
LONGEST_NAME = 80
MOST_HEADER = 200  # characters; a token of ours has 47

PERSON: web.RequestKey[Person] = web.RequestKey("person", Person)
OPENED: web.RequestKey[Opened] = web.RequestKey("opened", Opened)


@dataclass(frozen=True, slots=True)
class Session:
    """A session just begun. ``cookie`` is its secret, known here only once."""

    actor: Actor
    cookie: str
    csrf: str
    expires_ms: int


class Accounts:
    """Signing in and out, and recognising who asks."""

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._throttle = Throttle(clock)
        self._passwords = Passwords(ids)
        self.cookie_name = "tracing"

    def name_cookie(self, authority: str) -> None:
        """Name the cookie after the node, so that two nodes on one host do not overwrite each other's."""
        self.cookie_name = f"tracing_{authority}"

    async def sign_in(self, name: str, password: str, *, address: str = "") -> Session:
        """Begin a session. Raises Refused: ``sign-in-refused``, ``too-many`` (with Retry-After) or ``unavailable``."""
        self._admit(name, address)
        is_name = name.isprintable() and len(name) <= LONGEST_NAME
        stored = await self._store.read(lambda view: people.password_of(view, name)) if is_name else None
        try:
            known = await self._passwords.verify(stored, password)
        except PasswordsBusy as error:
            raise Refused(
                "unavailable", "too many people are signing in just now; try again", {"Retry-After": "5"}
            ) from error
        if not known:
            structlog.get_logger().warning(
                "desk.sign_in_refused", user=name if stored else "(unknown)", address=address
            )
            raise Refused("sign-in-refused", "name or password is wrong")
        self._throttle.succeeded(name, address)
        return await self._begin(name)

    async def _begin(self, name: str) -> Session:
        def begin(tx: Tx) -> Session:
            someone = people.person(tx, name)
            if someone is None:  # closed while the password was looked at
                raise Refused("sign-in-refused", "name or password is wrong")
            people.forget_old_sessions(tx)
            cookie, csrf, expires_ms = people.open_session(tx, name, SESSION_MS)
            return Session(Actor(someone.name, someone.role, someone.language), cookie, csrf, expires_ms)

        return await self._store.write(begin)

    def _admit(self, name: str, address: str) -> None:
        try:
            self._throttle.attempt(name[:LONGEST_NAME], address)
        except TooManyAttempts as error:
            raise Refused("too-many", str(error), {"Retry-After": str(int(error.wait_s) + 1)}) from error

    async def sign_out(self, http_request: web.Request) -> None:
        """End the session of this browser, if it has one."""
        if cookie := http_request.cookies.get(self.cookie_name):
            await self._store.write(lambda tx: people.close_session(tx, people.digest_of(cookie)))

    def keep(self, response: web.StreamResponse, session: Session, http_request: web.Request) -> None:
        """Give the browser its cookie; it ends with the session."""
        response.set_cookie(
            self.cookie_name,
            session.cookie,
            max_age=SESSION_MS // 1000,
            path="/",
            httponly=True,
            samesite="Strict",
            secure=_is_secure(http_request),
        )

    def drop(self, response: web.StreamResponse) -> None:
        """Take the cookie back."""
        response.del_cookie(self.cookie_name, path="/", httponly=True, samesite="Strict")

    async def of_request(self, http_request: web.Request) -> Actor | None:
        """Who asks, or None. Asked by the gate before any route."""
        someone = await self._person(http_request)
        if someone is None:
            return None
        http_request[PERSON] = someone
        return actor_of(http_request)

    async def _person(self, http_request: web.Request) -> Person | None:
        if (header := http_request.headers.get("Authorization")) is not None:
            scheme, _, token = header[:MOST_HEADER].partition(" ")
            if scheme.lower() != "bearer":
                return None
            return await self._store.read(lambda view: people.with_token(view, people.digest_of(token.strip())))
        if (cookie := http_request.cookies.get(self.cookie_name)) is not None:
            now_ms = self._clock.now_ms()
            return await self._store.read(lambda view: people.with_session(view, people.digest_of(cookie), now_ms))
        return None

    async def open_case(self, http_request: web.Request) -> None:
        """Let an auditor read the case of the path where its content is released to him now."""
        actor = actor_of(http_request)
        if may(actor.role, "ask-content"):
            case_id, now_ms = http_request.match_info["case"], self._clock.now_ms()
            opened = await self._store.read(lambda view: opened_to(view, actor.name, case_id, now_ms))
            if opened is not None:
                http_request[OPENED] = opened

    def close(self) -> None:
        """At shutdown."""
        self._passwords.close()


def actor_of(http_request: web.Request) -> Actor:
    """Who asks, on a route that is not public (KeyError on one that is, when nobody is signed in)."""
    someone = http_request[PERSON]
    return Actor(someone.name, someone.role, someone.language, http_request.get(OPENED))


def csrf_of(http_request: web.Request) -> str:
    """What every form of this session carries as ``csrf`` (scripts: header ``X-CSRF-Token``); "" without a session."""
    someone = http_request.get(PERSON)
    return (someone.csrf or "") if someone else ""


def has_session(http_request: web.Request) -> bool:
    """Whether it is a browser's session that asks, and not a bearer token."""
    return bool(csrf_of(http_request))


def _is_secure(http_request: web.Request) -> bool:
    """Over TLS here, or at a reverse proxy on this machine that says so. Believing a liar only makes it stricter."""
    return http_request.secure or http_request.headers.get("X-Forwarded-Proto", "").lower() == "https"
