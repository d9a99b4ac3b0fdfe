"""Holders: the persons of a root, and the encrypted file each keeps.

Rules
- A holder's file holds a pair (Ed25519 and ML-DSA-65), sealed under the holder's own passphrase; name and public keys
  stand beside it in clear, so that a root can be proposed without opening it.
- It is made and used on a machine without network and kept on the holder's stick, in a safe, with a copy elsewhere.
  Sticks often know no permissions, so these are set when it is written but not asked for when it is read.
- What is opened is compared with what stands in clear: a file whose public half was exchanged is refused.

Example
    holder = new_holder(stick / "achieng.key", "Achieng", passphrase, random)
    keys = open_holder(stick / "achieng.key", passphrase)
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from keys import privatefile
from keys.algorithms import SEED_BYTES, Random, SigningKey, draw_seed, signing_key
from keys.documents import Name
from keys.errors import VaultDamaged, VaultExists, VaultMissing
from keys.lockbox import Lockbox, LockHeader
from keys.roots import HOLDER_ALGORITHMS, Holder
from keys.signer import FileSigner
from protocol import base64url, strictjson

__all__ = ["HolderKeys", "holder_signers", "new_holder", "open_holder", "read_holder"]

MAX_HOLDER_BYTES: Final = 64 * 1024


class HolderFile(BaseModel):
    """The file."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    itx_holder: Literal[1]
    name: Name
    ed25519: str
    mldsa65: str
    lock: LockHeader
    box: str


@dataclass(frozen=True, slots=True)
class HolderKeys:
    """An opened pair, in the order of ``HOLDER_ALGORITHMS``. Shows the name only."""

    name: str
    signers: tuple[FileSigner, FileSigner] = field(repr=False)


def new_holder(path: Path, name: str, passphrase: bytes, random: Random) -> Holder:
    """Make a holder's pair and write its file; VaultExists where there is one. The public half, for the root."""
    if path.exists():
        raise VaultExists(f"there is a file at {path}; it is not written over")
    seeds = [draw_seed(alg, random) for alg in HOLDER_ALGORITHMS]
    classical, quantum = _pair(b"".join(seeds))
    holder = Holder(name=name, ed25519=_text(classical), mldsa65=_text(quantum))
    lock = Lockbox.new(passphrase, random)
    box = lock.seal(b"".join(seeds), _bound(holder), random)
    file = holder.model_dump() | {"itx_holder": 1, "lock": lock.header.model_dump(), "box": box}
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    privatefile.write(path, strictjson.dump(file))
    return holder


def read_holder(path: Path) -> Holder:
    """The public half, without a passphrase. VaultMissing or VaultDamaged."""
    file = _read(path)
    return Holder(name=file.name, ed25519=file.ed25519, mldsa65=file.mldsa65)


def open_holder(path: Path, passphrase: bytes) -> HolderKeys:
    """The pair: VaultMissing, VaultDamaged or WrongPassphrase otherwise."""
    file = _read(path)
    holder = Holder(name=file.name, ed25519=file.ed25519, mldsa65=file.mldsa65)
    seeds = Lockbox.of(file.lock, passphrase).unseal(file.box, _bound(holder))
    return HolderKeys(file.name, holder_signers(*_pair(seeds)))


def holder_signers(classical: SigningKey, quantum: SigningKey) -> tuple[FileSigner, FileSigner]:
    """The two signers of a pair."""
    return FileSigner(classical.kid, classical.alg, classical), FileSigner(quantum.kid, quantum.alg, quantum)


def _read(path: Path) -> HolderFile:
    if not path.is_file():
        raise VaultMissing(f"there is no holder's file at {path}")
    with path.open("rb") as file:
        data = file.read(MAX_HOLDER_BYTES + 1)
    try:
        return HolderFile.model_validate_json(data)
    except ValidationError as fault:
        raise VaultDamaged(f"{path} is cut short or not a holder's file; take the copy") from fault


def _pair(seeds: bytes) -> tuple[SigningKey, SigningKey]:
    classical, quantum = HOLDER_ALGORITHMS
    return signing_key(classical, seeds[:SEED_BYTES]), signing_key(quantum, seeds[SEED_BYTES:])


def _text(key: SigningKey) -> str:
    return base64url.encode(key.public.raw)


def _bound(holder: Holder) -> str:
    """The seeds are sealed to the name and the public keys beside them: exchange one, and nothing opens."""
    return f"{holder.name} {holder.ed25519} {holder.mldsa65}"
