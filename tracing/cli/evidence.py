"""``tracing evidence``: a case exported for somebody without a node, and verified by anybody.

``verify`` needs no node, no network and no secret: the file and the digests of the roots, learnt another way.
"""

import asyncio
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from cryptography.x509 import Certificate

from keys.evidence import Evidence, EvidenceRefused, Proved
from keys.evidence import verify as verify_evidence
from keys.stamps import read_authorities
from protocol.errors import SchemaInvalid
from tracing.casework.evidence import Exported
from tracing.cli import verdict
from tracing.cli.call import call_of, officer, work_at
from tracing.cli.cases import CaseArgument
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import counted
from tracing.cli.pins import Pins, pins_of
from tracing.clock import rfc3339
from tracing.desk.catalogues import offered
from tracing.desk.papers.embedded import MOST_PDF_BYTES, NoEvidence, evidence_in, is_pdf
from tracing.desk.papers.press import NotPrinted, Paper, Press
from tracing.node import Node

__all__ = ["evidence"]

evidence = typer.Typer(
    no_args_is_help=True, help="Evidence of a case for somebody without a node, and its verification."
)
ENDS: Final = {"fonts": Exit.CONFIGURATION}
PAGES: Final = "what the pages of the PDF say: only the file in it was verified"


@evidence.command("export")
def export(
    context: typer.Context,
    case: CaseArgument,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where the evidence goes.")
    ] = None,
    dossier: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the PDF for people goes, with the evidence in it.")
    ] = None,
    language: Annotated[str, typer.Option(metavar="L", help=f"Of the PDF: {', '.join(offered())}.")] = "en",
    message: Annotated[str | None, typer.Option(metavar="MID", help="One message of the case; else all.")] = None,
    to: Annotated[str | None, typer.Option(help="Who receives it: an authority, or in words; else our own.")] = None,
    purpose: Annotated[
        str | None, typer.Option(help="court, third_state, public, ...; own_authority if not said.")
    ] = None,
) -> None:
    """Write the evidence of a case, bound by the restrictions of every element. It is noted in the audit trail."""
    call = call_of(context)
    _check_places(output, dossier, language)
    asked = (("message", message), ("to", to), ("purpose", purpose))
    body = {name: value for name, value in asked if value is not None}
    if dossier is not None:
        _printing(lambda press: press.ready())
    made = work_at(call, lambda node: _exported(node, case, body))
    if output is not None:
        _write(output, made.data)
    paper = None if dossier is None else _print(made, dossier, language)
    call.out.result(_document(made, output, dossier, paper), _text(made, output, dossier, paper))


def _check_places(output: Path | None, dossier: Path | None, language: str) -> None:
    places = [each for each in (output, dossier) if each is not None]
    if not places or output == dossier:
        raise Ends(Exit.USAGE, "say where the evidence goes (--output FILE), the PDF (--dossier FILE), or both")
    for each in places:
        if each.exists():
            raise Ends(Exit.USAGE, f"{each} is there already; nothing is written over it")
    if language not in offered():
        raise Ends(Exit.USAGE, f"--language: expected one of {', '.join(offered())}, got {language[:40]!r}")


async def _exported(node: Node, case: str, body: dict[str, str]) -> Exported:
    """Under a head signed now, so that it covers what was said a moment ago."""
    await node.store.write(node.checkpoints.sign_due)
    return await node.office.evidence(officer(), case, body)


def _print(made: Exported, dossier: Path, language: str) -> Paper:
    name = f"{made.found.case}.itx-evidence"
    paper: Paper = _printing(lambda press: press.paper(made.data, name, made.pins, language))
    _write(dossier, paper.data)
    return paper


def _printing(work: Callable[[Press], Any]) -> Any:
    """What the press does; what it cannot do ends the command."""
    try:
        return asyncio.run(work(Press()))
    except NotPrinted as error:
        raise Ends(ENDS.get(error.code, Exit.FAILED), f"no PDF: {error}") from error


def _write(place: Path, data: bytes) -> None:
    with place.open("xb") as target:
        target.write(data)


def _timestamp(made: Exported) -> dict[str, Any] | None:
    """None where the node asks nobody for one."""
    if made.unstamped is not None:
        return {"asked": True, "given": False, "why": made.unstamped}
    if made.found.stamp is None:
        return None
    return {"asked": True, "given": True} | verdict.stamp(made.found.stamp)


def _document(made: Exported, output: Path | None, dossier: Path | None, paper: Paper | None) -> dict[str, Any]:
    found = made.found
    return {
        "file": None if output is None else str(output),
        "dossier": None if paper is None else {"file": str(dossier), "bytes": len(paper.data), "cut": paper.cut},
        "bytes": len(made.data),
        "sha256": made.sha256,
        "messages": list(made.mids),
        "withheld": made.withheld,
        "left_out": [{"mid": one.mid, "why": one.why} for one in found.left_out],
        "pins": made.pins,
        "timestamp": _timestamp(made),
    }


def _text(made: Exported, output: Path | None, dossier: Path | None, paper: Paper | None) -> str:
    held = f"{counted(len(made.mids), 'message', 'messages')}, for {made.found.to} ({made.found.purpose})"
    said = [f"{each}: {held}" for each in (output, dossier) if each is not None]
    if paper is not None and paper.cut:
        said.append(f"{counted(paper.cut, 'text is', 'texts are')} cut on its pages, and whole in the evidence in it")
    if made.withheld:
        said.append(f"{counted(made.withheld, 'element is', 'elements are')} withheld, and only digests in the file")
    said += [f"left out: {one.mid} ({one.why})" for one in made.found.left_out]
    if made.unstamped is not None:
        said.append(f"a time-stamp was asked for and not given: {made.unstamped}")
    if made.found.stamp is not None:
        said.append(f"with a time-stamp of {rfc3339(made.found.stamp.time_ms)} by {made.found.stamp.signer}")
    said.append("whoever verifies it must know, from another source:")
    return "\n".join([*said, *(f"  --pin {authority}={digest}" for authority, digest in made.pins.items())])


@evidence.command("verify")
def verify(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The evidence, or a PDF it is in.")
    ],
    pin: Pins,
    timestamp_ca: Annotated[
        Path | None,
        typer.Option(metavar="FILE", exists=True, dir_okay=False, help="PEM: who must vouch for its time-stamp."),
    ] = None,
) -> None:
    """Check evidence with nothing but the roots you name; exit code 6 says what fails first."""
    call, pins = call_of(context), pins_of(pin)
    heard: list[Proved] = []
    try:
        found, beside = _verified(file, pins, heard.append, _authorities(timestamp_ca))
    except NoEvidence as error:
        document = {"ok": False, "error": "no-evidence", "message": str(error), "exit": 6}
        raise Ends(Exit.INTEGRITY, f"{file} proves nothing: {error}", document) from error
    except EvidenceRefused as error:
        document = {
            "ok": False, "error": error.code, "line": error.line, "of": error.of, "piece": str(error.piece),
            "message": str(error), "exit": 6,
        }  # fmt: skip
        raise Ends(Exit.INTEGRITY, f"{file} proves nothing: {error}", document) from error
    call.out.result(verdict.document(found, heard, beside), verdict.text(found, heard, beside))


def _authorities(file: Path | None) -> tuple[Certificate, ...]:
    """Who vouches for time-stamps, as whoever verifies knows them."""
    try:
        return () if file is None else read_authorities(file.read_bytes())
    except SchemaInvalid as error:
        raise Ends(Exit.USAGE, f"--timestamp-ca {file}: {error}") from error


def _verified(
    file: Path, pins: dict[str, str], hear: Callable[[Proved], None], by: Sequence[Certificate]
) -> tuple[Evidence, tuple[str, ...]]:
    """What the file proves, and what beside the usual it does not."""
    with file.open("rb") as source:
        if not is_pdf(source.read(5)):
            source.seek(0)
            return verify_evidence(source, pins, hear, by), ()
        source.seek(0)
        inside = evidence_in(source.read(MOST_PDF_BYTES + 1))
    return verify_evidence(io.BytesIO(inside), pins, hear, by), (PAGES,)
