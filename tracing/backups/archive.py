"""What a backup holds: the files of a home in one stream (tar), with a manifest of their digests at its end.

Rules
- Only names that a home has; anything else in a backup refuses it. No links, no folders, no modes: files are made as
  the home needs them, for their owner alone.
- Sizes are told before the bytes and digests after them, so both ends work in bounded memory.
- The manifest comes last and names everything before it: what it does not name, or names otherwise, refuses the backup.

    packing = Packing(target)
    packing.add("node.toml", io.BytesIO(text), len(text))
    packing.finish(manifest)
    manifest = unpack(source, folder)
"""

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, Literal, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from tracing.backups.errors import BackupDamaged
from tracing.backups.sealed import Source, Target

__all__ = ["DATABASE", "DUMP", "FOUNDING", "SETTINGS", "VAULT", "Entry", "Manifest", "Packing", "unpack"]

SETTINGS: Final = "node.toml"
FOUNDING: Final = "founding.json"
VAULT: Final = "keys/vault.json"
DATABASE: Final = "node.db"
DUMP: Final = "database.dump"
_MANIFEST: Final = "manifest.json"
_NAMES: Final = re.compile(
    r"node\.toml|founding\.json|keys/vault\.json|node\.db|database\.dump|attachments/[0-9a-f]{64}"
)
MOST_MANIFEST: Final = 256 * 1024 * 1024  # a million attachments
PIECE_BYTES: Final = 256 * 1024


class Entry(BaseModel):
    """One file of a backup."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: str
    size: int
    sha256: str


class Manifest(BaseModel):
    """What a backup holds, of which node, and as of when (ms UTC)."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    itx_backup: Literal[1]
    authority: str
    net: str
    database: Literal["sqlite", "postgresql"]
    db_schema: str
    made_ms: int
    trees: dict[str, int]
    files: list[Entry]


@dataclass(slots=True)
class Packing:
    """A backup being filled."""

    target: Target
    files: list[Entry] = field(default_factory=list)
    _tar: tarfile.TarFile = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._tar = tarfile.open(mode="w|", fileobj=cast("IO[bytes]", self.target), format=tarfile.PAX_FORMAT)  # noqa: SIM115 - closed by finish

    def add(self, name: str, file: IO[bytes], size: int) -> None:
        """``size`` bytes of a file. OSError where it has fewer."""
        hashed = _Hashed(file)
        self._put(name, hashed, size)
        self.files.append(Entry(name=name, size=size, sha256=hashed.digest.hexdigest()))

    def add_bytes(self, name: str, content: bytes) -> None:
        """A small file."""
        self.add(name, io.BytesIO(content), len(content))

    def finish(self, manifest: Manifest) -> None:
        """Nothing follows."""
        content = manifest.model_dump_json().encode()
        self._put(_MANIFEST, io.BytesIO(content), len(content))
        self._tar.close()

    def _put(self, name: str, file: object, size: int) -> None:
        about = tarfile.TarInfo(name)
        about.size = size
        self._tar.addfile(about, cast("IO[bytes]", file))
        _forget(self._tar)


def _forget(tar: Any) -> None:
    """A TarFile remembers every member; in a stream of a million attachments that is memory for nothing."""
    tar.members.clear()


class _Hashed:
    """A file that is hashed as it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        piece = self._file.read(size)
        self.digest.update(piece)
        return piece


def unpack(source: Source, folder: Path) -> Manifest:
    """Write every file of a backup below ``folder``, which is empty; all of it was there and whole. BackupDamaged."""
    found: list[Entry] = []
    try:
        with tarfile.open(mode="r|", fileobj=cast("IO[bytes]", source)) as tar:
            for name, size, file in _members(tar):
                if name == _MANIFEST:
                    manifest = _manifest(file, size)
                    source.drain()
                    return _agreed(manifest, found)
                found.append(_write(folder, name, file))
    except tarfile.TarError as error:
        raise BackupDamaged(f"this backup holds no files that can be read: {error}") from error
    raise BackupDamaged("this backup has no manifest; it was not finished")


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, int, IO[bytes]]]:
    for member in tar:
        file = tar.extractfile(member) if _is_plain(member) else None
        if file is None or (member.name != _MANIFEST and not _NAMES.fullmatch(member.name)):
            raise BackupDamaged(
                "this backup holds something that no home of a node has; it was made by another program"
            )
        yield member.name, member.size, file
        _forget(tar)


def _is_plain(member: tarfile.TarInfo) -> bool:
    """A file whose bytes all stand in the stream: one with holes is as large as its header says."""
    return member.type == tarfile.REGTYPE and not member.issparse()


def _write(folder: Path, name: str, file: IO[bytes]) -> Entry:
    place, digest, size = folder / name, hashlib.sha256(), 0
    place.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        out = os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except FileExistsError as error:
        raise BackupDamaged("this backup holds a file twice; it was made by another program") from error
    with out:
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
            size += len(piece)
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    return Entry(name=name, size=size, sha256=digest.hexdigest())


def _manifest(file: IO[bytes], size: int) -> Manifest:
    if size > MOST_MANIFEST:
        raise BackupDamaged("the manifest of this backup is absurdly large")
    try:
        return Manifest.model_validate_json(file.read(size))
    except ValidationError as error:
        raise BackupDamaged("the manifest of this backup is none that this version reads") from error


def _agreed(manifest: Manifest, found: list[Entry]) -> Manifest:
    if manifest.files != found:
        raise BackupDamaged("the files of this backup are not those its manifest names")
    needed = {SETTINGS, VAULT, DATABASE if manifest.database == "sqlite" else DUMP}
    if missing := needed - {one.name for one in found}:
        raise BackupDamaged(f"this backup lacks {', '.join(sorted(missing))}")
    return manifest
