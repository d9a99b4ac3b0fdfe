"""Files an officer names on the command line, read as one JSON document of bounded size (protocol/README.md, 2)."""

from pathlib import Path
from typing import Any

from protocol import strictjson
from protocol.errors import ProtocolError
from tracing.cli.exits import Ends, Exit

__all__ = ["read_json", "read_object"]


def read_json(file: Path, most_bytes: int) -> Any:
    """What the file says. Ends where that is no JSON of the profile, or longer."""
    with file.open("rb") as source:
        content = source.read(most_bytes + 1)
    try:
        return strictjson.load(content, most_bytes)
    except ProtocolError as error:
        raise Ends(Exit.FAILED, f"{file} is not JSON as this node reads it: {error}; nothing was changed") from error


def read_object(file: Path, most_bytes: int, what: str) -> dict[str, Any]:
    """The same where only an object will do: ``what`` it is."""
    found = read_json(file, most_bytes)
    if not isinstance(found, dict):
        raise Ends(Exit.FAILED, f"{file} must hold one object: {what}; nothing was changed")
    return found
