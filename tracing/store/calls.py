"""Idempotent calls: who sent which key with which body, and what was answered (decision 30).

Rules
- A key is claimed before its act begins and answered after it; both are commits. A claim without an answer is a call
  that was cut off: whoever comes again with the key finds out what became of it.
- Kept 30 days, counted from the claim; an older one is as if it had never been.
- Only what changed something is kept. A refused call changed nothing and gives its key back.

    claim = await store.write(lambda tx: claim_call(tx, "ada", key, sha256))
"""

from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from tracing.store.unit import Tx, View
from tracing.tables import IdempotentCall, table_of

__all__ = ["KEPT_MS", "Call", "answer_call", "claim_call", "drop_call", "find_call", "forget_old_calls"]

KEPT_MS = 30 * 24 * 3600 * 1000
_calls = table_of(IdempotentCall)


@dataclass(frozen=True, slots=True)
class Call:
    """A call with a key. ``status`` is 0 until it is answered."""

    request_sha256: str
    status: int
    response: bytes
    at_ms: int


def find_call(view: View, user: str, key: str, now_ms: int) -> Call | None:
    """The call of this user with this key, not older than 30 days."""
    columns = (_calls.c.request_sha256, _calls.c.status, _calls.c.response, _calls.c.at_ms)
    row = view.conn.execute(
        select(*columns).where(_calls.c.user_name == user, _calls.c.key == key, _calls.c.at_ms > now_ms - KEPT_MS)
    ).first()
    return Call(**row._mapping) if row is not None else None  # noqa: SLF001 - SQLAlchemy's public name


def claim_call(tx: Tx, user: str, key: str, request_sha256: str) -> Call:
    """Take the key for a call that is about to begin. IntegrityError when another process took it meanwhile."""
    tx.conn.execute(
        delete(_calls).where(_calls.c.user_name == user, _calls.c.key == key, _calls.c.at_ms <= tx.now_ms - KEPT_MS)
    )
    call = Call(request_sha256, 0, b"", tx.now_ms)
    tx.conn.execute(
        insert(_calls).values(
            user_name=user, key=key, request_sha256=request_sha256, status=0, response=b"", at_ms=tx.now_ms
        )
    )
    return call


def answer_call(tx: Tx, user: str, key: str, status: int, response: bytes) -> None:
    """Keep what was answered."""
    tx.conn.execute(
        update(_calls).where(_calls.c.user_name == user, _calls.c.key == key).values(status=status, response=response)
    )


def drop_call(tx: Tx, user: str, key: str) -> None:
    """Give the key back: the call was refused and changed nothing."""
    tx.conn.execute(delete(_calls).where(_calls.c.user_name == user, _calls.c.key == key, _calls.c.status == 0))


def forget_old_calls(tx: Tx) -> int:
    """Delete what is older than 30 days; says how many."""
    return int(tx.conn.execute(delete(_calls).where(_calls.c.at_ms <= tx.now_ms - KEPT_MS)).rowcount)
