"""Enquiries as rows: asked, renewed, withdrawn and answered in the caller's transaction, each with its audit leaf.

The state of a row is ``open``, ``answered`` or ``withdrawn``; an open one whose date has passed reads ``overdue``.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Select, bindparam, func, insert, select, update

from tracing import audit
from tracing.casework.enquiries.entered import CAUSES, AddresseeKind
from tracing.casework.errors import IllegalMove, NotFound
from tracing.casework.thread import cases
from tracing.clock import rfc3339
from tracing.store import AnyRow, Tx, View
from tracing.store.content import case_key, hide, show_json
from tracing.store.spelt import Spelt
from tracing.tables import Enquiry, table_of

__all__ = [
    "EnquiryFile", "EnquiryId", "Task", "add", "answer", "awaited", "by_link", "count", "forget_told", "note_shown",
    "of_case", "renew", "require_open", "task", "withdraw",
]  # fmt: skip

_enquiries = table_of(Enquiry)
_FORM = re.compile(r"[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}")
LINK_AFTER_DUE_MS = 14 * 86_400_000  # a late reply is better than none; later the link is renewed
MOST_IN_A_CASE = 100  # of one weapon; nobody asks so many, and a case stays readable

_OF_CASE = Spelt(
    select(_enquiries)
    .where(_enquiries.c.case_id == bindparam("case"))
    .order_by(_enquiries.c.opened_ms, _enquiries.c.id)
)


class EnquiryId(str):
    """A UUIDv7 in hex. ValueError for anything else."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if _FORM.fullmatch(text) is None:
            raise ValueError("not a well formed EnquiryId")
        return super().__new__(cls, text)


@dataclass(frozen=True, slots=True)
class EnquiryFile:
    """One enquiry as officers read it. ``link_until`` is None when no link leads to its form."""

    enquiry: str
    case: str
    addressee: dict[str, Any]
    question: str
    told: dict[str, Any]
    state: str
    due: str
    opened: str
    opened_by: str
    link_until: str | None
    reply: dict[str, Any] | None
    channel: str | None
    replied: str | None  # when the reply came, which for a letter is not when it was recorded
    replied_by: str | None
    ended: str | None

    @property
    def kind(self) -> AddresseeKind:
        """Whom it went to."""
        return next(kind for kind in AddresseeKind if kind.value == self.addressee["kind"])

    @property
    def is_waiting(self) -> bool:
        """Whether its reply is still to come."""
        return self.state in ("open", "overdue")


@dataclass(frozen=True, slots=True)
class Task:
    """The row of an enquiry beside that of its case, for an act on it."""

    row: AnyRow
    case: AnyRow

    def file(self, view: View, now_ms: int) -> EnquiryFile:
        """The enquiry, opened with the key of its case."""
        return _file(view, case_key(view, self.case), self.row, now_ms)


# ---------------------------------------------------------------- looking


def of_case(view: View, key: bytes, case_id: str, now_ms: int) -> tuple[EnquiryFile, ...]:
    """All enquiries of a case, in the order they were asked."""
    return tuple(_file(view, key, row, now_ms) for row in _OF_CASE.rows(view.conn, {"case": case_id}))


def awaited(enquiries: Sequence[EnquiryFile]) -> list[str]:
    """The operational causes that the open enquiries give, that of the latest date first: it decides when all is in."""
    waiting = sorted((one for one in enquiries if one.is_waiting), key=lambda one: one.due, reverse=True)
    return list(dict.fromkeys(str(CAUSES[one.kind]) for one in waiting))


def task(view: View, enquiry: str) -> Task:
    """The enquiry with this id. Raises NotFound."""
    found = _one(view, select(_enquiries).where(_enquiries.c.id == enquiry))
    if found is None:
        msg = f"no enquiry {enquiry[:40]!r} at this node"
        raise NotFound(msg)
    return found


def by_link(view: View, link_sha256: str) -> Task | None:
    """The enquiry whose newest link has this digest, whatever became of it."""
    return _one(view, select(_enquiries).where(_enquiries.c.link_sha256 == link_sha256))


def count(view: View, case_id: str) -> int:
    """How many enquiries a case has."""
    query = select(func.count()).where(_enquiries.c.case_id == case_id)
    return int(view.conn.execute(query).scalar_one())


def require_open(row: AnyRow, verb: str) -> None:
    """IllegalMove unless the reply is still to come."""
    if row.state != "open":
        msg = f"{verb}: the enquiry is {row.state}; what has ended is not asked again: open a new one"
        raise IllegalMove(msg)


# ---------------------------------------------------------------- acting


def add(tx: Tx, actor: str, case: AnyRow, asked: dict[str, Any], *, due_ms: int, link_sha256: str) -> str:
    """A new enquiry in a case; returns its id."""
    enquiry = tx.ids.uuid7().hex
    blob = hide(tx, case_key(tx, case), asked, case.id, "enquiry", enquiry)
    row = {
        "id": enquiry,
        "case_id": case.id,
        "kind": asked["addressee"]["kind"],
        "asked": blob,
        "state": "open",
        "due_ms": due_ms,
        "opened_ms": tx.now_ms,
        "opened_by": actor,
        "link_sha256": link_sha256,
        "link_until_ms": due_ms + LINK_AFTER_DUE_MS,
    }
    tx.conn.execute(insert(_enquiries).values(row))
    more = {"kind": row["kind"], "told": sorted(asked["told"]), "due_ms": due_ms, "sha256": _digest(blob)}
    _note(tx, case.id, {"act": "enquire", "actor": actor, "enquiry": enquiry} | more)
    return enquiry


def renew(tx: Tx, actor: str, enquiry: str, *, due_ms: int | None, link_sha256: str) -> Task:
    """A new link, and perhaps a new date; the old link leads nowhere from now on."""
    found = task(tx, enquiry)
    require_open(found.row, "renew")
    due_ms = found.row.due_ms if due_ms is None else due_ms
    until_ms = max(due_ms, tx.now_ms) + LINK_AFTER_DUE_MS
    values = {"due_ms": due_ms, "link_sha256": link_sha256, "link_until_ms": until_ms, "passed_told_ms": None}
    _change(tx, found, values)
    _note(tx, found.case.id, {"act": "enquiry-renew", "actor": actor, "enquiry": enquiry, "due_ms": due_ms})
    return task(tx, enquiry)


def withdraw(tx: Tx, actor: str, enquiry: str, why: dict[str, Any]) -> Task:
    """No reply is awaited any more. The reason rests with the enquiry, encrypted."""
    found = task(tx, enquiry)
    require_open(found.row, "withdraw")
    blob = hide(tx, case_key(tx, found.case), why, found.case.id, "enquiry-end", enquiry)
    _change(tx, found, {"state": "withdrawn", "reply": blob, "ended_ms": tx.now_ms, "replied_by": actor})
    what = {"act": "enquiry-withdraw", "actor": actor, "enquiry": enquiry, "sha256": _digest(blob)}
    _note(tx, found.case.id, what)
    return task(tx, enquiry)


def answer(tx: Tx, actor: str, enquiry: str, reply: dict[str, Any], *, channel: str, received_ms: int) -> Task:
    """The result, by the form or recorded by an officer. It ends the enquiry and its link."""
    found = task(tx, enquiry)
    require_open(found.row, "reply")
    blob = hide(tx, case_key(tx, found.case), reply, found.case.id, "enquiry-end", enquiry)
    values = {"state": "answered", "reply": blob, "channel": channel, "replied_ms": received_ms}
    values |= {"replied_by": actor, "ended_ms": tx.now_ms}
    _change(tx, found, values)
    more = {"channel": channel, "result": reply["result"], "sha256": _digest(blob)}
    _note(tx, found.case.id, {"act": "enquiry-reply", "actor": actor, "enquiry": enquiry} | more)
    return task(tx, enquiry)


def note_shown(tx: Tx, found: Task) -> None:
    """Whoever has the link was shown what the enquiry tells of the case."""
    what = {"actor": f"enquiry:{found.row.id}", "what": "enquiry", "cases": [found.case.id]}
    audit.note(tx, "read", found.case.id, what)


def forget_told(tx: Tx, actor: str, case: AnyRow, members: frozenset[str]) -> None:
    """After an erasure: what the enquiries of a case told of it goes too, also from forms that are still open."""
    key = case_key(tx, case)
    for row in _OF_CASE.rows(tx.conn, {"case": case.id}):
        asked = show_json(tx, key, row.asked, case.id, "enquiry", row.id)
        left = {name: value for name, value in asked["told"].items() if name not in members}
        if left != asked["told"]:
            blob = hide(tx, key, asked | {"told": left}, case.id, "enquiry", row.id)
            tx.conn.execute(update(_enquiries).where(_enquiries.c.id == row.id).values(asked=blob))
            what = {"act": "enquiry-erase", "actor": actor, "enquiry": row.id, "sha256": _digest(blob)}
            _note(tx, case.id, what | {"members": sorted(asked["told"].keys() - left.keys())})


# ---------------------------------------------------------------- inside


def _one(view: View, query: Select[Any]) -> Task | None:
    row = view.conn.execute(query).first()
    if row is None:
        return None
    case = view.conn.execute(select(cases).where(cases.c.id == row.case_id)).one()
    return Task(row, case)


def _change(tx: Tx, found: Task, values: dict[str, Any]) -> None:
    tx.conn.execute(update(_enquiries).where(_enquiries.c.id == found.row.id).values(values))


def _note(tx: Tx, case_id: str, what: dict[str, Any]) -> None:
    """The leaf of an act; the case has changed for whoever read it before (its ETag)."""
    tx.conn.execute(
        update(cases).where(cases.c.id == case_id).values(version=cases.c.version + 1, updated_ms=tx.now_ms)
    )
    audit.note(tx, "op", case_id, what | {"case": case_id})


def _digest(blob: bytes) -> str:
    return hashlib.sha256(blob).hexdigest()


def _file(view: View, key: bytes, row: AnyRow, now_ms: int) -> EnquiryFile:
    asked = show_json(view, key, row.asked, row.case_id, "enquiry", row.id)
    ended = None if row.reply is None else show_json(view, key, row.reply, row.case_id, "enquiry-end", row.id)
    is_overdue = row.state == "open" and row.due_ms <= now_ms
    is_linked = row.state == "open" and row.link_until_ms > now_ms
    return EnquiryFile(
        enquiry=row.id,
        case=row.case_id,
        addressee=asked["addressee"],
        question=asked["question"],
        told=asked["told"],
        state="overdue" if is_overdue else row.state,
        due=rfc3339(row.due_ms),
        opened=rfc3339(row.opened_ms),
        opened_by=row.opened_by,
        link_until=rfc3339(row.link_until_ms) if is_linked else None,
        reply=ended,
        channel=row.channel,
        replied=rfc3339(row.replied_ms),
        replied_by=row.replied_by,
        ended=rfc3339(row.ended_ms),
    )
