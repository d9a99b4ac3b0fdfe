"""Files that only their owner may read, written so that a crash leaves the old or the new one, never half of one.

Rules
- Loose permissions are refused, not repaired: who could read the file meanwhile is for a person to judge.
- Written beside the target, flushed to the disk, renamed over it, and the folder flushed: from the rename on a crash is
  safe.
- A symbolic link in the place of the file is refused: it could point to where somebody else writes.

Example: ``write(folder / "vault.json", data)``, then ``read(folder / "vault.json")``.
"""

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from keys.errors import LoosePermissions, VaultDamaged, VaultMissing

__all__ = ["MOST_BYTES", "check_private", "flush_folder", "locked", "make_folder", "read", "write"]

MOST_BYTES: Final = 4 * 1024 * 1024  # a vault of 5,000 keys; more is not ours
OF_OTHERS: Final = 0o077


def check_private(path: Path, owner: int | None = None) -> None:
    """LoosePermissions unless the folder or file belongs to us (or ``owner``) and to nobody else."""
    found = path.lstat()
    want, kind = ("0700", "folder") if stat.S_ISDIR(found.st_mode) else ("0600", "file")
    if stat.S_ISLNK(found.st_mode):
        raise LoosePermissions(f"{path} is a symbolic link; keys must lie in the folder itself")
    if found.st_uid != (os.geteuid() if owner is None else owner):
        raise LoosePermissions(f"the {kind} {path} belongs to another user; it must belong to the node's own")
    if found.st_mode & OF_OTHERS:
        mode = stat.S_IMODE(found.st_mode)
        raise LoosePermissions(f"others can reach the {kind} {path} (mode {mode:04o}); do: chmod {want} {path}")


def make_folder(folder: Path) -> None:
    """The folder, there and private."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_private(folder)


def read(path: Path) -> bytes:
    """The bytes of a private file: VaultMissing, LoosePermissions, or VaultDamaged where it is absurdly large."""
    if not path.exists() and not path.is_symlink():
        raise VaultMissing(f"there is no file of keys at {path}")
    check_private(path)
    if path.stat().st_size > MOST_BYTES:
        raise VaultDamaged(f"{path} has more than {MOST_BYTES} bytes: not a file of keys")
    return path.read_bytes()


def write(path: Path, data: bytes, *, erase: bool = False) -> None:
    """Replace the file, durably; OSError (a full disk) leaves the old one.

    ``erase`` writes zeros over the old one once the new one stands, unless it bears another name too. What a disk keeps
    underneath (copies of a journal, worn blocks) is the disk's affair.
    """
    with _former(path) if erase else contextlib.nullcontext() as old:
        _replace(path, data)
        if old is not None and os.fstat(old).st_nlink == 0:
            os.pwrite(old, bytes(os.fstat(old).st_size), 0)
            os.fsync(old)


@contextlib.contextmanager
def _former(path: Path) -> Iterator[int | None]:
    """The old file, held open while its name goes to the new one; None where there is none."""
    if not path.exists():
        yield None
        return
    held = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    try:
        yield held
    finally:
        os.close(held)


def _replace(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)  # what a crash left
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make a name that was written there last."""
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(place)
    finally:
        os.close(place)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One writer at a time among processes: the others wait."""
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX)
        yield
    finally:
        os.close(place)
