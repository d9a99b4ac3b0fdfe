"""The only place of the node that asks what time it is, or for randomness.

- ``Clock.now()`` is an aware UTC ``datetime``; ``now_ms()`` the same as whole milliseconds; ``monotonic()`` never goes
  back.
- ``Ids`` makes UUIDv7 (RFC 9562) and random bytes; tests and simulations hand in their own.
"""

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Protocol, overload
from uuid import UUID

__all__ = ["Clock", "Ids", "SystemClock", "from_ms", "rfc3339", "to_ms"]

FIRST_MS: Final = -30_610_224_000_000  # the year 1000
LAST_MS: Final = 221_845_392_000_000  # the year 9000


def to_ms(instant: datetime) -> int:
    """Milliseconds since 1970 of an aware instant."""
    return int(instant.timestamp() * 1000)


def from_ms(instant_ms: int) -> datetime:
    """The aware UTC instant of a column named ``*_ms``.

    Some come from other nodes and may lie where no calendar reaches; they are read as the nearest edge from which
    months can still be counted in every zone.
    """
    return datetime.fromtimestamp(min(max(instant_ms, FIRST_MS), LAST_MS) / 1000, UTC)


@overload
def rfc3339(instant_ms: int) -> str: ...
@overload
def rfc3339(instant_ms: None) -> None: ...
@overload
def rfc3339(instant_ms: int | None) -> str | None: ...
def rfc3339(instant_ms: int | None) -> str | None:
    """``2026-11-20T08:15:00.123Z``, or None for none."""
    return None if instant_ms is None else from_ms(instant_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Clock(Protocol):
    """A seam: the system's clock, or one that a test turns."""

    def now(self) -> datetime: ...
    def now_ms(self) -> int: ...
    def monotonic(self) -> float: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()


class Ids:
    """Identifiers and salts, from one source of time and one of randomness."""

    def __init__(self, clock: Clock, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._clock = clock
        self.random_bytes = random_bytes

    def uuid7(self) -> UUID:
        """48 bits of milliseconds, version 7, variant, 74 random bits (RFC 9562, section 5.7)."""
        value = self._clock.now_ms() << 80 | int.from_bytes(self.random_bytes(10), "big")
        value = value & ~(0xF << 76) | 0x7 << 76
        value = value & ~(0x3 << 62) | 0x2 << 62
        return UUID(int=value)
