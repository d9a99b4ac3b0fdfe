"""Whether the folder holds what the rows say: quickly by its names, or every byte by its digest.

Must be here: what arrived, what we attached, what was recorded, and what waits for a message; not what is still coming
and not what was erased. Files that no row names are the sweeper's business.
"""

import hashlib
from collections.abc import Callable, Collection

from tracing.attachments import rows, uploads
from tracing.attachments.folder import Folder
from tracing.store import View

__all__ = ["expected", "first_wrong", "missing"]


def expected(view: View) -> list[str]:
    """The digests of the files that must be here, in order."""
    return sorted(rows.kept_digests(view) | uploads.unused_digests(view))


def missing(folder: Folder, digests: Collection[str]) -> list[str]:
    """Those that are not: one look at the names in the folder."""
    here = {file.name for file in folder.path.iterdir()} if folder.path.is_dir() else set()
    return [digest for digest in digests if digest not in here]


def first_wrong(folder: Folder, digests: Collection[str], progress: Callable[[int], None]) -> tuple[str, str] | None:
    """The first file that is not here or not what its name says, and a sentence; None where every byte is right."""
    for done, digest in enumerate(digests, 1):
        sha256 = hashlib.sha256()
        try:
            for piece in folder.pieces(digest):
                sha256.update(piece)
        except OSError:
            return digest, f"attachment {digest} is not in the folder"
        if sha256.hexdigest() != digest:
            return digest, f"attachment {digest} was altered"
        progress(done)
    return None
