"""A command line run in this process, and homes to run it at: founded once, copied for each test."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commanding import Ended, command

PASSPHRASE = "correct horse"


Command = Callable[..., Ended]


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the passphrase of all homes here."""
    file = tmp_path_factory.mktemp("kept") / "passphrase"
    file.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    file.chmod(0o600)
    return file


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory, kept: Path) -> dict[str, Path]:
    """Two training homes and their cards, not to be changed."""
    folder = tmp_path_factory.mktemp("founded")
    _found(folder, kept)
    return {name: folder / name for name in ("br", "at", "br.card", "at.card")}


def _found(folder: Path, kept: Path) -> None:
    for number, (authority, country) in enumerate((("br", "BRA"), ("at", "AUT"))):
        made = command(
            "init", "--training", "--home", folder / authority, "--passphrase-file", kept, "--authority", authority,
            "--country", country, "--name", f"Tracing point {country}",
            "--exchange", f"127.0.0.1:{18420 + number}", "--desk", f"127.0.0.1:{18520 + number}",
        )  # fmt: skip
        assert made.code == 0, made.err
        card = command(
            "card", "-o", folder / f"{authority}.card", "--home", folder / authority, "--passphrase-file", kept
        )
        assert card.code == 0, card.err


@pytest.fixture
def home(founded: dict[str, Path], tmp_path: Path) -> Path:
    """A home of br, for one test."""
    return Path(shutil.copytree(founded["br"], tmp_path / "br"))


@pytest.fixture
def at_home(home: Path, kept: Path) -> Command:
    """Run ``tracing`` at that home."""
    return lambda *words: command(*words, "--home", home, "--passphrase-file", kept)


@pytest.fixture
def digest_of_at(founded: dict[str, Path], kept: Path) -> str:
    return str(command("root", "show", "--json", "--home", founded["at"], "--passphrase-file", kept).json["digest"])
