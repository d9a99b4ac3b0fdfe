"""Sealing what an officer brings, and opening what rests: streams between plain bytes and files of the folder.

sealing = Sealing(folder, name=ids.uuid7().hex, key=ids.random_bytes(32), net="real")
sealing.write(b"..."); made = sealing.finish()      # made.ct_sha256 names the file
b"".join(opened(folder, made, net="real"))          # the plain bytes again
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from keys.errors import SealUnreadable
from keys.streams import OpeningStream, SealingStream
from protocol import attachments
from tracing.attachments.folder import Folder

__all__ = ["SealedFile", "Sealing", "TooLong", "opened"]


class TooLong(Exception):
    """More bytes than one attachment may have."""


class Known(Protocol):
    """What must be known of an attachment to open it: ``protocol.attachments.Attachment``, or a ``SealedFile``."""

    @property
    def length(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    @property
    def key(self) -> bytes: ...
    @property
    def ct_sha256(self) -> str: ...


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A sealed file of the folder, and what opens it."""

    length: int
    sha256: str
    key: bytes = field(repr=False)
    ct_sha256: str


class Sealing:
    """Plain bytes in; a sealed file out. TooLong past the limit of one attachment."""

    def __init__(self, folder: Folder, *, name: str, key: bytes, net: str) -> None:
        self._folder = folder
        self._key = key
        self._file = folder.new(name)
        self._path = folder.path / f"new-{name}"
        self._stream = SealingStream(key, attachments.context(net))
        self._plain, self._sealed = hashlib.sha256(), hashlib.sha256()
        self.length = 0

    def write(self, plain: bytes) -> None:
        """Take some more."""
        self.length += len(plain)
        if self.length > attachments.MAX_BYTES:
            raise TooLong(f"expected at most {attachments.MAX_BYTES} bytes")
        self._plain.update(plain)
        self._put(self._stream.update(plain))

    def finish(self) -> SealedFile:
        """That was all. From here on a crash is safe: the file is synced and has its name."""
        self._put(self._stream.finish())
        os.fsync(self._file.fileno())
        self._file.close()
        digest = self._sealed.hexdigest()
        self._folder.keep(self._path, digest)
        return SealedFile(self.length, self._plain.hexdigest(), self._key, digest)

    def abandon(self) -> None:
        """Leave nothing behind. After ``finish`` it does nothing."""
        self._file.close()
        with suppress(FileNotFoundError):
            self._path.unlink()

    def _put(self, sealed: bytes) -> None:
        self._sealed.update(sealed)
        left = memoryview(sealed)
        while left:
            left = left[self._file.write(left) :]


def opened(folder: Folder, known: Known, *, net: str) -> Iterator[bytes]:
    """The plain bytes in pieces. SealUnreadable if the file does not open, or is not what its sender said it is.

    Each piece is authentic; only the end of the iteration proves that it was all, and the right thing.
    """
    stream, digest, length = OpeningStream(known.key, attachments.context(net)), hashlib.sha256(), 0
    for piece in _plain(folder, known, stream):
        digest.update(piece)
        length += len(piece)
        yield piece
    if (length, digest.hexdigest()) != (known.length, known.sha256):
        raise SealUnreadable("the attachment is not what its statement says")


def _plain(folder: Folder, known: Known, stream: OpeningStream) -> Iterator[bytes]:
    for sealed in folder.pieces(known.ct_sha256):
        if plain := stream.update(sealed):
            yield plain
    yield stream.finish()
