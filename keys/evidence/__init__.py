"""Judging a file of evidence: offline, with nothing but pinned root digests (wire specification, section 24).

Rules
- Lines are judged in their order, each by itself and then forgotten; the first thing that fails names its line, its
  piece and a code. What is kept is bounded: the two authorities, the head, the ids of the messages.
- Before a line is parsed its bytes are those its exporter signed for. So whoever is not the exporter can alter nothing
  at all, and the exporter nothing that the other side signed.
- There is no clock and nobody to ask, as in ``keys/proof.py``.

    with open("case.evidence", "rb") as source:
        found = verify(source, {"at": "3f9a01c2...", "br": "77e0..."}, hear=lambda message: show(message))
"""

from keys.evidence.judging import Evidence, read_head, verify
from keys.evidence.message import Head, Proved, Scene, judge
from keys.evidence.reading import EvidenceRefused, Lines, Piece

__all__ = [
    "Evidence", "EvidenceRefused", "Head", "Lines", "Piece", "Proved", "Scene", "judge", "read_head", "verify",
]  # fmt: skip
