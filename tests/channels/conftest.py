"""A node whose reminders leave by mail, a clock that tests turn, and a mail server on loopback."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from tests.calendar_.conftest import Waiting, turning, waiting
from tests.channels.postoffice import PostOffice, opened
from tracing.channels.mail.choices import Choice, choose
from tracing.channels.mail.posting import Post
from tracing.channels.mail.sending import Sending
from tracing.channels.mail.server import Pace
from tracing.channels.ways import SOUND
from tracing.settings import Mailbox, Settings
from tracing.store import Tx, people
from tracing.tables import (
    Attendance,
    ChannelChoice,
    Leaf,
    MailAddress,
    Notice,
    NoticeReminder,
    ReturnedAddress,
    TargetStanding,
    Webhook,
    table_of,
)

__all__ = ["Posted", "turning", "waiting"]

leaves, mails, standings = map(table_of, (Leaf, Notice, TargetStanding))
EMPTIED = [
    table_of(one)
    for one in (
        NoticeReminder, Notice, MailAddress, ReturnedAddress, ChannelChoice, TargetStanding, Attendance, Webhook
    )
]  # fmt: skip
QUICK = Pace(step_s=1.0, mail_s=2.0)
AT_ONCE = dict.fromkeys(SOUND, "at_once")


@dataclass
class Posted:
    """A case at at, and the mails of its node to a server."""

    waiting: Waiting
    office: PostOffice
    settings: Settings

    @property
    def store(self) -> Any:
        return self.waiting.w["at"].store

    def sending(self) -> Sending:
        return Sending(self.store, self.settings, QUICK)

    async def reader(self, name: str = "cy", language: str = "en", **ways: str) -> None:
        """An officer who is written to at NAME@tracing.example, at once unless said otherwise."""

        def work(tx: Tx) -> None:
            if people.person(tx, name) is None:
                people.add_user(tx, name, "officer", "x", language, "test")
            choose(tx, name, Choice(Mailbox(f"{name}@tracing.example"), AT_ONCE | ways), "test")

        await self.store.write(work)

    async def remind(self, clock: str = "ack") -> None:
        """The date of a duty nears, and the watch says so."""
        await self.waiting.until_near(clock)
        await self.waiting.watch(tell=Post(self.settings).tell).tick()

    async def rows(self) -> list[Any]:
        return list(await self.store.read(lambda view: view.conn.execute(select(mails).order_by(mails.c.id)).all()))

    async def states(self) -> list[str]:
        return [row.state for row in await self.rows()]

    async def standing(self) -> Any:
        return await self.store.read(lambda view: view.conn.execute(select(standings)).first())

    async def leaves(self, act: str) -> list[bytes]:
        """The entries of the private tree of this act."""
        query = select(leaves.c.object).where(leaves.c.tree == "private", leaves.c.object.is_not(None))
        found = await self.store.read(lambda view: list(view.conn.execute(query).scalars()))
        return [one for one in found if f'"act":"{act}"'.encode() in one]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[PostOffice]:
    async with opened(tmp_path) as one:
        yield one


@pytest.fixture
async def posted(waiting: Waiting, office: PostOffice) -> Posted:
    """Nothing was written before, and the names of the States stay out."""
    node = waiting.w["at"]

    def empty(tx: Tx) -> None:
        for table in EMPTIED:
            tx.conn.execute(delete(table))

    await node.store.write(empty)
    return Posted(waiting, office, node.settings.model_copy(update={"mail": office.settings()}))
