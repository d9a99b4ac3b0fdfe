"""``tracing evidence``: a case exported for somebody without a node, and verified by anybody.

``verify`` needs no node, no network and no secret: the file and the digests of the roots, learnt another way.
"""

from pathlib import Path
from typing import Annotated

import typer

from keys.evidence import EvidenceRefused, Proved
from keys.evidence import verify as verify_evidence
from tracing.casework.evidence import Exported
from tracing.cli import verdict
from tracing.cli.call import call_of, officer, work_at
from tracing.cli.cases import CaseArgument
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import counted
from tracing.cli.pins import Pins, pins_of
from tracing.node import Node

__all__ = ["evidence"]

evidence = typer.Typer(
    no_args_is_help=True, help="Evidence of a case for somebody without a node, and its verification."
)


@evidence.command("export")
def export(
    context: typer.Context,
    case: CaseArgument,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where the evidence goes.")],
    message: Annotated[str | None, typer.Option(metavar="MID", help="One message of the case; else all.")] = None,
    to: Annotated[str | None, typer.Option(help="Who receives it: an authority, or in words; else our own.")] = None,
    purpose: Annotated[
        str | None, typer.Option(help="court, third_state, public, ...; own_authority if not said.")
    ] = None,
) -> None:
    """Write the evidence of a case, bound by the restrictions of every element. It is noted in the audit trail."""
    call = call_of(context)
    if output.exists():
        raise Ends(Exit.USAGE, f"{output} is there already; nothing is written over it")
    asked = (("message", message), ("to", to), ("purpose", purpose))
    body = {name: value for name, value in asked if value is not None}
    made = work_at(call, lambda node: _exported(node, case, body))
    with output.open("xb") as target:
        target.write(made.data)
    found = made.found
    document = {
        "file": str(output),
        "bytes": len(made.data),
        "sha256": made.sha256,
        "messages": list(made.mids),
        "withheld": made.withheld,
        "left_out": [{"mid": one.mid, "why": one.why} for one in found.left_out],
        "pins": {one.authority: one.root_digest for one in (found.exporter, found.other) if one is not None},
    }
    call.out.result(document, _text(output, made))


async def _exported(node: Node, case: str, body: dict[str, str]) -> Exported:
    """Under a head signed now, so that it covers what was said a moment ago."""
    await node.store.write(node.checkpoints.sign_due)
    return await node.office.evidence(officer(), case, body)


def _text(output: Path, made: Exported) -> str:
    said = [f"{output}: {counted(len(made.mids), 'message', 'messages')}, for {made.found.to} ({made.found.purpose})"]
    if made.withheld:
        said.append(f"{counted(made.withheld, 'element is', 'elements are')} withheld, and only digests in the file")
    said += [f"left out: {one.mid} ({one.why})" for one in made.found.left_out]
    roots = [one for one in (made.found.exporter, made.found.other) if one is not None]
    said.append("whoever verifies it must know, from another source:")
    return "\n".join([*said, *(f"  --pin {one.authority}={one.root_digest}" for one in roots)])


@evidence.command("verify")
def verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The evidence.")],
    pin: Pins,
) -> None:
    """Check evidence with nothing but the roots you name; exit code 6 says what fails first."""
    call, pins = call_of(context), pins_of(pin)
    heard: list[Proved] = []
    try:
        with file.open("rb") as source:
            found = verify_evidence(source, pins, heard.append)
    except EvidenceRefused as error:
        document = {
            "ok": False, "error": error.code, "line": error.line, "of": error.of, "piece": str(error.piece),
            "message": str(error), "exit": 6,
        }  # fmt: skip
        raise Ends(Exit.INTEGRITY, f"{file} proves nothing: {error}", document) from error
    call.out.result(verdict.document(found, heard), verdict.text(found, heard))
