"""``tracing backup``: the whole home in one sealed file, made while the node runs; proved, and put back."""

import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from keys.errors import WrongPassphrase
from tracing.backups import Restored, make_backup, restore_backup, verify_backup
from tracing.cli.call import Call, call_of, read_passphrase, type_new_passphrase
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import Bar, counted
from tracing.clock import Ids, SystemClock, rfc3339
from tracing.secretfile import place_of

__all__ = ["CREDENTIAL", "backups"]

CREDENTIAL = "tracing-backup-passphrase"
backups = typer.Typer(no_args_is_help=True, help="Backups of the whole home, sealed under a passphrase of their own.")

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.", exists=True, dir_okay=False)]
Secret = Annotated[
    Path | None,
    typer.Option("--backup-passphrase-file", metavar="FILE", help="Where the passphrase of backups is read from."),
]
Database = Annotated[str | None, typer.Option(metavar="URL", help="An empty database on PostgreSQL.")]


@backups.command("create")
def create(
    context: typer.Context,
    place: Annotated[Path, typer.Argument(metavar="FILE|DIR", help="The file to write, or a folder for it.")],
    secret: Secret = None,
) -> None:
    """Copy database, keys, settings and attachments away while the node runs; not the passphrase of the keys."""
    call = call_of(context)
    settings, passphrase = call.settings, _passphrase(secret, new=True)
    clock = SystemClock()
    with _bars(call) as progress:
        made = make_backup(call.home, settings, place, passphrase, clock, Ids(clock), progress)
    files, leaves = len(made.manifest.files), sum(made.manifest.trees.values())
    document = {"file": str(made.place), "bytes": made.size, "made": rfc3339(made.manifest.made_ms)}
    text = [f"{made.place}: {counted(files, 'file', 'files')}, {leaves} entries of the trail, {made.size} bytes."]
    text += [f"Prove it: tracing backup verify {made.place}. The passphrase of the node's keys is not in it."]
    call.out.result(document | {"files": files, "leaves": leaves}, "\n".join(text))


@backups.command("verify")
def verify(
    context: typer.Context,
    file: File,
    secret: Secret = None,
    scratch: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to unpack it for the while; beside it by default.")
    ] = None,
    database: Database = None,
) -> None:
    """Restore a backup where nothing else is, recompute the whole trail and every digest, and leave nothing."""
    call = call_of(context)
    passphrase = _passphrase(secret)
    with _bars(call) as progress, _told(file):
        found = verify_backup(file, passphrase, progress, scratch=scratch, database=database)
    call.out.result(_document(found) | {"ok": True}, f"{file} is whole: {_sentence(found)}.")


@backups.command("restore")
def restore(context: typer.Context, file: File, secret: Secret = None, database: Database = None) -> None:
    """Make the home (--home) of a backup; it must be empty or not there. When it starts it asks what it missed."""
    call = call_of(context)
    passphrase = _passphrase(secret)
    with _bars(call) as progress, _told(file):
        clock = SystemClock()
        found = restore_backup(file, call.home, passphrase, clock, Ids(clock), progress, database=database)
    text = [f"{call.home} is {found.manifest.authority} as of {rfc3339(found.manifest.made_ms)}: {_sentence(found)}."]
    text += ["Never start it beside the node it was made from. When it starts, nothing is sent to a counterpart before"]
    text += ["that one said what it holds of this node: deploy/runbook.md, Restoring."]
    call.out.result(_document(found) | {"home": str(call.home)}, "\n".join(text))


def _document(found: Restored) -> dict[str, Any]:
    manifest = found.manifest
    about = {"authority": manifest.authority, "net": manifest.net, "made": rfc3339(manifest.made_ms)}
    return about | {"files": len(manifest.files), "leaves": found.leaves, "attachments": found.attachments}


def _sentence(found: Restored) -> str:
    files = counted(found.attachments, "attachment", "attachments")
    return f"all {found.leaves} entries of the trail hold, {files}, made {rfc3339(found.manifest.made_ms)}"


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """Which passphrase it is that does not open."""
    try:
        yield
    except WrongPassphrase as error:
        msg = f"the passphrase given does not open {file}: it is the one backups were made with, not that of the keys"
        raise WrongPassphrase(msg) from error


def _passphrase(file: Path | None, *, new: bool = False) -> bytes:
    """From the file named, the systemd credential, or a prompt; never from the command line or the environment."""
    if where := file or place_of(CREDENTIAL):
        return read_passphrase(where)
    if not sys.stdin.isatty():
        msg = (
            f"no passphrase for the backup: give --backup-passphrase-file FILE, or the systemd credential {CREDENTIAL}"
        )
        raise Ends(Exit.USAGE, msg)
    question = "Passphrase of the backup: "
    return type_new_passphrase(question) if new else getpass.getpass(question, sys.stderr).encode()


@contextmanager
def _bars(call: Call) -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each step, one after the other."""
    shown: dict[str, Bar] = {}
    with ExitStack() as stack:

        def progress(what: str, done: int, total: int) -> None:
            if what not in shown:
                shown[what] = stack.enter_context(call.out.bar(what, total))
            shown[what](done)

        yield progress
