"""Roots and keysets at rest, byte for byte: which are the newest, and how they are believed again.

Rules
- Nothing is ever removed: old evidence needs old documents.
- A keyset is named by the version of the newest root when it came (``under``) and its own: a root that names other
  keyset keys lets the versions begin anew.

    kept = kept_of(view, "br")
    kept.trust(digest, net)
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, insert, select

from keys.card import root_digest
from keys.trust import TrustSet
from tracing.store import AnyRow, Tx, View
from tracing.store.spelt import Spelt
from tracing.tables import TrustDocument, table_of

__all__ = ["Kept", "Named", "add_document", "all_named", "is_kept", "kept_of", "read_kept"]

ROOT, KEYSET = "root", "keyset"
_documents = table_of(TrustDocument)
_NAMES = ("authority", "kind", "under", "version", "sha256")


@dataclass(frozen=True, slots=True)
class Named:
    """The documents to believe an authority by, without their bytes: enough to see whether they changed."""

    roots: int
    under: int | None  # of the newest keyset, None where there is none
    keyset: int | None
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """The chain of roots from version 1 on, the newest keyset, and the version of the root it came under."""

    roots: tuple[bytes, ...]
    keyset: bytes | None
    under: int | None

    def trust(self, digest: str, net: str) -> TrustSet:
        """What was believed, verified again. Raises what TrustSet raises."""
        return TrustSet.resume(self.roots, digest, net, self.keyset, under=self.under)


def all_named(view: View) -> dict[str, Named]:
    """By authority: the names of its documents."""
    rows: dict[str, list[AnyRow]] = {}
    for row in _ALL_NAMED.rows(view.conn):
        rows.setdefault(row.authority, []).append(row)
    return {authority: _named(theirs) for authority, theirs in rows.items()}


def _named(rows: Iterable[AnyRow]) -> Named:
    roots, newest = [], None
    for row in rows:
        if row.kind == ROOT:
            roots.append(row.sha256)
        else:
            newest = row
    if newest is None:
        return Named(len(roots), None, None, tuple(roots))
    return Named(len(roots), newest.under, newest.version, (*roots, newest.sha256))


def kept_of(view: View, authority: str) -> Kept:
    """The documents of one authority."""
    return read_kept(view, authority, all_named(view).get(authority, Named(0, None, None, ())))


def is_kept(view: View, authority: str, digest: str) -> bool:
    """Whether a document with this SHA-256 (hexadecimal) is one of the authority's, of any version."""
    this = (_documents.c.authority == authority, _documents.c.sha256 == digest)
    return view.conn.execute(select(_documents.c.version).where(*this).limit(1)).first() is not None


def read_kept(view: View, authority: str, named: Named) -> Kept:
    """The bytes of these documents."""
    of = _documents.c.authority == authority
    roots = _ordered(_documents.c.document).where(of, _documents.c.kind == ROOT)
    newest = (_documents.c.kind == KEYSET, _documents.c.under == named.under, _documents.c.version == named.keyset)
    keyset = view.conn.execute(select(_documents.c.document).where(of, *newest)).scalar()
    return Kept(tuple(view.conn.execute(roots).scalars()), keyset, named.under)


def _ordered(*columns: Any) -> Select[Any]:
    return select(*columns).order_by(_documents.c.authority, _documents.c.under, _documents.c.version)


_ALL_NAMED = Spelt(_ordered(*(_documents.c[name] for name in _NAMES)))


def add_document(tx: Tx, authority: str, kind: str, *, under: int, version: int, document: bytes) -> None:
    """Keep one. IntegrityError where one of that name is kept already."""
    row = {"authority": authority, "kind": kind, "under": under, "version": version, "document": document}
    own = {"sha256": root_digest(document), "received_ms": tx.now_ms}
    tx.conn.execute(insert(_documents).values(row | own))
