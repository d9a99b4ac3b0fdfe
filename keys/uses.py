"""What a key is for. Every private key has one use, and no other (a signature for one slot is none for another).

- ``stmt`` statements, ``env`` envelopes, ``rcpt`` receipts, ``pull`` pulls: listed in the keyset.
- ``log`` checkpoints of the audit trees: listed in the keyset's ``log`` member.
- ``keyset``: signs keysets; listed in the root. ``root``: a holder's pair; its private half is never on a node, except
  on a training node, which is its own only holder.
- ``kem``, ``kem-file``: what counterparts seal to, on line and for carriage by file.

Example: ``FITTING[Use.STMT]`` are the algorithms a key for statements may have.
"""

from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict

from keys.algorithms import CLASSICAL, POST_QUANTUM, SUITES
from protocol import base64url

__all__ = [
    "FIRST_KEYS", "FITTING", "KEM_USES", "KEYSET_USES", "ON_HARDWARE", "TURNING", "PublicKeyRecord", "Use",
    "first_keys",
]  # fmt: skip


class Use(StrEnum):
    """The use of a private key; the value is the wire word."""

    STMT = "stmt"
    ENV = "env"
    RCPT = "rcpt"
    PULL = "pull"
    LOG = "log"
    KEYSET = "keyset"
    ROOT = "root"
    KEM = "kem"
    KEM_FILE = "kem-file"


KEYSET_USES: Final = frozenset({Use.STMT, Use.ENV, Use.RCPT, Use.PULL})
KEM_USES: Final = frozenset({Use.KEM, Use.KEM_FILE})
TURNING: Final = KEYSET_USES | KEM_USES | {Use.LOG}  # the node turns these itself; the holders turn the role keyset

EVIDENCE: Final = CLASSICAL | POST_QUANTUM  # what must still convince in thirty years is signed both ways
SEALING: Final = frozenset(SUITES)

FITTING: Final = {
    Use.STMT: EVIDENCE,
    Use.ENV: CLASSICAL,
    Use.RCPT: CLASSICAL,
    Use.PULL: CLASSICAL,
    Use.LOG: frozenset({"Ed25519", "ML-DSA-44"}),  # C2SP tlog-checkpoint and tlog-cosignature know no others
    Use.KEYSET: EVIDENCE,
    Use.ROOT: frozenset({"Ed25519", "ML-DSA-65"}),  # a holder is a pair of these
    Use.KEM: SEALING,
    Use.KEM_FILE: SEALING,
}

# What a new node makes: evidence is signed both ways, transport and pulls once, checkpoints as C2SP wants them.
FIRST_KEYS: Final = (
    (Use.KEYSET, "Ed25519"),
    (Use.KEYSET, "ML-DSA-65"),
    (Use.STMT, "Ed25519"),
    (Use.STMT, "ML-DSA-65"),
    (Use.ENV, "Ed25519"),
    (Use.RCPT, "Ed25519"),
    (Use.PULL, "Ed25519"),
    (Use.LOG, "Ed25519"),
    (Use.LOG, "ML-DSA-44"),
    (Use.KEM, "xwing"),
    (Use.KEM_FILE, "xwing"),
)


ON_HARDWARE: Final = frozenset({"ES256", "p256"})  # what tokens know of what we speak


def first_keys(*, on_hardware: bool) -> tuple[tuple[Use, str], ...]:
    """What a new node makes: with a hardware module, ES256 and P-256 in the place of Ed25519 and X-Wing.

    Checkpoints stay with Ed25519 (C2SP knows no ES256), and so does nothing else.
    """
    if not on_hardware:
        return FIRST_KEYS
    return tuple((use, _on_hardware(use, alg)) for use, alg in FIRST_KEYS)


def _on_hardware(use: Use, alg: str) -> str:
    if use in KEM_USES:
        return "p256"
    return "ES256" if alg == "Ed25519" and use is not Use.LOG else alg


class PublicKeyRecord(BaseModel):
    """What may be said of a key: its use, algorithm, id, public half (base64url) and where the private half lies."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    use: Use
    alg: str
    kid: str
    pub: str
    uri: str

    @property
    def raw(self) -> bytes:
        """The raw public key."""
        return base64url.decode(self.pub)

    @property
    def name(self) -> str:
        """What the sealed seed is bound to."""
        return f"{self.use} {self.alg} {self.kid}"
