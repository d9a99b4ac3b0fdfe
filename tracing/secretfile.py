"""A secret handed over as a file: its first line, if nobody else can read it.

Secrets come as systemd credentials or files, readable by the node's user (and perhaps its group, as containers hand
secrets over); never from a command line, the environment or a URL.
"""

import os
from pathlib import Path
from typing import Final

from keys.errors import LoosePermissions

__all__ = ["Unusable", "first_line", "place_of"]

OF_OTHERS: Final = 0o027
MOST_BYTES: Final = 4096


class Unusable(Exception):
    """The file is not there, or holds nothing; the message names it."""


def place_of(credential: str, otherwise: str = "") -> Path | None:
    """The systemd credential of this name, else the file the settings name; None where there is neither."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if folder and (place := Path(folder) / credential).exists():
        return place
    return Path(otherwise) if otherwise else None


def first_line(place: Path, what: str) -> bytes:
    """The secret. Unusable, or LoosePermissions where others can read it."""
    try:
        with place.open("rb") as file:
            mode, content = os.fstat(file.fileno()).st_mode, file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unusable(f"the file {place} with {what} cannot be read: {error.strerror}") from error
    if mode & OF_OTHERS:
        shown = f"mode {mode & 0o777:04o}"
        raise LoosePermissions(f"the file {place} with {what} is open to others ({shown}): chmod 600 {place}")
    line = content.split(b"\n", 1)[0].strip()
    if not line or not _is_text(line) or len(content) > MOST_BYTES:
        raise Unusable(f"the file {place} must hold {what} on its first line, as text, and nothing long after it")
    return line


def _is_text(line: bytes) -> bool:
    try:
        return bool(line.decode())
    except UnicodeDecodeError:
        return False
