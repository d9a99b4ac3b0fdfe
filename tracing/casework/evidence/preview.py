"""What an export would show and what not, before it is made: nothing is signed, and no content is shown.

It tells places, kinds and the words of restrictions, never a value; so it is no reading, and leaves no leaf.
"""

from dataclasses import dataclass
from datetime import datetime

from protocol import evidence, proof
from protocol.evidence import Withheld
from tracing.casework.acts import House
from tracing.casework.evidence.asked import Export
from tracing.casework.evidence.exporting import gathered
from tracing.store import View

__all__ = ["Preview", "PreviewedMessage", "preview_evidence"]


@dataclass(frozen=True, slots=True)
class PreviewedMessage:
    """One message of the file: how much of it is signed, and what of that is withheld."""

    mid: str
    type: str
    said_ms: int
    total: int
    withheld: tuple[Withheld, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What the file would hold; each message left out with its word."""

    messages: tuple[PreviewedMessage, ...]
    left_out: tuple[tuple[str, str], ...]


def preview_evidence(view: View, house: House, asked: Export, now: datetime) -> Preview:
    """The export as it would be made now. Raises NotFound, NotProvable, Erased; writes nothing."""
    _thread, _sources, made = gathered(view, house, asked, now)
    return Preview(tuple(_message(line) for kind, _of, line in made.lines if kind == "message"), tuple(made.left_out))


def _message(line: bytes) -> PreviewedMessage:
    told = evidence.read_message(line)
    _signed, said = proof.read_statement(told.statement)
    return PreviewedMessage(said.mid, said.type, said.iat, len(said.digests), told.withheld)
