"""The file itself: a ZIP without compression (PKWARE APPNOTE 6.3.10), read as a stream in one direction.

Rules
- Any program that knows ZIP shows an officer what is inside. This one believes nothing of it but the bytes: names and
  sizes are those of the signed index, and each member's local header must be the one they give. Nothing is
  decompressed, nothing is written under a name from the file, and the directory at the end is not read.
- Members stand one behind the other, so where each begins follows from the index: a damaged one spoils no other.
- A header has no extra field, no data descriptor, no flag. ``write`` makes it so; whatever else comes is refused.

    write(file, [("trust.json", len(data), lambda: [data]), ...])
    reading = Reading(file); reading.first("trust.json", 8 << 20); reading.member(name, size)
"""

import struct
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, Final

__all__ = ["OVERHEAD_BYTES", "BundleDamaged", "Entry", "NoBundle", "Reading", "write"]

PIECE_BYTES: Final = 256 * 1024
OVERHEAD_BYTES: Final = 30 + 46 + 2 * 80  # both headers of a member, and its name in both
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_MAGIC: Final = b"PK\x03\x04"
_STORED: Final = 0
_MOST_NAME: Final = 80
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the same bundle has the same bytes


Entry = tuple[str, int, Callable[[], Iterable[bytes]]]
"""Name, length, and what gives the bytes in pieces."""


class NoBundle(Exception):
    """The file is no bundle, or not one of this form: nothing of it is taken."""

    code = "not-a-bundle"


class BundleDamaged(Exception):
    """Bytes of a member are missing or are others: it is left out."""

    code = "damaged"


# ---------------------------------------------------------------- writing


def write(file: IO[bytes], members: Iterable[Entry]) -> None:
    """Every member (name, length, its bytes in pieces) in this order. ValueError where one has another length."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
        for name, length, pieces in members:
            about = zipfile.ZipInfo(name, _EPOCH)
            about.file_size, about.external_attr = length, 0o600 << 16
            with archive.open(about, "w") as entry:
                written = sum(entry.write(piece) for piece in pieces())
            if written != length:
                raise ValueError(f"expected {length} bytes of {name}, got {written}")


# ---------------------------------------------------------------- reading


@dataclass(slots=True)
class Reading:
    """A bundle that is read from its beginning to its end, in bounded memory."""

    file: IO[bytes]
    _left: int = field(default=0, init=False)  # bytes of the member that is being read
    _is_cut: bool = field(default=False, init=False)

    def first(self, name: str, most: int) -> bytes:
        """The member that must come next, whole; its own header says how long it is. NoBundle."""
        length = self._header(name, None)
        if length > most:
            raise NoBundle(f"expected at most {most} bytes of {name}, its header says {length}")
        content = self._read(length)
        if len(content) != length:
            raise NoBundle(f"the file ends within {name}: it was not copied whole")
        return content

    def member(self, name: str, length: int) -> Iterator[bytes]:
        """The bytes of the next member in pieces, as many as come. BundleDamaged where its header is another."""
        self._skip()
        self._left = length
        if self._is_cut:
            raise BundleDamaged("the file ends before it: it was not copied whole")
        try:
            self._header(name, length)
        except NoBundle as error:
            raise BundleDamaged(str(error)) from error
        return self._pieces()

    def _pieces(self) -> Iterator[bytes]:
        while self._left and (piece := self._read(min(PIECE_BYTES, self._left))):
            self._left -= len(piece)
            yield piece

    def _skip(self) -> None:
        """What is left of the member before: where the next one begins."""
        for _ in self._pieces():
            pass
        self._left = 0

    def _header(self, name: str, length: int | None) -> int:
        spelt = name.encode("ascii")
        header = self._read(_LOCAL.size + len(spelt))
        if len(header) != _LOCAL.size + len(spelt):
            raise NoBundle(f"the file ends before {name}: it was not copied whole")
        magic, _, flags, method, _, _, _, packed, size, name_len, extra_len = _LOCAL.unpack_from(header)
        if (magic, flags, method, name_len, extra_len) != (_MAGIC, 0, _STORED, len(spelt), 0):
            raise NoBundle(f"expected {name}, stored as it is, at this place of the file")
        if header[_LOCAL.size :] != spelt or packed != size or length not in {None, size}:
            raise NoBundle(f"expected {name} of the length the index says at this place of the file")
        return int(size)

    def _read(self, size: int) -> bytes:
        """``size`` bytes, fewer only where the file ends."""
        found = self.file.read(size)
        while len(found) < size and (more := self.file.read(size - len(found))):
            found += more
        self._is_cut = self._is_cut or len(found) < size
        return found
