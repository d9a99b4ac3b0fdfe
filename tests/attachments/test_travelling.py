"""Attachments from one officer to another: brought in, sealed, carried, opened, taken out."""

from tests.attachments.officers import Officer, reached
from tests.world import World

DATA = bytes(range(256)) * 12_000  # 3 MB: several pieces, chunks and one PUT


async def test_a_document_arrives_as_it_was_brought_in(pair: World, br: Officer, at: Officer) -> None:
    brought = await br.bring(DATA, "Anlage – ä.pdf", "application/pdf")
    assert brought["http"] == 201
    sent = await br.ask("at", brought)
    assert sent["http"] == 201, sent
    file = await reached(pair, "at", sent["case"], ["here"])
    status, data, headers = await at.take(sent["case"], file.messages[0]["mid"], 0)
    assert (status, data) == (200, DATA)
    assert headers["Content-Type"] == "application/octet-stream"
    await reached(pair, "br", sent["case"], ["there"])
    await pair.reached("br", sent["case"], "delivered")
