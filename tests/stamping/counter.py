"""The counter of a time-stamp authority: `openssl ts` behind HTTP, and what else may answer there.

The server runs on a thread of its own, so that also what blocks (a command) reaches it.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tests.stamping.authority import Authority

__all__ = ["Counter", "opened"]

Reply = Callable[[web.Request, bytes], Awaitable[web.StreamResponse]]


@dataclass
class Counter:
    """What it was asked, and how it answers: ``reply`` in the place of the real program."""

    authority: Authority
    url: str = ""
    reply: Reply | None = None
    asked: list[tuple[str, bytes]] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.asked.append((request.headers["Content-Type"], body))
        if self.reply is not None:
            return await self.reply(request, body)
        answer = await asyncio.to_thread(self.authority.answer, body)
        return web.Response(body=answer, content_type="application/timestamp-reply")


@contextmanager
def opened(authority: Authority) -> Iterator[Counter]:
    """Open until the end of the block, at an address of this machine."""
    counter, loop, up = Counter(authority), asyncio.new_event_loop(), threading.Event()

    async def begin() -> web.AppRunner:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", counter.serve)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        counter.url = f"http://127.0.0.1:{runner.addresses[0][1]}/tsa"
        return runner

    def run() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(begin())
        up.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        left = asyncio.all_tasks(loop)
        for each in left:
            each.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    up.wait(10)
    try:
        yield counter
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
