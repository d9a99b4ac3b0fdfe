"""A keyset of ours that a counterpart holds and this home does not: a copy of it ran, or this one is older.

Rules
- One alarm for each counterpart. It names the version, and what an administrator says once it is sure that this home is
  the one that goes on: a keyset above that version, which the counterpart then holds.
- It ends by itself when the counterpart holds a keyset that is in this home.
- Versions of all counterparts count: one keyset goes above the highest.

    is_foreign = hear_keyset(tx, identity, "at", knows.ks)
    foreign_keysets(view)                       # {"at": 2}
"""

from typing import Any, Final

from sqlalchemy import select

from protocol import strictjson
from protocol.payload import Keyset
from tracing.post import Identity
from tracing.store import Tx, View
from tracing.tables import TrustAlarm, table_of
from tracing.trust.alarms import end_alarms, raise_alarm, restate
from tracing.trust.documents import is_kept

__all__ = ["FOREIGN", "foreign_keysets", "hear_keyset", "what_to_do"]

FOREIGN: Final = "foreign-keyset"  # the alarm
MOST_BYTES: Final = 1024
_alarms = table_of(TrustAlarm)


def hear_keyset(tx: Tx, me: Identity, of: str, held: Keyset | None) -> bool:
    """``of`` says which keyset of ours it holds; True where that is not in this home."""
    if held is None or is_kept(tx, me.authority, held.sha256):
        end_alarms(tx, of, FOREIGN)
        return False
    document = strictjson.dump({"ver": held.ver, "sha256": held.sha256})
    said = _words(of, foreign_keysets(tx) | {of: held.ver}, me.keyset_version)
    if not raise_alarm(tx, of, FOREIGN, said, document):
        restate(tx, of, FOREIGN, said)
    return True


def foreign_keysets(view: View) -> dict[str, int]:
    """By counterpart: the version of the keyset it holds, while that alarm is open."""
    still = (_alarms.c.code == FOREIGN, _alarms.c.done_ms.is_(None), _alarms.c.document.is_not(None))
    rows = view.conn.execute(select(_alarms.c.authority, _alarms.c.document).where(*still)).all()
    return {row.authority: _version(strictjson.load(row.document, MOST_BYTES)) for row in rows}


def _version(document: Any) -> int:
    return int(document["ver"])


def what_to_do(view: View, *, of: str, mine: int) -> str | None:
    """What ``of`` holds, and what an administrator says; None where it holds no such keyset.

    ``mine`` is the version of the keyset that this node issued last.
    """
    held = foreign_keysets(view)
    return _words(of, held, mine) if of in held else None


def _words(of: str, held: dict[str, int], mine: int) -> str:
    holds, above = f"{of} holds keyset {held[of]} of ours, which is not in this home", max(held.values())
    if mine > above:
        return (
            f"{holds}; keyset {mine} is issued and is shown to it while this node runs. If {of} refuses it"
            " (history-rewritten): keys/README.md, Lost keyset role"
        )
    return (
        f"{holds}: a copy of it ran, or this one is older. Stop the one that is not to be; at the one that goes on:"
        f" `tracing keys issue --above {above}`"
    )
