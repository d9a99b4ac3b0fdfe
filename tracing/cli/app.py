"""The command's front: options that hold for every verb, and the one border where faults end."""

import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from tracing import log
from tracing.cli.exits import Ends, Exit, foreseen
from tracing.cli.output import Output, printable_lines
from tracing.cli.verbs import LoadedOnUse, add_verbs, plain_typer
from tracing.clock import SystemClock

__all__ = ["app", "main"]

FLAGS = frozenset({"--json", "--yes"})
WITH_VALUE = frozenset({"--home", "--passphrase-file"})
INTERRUPTED = 130  # what a shell expects of a program ended by Ctrl-C

app = plain_typer(
    name="tracing",
    cls=LoadedOnUse,
    no_args_is_help=True,
    help="National nodes that exchange signed tracing requests, and their answers.",
    epilog="--home, --json, --yes and --passphrase-file may stand before or after the verb.",
)


def _say_version(asked: bool) -> None:  # noqa: FBT001 - the value of a switch
    if asked:
        sys.stdout.write(f"tracing {version('tracing')}\n")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    home: Annotated[Path | None, typer.Option(help="The node's home [$TRACING_HOME, else ./node].")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,  # noqa: FBT002 - a switch
    yes: Annotated[bool, typer.Option("--yes", help="Answer every question with yes.")] = False,  # noqa: FBT002 - a switch
    passphrase_file: Annotated[Path | None, typer.Option(help="Where the passphrase of the keys is read from.")] = None,
    _version: Annotated[  # noqa: FBT002 - a switch
        bool,
        typer.Option("--version", callback=_say_version, is_eager=True, help="Say which version this is, and exit."),
    ] = False,
) -> None:
    """Resolve the global options."""
    place = home or Path(os.environ.get("TRACING_HOME") or "node")
    context.obj = {"home": place, "as_json": as_json, "yes": yes, "passphrase_file": passphrase_file}


add_verbs(app)


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry of ``tracing``: ends the process with the exit code of the contract."""
    given = hoist(sys.argv[1:] if arguments is None else arguments)
    log.set_up(SystemClock(), level="warning")
    sys.exit(run(given))


def run(given: Sequence[str]) -> int:
    """Run one command line and say how it ended. Faults nobody foresaw fly on with their traceback."""
    try:
        ended = app(args=list(given), prog_name="tracing", standalone_mode=False)
    except typer.TyperException as error:
        usage = Ends(Exit.USAGE if error.exit_code == Exit.USAGE else Exit.FAILED, error.format_message())
        return _end(usage, "usage", as_json="--json" in given)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.FAILED
    except Exception as error:  # the one border of the command; what nobody foresaw flies on
        end = foreseen(error)
        if end is None:
            raise
        return _end(
            end, _name_of(error) or _name_of(error.__cause__) or end.code.name.lower(), as_json="--json" in given
        )
    return ended if isinstance(ended, int) else Exit.DONE


def _name_of(error: BaseException | None) -> str | None:
    """The stable word of a fault that has one."""
    code = getattr(error, "code", None)
    return code if isinstance(code, str) else None


def _end(end: Ends, code: str, *, as_json: bool) -> int:
    if as_json:
        Output(as_json=True).document(end.document or {"error": code, "message": str(end), "exit": int(end.code)})
    sys.stderr.write(f"tracing: {printable_lines(str(end))}\n")
    return end.code


def hoist(given: Sequence[str]) -> list[str]:
    """The same command line with the global options first, wherever they stood before ``--``."""
    front: list[str] = []
    rest: list[str] = []
    words = iter(given)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in FLAGS or (word.partition("=")[0] in WITH_VALUE and "=" in word):
            front.append(word)
        elif word in WITH_VALUE:
            front += [word, *([value] if (value := next(words, None)) is not None else [])]
        else:
            rest.append(word)
    return front + rest
