"""The lock files: every distribution with its hashes, no address of any registry, every platform we promise."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements/use.txt", "requirements/dev.txt")


def entries(lock: str) -> dict[str, str]:
    """Distribution -> everything that stands in its entry."""
    parts = re.split(r"(?m)^(?=\S)", (ROOT / lock).read_text("utf-8"))
    return {part.split("==")[0]: part for part in parts if part.strip()}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_registry(lock: str) -> None:
    assert not re.search(r"://|--(index-url|extra-index-url|find-links)| @ ", (ROOT / lock).read_text("utf-8"))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_distribution_has_hashes(lock: str) -> None:
    assert not [name for name, entry in entries(lock).items() if "--hash=sha256:" not in entry]


def test_every_dependency_is_locked() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    names = {re.split(r"[><=\[;]", each)[0].strip().lower() for each in wanted}
    assert not names - entries("requirements/use.txt").keys()


def test_the_tools_are_locked_to_the_same_versions_as_the_use() -> None:
    use, dev = entries("requirements/use.txt"), entries("requirements/dev.txt")
    assert not [name for name in use if use[name] != dev.get(name)]
