"""The request of a case as it stands now: as it was made, with every amendment that counts (domain 7b.1 no. 8)."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import delete, select, update

from protocol.lifecycle import Effect, Kind
from protocol.messages import Amendment
from tracing.casework.elements.held import read_held
from tracing.casework.summary import summarise, words_of
from tracing.casework.thread import Thread, cases, messages
from tracing.store import Tx, View
from tracing.store.content import case_key, hide, index_more_words, index_words
from tracing.tables import SearchToken, table_of

__all__ = ["current_request", "summarise_anew", "summarise_without"]

_tokens = table_of(SearchToken)


def current_request(view: View, thread: Thread) -> dict[str, Any]:
    """The body of the request with what amendments put in its place, in the order their sender made them."""
    return [{}, *_versions(view, thread)][-1]


def _versions(view: View, thread: Thread) -> Iterator[dict[str, Any]]:
    """The request as it was made, then as it stood after each amendment that counts."""
    mids = [
        one.mid
        for one in sorted(thread.said, key=lambda one: (len(thread.view.past.get(one.mid, ())), one.mid))
        if one.kind in (Kind.TRACE_REQUEST, Kind.AMENDMENT) and thread.view.effects[one.mid] is Effect.EFFECTIVE
    ]
    key = case_key(view, thread.case)
    of_case = messages.c.case_id == thread.case.id
    rows = {row.mid: row for row in view.conn.execute(select(messages).where(of_case, messages.c.mid.in_(mids)))}
    body: dict[str, Any] = {}
    for mid in mids:
        message = read_held(view, key, rows[mid]).message
        body = body | (message.changes() if isinstance(message, Amendment) else message.to_body())
        yield body


def summarise_anew(tx: Tx, thread: Thread) -> None:
    """After an amendment: lists show the weapon as it is now known; it is found by its old words and by its new."""
    if not any(one.kind is Kind.AMENDMENT for one in thread.said):
        return
    summary = summarise(current_request(tx, thread))
    hidden = hide(tx, case_key(tx, thread.case), summary, thread.case.id, "summary")
    tx.conn.execute(update(cases).where(cases.c.id == thread.case.id).values(summary=hidden))
    index_more_words(tx, thread.case.id, words_of(summary))


def summarise_without(tx: Tx, thread: Thread) -> None:
    """After an erasure: lists show, and the case is found by, what is left of its request and amendments only."""
    summaries = [summarise(body) for body in _versions(tx, thread)] or [{}]
    hidden = hide(tx, case_key(tx, thread.case), summaries[-1], thread.case.id, "summary")
    tx.conn.execute(update(cases).where(cases.c.id == thread.case.id).values(summary=hidden))
    tx.conn.execute(delete(_tokens).where(_tokens.c.case_id == thread.case.id))
    index_words(tx, thread.case.id, set().union(*(words_of(one) for one in summaries)))
