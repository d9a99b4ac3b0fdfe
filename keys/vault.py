"""A node's private keys and secrets on disk, encrypted under one passphrase.

Rules
- One file, ``vault.json``, mode 0600, in a folder of mode 0700, both the node's own; anything looser is refused.
- Each private key (a 32-byte seed) is sealed by itself, bound to its use, algorithm and kid; a MAC covers the whole
  file, so an entry taken out, added or moved is found as surely as an altered one. An older copy of the whole file
  is not found here: the runbook says so.
- ``uses`` decrypts those keys only and then forgets the lock: what stands in the outer network opens ``rcpt`` and
  ``log``, and can add nothing. The named secrets (``rest``, ``search``) count as uses of the same name.
- A classical key may lie on a hardware module instead: its record names the place and its ``box`` is empty. The secret
  half never comes here.
- Every change is on disk before it is used. A second process that wrote meanwhile is found: VaultChanged.
- No private byte is in a repr, a message or an exception.

Example
    vault = Vault.create(home / "keys", passphrase, random)
    record = vault.new_key("env", "Ed25519", random)
    Vault.open(home / "keys", passphrase, uses={"env"}).signers("env")[0].sign(b"...")
"""

import hashlib
import hmac
from collections.abc import Collection, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from keys import privatefile
from keys.admission import PublicKey
from keys.algorithms import ALGORITHMS, OpeningKey, Random, SigningKey, draw_seed, opening_key, signing_key
from keys.errors import (
    CustodyFault,
    CustodyUnsupported,
    KeyNotHeld,
    VaultChanged,
    VaultDamaged,
    VaultExists,
    WrongPassphrase,
)
from keys.hardware import HardwareModule
from keys.lockbox import Lockbox, LockHeader
from keys.signer import FileSigner, HardwareSigner, custody_uri, is_on_hardware
from keys.uses import FITTING, KEM_USES, ON_HARDWARE, PublicKeyRecord, Use
from protocol import base64url, strictjson
from protocol.errors import UnknownKey
from protocol.jws import Signer

__all__ = ["FILE_NAME", "SECRETS", "PublicKeyRecord", "Vault"]

FILE_NAME: Final = "vault.json"
SECRETS: Final = ("rest", "search")
SECRET_BYTES: Final = 32


class SealedKey(BaseModel):
    """A record with its sealed seed; without one where the key lies on a hardware module."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    record: PublicKeyRecord
    box: str


class SealedSecret(BaseModel):
    """A named secret, sealed."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: str
    box: str


class VaultFile(BaseModel):
    """The file. ``mac`` covers everything else in it."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    itx_vault: Literal[1] = 1
    lock: LockHeader
    keys: tuple[SealedKey, ...] = ()
    secrets: tuple[SealedSecret, ...] = ()
    mac: str = ""

    def covered(self) -> bytes:
        """The bytes under the MAC."""
        return strictjson.dump(self.model_dump(mode="json", exclude={"mac"}))

    def to_bytes(self, lock: Lockbox) -> bytes:
        """The file as it is written, with its MAC."""
        return strictjson.dump(self.model_dump(mode="json", exclude={"mac"}) | {"mac": lock.mac(self.covered())})


@dataclass(slots=True)
class Vault:
    """An opened vault. ``records`` lists all keys; only those of the opened uses can act."""

    folder: Path
    _file: VaultFile = field(repr=False)
    _written: str = field(repr=False)  # SHA-256 of the file as last read or written
    _lock: Lockbox | None = field(repr=False)  # None when opened for some uses only
    _hardware: HardwareModule | None = field(repr=False, default=None)
    _signing: dict[str, SigningKey] = field(repr=False, default_factory=dict)
    _opening: dict[str, OpeningKey] = field(repr=False, default_factory=dict)
    _secrets: dict[str, bytes] = field(repr=False, default_factory=dict)
    _uses: frozenset[str] | None = field(repr=False, default=None)  # the opened ones; None: all

    # ------------------------------------------------------------ on disk

    @classmethod
    def create(cls, folder: Path, passphrase: bytes, random: Random, *, hardware: HardwareModule | None = None) -> Self:
        """A vault with its named secrets and no keys yet. VaultExists where there is one."""
        privatefile.make_folder(folder)
        lock = Lockbox.new(passphrase, random)
        secrets = {name: random(SECRET_BYTES) for name in SECRETS}
        sealed = tuple(SealedSecret(name=name, box=lock.seal(secret, name, random)) for name, secret in secrets.items())
        vault = cls(folder, VaultFile(lock=lock.header, secrets=sealed), "", lock, hardware, _secrets=secrets)
        with privatefile.locked(folder):
            if (folder / FILE_NAME).exists():
                raise VaultExists(f"there is a vault at {folder / FILE_NAME}; it is not written over")
            vault._write(lock, vault._file)
        return vault

    @classmethod
    def open(
        cls,
        folder: Path,
        passphrase: bytes,
        uses: Collection[str] | None = None,
        *,
        hardware: HardwareModule | None = None,
    ) -> Self:
        """VaultMissing, LoosePermissions, WrongPassphrase or VaultDamaged; else the keys of ``uses`` (all if None)."""
        if folder.exists():
            privatefile.check_private(folder)
        data = privatefile.read(folder / FILE_NAME)
        file, lock = _unlock(data, passphrase)
        vault = cls(folder, file, _digest(data), lock if uses is None else None, hardware)
        vault._uses = None if uses is None else frozenset(uses)
        for sealed in file.keys:
            if sealed.box and (uses is None or sealed.record.use in uses):
                vault._hold(sealed.record, lock.unseal(sealed.box, sealed.record.name))
        for secret in file.secrets:
            if uses is None or secret.name in uses:
                vault._secrets[secret.name] = lock.unseal(secret.box, secret.name)
        return vault

    def _write(self, lock: Lockbox, file: VaultFile, *, erase: bool = False) -> None:
        data = file.to_bytes(lock)
        privatefile.write(self.folder / FILE_NAME, data, erase=erase)  # from here on a crash is safe: the new stands
        self._file, self._written = file, _digest(data)

    def change_passphrase(self, passphrase: bytes, random: Random) -> None:
        """The same keys and secrets under another passphrase, at today's costs. VaultChanged if another process wrote.

        A crash leaves the old file or the new one. The old one is written over with zeros; copies of it elsewhere stay
        what they are. Keys on a token are under its PIN and not touched.
        """
        former, lock = self._require_lock(), Lockbox.new(passphrase, random)

        def moved(box: str, name: str) -> str:
            return lock.seal(former.unseal(box, name), name, random) if box else box

        file = VaultFile(
            lock=lock.header,
            keys=tuple(SealedKey(record=one.record, box=moved(one.box, one.record.name)) for one in self._file.keys),
            secrets=tuple(SealedSecret(name=one.name, box=moved(one.box, one.name)) for one in self._file.secrets),
        )
        with self._unchanged():
            self._write(lock, file, erase=True)
        self._lock = lock

    # ------------------------------------------------------------ keys

    def new_key(self, use: str, alg: str, random: Random) -> PublicKeyRecord:
        """A fresh key, on disk when this returns. VaultChanged if another process wrote since."""
        if alg not in FITTING[Use(use)]:
            raise ValueError(f"a key for {use} may be of {sorted(FITTING[Use(use)])}, not {alg}")
        sealed, seed = self._make(Use(use), alg, self._require_lock(), random)
        self._change((*self._file.keys, sealed))
        if seed is not None:
            self._hold(sealed.record, seed)
        return sealed.record

    def destroy(self, kids: Container[str]) -> tuple[str, ...]:
        """Forget these private keys, on token, disk and in memory; the kids that were here. VaultChanged as above.

        The old file is written over by a new one; what a disk keeps of it underneath is the disk's affair (README).
        """
        going = tuple(sealed.record for sealed in self._file.keys if sealed.record.kid in kids)
        for record in going:
            if is_on_hardware(record.uri):
                self._module().destroy(record.uri)
        gone = tuple(record.kid for record in going)
        if gone:
            self._change(tuple(sealed for sealed in self._file.keys if sealed.record.kid not in gone))
        for kid in gone:
            self._signing.pop(kid, None)
            self._opening.pop(kid, None)
        return gone

    def reload(self) -> bool:
        """Take over what another process wrote since; True if there was something. VaultDamaged for an altered file."""
        lock, data = self._require_lock(), privatefile.read(self.folder / FILE_NAME)
        if _digest(data) == self._written:
            return False
        file = _parse(data)
        if file.lock != lock.header:
            raise WrongPassphrase("the passphrase of the vault was changed meanwhile; start again with the new one")
        _checked(file, lock)
        self._file, self._written = file, _digest(data)
        kids = {sealed.record.kid for sealed in file.keys}
        for held in (self._signing, self._opening):
            for kid in held.keys() - kids:
                del held[kid]
        for sealed in file.keys:
            if sealed.box and sealed.record.kid not in self._signing and sealed.record.kid not in self._opening:
                self._hold(sealed.record, lock.unseal(sealed.box, sealed.record.name))
        return True

    @property
    def is_outdated(self) -> bool:
        """Whether another process wrote the file since we read it. VaultMissing or LoosePermissions as on opening."""
        return _digest(privatefile.read(self.folder / FILE_NAME)) != self._written

    def _require_lock(self) -> Lockbox:
        if self._lock is None:
            raise CustodyFault("this vault was opened for some uses only and cannot be changed")
        return self._lock

    def _change(self, keys: tuple[SealedKey, ...]) -> None:
        lock = self._require_lock()
        with self._unchanged():
            self._write(lock, self._file.model_copy(update={"keys": keys}))

    @contextmanager
    def _unchanged(self) -> Iterator[None]:
        """Nobody else writes meanwhile. VaultChanged if somebody did since we read."""
        with privatefile.locked(self.folder):
            if self.is_outdated:
                raise VaultChanged("another process changed the vault meanwhile; open it again")
            yield

    def _make(self, use: Use, alg: str, lock: Lockbox, random: Random) -> tuple[SealedKey, bytes | None]:
        """On the token where there is one and it knows the algorithm, here otherwise, with its seed."""
        if self._hardware is not None and alg in ON_HARDWARE:
            uri, public = self._hardware.make(alg, f"itx {use}", random)
            return SealedKey(record=_record(use, public, uri), box=""), None
        seed = draw_seed(alg, random)
        public = _load(alg, seed).public
        record = _record(use, public, custody_uri(public.kid))
        return SealedKey(record=record, box=lock.seal(seed, record.name, random)), seed

    def _hold(self, record: PublicKeyRecord, seed: bytes) -> None:
        key = _load(record.alg, seed)
        if isinstance(key, SigningKey):
            self._signing[key.kid] = key
        else:
            self._opening[key.kid] = key

    @property
    def is_whole(self) -> bool:
        """Whether everything in it was opened, so that it can be changed and read anew."""
        return self._uses is None

    def opens(self, use: str) -> bool:
        """Whether the keys of this use can act here."""
        return self._uses is None or use in self._uses

    @property
    def hardware(self) -> HardwareModule | None:
        """Where new classical keys are made; None when it is here."""
        return self._hardware

    def records(self, use: str | None = None) -> tuple[PublicKeyRecord, ...]:
        """The public side of every key, or of one use, oldest first."""
        return tuple(sealed.record for sealed in self._file.keys if use is None or sealed.record.use == use)

    def signing_key(self, kid: str) -> SigningKey:
        """The private key of a kid, or KeyNotHeld."""
        if kid not in self._signing:
            raise KeyNotHeld(f"no signing key {kid} in this vault, or it was opened without its use")
        return self._signing[kid]

    def signers(self, use: str, kids: Container[str] | None = None) -> tuple[Signer, ...]:
        """The signers of a use, oldest first; only those in ``kids`` where given (``TrustSet.active`` says which)."""
        return tuple(self._signer(each) for each in self.records(use) if kids is None or each.kid in kids)

    def _signer(self, record: PublicKeyRecord) -> Signer:
        if is_on_hardware(record.uri):
            return HardwareSigner(record.kid, record.alg, record.uri, self._module())
        key = self.signing_key(record.kid)
        return FileSigner(key.kid, key.alg, key)

    def unseal(self, kem_kid: str, info: bytes, ct: bytes) -> bytes:
        """Open what was sealed to us. UnknownKey for a kid not held (or destroyed), DecryptFailed for all else."""
        if (record := self._on_hardware(kem_kid)) is not None:
            return self._module().open(record.uri, record.raw, info, ct)
        if kem_kid not in self._opening:
            raise UnknownKey(f"no key {kem_kid} here to open with")
        return self._opening[kem_kid].open(info, ct)

    def _on_hardware(self, kid: str) -> PublicKeyRecord | None:
        some = (each.record for each in self._file.keys if not each.box and each.record.use in KEM_USES)
        return next((record for record in some if record.kid == kid), None)

    def _module(self) -> HardwareModule:
        if self._hardware is None:
            raise CustodyUnsupported("keys of this node lie in a hardware module: name it in node.toml, [custody]")
        return self._hardware

    def secret(self, name: str) -> bytes:
        """A named secret of 32 bytes, or KeyNotHeld."""
        if name not in self._secrets:
            raise KeyNotHeld(f"no secret {name!r} in this vault, or it was opened without it")
        return self._secrets[name]


def _unlock(data: bytes, passphrase: bytes) -> tuple[VaultFile, Lockbox]:
    """Steps: 1 the shape of the file, 2 the passphrase, 3 the MAC over all of it."""
    file = _parse(data)
    lock = Lockbox.of(file.lock, passphrase)
    return _checked(file, lock), lock


def _parse(data: bytes) -> VaultFile:
    try:
        return VaultFile.model_validate_json(data)
    except ValidationError as fault:
        raise VaultDamaged("the file of keys is cut short or not one; restore it from the backup") from fault


def _checked(file: VaultFile, lock: Lockbox) -> VaultFile:
    """The same file, its MAC verified. A file under another lock fails here too."""
    if not hmac.compare_digest(lock.mac(file.covered()).encode(), file.mac.encode()):
        raise VaultDamaged("the file of keys was altered; restore it from the backup")
    return file


def _load(alg: str, seed: bytes) -> SigningKey | OpeningKey:
    return signing_key(alg, seed) if alg in ALGORITHMS else opening_key(alg, seed)


def _record(use: Use, key: PublicKey, uri: str) -> PublicKeyRecord:
    return PublicKeyRecord(use=use, alg=key.alg, kid=key.kid, pub=base64url.encode(key.raw), uri=uri)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
