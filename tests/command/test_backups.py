"""``tracing backup``: made beside a running node, proved, restored; whatever is wrong with one leaves nothing."""

import asyncio
import errno
import json
import os
import resource
import sqlite3
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command.conftest import Command
from tests.commanding import Ended, command
from tests.world import OFFICER, ask, world
from tracing.backups import BackupDamaged, archive, making, sealed
from tracing.cli.exits import Exit

SECRET = "another horse"


def written(file: Path, words: str) -> Path:
    file.write_text(f"{words}\n", encoding="utf-8")
    file.chmod(0o600)
    return file


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    return written(tmp_path / "of-backups", SECRET)


@pytest.fixture
def made(at_home: Command, tmp_path: Path, secret: Path) -> Path:
    """A backup of br."""
    place = tmp_path / "br.itxbackup"
    ended = at_home("backup", "create", place, "--backup-passphrase-file", secret, "--json")
    assert ended.code == Exit.DONE, ended.err
    return place


Backup = Callable[..., Ended]


@pytest.fixture
def backup(tmp_path: Path, secret: Path) -> Backup:
    """``tracing backup`` at a home that is not there yet."""
    return lambda *words: command(
        "backup", *words, "--backup-passphrase-file", secret, "--home", tmp_path / "again" / "br"
    )


def left(folder: Path) -> set[str]:
    """What lies in a folder, hidden files too."""
    return {entry.name for entry in folder.iterdir()}


def test_a_home_comes_back_as_it_was_for_its_owner_alone(
    made: Path, backup: Backup, home: Path, kept: Path, tmp_path: Path
) -> None:
    ended = backup("restore", made, "--json")
    assert ended.code == Exit.DONE, ended.err
    again = tmp_path / "again" / "br"
    assert (again.stat().st_mode & 0o777, made.stat().st_mode & 0o777) == (0o700, 0o600)
    shown = left(again) - {"node.db-turn"}  # which processes lock
    assert shown == {"node.toml", "node.db", "keys", "attachments"} | ({"founding.json"} & left(home))
    for name in ("node.toml", "keys/vault.json"):
        assert (again / name).read_bytes() == (home / name).read_bytes()
        assert (again / name).stat().st_mode & 0o777 == 0o600
    audited = command("audit", "verify", "--json", "--home", again, "--passphrase-file", kept)
    assert (audited.code, audited.json["leaves"]) == (Exit.DONE, ended.json["leaves"] + 1)  # that it was restored
    assert left(again.parent) == {"br"}


def test_verifying_a_backup_recomputes_the_trail_and_leaves_nothing(made: Path, backup: Backup, tmp_path: Path) -> None:
    before = left(tmp_path)
    ended = backup("verify", made, "--json")
    assert (ended.code, ended.json["ok"], ended.json["authority"]) == (Exit.DONE, True, "br")
    assert ended.json["leaves"] > 0
    assert left(tmp_path) == before


@pytest.mark.parametrize("where", [0, 5, 40, 300, 0.3, 0.6, -20, -1], ids=str)
def test_one_altered_byte_refuses_a_backup_whole(made: Path, backup: Backup, where: float, tmp_path: Path) -> None:
    content = bytearray(made.read_bytes())
    at = int(len(content) * where) if isinstance(where, float) else where
    content[at] ^= 1
    made.write_bytes(content)
    for verb in ("verify", "restore"):
        ended = backup(verb, made)
        assert ended.code in {Exit.INTEGRITY, Exit.CONFIGURATION}, ended.err
        assert ended.err.count("\n") <= 2
    assert ended.code == Exit.INTEGRITY or where == 40  # there the way to stretch the passphrase is altered
    assert not (tmp_path / "again" / "br").exists()
    assert left(tmp_path / "again") == set()


@pytest.mark.parametrize("keep", [0, 10, 200, 0.2, 0.9, -1], ids=str)
def test_a_backup_cut_short_is_refused_wherever_it_was_cut(
    made: Path, backup: Backup, keep: float, tmp_path: Path
) -> None:
    content = made.read_bytes()
    made.write_bytes(content[: int(len(content) * keep) if isinstance(keep, float) else keep])
    ended = backup("restore", made)
    assert (ended.code, left(tmp_path / "again")) == (Exit.INTEGRITY, set())


def test_a_backup_with_something_behind_it_or_chunks_exchanged_is_refused(made: Path, backup: Backup) -> None:
    content = made.read_bytes()
    made.write_bytes(content + b"x")
    assert backup("verify", made).code == Exit.INTEGRITY
    start = len(content) - 5 * 16400
    swapped = content[:start] + content[start + 16400 : start + 32800] + content[start : start + 16400]
    made.write_bytes(swapped + content[start + 32800 :])
    assert backup("verify", made).code == Exit.INTEGRITY


def test_the_wrong_passphrase_is_told_from_a_damaged_backup(made: Path, secret: Path, tmp_path: Path) -> None:
    written(secret, "a third horse")
    ended = command("backup", "restore", made, "--backup-passphrase-file", secret, "--home", tmp_path / "again")
    assert (ended.code, "does not open" in ended.err, (tmp_path / "again").exists()) == (
        Exit.CONFIGURATION,
        True,
        False,
    )


def test_a_backup_is_restored_to_an_empty_home_only(made: Path, home: Path, secret: Path) -> None:
    before = {file: file.read_bytes() for file in home.rglob("*") if file.is_file()}
    ended = command("backup", "restore", made, "--backup-passphrase-file", secret, "--home", home)
    assert (ended.code, "not empty" in ended.err) == (Exit.FAILED, True)
    assert {file: file.read_bytes() for file in home.rglob("*") if file.is_file()} == before


def test_a_backup_is_never_written_over_and_goes_into_a_folder_under_a_name(
    at_home: Command, made: Path, secret: Path, tmp_path: Path
) -> None:
    before = made.read_bytes()
    ended = at_home("backup", "create", made, "--backup-passphrase-file", secret)
    assert (ended.code, made.read_bytes() == before) == (Exit.FAILED, True)
    folder = tmp_path / "folder"
    folder.mkdir()
    ended = at_home("backup", "create", folder, "--backup-passphrase-file", secret, "--json")
    assert (ended.code, left(folder)) == (Exit.DONE, {Path(ended.json["file"]).name})
    assert ended.json["file"].endswith(".itxbackup")


def test_without_a_file_or_a_terminal_nobody_is_asked_for_the_passphrase(at_home: Command, tmp_path: Path) -> None:
    ended = at_home("backup", "create", tmp_path / "none")
    assert (ended.code, (tmp_path / "none").exists()) == (Exit.USAGE, False)


def test_what_a_killed_backup_left_goes_with_the_next_one(
    at_home: Command, home: Path, made: Path, secret: Path
) -> None:
    scratch = home / making.SCRATCH
    assert not scratch.exists()
    scratch.mkdir(mode=0o700)
    (scratch / "node.db").write_bytes(b"half a copy")
    ended = at_home("backup", "create", made.with_name("next"), "--backup-passphrase-file", secret)
    assert (ended.code, scratch.exists()) == (Exit.DONE, False)


def test_no_word_of_the_home_can_be_read_in_a_backup(made: Path, home: Path) -> None:
    sealed = made.read_bytes()
    salt = json.loads((home / "keys" / "vault.json").read_bytes())["lock"]["salt"].encode()
    assert [word for word in (salt, b"SQLite format 3", b"Tracing point", b"node.toml") if word in sealed] == []


def test_an_altered_trail_is_found_before_a_backup_is_restored(
    at_home: Command, home: Path, secret: Path, backup: Backup, tmp_path: Path
) -> None:
    """A backup proves what was in the home, also that it did not hold."""
    with sqlite3.connect(home / "node.db") as conn:
        conn.execute("UPDATE leaves SET h = 'ff' WHERE tree = 'private' AND idx = 0")
    place = tmp_path / "spoiled"
    assert at_home("backup", "create", place, "--backup-passphrase-file", secret).code == Exit.DONE
    ended = backup("restore", place)
    assert (ended.code, "private:0" in ended.err, left(tmp_path / "again")) == (Exit.INTEGRITY, True, set())


async def test_a_backup_of_a_running_node_is_one_instant_of_it(tmp_path: Path, secret: Path) -> None:
    """Requests go out all the while; whatever is in the copy hangs together, to the last attachment and receipt."""
    async with world(tmp_path / "w", "br", "at") as w:
        end = asyncio.Event()

        async def say() -> int:
            said = 0
            while not end.is_set():
                await w["br"].office.request(OFFICER, ask("at"))
                said += 1
            return said

        saying = asyncio.create_task(say())
        for number in range(3):
            place = tmp_path / f"{number}.itxbackup"
            words = ("backup", "create", place, "--backup-passphrase-file", secret, "--home", tmp_path / "w" / "br")
            ended = await asyncio.to_thread(command, *words)
            assert ended.code == Exit.DONE, ended.err
            proved = await asyncio.to_thread(command, "backup", "verify", place, *words[3:])
            assert proved.code == Exit.DONE, proved.err
        end.set()
        assert await saying > 3


def test_a_home_that_is_a_volume_of_its_own_is_filled_in_place(
    made: Path, secret: Path, kept: Path, home: Path
) -> None:
    """Nothing but the volume may be written to, and it cannot be renamed."""
    again = home.parent / "volume"
    again.mkdir()
    number = again.stat().st_ino
    ended = command("backup", "restore", made, "--backup-passphrase-file", secret, "--home", again)
    assert ended.code == Exit.DONE, ended.err
    assert (again.stat().st_ino, left(again) - {"node.db-turn", "founding.json"}) == (
        number,
        {"node.toml", "node.db", "keys", "attachments"},
    )
    assert command("audit", "verify", "--home", again, "--passphrase-file", kept).code == Exit.DONE


@pytest.mark.parametrize("old", ["", "-wal"])
def test_a_database_outside_the_home_is_placed_whole_or_not_at_all(  # noqa: PLR0917 - fixtures
    at_home: Command, home: Path, secret: Path, backup: Backup, tmp_path: Path, old: str
) -> None:
    """A log left by the lost node would be read into the new file."""
    (tmp_path / "disk").mkdir()
    place = tmp_path / "disk" / "node.db"
    (home / "node.db").rename(place)
    settings = (home / "node.toml").read_text()
    (home / "node.toml").write_text(settings.replace("sqlite:///node.db", f"sqlite:///{place}"))
    made = tmp_path / "outside.itxbackup"
    assert at_home("backup", "create", made, "--backup-passphrase-file", secret).code == Exit.DONE
    place.rename(tmp_path / "disk" / f"node.db{old}")
    before = left(tmp_path / "disk")
    ended = backup("restore", made)
    assert (ended.code, left(tmp_path / "disk"), left(tmp_path / "again")) == (Exit.FAILED, before, set())
    for file in (tmp_path / "disk").iterdir():
        file.unlink()
    assert backup("restore", made).code == Exit.DONE
    assert (left(tmp_path / "disk"), place.stat().st_mode & 0o777) == ({"node.db"}, 0o600)


def test_what_a_killed_restoring_left_goes_with_the_next_one(made: Path, backup: Backup, tmp_path: Path) -> None:
    """It is all of the home, and the database is not encrypted as a whole."""
    for where in (tmp_path / "again", made.parent):
        where.mkdir(exist_ok=True)
        (where / ".restoring-killed" / "keys").mkdir(parents=True)
    assert backup("verify", made).code == Exit.DONE
    assert backup("restore", made).code == Exit.DONE
    assert (left(tmp_path / "again"), ".restoring-killed" in left(made.parent)) == ({"br"}, False)


def test_a_full_disk_fails_a_backup_in_one_sentence_and_leaves_nothing(
    at_home: Command, home: Path, secret: Path, tmp_path: Path
) -> None:
    """The copy of the database finds it first; a limit of this process on the size of files stands for the disk."""
    before, usual = left(home), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, usual[1]))
    try:
        ended = at_home("backup", "create", tmp_path / "none", "--backup-passphrase-file", secret)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert (ended.code, ended.err.count("\n") <= 2, "cannot be copied" in ended.err) == (Exit.CONFIGURATION, True, True)
    assert (left(home), (tmp_path / "none").exists()) == (before, False)


def test_a_backup_goes_to_a_disk_that_knows_no_second_names_and_is_written_over_there_neither(
    at_home: Command, secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_file: object, _name: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuses)  # as a FAT disk does
    place = tmp_path / "stick"
    create = ("backup", "create", place, "--backup-passphrase-file", secret)
    assert at_home(*create).code == Exit.DONE
    before = place.read_bytes()
    assert (at_home(*create).code, place.read_bytes() == before) == (Exit.FAILED, True)
    assert command("backup", "verify", place, "--backup-passphrase-file", secret).code == Exit.DONE


@pytest.mark.parametrize("table", ["counterparts", "leaves"])
def test_a_damaged_page_is_found_before_a_backup_is_restored(  # noqa: PLR0917 - fixtures
    at_home: Command, home: Path, secret: Path, backup: Backup, tmp_path: Path, table: str
) -> None:
    """Also in a table of which the trail says nothing."""
    with sqlite3.connect(home / "node.db") as conn:
        (root,) = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        (size,) = conn.execute("PRAGMA page_size").fetchone()
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (home / "node.db").open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * 100)
    place = tmp_path / "damaged"
    ended = at_home("backup", "create", place, "--backup-passphrase-file", secret)
    assert ended.code == Exit.DONE, ended.err
    for verb in ("verify", "restore"):
        ended = backup(verb, place)
        assert (ended.code, "the database in this backup" in ended.err) == (Exit.INTEGRITY, True)
    assert left(tmp_path / "again") == set()


def test_a_file_with_holes_is_no_file_of_a_home(tmp_path: Path) -> None:
    """Half a kilobyte could fill the disk with nothing."""
    bomb = tarfile.TarInfo("node.db")
    bomb.type, bomb.pax_headers = tarfile.REGTYPE, {
        "GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.map": "0,0", "GNU.sparse.size": str(1 << 20),
        "GNU.sparse.numblocks": "1",
    }  # fmt: skip
    place, secret, random = tmp_path / "bomb", SECRET.encode(), os.urandom
    with sealed.sealing(place, secret, random) as out:
        out.write(bomb.tobuf(tarfile.PAX_FORMAT) + bytes(1024))
    (tmp_path / "folder").mkdir()
    with sealed.opening(place, secret, lambda _done: None) as source, pytest.raises(BackupDamaged, match="something"):
        archive.unpack(source, tmp_path / "folder")
    assert left(tmp_path / "folder") == set()


def test_a_backup_under_the_name_of_another_node_neither_verifies_nor_restores(
    made: Path, backup: Backup, tmp_path: Path
) -> None:
    """Whatever verifies can be restored."""
    folder, other = tmp_path / "folder", tmp_path / "other"
    folder.mkdir()
    with sealed.opening(made, SECRET.encode(), lambda _done: None) as source:
        manifest = archive.unpack(source, folder)
    with sealed.sealing(other, SECRET.encode(), os.urandom) as out:
        packing = archive.Packing(out)
        for entry in manifest.files:
            packing.add_bytes(entry.name, (folder / entry.name).read_bytes())
        packing.finish(manifest.model_copy(update={"authority": "at"}))
    for verb in ("verify", "restore"):
        ended = backup(verb, other)
        assert (ended.code, "another node" in ended.err) == (Exit.INTEGRITY, True)
    assert left(tmp_path / "again") == set()
