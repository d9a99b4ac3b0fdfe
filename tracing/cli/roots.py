"""``tracing root``: the ceremony of the holders, by files, on machines without network (keys/README.md)."""

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import IntegrityError

from keys import card as cards
from keys import ceremony, founding
from tracing.cli.call import Call, call_of, read_passphrase, work_at
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import table
from tracing.clock import Ids, SystemClock
from tracing.founding import FOUNDING, install_root
from tracing.node import Node

__all__ = ["roots"]

roots = typer.Typer(no_args_is_help=True, help="The root of an authority, and the ceremony of its holders.")

RootFile = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The root file.")]
Folder = Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where the files of the ceremony go.")]
LARGEST = 1024 * 1024  # a root of 64 signatures stays below


@roots.command("new")
def new(
    context: typer.Context,
    threshold: Annotated[int, typer.Option(min=1, help="How many holders must sign.")],
    holder: Annotated[list[str], typer.Option(help="A holder's name; once for each.")],
    output: Folder,
    request: Annotated[
        Path | None, typer.Option("--founding", help="The node's founding.json; in --home by default.")
    ] = None,
) -> None:
    """Make a key file for each holder and the first root for them to sign."""
    call = call_of(context)
    asked = founding.read_founding(_content(request or call.home / FOUNDING))
    if len(set(holder)) != len(holder):
        raise Ends(Exit.USAGE, "two holders bear the same name")
    call.out.say(f"Request of {asked.auth} ({asked.name}, {asked.country}, {asked.net}). Its digest, to be compared")
    call.out.say("with the one the node showed:")
    call.out.say(f"  {cards.groups(asked.digest)}")
    call.confirm("Are they the same?")
    passphrases = {name: _passphrase(call, f"New passphrase of {name}: ", twice=True) for name in holder}
    clock = SystemClock()
    file = ceremony.new_ceremony(output, asked, passphrases, threshold, Ids(clock).random_bytes, at_ms=clock.now_ms())
    keys = sorted(str(each) for each in output.glob("holder-*.key"))
    document = {"root": str(file), "holders": keys, "threshold": threshold}
    call.out.result(
        document,
        f"{file} is for the holders to sign, each with his own file:\n" + "\n".join(f"  {each}" for each in keys),
    )


@roots.command("sign")
def sign(
    context: typer.Context,
    file: RootFile,
    key: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The holder's key file.")],
) -> None:
    """Read what a root would make true, and sign it with a holder's keys."""
    call = call_of(context)
    call.out.say(_described(ceremony.describe(_content(file))))
    call.confirm("Sign this?")
    report = ceremony.sign_file(file, key, _passphrase(call, "Passphrase of the holder's file: "))
    call.out.result(
        report.summary(),
        f"signed by {', '.join(report.signed)}; "
        + (f"{report.missing} more must sign" if report.missing else "complete"),
    )


@roots.command("install")
def install(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE ...", exists=True, dir_okay=False, help="The root file, or its signed copies."),
    ],
) -> None:
    """Give the node the root its holders signed; copies that they signed apart are put together."""
    call = call_of(context)
    clock = SystemClock()
    copies = [_content(file) for file in files]
    root = ceremony.combine(copies) if len(copies) > 1 else copies[0]
    try:
        trust = call.unlocking(lambda passphrase: install_root(call.home, passphrase, root, clock, Ids(clock)))
    except IntegrityError as error:
        raise Ends(Exit.FAILED, "this node has its root already; nothing was changed") from error
    document = {"authority": trust.authority, "digest": trust.digest}
    call.out.result(
        document, f"{trust.authority} has its root. Digest for counterparts to compare:\n  {cards.groups(trust.digest)}"
    )


@roots.command("show")
def show(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", exists=True, dir_okay=False, help="A root file; the node's own by default."),
    ] = None,
) -> None:
    """What a root says, and who has signed it."""
    call = call_of(context)

    async def own(node: Node) -> bytes:
        return node.trust.root_documents[0]

    report = ceremony.describe(_content(file) if file else work_at(call, own))
    call.out.result(report.summary(), table(("what", "value"), report.summary().items()))


def _described(report: ceremony.RootReport) -> str:
    root = report.root
    return (
        f"Root {root.ver} of {root.auth} ({root.name}, {root.country}) for the {root.net} network, digest\n"
        f"  {cards.groups(report.digest)}\n"
        f"{root.threshold} of {len(root.holders)} holders must sign: {', '.join(one.name for one in root.holders)}. "
        f"Signed so far by: {', '.join(report.signed) or 'nobody'}."
    )


def _content(file: Path) -> bytes:
    with file.open("rb") as source:
        return source.read(LARGEST)


def _passphrase(call: Call, question: str, *, twice: bool = False) -> bytes:
    """A holder's own passphrase: never the node's, so only what was named for this call, or a prompt."""
    if call.passphrase_file is not None:
        return read_passphrase(call.passphrase_file)
    if not sys.stdin.isatty():
        raise Ends(Exit.USAGE, "a holder's passphrase is typed at a terminal, or read with --passphrase-file FILE")
    first = getpass.getpass(question, sys.stderr)
    if not first or (twice and first != getpass.getpass("Again: ", sys.stderr)):
        raise Ends(Exit.FAILED, "the two differ, or are empty; nothing was made")
    return first.encode()
