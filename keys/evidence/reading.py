"""The lines of a file of evidence, and what is said of one that does not hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from keys.pinned import Unbelieved
from protocol import evidence
from protocol.errors import Mismatch, ProtocolError, SchemaInvalid, TooLarge
from protocol.evidence import Inventory, Line
from protocol.jws import Jws

__all__ = ["EvidenceRefused", "Lines", "Piece", "Source"]


class Piece(StrEnum):
    """What of a file failed."""

    FILE = "file"
    INVENTORY = "inventory"
    CARD = "card"
    HEAD = "head"
    MESSAGE = "message"
    STAMP = "stamp"
    STATEMENT = "statement"
    SIGNATURES = "signatures"
    ELEMENTS = "elements"
    ENVELOPE = "envelope"
    RECEIPTS = "receipts"
    ENTRIES = "entries"
    KEYS = "keys"
    CASE = "case"


class EvidenceRefused(Exception):
    """A file that does not hold: the line (from 1), whose it is, the piece that failed first, and a code."""

    def __init__(self, line: int, of: str, piece: Piece, code: str, why: str) -> None:
        where = f"line {line}" + (f" ({of})" if of else "")
        super().__init__(f"{where}, {piece}, {code}: {why}")
        self.line = line
        self.of = of
        self.piece = piece
        self.code = code


class Source(Protocol):
    """A seam: a file, or whatever gives bytes as one does."""

    def readline(self, size: int, /) -> bytes: ...
    def read(self, size: int, /) -> bytes: ...


class Lines:
    """The lines of a file, one at a time, each bounded and of the digest that was signed for."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._read = 0
        self._between = sha256()  # of the lines behind the inventory, each with its end
        self.line = 0
        self.of = ""

    @contextmanager
    def judging(self, piece: Piece) -> Iterator[None]:
        """What fails in here failed as this piece of the line."""
        try:
            yield
        except (ProtocolError, Unbelieved) as error:
            raise EvidenceRefused(self.line, self.of, piece, error.code, str(error)) from error

    def inventory(self) -> tuple[Jws, Inventory]:
        """The first line, nothing believed yet."""
        data = self._next("", 2 * Inventory.MAX_BYTES)
        with self.judging(Piece.INVENTORY):
            return evidence.read_inventory(data)

    @property
    def stamped(self) -> bytes:
        """The SHA-256 that a time-stamp is of, if the next line is one."""
        return self._between.digest()

    def next(self, line: Line) -> bytes:
        """The bytes of the next line."""
        data = self._next(line.of if line.kind == "message" else f"{line.kind} {line.of}", evidence.MAX_LINE_BYTES)
        with self.judging(Piece(line.kind)):
            if evidence.digest_of(data) != line.sha256:
                raise Mismatch("expected the bytes its exporter signed for")
        if line.kind != "stamp":
            self._between.update(data + b"\n")
        return data

    def _next(self, of: str, most: int) -> bytes:
        self.line, self.of = self.line + 1, of
        with self.judging(Piece.FILE):
            data = self._source.readline(most + 2)
            self._read += len(data)
            if len(data) > most + 1 or self._read > evidence.MAX_FILE_BYTES:
                raise TooLarge(f"expected lines of at most {most} bytes, {evidence.MAX_FILE_BYTES} in all")
            if not data.endswith(b"\n"):
                raise SchemaInvalid("expected a line here, with its end")
        return data[:-1]

    def back_to(self, line: int, of: str) -> None:
        """What is judged next belongs to this line, read before."""
        self.line, self.of = line, of

    def end(self) -> None:
        """Nothing may follow."""
        self.line, self.of = self.line + 1, ""
        with self.judging(Piece.FILE):
            if self._source.read(1):
                raise SchemaInvalid("expected nothing behind the lines of the inventory")
