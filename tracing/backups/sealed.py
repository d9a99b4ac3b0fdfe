r"""The file of a backup: sealed under a passphrase of its own, as a stream, in bounded memory.

Format, version 1
    itx-backup/1 \n
    header \n       JSON: {"lock": how the passphrase is stretched (keys/lockbox), "key": the stream's key, locked}
    stream          C2SP chunked encryption (keys/streams) of what the backup holds

Rules
- Each backup has a fresh key; the passphrase only locks that key. Both lines above the stream are bound into it, so a
  changed header opens nothing.
- Every chunk is authenticated with its place: one that is altered, moved or missing, a stream that ends early and one
  that goes on too long are all found, and what was read before is only believed once ``read`` came to the end.
- Written beside its name, synced, then renamed: a file of that name is a whole backup, or none.

    with sealing(place, passphrase, random) as out: out.write(b"...")
    with opening(place, passphrase) as source: source.read(1 << 16)
"""

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from keys import privatefile
from keys.algorithms import Random
from keys.errors import SealUnreadable, VaultDamaged
from keys.lockbox import Lockbox, LockHeader
from keys.streams import OpeningStream, SealingStream
from tracing.backups.errors import BackupDamaged, BackupExists

__all__ = ["Source", "Target", "opening", "sealing"]

MAGIC: Final = b"itx-backup/1\n"
MOST_HEADER: Final = 4096
KEY_BYTES: Final = 32
NO_LINKS: Final = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
PIECE_BYTES: Final = 256 * 1024
NAME: Final = "backup"  # under which the key is locked
NOT_WHOLE: Final = "it is cut short or was altered; take another copy of it"


class _Header(BaseModel):
    """The second line of the file. Nothing in it is secret."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    lock: LockHeader
    key: str


class Target:
    """Where the plain bytes of a backup are written to."""

    def __init__(self, file: IO[bytes], stream: SealingStream) -> None:
        self._file = file
        self._stream = stream

    def write(self, plain: bytes) -> int:
        """All of them; nothing once the file is closed, where a tar that was given up still writes a last block."""
        if self._file.closed:
            return len(plain)
        self._file.write(self._stream.update(bytes(plain)))
        return len(plain)

    def finish(self) -> None:
        """Nothing follows. From the sync on it may bear its name."""
        self._file.write(self._stream.finish())
        self._file.flush()
        os.fsync(self._file.fileno())


class Source:
    """Where the plain bytes of a backup are read from."""

    def __init__(self, file: IO[bytes], stream: OpeningStream, progress: Callable[[int], None]) -> None:
        self._file = file
        self._stream = stream
        self._progress = progress
        self._ready = bytearray()
        self._is_over = False

    def read(self, size: int) -> bytes:
        """At most so many; none when all were read and nothing is missing. BackupDamaged."""
        while len(self._ready) < size and not self._is_over:
            self._more()
        given = bytes(self._ready[:size])
        del self._ready[:size]
        return given

    def drain(self) -> None:
        """Read what follows, to the end: only then was it all."""
        while self.read(PIECE_BYTES):
            pass

    def _more(self) -> None:
        sealed = self._file.read(PIECE_BYTES)
        self._is_over = not sealed
        try:
            self._ready += self._stream.update(sealed) if sealed else self._stream.finish()
        except SealUnreadable as error:
            raise BackupDamaged(f"this backup is not whole: {NOT_WHOLE}") from error
        self._progress(self._file.tell())


@contextmanager
def sealing(place: Path, passphrase: bytes, random: Random) -> Iterator[Target]:
    """A new backup at ``place``; if the block fails there is none. BackupExists."""
    if place.exists():
        raise BackupExists(f"{place} is there already; a backup is never written over: name another file")
    key, lock = random(KEY_BYTES), Lockbox.new(passphrase, random)
    header = _Header(lock=lock.header, key=lock.seal(key, NAME, random)).model_dump_json().encode()
    beside = place.with_name(f".{place.name}.new")
    beside.unlink(missing_ok=True)  # what a crash left
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(MAGIC + header + b"\n")
            target = Target(file, SealingStream(key, _context(header)))
            yield target
            target.finish()
        _name(beside, place)
    except FileExistsError as error:
        raise BackupExists(f"{place} is there already; a backup is never written over: name another file") from error
    finally:
        beside.unlink(missing_ok=True)
    privatefile.flush_folder(place.parent)


def _name(beside: Path, place: Path) -> None:
    """Refuse what came there meanwhile. FAT and some shares know no second name for a file: there it is renamed."""
    try:
        os.link(beside, place)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        if place.exists():
            raise FileExistsError from error
        beside.rename(place)


@contextmanager
def opening(place: Path, passphrase: bytes, progress: Callable[[int], None]) -> Iterator[Source]:
    """The content of a backup; ``progress`` hears how many bytes were read. BackupDamaged, WrongPassphrase."""
    with place.open("rb") as file:
        header = _header(file, place)
        lock = Lockbox.of(_parsed(header, place).lock, passphrase)
        try:
            key = lock.unseal(_parsed(header, place).key, NAME)
        except VaultDamaged as error:
            raise BackupDamaged(f"{place}: {NOT_WHOLE}") from error
        yield Source(file, OpeningStream(key, _context(header)), progress)


def _header(file: IO[bytes], place: Path) -> bytes:
    if file.read(len(MAGIC)) != MAGIC:
        raise BackupDamaged(f"{place} is no backup that this version reads: expected it to begin with {MAGIC[:-1]!r}")
    line = file.readline(MOST_HEADER + 1)
    if not line.endswith(b"\n"):
        raise BackupDamaged(f"{place}: {NOT_WHOLE}")
    return line[:-1]


def _parsed(header: bytes, place: Path) -> _Header:
    try:
        return _Header.model_validate_json(header)
    except ValidationError as error:
        raise BackupDamaged(f"{place}: {NOT_WHOLE}") from error


def _context(header: bytes) -> bytes:
    return b"itx/1 backup\0" + hashlib.sha256(MAGIC + header + b"\n").digest()
