"""What the node itself sends: a tracing request by one of its officers. ``--request`` makes one be sent."""

from dataclasses import dataclass
from typing import Any

from protocol import envelope, strictjson
from protocol.envelope import Verified
from protocol.errors import ProtocolError
from tests.conformance.author import Members
from tests.conformance.link import Failed, Link, expect
from tests.conformance.rules import rule

__all__: list[str] = []


@dataclass(frozen=True)
class Asked:
    """A request of the node, proved."""

    item: Members
    verified: Verified
    manifest: envelope.Manifest

    def answer(self, link: Link, kind: str, body: dict[str, Any], *seen: str) -> Any:
        """A message of ours in its case."""
        said = self.verified.statement
        about = {"thread": said.thread, "re": sorted({str(said.mid), *seen})}
        return link.write(body, kind=f"urn:itx:{kind}:1", said=about)


async def asked(link: Link) -> Asked:
    """Make an officer of the node ask, and prove what comes in every part."""
    before = len(link.envelopes)
    expect(await link.command("request") == 0, "the command of --request failed")
    expect(await link.hears(before + 1, link.envelopes), "no request came")
    return prove(link, link.envelopes[before])


def prove(link: Link, item: Members) -> Asked:
    """Outside and inside, as a receiver must."""
    node, author = link.node, link.author
    try:
        taken = envelope.parse(item)
        sure = envelope.authenticate(taken, me=author.authority, net=author.net, verify=node.verifier("env"))
        plain = author.open(taken.manifest, taken.ct)
        found = envelope.open_inner(sure, plain, verify=node.verifier("stmt"), required=node.require_statement_algs)
    except ProtocolError as error:
        raise Failed(f"what the node sent does not hold: {error.code}: {error}") from error
    return Asked(item, found, taken.manifest)


@rule("N-01", "A request of the node verifies outside and inside, and opens a case named after it.", needs="request")
async def verifies(link: Link) -> None:
    said = (await asked(link)).verified.statement
    expect(said.thread.requester == link.node.authority, f"the case {said.thread} is not the node's")
    expect(not said.re, "a request answers nothing")
    expect(said.type == "urn:itx:trace-request:1", f"expected a tracing request, got {said.type}")


@rule("N-02", "What drew no receipt is sent again, the same bytes.", needs="request")
async def again(link: Link) -> None:
    link.deaf, before = 1, len(link.envelopes)
    try:
        first = await asked(link)
        expect(await link.hears(before + 2, link.envelopes), "it was not sent again")
    finally:
        link.deaf = 0
    second = link.envelopes[before + 1]
    expect(strictjson.dump(second) == strictjson.dump(first.item), "it was sent again in other bytes")


@rule("N-03", "seq rises by one from envelope to envelope, and prev is the digest of the one before.", needs="request")
async def sequence(link: Link) -> None:
    one, two = await asked(link), await asked(link)
    expect(two.manifest.seq == one.manifest.seq + 1, f"seq {two.manifest.seq} follows {one.manifest.seq}")
    expect(two.manifest.prev == one.verified.envelope_digest, "prev is another digest")


@rule("N-04", "A receipt for its envelope is taken, and the same one again too.", needs="request")
async def receipts_taken(link: Link) -> None:
    request = await asked(link)
    st = request.verified.statement_digest
    mid, env = request.manifest.mid, request.verified.envelope_digest
    opened = link.author.receipt(link.node, mid, env, "opened", st=st)
    for _ in range(2):
        taken = (await link.post({"receipts": [opened]})).members.get("taken")
        expect(isinstance(taken, list) and len(taken) == 1, f"expected the receipt to be taken, got {taken}")


@rule("N-05", "Acknowledgement, question, delay and answer to its request are opened.", needs="request")
async def answered(link: Link) -> None:
    request = await asked(link)
    seen: list[str] = []
    for kind, body in (
        ("acknowledgement", {"reference": "KIT-1", "expected_date": "2027-12-10"}),
        ("information-request", {"items": [{"code": "photograph", "question": "Which side?", "blocking": False}]}),
        ("delay-notice", {"cause": "archive_search", "new_date": "2027-12-15"}),
        ("final-response", {"outcomes": [{"code": "manufacture_confirmed_no_further_record"}], "completeness": "full",
                            "basis": ["registry"]}),
    ):  # fmt: skip
        message = request.answer(link, kind, body, *seen)
        await link.expect_fate(message, "opened")
        seen.append(message.mid)
