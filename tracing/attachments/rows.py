"""The rows of attachments: which message names which sealed file, and how far each came.

Rules
- Out: a row is carried once its envelope is accepted and it is wanted: at once, or when the counterpart asks for it.
- In: only what an accepted envelope names, in its length, is taken, and only once it is wanted here. Space is reserved
  before the first byte (``begin``), against the quota of its sender.
- Whose key was erased is neither taken nor carried any more, and its file is no longer named by its row.
- ``arrived_ms`` is set once the whole file is on disk and its digest checked; ``proved_ms`` once it opened, or did not.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, literal_column, or_, select, update

from protocol.attachments import Attachment as Told
from protocol.manifest import Manifest
from tracing import tables
from tracing.store import AnyRow, Tx, View
from tracing.store.spelt import Spelt

__all__ = [
    "OverQuota", "arrive", "ask", "asked", "begin", "complete_envelopes", "digests", "erase", "erased_digests",
    "is_on_its_way", "kept_digests",
    "name_lost", "name_own", "name_recorded", "name_theirs", "named",
    "note_fault", "note_quota", "note_sent", "of_messages", "prove", "to_carry", "unproved",
    "want",
]  # fmt: skip

MOST_CARRIED = 64  # looked at in one go
TAKEN = ("accepted", "held", "waiting", "opened")  # stages of an envelope that was not refused
DELIVERED = ("accepted", "opened")
ERASED = "erased"  # the fault of one whose key is gone
LOST = "lost"  # the fault of one of ours whose file this node lost; the counterpart has it
UNSENT = ("queued", "sent")

_rows = tables.table_of(tables.Attachment)
_envelopes = tables.table_of(tables.Envelope)
_OF_ENVELOPE = and_(_envelopes.c.sender == _rows.c.sender, _envelopes.c.mid == _rows.c.mid)
_THIS = and_(
    _rows.c.sender == bindparam("of_sender"), _rows.c.mid == bindparam("of_mid"), _rows.c.n == bindparam("of_n")
)


_IS_ERASED = func.coalesce(_rows.c.fault, "") == ERASED
_IS_LOST = func.coalesce(_rows.c.fault, "") == LOST


class OverQuota(Exception):
    """What a counterpart may leave here would be exceeded."""


# ---------------------------------------------------------------- naming


def name_own(tx: Tx, *, me: str, mid: str, counterpart: str, some: Sequence[Told], by_letter: bool) -> None:
    """The attachments of a message of ours; by letter nothing travels."""
    _insert(tx, [one.sealed for one in some], me, mid, counterpart, "out", here=by_letter)


def name_lost(tx: Tx, *, me: str, mid: str, counterpart: str, some: Sequence[Told]) -> None:
    """The attachments of a message of ours that was given back: the counterpart has the files, this node does not."""
    _insert(tx, [one.sealed for one in some], me, mid, counterpart, "out", here=True)
    tx.conn.execute(update(_rows).where(_rows.c.sender == me, _rows.c.mid == mid).values(fault=LOST))


def name_theirs(tx: Tx, manifest: Manifest) -> None:
    """The attachments an accepted envelope names."""
    sealed = [one.model_dump() for one in manifest.att]
    _insert(tx, sealed, manifest.from_, manifest.mid, manifest.from_, "in", here=False)


def name_recorded(tx: Tx, *, sender: str, mid: str, some: Sequence[Told]) -> None:
    """Scans of a reply that came by another channel: they are here already."""
    _insert(tx, [one.sealed for one in some], sender, mid, sender, "in", here=True)


def _insert(  # noqa: PLR0917 - the columns in their order
    tx: Tx, sealed: Sequence[dict[str, Any]], sender: str, mid: str, counterpart: str, direction: str, *, here: bool
) -> None:
    rows = [
        {
            "sender": sender, "mid": mid, "n": n, "counterpart": counterpart, "direction": direction,
            "digest": one["ct_sha256"], "ct_len": one["ct_len"], "on_demand": one["on_demand"],
            "wanted_ms": None if one["on_demand"] or here else tx.now_ms,
            "arrived_ms": tx.now_ms if here else None, "proved_ms": tx.now_ms if here else None,
        }
        for n, one in enumerate(sealed)
    ]  # fmt: skip
    if rows:
        tx.conn.execute(insert(_rows), rows)


def of_messages(view: View, mids: Collection[str]) -> dict[tuple[str, int], AnyRow]:
    """The rows of some messages, by message and place, with the stage of the envelope (None for a letter)."""
    query = select(_rows, _envelopes.c.stage).outerjoin(_envelopes, _OF_ENVELOPE).where(_rows.c.mid.in_(list(mids)))
    return {(row.mid, row.n): row for row in view.conn.execute(query)}


# ---------------------------------------------------------------- coming in


_NAMED = (
    select(_rows)
    .join(_envelopes, _OF_ENVELOPE)
    .where(
        _rows.c.digest == bindparam("digest"), _rows.c.ct_len == bindparam("ct_len"), _rows.c.direction == "in",
        _rows.c.wanted_ms.is_not(None), _envelopes.c.stage.in_(TAKEN),
    )
)  # fmt: skip


def named(view: View, digest: str, ct_len: int) -> list[AnyRow]:
    """The rows for which this file is taken: named by an accepted envelope in this length, and wanted."""
    return list(view.conn.execute(_NAMED, {"digest": digest, "ct_len": ct_len}))


def begin(tx: Tx, digest: str, ct_len: int, quota_bytes: int) -> None:
    """Reserve the space of a file before its first byte. OverQuota."""
    for row in named(tx, digest, ct_len):
        if row.begun_ms is None:
            taken = tx.conn.execute(
                select(func.coalesce(func.sum(_rows.c.ct_len), 0)).where(
                    _rows.c.counterpart == row.counterpart, _rows.c.direction == "in", _rows.c.begun_ms.is_not(None)
                )
            ).scalar_one()
            if taken + ct_len > quota_bytes:
                raise OverQuota(row.counterpart)
            _change(tx, row, begun_ms=tx.now_ms, fault=None)


def note_quota(tx: Tx, digest: str, ct_len: int) -> None:
    """There is no room for this one: said where its officers look."""
    for row in named(tx, digest, ct_len):
        if row.begun_ms is None and row.fault is None:
            _change(tx, row, fault="quota")


def arrive(tx: Tx, digest: str, ct_len: int) -> None:
    """The file is whole, on disk, and its digest is right."""
    for row in named(tx, digest, ct_len):
        if row.arrived_ms is None:
            _change(tx, row, arrived_ms=tx.now_ms, fault=None)


_UNPROVED = Spelt(
    select(_rows)
    .join(_envelopes, _OF_ENVELOPE)
    .where(
        _rows.c.proved_ms.is_(None),
        _rows.c.direction == literal_column("'in'"),  # spelt out: only so does the index serve
        _rows.c.arrived_ms.is_not(None),
        or_(_envelopes.c.stage == "waiting", _envelopes.c.stage == "opened"),
    )
    .limit(MOST_CARRIED)
)


def unproved(view: View) -> list[AnyRow]:
    """What arrived for messages that are in their cases, and was not looked into yet."""
    return _UNPROVED.rows(view.conn)


def prove(tx: Tx, row: AnyRow, fault: str | None) -> None:
    """It opened to what its sender said, or did not."""
    _change(tx, row, proved_ms=tx.now_ms, fault=fault)


# Spelt out: only so does the index of what waits serve, which holds what is asked here for each of them.
_MISSING = (
    select(_rows.c.n)
    .where(
        _rows.c.sender == _envelopes.c.sender, _rows.c.mid == _envelopes.c.mid, _rows.c.on_demand.is_(False),
        _rows.c.proved_ms.is_(None),
    )
    .correlate(_envelopes)
)  # fmt: skip
_COMPLETE = Spelt(
    select(_envelopes.c.sender, _envelopes.c.mid, _envelopes.c.digest)
    .where(_envelopes.c.stage == literal_column("'waiting'"), ~_MISSING.exists())
    .limit(MOST_CARRIED)
)


def complete_envelopes(view: View) -> list[AnyRow]:
    """Envelopes that wait, and for nothing more: all that travels with them has come and was looked into."""
    return _COMPLETE.rows(view.conn)


# ---------------------------------------------------------------- on demand


def want(tx: Tx, row: AnyRow) -> None:
    """An officer asks for what its sender holds back until then."""
    _change(tx, row, wanted_ms=tx.now_ms)


_ASKED = Spelt(
    select(_rows.c.digest)
    .where(
        _rows.c.counterpart == bindparam("of"), _rows.c.arrived_ms.is_(None), _rows.c.direction == "in",
        _rows.c.on_demand.is_(True), _rows.c.wanted_ms.is_not(None),
    )
    .order_by(_rows.c.wanted_ms)
    .limit(bindparam("most"))
)  # fmt: skip


def asked(view: View, counterpart: str, most: int) -> list[str]:
    """Digests to ask ``counterpart`` for: wanted, on demand, and not here."""
    return [row.digest for row in _ASKED.rows(view.conn, {"of": counterpart, "most": most})]


def ask(tx: Tx, counterpart: str, digests: Sequence[str]) -> int:
    """``counterpart`` asks for some of ours; one it had is carried again. How many it may have."""
    ours = and_(
        _rows.c.digest.in_(list(digests)), _rows.c.counterpart == counterpart, _rows.c.direction == "out",
        _rows.c.on_demand.is_(True), ~_IS_ERASED,
    )  # fmt: skip
    return tx.conn.execute(update(_rows).where(ours).values(wanted_ms=tx.now_ms, arrived_ms=None)).rowcount


# ---------------------------------------------------------------- going out


_LACKED = (
    _rows.c.counterpart == bindparam("of"), _rows.c.arrived_ms.is_(None), _rows.c.direction == "out",
    _rows.c.wanted_ms.is_not(None),
)  # fmt: skip
_TO_CARRY = Spelt(
    select(_rows)
    .join(_envelopes, _OF_ENVELOPE)
    .where(*_LACKED, or_(*(_envelopes.c.stage == stage for stage in DELIVERED)))
    .order_by(func.coalesce(_envelopes.c.priority != "urgent", True), _rows.c.wanted_ms, _rows.c.mid, _rows.c.n)
    .limit(MOST_CARRIED)
)
_ON_ITS_WAY = Spelt(
    select(_rows.c.n)
    .join(_envelopes, _OF_ENVELOPE)
    .where(*_LACKED, or_(*(_envelopes.c.stage == stage for stage in UNSENT)))
    .limit(1)
)


def to_carry(view: View, counterpart: str) -> list[AnyRow]:
    """What ``counterpart`` lacks, most urgent first."""
    return _TO_CARRY.rows(view.conn, {"of": counterpart})


def is_on_its_way(view: View, counterpart: str) -> bool:
    """Whether attachments wait for their envelope to be accepted."""
    return _ON_ITS_WAY.first(view.conn, {"of": counterpart}) is not None


def note_sent(tx: Tx, row: AnyRow) -> None:
    """The counterpart has it whole."""
    _change(tx, row, arrived_ms=tx.now_ms, fault=None)


def note_fault(tx: Tx, row: AnyRow, fault: str) -> None:
    """Why it does not get there, for officers to read."""
    _change(tx, row, fault=fault[:200])


def _change(tx: Tx, row: AnyRow, **values: Any) -> None:
    """One that was erased meanwhile stays as it is."""
    key = {"of_sender": row.sender, "of_mid": row.mid, "of_n": row.n}
    tx.conn.execute(update(_rows).where(_THIS, ~_IS_ERASED).values(values), key)


# ---------------------------------------------------------------- erased


def erase(tx: Tx, mid: str, n: int) -> None:
    """Its key is gone: it is wanted no more, nobody waits for it, and its file goes at the next sweep."""
    gone = {"fault": ERASED, "wanted_ms": None, "begun_ms": None}
    proved = func.coalesce(_rows.c.proved_ms, tx.now_ms)
    tx.conn.execute(update(_rows).where(_rows.c.mid == mid, _rows.c.n == n).values(**gone, proved_ms=proved))


def digests(view: View) -> set[str]:
    """Every sealed file some message names."""
    return set(view.conn.execute(select(_rows.c.digest).where(~_IS_ERASED).distinct()).scalars())


def kept_digests(view: View) -> set[str]:
    """The files that are here whole: what we attached or recorded, and what arrived."""
    whole = (_rows.c.direction == "out") | _rows.c.arrived_ms.is_not(None)
    return set(view.conn.execute(select(_rows.c.digest).where(whole, ~_IS_ERASED, ~_IS_LOST).distinct()).scalars())


def erased_digests(view: View) -> set[str]:
    """The files of attachments whose key was erased. Another message may still name one of them."""
    return set(view.conn.execute(select(_rows.c.digest).where(_IS_ERASED).distinct()).scalars())
