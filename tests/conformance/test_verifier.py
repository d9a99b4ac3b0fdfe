"""The second reader: independent, of one mind with every vector, and awake."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conformance import verifier
from tests.house.source import Module, imports

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(verifier.__file__)
FOLDERS = [ROOT / "tests" / "wire" / "vectors", FILE.parent / "vectors"]
NOT_READ = {"hedged", "hedged_cards", "keys", "kinds", "lifecycle_table"}  # what others are made from, or read with

FOUND = list(verifier.check_vectors(FOLDERS))


def run(*words: object, where: Path) -> subprocess.CompletedProcess[str]:
    """The verifier as a stranger runs it: alone, from another folder, nothing of ours on its path."""
    argv = [sys.executable, "-I", str(FILE), *map(str, words)]
    return subprocess.run(argv, cwd=where, capture_output=True, text=True, timeout=60, check=False)


def test_it_shares_no_code_with_the_node() -> None:
    text = FILE.read_text("utf-8")
    module = Module("tests.conformance.verifier", FILE, text, ast.parse(text))
    used = {each.target.split(".")[0] for each in imports(module)}
    assert used <= set(sys.stdlib_module_names) | {"cryptography"}
    assert not any(each.inside for each in imports(module))
    assert not {"importlib", "__import__", "exec", "eval"} & set(re.findall(r"\w+", text))


@pytest.mark.parametrize("name", sorted({name for name, _, _, _ in FOUND}))
def test_it_agrees_on_every_vector_of_a_file(name: str) -> None:
    assert [(vector, found) for file, vector, found, agrees in FOUND if file == name and not agrees] == []


def test_it_reads_every_file_of_vectors_there_is() -> None:
    there = {path.stem for folder in FOLDERS for path in folder.glob("*.json")}
    assert {name for name, _, _, _ in FOUND} == there - NOT_READ


def test_it_runs_alone_from_any_folder(tmp_path: Path) -> None:
    ended = run("vectors", *FOLDERS, where=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[-1] == f"{len(FOUND)} vectors, 0 disagree"


@pytest.mark.parametrize("name", ["receipt", "inner", "tree"])
def test_a_file_that_says_otherwise_is_told(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for file in ("keys", name):
        (tmp_path / f"{file}.json").write_bytes((FOLDERS[0] / f"{file}.json").read_bytes())
    document: dict[str, Any] = json.loads((tmp_path / f"{name}.json").read_bytes())
    vector = next(one for one in document["vectors"] if "code" in one)
    vector["code"] = "busy"
    (tmp_path / f"{name}.json").write_text(json.dumps(document))
    assert verifier.main(["vectors", str(tmp_path)]) == 3
    assert capsys.readouterr().out.count("NOT what the file says") == 1


def test_what_is_no_folder_of_vectors_is_told(tmp_path: Path) -> None:
    ended = run("vectors", tmp_path, where=tmp_path)
    assert (ended.returncode, ended.stdout, "cannot be read" in ended.stderr) == (2, "", True)
