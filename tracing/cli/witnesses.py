"""``tracing audit witnesses|witnessed|prove|check|anew``: counterparts as witnesses of our trail, and we of theirs."""

from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import select

from keys.card import Card, make
from keys.contradiction import MAX_BYTES, ContradictionRefused, Contradictory
from keys.contradiction import make as make_proof
from keys.contradiction import verify as verify_proof
from protocol import strictjson
from protocol.witness import Dated
from tracing import audit as trail
from tracing.audit.vouched import write_file
from tracing.cli.audit_trail import audit
from tracing.cli.call import by_command, call_of, work_at
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import table
from tracing.cli.pins import Pins, pins_of
from tracing.clock import rfc3339
from tracing.node import Node
from tracing.store import Tx, View
from tracing.store.entries import all_trees
from tracing.tables import TrustAlarm, table_of
from tracing.trust.alarms import end_alarms
from tracing.trust.cosigned import STRANGE
from tracing.trust.quorum import Quorum, quorum
from tracing.trust.witnessing import ALARMS, held_hashes, held_note

__all__ = ["audit"]

HEADS = ("witness", "entries", "cosigned", "on", "")
MOST_PROOF = 1024 * 1024
Authority = Annotated[str, typer.Argument(metavar="AUTHORITY", help="The id of the counterpart, e.g. at.")]
Output = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where it goes.")]
_alarms = table_of(TrustAlarm)


@audit.command("witnesses")
def witnesses(context: typer.Context) -> None:
    """Who cosigns our trees, how far, and whether the quorum of the settings is met; exit code 3 where it is not."""
    call = call_of(context)
    found = work_at(call, _quorum)
    document = {
        "green": found.is_met, "needed": found.needed, "current": found.current,
        "items": [
            {"witness": one.witness, "entries": one.size, "cosigned": one.cosigned, "at": rfc3339(one.at_ms),
             "state": one.state}
            for one in found.witnesses
        ],
    }  # fmt: skip
    if not found.is_met:
        raise Ends(Exit.PROBLEMS, f"amber: {found.current} of {found.needed} witnesses are current", document)
    rows = [(one.witness, one.size, one.cosigned, rfc3339(one.at_ms) or "-", one.state) for one in found.witnesses]
    call.out.result(document, table(HEADS, rows) if rows else "no counterpart has a node: nobody to witness")


async def _quorum(node: Node) -> Quorum:
    needed, now_ms = node.settings.audit.quorum, node.clock.now_ms()
    return await node.store.read(lambda view: quorum(view, now_ms, needed))


@audit.command("witnessed")
def witnessed(context: typer.Context, authority: Authority, output: Output) -> None:
    """Write what this node cosigned last of a counterpart's log: the file to verify that node against."""
    call = call_of(context)
    if output.exists():
        raise Ends(Exit.USAGE, f"{output} is there already; nothing is written over it")
    row, hashes = work_at(call, lambda node: node.store.read(lambda view: _held(view, authority)))
    with output.open("w", encoding="utf-8") as out:
        out.writelines(write_file(row.note, hashes))
    document = {"file": str(output), "origin": row.origin, "size": row.size, "entries": len(hashes)}
    known = "with the hash of each" if hashes else "without their hashes"
    call.out.result(document, f"{output} holds the checkpoint of {row.origin} over {row.size} entries, {known}")


def _held(view: View, authority: str) -> tuple[Any, list[bytes]]:
    row = held_note(view, authority)
    if row is None:
        raise Ends(Exit.FAILED, f"nothing of a log of {authority[:64]!r} was cosigned here")
    return row, [] if row.peaks is None else held_hashes(view, authority, row.origin)


# ---------------------------------------------------------------- proofs of two histories


@audit.command("prove")
def prove(context: typer.Context, authority: Authority, output: Output) -> None:
    """Write the proof that a counterpart's log told two histories, for anybody who knows its root."""
    call = call_of(context)
    if output.exists():
        raise Ends(Exit.USAGE, f"{output} is there already; nothing is written over it")
    data = work_at(call, lambda node: _proof(node, authority))
    output.write_bytes(data)
    call.out.result(
        {"file": str(output), "bytes": len(data)}, f"{output} shows that the log of {authority} contradicts itself"
    )


async def _proof(node: Node, authority: str) -> bytes:
    of = (_alarms.c.authority == authority, _alarms.c.code.in_(ALARMS.values()), _alarms.c.document.is_not(None))
    query = select(_alarms.c.document).where(*of).order_by(_alarms.c.last_ms.desc())
    kept = [
        strictjson.load(document, MOST_PROOF)
        for document in await node.store.read(lambda view: view.conn.execute(query).scalars().all())
    ]
    partner = node.partners.get(authority)
    shown = [one for one in kept if one["what"] != "unproved"]
    if partner is None or partner.trust is None or partner.trust.keyset_document is None or not shown:
        raise Ends(Exit.FAILED, f"nothing here shows two histories of a log of {authority[:64]!r}")
    card = Card.read(make(partner.trust.root_documents, partner.trust.keyset_document))
    return make_proof(shown[0]["what"], shown[0]["notes"], card)


@audit.command("check")
def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The proof.")],
    pin: Pins,
) -> None:
    """Check a proof of two histories with nothing but the roots you name; exit code 6 says what does not hold."""
    call = call_of(context)
    pins = pins_of(pin)
    with file.open("rb") as source:
        data = source.read(MAX_BYTES + 1)
    try:
        found = verify_proof(data, pins)
    except ContradictionRefused as error:
        document = {"ok": False, "error": error.code, "message": str(error), "exit": 6}
        raise Ends(Exit.INTEGRITY, f"{file} proves nothing: {error}", document) from error
    call.out.result(_document(found), _text(found))


def _document(found: Contradictory) -> dict[str, Any]:
    notes = [_note(found.first), _note(found.then)]
    return {"ok": True, "what": found.what, "authority": found.authority, "origin": found.origin, "checkpoints": notes}


def _note(of: Dated) -> dict[str, Any]:
    return {"size": of.head.size, "root": of.head.root.hex(), "signed": rfc3339(of.seconds * 1000)}


def _text(found: Contradictory) -> str:
    lines = [
        f"  {one.head.size} entries, root {one.head.root.hex()}, signed {rfc3339(one.seconds * 1000)}"
        for one in (found.first, found.then)
    ]
    said = "two histories of one size" if found.what == "fork" else "a later checkpoint over fewer entries"
    return "\n".join([
        f"the keys of {found.authority} signed {said} of the log {found.origin}:", *lines,
        "Not proved: why. A copied home, an older database, a rewritten trail, or stolen keys of the log do this.",
    ])  # fmt: skip


@audit.command("anew")
def anew(
    context: typer.Context, authority: Authority, why: Annotated[str, typer.Option(help="In words, for the trail.")]
) -> None:
    """Go on with the tree of a counterpart under a new name, where its former one is contradicted for good."""
    call = call_of(context)

    async def work(node: Node) -> str:
        if node.partners.get(authority) is None or authority not in await node.store.read(all_trees):
            raise Ends(Exit.FAILED, f"{authority[:64]!r} is no counterpart with a tree here")
        return await node.store.write(lambda tx: _begin(tx, node.settings.authority, authority, why))

    origin = work_at(call, work)
    call.out.result({"origin": origin}, f"the tree with {authority} goes on as {origin}")


def _begin(tx: Tx, me: str, authority: str, why: str) -> str:
    origin = trail.begin_anew(tx, authority, {"with": authority, "actor": by_command(), "why": why})
    end_alarms(tx, me, STRANGE, actor=by_command())
    return origin
