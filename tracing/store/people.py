"""Users, their tokens and their sessions. Secrets are kept as SHA-256 (tokens, cookies) or argon2id (passwords) only.

Rules
- A token or a cookie is looked up by its digest: nothing is compared that an attacker could time.
- Whoever was made inactive, or whose token was revoked, is nobody from the next HTTP request on.
- Every change of who may do what is a leaf of the private tree in the same transaction.

    with_token(view, digest_of("itx_..."))  ->  Person(name="ada", role="officer", language="en")
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from protocol import base64url
from tracing import audit
from tracing.store.spelt import Spelt
from tracing.store.unit import Tx, View
from tracing.tables import ApiToken, User, WebSession, table_of

__all__ = [
    "Person",
    "add_user",
    "all_tokens",
    "all_users",
    "change_language",
    "change_password",
    "close_session",
    "digest_of",
    "forget_old_sessions",
    "new_token",
    "open_session",
    "password_of",
    "person",
    "revoke_tokens",
    "set_active",
    "with_session",
    "with_token",
]

SECRET_BYTES = 32
MARK_HEX = 12  # of a digest: enough to tell the tokens of one node apart, too little to find one
TOKEN_MARK = "itx_"  # lets scanners of leaked secrets recognise a token  # noqa: S105 - a mark, not a secret

_users = table_of(User)
_tokens = table_of(ApiToken)
_sessions = table_of(WebSession)

_NAMED = Spelt(
    select(_users.c.name, _users.c.role, _users.c.language).where(_users.c.active, _users.c.name == bindparam("name"))
)
_WITH_TOKEN = Spelt(
    select(_users.c.name, _users.c.role, _users.c.language)
    .join(_tokens, _tokens.c.user_name == _users.c.name)
    .where(_users.c.active, _tokens.c.sha256 == bindparam("sha256"), _tokens.c.revoked_ms.is_(None))
)
_WITH_SESSION = Spelt(
    select(_users.c.name, _users.c.role, _users.c.language, _sessions.c.csrf)
    .join(_sessions, _sessions.c.user_name == _users.c.name)
    .where(_users.c.active, _sessions.c.sha256 == bindparam("sha256"), _sessions.c.expires_ms > bindparam("now_ms"))
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account. ``csrf`` only when a browser's session named the person."""

    name: str
    role: str
    language: str
    csrf: str | None = None


def digest_of(secret: str) -> str:
    """How a token or cookie is kept: hex SHA-256. They have 256 bits of chance, so no slow hash is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


# ---------------------------------------------------------------- users


def add_user(  # noqa: PLR0917 - a row is written, column by column
    tx: Tx, name: str, role: str, password_hash: str, language: str, by: str
) -> None:
    """A new account. IntegrityError when the name is taken."""
    tx.conn.execute(
        insert(_users).values(
            name=name, role=role, password_hash=password_hash, language=language, active=True, created_ms=tx.now_ms
        )
    )
    audit.note(tx, "cfg", name, {"act": "add user", "user": name, "role": role, "actor": by})


def change_password(tx: Tx, name: str, password_hash: str, by: str) -> None:
    """A new password; it ends every session of the account."""
    tx.conn.execute(update(_users).where(_users.c.name == name).values(password_hash=password_hash))
    tx.conn.execute(delete(_sessions).where(_sessions.c.user_name == name))
    audit.note(tx, "cfg", name, {"act": "change password", "user": name, "actor": by})


def change_language(tx: Tx, name: str, language: str, by: str) -> None:
    """The language somebody reads the desk in and is written to."""
    tx.conn.execute(update(_users).where(_users.c.name == name).values(language=language))
    audit.note(tx, "cfg", name, {"act": "choose language", "user": name, "language": language, "actor": by})


def set_active(tx: Tx, name: str, *, active: bool, by: str) -> None:
    """Close an account, or open it again. Closing ends its sessions; its tokens sleep. LookupError: no such account."""
    if not tx.conn.execute(update(_users).where(_users.c.name == name).values(active=active)).rowcount:
        raise LookupError(name)
    if not active:
        tx.conn.execute(delete(_sessions).where(_sessions.c.user_name == name))
    audit.note(tx, "cfg", name, {"act": "activate user" if active else "deactivate user", "user": name, "actor": by})


def all_users(view: View) -> list[dict[str, Any]]:
    """Every account, without its secrets."""
    columns = (_users.c.name, _users.c.role, _users.c.language, _users.c.active, _users.c.created_ms)
    return [dict(row._mapping) for row in view.conn.execute(select(*columns).order_by(_users.c.name))]  # noqa: SLF001 - SQLAlchemy's public name


def person(view: View, name: str) -> Person | None:
    """The active account of that name."""
    row = _NAMED.first(view.conn, {"name": name})
    return None if row is None else Person(row.name, row.role, row.language)


def password_of(view: View, name: str) -> str | None:
    """The argon2id hash of an active account."""
    return view.conn.execute(select(_users.c.password_hash).where(_users.c.name == name, _users.c.active)).scalar()


# ---------------------------------------------------------------- tokens


def new_token(tx: Tx, name: str, by: str) -> str:
    """A bearer token for an account, to be shown once. LookupError when there is no such active account."""
    if person(tx, name) is None:
        raise LookupError(name)
    token = TOKEN_MARK + base64url.encode(tx.ids.random_bytes(SECRET_BYTES))
    tx.conn.execute(insert(_tokens).values(sha256=digest_of(token), user_name=name, created_ms=tx.now_ms))
    audit.note(tx, "cfg", name, {"act": "create token", "user": name, "sha256": digest_of(token), "actor": by})
    return token


def revoke_tokens(tx: Tx, name: str, by: str, mark: str = "") -> int:
    """Revoke every token of an account, or the one whose digest begins with ``mark``; says how many were alive."""
    alive = (_tokens.c.user_name == name, _tokens.c.revoked_ms.is_(None), _tokens.c.sha256.startswith(mark))
    count = tx.conn.execute(update(_tokens).where(*alive).values(revoked_ms=tx.now_ms)).rowcount
    if count:
        audit.note(tx, "cfg", name, {"act": "revoke tokens", "user": name, "count": count, "mark": mark, "actor": by})
    return int(count)


def all_tokens(view: View) -> list[dict[str, Any]]:
    """Every token by the mark one may revoke it by: the beginning of its digest. The token itself nobody has."""
    columns = (_tokens.c.user_name, _tokens.c.created_ms, _tokens.c.revoked_ms, _users.c.active)
    query = select(_tokens.c.sha256, *columns).join(_users, _users.c.name == _tokens.c.user_name)
    rows = view.conn.execute(query.order_by(_tokens.c.user_name, _tokens.c.created_ms, _tokens.c.sha256))
    return [{"mark": row.sha256[:MARK_HEX], **{each.name: row._mapping[each] for each in columns}} for row in rows]  # noqa: SLF001 - SQLAlchemy's public name


def with_token(view: View, sha256: str) -> Person | None:
    """Whose living token has this digest."""
    row = _WITH_TOKEN.first(view.conn, {"sha256": sha256})
    return None if row is None else Person(row.name, row.role, row.language)


# ---------------------------------------------------------------- sessions


def open_session(tx: Tx, name: str, lifetime_ms: int) -> tuple[str, str, int]:
    """Begin a browser's session: (the cookie's secret, the CSRF token, when it ends)."""
    secret, csrf = (base64url.encode(tx.ids.random_bytes(SECRET_BYTES)) for _ in range(2))
    expires_ms = tx.now_ms + lifetime_ms
    tx.conn.execute(
        insert(_sessions).values(
            sha256=digest_of(secret), user_name=name, csrf=csrf, created_ms=tx.now_ms, expires_ms=expires_ms
        )
    )
    audit.note(tx, "op", name, {"act": "sign in", "actor": name})
    return secret, csrf, expires_ms


def close_session(tx: Tx, sha256: str) -> None:
    """End a session; ending one that is gone does nothing."""
    name = tx.conn.execute(select(_sessions.c.user_name).where(_sessions.c.sha256 == sha256)).scalar()
    if name is not None:
        tx.conn.execute(delete(_sessions).where(_sessions.c.sha256 == sha256))
        audit.note(tx, "op", name, {"act": "sign out", "actor": name})


def forget_old_sessions(tx: Tx) -> None:
    """Delete the sessions that have ended."""
    tx.conn.execute(delete(_sessions).where(_sessions.c.expires_ms <= tx.now_ms))


def with_session(view: View, sha256: str, now_ms: int) -> Person | None:
    """Whose session has this digest and has not ended; with its CSRF token."""
    row = _WITH_SESSION.first(view.conn, {"sha256": sha256, "now_ms": now_ms})
    return None if row is None else Person(row.name, row.role, row.language, row.csrf)
