"""Where the outside material for tests lies, when it is there.

Vectors and real records are not part of the project. They are read from a folder ``shared`` beside the checkout
(or ``$TRACING_SHARED``); tests that need them are skipped, and counted, where it is absent.
"""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("TRACING_SHARED") or Path(__file__).resolve().parents[2] / "shared")


def needs_shared(*parts: str) -> pytest.MarkDecorator:
    """Skip the test, saying why, unless ``shared/<parts>`` is there."""
    path = SHARED.joinpath(*parts)
    return pytest.mark.skipif(not path.exists(), reason=f"outside material shared/{'/'.join(parts)} is not here")
