"""Section 14: what is over a limit is too-large, and what is at it is taken."""

import secrets

from tests.conformance.author import Message
from tests.conformance.link import Link, expect
from tests.conformance.rules import rule

__all__: list[str] = []


@rule("W-14-01", "64 items are taken in one request; 65 are too-large.")
async def items(link: Link) -> None:
    said = [link.write(outer={"seq": link.author.seq + at, "prev": None}) for at in range(1, 65)]
    answer = await link.send(*said)
    count = sum(len(answer.items(one)) for one in said)
    expect(count == 64, f"expected 64 receipts, got {count}")
    answer = await link.send(*[said[0]] * 65)
    answer.expect_problem()
    answer.expect_unsigned("too-large", said[0])


@rule("W-14-02", "A body over 8 MiB is too-large.")
async def body(link: Link) -> None:
    (await link.post(b'{"x":"' + b"x" * (8 << 20) + b'"}')).expect_unsigned("too-large")


@rule("W-14-03", "A text of more than 100,000 values is too-large, however small.")
async def values(link: Link) -> None:
    (await link.post(b'{"x":[' + b"1," * 100_001 + b"1]}")).expect_unsigned("too-large")


@rule("W-14-04", "A manifest over 32 KiB is too-large.")
async def manifest(link: Link) -> None:
    await link.expect_refusal(link.write(outer={"news": "x" * 33_000}), "too-large")


@rule("W-14-05", "Sealed bytes over 1 MiB are too-large; a whole MiB is taken.")
async def sealed(link: Link) -> None:
    outer = {name: value for name, value in link.write().manifest.items() if name != "ct"}
    large = link.author.outside(outer, secrets.token_bytes((1 << 20) + 1))
    await link.expect_refusal(large, "too-large")
    await link.accept(link.author.outside(outer, secrets.token_bytes(1 << 20)))


@rule("W-14-06", "A protected header over 512 characters, or a signature over 4,500, is schema.")
async def signatures(link: Link) -> None:
    message = link.write()
    (only,) = message.item["signatures"]
    for longer in ({"protected": only["protected"] + "A" * 512}, {"signature": "A" * 4504}):
        item = message.item | {"signatures": [only | longer]}
        changed = Message(item, message.manifest, message.statement, message.st, message.env)
        await link.expect_refusal(changed, "schema")


@rule("W-14-07", "Lists over their limit are refused: 17 names in crit, a receipt with 65 gaps.")
async def lists(link: Link) -> None:
    await link.expect_refusal(link.write(outer={"crit": [f"x{at}" for at in range(17)]}), "schema")
    mid = f"{link.node.authority}:{link.author.new_mid().partition(':')[2]}"
    gaps = [[at, at] for at in range(2, 132, 2)]
    item = link.author.receipt(link.node, mid, "0" * 64, sack={"hi": 999, "missing": gaps})
    (await link.post({"receipts": [item]})).expect_unsigned("schema")


@rule("W-14-08", "A statement over 256 KiB is too-large when it is opened.")
async def statement(link: Link) -> None:
    await link.expect_fate(link.write(said={"news": "x" * (256 << 10)}), "rejected", "too-large")


@rule("W-14-09", "A receipt over 8 KiB and a hello over 4 KiB are too-large.")
async def small_objects(link: Link) -> None:
    mid = f"{link.node.authority}:{link.author.new_mid().partition(':')[2]}"
    item = link.author.receipt(link.node, mid, "0" * 64, news="x" * 8192)
    (await link.post({"receipts": [item]})).expect_unsigned("too-large")
    (await link.post({"hello": link.author.hello(link.node, news="x" * 4096)})).expect_unsigned("too-large")
