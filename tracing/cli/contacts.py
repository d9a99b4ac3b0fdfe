"""``tracing contact``: our contact card of ITI paras 25 and 31, which every counterpart is sent with our keys."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tracing.cli.call import by_command, call_of, work_at
from tracing.cli.exits import Ends, Exit
from tracing.cli.files import read_object
from tracing.cli.output import table
from tracing.clock import rfc3339
from tracing.node import Node
from tracing.store import View
from tracing.trust.contacts import MOST_BYTES, ContactInvalid, drop_edits, edit_contact, edited_contact, own_contact

__all__ = ["contacts"]

contacts = typer.Typer(no_args_is_help=True, help="Our contact card of ITI paras 25 and 31.")


@contacts.command("show")
def show(context: typer.Context) -> None:
    """The card as it travels now, and who edited it."""
    call = call_of(context)

    def look(node: Node, view: View) -> dict[str, Any]:
        edited = edited_contact(view)
        source = "node.toml" if edited is None else f"edited by {edited.by}, {rfc3339(edited.at_ms)}"
        return own_contact(view, node.settings).model_dump(mode="json") | {"source": source}

    async def work(node: Node) -> dict[str, Any]:
        return await node.store.read(lambda view: look(node, view))

    members = work_at(call, work)
    call.out.result(members, table(("what", "value"), [(name, _text(value)) for name, value in members.items()]))


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(_text(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(_text(one) for one in value.values() if one)
    return "" if value is None else str(value)


@contacts.command("set")
def set_card(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.json",
            exists=True,
            dir_okay=False,
            help="An object: name, email, phone, address, hours, languages, holidays, marking_practices, points.",
        ),
    ],
) -> None:
    """Let FILE be the card from now on; it replaces the whole card."""
    call = call_of(context)
    members = read_object(file, MOST_BYTES, "a contact card")

    async def work(node: Node) -> None:
        await node.store.write(lambda tx: edit_contact(tx, members, by_command()))
        await node.keep_keys()

    try:
        work_at(call, work)
    except ContactInvalid as error:
        raise Ends(Exit.FAILED, f"{file} is no contact card: {error}; nothing was changed") from error
    call.out.result({"changed": True}, "the card was changed; counterparts are sent it with the next exchange")


@contacts.command("drop")
def drop(context: typer.Context) -> None:
    """Let the card of node.toml, [contact], count again."""
    call = call_of(context)

    async def work(node: Node) -> bool:
        dropped = await node.store.write(lambda tx: drop_edits(tx, by_command()))
        await node.keep_keys()
        return dropped

    changed = work_at(call, work)
    call.out.result({"changed": changed}, "the card of node.toml counts" if changed else "it counted already")
