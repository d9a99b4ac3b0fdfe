"""The folder of sealed attachments: ``attachments/`` in a node's home, one file for each digest.

Rules
- A whole file bears the SHA-256 of its bytes as its name; one that is still coming bears digest, length and ``.part``;
  one that is being sealed here bears ``new-``. Mode 0600, the folder 0700.
- A file becomes whole by a rename, after its bytes were synced and its digest was checked.
- What a crash leaves behind is a part that goes on where it ended, or a file nobody names, which ``sweep`` removes.

    folder = Folder(home / "attachments")
    with folder.part(digest, length).open("ab") as part: ...
    folder.settle(digest, length)   # True: it is whole and stays
"""

import hashlib
import os
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

__all__ = ["PIECE_BYTES", "Folder"]

PIECE_BYTES = 256 * 1024  # what is in memory of one file at once


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of one node. All calls touch the disk: in a thread, please."""

    path: Path

    def make(self) -> "Folder":
        """Be there, for this user alone."""
        self.path.mkdir(mode=0o700, exist_ok=True)
        return self

    # ------------------------------------------------------------ whole files

    def whole(self, digest: str) -> Path:
        """Where the file of this digest lies, or would."""
        return self.path / digest

    def holds(self, digest: str) -> bool:
        """Whether it is here, whole."""
        return self.whole(digest).is_file()

    def pieces(self, digest: str, first: int = 0, size: int | None = None) -> Iterator[bytes]:
        """The bytes of a whole file from ``first`` on, at most ``size``. OSError if it is not here."""
        with self.whole(digest).open("rb") as file:
            file.seek(first)
            while (most := PIECE_BYTES if size is None else min(PIECE_BYTES, size)) and (piece := file.read(most)):
                size = None if size is None else size - len(piece)
                yield piece

    def keep(self, new: Path, digest: str) -> None:
        """A file that was made here, complete and synced, gets its name for good."""
        new.replace(self.whole(digest))
        self._sync()

    # ------------------------------------------------------------ files on their way

    def new(self, name: str) -> IO[bytes]:
        """A file to seal into. FileExistsError if the name is taken."""
        return _open(self.path / f"new-{name}", os.O_CREAT | os.O_EXCL | os.O_WRONLY)

    def part(self, digest: str, length: int) -> Path:
        """Where what has come of a file lies. The length is in its name: a lie about it spoils nobody else's file."""
        return self.path / f"{digest}-{length}.part"

    def received(self, digest: str, length: int) -> int:
        """How many of its bytes are here."""
        if self.holds(digest):
            return length
        try:
            return self.part(digest, length).stat().st_size
        except FileNotFoundError:
            return 0

    def open_part(self, digest: str, length: int) -> IO[bytes]:
        """The part, to write at its end."""
        return _open(self.part(digest, length), os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def settle(self, digest: str, length: int) -> bool:
        """Check a part that is complete. True: it is whole and synced. False: it was something else and is gone."""
        part = self.part(digest, length)
        with part.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        if found != digest:
            part.unlink()
            return False
        self.keep(part, digest)
        return True

    # ------------------------------------------------------------ cleaning

    def sweep(self, named: set[str], before_s: float, erased: AbstractSet[str] = frozenset()) -> int:
        """Remove what no row names and nobody has touched since ``before_s`` (seconds since 1970). How many went.

        What is ``erased`` goes whenever it was touched.
        """
        gone = 0
        for file in list(self.path.iterdir()):
            with suppress(FileNotFoundError):
                digest = file.name[:64]
                if digest not in named and (digest in erased or file.stat().st_mtime < before_s):
                    file.unlink()
                    gone += 1
        return gone

    def _sync(self) -> None:
        handle = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _open(path: Path, flags: int) -> IO[bytes]:
    return os.fdopen(os.open(path, flags, 0o600), "wb" if flags & os.O_EXCL else "ab", buffering=0)
