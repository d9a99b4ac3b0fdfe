"""Requests of a counterpart as they stand on the wire: composed by its real node, posted when something is measured.

bodies = asyncio.run(posted(folder / "at", "br", 65))
"""

from pathlib import Path

from sqlalchemy import select

from tests.world import OFFICER, PASSPHRASE, ask
from tracing.exchange.items import post_body
from tracing.node import Node
from tracing.tables import Envelope, table_of

__all__ = ["posted"]


async def posted(home: Path, to: str, count: int) -> list[bytes]:
    """What the node at ``home`` would post for so many requests, each in an exchange of its own. It does not run."""
    node, envelopes = Node.open(home, PASSPHRASE), table_of(Envelope)
    try:
        node.signals.bind()
        cases = [(await node.office.request(OFFICER, ask(to, f"QX{number:07d}"))).case for number in range(count)]
        query = select(envelopes.c.wire).where(envelopes.c.case_id.in_(cases), envelopes.c.direction == "out")
        return [
            post_body([wire]) for wire in await node.store.read(lambda view: view.conn.execute(query).scalars().all())
        ]
    finally:
        node.close()
