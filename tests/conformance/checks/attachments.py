"""Section 20: what is named, what is brought, and what may be taken."""

import secrets

from tests.conformance.author import Picture, request_body
from tests.conformance.link import Brought, Link, expect
from tests.conformance.rules import rule

__all__: list[str] = []

TAKEN = 204


def picture(link: Link, size: int = 50_000, *, on_demand: bool = False) -> Picture:
    return Picture.of(secrets.token_bytes(size), link.author.net, on_demand=on_demand)


def told(seen: Brought, status: int, offset: int | None = None) -> None:
    """The node answered so."""
    wanted = (status, None if offset is None else str(offset))
    got = (seen.status, None if offset is None else seen.offset)
    expect(got == wanted, f"expected {wanted}, got {got}")


@rule("W-20-01", "A message with attachments is accepted at once, and opened when all of them have come.")
async def awaited(link: Link) -> None:
    one, two = picture(link), picture(link, 1)
    message = await link.accept(link.write(pictures=[one, two]))
    told(await link.held(one), TAKEN, 0)
    told(await link.bring(one), TAKEN, len(one.sealed))
    stages = [link.prove(item).stage for item in (await link.send(message)).items(message)]
    expect(stages == ["accepted"], f"expected accepted while one is missing, got {stages}")
    told(await link.bring(two), TAKEN, len(two.sealed))
    await link.expect_end(message, "opened")


@rule("W-20-02", "An attachment comes in parts: each at the offset that is held, and at no other.")
async def in_parts(link: Link) -> None:
    one = picture(link)
    message = await link.accept(link.write(pictures=[one]))
    told(await link.bring(one, 0, 10_000), TAKEN, 10_000)
    told(await link.bring(one, 20_000), 409, 10_000)
    told(await link.held(one), TAKEN, 10_000)
    told(await link.bring(one, 10_000), TAKEN, len(one.sealed))
    await link.expect_end(message, "opened")


@rule("W-20-03", "Bytes of another digest are thrown away when they are complete, and the true ones are taken after.")
async def other_bytes(link: Link) -> None:
    one = picture(link, 1000)
    message = await link.accept(link.write(pictures=[one]))
    told(await link.bring(one, data=bytes(len(one.sealed))), 422, 0)
    told(await link.bring(one), TAKEN, len(one.sealed))
    await link.expect_end(message, "opened")


@rule("W-20-04", "Nothing is taken that no accepted envelope names in this length.")
async def unnamed(link: Link) -> None:
    one = picture(link)
    told(await link.held(one), 404)
    told(await link.bring(one), 404)
    await link.accept(link.write(pictures=[one]))
    longer = Picture(one.attachment, one.sealed + b"\0")
    told(await link.held(longer), 404)
    told(await link.bring(longer), 404)


@rule("W-20-05", "What is on demand is not waited for, and not taken unless it was asked for.")
async def on_demand(link: Link) -> None:
    one = picture(link, on_demand=True)
    await link.expect_fate(link.write(pictures=[one]), "opened")
    told(await link.bring(one), 404)


@rule("W-20-06", "Statement and envelope name the same attachments, else it is mismatch.")
async def agreement(link: Link) -> None:
    one, two = picture(link), picture(link)
    for outer in ([], [two.attachment.sealed], [one.attachment.sealed | {"on_demand": True}]):
        message = link.write(pictures=[one], outer={"att": outer})
        await link.expect_fate(message, "rejected", "mismatch")


@rule("W-20-07", "Every attachment is disclosed once and in order, behind the elements.")
async def disclosed(link: Link) -> None:
    pictures = [picture(link), picture(link)]
    for shown in (lambda texts: texts[:-1], lambda texts: [*texts[:-2], texts[-1], texts[-2]]):
        await link.expect_fate(link.write(pictures=pictures, shown=shown), "rejected", "mismatch")


@rule("W-20-08", "An attachment named twice, or of a length none can have, is schema.")
async def shapes(link: Link) -> None:
    sealed = picture(link).attachment.sealed
    for att in ([sealed, sealed], [sealed | {"ct_len": 72}], [sealed | {"ct_len": 268_697_673}], [{}], "none"):
        await link.expect_refusal(link.write(request_body(), outer={"att": att}), "schema")
