"""Our own trust documents, as counterparts fetch them and as they are shown without being asked for.

documents = OwnDocuments(trust.root_documents, trust.keyset_document)
post_body((), hello=item, trust=documents.newest)
"""

from dataclasses import dataclass

__all__ = ["OwnDocuments"]


@dataclass(frozen=True, slots=True)
class OwnDocuments:
    """Byte for byte: the chain of roots from version 1, and the newest keyset."""

    roots: tuple[bytes, ...]
    keyset: bytes

    @property
    def newest(self) -> tuple[bytes, ...]:
        """What who knew us yesterday needs today. The first root is never shown so: it was compared by officers."""
        return (*self.roots[1:][-1:], self.keyset)
