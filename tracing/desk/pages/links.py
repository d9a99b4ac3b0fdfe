"""Where one can go from a page."""

from dataclasses import dataclass

__all__ = ["Link"]


@dataclass(frozen=True, slots=True)
class Link:
    """Somewhere to go, with how much waits there."""

    href: str
    label: str
    count: int | str = 0
    current: bool = False
