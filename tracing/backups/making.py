"""Making a backup: settings, database, keys and attachments of a home, while its node runs.

Order: the database first, as of one instant; then the file of keys, which may hold keys made since and never lacks one
that the database needs; then every attachment that the copied database names. An attachment that went meanwhile by
law is left out; one that is missing or altered fails the backup. No passphrase of the keys is needed, or in it.

    made = make_backup(home, settings, place, passphrase, clock, ids, progress)
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from keys import privatefile
from tracing.attachments import Folder, checking
from tracing.backups import archive, copying
from tracing.backups.archive import Manifest, Packing
from tracing.backups.errors import BackupBusy, BackupDamaged
from tracing.backups.looking import looking_at, sizes_of_trees
from tracing.backups.sealed import sealing
from tracing.clock import Clock, Ids, from_ms
from tracing.database import engine_of, password_of
from tracing.settings import Settings
from tracing.store import open_engine, require_database, schema_version
from tracing.store.engine import kind_of

__all__ = ["Made", "Progress", "make_backup", "named"]

SCRATCH: Final = "backup-scratch"
Progress = Callable[[str, int, int], None]
"""(what is done now, how much of it, of how much)."""


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup."""

    place: Path
    size: int
    manifest: Manifest


def named(settings: Settings, place: Path, now_ms: int) -> Path:
    """Where the backup goes: the file itself, or one named after node and moment in a folder."""
    return place / f"{settings.authority}-{from_ms(now_ms):%Y%m%dT%H%M%SZ}.itxbackup" if place.is_dir() else place


def make_backup(  # noqa: PLR0917 - what a backup is made of, and for
    home: Path, settings: Settings, place: Path, passphrase: bytes, clock: Clock, ids: Ids, progress: Progress
) -> Made:
    """BackupExists, BackupBusy, DatabaseInvalid, DatabaseAway, ToolFailed, or OSError: then there is no backup."""
    target = named(settings, place, clock.now_ms())
    with _scratch(home) as scratch, sealing(target, passphrase, ids.random_bytes) as out:
        packing = Packing(out)
        packing.add_bytes(archive.SETTINGS, (home / archive.SETTINGS).read_bytes())
        manifest = _pack(home, settings, packing, scratch, clock, progress)
        packing.finish(manifest)
    return Made(target, target.stat().st_size, manifest)


def _pack(  # noqa: PLR0917 - see above
    home: Path, settings: Settings, packing: Packing, scratch: Path, clock: Clock, progress: Progress
) -> Manifest:
    engine = engine_of(settings)
    try:
        require_database(engine)
        made_ms, schema = clock.now_ms(), schema_version(engine)
        copied = _copy_database(engine, settings, scratch, progress)
        _add(packing, copied.file, copied.file.name)
        packing.add_bytes(archive.VAULT, privatefile.read(home / archive.VAULT))
        if (founding := home / archive.FOUNDING).exists():
            packing.add_bytes(archive.FOUNDING, founding.read_bytes())
        _add_attachments(packing, Folder(home / "attachments"), copied.digests, engine, progress)
    finally:
        engine.dispose()
    members = {"authority": settings.authority, "net": settings.net, "db_schema": schema, "made_ms": made_ms}
    more = {"itx_backup": 1, "database": kind_of(settings.database), "trees": copied.trees, "files": packing.files}
    return Manifest.model_validate(members | more)


@dataclass(frozen=True, slots=True)
class _Copied:
    """The database at one instant, and what it held then."""

    file: Path
    trees: dict[str, int]
    digests: list[str]


def _copy_database(engine: Engine, settings: Settings, scratch: Path, progress: Progress) -> _Copied:
    if kind_of(settings.database) == "postgresql":
        return _dump(engine, settings, scratch / archive.DUMP)
    copy = scratch / archive.DATABASE
    source = copying.place_of_sqlite(settings.database)
    copying.copy_sqlite(source, copy, lambda done, total: progress("database", done, total))
    copied = open_engine(f"sqlite:///{copy}")
    try:
        with looking_at(copied) as view:
            return _Copied(copy, sizes_of_trees(view), checking.expected(view))
    finally:
        copied.dispose()


def _dump(engine: Engine, settings: Settings, target: Path) -> _Copied:
    """The tool works on the snapshot we look at."""
    with looking_at(engine) as view:
        view.conn.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        snapshot = str(view.conn.exec_driver_sql("SELECT pg_export_snapshot()").scalar())
        copying.dump(settings.database, lambda: password_of(settings), target, snapshot)
        return _Copied(target, sizes_of_trees(view), checking.expected(view))


def _add(packing: Packing, file: Path, name: str) -> None:
    with file.open("rb") as source:
        packing.add(name, source, os.fstat(source.fileno()).st_size)


def _add_attachments(packing: Packing, folder: Folder, digests: list[str], engine: Engine, progress: Progress) -> None:
    for done, digest in enumerate(digests, 1):
        try:
            _add(packing, folder.whole(digest), f"attachments/{digest}")
        except FileNotFoundError as error:
            with looking_at(engine) as view:
                if digest in checking.expected(view):
                    raise BackupDamaged(f"attachment {digest} is not in the folder: no backup was made") from error
            continue
        if packing.files[-1].sha256 != digest:
            raise BackupDamaged(f"attachment {digest} was altered: no backup was made")
        progress("attachments", done, len(digests))


@contextmanager
def _scratch(home: Path) -> Iterator[Path]:
    """A private folder for the copy of the database, this process's alone; what a crash left in it goes first."""
    folder = home / SCRATCH
    folder.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for left in folder.iterdir():
            left.unlink()
        yield folder
        shutil.rmtree(folder)
    except BlockingIOError as error:
        raise BackupBusy(f"another backup of {home} is being made; wait for it") from error
    except BaseException:  # whatever it was flies on; the copy does not stay
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        os.close(handle)
