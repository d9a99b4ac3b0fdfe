"""The content of one case released to one auditor: asked for with a reason, given by another person, until a day.

Rules
- An auditor sees acts, not content (domain 7b.5). He asks for one case; an approver gives it for some days, or not.
- Nobody gives himself anything: who asked never gives, whatever his role became since, one person releasing or two.
- While it stands the auditor reads that case as it stands, restrictions per element included, and changes nothing.
- Whether it stands is asked again in the transaction of each reading's leaf: what expired or was revoked shows nothing
  from that moment. The leaf names the release.
- The reason rests encrypted under the content key of the case; the trail has its digest.
"""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, insert, select, update

from protocol.names import CaseId
from tracing import audit
from tracing.casework.errors import Forbidden, IllegalMove, Incomplete, NotFound, Problem, shown
from tracing.casework.policy import Actor, Opened, permit
from tracing.casework.thread import load
from tracing.store import AnyRow, Tx, View
from tracing.store.content import case_key, hide, show_json
from tracing.tables import Case, ContentRelease, table_of

__all__ = [
    "DAYS", "MOST_DAYS", "Release", "all_releases", "ask", "decide", "end", "note_reading", "opened_to", "stands",
    "waiting",
]  # fmt: skip

DAYS: Final = 14
MOST_DAYS: Final = 90  # an audit that takes longer asks again
MOST_REASON: Final = 2000
MOST_LISTED: Final = 500
DAY_MS: Final = 86_400_000
GIVEN, REFUSED = "given", "refused"
_releases, _cases = table_of(ContentRelease), table_of(Case)


@dataclass(frozen=True, slots=True)
class Release:
    """One release, or what was asked for. ``state``: asked, given, refused, expired, ended."""

    release: str
    case: str
    auditor: str
    reason: str | None
    asked_ms: int
    state: str
    decided_by: str | None
    decided_ms: int | None
    until_ms: int | None
    ended_by: str | None
    ended_ms: int | None


# ---------------------------------------------------------------- asking and giving


def ask(tx: Tx, actor: Actor, case_id: str, reason: str) -> str:
    """Ask for the content of a case; the id of what waits for an approver."""
    permit(actor, "ask-content")
    if not CaseId.FORM.fullmatch(case_id):
        msg = f"no case {shown(case_id)} at this node"
        raise NotFound(msg)
    thread = load(tx, case_id)
    reason = _reason(reason)
    waiting = select(_releases.c.id).where(
        _releases.c.auditor == actor.name, _releases.c.case_id == case_id, _releases.c.decision.is_(None)
    )
    if tx.conn.execute(waiting).first() is not None:
        msg = f"you have asked for case {case_id} already: an approver has not decided yet"
        raise IllegalMove(msg)
    name = tx.ids.uuid7().hex
    blob = hide(tx, case_key(tx, thread.case), {"reason": reason}, case_id, "insight", name)
    row = {"id": name, "case_id": case_id, "auditor": actor.name, "reason": blob, "asked_ms": tx.now_ms}
    tx.conn.execute(insert(_releases).values(row))
    digest = hashlib.sha256(reason.encode()).hexdigest()
    _note(tx, case_id, "ask-content", actor, name, {"reason": digest})
    return name


def decide(tx: Tx, actor: Actor, release: str, *, days: int | None) -> None:
    """Give what was asked for, for so many days from now, or refuse it (None)."""
    permit(actor, "give-content")
    row = _row(tx, release)
    if row.decision is not None:
        msg = f"the release {release} was decided by {row.decided_by} already: {row.decision}"
        raise IllegalMove(msg)
    if row.auditor == actor.name:
        msg = f"{actor.name} asked for this; another person gives it"
        raise Forbidden(msg)
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise Incomplete((Problem("days", f"a whole number from 1 to {MOST_DAYS}", shown(days)),))
    until = None if days is None else tx.now_ms + days * DAY_MS
    values = {"decision": REFUSED if days is None else GIVEN, "decided_by": actor.name, "decided_ms": tx.now_ms}
    tx.conn.execute(update(_releases).where(_releases.c.id == release).values(values | {"until_ms": until}))
    act = "refuse-content" if days is None else "give-content"
    _note(tx, row.case_id, act, actor, release, {"auditor": row.auditor, "until_ms": until})


def end(tx: Tx, actor: Actor, release: str) -> None:
    """Revoke a release that stands, or what was asked for: an approver does, or the auditor himself."""
    permit(actor, "insight")
    row = _row(tx, release)
    if row.auditor != actor.name:
        permit(actor, "give-content")
    state = _state(row, tx.now_ms)
    if state not in ("asked", GIVEN):
        msg = f"the release {release} has ended already: {state}"
        raise IllegalMove(msg)
    values = {"ended_by": actor.name, "ended_ms": tx.now_ms}
    if row.decision is None:
        values |= {"decision": REFUSED, "decided_by": actor.name, "decided_ms": tx.now_ms}
    tx.conn.execute(update(_releases).where(_releases.c.id == release).values(values))
    _note(tx, row.case_id, "end-content", actor, release, {"auditor": row.auditor})


# ---------------------------------------------------------------- reading


def opened_to(view: View, name: str, case_id: str, now_ms: int) -> Opened | None:
    """The release by which this person may read this case now, the one that lasts longest."""
    query = (
        select(_releases.c.id)
        .where(_releases.c.auditor == name, _releases.c.case_id == case_id, *_standing(now_ms))
        .order_by(_releases.c.until_ms.desc())
        .limit(1)
    )
    release = view.conn.execute(query).scalar()
    return None if release is None else Opened(case_id, release)


def stands(tx: Tx, actor: Actor, *cases: str) -> dict[str, str]:
    """What the leaf of a reading says of the release it goes by. Forbidden where none stands any more for these."""
    if actor.opened is None:
        return {}
    query = select(_releases.c.id).where(_releases.c.id == actor.opened.release, *_standing(tx.now_ms))
    if tx.conn.execute(query).first() is None or set(cases) != {actor.opened.case}:
        msg = "the content of this case is not released to you any more: ask for it again"
        raise Forbidden(msg)
    return {"release": actor.opened.release}


def note_reading(tx: Tx, actor: Actor, case_ids: tuple[str, ...], what: str) -> None:
    """The leaf of one reading, however many cases it showed. Forbidden where it goes by a release that ended."""
    by = stands(tx, actor, *case_ids)
    ref = case_ids[0] if len(case_ids) == 1 else what
    audit.note(tx, "read", ref, {"actor": actor.name, "what": what, "cases": list(case_ids)} | by)


def all_releases(view: View, actor: Actor, now_ms: int) -> list[Release]:
    """What was asked for and given, the newest first: an auditor's own, an approver all."""
    permit(actor, "insight")
    query = select(_releases, _cases.c.content_key).join(_cases, _cases.c.id == _releases.c.case_id)
    if actor.role == "auditor":
        query = query.where(_releases.c.auditor == actor.name)
    rows = view.conn.execute(query.order_by(_releases.c.asked_ms.desc(), _releases.c.id.desc()).limit(MOST_LISTED))
    return [_release(view, row, now_ms) for row in rows]


def waiting(view: View) -> int:
    """How many wait for an approver."""
    query = select(func.count()).select_from(_releases).where(_releases.c.decision.is_(None))
    return int(view.conn.execute(query).scalar_one())


# ---------------------------------------------------------------- inside


def _standing(now_ms: int) -> tuple[Any, ...]:
    return (_releases.c.decision == GIVEN, _releases.c.until_ms > now_ms, _releases.c.ended_ms.is_(None))


def _state(row: AnyRow, now_ms: int) -> str:
    if row.ended_ms is not None:
        return "ended"
    if row.decision != GIVEN:
        return row.decision or "asked"
    return GIVEN if row.until_ms > now_ms else "expired"


def _release(view: View, row: AnyRow, now_ms: int) -> Release:
    return Release(
        release=row.id, case=row.case_id, auditor=row.auditor, reason=_said(view, row), asked_ms=row.asked_ms,
        state=_state(row, now_ms), decided_by=row.decided_by, decided_ms=row.decided_ms, until_ms=row.until_ms,
        ended_by=row.ended_by, ended_ms=row.ended_ms,
    )  # fmt: skip


def _said(view: View, row: AnyRow) -> str | None:
    """The reason; None where the case was erased."""
    if row.content_key is None:
        return None
    key = view.cipher.unwrap(row.content_key)
    return str(show_json(view, key, row.reason, row.case_id, "insight", row.id)["reason"])


def _row(view: View, release: str) -> AnyRow:
    row = None
    if release.isalnum():
        row = view.conn.execute(select(_releases).where(_releases.c.id == release)).first()
    if row is None:
        msg = f"no release {shown(release)} at this node"
        raise NotFound(msg)
    return row


def _reason(text: str) -> str:
    text = text.strip()
    if not text or len(text) > MOST_REASON:
        raise Incomplete((Problem("reason", f"why you need it, in at most {MOST_REASON} characters", shown(text)),))
    return text


def _note(tx: Tx, case_id: str, act: str, actor: Actor, release: str, more: dict[str, Any]) -> None:  # noqa: PLR0917 - a leaf and its members
    what = {"act": act, "actor": actor.name, "case": case_id, "release": release} | more
    audit.note(tx, "op", case_id, {name: value for name, value in what.items() if value is not None})
