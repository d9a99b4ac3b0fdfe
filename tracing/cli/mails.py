"""``tracing mail`` and ``tracing user mail``: an address tried, what a person wants kept, trouble shown."""

from dataclasses import asdict, replace
from typing import Annotated

import typer

from tracing.channels.mail.choices import Choice, choice_of, choose
from tracing.channels.mail.returned import readmit, whose
from tracing.channels.mail.sending import send_test
from tracing.channels.standing import MAIL, standing_of
from tracing.channels.ways import WAYS
from tracing.cli.call import by_command, call_of, work_at
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import table
from tracing.node import Node
from tracing.phrases import PHRASES
from tracing.settings import Mailbox
from tracing.store import View, people

__all__ = ["mails", "set_mail"]

mails = typer.Typer(no_args_is_help=True, help="Mail of reminders: try an address, and how it stands with the server.")
How = Annotated[str, typer.Option(help=", ".join(WAYS), metavar="HOW")]


@mails.command("test")
def try_address(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="Whom to write to.")],
    language: Annotated[str, typer.Option(help=", ".join(PHRASES))] = "en",
) -> None:
    """Send a mail that says that mail arrives, now; nothing is kept."""
    call, to = call_of(context), _mailbox(address)
    settings = call.settings
    if not settings.mail.server:
        raise Ends(Exit.CONFIGURATION, f"no server in [mail] of {call.home / 'node.toml'}: name one, and a sender")
    if language not in PHRASES:
        raise Ends(Exit.USAGE, f"{language!r} is no language of the desk; languages: {', '.join(PHRASES)}")

    async def work(node: Node) -> None:
        await send_test(settings, to, language, node.ids.uuid7().hex, node.clock.now_ms())

    work_at(call, work)
    call.out.result({"sent": True, "server": settings.mail.server}, f"{settings.mail.server} took a mail to {to}")


@mails.command("show")
def show(context: typer.Context) -> None:
    """How it stands with the server, how many mails wait or were refused for good, and whose come back."""
    call = call_of(context)
    found = work_at(call, lambda node: node.store.read(lambda view: asdict(standing_of(view, MAIL)) | _returned(view)))
    rows = [(name, "" if value is None else str(value)) for name, value in found.items()]
    call.out.result(found, table(("", ""), rows))


@mails.command("readmit")
def readmit_address(
    context: typer.Context, address: Annotated[str, typer.Argument(help="An address whose mail came back.")]
) -> None:
    """Say that an address is right after all: mails go there again, and parked ones are tried again."""
    call, right = call_of(context), _mailbox(address)
    known = work_at(call, lambda node: node.store.write(lambda tx: readmit(tx, right, None, by_command())))
    if not known:
        raise Ends(Exit.FAILED, f"no mail to {right} came back; `tracing mail show` lists what did")
    call.out.result({"address": right, "readmitted": True}, f"mails go to {right} again")


def _returned(view: View) -> dict[str, dict[str, str]]:
    return {"returned": dict(whose(view))}


def set_mail(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The account.")],
    address: Annotated[str | None, typer.Argument(help="Where it is written to; '' for nowhere.")] = None,
    near: How = "",
    passed: How = "",
    again: How = "",
    escalated: How = "",
) -> None:
    """Say where a person is written to, and which reminders come by mail: at once, in a digest of the day, or not."""
    call = call_of(context)
    to = None if address is None else _mailbox(address)
    given = {"near": near, "passed": passed, "again": again, "escalated": escalated}

    async def work(node: Node) -> Choice:
        before = await node.store.read(lambda view: choice_of(view, name) if people.person(view, name) else None)
        if before is None:
            raise Ends(Exit.FAILED, f"there is no active user {name!r}; `tracing user list` shows all")
        ways = dict(before.ways) | {event: way for event, way in given.items() if way}
        try:
            choice = replace(before, address=before.address if to is None else to, ways=ways)
        except ValueError as error:
            raise Ends(Exit.USAGE, str(error)) from error
        if choice != before or to is not None:  # an address given once more is right, though its mail came back
            await node.store.write(lambda tx: choose(tx, name, choice, by_command()))
        return choice

    kept = work_at(call, work)
    rows = [("address", kept.address or "none"), *kept.ways.items()]
    call.out.result({"user": name, "address": kept.address, **kept.ways}, table(("", ""), rows))


def _mailbox(text: str) -> Mailbox:
    try:
        return Mailbox(text)
    except ValueError as error:
        raise Ends(Exit.USAGE, f"ADDRESS is {text!r}; {error}") from error
