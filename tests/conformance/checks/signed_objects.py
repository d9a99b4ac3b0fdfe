"""Sections 3 and 4: algorithms and the narrow form of signed objects."""

from functools import cache
from typing import Any

from keys.uses import Use
from protocol import base64url, strictjson
from tests.conformance.author import Author, Message
from tests.conformance.link import Link
from tests.conformance.rules import rule

__all__ = ["stranger", "with_header", "with_signature"]


def with_signature(message: Message, **members: Any) -> Message:
    """The envelope with other members in its one signature."""
    (only,) = message.item["signatures"]
    item = message.item | {"signatures": [only | members]}
    return Message(item, message.manifest, message.statement, message.st, message.env)


def with_header(link: Link, message: Message, **members: Any) -> Message:
    """The envelope under another protected header, signed over it."""
    signer = link.author.signer(Use.ENV)
    header = {"alg": "Ed25519", "kid": signer.kid, "typ": "itx-env+json"} | members
    text = base64url.encode(strictjson.dump({name: value for name, value in header.items() if value is not None}))
    signature = signer.sign(f"{text}.{message.item['payload']}".encode())
    return with_signature(message, protected=text, signature=base64url.encode(signature))


def with_item(message: Message, **members: Any) -> Message:
    return Message(message.item | members, message.manifest, message.statement, message.st, message.env)


def stranger(link: Link) -> Author:
    """An authority nobody pinned."""
    return _stranger(link.author.country, link.author.net)


@cache
def _stranger(country: str, net: str) -> Author:
    return Author.made("kit.stranger", country, net, None)


@rule("W-03-01", "The record of a key decides its algorithm: a header that says another is bad-signature.")
async def key_decides(link: Link) -> None:
    await link.expect_refusal(with_header(link, link.write(), alg="ES256"), "bad-signature")


@rule("W-03-02", "A key signs for its one use only: a receipt key under an envelope is unknown-key.")
async def one_use(link: Link) -> None:
    for use in (Use.RCPT, Use.STMT, Use.PULL):
        await link.expect_refusal(link.write(signer=link.author.signer(use)), "unknown-key")


@rule("W-04-01", "What was signed for one slot counts in no other (typ).")
async def slots(link: Link) -> None:
    for typ in ("itx-stmt+json", "itx-rcpt+json", "JWT", ""):
        await link.expect_refusal(with_header(link, link.write(), typ=typ), "schema")


@rule("W-04-02", "A protected header has alg, kid and typ and nothing else.")
async def headers(link: Link) -> None:
    for more in ({"crit": ["b64"]}, {"jwk": {}}, {"b64": False}, {"x5u": "https://example.invalid"}, {"typ": None}):
        await link.expect_refusal(with_header(link, link.write(), **more), "schema")


@rule("W-04-03", "A signed object has no members beside those of its slot, and no unprotected header.")
async def closed(link: Link) -> None:
    message = link.write()
    await link.expect_refusal(with_item(message, header={}), "schema")
    await link.expect_refusal(with_signature(message, header={}), "schema")
    lacking = {name: value for name, value in message.item.items() if name != "ct"}
    (await link.post({"envelopes": [lacking]})).expect_unsigned("schema", message)


@rule("W-04-04", "An algorithm outside the list is unsupported-suite: none, HMAC and RSA above all.")
async def algorithms(link: Link) -> None:
    for alg in ("none", "HS256", "RS256", "EdDSA", "ML-DSA-44"):
        await link.expect_refusal(with_header(link, link.write(), alg=alg), "unsupported-suite")


@rule("W-04-05", "An envelope bears exactly one signature.")
async def one_signature(link: Link) -> None:
    message, other = link.write(), link.write(signer=link.author.signer(Use.RCPT))
    (only,), (second,) = message.item["signatures"], other.item["signatures"]
    for signatures in ([], [only, only], [only, second], only, None):
        await link.expect_refusal(with_item(message, signatures=signatures), "schema")


@rule("W-04-06", "A key that the newest keyset does not list is unknown-key.")
async def unknown_key(link: Link) -> None:
    await link.expect_refusal(link.write(signer=stranger(link).signer(Use.ENV)), "unknown-key")


@rule("W-04-07", "A signature that does not verify is bad-signature, signed by nobody, and ends no message.")
async def broken_signature(link: Link) -> None:
    message = link.write()
    (only,) = message.item["signatures"]
    signature = base64url.decode(only["signature"])
    for bad in (signature[:-1] + bytes([signature[-1] ^ 1]), bytes(64), signature[:-1]):
        await link.expect_refusal(with_signature(message, signature=base64url.encode(bad)), "bad-signature")
    await link.accept(message)


@rule("W-04-08", "What an authority says that is no counterpart is refused with unknown-key, and leaves nothing.")
async def strangers(link: Link) -> None:
    message = stranger(link).write(link.node)
    for _ in range(2):
        await link.expect_refusal(message, "unknown-key")
