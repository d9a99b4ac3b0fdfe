"""An event loop whose time passes only when nothing else is to be done: a month of waiting costs nothing.

Nothing in it comes from outside: no sockets, no threads. What a node hands to a thread runs in the loop, a little
later, so that everything happens in one order, which the seed decides.
"""

import asyncio
import contextvars
import random
import selectors
from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeVar

from tests.simulation.life import LIFE

__all__ = ["Standstill", "VirtualLoop"]

T = TypeVar("T")
LONGEST_WORK_S = 0.02  # what a thread may take for what it is given


class Standstill(Exception):
    """Nothing will ever happen again: everybody waits for something nobody will do."""


class _Instant(selectors.SelectSelector):
    """Instead of waiting for input it lets the time pass that the loop would wait."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.steps = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Standstill
        self.steps += 1
        self.now_s += max(timeout, 0.0)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """``time()`` begins at 0 and is seconds of the simulation; ``steps`` counts the turns of the loop."""

    def __init__(self, chance: random.Random) -> None:
        self._instant = _Instant()
        self._work = chance
        super().__init__(self._instant)
        self.set_task_factory(_begin_in_life)

    def time(self) -> float:
        return self._instant.now_s

    @property
    def steps(self) -> int:
        """How often the loop has turned."""
        return self._instant.steps

    def _write_to_self(self) -> None:
        """Nobody sleeps who could be woken."""

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> "asyncio.Future[T]":  # type: ignore[override]
        """Run it in the loop, a little later; what was handed over in a life that has ended never runs."""
        done: asyncio.Future[T] = self.create_future()
        life = LIFE.get()

        def work() -> None:
            if (life is not None and life.is_over) or done.cancelled():
                return
            try:
                result = func(*args)
            except Exception as error:  # noqa: BLE001 - whatever it is belongs to the caller, as with a thread
                done.set_exception(error)
            else:
                done.set_result(result)

        self.call_later(self._work.random() * LONGEST_WORK_S, work)
        return done


def _begin_in_life(
    loop: asyncio.AbstractEventLoop,
    coro: Coroutine[Any, Any, T] | Generator[Any, None, T],
    *,
    context: contextvars.Context | None = None,
    **more: Any,
) -> "asyncio.Task[T]":
    task: asyncio.Task[T] = asyncio.Task(coro, loop=loop, context=context, **more)  # type: ignore[arg-type]
    life = context.get(LIFE) if context is not None else LIFE.get()
    if life is not None:
        life.begun(task)
    return task
