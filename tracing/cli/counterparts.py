"""``tracing counterpart``: whom this node talks to. A card is believed by a digest that two officers compared."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import select

from keys import card as cards
from keys.errors import DigestMismatch, NetworkMismatch
from keys.trust import Carriage, TrustSet
from protocol.names import AuthorityId
from protocol.vocabulary.countries import COUNTRIES, hint
from tracing.casework import tallies
from tracing.cli.call import Call, by_command, call_of, work_at
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import table
from tracing.clock import rfc3339
from tracing.node import Node
from tracing.partners import ACTIVE, SUSPENDED, AlreadyPinned, Partner, add_off_node, pin, set_carriage, set_status
from tracing.store import Tx, View
from tracing.tables import Counterpart
from tracing.trust.alarms import open_alarms
from tracing.trust.first_contact import Circle, SameOfficer, TooMany, Waiting, lay_aside
from tracing.trust.foreign import foreign_keysets, what_to_do

__all__ = ["counterparts"]

counterparts = typer.Typer(no_args_is_help=True, help="Other States' authorities.")

Authority = Annotated[str, typer.Argument(metavar="AUTHORITY", help="The id of the counterpart, e.g. at.")]
_rows = Counterpart.__table__  # type: ignore[attr-defined]


@counterparts.command("add")
def add(
    context: typer.Context,
    card: Annotated[
        Path | None, typer.Argument(metavar="[CARD]", help="The file that `tracing card` made there.")
    ] = None,
    confirm: Annotated[str | None, typer.Option(help="The digest, as compared over another channel.")] = None,
    off_node: Annotated[
        str | None, typer.Option(metavar="AUTHORITY", help="A State without a node, reached by letter.")
    ] = None,
    country: Annotated[str | None, typer.Option(metavar="ISO", help="With --off-node: its alpha-3 code.")] = None,
    name: Annotated[str | None, typer.Option(help="With --off-node: the name of the authority.")] = None,
    alike: Annotated[bool, typer.Option("--alike", help="The id looks like another's and is right.")] = False,  # noqa: FBT002 - a switch
) -> None:
    """Pin a counterpart by its card and the digest you compared, or add a State that has no node."""
    call = call_of(context)
    if off_node is not None:
        _add_off_node(call, off_node, country, name)
    elif card is None or confirm is None:
        raise Ends(Exit.USAGE, "give CARD with --confirm DIGEST, or --off-node AUTHORITY with --country and --name")
    else:
        _add_card(call, card, confirm, alike_ok=alike)


def _add_card(call: Call, file: Path, confirm: str, *, alike_ok: bool) -> None:
    try:
        digest = cards.same_digest(confirm)
    except DigestMismatch:
        raise Ends(Exit.USAGE, "--confirm: expected a digest of 64 hexadecimal digits, in groups or not") from None
    with file.open("rb") as source:
        card = cards.Card.read(source.read(cards.MAX_CARD_BYTES + 1))

    def change(tx: Tx, node: Node) -> TrustSet | Waiting:
        if digest == node.trust.digest:
            raise Ends(Exit.FAILED, f"{file} is this node's own card: a node is not its own counterpart")
        circle = Circle(node.settings.net, (node.trust, *node.partners.trusts()))
        if node.settings.trust.two_officers == "always":
            return lay_aside(tx, card, digest, by_command(), circle, alike_ok=alike_ok)
        origin = node.keyring.voice.keyset.log.origin
        return pin(
            tx, card, digest, by_command(), net=circle.net, log_origin=origin, known=circle.known,
            alike_ok=alike_ok,
        )  # fmt: skip

    async def work(node: Node) -> TrustSet | Waiting:
        return await node.store.write(lambda tx: change(tx, node))

    try:
        made = work_at(call, work)
    except DigestMismatch as error:
        raise Ends(
            Exit.INTEGRITY,
            f"{file} is not the card whose digest you gave; nothing was pinned. Compare the digest once more with the "
            "authority, over another channel than the card came by",
        ) from error
    except NetworkMismatch as error:
        raise Ends(
            Exit.INTEGRITY, f"{error}: training and real nodes do not talk to each other; nothing was pinned"
        ) from error
    except AlreadyPinned as error:
        raise Ends(Exit.FAILED, f"{error}, pinned by {error.digest}; nothing was changed") from error
    except (SameOfficer, TooMany) as error:
        raise Ends(Exit.FAILED, f"{error}; nothing was changed") from error
    members = {name: getattr(made, name) for name in ("authority", "country", "name", "url")}
    waits = isinstance(made, Waiting)
    said = "waits for a second officer at the desk (First contact)" if waits else f"is a counterpart now, at {made.url}"
    document = members | {"digest": digest, "waits_for_second_officer": waits}
    call.out.result(document, f"{made.authority} ({made.name}) {said}")


def _add_off_node(call: Call, authority: str, country: str | None, name: str | None) -> None:
    if country is None or name is None:
        raise Ends(Exit.USAGE, "--off-node needs --country and --name")
    known_country(country)
    try:
        AuthorityId(authority)
    except ValueError as error:
        raise Ends(Exit.USAGE, f"{authority!r} is no id of an authority: {error}") from error

    async def work(node: Node) -> None:
        await node.store.write(lambda tx: add_off_node(tx, authority, country, name, by_command()))

    try:
        work_at(call, work)
    except AlreadyPinned as error:
        raise Ends(Exit.FAILED, f"{error}; nothing was changed") from error
    document = {"authority": authority, "country": country, "name": name, "off_node": True}
    call.out.result(document, f"{authority} ({name}) is a counterpart now, reached by letter")


def known_country(code: str) -> None:
    """Raise Ends unless the alpha-3 code is of a State that exists today."""
    if code not in COUNTRIES:
        close = hint(code)
        raise Ends(
            Exit.USAGE,
            f"{code!r} is no country of ISO 3166-1{f'; did you mean {close}?' if close else ' (three capitals)'}",
        )


@counterparts.command("list")
def list_all(context: typer.Context) -> None:
    """Every counterpart; ``recovery`` says of an older copy of this node how far it is in learning what it lost."""
    call = call_of(context)
    known = work_at(call, _all)
    rows = [(one.authority, one.country, one.name, _by(one), one.status, one.recovery, one.url) for one in known]
    heads = ("authority", "country", "name", "by", "status", "recovery", "url")
    call.out.result([dict(zip(heads, row, strict=True)) for row in rows], table(heads, rows))


def _by(one: Partner) -> str:
    return "letter" if not one.on_node else "file" if one.carriage == "file" else "node"


async def _all(node: Node) -> tuple[Partner, ...]:
    node.partners.reload()
    return node.partners.all()


async def find(node: Node, authority: str) -> Partner:
    """The counterpart of that name; Ends when there is none."""
    known = {one.authority: one for one in await _all(node)}
    if authority not in known:
        raise Ends(Exit.FAILED, f"no counterpart {authority!r}; known here: {', '.join(known) or 'none yet'}")
    return known[authority]


@counterparts.command("show")
def show(context: typer.Context, authority: Authority) -> None:
    """What this node knows of a counterpart."""
    call = call_of(context)

    async def work(node: Node) -> dict[str, Any]:
        partner = await find(node, authority)
        mine = node.identity().keyset_version
        row, alarms = await node.store.read(lambda view: (_row(view, authority), _alarms(view, authority, mine)))
        return (
            row
            | {
                "trusted": partner.trust is not None,
                "root_version": partner.trust.root.ver if partner.trust else None,
                "keyset_version": version_of(partner),
                "freshness": partner.freshness(node.clock.now_ms()).value,
            }
            | alarms
        )

    shown = work_at(call, work)
    call.out.result(shown, table(("what", "value"), [_readable(*one) for one in shown.items()]))


def _alarms(view: View, authority: str, mine: int) -> dict[str, Any]:
    """What is open about it; and of a keyset of ours that is not in this home, its version and what is to be done."""
    codes = [one.code for one in open_alarms(view) if one.authority == authority]
    foreign = foreign_keysets(view).get(authority)
    return {"alarms": codes, "foreign_keyset": foreign, "to_do": what_to_do(view, of=authority, mine=mine)}


def _readable(name: str, value: Any) -> tuple[str, Any]:
    """An instant as people read it; spans of time stay numbers, and say their unit."""
    if isinstance(value, list):
        return name, ", ".join(value) or None
    if name == "clock_offset_ms" or not name.endswith("_ms"):
        return name.replace("_", " "), value
    return name.removesuffix("_ms").replace("_", " "), None if value is None else rfc3339(value)


def version_of(partner: Partner) -> int | None:
    """Of the newest keyset held."""
    return partner.trust.keyset.ver if partner.trust and partner.trust.keyset else None


def _row(view: View, authority: str) -> dict[str, Any]:
    row = view.conn.execute(select(_rows).where(_rows.c.authority == authority)).one()
    return dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


Why = Annotated[str | None, typer.Option("--why", metavar="TEXT", help="The reason, for the audit trail.")]


@counterparts.command("suspend")
def suspend(context: typer.Context, authority: Authority, why: Why = None) -> None:
    """Stop the exchange with a counterpart until `resume`."""
    call = call_of(context)
    call.confirm(f"Nothing will be sent to {authority} nor taken from it. Suspend?")
    _set_status(call, authority, SUSPENDED, why)


@counterparts.command("resume")
def resume(context: typer.Context, authority: Authority, why: Why = None) -> None:
    """Take up the exchange with a suspended counterpart again."""
    _set_status(call_of(context), authority, ACTIVE, why)


class By(StrEnum):
    """The two ways to a node."""

    ONLINE = "online"
    FILE = "file"


@counterparts.command("carriage")
def carriage(
    context: typer.Context,
    authority: Authority,
    by: Annotated[By, typer.Argument(help="online, or file: what is said to it waits for `tracing bundle export`.")],
) -> None:
    """How a counterpart is reached: on line, or by file, sealed to a key that it keeps for 400 days."""
    call = call_of(context)

    async def work(node: Node) -> None:
        if not (await find(node, authority)).on_node:
            raise Ends(Exit.FAILED, f"{authority} has no node: it is reached by letter; nothing was changed")
        await node.store.write(lambda tx: set_carriage(tx, authority, CARRIAGE[by], by_command()))

    work_at(call, work)
    call.out.result({"authority": authority, "carriage": by.value}, f"{authority} is reached {SAID[by]} from now on")


CARRIAGE: dict[By, Carriage] = {By.ONLINE: "online", By.FILE: "file"}
SAID = {By.ONLINE: "on line", By.FILE: "by file"}


def _set_status(call: Call, authority: str, status: str, why: str | None) -> None:
    async def work(node: Node) -> None:
        await find(node, authority)
        await node.store.write(lambda tx: set_status(tx, authority, status, by_command(), why))

    work_at(call, work)
    call.out.result({"authority": authority, "status": status}, f"{authority} is {status}")


@counterparts.command("recount")
def recount(context: typer.Context) -> None:
    """Count every case anew for the ledgers, where `tracing doctor` says that they are not what the cases come to."""
    call = call_of(context)
    count = work_at(call, _recount)
    call.out.result({"cases": count}, f"{count} cases were counted")


async def _recount(node: Node) -> int:
    await node.store.write(tallies.forget)
    return await asyncio.to_thread(tallies.count_all_missing, node.store)
