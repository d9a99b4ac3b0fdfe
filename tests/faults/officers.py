"""Officers of one node who post requests through the API, each under a key of its own, again until it is answered 201.

officers = Officers("br", "http://127.0.0.1:8421", token)
await officers.ask("at", 100, at_once=4)
officers.cases          # key -> case: what was promised
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import aiohttp

from tests.world import ask

__all__ = ["Officers"]

AGAIN_S = 0.2
LIMIT = aiohttp.ClientTimeout(30)


@dataclass
class Officers:
    """``answers`` counts what every try was answered, by status and code; a connection that failed is ``none``."""

    authority: str
    desk: str
    token: str
    cases: dict[str, str] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    async def ask(self, to: str, count: int, at_once: int = 4) -> None:
        """So many requests, some of them under way."""
        waiting = itertools.islice(self._numbers, count)
        async with self.session() as session:

            async def officer() -> None:
                for number in waiting:
                    await self.post(session, to, number)

            await asyncio.gather(*(officer() for _ in range(at_once)))

    async def ask_evenly(self, to: str, rate: float, is_over: Callable[[], bool]) -> None:
        """So many a second, whatever becomes of them, until it is over and all are answered."""
        loop, count = asyncio.get_running_loop(), 0
        began = loop.time()
        async with self.session() as session, asyncio.TaskGroup() as group:
            while not is_over():
                group.create_task(self.post(session, to, next(self._numbers)))
                count += 1
                await asyncio.sleep(max(0.0, began + count / rate - loop.time()))

    def session(self) -> aiohttp.ClientSession:
        """The way in."""
        headers = {"Authorization": f"Bearer {self.token}"}
        connector = aiohttp.TCPConnector(limit=64)
        return aiohttp.ClientSession(self.desk, headers=headers, connector=connector, timeout=LIMIT)

    async def post(self, session: aiohttp.ClientSession, to: str, number: int) -> None:
        """Again and again under one key until it is answered."""
        key = f"{self.authority}-{to}-{number}"
        while key not in self.cases:
            answer = await self._try(session, ask(to, f"K{number:06d}"), key)
            self.answers[answer] += 1
            if key not in self.cases:
                await asyncio.sleep(AGAIN_S)

    async def _try(self, session: aiohttp.ClientSession, body: object, key: str) -> str:
        try:
            async with session.post("/api/v1/requests", json=body, headers={"Idempotency-Key": key}) as answer:
                said = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError):
            return "none"
        if answer.status == 201:
            self.cases[key] = said["case"]
            return "201"
        return f"{answer.status} {said.get('code') or said.get('title')}"
