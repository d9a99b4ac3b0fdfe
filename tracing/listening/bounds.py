"""The bounds of one listener, and how a body on its way stands to them."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["BodyRefused", "Limits", "Reading", "Why"]

Why = Literal["too-slow", "too-large", "busy", "broken"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one listener; each with its reason."""

    head_s: float = 15.0  # a header fits in a few packets
    rest_s: float = 15.0  # between two HTTP requests on a kept connection
    pause_s: float = 12.0  # with linger_s below 15: a half body is gone in 15 s
    behind_s: float = 20.0  # several pauses of a few seconds, and time for a slow start
    bytes_per_s: int = 2 * 1024  # a link of 50 kbit/s carries three times as much, so it may stand still in between
    linger_s: float = 2.0  # so that who is still sending can read why it was refused
    answer_s: float = 30.0
    body_bytes: int = 8 * 1024 * 1024  # the wire's limit
    most_bodies: int = 256
    most_body_bytes: int = 64 * 1024 * 1024
    most_connections: int = 512  # half of the file handles a process has by default


class BodyRefused(Exception):
    """A body that is not read to its end; each listener says so in its own words."""

    def __init__(self, why: Why, detail: str, retry_after_s: int | None = None) -> None:
        super().__init__(detail)
        self.why = why
        self.detail = detail
        self.retry_after_s = retry_after_s


@dataclass(slots=True, eq=False)
class Reading:
    """A body on its way. ``debt_s`` is how long it is behind the slowest pace; being ahead earns no credit.

    ``size`` is what it holds in memory, ``total`` all that came.
    """

    at_s: float
    size: int = 0
    total: int = 0
    debt_s: float = 0.0
    gives_way: bool = False
    patience: asyncio.Timeout | None = field(default=None, repr=False)

    def came(self, count: int, now_s: float, bytes_per_s: int) -> None:
        """So many more bytes are here."""
        self.debt_s = max(0.0, self.behind(now_s) - count / bytes_per_s)
        self.at_s = now_s
        self.size += count
        self.total += count

    def behind(self, now_s: float) -> float:
        """Seconds behind the slowest pace, if nothing more came until now."""
        return self.debt_s + now_s - self.at_s

    def dismiss(self, now_s: float) -> None:
        """End the wait for the rest of it: another needs its place."""
        self.gives_way = True
        if self.patience is not None and not self.patience.expired():
            self.patience.reschedule(now_s)
