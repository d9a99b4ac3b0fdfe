"""Notes believed: a checkpoint counts once a key of each algorithm of a log, or of a witness, signed it under its name.

``listed`` is every key a log ever had, and whether what it signed still counts; so a note of any year verifies.

    dated = read_signed(text, "itx.real/br/at", listed, LOG)
    dated.head.size, dated.seconds
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from keys.admission import PublicKey
from keys.algorithms import verify as verify_signature
from protocol import checkpoint
from protocol.checkpoint import NoteKey, NoteSignature
from protocol.errors import UnknownKey
from protocol.witness import Dated

__all__ = ["LOG", "WITNESS", "Listed", "lines_of", "named", "read_signed"]

LOG: Final[Mapping[str, int]] = {"Ed25519": checkpoint.ED25519, "ML-DSA-44": checkpoint.MLDSA44}
WITNESS: Final[Mapping[str, int]] = {"Ed25519": checkpoint.COSIGNATURE, "ML-DSA-44": checkpoint.MLDSA44}
Listed = Sequence[tuple[PublicKey, bool]]


def named(name: str, key: PublicKey, kinds: Mapping[str, int]) -> NoteKey:
    """A public key under the name it signs with."""
    return NoteKey(name, kinds[key.alg], key.raw)


def read_signed(text: str, name: str, listed: Listed, kinds: Mapping[str, int], *, ever: bool = False) -> Dated:
    """The head a note speaks of, and when it was signed. SchemaInvalid, BadSignature, or UnknownKey where one lacks.

    ``ever``: keys that were revoked since count as well.
    """
    keys = {named(name, key, kinds): partial(verify_signature, key) for key, counts in listed if counts or ever}
    head, times = checkpoint.verify(checkpoint.read(text), keys)
    if {key.kind for key in times} != set(kinds.values()):
        raise UnknownKey(f"expected a key of each algorithm of {name} that still counts to have signed it")
    return Dated(head, max(times.values()))


def lines_of(text: str, name: str, listed: Listed, kinds: Mapping[str, int]) -> list[NoteSignature]:
    """The signature lines of these keys; whatever else stands on the note is left out."""
    known = {named(name, key, kinds).key_id for key, _ in listed}
    return [one for one in checkpoint.read(text).signatures if one.name == name and one.key_id in known]
