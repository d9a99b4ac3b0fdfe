"""Files that only their owner may read: refused when loose, whole after a crash."""

import os
from pathlib import Path

import pytest

from keys import privatefile
from keys.errors import LoosePermissions, VaultDamaged, VaultMissing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "private"
    privatefile.make_folder(made)
    return made


def test_what_is_written_is_read_back(folder: Path) -> None:
    privatefile.write(folder / "a", b"first")
    privatefile.write(folder / "a", b"second")
    assert privatefile.read(folder / "a") == b"second"


def test_a_written_file_belongs_to_its_owner_alone(folder: Path) -> None:
    privatefile.write(folder / "a", b"x")
    assert ((folder / "a").stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)


def test_what_a_crash_left_beside_the_file_is_not_in_the_way(folder: Path) -> None:
    (folder / ".a.new").write_bytes(b"half of someth")
    privatefile.write(folder / "a", b"whole")
    assert [each.name for each in folder.iterdir()] == ["a"]


def test_a_write_that_fails_leaves_the_old_file(folder: Path) -> None:
    privatefile.write(folder / "a", b"old")
    with pytest.raises(TypeError):
        privatefile.write(folder / "a", None)  # type: ignore[arg-type]
    assert privatefile.read(folder / "a") == b"old"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_file_that_others_reach_is_refused(folder: Path, mode: int) -> None:
    privatefile.write(folder / "a", b"x")
    (folder / "a").chmod(mode)
    with pytest.raises(LoosePermissions, match="chmod 0600"):
        privatefile.read(folder / "a")


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o755, 0o711])
def test_a_folder_that_others_reach_is_refused(folder: Path, mode: int) -> None:
    folder.chmod(mode)
    with pytest.raises(LoosePermissions, match="chmod 0700"):
        privatefile.make_folder(folder)


@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_a_file_stricter_than_needed_is_taken(folder: Path, mode: int) -> None:
    privatefile.write(folder / "a", b"x")
    (folder / "a").chmod(mode)
    assert privatefile.read(folder / "a") == b"x"


def test_a_file_of_another_owner_is_refused(folder: Path) -> None:
    privatefile.write(folder / "a", b"x")
    with pytest.raises(LoosePermissions, match="another user"):
        privatefile.check_private(folder / "a", owner=os.geteuid() + 1)


def test_a_link_in_the_place_of_a_file_is_refused(folder: Path) -> None:
    privatefile.write(folder / "a", b"x")
    (folder / "b").symlink_to(folder / "a")
    with pytest.raises(LoosePermissions, match="symbolic link"):
        privatefile.read(folder / "b")


def test_a_link_to_nowhere_is_refused_as_a_link(folder: Path) -> None:
    (folder / "b").symlink_to(folder / "nowhere")
    with pytest.raises(LoosePermissions, match="symbolic link"):
        privatefile.read(folder / "b")


def test_a_file_that_replaces_none_has_nothing_to_erase(folder: Path) -> None:
    privatefile.write(folder / "a", b"x", erase=True)
    assert privatefile.read(folder / "a") == b"x"


def test_a_file_that_is_not_there_is_missing(folder: Path) -> None:
    with pytest.raises(VaultMissing, match="no file of keys"):
        privatefile.read(folder / "a")


def test_a_file_of_absurd_size_is_not_read(folder: Path) -> None:
    privatefile.write(folder / "a", b"")
    os.truncate(folder / "a", privatefile.MOST_BYTES + 1)
    with pytest.raises(VaultDamaged, match="not a file of keys"):
        privatefile.read(folder / "a")
