"""The command's front: options that hold for every verb, the verbs by noun, and the one border where faults end."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from tracing import log
from tracing.cli import demonstration, doctor, nodes, trust
from tracing.cli.audit_trail import audit
from tracing.cli.call import Call
from tracing.cli.cases import cases, deadlines
from tracing.cli.counterparts import counterparts
from tracing.cli.elements import elements
from tracing.cli.exits import Ends, Exit, foreseen
from tracing.cli.keys import keys
from tracing.cli.output import Output, printable_lines
from tracing.cli.people import tokens, users
from tracing.cli.records import records
from tracing.cli.requests import requests
from tracing.cli.roots import roots
from tracing.clock import SystemClock

__all__ = ["app", "main"]

FLAGS = frozenset({"--json", "--yes"})
WITH_VALUE = frozenset({"--home", "--passphrase-file"})
INTERRUPTED = 130  # what a shell expects of a program ended by Ctrl-C

app = typer.Typer(
    name="tracing",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="National nodes that exchange signed tracing requests, and their answers.",
    epilog="--home, --json, --yes and --passphrase-file may stand before or after the verb.",
)


@app.callback()
def options(
    context: typer.Context,
    home: Annotated[Path | None, typer.Option(help="The node's home [$TRACING_HOME, else ./node].")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,  # noqa: FBT002 - a switch
    yes: Annotated[bool, typer.Option("--yes", help="Answer every question with yes.")] = False,  # noqa: FBT002 - a switch
    passphrase_file: Annotated[Path | None, typer.Option(help="Where the passphrase of the keys is read from.")] = None,
) -> None:
    """Resolve the global options."""
    place = home or Path(os.environ.get("TRACING_HOME") or "node")
    context.obj = Call(home=place, as_json=as_json, yes=yes, passphrase_file=passphrase_file)


app.command("init")(nodes.init)
app.command("run")(nodes.run)
app.command("doctor")(doctor.doctor)
app.command("card")(nodes.card)
app.command("demo")(demonstration.demo)
for name, verb in (("update", trust.update), ("alarms", trust.alarms), ("contested", trust.contested_of)):
    counterparts.command(name)(verb)
for noun, verbs in (
    ("root", roots), ("keys", keys), ("counterpart", counterparts), ("user", users), ("token", tokens),
    ("request", requests), ("case", cases), ("element", elements), ("records", records), ("deadline", deadlines),
    ("audit", audit),
):  # fmt: skip
    app.add_typer(verbs, name=noun)


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
