"""Section 10: the hello, the posted object and its answer, and what else is served."""

from typing import Any

from keys.uses import Use
from protocol import hello, strictjson
from protocol.errors import ProtocolError
from tests.conformance.author import Members
from tests.conformance.checks.signed_objects import stranger
from tests.conformance.link import Answer, Link, expect
from tests.conformance.rules import rule

__all__: list[str] = []


def check_hello(link: Link, answer: Answer, said: Members) -> None:
    """The node's own hello, with our nonce."""
    try:
        ours, theirs = hello.parse(said).hello, hello.parse(answer.members.get("hello"))
        verify = link.node.verifier("rcpt")
        found = hello.authenticate(theirs, me=link.author.authority, net=link.author.net, verify=verify)
    except ProtocolError as error:
        expect(False, f"the answered hello does not hold: {error}")
    else:
        expect((found.from_, found.nonce) == (link.node.authority, ours.nonce), "it answers another hello")


@rule("W-10-01", "A hello is answered by a hello with the same nonce; the same one again is answered too.")
async def answered(link: Link) -> None:
    said = link.author.hello(link.node)
    for _ in range(2):
        check_hello(link, await link.post({"hello": said}), said)


@rule("W-10-02", "A hello that is not for this node, not of this version or of another shape is refused with its code.")
async def not_for_it(link: Link) -> None:
    other = "training" if link.author.net == "real" else "real"
    for changed, code in (
        ({"to": "kit.other"}, "wrong-recipient"), ({"net": other}, "wrong-network"), ({"v": 2}, "unsupported-version"),
        ({"nonce": "AAAA"}, "schema"), ({"at": "now"}, "schema"),
    ):  # fmt: skip
        answer = await link.post({"hello": link.author.hello(link.node, **changed)})
        answer.expect_unsigned(code)
        expect("hello" not in answer.members, "it was answered all the same")


@rule("W-10-03", "A hello by a stranger, or by a key of another use, is unknown-key and not answered.")
async def unknown(link: Link) -> None:
    for item in (stranger(link).hello(link.node), link.author.hello(link.node, signer=link.author.signer(Use.ENV))):
        answer = await link.post({"hello": item})
        answer.expect_unsigned("unknown-key")
        expect("hello" not in answer.members, "it was answered all the same")


@rule("W-10-04", "Every item of a request is judged by itself: bad ones beside good ones harm nobody.")
async def by_itself(link: Link) -> None:
    good, strange, aside, last = (
        link.write(),
        stranger(link).write(link.node),
        link.write(outer={"to": "kit.other"}),
        None,
    )
    last = link.write(outer={"seq": good.manifest["seq"] + 1})
    said = link.author.hello(link.node)
    items: list[Any] = [good.item, strange.item, {"payload": "x"}, aside.item, 7, last.item]
    answer = await link.post({"envelopes": items, "receipts": [{}], "hello": said})
    answer.expect_receipt(good, "accepted")
    answer.expect_receipt(last, "accepted")
    answer.expect_receipt(aside, "rejected", "wrong-recipient")
    seen = sorted((one["in"], one["index"], one["code"]) for one in answer.members["refused"])
    wanted = [("envelopes", 1, "unknown-key"), ("envelopes", 2, "schema"), ("envelopes", 4, "schema"),
              ("receipts", 0, "schema")]  # fmt: skip
    expect(seen == wanted, f"expected {wanted} refused, got {seen}")
    check_hello(link, answer, said)


@rule("W-10-05", "An envelope twice in one request is one envelope.")
async def twice(link: Link) -> None:
    message = link.write()
    found = (await link.send(message, message)).items(message)
    expect(len({strictjson.dump(item) for item in found}) == 1, "expected one receipt, byte for byte")


@rule("W-10-06", "A request without any item, or which is no object, is refused with a problem document.")
async def nothing(link: Link) -> None:
    for body in (b"{}", b"[]", b"null", b'{"envelopes":[]}', b'{"envelopes":{}}', b'{"receipts":7}', b'{"hello":7}'):
        answer = await link.post(body)
        answer.expect_problem()
        answer.expect_unsigned("schema")


@rule("W-10-07", "Members of the request that nobody knows are not looked at.")
async def unknown_members(link: Link) -> None:
    message = link.write()
    answer = await link.post({"envelopes": [message.item], "news": {"a": [1]}})
    answer.expect_receipt(message, "accepted")


@rule("W-10-08", "Only application/json, not compressed, is taken.")
async def media_types(link: Link) -> None:
    for headers in ({"Content-Type": "text/plain"}, {"Content-Encoding": "gzip"}):
        answer = await link.post(b'{"envelopes":[]}', **headers)
        answer.expect_problem()


@rule("W-10-09", "The node says who it is, and serves its roots and its keyset as they were signed.")
async def documents(link: Link) -> None:
    who = (await link.ask("GET", "node")).members
    expect((who.get("authority"), who.get("net")) == (link.node.authority, link.node.net), f"it says it is {who}")
    for at, root in enumerate(link.node.root_documents, 1):
        status, _, raw = await link.raw("GET", f"root/{at}")
        expect(status == 200 and _same(raw, root), f"root {at} is another than the card's")
    status, _, raw = await link.raw("GET", "keyset")
    expect(status == 200 and _same(raw, link.node.keyset_document or b""), "the keyset is another than the card's")


def _same(one: bytes, other: bytes) -> bool:
    return strictjson.dump(strictjson.load(one, 1 << 20)) == other


@rule("W-10-10", "What is not served is answered with a problem document.")
async def not_served(link: Link) -> None:
    for method, path in (("GET", "root/9999"), ("GET", "nothing"), ("GET", "envelopes"), ("DELETE", "keyset")):
        (await link.ask(method, path)).expect_problem()
