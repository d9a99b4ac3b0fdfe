"""A real token for tests: SoftHSM, each in a folder of its own.

``CUSTODY=softhsm`` in the environment puts the classical keys of all nodes of a run on one such token
(``make hardware``); without it they lie in files.
"""

import atexit
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from keys.hardware import HardwareModule, Token

PIN = b"hsm-pin-7261"
LABEL = "itx test"
_PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)

MODULE = next((place for place in _PLACES if Path(place).exists()), "")
needs_softhsm = pytest.mark.skipif(
    not MODULE or shutil.which("softhsm2-util") is None, reason="needs SoftHSM (on Debian: apt install softhsm2)"
)


@contextmanager
def token(folder: Path, label: str = LABEL, *, pin: bytes = PIN) -> Iterator[HardwareModule]:
    """A fresh token; the module of this and of every process started meanwhile finds it by the environment."""
    tokens = folder / "tokens"
    tokens.mkdir(parents=True)
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
    before, os.environ["SOFTHSM2_CONF"] = os.environ.get("SOFTHSM2_CONF"), str(conf)
    try:
        subprocess.run(
            ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN.decode(), "--so-pin", "so-9"],
            check=True, capture_output=True,
        )  # fmt: skip
        module = HardwareModule(Token(label), MODULE, lambda: pin, time.monotonic)
        yield module
        module.close()
    finally:
        os.environ.pop("SOFTHSM2_CONF")
        if before is not None:
            os.environ["SOFTHSM2_CONF"] = before


def custody(folder: Path, module: HardwareModule) -> dict[str, Any]:
    """The section of the settings that names this token."""
    pin_file = folder / "pin"
    pin_file.write_bytes(PIN + b"\n")
    pin_file.chmod(0o600)
    return {"token": module.token.uri, "module": MODULE, "pin_file": str(pin_file)}


@cache
def of_this_run() -> tuple[HardwareModule, dict[str, Any]] | None:
    """The token all nodes of this run share, and the settings that name it; None where keys lie in files."""
    if os.environ.get("CUSTODY") != "softhsm":
        return None
    stack = ExitStack()
    atexit.register(stack.close)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    module = stack.enter_context(token(folder))
    return module, custody(folder, module)
