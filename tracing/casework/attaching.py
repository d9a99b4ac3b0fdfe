"""Attachments in casework: from the ids an officer names to a message that bears them, and back when a case is read.

Rules
- ``"attachments": ["<id>", ...]`` stands in the body of any act and is no part of the message: it names uploads.
- An upload goes with one message. A draft only names it; it is taken when the draft is released.
- Scans of a reply that came by another channel rest beside what was recorded, with their keys, under the case's key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from protocol import base64url, envelope, strictjson
from protocol.attachments import MAX_ATTACHMENTS, Attached, Attachment
from tracing import audit
from tracing.attachments import rows, uploads
from tracing.attachments.uploads import Upload
from tracing.casework.errors import IllegalMove, Incomplete, NotFound, Problem, Stale
from tracing.casework.policy import Actor
from tracing.casework.ports import Prepared
from tracing.casework.thread import cases, drafts, messages
from tracing.store import AnyRow, Tx, View
from tracing.store.content import case_key, show, show_json

__all__ = [
    "Borne", "ask_for", "attach", "attach_scans", "attachments_of", "borne_by", "drafted_attachments", "find_borne",
    "find_drafted", "named_uploads", "scanned",
]  # fmt: skip

MOST_BYTES = 8 * 1024 * 1024
MEMBER = "attachments"


def named_uploads(view: View, body: dict[str, Any]) -> tuple[dict[str, Any], tuple[Upload, ...]]:
    """A body without its member ``attachments``, and the uploads that names. Incomplete."""
    ids = body.get(MEMBER, [])
    rest = {name: value for name, value in body.items() if name != MEMBER}
    if not isinstance(ids, list) or not all(isinstance(one, str) and len(one) <= 64 for one in ids):
        raise Incomplete((Problem(MEMBER, "a list of ids that POST /api/v1/attachments gave", type(ids).__name__),))
    found = [uploads.read(view, one) for one in ids[: MAX_ATTACHMENTS + 1]]
    problems = [
        Problem(f"{MEMBER}.{n}", "the id of an attachment that was brought in and is not in a message yet", ids[n][:40])
        for n, one in enumerate(found)
        if one is None or ids[n] in ids[:n]
    ]
    if problems:
        raise Incomplete(tuple(problems))
    taken = tuple(one for one in found if one is not None)
    if (count := len(attachments_of(taken))) > MAX_ATTACHMENTS:
        expected = f"at most {MAX_ATTACHMENTS}; a photograph with its review copy counts twice"
        raise Incomplete((Problem(MEMBER, expected, str(count)),))
    return rest, taken


def attachments_of(some: Sequence[Upload]) -> tuple[Attachment, ...]:
    """The attachments of a message: those of its uploads in their order, copies naming places in the whole."""
    found: list[Attachment] = []
    for upload in some:
        first = len(found)
        found += [
            one if one.copy_of is None else replace(one, copy_of=one.copy_of + first) for one in upload.attachments
        ]
    return tuple(found)


def attach(tx: Tx, prepared: Prepared, some: Sequence[Upload], *, by_letter: bool) -> None:
    """The message bears them now. Stale if one went with another message meanwhile."""
    if not some:
        return
    _take(tx, some)
    to, mid = prepared.address.to, prepared.mid
    rows.name_own(tx, me=mid.authority, mid=mid, counterpart=to, some=prepared.address.attachments, by_letter=by_letter)


def attach_scans(tx: Tx, sender: str, mid: str, some: Sequence[Upload]) -> None:
    """Scans of a reply that was recorded; one letter may answer for many cases and is taken once."""
    if some and not rows.of_messages(tx, [mid]):
        _take(tx, some)
        rows.name_recorded(tx, sender=sender, mid=mid, some=attachments_of(some))


def _take(tx: Tx, some: Sequence[Upload]) -> None:
    for upload in some:
        if not uploads.take(tx, upload.id):
            msg = f"the attachment {upload.id} went with another message meanwhile"
            raise Stale(msg)


# ---------------------------------------------------------------- what rests of a recorded reply


def scanned(some: Sequence[Upload]) -> dict[str, Any]:
    """The member that a recorded reply with scans has beside its body."""
    members = [
        {
            "name": one.name, "type": one.type, "length": one.length, "sha256": one.sha256,
            "key": base64url.encode(one.key), "ct_sha256": one.ct_sha256, "copy_of": one.copy_of,
        }
        for one in attachments_of(some)
    ]  # fmt: skip
    return {MEMBER: members} if members else {}


# ---------------------------------------------------------------- what waits for a second person


def drafted_attachments(view: View, body: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """What a draft names: those that still wait, in the places they will have."""
    ids = body.get(MEMBER, [])
    found = [uploads.read(view, one) for one in ids if isinstance(one, str)] if isinstance(ids, list) else []
    return attachments_of([one for one in found if one is not None])


def find_drafted(view: View, case_id: str, draft_id: str, n: int) -> Attachment:
    """One attachment of the draft that waits in a case: its second person reads it before releasing it. NotFound."""
    query = select(drafts.c.body, cases.c.id, cases.c.content_key).join(cases, cases.c.id == drafts.c.case_id)
    this = (drafts.c.case_id == case_id, drafts.c.id == draft_id, drafts.c.status == "pending")
    row = view.conn.execute(query.where(*this)).first()
    body = {} if row is None else show_json(view, case_key(view, row), row.body, case_id, "draft", draft_id)
    if n < len(found := drafted_attachments(view, body)):
        return found[n]
    msg = f"no attachment {n} of a draft {draft_id!r} that waits in the case {case_id!r}"
    raise NotFound(msg)


# ---------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class Borne:
    """One attachment of a message in a case, as a moment of the database shows it."""

    n: int
    attachment: Attachment
    restrictions: tuple[str, ...]
    state: str
    fault: str | None


def borne_by(inner: bytes, row: AnyRow, found: Mapping[tuple[str, int], AnyRow]) -> list[Borne]:
    """The attachments of the message ``row``, whose bytes at rest are ``inner``; ``found`` are the rows of its case."""
    if (row.mid, 0) not in found:
        return []
    if row.direction == "in" and row.channel is not None:
        scans = strictjson.load(inner, MOST_BYTES).get(MEMBER, [])
        some = [Attached(n, _scan(one), ()) for n, one in enumerate(scans)]
    else:
        some = list(envelope.read_attachments(inner))
    return [
        Borne(one.n, one.attachment, one.restrictions, _state(found[row.mid, one.n]), found[row.mid, one.n].fault)
        for one in some
    ]


def find_borne(view: View, case_id: str, mid: str, n: int) -> Borne:
    """One attachment of a case. NotFound."""
    query = select(messages, cases.c.id, cases.c.content_key).join(cases, cases.c.id == messages.c.case_id)
    row = view.conn.execute(query.where(messages.c.case_id == case_id, messages.c.mid == mid)).first()
    if row is not None:
        inner = show(view, case_key(view, row), row.inner, case_id, "message", mid)
        some = borne_by(inner, row, rows.of_messages(view, [mid]))
        if (one := next((one for one in some if one.n == n), None)) is not None:
            return one
    msg = f"no attachment {n} of a message {mid!r} in the case {case_id!r}"
    raise NotFound(msg)


def ask_for(tx: Tx, actor: Actor, case_id: str, mid: str, n: int) -> str:
    """Ask its sender for what waits there on demand; returns the counterpart. NotFound, or IllegalMove."""
    held = find_borne(tx, case_id, mid, n)
    row = rows.of_messages(tx, [mid])[mid, n]
    if held.state != "on_demand" or row.direction != "in":
        msg = f"attachment {n} is {held.state}; only one that its sender holds back is asked for"
        raise IllegalMove(msg)
    rows.want(tx, row)
    what = {"act": "ask for attachment", "actor": actor.name, "case": case_id, "mid": mid, "digest": row.digest}
    audit.note(tx, "op", mid, what)
    return str(row.counterpart)


def _scan(members: dict[str, Any]) -> Attachment:
    return Attachment(**members | {"key": base64url.decode(members["key"])})


def _state(row: AnyRow) -> str:
    """``here``, ``spoiled``, ``waiting`` or ``on_demand`` of what came; ``there``, ``waiting``, ``on_demand`` of ours.

    ``by_letter`` where nothing travels.
    """
    if row.direction == "in":
        if row.proved_ms is not None:
            return "here" if row.fault is None else "spoiled"
    elif row.stage is None:
        return "by_letter"
    elif row.arrived_ms is not None:
        return "there"
    elif row.stage == "rejected":
        return "rejected"
    return "on_demand" if row.wanted_ms is None else "waiting"
