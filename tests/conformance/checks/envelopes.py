"""Sections 6 and 7: what an envelope is, in which order it is judged, and what is answered again."""

import asyncio
import secrets
from typing import Any

from protocol import base64url, jws, receipts, strictjson
from tests.conformance.author import Message, now_ms
from tests.conformance.checks.signed_objects import with_item, with_signature
from tests.conformance.link import Link, expect
from tests.conformance.rules import rule

__all__: list[str] = []

DAY_MS = 86_400_000


def noise(link: Link, **outer: Any) -> Message:
    """An authentic envelope whose sealed bytes are noise."""
    manifest = {name: value for name, value in link.write(outer=outer).manifest.items() if name != "ct"}
    return link.author.outside(manifest, secrets.token_bytes(600))


@rule("W-07-01", "A new authentic envelope draws one signed receipt, accepted.")
async def accepted(link: Link) -> None:
    receipt = (await link.send(message := link.write())).expect_receipt(message, "accepted")
    expect(receipt.st is None and receipt.code is None, "accepted says nothing of what is inside")


@rule("W-07-02", "The same envelope again draws the stored receipt byte for byte.")
async def repeated(link: Link) -> None:
    message = noise(link)
    first = (await link.send(message)).items(message)
    for _ in range(3):
        again = (await link.send(message)).items(message)
        expect(strictjson.dump(again[:1]) == strictjson.dump(first), "expected the same bytes, got another receipt")


@rule("W-07-03", "Once opened, a known envelope draws all its receipts, accepted first.")
async def all_receipts(link: Link) -> None:
    message = await link.accept(link.write())
    await link.expect_end(message, "opened")
    answer = await link.send(message)
    stages = [link.prove(item).stage for item in answer.items(message)]
    expect(stages == ["accepted", "opened"], f"expected accepted and opened, got {stages}")


@rule("W-07-04", "A known (from, mid, env) draws its receipts whatever came of its signature or its exp.")
async def known_first(link: Link) -> None:
    message = await link.accept(noise(link, exp=now_ms() + 500))
    broken = with_signature(message, signature=base64url.encode(bytes(64)))
    expect((await link.send(broken)).items(message), "a known envelope under a broken signature drew no receipt")
    while now_ms() <= message.manifest["exp"]:
        await asyncio.sleep(0.1)
    first = link.prove((await link.send(message)).items(message)[0])
    expect(first.stage == "accepted", f"expected the accepted receipt after exp, got {first.stage}")


@rule("W-07-05", "Sealed bytes that the manifest does not name are mismatch, signed by nobody, and end no message.")
async def other_sealed_bytes(link: Link) -> None:
    message = link.write()
    ct = base64url.decode(message.item["ct"])
    for bad in (ct[:-1] + bytes([ct[-1] ^ 1]), ct[:-1], ct + b"\0"):
        await link.expect_refusal(with_item(message, ct=base64url.encode(bad)), "mismatch")
    await link.accept(message)


@rule("W-07-06", "Nothing is signed before signature and sealed bytes hold, whatever else is wrong.")
async def unsigned_before(link: Link) -> None:
    for outer in ({"to": "kit.other"}, {"net": "real"}, {"exp": 1}, {"crit": ["x"]}):
        message = link.write(outer=outer)
        await link.expect_refusal(with_signature(message, signature=base64url.encode(bytes(64))), "bad-signature")
        await link.expect_refusal(with_item(message, ct=base64url.encode(b"other")), "mismatch")


@rule("W-07-07", "Another major version is rejected with a signature: unsupported-version.")
async def version(link: Link) -> None:
    await link.expect_rejection(link.write(outer={"v": 2}), "unsupported-version")


@rule("W-07-08", "A name in crit is rejected with a signature: unsupported-extension.")
async def crit(link: Link) -> None:
    await link.expect_rejection(link.write(outer={"crit": ["postcard"]}), "unsupported-extension")


@rule("W-07-09", "An envelope of the other network is rejected with a signature: wrong-network.")
async def network(link: Link) -> None:
    other = "training" if link.author.net == "real" else "real"
    await link.expect_rejection(link.write(outer={"net": other}), "wrong-network")


@rule("W-07-10", "An envelope to another authority is rejected with a signature: wrong-recipient.")
async def recipient(link: Link) -> None:
    await link.expect_rejection(link.write(outer={"to": "kit.other"}), "wrong-recipient")


@rule("W-07-11", "A mid that does not begin with the sender is rejected with a signature: mismatch.")
async def owner_of_id(link: Link) -> None:
    mid = link.author.new_mid().replace(link.author.authority, "kit.other")
    answer = await link.post({"envelopes": [link.write(outer={"mid": mid}).item]})
    signed = [receipts.parse(item) for item in answer.members.get("receipts", [])]
    for one in signed:  # about an id that is not ours: no reader of receipts would take it, so it is judged here
        jws.verify_each(one.jws, link.node.verifier("rcpt"))
    seen = [(one.receipt.stage, one.receipt.code, one.receipt.for_.mid) for one in signed]
    expect(seen == [("rejected", "mismatch", mid)], f"expected a signed mismatch, got {seen or answer.status}")


@rule("W-07-12", "A class nobody knows is rejected with a signature: unsupported-extension.")
async def classes(link: Link) -> None:
    await link.expect_rejection(link.write(outer={"cls": "kit-nonsense"}), "unsupported-extension")


@rule("W-07-13", "A suite outside the two is rejected with a signature: unsupported-suite.")
async def suites(link: Link) -> None:
    kem = {"suite": "kyber", "kid": link.node.kem().kid}
    await link.expect_rejection(link.write(outer={"kem": kem}), "unsupported-suite")


@rule("W-07-14", "Of several grounds the first in the order of the section names the code.")
async def order(link: Link) -> None:
    other = "training" if link.author.net == "real" else "real"
    grounds: list[tuple[dict[str, Any], str]] = [
        ({"v": 2}, "unsupported-version"), ({"crit": ["x"]}, "unsupported-extension"),
        ({"net": other}, "wrong-network"), ({"to": "kit.other"}, "wrong-recipient"),
        ({"cls": "kit-nonsense"}, "unsupported-extension"),
        ({"exp": 1}, "expired"),
    ]  # fmt: skip
    for at, (_, code) in enumerate(grounds):
        wrong = {name: value for members, _ in grounds[at:] for name, value in members.items()}
        await link.expect_rejection(link.write(outer=wrong), code)


@rule("W-07-15", "What came after its exp is rejected with a signature: expired; before it, it is taken.")
async def expired(link: Link) -> None:
    await link.expect_rejection(noise(link, exp=now_ms() - 60_000), "expired")
    await link.accept(noise(link, exp=now_ms() + DAY_MS))


@rule(
    "W-07-16",
    "Another envelope under a mid that is taken is rejected with a signature, mid-conflict; the first stays.",
)
async def conflict(link: Link) -> None:
    message = await link.accept(noise(link))
    other = noise(link, mid=message.mid)
    await link.expect_rejection(other, "mid-conflict")
    first = link.prove((await link.send(message)).items(message)[0])
    expect(first.stage == "accepted", f"expected the first to stand, got {first.stage}")


@rule("W-07-17", "A rejection repeated is the same bytes too.")
async def rejected_again(link: Link) -> None:
    message = await link.accept(noise(link))
    for refused in (noise(link, mid=message.mid), noise(link, exp=1)):
        first, second = [(await link.send(refused)).items(refused) for _ in range(2)]
        expect(len(first) == 1 and first == second, "expected the stored rejection, got another receipt")


@rule("W-07-18", "A mid that is taken outweighs every other ground: mid-conflict.")
async def conflict_first(link: Link) -> None:
    message = await link.accept(noise(link))
    for outer in ({"exp": 1}, {"to": "kit.other"}):
        await link.expect_rejection(noise(link, mid=message.mid, **outer), "mid-conflict")


@rule("W-07-19", "Nothing is decrypted before accepted: noise is accepted, and rejected when it is opened.")
async def no_decryption(link: Link) -> None:
    await link.expect_fate(noise(link), "rejected", "decrypt-failed")


@rule("W-07-20", "Gaps and disorder in seq, and any prev, block nothing; the receipt tells the gaps.")
async def sequence(link: Link) -> None:
    await link.accept(noise(link))
    seq = link.author.seq
    late = await link.send(message := noise(link, seq=seq + 3, prev="0" * 64))
    sack = late.expect_receipt(message, "accepted").sack
    told = [number for first, last in sack.missing for number in range(first, last + 1)]
    expect(sack.hi == seq + 3 and {seq + 1, seq + 2} <= set(told), f"expected gaps {seq + 1}, {seq + 2}; got {sack}")
    filled = (await link.send(early := noise(link, seq=seq + 1, prev=None))).expect_receipt(early, "accepted").sack
    told = [number for first, last in filled.missing for number in range(first, last + 1)]
    expect(
        filled.hi == seq + 3 and seq + 1 not in told and seq + 2 in told, f"expected the gap {seq + 2}; got {filled}"
    )


@rule("W-07-21", "iat of any age is taken.")
async def old_and_early(link: Link) -> None:
    for iat in (0, now_ms() - 400 * DAY_MS, now_ms() + 400 * DAY_MS):
        await link.accept(noise(link, iat=iat))
