"""One byte changed anywhere, or the end cut off: refused with a code, or taken as exactly what was signed."""

import asyncio
import base64
import json
import random
import string

import aiohttp

from tests.exchange.world import Nation, Node, body_of
from tracing import tables

SEED = 20_261_123
CHANGES = 1_700
CUTS = 300
CODES = {"bad-signature", "unknown-key", "mismatch", "schema", "too-large", "unsupported-suite", "unsupported-version"}


def changed(body: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(body))
    value = body[at] ^ (1 << chance.randrange(8)) if chance.random() < 0.8 else chance.randrange(256)
    return body[:at] + bytes([value]) + body[at + 1 :]


def cut(body: bytes, chance: random.Random) -> bytes:
    return body[: chance.randrange(len(body))]


def says_the_same(body: bytes, wire: bytes) -> bool:
    """Whether the change left the item as it was: it hit something no reader looks at."""
    try:
        return wire in {
            json.dumps(item, sort_keys=True, separators=(",", ":")).encode() for item in json.loads(body)["envelopes"]
        }
    except (ValueError, KeyError, TypeError):
        return False


async def test_no_changed_byte_is_taken_and_none_breaks_the_node(br: Node, nations: dict[str, Nation]) -> None:
    said = nations["ke"].envelope("br")
    body, chance, before = body_of(said), random.Random(SEED), br.state()
    bodies = [changed(body, chance) for _ in range(CHANGES)] + [cut(body, chance) for _ in range(CUTS)]
    bodies = [each for each in bodies if not says_the_same(each, said.wire)]
    async with aiohttp.ClientSession() as session:
        answers = await asyncio.gather(*(answer_to(session, br, each) for each in bodies))
    assert {(status, code) for status, code in answers if not 400 <= status < 500 or code not in CODES} == set()
    assert (br.state(), len(bodies) > 1_950) == (before, True)


async def answer_to(session: aiohttp.ClientSession, node: Node, body: bytes) -> tuple[int, str]:
    headers = {"Content-Type": "application/json"}
    async with session.post(f"{node.url}/itx/1/envelopes", data=body, headers=headers) as response:
        return response.status, str((await response.json(content_type=None)).get("code"))


async def test_a_change_no_reader_sees_leaves_what_was_signed(br: Node, nations: dict[str, Nation]) -> None:
    said = nations["ke"].envelope("br")
    spaced = body_of(said).replace(b'"ct":', b'"ct"\n:\t ').replace(b'"payload"', b'"\\u0070ayload"')
    status, _ = await br.post(spaced)
    (row,) = br.rows(tables.Envelope)
    assert (status, row.wire) == (200, said.wire)


async def test_a_signature_in_another_spelling_is_refused(br: Node, nations: dict[str, Nation]) -> None:
    said = nations["ke"].envelope("br")
    text = said.item["signatures"][0]["signature"]
    last = text[-1]
    twin = next(c for c in string.ascii_letters if c != last and _loose(text[:-1] + c) == _loose(text))
    status, answer = await br.post(body_of(said).replace(text.encode(), (text[:-1] + twin).encode()))
    assert (status, answer["code"]) == (400, "schema")


def _loose(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
