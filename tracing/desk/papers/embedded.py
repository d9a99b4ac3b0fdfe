"""Evidence taken out of a paper. Nothing of the PDF is believed, so nothing of it need be understood.

Rules
- A file embedded in a PDF is a stream of its own, between ``stream`` and ``endstream``, bare or packed by zlib (ISO
  32000-1, 7.3.8 and 7.11.4; never inside another). Each stream is looked at, and the one that begins as evidence does
  is taken. What is in it is judged as a file of its own: where it stood proves nothing.
- Exactly one: where there are two, readers of PDF would show one and we another.
- Bounded: each stream is unpacked for a few bytes, one for as many as a file of evidence may have.

    evidence_in(pdf)  ->  b'{"inventory":...'
"""

import re
import zlib
from collections.abc import Iterator
from typing import Final

from protocol.evidence import MAX_FILE_BYTES

__all__ = ["MOST_PDF_BYTES", "NoEvidence", "evidence_in", "is_pdf"]

MOST_PDF_BYTES: Final = 2 * MAX_FILE_BYTES
MOST_STREAMS: Final = 200_000
_MARK: Final = b'{"inventory":'
_STREAM: Final = re.compile(rb">>\s*stream(\r\n|\n)")


class NoEvidence(Exception):
    """The PDF holds no evidence, or not one alone."""


def is_pdf(head: bytes) -> bool:
    """Whether a file that begins so is a PDF."""
    return head.startswith(b"%PDF-")


def evidence_in(pdf: bytes) -> bytes:
    """The file of evidence in a PDF. NoEvidence."""
    if len(pdf) > MOST_PDF_BYTES:
        raise NoEvidence(f"expected a PDF of at most {MOST_PDF_BYTES} bytes")
    found = [each for at in _streams(pdf) if (each := _evidence_at(pdf, at)) is not None]
    if len(found) != 1:
        raise NoEvidence(
            f"expected a PDF with one file of evidence in it, got {len(found)}; files embedded in it can be taken out "
            "with: pdfdetach -saveall FILE"
        )
    return found[0]


def _streams(pdf: bytes) -> Iterator[int]:
    """Where the bytes of each stream begin."""
    for number, each in enumerate(_STREAM.finditer(pdf)):
        if number >= MOST_STREAMS:
            raise NoEvidence(f"expected a PDF of at most {MOST_STREAMS} streams")
        yield each.end()


def _evidence_at(pdf: bytes, at: int) -> bytes | None:
    if pdf.startswith(_MARK, at):
        return _bare(pdf, at)
    unpacking = zlib.decompressobj()
    try:
        head = unpacking.decompress(pdf[at : at + 256], len(_MARK))
        if head != _MARK:
            return None
        unpacking = zlib.decompressobj()
        data = unpacking.decompress(memoryview(pdf)[at:], MAX_FILE_BYTES + 1)
    except zlib.error:
        return None
    if len(data) > MAX_FILE_BYTES or not unpacking.eof:
        raise NoEvidence(f"expected a whole file of evidence of at most {MAX_FILE_BYTES} bytes")
    return data


def _bare(pdf: bytes, at: int) -> bytes:
    """A stream that is not packed. Evidence ends with a line, and no line of it says ``endstream``."""
    end = pdf.find(b"endstream", at)
    if end < 0 or end - at > MAX_FILE_BYTES:
        raise NoEvidence(f"expected a whole file of evidence of at most {MAX_FILE_BYTES} bytes")
    return pdf[at:end].rstrip(b"\r\n") + b"\n"
