"""What may follow what in a case, as far as it shows on the wire."""

from protocol.lifecycle import OUTSIDE_CASES, TABLE, Kind, Role
from protocol.messages import BY_KIND
from tests.conformance.author import Message, uuid7
from tests.conformance.link import Link, expect
from tests.conformance.rules import rule
from tests.domain.bodies import body

__all__: list[str] = []


CLOSURE = {
    "code": "diversion_point_established",
    "usefulness": "useful",
    "disposition": "retained_as_evidence",
    "statistics": True,
}
SUPPLY = {"answers": [{"code": "calibre", "answer": "9x19 mm"}]}


def about(link: Link, request: Message, kind: str, body: dict[str, object], *seen: Message) -> Message:
    """A further message of ours in the case of a request, having seen the request and these."""
    said = {"thread": request.thread, "re": sorted({request.mid, *(one.mid for one in seen)})}
    return link.write(body, kind=f"urn:itx:{kind}:1", said=said)


@rule("C-01", "A request is opened, and so is its withdrawal.")
async def withdrawn(link: Link) -> None:
    request = link.write()
    await link.expect_fate(request, "opened")
    await link.expect_fate(about(link, request, "withdrawal", {"reason": "duplicate"}), "opened")


@rule("C-02", "What is well formed and authentic but not allowed now is opened and kept, never rejected.")
async def not_allowed(link: Link) -> None:
    request = link.write()
    await link.expect_fate(request, "opened")
    await link.expect_fate(about(link, request, "closure", CLOSURE), "opened")
    first = about(link, request, "withdrawal", {"reason": "duplicate"})
    await link.expect_fate(first, "opened")
    await link.expect_fate(about(link, request, "withdrawal", {"reason": "duplicate"}, first), "opened")
    await link.expect_fate(about(link, request, "information-supply", SUPPLY, first), "opened")


@rule("C-03", "What comes before the request of its case waits for it, and is opened then.")
async def too_early(link: Link) -> None:
    request = link.write()
    early = await link.accept(about(link, request, "withdrawal", {"reason": "duplicate"}))
    await link.accept(request)
    await link.expect_end(request, "opened")
    await link.expect_end(early, "opened")


@rule("C-04", "A case and what follows it may come in one request, in any order.")
async def together(link: Link) -> None:
    request = link.write()
    follower = about(link, request, "withdrawal", {"reason": "duplicate"})
    answer = await link.send(follower, request)
    answer.expect_receipt(request, "accepted")
    answer.expect_receipt(follower, "accepted")
    await link.expect_end(request, "opened")
    await link.expect_end(follower, "opened")


@rule("C-05", "A message may name in re what the node does not hold; it is opened all the same.")
async def unknown_past(link: Link) -> None:
    request = link.write()
    await link.expect_fate(request, "opened")
    message = about(link, request, "withdrawal", {"reason": "duplicate"}, link.write())
    await link.expect_fate(message, "opened")
    expect(len(message.statement["re"]) == 2, "the kit wrote another message than it meant")


@rule("C-06", "Every kind is opened where its sender's side may ever say it; where it never may, it is policy.")
async def every_kind(link: Link) -> None:
    request = link.write()
    await link.expect_fate(request, "opened")
    speaks = {kind for _, kind, role in TABLE if role is Role.REQUESTER}
    for kind, model in BY_KIND.items():
        if kind is not Kind.TRACE_REQUEST:
            message = about(link, request, model.TYPE.split(":")[2], body(kind))
            stage, code = ("opened", None) if kind in speaks else ("rejected", "policy")
            await link.expect_fate(message, stage, code)


@rule("C-07", "What may be said outside any case is opened in a matter of its own; a kind of a case is policy there.")
async def matters(link: Link) -> None:
    for kind in (*sorted(OUTSIDE_CASES), Kind.WITHDRAWAL):
        thread = f"{link.author.authority}.m{uuid7().hex}"
        message = link.write(body(kind), kind=BY_KIND[kind].TYPE, said={"thread": thread})
        stage, code = ("opened", None) if kind in OUTSIDE_CASES else ("rejected", "policy")
        await link.expect_fate(message, stage, code)


@rule("C-08", "A matter that the node never began is none of its threads: policy.")
async def never_begun(link: Link) -> None:
    thread = f"{link.node.authority}.m{uuid7().hex}"
    kind = Kind.SPONTANEOUS_INFORMATION
    message = link.write(body(kind), kind=BY_KIND[kind].TYPE, said={"thread": thread})
    await link.expect_fate(message, "rejected", "policy")
