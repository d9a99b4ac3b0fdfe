"""What stands in deploy/ and README is what was built: options, files and folders named there exist."""

import re
import shlex
from pathlib import Path
from typing import get_args

import pytest

from tests.commanding import command
from tracing.cli.exits import Exit
from tracing.cli.verbs import VERBS
from tracing.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = (ROOT / "deploy/two-nations/compose.yaml").read_text("utf-8")
UNIT = (ROOT / "deploy/systemd/tracing.service").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
FOUNDINGS = [" ".join(found.split()) for found in re.findall(r"FOUND: >-\n((?:        .*\n)+)", COMPOSE)]
WORDS_OF_README = sorted(
    set(
        re.findall(
            r"\btracing (?:--home \w+ )?((?:[a-z]+ ?){1,2})",
            "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL)),
        )
    )
)
ALONE = {"init", "run", "card", "doctor"}  # verbs without a noun


@pytest.mark.parametrize("words", FOUNDINGS)
def test_the_nodes_of_the_compose_file_can_be_founded(words: str, tmp_path: Path, kept: Path) -> None:
    ended = command("init", *shlex.split(words), "--home", tmp_path / "node", "--passphrase-file", kept)
    assert ended.code == Exit.DONE, ended.err


def test_the_compose_file_founds_two_nodes() -> None:
    assert len(FOUNDINGS) == 2


def test_the_container_copies_only_what_is_there() -> None:
    copied = re.findall(r"^COPY (.*) \S+$", (ROOT / "deploy/Containerfile").read_text("utf-8"), re.MULTILINE)
    assert not [name for line in copied for name in line.split() if not (ROOT / name).exists()]


def test_the_unit_hands_over_the_credential_the_command_looks_for() -> None:
    assert "LoadCredential=tracing-passphrase:" in UNIT
    assert "RestartPreventExitStatus=4" in UNIT


@pytest.mark.parametrize("words", WORDS_OF_README)
def test_every_verb_the_readme_uses_exists(words: str) -> None:
    ended = command(
        *words.split()[: 2 if words.split(maxsplit=1)[0] not in {"init", "run", "card", "doctor"} else 1], "--help"
    )
    assert ended.code == Exit.DONE, ended.err


def test_what_the_readme_says_is_not_built_yet_is_not_there() -> None:
    said = README.split("Not built yet:")[1].split("\n\n")[0]
    nouns = re.findall(r"`tracing (\w+)`", said)
    assert nouns
    assert not VERBS.keys() & set(nouns)


def test_what_the_readme_says_of_confidentiality_is_the_default() -> None:
    names = get_args(Settings.model_fields["confidentiality"].annotation)
    assert Settings.model_fields["confidentiality"].default == names[0]
    assert f"`{names[0]}`, until `confidentiality`\nin `node.toml` names `{names[1]}` or `{names[2]}`" in README


def paths_of_the_tree() -> list[str]:
    """What README's tree names: every two spaces of indentation are one folder deeper."""
    above: list[str] = []
    found = []
    for line in README.split("## The tree")[1].split("```")[1].strip().splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        above = [*above[:depth], line.split()[0]]
        found.append("".join(above))
    return found


@pytest.mark.parametrize("path", paths_of_the_tree())
def test_every_folder_of_the_readmes_tree_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_first_screen_of_the_readme_says_the_two_commands() -> None:
    first = "\n".join(README.splitlines()[:25])
    assert "make demo" in first
    assert "make test" in first
