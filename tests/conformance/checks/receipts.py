"""Section 9: what receipts say, how they are brought, and which of ours are believed."""

from protocol import strictjson
from tests.conformance.checks.signed_objects import stranger
from tests.conformance.link import Link, expect
from tests.conformance.rules import rule

__all__: list[str] = []


@rule("W-09-01", "A receipt bears the ids, the network, the leaf and the keyset of its signer, and no second rid.")
async def members(link: Link) -> None:
    await link.expect_fate(link.write(), "opened")
    keyset = link.node.keyset
    for receipt in link.proved.values():
        expect(receipt.from_ == link.node.authority, "a receipt in the name of another")
        expect(receipt.ks.ver == (keyset.ver if keyset else 0), f"ks names version {receipt.ks.ver}")
        expect(receipt.ks.sha256 == link.node.keyset_sha256, "ks names another keyset")
    said = {}
    for receipt in link.proved.values():
        expect(said.setdefault(receipt.rid, receipt) == receipt, "two receipts bear one rid")


@rule("W-09-02", "Opened names the digest of the statement; accepted names none.")
async def statement_digest(link: Link) -> None:
    message = link.write()
    accepted = (await link.send(message)).expect_receipt(message, "accepted")
    opened = await link.expect_end(message, "opened")
    expect((accepted.st, opened.st) == (None, message.st), "st out of place")


@rule("W-09-03", "Opened and rejected are brought by the node itself, without being asked.")
async def brought(link: Link) -> None:
    message = await link.accept(link.write())
    seen = link.brought.setdefault(message.env, [])
    expect(await link.hears(1, seen), "nothing was brought")
    expect(link.prove(seen[0]).stage == "opened", "expected the opened receipt")


@rule("W-09-04", "A receipt is brought until it is answered, the same bytes each time.")
async def brought_again(link: Link) -> None:
    link.deaf = 1
    message = await link.accept(link.write())
    seen = link.brought.setdefault(message.env, [])
    heard = await link.hears(2, seen)
    link.deaf = 0
    expect(heard, "what was not answered was not brought again")
    expect(strictjson.dump(seen[0]) == strictjson.dump(seen[1]), "expected the same bytes again")


@rule("W-09-05", "A receipt for nothing the node sent is refused: mismatch.")
async def for_nothing(link: Link) -> None:
    mid = f"{link.node.authority}:{link.author.new_mid().partition(':')[2]}"
    item = link.author.receipt(link.node, mid, "0" * 64)
    (await link.post({"receipts": [item]})).expect_unsigned("mismatch")


@rule("W-09-06", "A receipt that is not for this node, or not of this version, is refused with its code.")
async def not_for_it(link: Link) -> None:
    mid = f"{link.node.authority}:{link.author.new_mid().partition(':')[2]}"
    other = "training" if link.author.net == "real" else "real"
    for changed, code in (
        ({"to": "kit.other"}, "wrong-recipient"), ({"net": other}, "wrong-network"), ({"v": 2}, "unsupported-version"),
        ({"rid": mid}, "mismatch"), ({"for": {"mid": link.author.new_mid(), "env": "0" * 64}}, "mismatch"),
    ):  # fmt: skip
        item = link.author.receipt(link.node, mid, "0" * 64, **changed)
        (await link.post({"receipts": [item]})).expect_unsigned(code)


@rule("W-09-07", "A receipt whose members do not fit its stage is schema.")
async def fitting(link: Link) -> None:
    mid = f"{link.node.authority}:{link.author.new_mid().partition(':')[2]}"
    for stage, changed in (
        ("accepted", {"code": "policy", "retry": "never"}), ("rejected", {}), ("opened", {}),
        ("rejected", {"code": "weather", "retry": "never"}),
        ("accepted", {"sack": {"hi": 9, "missing": [[2, 4], [4, 5]]}}),
        ("accepted", {"sack": {"hi": 9, "missing": [[9, 9]]}}),
    ):  # fmt: skip
        item = link.author.receipt(link.node, mid, "0" * 64, stage, **changed)
        (await link.post({"receipts": [item]})).expect_unsigned("schema")


@rule("W-09-08", "A receipt by an authority that is no counterpart is unknown-key.")
async def by_a_stranger(link: Link) -> None:
    mid = f"{link.node.authority}:{link.author.new_mid().partition(':')[2]}"
    item = stranger(link).receipt(link.node, mid, "0" * 64)
    (await link.post({"receipts": [item]})).expect_unsigned("unknown-key")


@rule("W-09-09", "A thread that is not between these two is policy.")
async def another_thread(link: Link) -> None:
    thread = link.author.new_case().replace(link.author.authority, "kit.other")
    await link.expect_fate(link.write(said={"thread": thread}), "rejected", "policy")


@rule("W-09-10", "A kind that its sender's side of the case never says is policy.")
async def wrong_direction(link: Link) -> None:
    request = await link.accept(link.write())
    await link.expect_end(request, "opened")
    said = {"thread": request.thread, "re": [request.mid]}
    message = link.write({"note": "x"}, kind="urn:itx:acknowledgement:1", said=said)
    await link.expect_fate(message, "rejected", "policy")


@rule("W-09-11", "A case that the node never opened is none of its threads: policy.")
async def never_asked(link: Link) -> None:
    thread = link.author.new_case().replace(link.author.authority, link.node.authority)
    message = link.write({"note": "x"}, kind="urn:itx:acknowledgement:1", said={"thread": thread})
    await link.expect_fate(message, "rejected", "policy")
