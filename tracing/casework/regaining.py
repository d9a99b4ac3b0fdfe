"""A message of our own that this node lost and its recipient gave back: into its case again, as it was said.

Rules
- Nothing is decided: it was said and received, so it stands whatever the case looks like now; ``fold`` judges it.
- Who wrote it is not known any more; the trail says ``given back``.
- One whose case is not here again (the counterpart's request comes after it) waits: ``NotYet``.
- Files attached to it are not here; the recipient has them.

    thread = regain(tx, house, verified, came)
"""

from sqlalchemy import select, update

from protocol.envelope import Verified
from protocol.lifecycle import Kind
from tracing.attachments import rows
from tracing.casework.acts import House
from tracing.casework.errors import NotFound
from tracing.casework.matters.hearing import row_of
from tracing.casework.matters.rows import add_message, is_matter, load_matter, open_matter
from tracing.casework.receiving import NotYet
from tracing.casework.summary import dossier_of, is_dossier
from tracing.casework.thread import cases, envelopes, messages
from tracing.casework.writing import FirstMessage, NewCase, add_regained, begin_case, received_row, settle
from tracing.store import AnyRow, Tx

__all__ = ["BY", "NotYet", "regain"]

BY = "given back"


def regain(tx: Tx, house: House, verified: Verified) -> str:
    """The thread it is in again. NotYet where that is not here."""
    statement = verified.statement
    thread = str(statement.thread)
    if is_matter(thread):
        _into_matter(tx, house, verified, thread)
        return thread
    if verified.message.KIND is Kind.TRACE_REQUEST and not is_dossier(thread):
        if _is_new(tx, thread):
            _begin(tx, house, verified, thread)
        return thread
    for case_id in _cases_of(tx, verified, thread):
        add_regained(tx, case_id, verified, BY)
        settle(tx, house, case_id)
    _name_attachments(tx, house, verified)
    return thread


def _is_new(tx: Tx, case_id: str) -> bool:
    return tx.conn.execute(select(cases.c.id).where(cases.c.id == case_id)).first() is None


def _begin(tx: Tx, house: House, verified: Verified, case_id: str) -> None:
    """The request that opened a case of ours, and the counterpart's messages that waited for it."""
    statement, to = verified.statement, str(verified.statement.to)
    priority = str(getattr(verified.message, "priority", None) or "routine")
    new = NewCase(case_id, to, "sent", priority, dossier_of(verified.message, str(house.authority)))
    came = _envelope(tx, house, verified)
    row = received_row(case_id, verified) | {"direction": "out", "actor": BY}
    said = FirstMessage(verified.message, row, verified.inner, {"act": BY}, came.stage, came.accepted_ms)
    begin_case(tx, house, new, said)
    _name_attachments(tx, house, verified)
    waiting = (envelopes.c.case_id == case_id, envelopes.c.sender == to, envelopes.c.stage == "held")
    tx.conn.execute(update(envelopes).where(*waiting).values(stage="accepted"))
    ours = (envelopes.c.sender == str(house.authority), envelopes.c.mid == str(statement.mid))
    tx.conn.execute(update(envelopes).where(*ours).values(case_id=case_id))


def _envelope(tx: Tx, house: House, verified: Verified) -> AnyRow:
    ours = (envelopes.c.sender == str(house.authority), envelopes.c.mid == str(verified.statement.mid))
    return tx.conn.execute(select(envelopes.c.stage, envelopes.c.accepted_ms).where(*ours)).one()


def _cases_of(tx: Tx, verified: Verified, thread: str) -> list[str]:
    """The case of a message, or the cases of its dossier that it speaks of; without those that have it already."""
    statement = verified.statement
    if is_dossier(thread):
        named = messages.c.mid.in_([str(one) for one in statement.re])
        query = select(cases.c.id).join(messages, messages.c.case_id == cases.c.id).distinct()
        where = (cases.c.dossier == thread, cases.c.counterpart == str(statement.to), named)
        found = list(tx.conn.execute(query.where(*where).order_by(cases.c.id)).scalars())
    else:
        found = [] if _is_new(tx, thread) else [thread]
    if not found:
        raise NotYet(thread)
    known = select(messages.c.case_id).where(messages.c.mid == str(statement.mid))
    has_it = set(tx.conn.execute(known).scalars())
    return [one for one in found if one not in has_it]


def _name_attachments(tx: Tx, house: House, verified: Verified) -> None:
    """Its rows, marked: the recipient has the files, this node does not."""
    statement = verified.statement
    if verified.attachments and not rows.of_messages(tx, [str(statement.mid)]):
        rows.name_lost(
            tx, me=str(house.authority), mid=str(statement.mid), counterpart=str(statement.to),
            some=[one.attachment for one in verified.attachments],
        )  # fmt: skip


def _into_matter(tx: Tx, house: House, verified: Verified, matter: str) -> None:
    statement = verified.statement
    try:
        thread = load_matter(tx, matter)
    except NotFound:
        if matter.rpartition(".")[0] != str(house.authority):
            raise NotYet(matter) from None
        open_matter(tx, matter, str(statement.to), direction="sent", kind=str(verified.message.KIND))
    else:
        if any(one.mid == str(statement.mid) for one in thread.said):
            return
    add_message(tx, matter, row_of(verified) | {"direction": "out", "actor": BY}, verified.inner, {"act": BY})
