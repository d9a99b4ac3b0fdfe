"""Sections 1 and 2: how binary, names and times are spelt, and which JSON is none."""

import hashlib
import json

from keys.uses import Use
from protocol import base64url, strictjson
from tests.conformance.author import Members, Message, now_ms
from tests.conformance.link import Link
from tests.conformance.rules import rule

__all__: list[str] = []


def respelt(message: Message, **members: str) -> Message:
    """The same envelope with other texts in its outermost members."""
    return Message(message.item | members, message.manifest, message.statement, message.st, message.env)


def signed_text(link: Link, text: bytes, like: Message) -> Members:
    """An envelope whose manifest is these very bytes, signed."""
    signer = link.author.signer(Use.ENV)
    header = base64url.encode(strictjson.dump({"alg": signer.alg, "kid": signer.kid, "typ": "itx-env+json"}))
    payload = base64url.encode(text)
    signature = base64url.encode(signer.sign(f"{header}.{payload}".encode()))
    return like.item | {"payload": payload, "signatures": [{"protected": header, "signature": signature}]}


@rule("W-01-01", "Binary is taken in its canonical spelling only: no padding, no stray bits, no other alphabet.")
async def canonical_binary(link: Link) -> None:
    message = link.write()
    ct = message.item["ct"]
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    stray = ct[:-1] + last[last.index(ct[-1]) + 1] if len(ct) % 4 else ct + "="
    for spelt in (ct + "=" * (-len(ct) % 4 or 1), stray, ct + "\n", ct[:8] + "+" + ct[9:]):
        await link.expect_refusal(respelt(message, ct=spelt), "schema")
    await link.accept(message)


@rule("W-01-02", "Names of another form are refused: ids that are no UUIDv7 in lower case, authorities in capitals.")
async def names(link: Link) -> None:
    message = link.write()
    mid = message.mid
    version = mid.index(":") + 15
    for name in (mid.upper(), mid.replace("-", ""), mid[:version] + "4" + mid[version + 1 :], "kit", ""):
        await link.expect_refusal(link.write(outer={"mid": name}), "schema")
    for name in ("Kit", "k", "k" * 64, "-kit", ""):
        await link.expect_refusal(link.write(outer={"from": name}), "schema")


@rule("W-01-03", "Times are whole milliseconds; a text, a truth value or a negative number is refused.")
async def times(link: Link) -> None:
    for time in (str(now_ms()), True, -1, None):
        await link.expect_refusal(link.write(outer={"iat": time}), "schema")


@rule("W-02-01", "A member that occurs twice is refused, at any depth, escaped spellings included, signed or not.")
async def duplicate_members(link: Link) -> None:
    for body in (b'{"envelopes":[],"envelopes":[]}', b'{"x":[{"a":1,"a":1}]}', b'{"x":{"a":1,"\\u0061":2}}'):
        (await link.post(body)).expect_unsigned("schema")
    message = link.write()
    text = strictjson.dump(message.manifest)
    twice = signed_text(link, b'{"prio":"urgent",' + text[1:], message)
    (await link.post({"envelopes": [twice]})).expect_unsigned("schema")


@rule("W-02-02", "Numbers that are not whole are refused: fractions, exponents, NaN, infinities.")
async def floats(link: Link) -> None:
    for text in ("1.0", "1e2", "NaN", "Infinity", "-Infinity"):
        (await link.post(b'{"envelopes":[],"x":%s}' % text.encode())).expect_unsigned("schema")


@rule("W-02-03", "Integers beyond 2^53-1 are refused, however long.")
async def wide_integers(link: Link) -> None:
    for text in ("9007199254740992", "-9007199254740992", "1" * 5000):
        (await link.post(b'{"envelopes":[],"x":%s}' % text.encode())).expect_unsigned("schema")


@rule("W-02-04", "Lone surrogates are refused, in texts and in names.")
async def surrogates(link: Link) -> None:
    for body in (b'{"x":"\\ud800"}', b'{"\\udfff":1}', b'{"x":"\xed\xa0\x80"}'):
        (await link.post(body)).expect_unsigned("schema")


@rule("W-02-05", "A byte order mark, data behind the end and invalid UTF-8 are refused.")
async def not_one_text(link: Link) -> None:
    for body in (b'\xef\xbb\xbf{"envelopes":[]}', b'{"envelopes":[]}{}', b'{"x":"\xff"}', b'{"x":"\xc0\xaf"}', b""):
        (await link.post(body)).expect_unsigned("schema")


@rule("W-02-06", "What is deeper than 32 is refused.")
async def depth(link: Link) -> None:
    for body in (b'{"x":' + b"[" * 32 + b"]" * 32 + b"}", b'{"x":' + b"[" * 5000 + b"]" * 5000 + b"}"):
        (await link.post(body)).expect_unsigned("schema")


@rule("W-02-07", "Names of members beyond ASCII are refused.")
async def names_of_members(link: Link) -> None:
    (await link.post('{"envelopes":[],"é":1}'.encode())).expect_unsigned("schema")


@rule("W-02-08", "Order of members and white space are no ground for refusal: the bytes received are what is verified.")
async def as_it_came(link: Link) -> None:
    message = link.write()
    text = json.dumps(dict(reversed(list(message.manifest.items()))), indent=2).encode()
    item = signed_text(link, text, message)
    answer = await link.post(json.dumps({"envelopes": [item]}, indent=1).encode())
    env = hashlib.sha256(text).hexdigest()
    spaced = Message(item, message.manifest, message.statement, message.st, env)
    answer.expect_receipt(spaced, "accepted")
    await link.expect_end(spaced, "opened")
