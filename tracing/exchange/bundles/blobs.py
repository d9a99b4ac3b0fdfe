"""Bytes of attachments from a bundle to the folder: whole ones at once, pieces until the last one is here.

Rules
- Under names of their own until all of it is here with its digest, so that a connection that brings the same attachment
  meanwhile is not disturbed. Pieces lie side by side, in whatever order they come; what is kept is at most the whole.
- What is not what it should be leaves nothing.

    lay(folder, blob, member, pieces)   # True: the attachment is whole
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from protocol.bundle import Member, pieces_of
from tracing.attachments import Folder
from tracing.exchange.client import Blob

__all__ = ["Spoilt", "lay"]


class Spoilt(Exception):
    """The bytes are others than their digest says, or some are missing."""


def lay(folder: Folder, blob: Blob, member: Member, pieces: Iterable[bytes]) -> bool:
    """Keep what ``member`` brings of ``blob``; whether all of it is here now. Spoilt, OSError."""
    if not folder.holds(blob.digest):
        fresh = _fresh(folder, pieces, member.len, member.sha256)
        if member.piece is None:
            folder.keep(fresh, blob.digest)
        else:
            fresh.replace(_places(folder, blob)[member.piece])
            if not _joined(folder, blob):
                return False
    _forget(folder, blob)
    return True


def _places(folder: Folder, blob: Blob) -> list[Path]:
    """Where its pieces lie, or would."""
    return [folder.path / f"{blob.digest}-{blob.length}.piece-{number}" for number in range(pieces_of(blob.length))]


def _forget(folder: Folder, blob: Blob) -> None:
    for place in _places(folder, blob):
        place.unlink(missing_ok=True)


def _joined(folder: Folder, blob: Blob) -> bool:
    """Put the pieces together once all are here. Spoilt where they are together something else; then all are gone."""
    places = _places(folder, blob)
    if not all(place.exists() for place in places):
        return False
    try:
        folder.keep(_fresh(folder, (place.read_bytes() for place in places), blob.length, blob.digest), blob.digest)
    except Spoilt:
        _forget(folder, blob)
        raise
    return True


def _fresh(folder: Folder, pieces: Iterable[bytes], length: int, digest: str) -> Path:
    """A file of exactly these bytes, synced. Spoilt leaves none."""
    handle, name = tempfile.mkstemp(prefix="new-bundle-", dir=folder.path)
    fresh, hashed, size = Path(name), hashlib.sha256(), 0
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                hashed.update(piece)
                size += file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        _check(size, hashed.hexdigest(), length, digest)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    return fresh


def _check(size: int, found: str, length: int, digest: str) -> None:
    if size != length:
        raise Spoilt(f"expected {length} bytes, the file has {size} of them: it was not copied whole")
    if found != digest:
        raise Spoilt("its bytes are not those the index names")
