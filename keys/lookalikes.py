"""Ids of authorities that are easily taken for each other: ``bl`` and ``b1``, ``ke.`` and ``ke``, ``rn`` and ``m``.

An id is ASCII by its form, so letters of other scripts cannot stand in it; what is left is what the eye confuses.

Example
    check_apart("b1", ["br", "bl"])  # LookAlike: b1 is easily taken for bl
"""

from collections.abc import Iterable
from typing import Final

from keys.errors import LookAlike

__all__ = ["check_apart"]

SAME: Final = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "2": "z", "8": "b", ".": None, "-": None})


def _as_seen(authority: str) -> str:
    return authority.translate(SAME).replace("rn", "m").replace("vv", "w")


def check_apart(authority: str, known: Iterable[str]) -> None:
    """LookAlike where the id is another's to the eye."""
    for other in known:
        if other != authority and _as_seen(other) == _as_seen(authority):
            raise LookAlike(f"the id {authority!r} is easily taken for {other!r}, which is known here")
