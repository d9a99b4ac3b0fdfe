"""A case whose deadlines run on a clock that a test turns, with feeds at its node."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import delete

from tests.calendar_.conftest import Waiting, turning, waiting
from tests.feeds.readers import READERS, Understood
from tests.world import OFFICER
from tracing.casework.policy import Actor
from tracing.feeds.calendars import Calendar
from tracing.feeds.duties import duties
from tracing.feeds.subscriptions import behind, subscribe
from tracing.phrases import House, Reader
from tracing.store import Tx, View, people
from tracing.tables import CalendarFeed, table_of

__all__ = ["BOSS", "Read", "turning", "waiting"]

BOSS = Actor("bea", "approver")
Read = Callable[..., Awaitable[dict[str, Understood]]]


@pytest.fixture
async def peopled(waiting: Waiting) -> Waiting:
    """Ada and Bea have accounts at at, and no feeds."""

    def people_it(tx: Tx) -> None:
        tx.conn.execute(delete(table_of(CalendarFeed)))
        for one in (OFFICER, BOSS):
            if people.person(tx, one.name) is None:
                people.add_user(tx, one.name, one.role, "x", "en", "test")

    await waiting.w["at"].store.write(people_it)
    return waiting


@pytest.fixture
def read(peopled: Waiting) -> Read:
    """``await read("team")``: the events of a new feed by UID, as both readers understand it."""
    node = peopled.w["at"]

    async def events(whose: str = "team", actor: Actor = BOSS, language: str = "en") -> dict[str, Understood]:
        _, secret = await node.store.write(lambda tx: subscribe(tx, actor, whose))
        house = House(is_training=True, names_counterparts=False, desk_url="https://desk.example")

        def look(view: View) -> Calendar:
            feed = behind(view, secret)
            assert feed is not None
            due = duties(view, feed, "at", peopled.clock.now())
            return Calendar(feed.whose, due, Reader(language, node.settings.zone), house)

        data = (await node.store.read(look)).to_bytes()
        one, other = (reader(data) for reader in READERS.values())
        assert one == other
        return {each.uid: each for each in one}

    return events
