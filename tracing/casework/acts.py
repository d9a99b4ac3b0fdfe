"""Deciding: from a case and what an officer entered to a signed message ready to be issued. Changes nothing.

``Act`` is what ``writing`` commits. A draft is an act whose release waits for a second person; it is decided anew, from
the same body, when that person approves.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select

from protocol import messages
from protocol.lifecycle import Kind
from protocol.messages import Message
from protocol.names import AuthorityId, CaseId
from tracing.attachments.uploads import Upload
from tracing.casework.attaching import attachments_of, named_uploads
from tracing.casework.clocks import Timetable
from tracing.casework.elements.onward import Onward, follow_on, follow_up, inherit
from tracing.casework.elements.pointing import point
from tracing.casework.errors import IllegalMove, Incomplete, Problem, Suspended, UnknownCounterpart, shown
from tracing.casework.ports import Address, Prepared, Seal
from tracing.casework.reminding import reminded
from tracing.casework.thread import Thread, counterparts
from tracing.casework.verbs import VERBS, facts_said, kind_said
from tracing.store import AnyRow, View
from tracing.store.spelt import Spelt

__all__ = ["Act", "House", "build_message", "check_legal", "decide_move", "decide_request", "find_counterpart"]

_COUNTERPART = Spelt(select(counterparts).where(counterparts.c.authority == bindparam("authority")))


@dataclass(frozen=True, slots=True)
class House:
    """What this node is and how it works: the part of its settings casework needs."""

    authority: AuthorityId
    country: str
    two_persons: bool
    confidentiality: str | None  # the standing declaration of ITI 15; a request may override it
    seal: Seal
    timetable: Timetable


@dataclass(frozen=True, slots=True)
class Act:
    """One decided act. ``prepared`` is None while it waits for a second person."""

    case_id: str
    verb: str
    counterpart: str
    message: Message
    body: dict[str, Any]
    prepared: Prepared | None
    version: int | None  # of the case it was decided on; None for a new case
    dossier: str | None = None
    by_letter: bool = False
    draft: str | None = None  # the draft this act releases
    uploads: tuple[Upload, ...] = ()
    onward: Onward | None = None  # the case this act goes on from


def find_counterpart(view: View, authority: Any) -> AnyRow:
    """The pinned counterpart an officer named. Raises Incomplete, UnknownCounterpart or Suspended."""
    if not isinstance(authority, str):
        raise Incomplete((Problem("to", 'the id of a counterpart, such as "at"', shown(authority)),))
    is_id = AuthorityId.FORM.fullmatch(authority) is not None  # a server refuses to be asked for a NUL
    row: AnyRow | None = _COUNTERPART.first(view.conn, {"authority": authority}) if is_id else None
    if row is None:
        known = (
            ", ".join(
                view.conn.execute(
                    select(counterparts.c.authority).order_by(counterparts.c.authority).limit(10)
                ).scalars()
            )
            or "none yet"
        )
        msg = (
            f"no counterpart {shown(authority)} is pinned at this node (pinned: {known}); "
            "an administrator adds one with `tracing counterpart add`"
        )
        raise UnknownCounterpart(msg)
    if row.status == "suspended":
        msg = f"{authority} is suspended at this node; nothing is sent to it until officers resume it"
        raise Suspended(msg)
    return row


def build_message(house: House, kind: Kind, body: dict[str, Any], today: date) -> Message:
    """What our own node may say, whole and well formed, or Incomplete with every problem at once."""
    try:
        return messages.build(kind, body, today=today, standing=house.confidentiality)
    except messages.Incomplete as error:
        raise Incomplete(
            tuple(Problem(p.member, p.expected, shown(p.got), p.source) for p in error.problems)
        ) from error


def decide_request(
    house: House, view: View, body: dict[str, Any], case_id: CaseId, today: date, *, release: bool
) -> Act:
    """A new request from an officer's body (contract: POST /api/v1/requests)."""
    to = find_counterpart(view, body.get("to"))
    entered, uploads = named_uploads(view, {name: value for name, value in body.items() if name != "to"})
    content, onward = follow_on(view, house.authority, to, entered, today)
    message = build_message(house, Kind.TRACE_REQUEST, content, today)
    by_letter = not to.on_node
    prepared = None
    if release:
        priority = str(getattr(message, "priority", "routine") or "routine")
        prepared = house.seal.prepare(
            message,
            Address(AuthorityId(to.authority), case_id, (), priority, attachments=attachments_of(uploads)),
            by_letter=by_letter,
        )
    return Act(
        case_id, "request", to.authority, message, body, prepared, None, by_letter=by_letter, uploads=uploads,
        onward=onward,
    )  # fmt: skip


def check_legal(thread: Thread, verb: str, kind: Kind, facts: frozenset[str] = frozenset()) -> None:
    """Raise IllegalMove unless the lifecycle lets us say ``kind``, with these facts in it, now."""
    if thread.said and thread.view.allows(thread.us, kind, facts):
        return
    allowed = thread.view.allowed(thread.us) if thread.said else frozenset()
    can = sorted(name for name, entry in VERBS.items() if entry.kind in allowed)
    msg = (
        f"{verb}: the case is {thread.state}, and we are the {thread.us} authority; "
        f"possible now: {', '.join(can) or 'nothing'}"
    )
    raise IllegalMove(msg)


def decide_move(  # noqa: PLR0917 - an act, read from left to right
    house: House,
    view: View,
    thread: Thread,
    verb: str,
    body: dict[str, Any],
    today: date,
    *,
    release: bool,
    by_node: bool = False,
) -> Act:
    """A move in an existing case. Legality is judged before the body is read."""
    kind, entered = kind_said(verb, body)
    check_legal(thread, verb, kind, facts_said(verb, body))
    content, uploads = named_uploads(view, entered)
    content, onward = follow_up(view, house.authority, thread, content, today, by_node=by_node)
    content = point(view, thread, kind, content)
    if kind is Kind.CORRECTION:
        content = inherit(view, thread, content)
    if kind is Kind.REMINDER:
        content = reminded(view, thread, content)
    message = build_message(house, kind, content, today)
    check_legal(thread, verb, kind, message.facts())
    case = thread.case
    prepared = None
    if release:
        address = Address(
            AuthorityId(case.counterpart),
            case.id,
            thread.view.heads,
            case.priority,
            attachments=attachments_of(uploads),
        )
        prepared = house.seal.prepare(message, address, by_letter=not thread.on_node)
    return Act(
        case.id,
        verb,
        case.counterpart,
        message,
        body,
        prepared,
        case.version,
        case.dossier,
        by_letter=not thread.on_node,
        uploads=uploads,
        onward=onward,
    )
