"""Where one can go from a page."""

import re
from dataclasses import dataclass

__all__ = ["Link", "local_path"]

LOCAL = re.compile(r"/(?![/\\])[A-Za-z0-9/_.\-]*")  # a path of this desk and nothing that leads elsewhere


@dataclass(frozen=True, slots=True)
class Link:
    """Somewhere to go, with how much waits there."""

    href: str
    label: str
    count: int | str = 0
    current: bool = False


def local_path(path: str) -> str:
    """A path of this desk as it was given, the first page for anything that leads elsewhere."""
    return path if LOCAL.fullmatch(path) else "/"
