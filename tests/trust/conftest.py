"""What a real node pays where a passphrase is stretched, for tests of that."""

import pytest

from keys import lockbox

REAL_COSTS = {"MEMORY_KIB": lockbox.MEMORY_KIB, "PASSES": lockbox.PASSES}


@pytest.fixture
def dear_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The costs of a real node."""
    for name, value in REAL_COSTS.items():
        monkeypatch.setattr(lockbox, name, value)
