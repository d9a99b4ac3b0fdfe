"""How often somebody may try to sign in: after some failures, each further one makes the next wait longer.

- Counted by name and by address, apart: guessing many passwords of one person, or one password of many.
- From an address where the person has signed in before, a count of its own holds instead of the one by name: a stranger
  who never stops guessing keeps nobody from his own desk.
- An attempt counts before its password is looked at, so that many at once count as many.
- Kept in memory: a restart forgives. The longest wait is short enough that nobody is locked out for an afternoon.
"""

from collections import OrderedDict
from dataclasses import dataclass

from tracing.clock import Clock

__all__ = ["Throttle", "TooManyAttempts"]

FREE_BY_NAME = 5  # people mistype
FREE_BY_ADDRESS = 30  # an office behind one address
LONGEST_WAIT_S = 60.0
FORGIVEN_AFTER_S = 900.0
MOST_REMEMBERED = 10_000  # entries; bounds the memory strangers can take


class TooManyAttempts(Exception):
    """Wait before the next attempt."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"too many attempts; wait {wait_s:.0f} s")
        self.wait_s = wait_s


@dataclass(slots=True)
class _Count:
    attempts: int
    last_s: float


class Throttle:
    """Counts of attempts by key."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: OrderedDict[tuple[str, ...], _Count] = OrderedDict()
        self._homes: OrderedDict[tuple[str, ...], None] = OrderedDict()  # where somebody has signed in

    def attempt(self, name: str, address: str) -> None:
        """Count an attempt. Raises TooManyAttempts, without counting it, while one has to wait."""
        keys = (self._by_name(name, address), FREE_BY_NAME), (("address", address), FREE_BY_ADDRESS)
        wait_s = max(self._wait_s(key, free) for key, free in keys)
        if wait_s > 0:
            raise TooManyAttempts(wait_s)
        for key, _ in keys:
            self._add(key)

    def succeeded(self, name: str, address: str) -> None:
        """The person was who he said: his own count begins anew; the address keeps its other attempts."""
        self._counts.pop(self._by_name(name, address), None)
        self._homes[name, address] = None
        self._homes.move_to_end((name, address))
        if len(self._homes) > MOST_REMEMBERED:
            self._homes.popitem(last=False)
        if count := self._counts.get(("address", address)):
            count.attempts -= 1

    def _by_name(self, name: str, address: str) -> tuple[str, ...]:
        return ("name", name, address) if (name, address) in self._homes else ("name", name)

    def _wait_s(self, key: tuple[str, ...], free: int) -> float:
        count = self._counts.get(key)
        if count is None or count.attempts < free:
            return 0.0
        pause_s = min(2.0 ** min(count.attempts - free, 10), LONGEST_WAIT_S)
        return count.last_s + pause_s - self._clock.monotonic()

    def _add(self, key: tuple[str, ...]) -> None:
        now_s = self._clock.monotonic()
        count = self._counts.pop(key, None)
        if count is None or now_s - count.last_s > FORGIVEN_AFTER_S:
            count = _Count(0, now_s)
        count.attempts, count.last_s = count.attempts + 1, now_s
        self._counts[key] = count
        while len(self._counts) > MOST_REMEMBERED:
            self._counts.popitem(last=False)
