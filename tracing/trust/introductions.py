"""Introductions: by which digest a counterpart says that it knows another State. Hints, and never more.

Rules
- What is said in a signed statement is kept with who said it; nothing is pinned by it, and no digest is filled in for
  an officer who has to compare one.
- Two digests of one authority contradict each other, whoever brought them: an alarm, because somebody was deceived or
  deceives. The digest an authority is pinned by counts among them, and our own of ourselves.

    hear_introductions(tx, "at", mid, [Introduced("ng", "NGA", "Bureau", digest)], said_ms)
    for one in introductions_of(view, "ng"): print(one.introducer, one.digest, one.said_ms)
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, func, select

from keys.card import root_digest
from tracing.store import Tx, View
from tracing.store.inserting import insert
from tracing.tables import Counterpart, Introduction, TrustDocument, table_of
from tracing.trust.alarms import raise_alarm

__all__ = [
    "CONTRADICTED", "MOST_OF_ONE", "Heard", "Introduced", "check_introductions", "hear_introductions",
    "introductions_of", "introductions_of_unknown",
]  # fmt: skip

CONTRADICTED: Final = "introduction-contradicts"  # the code of an alarm
MOST_OF_ONE: Final = 1_000  # introductions of one counterpart: each State five times over
MOST_SHOWN: Final = 50
MOST_NAMED: Final = 5  # of digests, and of those who stand for each, in one sentence
AUTHORITY: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,62}")
DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_counterparts, _introductions, _documents = map(table_of, (Counterpart, Introduction, TrustDocument))


@dataclass(frozen=True, slots=True)
class Introduced:
    """Another State's authority as a counterpart knows it."""

    authority: str
    country: str
    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Heard:
    """An introduction: by whom, in which statement, when."""

    introducer: str
    authority: str
    country: str
    name: str
    digest: str
    mid: str
    said_ms: int


def hear_introductions(tx: Tx, introducer: str, mid: str, said: Iterable[Introduced], said_ms: int) -> None:
    """Keep what a counterpart said of others; what is no id or no digest stays in its statement only."""
    named = [one for one in said if AUTHORITY.fullmatch(one.authority) and DIGEST.fullmatch(one.digest)]
    mine = select(func.count()).where(_introductions.c.introducer == introducer)
    room = MOST_OF_ONE - int(tx.conn.execute(mine).scalar_one())
    for one in named[: max(room, 0)]:
        row = {name: getattr(one, name) for name in Introduced.__slots__}
        row |= {"introducer": introducer, "mid": mid, "said_ms": said_ms}
        tx.conn.execute(insert(_introductions).values(row).on_conflict_do_nothing())
    for authority in dict.fromkeys(one.authority for one in named):
        check_introductions(tx, authority)


def check_introductions(tx: Tx, authority: str) -> None:
    """Raise the alarm where what is said of ``authority`` contradicts itself, or what is believed here."""
    by_digest = _said_of(tx, authority)
    if len(by_digest) > 1:
        parts = [f"{digest[:8]}... by {', '.join(who[:MOST_NAMED])}" for digest, who in sorted(by_digest.items())]
        told = "; ".join(parts[:MOST_NAMED])
        said = f"its digest is said to be {told}: somebody was deceived or deceives; ask it over another channel"
        raise_alarm(tx, authority, CONTRADICTED, said)


def _said_of(view: View, authority: str) -> dict[str, list[str]]:
    """Who stands for each digest of an authority; "this node" for the one it is pinned by."""
    query = select(_introductions.c.digest, _introductions.c.introducer).where(_introductions.c.authority == authority)
    found: dict[str, list[str]] = {}
    for row in view.conn.execute(query.order_by(_introductions.c.introducer).limit(MOST_OF_ONE)):
        found.setdefault(row.digest, []).append(row.introducer)
    if (held := _held(view, authority)) is not None and found:
        found.setdefault(held, []).append("this node")
    return found


def _held(view: View, authority: str) -> str | None:
    """The digest of its first root as it lies here: what it is pinned by, and our own of ourselves."""
    first = (_documents.c.authority == authority, _documents.c.kind == "root", _documents.c.version == 1)
    document = view.conn.execute(select(_documents.c.document).where(*first)).scalar()
    return None if document is None else root_digest(document)


def introductions_of(view: View, authority: str) -> tuple[Heard, ...]:
    """Who introduced this authority, the earliest first."""
    query = select(*_COLUMNS).where(_introductions.c.authority == authority)
    return _heard(view, query)


def introductions_of_unknown(view: View) -> tuple[Heard, ...]:
    """Who was introduced and is no counterpart on a node."""
    pinned = select(_counterparts.c.authority).where(_counterparts.c.on_node)
    own = select(_documents.c.authority).where(_documents.c.kind == "root")
    query = select(*_COLUMNS).where(_introductions.c.authority.not_in(pinned), _introductions.c.authority.not_in(own))
    return _heard(view, query)


_COLUMNS = tuple(_introductions.c[name] for name in Heard.__slots__)


def _heard(view: View, query: Select[Any]) -> tuple[Heard, ...]:
    ordered = query.order_by(_introductions.c.authority, _introductions.c.said_ms).limit(MOST_SHOWN)
    return tuple(Heard(*row) for row in view.conn.execute(ordered))
