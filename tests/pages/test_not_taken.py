"""What pages say of a message that the counterpart refuses, until its request is withdrawn."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import update

from tests.pages.browsing import Visitor
from tests.pages.scene import Scene
from tracing.node import Node
from tracing.tables import Case, Outbox, table_of

_cases, _outbox = table_of(Case), table_of(Outbox)
REFUSED = {"state": "parked", "parked_ms": 1, "last_error": "answered 400 key-revoked"}
WAITS = {"state": "due", "parked_ms": None, "last_error": None}


@contextmanager
def being(node: Node, table: Any, which: Any, now: dict[str, Any], then: dict[str, Any]) -> Iterator[None]:
    """Rows as they are for a while: the scene is for all tests of pages."""
    change = update(table).where(which)
    node.store.write_now(lambda tx: tx.conn.execute(change.values(now)))
    try:
        yield
    finally:
        node.store.write_now(lambda tx: tx.conn.execute(change.values(then)))


async def test_a_case_and_the_home_page_say_it_until_the_request_is_withdrawn(world: Scene, officer: Visitor) -> None:
    node, case = world.nodes["br"], world.cases["unreached"]
    said, is_it = "does not take it (answered 400 key-revoked)", _cases.c.id == case
    reason = "(answered 400 key-revoked); it waits until the cause is mended"
    assert said not in (await officer.get(f"/cases/{case}")).tree.text
    with being(node, _outbox, _outbox.c.counterpart == "ke", REFUSED, WAITS):
        page = (await officer.get(f"/cases/{case}")).tree
        (told,) = [one for one in page.all("div", class_="tell late") if said in one.text]
        assert "withdraw a request and ask anew" in told.text
        assert reason in (await officer.get("/")).tree.text
        with being(node, _cases, is_it, {"state": "withdrawn"}, {"state": "sent"}):
            assert reason not in (await officer.get("/")).tree.text
