"""A proof that a log told two histories, for anybody who knows the root of its owner (wire specification, section 23).

    {"itx_log_proof": 1, "what": "fork" | "rollback", "notes": [text, text], "card": card of the log's owner}

``fork``: two checkpoints give one size two roots. ``rollback``: the later one is over fewer entries. A log that only
grows, kept by one node, signs neither. What the proof does not say is why: a copied home, an older database, a trail
that was rewritten, or stolen keys of the log.

    shown = verify(data, {"at": "3f9a01c2..."})
    shown.what, shown.first.head.size
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from keys.card import Card
from keys.errors import KeysError
from keys.notes import LOG, read_signed
from keys.pinned import Unbelieved, believe
from keys.roots import read_root
from keys.trust import TrustSet
from protocol import checkpoint, strictjson
from protocol.checkpoint import Checkpoint
from protocol.errors import ProtocolError
from protocol.witness import Contradiction, Dated, contradiction

__all__ = ["MAX_BYTES", "ContradictionRefused", "Contradictory", "make", "verify"]

MAX_BYTES: Final = 9 * 1024 * 1024  # a card, and two notes
MEMBERS: Final = {"itx_log_proof", "what", "notes", "card"}


class ContradictionRefused(Exception):
    """The file proves nothing: ``code`` and in words why."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Contradictory:
    """What holds: the log ``origin`` of ``authority`` signed both, ``first`` the one it signed earlier."""

    what: Contradiction
    authority: str
    origin: str
    first: Dated
    then: Dated


def make(what: Contradiction, notes: Sequence[str], card: Card) -> bytes:
    """The file; nothing is verified."""
    return strictjson.dump({"itx_log_proof": 1, "what": what, "notes": list(notes), "card": card.members()})


def verify(data: bytes, pins: Mapping[str, str]) -> Contradictory:
    """What the file shows to somebody who knows these roots. ContradictionRefused with a code otherwise."""
    try:
        file = _file(strictjson.load(data, MAX_BYTES))
        owner = _owner(file["card"], pins)
        first, then = sorted((_read(note, owner) for note in file["notes"]), key=lambda one: one.seconds)
    except ProtocolError as error:
        raise ContradictionRefused(error.code, str(error)) from error
    found = contradiction(first, then)
    if found is None or found != file["what"]:
        _refuse("mismatch", "expected two checkpoints of one log that contradict each other as the file says")
    return Contradictory(found, owner.authority, first.head.origin, first, then)


def _refuse(code: str, why: str) -> NoReturn:
    raise ContradictionRefused(code, why)


def _file(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict) or found.keys() != MEMBERS:
        _refuse("schema", f"expected an object of {sorted(MEMBERS)}")
    if found["itx_log_proof"] != 1:
        _refuse("unsupported-version", "expected version 1")
    notes = found["notes"]
    if not isinstance(notes, list) or len(notes) != 2 or not all(isinstance(note, str) for note in notes):
        _refuse("schema", "expected two notes")
    return found


def _owner(card: Any, pins: Mapping[str, str]) -> TrustSet:
    """Whose card it is stands in its first root; that is believed by its pin."""
    try:
        first = read_root(Card.read(strictjson.dump(card)).root_documents[0]).root
        return believe(card, first.auth, first.net, pins)
    except KeysError as error:
        raise ContradictionRefused("bad-root", str(error)) from error
    except Unbelieved as error:
        raise ContradictionRefused(error.code, str(error)) from error


def _read(note: str, owner: TrustSet) -> Dated:
    """A note that the keys of its owner's log signed, whatever became of them since."""
    origin = Checkpoint.of(checkpoint.read(note).body).origin
    assert owner.keyset is not None, "believe"
    if not origin.startswith(f"{owner.keyset.log.origin}/"):
        _refuse("mismatch", f"expected a checkpoint of a log of {owner.authority}")
    return read_signed(note, origin, owner.log_keys, LOG, ever=True)
