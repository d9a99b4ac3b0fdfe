"""Proving a backup, and putting it back.

Rules
- Both unpack it into a private folder beside where it would go, hold every file against the manifest, and recompute the
  whole audit trail and every attachment, as ``tracing audit verify`` does. Only what held is put anywhere.
- ``restore_backup`` writes into a home that is not there or empty, and a database that is empty; it becomes the home by
  one rename, so whatever fails leaves nothing. A home that is there may be a volume of its own: it is unpacked inside,
  and the settings, without which nothing is a home, come last. A database on PostgreSQL is filled in one transaction
  before that.
- What a killed one left (a private folder ``.restoring-...``) goes with the next one at that place.
- ``verify_backup`` leaves nothing. A dump of PostgreSQL is proved in an empty database that is named for it.

    restore_backup(file, home, passphrase, clock, ids, progress)
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, make_url, text, update
from sqlalchemy.exc import DatabaseError

from keys import privatefile
from keys.rest import ContentCipher
from tracing import audit
from tracing.attachments import Folder, checking
from tracing.backups import archive, copying
from tracing.backups.archive import Manifest
from tracing.backups.errors import BackupDamaged, RestoreRefused
from tracing.backups.looking import check_note_of, looking_at, sizes_of_trees
from tracing.backups.making import Progress
from tracing.backups.sealed import opening
from tracing.clock import Clock, Ids
from tracing.database import password_of
from tracing.settings import Settings
from tracing.store import HEAD, Store, Tx, View, bring_up_to_date, kind_of, open_engine, schema_version
from tracing.tables import Counterpart, table_of

__all__ = ["Restored", "restore_backup", "verify_backup"]

ATTACHMENTS: Final = "attachments"
STAGING: Final = ".restoring-"
NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_counterparts = table_of(Counterpart)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a backup held, and what its trail came to."""

    manifest: Manifest
    leaves: int
    attachments: int


def verify_backup(
    file: Path, passphrase: bytes, progress: Progress, *, scratch: Path | None = None, database: str | None = None
) -> Restored:
    """Restore it where nothing else is and recompute all of it. BackupDamaged, WrongPassphrase, RestoreRefused."""
    with _unpacked(file, passphrase, progress, (scratch or file.parent).resolve()) as (folder, manifest):
        if manifest.database == "sqlite":
            url = _staged(folder)
        elif database is None:
            msg = "this backup is of a node on PostgreSQL: name an empty database to prove it in, with --database URL"
            raise RestoreRefused(msg)
        else:
            url = _server(database)
        with _filled(folder, manifest, url, Settings.load(folder)) as engine:
            proved = _prove(folder, manifest, engine, progress)
            if manifest.database == "postgresql":
                _empty(engine)
            return proved


def restore_backup(  # noqa: PLR0917 - as in making one
    file: Path,
    home: Path,
    passphrase: bytes,
    clock: Clock,
    ids: Ids,
    progress: Progress,
    *,
    database: str | None = None,
) -> Restored:
    """Make the home of a backup at ``home``. BackupDamaged, WrongPassphrase, RestoreRefused; then nothing is there."""
    home = home.resolve()
    home.parent.mkdir(parents=True, exist_ok=True)
    _sweep(home)
    _require_empty_home(home)
    with _unpacked(file, passphrase, progress, home if home.exists() else home.parent) as (folder, manifest):
        if database is not None:
            _name_database(folder, database)
        settings = Settings.load(folder)
        sqlite = kind_of(settings.database) == "sqlite"
        if sqlite != (manifest.database == "sqlite"):
            raise RestoreRefused("a backup is restored to the kind of database it was made from")
        if sqlite:
            _require_free(folder, copying.place_of_sqlite(settings.database))
        with _filled(folder, manifest, _staged(folder) if sqlite else settings.database, settings) as engine:
            proved = _prove(folder, manifest, engine, progress)
            _mark(engine, manifest, clock, ids)
        (folder / archive.DUMP).unlink(missing_ok=True)
        with _placed_database(folder, settings) if sqlite else nullcontext():
            _become(folder, home)
    return proved


def _server(url: str) -> str:
    """The address of a server, without a password: every user of the machine can read a command line."""
    if kind_of(url) != "postgresql" or make_url(url).password is not None:
        raise RestoreRefused("expected --database postgresql://USER@HOST/NAME, without a password")
    return url


def _require_empty_home(home: Path) -> None:
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise RestoreRefused(f"{home} exists and is not empty; a backup is restored to an empty home only")


def _require_free(folder: Path, database: Path) -> None:
    """Outside the home neither the file nor what SQLite keeps beside it: an old log would be read into the new file."""
    if database.is_relative_to(folder):
        return
    for place in (database, *(database.with_name(f"{database.name}{end}") for end in ("-wal", "-shm", "-journal"))):
        if place.exists():
            raise RestoreRefused(f"{place} exists; a backup is restored to an empty place only")


def _sweep(beside: Path) -> None:
    """What was left by one that was killed: its lock went with it."""
    for left in beside.glob(f"{STAGING}*"):
        with suppress(OSError):
            handle = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(handle)


@contextmanager
def _staging(beside: Path) -> Iterator[Path]:
    """A private folder, locked while this process has it; gone afterwards unless it was renamed."""
    _sweep(beside)
    folder = Path(tempfile.mkdtemp(prefix=STAGING, dir=beside))
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


@contextmanager
def _unpacked(file: Path, passphrase: bytes, progress: Progress, beside: Path) -> Iterator[tuple[Path, Manifest]]:
    """The files of a backup in a private folder, which is gone afterwards unless it was renamed."""
    size = file.stat().st_size
    with _staging(beside) as folder:
        with opening(file, passphrase, lambda done: progress("reading", done, size)) as source:
            manifest = archive.unpack(source, folder)
        if manifest.db_schema > HEAD:
            msg = f"this backup stands at schema {manifest.db_schema}, newer than this program ({HEAD})"
            raise RestoreRefused(f"{msg}: install the newer program")
        (folder / ATTACHMENTS).mkdir(mode=0o700, exist_ok=True)
        yield folder, manifest


def _staged(folder: Path) -> str:
    return f"sqlite:///{folder / archive.DATABASE}"


@contextmanager
def _filled(folder: Path, manifest: Manifest, url: str, settings: Settings) -> Iterator[Engine]:
    """The restored database, at this program's schema. On a server whatever fails leaves it empty."""

    def password() -> str | None:
        return password_of(settings)

    engine = open_engine(url, password)
    try:
        if manifest.database == "postgresql":
            if schema_version(engine) is not None or _has_tables(engine):
                raise RestoreRefused("the database named is not empty; a backup is restored to an empty one only")
            copying.load(url, password, folder / archive.DUMP)
        try:
            bring_up_to_date(engine)
            yield engine
        except BaseException:
            if manifest.database == "postgresql":
                _empty(engine)
            raise
    finally:
        engine.dispose()


def _has_tables(engine: Engine) -> bool:
    with engine.connect() as conn, conn.begin():
        found = "SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace LIMIT 1"
        return conn.execute(text(found)).first() is not None


def _empty(engine: Engine) -> None:
    """What this restoring filled, and nothing else: it was empty before."""
    with engine.connect().execution_options(write=True) as conn, conn.begin():
        conn.execute(text("DROP SCHEMA public CASCADE"))
        conn.execute(text("CREATE SCHEMA public"))


def _prove(folder: Path, manifest: Manifest, engine: Engine, progress: Progress) -> Restored:
    """Every entry of every tree, every stored byte, every attachment."""
    settings = Settings.load(folder)
    if settings.authority != manifest.authority:
        raise BackupDamaged("the settings in this backup are those of another node than its manifest names")
    total = sum(manifest.trees.values())
    with looking_at(engine) as view, _read_to_its_end():
        if view.conn.dialect.name == "sqlite":
            _require_sound(view)
        if sizes_of_trees(view) != manifest.trees:
            raise BackupDamaged("the trees in this backup are not as large as its manifest says")
        hear = _telling(progress, "entries", total)
        found = audit.verify(view, check_note_of(settings, view), hear)
        digests = checking.expected(view)
    if not found.ok:
        raise BackupDamaged(f"the audit trail in this backup does not hold: {found.first_bad}")
    hear = _telling(progress, "attachments", len(digests))
    if wrong := checking.first_wrong(Folder(folder / ATTACHMENTS), digests, hear):
        raise BackupDamaged(f"this backup is not whole: {wrong[1]}")
    return Restored(manifest, found.leaves, len(digests))


@contextmanager
def _read_to_its_end() -> Iterator[None]:
    """A database that cannot be read is a backup that does not hold."""
    try:
        yield
    except DatabaseError as error:
        raise BackupDamaged(f"the database in this backup cannot be read: {error.orig}") from error


def _require_sound(view: View) -> None:
    """Every page and every index: the trail says nothing of most tables."""
    if (wrong := view.conn.execute(text("PRAGMA integrity_check(1)")).scalar()) != "ok":
        raise BackupDamaged(f"the database in this backup is damaged: {wrong}")


def _mark(engine: Engine, manifest: Manifest, clock: Clock, ids: Ids) -> None:
    """The trail says that this is a copy, and goes on under a new name; every counterpart is asked what it holds."""

    def work(tx: Tx) -> None:
        audit.begin_anew(tx, audit.PRIVATE, {"restored": manifest.made_ms})
        tx.conn.execute(update(_counterparts).where(_counterparts.c.on_node).values(recovery="asking"))

    store = Store(engine, ContentCipher(bytes(32), bytes(32), ids.random_bytes), clock, ids)
    try:
        store.write_now(work)
    finally:
        store.close()


def _telling(progress: Progress, what: str, total: int) -> Callable[[int], None]:
    return lambda done: progress(what, done, total)


def _name_database(folder: Path, url: str) -> None:
    """Another server than before: the one line of the settings that says where."""
    place = folder / archive.SETTINGS
    lines = place.read_text("utf-8").splitlines()
    named = [f'database = "{url}"' if line.split("=")[0].strip() == "database" else line for line in lines]
    place.write_text("\n".join(named) + "\n", "utf-8")


@contextmanager
def _placed_database(folder: Path, settings: Settings) -> Iterator[None]:
    """Where the settings name a place outside the home, it goes there; if the block fails it is there no more."""
    staged, wanted = folder / archive.DATABASE, copying.place_of_sqlite(settings.database)
    if wanted.is_relative_to(folder):
        wanted.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        staged.rename(wanted)
        yield
        return
    _require_free(folder, wanted)
    try:
        with staged.open("rb") as source, os.fdopen(os.open(wanted, NEW, 0o600), "wb") as target:
            shutil.copyfileobj(source, target, archive.PIECE_BYTES)
            target.flush()
            os.fsync(target.fileno())
        privatefile.flush_folder(wanted.parent)
        staged.unlink()
        yield
    except BaseException:
        wanted.unlink(missing_ok=True)
        raise


def _become(folder: Path, home: Path) -> None:
    """From the last rename on it is the home."""
    for inside in [place for place in folder.rglob("*") if place.is_dir()]:
        privatefile.flush_folder(inside)
    privatefile.flush_folder(folder)
    if folder.parent == home:
        _move_up(folder, home)
    else:
        folder.rename(home)
    privatefile.flush_folder(home.parent)


def _move_up(folder: Path, home: Path) -> None:
    """All but the settings; when that is on disk, these."""
    with suppress(PermissionError):  # the root of a volume may belong to another; what is in it is private by itself
        home.chmod(0o700)
    for one in folder.iterdir():
        if one.name != archive.SETTINGS:
            one.rename(home / one.name)
    privatefile.flush_folder(home)
    (folder / archive.SETTINGS).rename(home / archive.SETTINGS)
    privatefile.flush_folder(home)
