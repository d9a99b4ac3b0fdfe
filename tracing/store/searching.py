"""Finding cases by their words, which the database knows as HMAC tokens only.

Rules
- A case is found when it holds all the words, or one of several whole phrases.
- What few cases hold is looked up: their ids. What many hold narrows a walk over the list, which then meets it often.

    found = find(view, frozenset({"glock", "abc123"}), frozenset({"glock abc123"}))
    query.where(found.condition)
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select

from tracing.store.unit import View
from tracing.tables import Case, SearchToken, table_of

__all__ = ["MOST_FOUND", "Found", "find"]

MOST_FOUND = 500  # cases that are looked up by their ids
_cases, _tokens = table_of(Case), table_of(SearchToken)
_others = _tokens.alias("others")


@dataclass(frozen=True, slots=True)
class Found:
    """A condition on cases. ``is_few``: it is a list of ids, by which the cases are to be looked up."""

    condition: ColumnElement[bool]
    is_few: bool


def find(view: View, words: frozenset[str], phrases: frozenset[str]) -> Found:
    """The cases that hold all the words, or one of the phrases."""
    every, whole = ([view.cipher.token(text) for text in sorted(texts)] for texts in (words, phrases))
    ids = set(_holding(view, every)) | {id_ for token in whole for id_ in _holding(view, [token])}
    if len(ids) <= MOST_FOUND:
        return Found(_cases.c.id.in_(sorted(ids)), is_few=True)
    holds_every = and_(*map(_is_held, every)) if every else None
    conditions = [*map(_is_held, whole), *([] if holds_every is None else [holds_every])]
    return Found(or_(*conditions), is_few=False)


def _holding(view: View, tokens: list[str]) -> list[str]:
    """The ids of cases that hold all these tokens, one more than ``MOST_FOUND`` at most; the rarest token leads."""
    if not tokens:
        return []
    sizes = {token: len(_ids(view, token, ())) for token in tokens} if len(tokens) > 1 else dict.fromkeys(tokens, 0)
    rarest = min(tokens, key=sizes.__getitem__)
    return _ids(view, rarest, [token for token in tokens if token != rarest])


def _ids(view: View, token: str, beside: Iterable[str]) -> list[str]:
    held = [
        select(_others.c.token).where(_others.c.token == each, _others.c.case_id == _tokens.c.case_id).exists()
        for each in beside
    ]
    query = select(_tokens.c.case_id).where(_tokens.c.token == token, *held).limit(MOST_FOUND + 1)
    return list(view.conn.execute(query).scalars())


def _is_held(token: str) -> ColumnElement[bool]:
    return select(_tokens.c.token).where(_tokens.c.token == token, _tokens.c.case_id == _cases.c.id).exists()
