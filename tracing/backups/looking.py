"""Looking at a database without the node's keys: what is encrypted at rest stays closed.

with looking_at(engine) as view: audit.verify(view, check_note_of(settings, view))
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Engine, select

from keys.admission import PublicKey
from keys.rest import ContentCipher
from tracing import audit
from tracing.audit import CheckNote, Checkpoints
from tracing.settings import Settings
from tracing.store import View
from tracing.tables import Tree, table_of
from tracing.trust.own import NotFounded, own_trust

__all__ = ["check_note_of", "looking_at", "sizes_of_trees"]

_CLOSED: Final = bytes(32)
_trees = table_of(Tree)


@contextmanager
def looking_at(engine: Engine) -> Iterator[View]:
    """A snapshot."""
    with engine.connect() as conn, conn.begin():
        yield View(conn, ContentCipher(_CLOSED, _CLOSED, bytes))


def sizes_of_trees(view: View) -> dict[str, int]:
    """Every tree with how many entries it has."""
    return {row.name: row.size for row in view.conn.execute(select(_trees.c.name, _trees.c.size))}


def check_note_of(settings: Settings, view: View) -> CheckNote:
    """Who signed the checkpoints stands in our own keyset; a node that waits for its root has signed none."""
    try:
        listed = own_trust(view, settings).log_keys
    except NotFounded:
        listed = ()
    return _checkpoints(listed).check


def _checkpoints(listed: tuple[tuple[PublicKey, bool], ...]) -> audit.Checkpoints:
    return Checkpoints(lambda: (), lambda: listed)
