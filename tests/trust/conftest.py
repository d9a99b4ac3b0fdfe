"""Locks of these tests are cheap: their costs stand in the file, so a hundred openings need not take a minute."""

from collections.abc import Iterator

import pytest

from keys import lockbox

REAL_COSTS = {"MEMORY_KIB": lockbox.MEMORY_KIB, "PASSES": lockbox.PASSES}


@pytest.fixture(scope="session", autouse=True)
def cheap_locks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lockbox, "MEMORY_KIB", 8 * 1024)
        patch.setattr(lockbox, "PASSES", 1)
        yield


@pytest.fixture
def dear_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The costs of a real node."""
    for name, value in REAL_COSTS.items():
        monkeypatch.setattr(lockbox, name, value)
