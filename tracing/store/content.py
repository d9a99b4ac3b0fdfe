"""What rests encrypted: the summary of a case, its messages, drafts and proposals, under the case's content key.

Each blob is bound to its place (case, table, row), so that one cannot be moved to stand for another. Destroying
``Case.content_key`` erases the case and leaves every audit leaf valid.
"""

from typing import Any

from sqlalchemy import insert, select

from protocol import strictjson
from tracing.store.spelt import Spelt
from tracing.store.unit import AnyRow, Tx, View
from tracing.tables import SearchToken, table_of

__all__ = ["Erased", "case_key", "hide", "index_more_words", "index_words", "show", "show_json"]

MOST_BYTES = 8 * 1024 * 1024
_tokens = table_of(SearchToken)
_ADD_TOKEN = Spelt(insert(_tokens))


class Erased(Exception):
    """The content key of this case was destroyed; its content cannot be read again."""


def case_key(view: View, case: AnyRow) -> bytes:
    """The content key of a case row (needs its columns id and content_key)."""
    if case.content_key is None:
        raise Erased(case.id)
    return view.cipher.unwrap(case.content_key)


def hide(view: View, key: bytes, value: Any, *place: str) -> bytes:
    """Encrypt bytes, or any JSON value, for its place, e.g. ``hide(tx, key, body, case_id, "draft", draft_id)``."""
    plain = value if isinstance(value, bytes) else strictjson.dump(value)
    return view.cipher.encrypt(key, plain, "\x1f".join(place))


def show(view: View, key: bytes, blob: bytes, *place: str) -> bytes:
    """The bytes that ``hide`` took."""
    return view.cipher.decrypt(key, blob, "\x1f".join(place))


def show_json(view: View, key: bytes, blob: bytes, *place: str) -> Any:
    """The JSON value that ``hide`` took."""
    return strictjson.load(show(view, key, blob, *place), MOST_BYTES)


def index_words(tx: Tx, case_id: str, words: set[str]) -> None:
    """Make a new case findable by these normalised words, which the database itself cannot read."""
    _index(tx, case_id, {tx.cipher.token(word) for word in words})


def index_more_words(tx: Tx, case_id: str, words: set[str]) -> None:
    """Make a case findable by further words; those it has stay."""
    known = set(tx.conn.execute(select(_tokens.c.token).where(_tokens.c.case_id == case_id)).scalars())
    _index(tx, case_id, {tx.cipher.token(word) for word in words} - known)


def _index(tx: Tx, case_id: str, tokens: set[str]) -> None:
    _ADD_TOKEN.run_each(tx.conn, [{"token": token, "case_id": case_id} for token in sorted(tokens)])
