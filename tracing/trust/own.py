"""Our own documents, believed as a counterpart would believe them.

trust = store.read_now(lambda view: own_trust(view, settings))
"""

from sqlalchemy import select

from keys.roots import read_root
from keys.trust import TrustSet
from tracing.settings import Settings
from tracing.store import View
from tracing.tables import Counterpart, TrustDocument, table_of
from tracing.trust.documents import kept_of

__all__ = ["NotFounded", "own_trust"]

_counterparts, _documents = table_of(Counterpart), table_of(TrustDocument)


class NotFounded(Exception):
    """The node has keys but no root yet: its holders must sign one (``tracing root``)."""


def own_trust(view: View, settings: Settings) -> TrustSet:
    """Our own chain and keyset, verified as a counterpart would. NotFounded, or ConfigInvalid for another's name."""
    kept = kept_of(view, settings.authority)
    if not kept.roots or kept.keyset is None:
        _require_own_name(view, settings)
        msg = (
            f"{settings.authority} has no root yet: its holders sign one on machines without network "
            "(`tracing root new`, `root sign`), then `tracing root install FILE`"
        )
        raise NotFounded(msg)
    first = read_root(kept.roots[0])
    settings.require_identity(first.root.auth, first.root.country, first.root.net)
    return kept.trust(first.sha256, settings.net)


def _require_own_name(view: View, settings: Settings) -> None:
    """ConfigInvalid when this database holds the root of a node with another name: ours is nobody's counterpart."""
    pinned = select(_counterparts.c.authority)
    own = select(_documents.c.authority).where(_documents.c.kind == "root", _documents.c.authority.not_in(pinned))
    authority = view.conn.execute(own.limit(1)).scalar()
    if authority is not None:
        settings.require_identity(authority, settings.country, settings.net)
