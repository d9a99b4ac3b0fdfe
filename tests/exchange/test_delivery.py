"""Two nodes over real sockets: what one posts reaches the other, once, whatever happens to the answers."""

from tests.exchange.conftest import MakeNode
from tests.exchange.world import Nation
from tracing import tables


async def test_a_message_reaches_its_recipient_and_is_accepted(node_of: MakeNode, nations: dict[str, Nation]) -> None:
    ke, br = await node_of("ke").open(), await node_of("br").open()
    await br.knows(nations["ke"], ke.url)
    await ke.knows(nations["br"], br.url)
    (said,) = await ke.say("br")
    assert await ke.reaches(lambda: ke.stage(said) == "accepted")
    assert ke.rows(tables.Outbox) == []
    assert [(mid, stage) for mid, stage, _ in ke.told] == [(said.manifest.mid, "accepted")]
