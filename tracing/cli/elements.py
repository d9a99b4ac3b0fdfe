"""``tracing element``: single elements of signed messages, listed, released as a proof, and verified by anybody.

``verify`` needs no node, no network and no secret: the file and the digests of the roots, learnt another way.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from keys.proof import ProofRefused, Proved
from keys.proof import verify as verify_proof
from protocol.proof import MAX_PROOF_BYTES, Shown
from tracing.cli.call import call_of, officer, work_at
from tracing.cli.cases import CaseArgument
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import table
from tracing.cli.pins import Pins, pins_of
from tracing.cli.verdict import speaker
from tracing.clock import rfc3339

__all__ = ["elements"]

elements = typer.Typer(no_args_is_help=True, help="Single elements of signed messages, and proofs of them.")

HEADS = ("message", "element", "restrictions", "value")
NOT_PROVED = (
    "that what was said is true, or was not corrected or withdrawn later",
    "what the other elements say, or that they would not put another light on these",
    "the sender's own time; only a receipt's time is another's",
    "that no key was revoked after the keyset in the file was issued: ask for the newest",
    "that whoever passed the file on was allowed to",
)


@elements.command("list")
def list_them(context: typer.Context, case: CaseArgument) -> None:
    """The elements of every signed message of a case, with the restrictions each carries."""
    call = call_of(context)
    found = work_at(call, lambda node: node.office.elements(officer(), case))
    rows = [
        [message["mid"], one["name"], ", ".join(one["restrictions"]), _value(one)]
        for message in found
        for one in message["elements"]
    ]
    call.out.result({"case": case, "items": found}, table(HEADS, rows) if rows else "no signed message")


def _value(one: dict[str, Any]) -> str:
    return "erased" if one["erased"] else json.dumps(one["value"], ensure_ascii=False)


@elements.command("extract")
def extract(
    context: typer.Context,
    case: CaseArgument,
    mid: Annotated[str, typer.Option(help="The message the elements are of.")],
    element: Annotated[list[str], typer.Option(help="The name of an element; once for each.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where the proof goes.")],
    to: Annotated[str | None, typer.Option(help="Who receives it: an authority, or in words; else our own.")] = None,
    purpose: Annotated[
        str | None, typer.Option(help="court, third_state, public, ...; own_authority if not said.")
    ] = None,
) -> None:
    """Write a proof of these elements for somebody without a node. The release is noted in the audit trail."""
    call = call_of(context)
    if output.exists():
        raise Ends(Exit.USAGE, f"{output} is there already; nothing is written over it")
    said = {name: value for name, value in (("to", to), ("purpose", purpose)) if value is not None}
    body = {"mid": mid, "elements": element, **said}
    made = work_at(call, lambda node: node.office.release(officer(), case, body))
    output.write_bytes(made.data)
    shown = [one.name for one in made.proved.elements]
    document = {"file": str(output), "bytes": len(made.data), "elements": shown, "taken_over": bool(made.proved.taken)}
    call.out.result(document, f"{output} proves {', '.join(shown)} of {mid}, and holds nothing else of it")


@elements.command("verify")
def verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The proof.")],
    pin: Pins,
) -> None:
    """Check a proof of elements with nothing but the roots you name; exit code 6 says what does not hold."""
    call = call_of(context)
    pins = pins_of(pin)
    with file.open("rb") as source:
        data = source.read(MAX_PROOF_BYTES + 1)
    try:
        proved = verify_proof(data, pins)
    except ProofRefused as error:
        document = {"ok": False, "error": error.code, "step": int(error.step), "message": str(error), "exit": 6}
        raise Ends(Exit.INTEGRITY, f"{file} proves nothing: {error}", document) from error
    call.out.result(_document(proved), _text(proved))


# ---------------------------------------------------------------- what was proved, in words


def _document(proved: Proved) -> dict[str, Any]:
    taken = proved.taken
    return {
        "ok": True,
        "net": proved.net,
        "from": speaker(proved.sender),
        "to": proved.recipient,
        "case": proved.thread,
        "mid": proved.mid,
        "type": proved.type,
        "said": rfc3339(proved.said_ms),
        "statement": proved.statement,
        "elements": [
            {"name": one.name, "position": one.position, "value": one.value, "restrictions": list(one.restrictions)}
            for one in proved.elements
        ],
        "of": proved.total,
        "taken_over": taken
        and {
            "by": speaker(taken.by),
            "accepted": rfc3339(taken.accepted_ms),
            "opened": rfc3339(taken.opened_ms),
            "envelope": taken.envelope,
        },
        "not_proved": list(NOT_PROVED),
    }


def _text(proved: Proved) -> str:
    sender = proved.sender
    return "\n".join(
        [
            *(["TRAINING: said on the training network, about no real weapon."] if proved.net == "training" else []),
            f"{sender.authority} ({sender.name}, {sender.country}) said to {proved.recipient}, in the case",
            f"  {proved.thread}, message {proved.mid},",
            f"  by its own clock at {rfc3339(proved.said_ms)}, {proved.type}:",
            *(line for one in proved.elements for line in _element_lines(one, proved.total)),
            *_taken_lines(proved),
            f"Keys as of {rfc3339(sender.keys_as_of_ms)} (keyset {sender.keyset}). Not proved:",
            *(f"  - {each}" for each in NOT_PROVED),
        ]
    )


def _element_lines(one: Shown, total: int) -> list[str]:
    bound = ", ".join(one.restrictions) or "none"
    value = json.dumps(one.value, ensure_ascii=False)
    return [f"  {one.name} ({one.position} of {total}): {value}", f"    restrictions: {bound}"]


def _taken_lines(proved: Proved) -> list[str]:
    taken = proved.taken
    if taken is None:
        return ["The file does not show that it was taken over."]
    accepted, opened = rfc3339(taken.accepted_ms) or "-", rfc3339(taken.opened_ms) or "-"
    return [f"Taken over by {taken.by.authority} at {accepted}, read at {opened}."]
