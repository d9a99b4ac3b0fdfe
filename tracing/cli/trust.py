"""``tracing counterpart update|alarms|contested|introduce``: keys of counterparts, and who is told of whom."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from keys import card as cards
from tracing.casework.matters.introducing import introduce
from tracing.casework.matters.relations import Relations, Told
from tracing.casework.policy import Actor
from tracing.cli.call import by_command, call_of, work_at
from tracing.cli.counterparts import Authority, find
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import table
from tracing.cli.ways import counterparts
from tracing.clock import rfc3339
from tracing.connecting.faults import WireError
from tracing.exchange.client import HttpWire
from tracing.exchange.refreshing import Refresher
from tracing.node import Node
from tracing.partners import Partner
from tracing.store import Tx
from tracing.trust import alarms as trust_alarms
from tracing.trust.contacts import own_contact
from tracing.trust.contested import CONFIRMED, DISOWNED, Contested, answer, contested
from tracing.trust.following import Judged, Shown, believe_address, judge, keep

__all__ = ["alarms", "contested_of", "counterparts", "fetched", "update"]


@counterparts.command("update")
def update(
    context: typer.Context,
    authority: Authority,
    card: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A newer card; its address if none.")
    ] = None,
    address: Annotated[bool, typer.Option("--address", help="Believe the address its newest keyset names.")] = False,  # noqa: FBT002 - a switch
) -> None:
    """Look for a counterpart's newer keys now, at its address or in a newer card of it."""
    call = call_of(context)

    async def work(node: Node) -> dict[str, Any]:
        partner = await find(node, authority)
        if partner.trust is None:
            raise Ends(Exit.FAILED, f"nothing is believed of {authority}: pin its card (`tracing counterpart add`)")
        judged = await (fetched(node, authority) if card is None else _of_card(node, partner, card))
        if address:
            await node.store.write(lambda tx: believe_address(tx, partner, by_command()))
        refused = [{"code": one.error.code, "said": str(one.error)} for one in judged.refused] if judged else []
        partner = await find(node, authority)
        return {"authority": authority, "refused": refused, "url": partner.url, **_versions(partner)}

    document = work_at(call, work)
    if document["refused"]:
        first = document["refused"][0]
        raise Ends(Exit.INTEGRITY, f"{authority}: {first['said']}; what was held before still holds", document)
    text = f"{authority}: root {document['root']}, keyset {document['keyset']}, at {document['url']}"
    call.out.result(document, text)


def _versions(partner: Partner) -> dict[str, int | None]:
    trust = partner.trust
    keyset = trust.keyset if trust else None
    return {"root": trust.root.ver if trust else None, "keyset": keyset.ver if keyset else None}


async def fetched(node: Node, authority: str) -> Judged | None:
    """Look at its address now. Ends where it does not answer."""
    wire = HttpWire()
    refresher = Refresher(
        store=node.store, partners=node.partners, signals=node.signals, wire=wire, clock=node.clock,
        refused=lambda _code: None, own=lambda: node.trust,
    )  # fmt: skip
    try:
        return await refresher.look(authority)
    except WireError as error:
        raise Ends(Exit.UNREACHABLE, f"{authority}: {error.layer}: {error}; nothing was changed") from error
    finally:
        await wire.close()


async def _of_card(node: Node, partner: Partner, file: Path) -> Judged:
    """Judge a newer card. What an officer's mistake could bring is told to him alone; proofs are an alarm too."""
    with file.open("rb") as source:
        card = cards.Card.read(source.read(cards.MAX_CARD_BYTES + 1))
    trust = partner.trust
    assert trust is not None, "asked before"
    if card.digest != trust.digest:
        raise Ends(Exit.INTEGRITY, f"{file} is not a card of {trust.authority}: another digest; nothing was changed")
    shown, others = Shown(card.root_documents, card.keyset_document), (node.trust, *node.partners.trusts())
    now_ms = node.clock.now_ms()
    judged = await asyncio.to_thread(judge, trust, shown, at_ms=now_ms, fetched=False, others=others)
    await node.store.write(lambda tx: keep(tx, partner, judged.proved(), fetched=False))
    return judged


@counterparts.command("alarms")
def alarms(
    context: typer.Context,
    done: Annotated[
        int | None, typer.Option(metavar="ID", min=1, max=2**63 - 1, help="Say that this one was dealt with.")
    ] = None,
    why: Annotated[str | None, typer.Option(metavar="TEXT", help="With --done: what was found out.")] = None,
) -> None:
    """What was wrong with keys and trust documents, and nobody has dealt with yet."""
    call, said = call_of(context), (why or "").strip()
    if done is not None and not said:
        raise Ends(Exit.USAGE, "say what was found out: --done ID --why TEXT; it is kept in the audit trail")

    async def work(node: Node) -> tuple[trust_alarms.Alarm, ...]:
        if done is not None:
            await _close(node, done, said)
        return await node.store.read(trust_alarms.open_alarms)

    found = work_at(call, work)
    rows = [(one.id, one.authority, one.code, rfc3339(one.first_ms), rfc3339(one.last_ms), one.said) for one in found]
    heads = ("id", "authority", "code", "first", "last", "said")
    call.out.result([dict(zip(heads, row, strict=True)) for row in rows], table(heads, rows))


async def _close(node: Node, alarm: int, why: str) -> None:
    try:
        if not await node.store.write(lambda tx: trust_alarms.say_done(tx, alarm, by_command(), why)):
            raise Ends(Exit.FAILED, f"no open alarm {alarm}; `tracing counterpart alarms` lists them")
    except trust_alarms.Unanswered as error:
        msg = f"{error} (`tracing counterpart contested`): the alarm stays"
        raise Ends(Exit.FAILED, msg) from error


@counterparts.command("contested")
def contested_of(
    context: typer.Context,
    authority: Authority,
    confirmed: Annotated[
        list[str] | None, typer.Option("--confirm", metavar="MID", help="Its sender says it is theirs.")
    ] = None,
    disowned: Annotated[
        list[str] | None, typer.Option("--disown", metavar="MID", help="Its sender says it is not theirs.")
    ] = None,
    why: Annotated[str | None, typer.Option(metavar="TEXT", help="Who was asked, when and how.")] = None,
) -> None:
    """Messages signed by a key that may have been in other hands, to be confirmed with their sender one by one."""
    call, reason = call_of(context), (why or "").strip()
    if (confirmed or disowned) and not reason:
        raise Ends(Exit.USAGE, "say who was asked, when and how: --why TEXT; it is kept in the audit trail")

    async def work(node: Node) -> list[Contested]:
        await find(node, authority)
        answers = [*((mid, CONFIRMED) for mid in confirmed or ()), *((mid, DISOWNED) for mid in disowned or ())]
        for mid, said in answers:
            if not await node.store.write(partial(_answer, authority, mid, said, reason)):
                raise Ends(Exit.FAILED, f"message {mid} of {authority} is not to be confirmed")
        return await node.store.read(lambda view: contested(view, authority))

    found = work_at(call, work)
    heads = ("mid", "case", "accepted", "since", "kid")
    rows = [(one.mid, one.case, rfc3339(one.accepted_ms), rfc3339(one.since_ms), one.kid) for one in found]
    call.out.result([dict(zip(heads, row, strict=True)) for row in rows], table(heads, rows))


def _answer(authority: str, mid: str, said: str, why: str, tx: Tx) -> bool:
    return answer(tx, authority, mid, by_command(), said=said, why=why)


@counterparts.command("introduce")
def introduce_to(
    context: typer.Context,
    authority: Authority,
    to: Annotated[str, typer.Option(metavar="AUTHORITY", help="The counterpart that is told.")],
) -> None:
    """Tell a counterpart, in a signed statement, by which digest another one is pinned here: a hint to its officers."""
    call = call_of(context)

    async def work(node: Node) -> Told:
        partner = await find(node, authority)
        contact = await node.store.read(lambda view: own_contact(view, node.settings))
        relations = Relations(node.store, node.house, node.clock, node.ids, node.signals)
        return await introduce(relations, Actor(by_command(), "admin"), partner, to=to, contact=contact)

    told = work_at(call, work)
    call.out.result(
        {"matter": told.matter, "mid": told.mid, "delivery": told.delivery}, f"{to} is told in {told.matter}"
    )
