"""Officers who bring files in and take them out, through the desks of nodes that run."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.world import World, ask
from tracing.casework.casefile import CaseFile
from tracing.casework.errors import NotFound
from tracing.store import people

OCTETS = "application/octet-stream"


@dataclass
class Officer:
    """One person at one desk."""

    session: aiohttp.ClientSession
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)

    async def bring(self, data: Any, name: str = "report.bin", kind: str = OCTETS, **query: str) -> dict[str, Any]:
        """POST a file; the status stands in the member ``http``."""
        headers = {"Content-Type": kind}
        params = {"name": name} | query
        async with self.session.post("/api/v1/attachments", data=data, params=params, headers=headers) as answer:
            return dict(await answer.json()) | {"http": answer.status}

    async def ask(self, to: str, *brought: dict[str, Any]) -> dict[str, Any]:
        """Send a request that bears what was brought in."""
        return await self.post("/api/v1/requests", ask(to) | {"attachments": [one["attachment"] for one in brought]})

    async def post(self, path: str, body: Any = None) -> dict[str, Any]:
        async with self.session.post(path, json={} if body is None else body) as answer:
            return dict(await answer.json()) | {"http": answer.status}

    async def take(self, case: str, mid: str, n: int) -> tuple[int, bytes, dict[str, str]]:
        """GET an attachment: status, bytes, headers."""
        async with self.session.get(f"/api/v1/cases/{case}/attachments/{mid}/{n}") as answer:
            return answer.status, await answer.read(), dict(answer.headers)


@asynccontextmanager
async def officer_of(w: World, authority: str, name: str = "eve", role: str = "officer") -> AsyncIterator[Officer]:
    """A person with a token at a node that runs."""
    node = w[authority]

    def make(tx: Any) -> str:
        if people.person(tx, name) is None:
            people.add_user(tx, name, role, "x", "en", "test")
        return people.new_token(tx, name, "test")

    token = await node.store.write(make)
    headers = {"Authorization": f"Bearer {token}", "Prefer": "wait=5"}
    async with aiohttp.ClientSession(f"http://{node.settings.desk}", headers=headers) as session:
        yield Officer(session)


def states(file: CaseFile) -> list[list[str]]:
    """The states of the attachments, message by message."""
    return [[one["state"] for one in message["attachments"]] for message in file.messages]


async def reached(w: World, authority: str, case: str, *expected: list[str]) -> CaseFile:
    """The case once its attachments stand so."""

    async def is_so() -> bool:
        try:
            return states(await w.case(authority, case)) == list(expected)
        except NotFound:  # the request has not been opened yet
            return False

    await w.until(is_so, f"attachments of {case} at {authority} to be {expected}")
    return await w.case(authority, case)
