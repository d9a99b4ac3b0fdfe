"""What a crash ends: one run of one node, with all that was begun in it."""

import asyncio
import contextvars
import weakref
from collections.abc import Callable

__all__ = ["LIFE", "Life"]


class Life:
    """From the start of a node's process to its end. What belongs to it is found by the context it was begun in."""

    def __init__(self, authority: str) -> None:
        self.authority = authority
        self.is_over = False
        self._tasks: weakref.WeakSet[asyncio.Task[object]] = weakref.WeakSet()
        self._at_end: list[Callable[[], None]] = []

    def begun(self, task: "asyncio.Task[object]") -> None:
        """A task of this life."""
        self._tasks.add(task)

    def at_end(self, tell: Callable[[], None]) -> None:
        """Who waits for something of this node hears when it is gone."""
        self._at_end.append(tell)

    def end(self) -> None:
        """Nothing of it goes on. First it is over, so that no ``finally`` reaches the disk or the wire any more."""
        self.is_over = True
        for task in list(self._tasks):
            task.cancel()
        for tell in self._at_end:
            tell()
        self._at_end.clear()


LIFE: contextvars.ContextVar[Life | None] = contextvars.ContextVar("life", default=None)
"""The life that what runs now belongs to; None for what belongs to no node."""
