"""Reading matters: one whole, those with a counterpart, and how the reconciliation with it stands. Pure reading."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import literal_column, select, tuple_

from protocol.lifecycle import Kind
from tracing.casework.matters.rows import load_matter, matter_messages, matters, profiles, read_message
from tracing.clock import rfc3339
from tracing.store import AnyRow, View, cursors
from tracing.store.content import case_key, show_json

__all__ = ["MatterFile", "Waiting", "list_matters", "newest_reconciliation", "read_matter", "waiting_matters"]


@dataclass(frozen=True, slots=True)
class MatterFile:
    """Everything about one matter. ``direction`` sent: this authority began it."""

    matter: str
    counterpart: str
    direction: str
    kind: str
    opened: str
    updated: str
    messages: list[dict[str, Any]]


def read_matter(view: View, matter_id: str) -> MatterFile:
    """The matter as it stands. Raises NotFound, or Erased."""
    thread = load_matter(view, matter_id)
    row, key = thread.row, case_key(view, thread.row)
    told = [_message(view, key, one) for one in thread.said]
    at = (rfc3339(row.opened_ms) or "", rfc3339(row.updated_ms) or "")
    return MatterFile(row.id, row.counterpart, row.direction, row.kind, *at, told)


def _message(view: View, key: bytes, row: AnyRow) -> dict[str, Any]:
    message = read_message(view, key, row)
    lacks = message.lacks() if row.direction == "in" else ()
    return {
        "mid": row.mid,
        "sender": row.sender,
        "type": message.TYPE,
        "kind": row.kind,
        "body": message.to_body(),
        "sent": rfc3339(row.iat_ms),
        "received": rfc3339(row.logged_ms),
        "signature": "verified" if row.direction == "in" else "own",
        "delivery": row.stage,
        "effect": row.effect,
        "re": row.re.split(),
        "actor": row.actor,
        "statement": row.statement_digest,
        "lacks": [{"member": one.member, "paragraph": one.paragraph, "question": one.question} for one in lacks],
        "not_understood": list(message.not_understood()),
        "compared": _compared(view, key, row),
    }


def _compared(view: View, key: bytes, row: AnyRow) -> dict[str, Any] | None:
    if row.compared is None:
        return None
    found: dict[str, Any] = show_json(view, key, row.compared, row.matter_id, "compared", row.mid)
    return found


def list_matters(
    view: View, counterpart: str, cursor: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """The matters with a counterpart, the latest moved first, and the cursor of the next page. Raises CursorInvalid."""
    query = select(matters).where(matters.c.counterpart == counterpart)
    if cursor is not None:
        query = query.where(tuple_(matters.c.updated_ms, matters.c.id) < cursors.decode(cursor, int, str))
    rows = view.conn.execute(query.order_by(matters.c.updated_ms.desc(), matters.c.id.desc()).limit(limit + 1)).all()
    items = [
        {
            "matter": row.id,
            "counterpart": row.counterpart,
            "direction": row.direction,
            "kind": row.kind,
            "opened": rfc3339(row.opened_ms),
            "updated": rfc3339(row.updated_ms),
        }
        for row in rows[:limit]
    ]
    more = cursors.encode(rows[limit - 1].updated_ms, rows[limit - 1].id) if len(rows) > limit else None
    return items, more


@dataclass(frozen=True, slots=True)
class Waiting:
    """A matter that waits for somebody here: to be read, or (``decides``) for a decision on deadlines."""

    matter: str
    counterpart: str
    kind: str
    since_ms: int
    decides: bool


def waiting_matters(view: View, most: int) -> list[Waiting]:
    """What came outside cases and nobody read, and what is proposed to us; the longest waiting first."""
    unread = select(matters).where(matters.c.unread_ms.is_not(None)).order_by(matters.c.unread_ms).limit(most)
    theirs = (profiles.c.status == literal_column("'proposed'")) & (profiles.c.sender == profiles.c.counterpart)
    proposed = select(profiles).where(theirs).order_by(profiles.c.iat_ms).limit(most)
    open_ = [
        Waiting(row.matter_id, row.counterpart, str(Kind.PROFILE_PROPOSAL), row.iat_ms, decides=True)
        for row in view.conn.execute(proposed)
    ]
    named = {one.matter for one in open_}
    new = [
        Waiting(row.id, row.counterpart, row.kind, row.unread_ms, decides=False)
        for row in view.conn.execute(unread)
        if row.id not in named
    ]
    return sorted([*open_, *new], key=lambda one: (one.since_ms, one.matter))[:most]


def newest_reconciliation(view: View, counterpart: str, direction: str) -> dict[str, Any] | None:
    """The last list that we sent (``out``) or that came (``in``), with what differed when it came."""
    row = view.conn.execute(
        select(matter_messages.c.mid, matter_messages.c.matter_id)
        .join(matters, matters.c.id == matter_messages.c.matter_id)
        .where(
            matters.c.counterpart == counterpart,
            matter_messages.c.kind == str(Kind.RECONCILIATION),
            matter_messages.c.direction == direction,
            matters.c.content_key.is_not(None),
        )
        .order_by(matter_messages.c.logged_ms.desc(), matter_messages.c.mid.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    thread = load_matter(view, row.matter_id)
    found = next(one for one in thread.said if one.mid == row.mid)
    return _message(view, case_key(view, thread.row), found) | {"matter": row.matter_id}
