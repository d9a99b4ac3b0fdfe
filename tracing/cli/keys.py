"""``tracing keys``: the node's own keys over time (keys/README.md). It turns them itself; these show and hasten it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from keys import card as cards
from keys.documents import DAY_MS
from keys.founding import FoundingRequest, online_keys
from keys.rotation import KeyState, Slot
from keys.uses import KEM_USES, KEYSET_USES
from tracing.cli.call import by_command, call_of, work_at
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import table
from tracing.clock import from_ms, rfc3339, to_ms
from tracing.node import Node

__all__ = ["keys"]

keys = typer.Typer(no_args_is_help=True, help="The keys of this node: their state, their age, what comes next.")

USES = tuple(sorted(use.value for use in KEYSET_USES | KEM_USES))
HEADS = ("use", "algorithm", "state", "since", "until", "then", "kid")


@keys.command("list")
def list_all(context: typer.Context) -> None:
    """Every key with its state (NIST SP 800-57), age, expiry and what happens next."""
    call = call_of(context)

    async def work(node: Node) -> tuple[tuple[KeyState, ...], int]:
        return node.keyring.states(), node.clock.now_ms()

    found, now_ms = work_at(call, work)
    rows = [(one.use, one.alg, one.state, _day(one.since_ms), _day(one.until_ms), one.then, one.kid) for one in found]
    call.out.result([_document(one, now_ms) for one in found], table(HEADS, rows))


def _document(one: KeyState, now_ms: int) -> dict[str, Any]:
    return {
        "kid": one.kid,
        "use": one.use,
        "algorithm": one.alg,
        "status": one.status,
        "state": one.state,
        "since": rfc3339(one.since_ms),
        "age_days": (now_ms - one.since_ms) // DAY_MS,
        "until": rfc3339(one.until_ms),
        "then": one.then,
    }


def _day(at_ms: int | None) -> str:
    return "" if at_ms is None else f"{from_ms(at_ms):%Y-%m-%d}"


@keys.command("rotate")
def rotate(
    context: typer.Context,
    use: Annotated[
        str | None, typer.Argument(metavar="[USE]", help=f"One of {', '.join(USES)}; all by default.")
    ] = None,
) -> None:
    """Announce successors before their time. They go live after three refresh intervals; nothing fails meanwhile."""
    call = call_of(context)
    if use is not None and use not in USES:
        raise Ends(Exit.USAGE, f"{use!r} is no use of a key that turns; expected one of {', '.join(USES)}")

    async def work(node: Node) -> tuple[tuple[Slot, ...], int]:
        slots = await asyncio.to_thread(node.keyring.rotate, use, by_command())
        return slots, node.keyring.voice.keyset.ver

    slots, ver = work_at(call, work)
    document = {"announced": [{"use": one.use.value, "algorithm": one.alg} for one in slots], "keyset": ver}
    call.out.result(document, f"successors of {len(slots)} keys stand in keyset {ver}: `tracing keys list` says when")


@keys.command("revoke")
def revoke(
    context: typer.Context,
    kids: Annotated[
        list[str] | None, typer.Argument(metavar="[KID ...]", help="The keys, as `keys list` names them.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every key the keyset lists: a stolen backup.")] = False,  # noqa: FBT002 - a switch
    since: Annotated[str | None, typer.Option(metavar="MOMENT", help="Since when they may be in other hands.")] = None,
) -> None:
    """Say that keys are in other hands since a moment, and replace them at once."""
    call = call_of(context)
    if bool(kids) == every:
        raise Ends(Exit.USAGE, "name the keys to revoke, or say --all")
    moment = None if since is None else moment_of(since)
    call.confirm(f"{'Every key' if every else ', '.join(kids or [])} will never count again. Revoke?")

    async def work(node: Node) -> tuple[tuple[str, ...], int]:
        since_ms = node.clock.now_ms() if moment is None else moment
        chosen = await asyncio.to_thread(node.keyring.revoke, kids or None, since_ms, by_command())
        return chosen, node.keyring.voice.keyset.ver

    chosen, ver = work_at(call, work)
    document = {"revoked": list(chosen), "keyset": ver}
    call.out.result(
        document, f"{len(chosen)} keys are revoked and replaced in keyset {ver}; counterparts are shown it now"
    )


def moment_of(said: str) -> int:
    """Milliseconds of an ISO 8601 moment; UTC where it names no zone. Ends for anything else."""
    try:
        moment = datetime.fromisoformat(said)
        return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError) as error:
        raise Ends(Exit.USAGE, f"{said!r} is no moment; expected one like 2026-11-20T08:15:00Z") from error


@keys.command("request")
def request(
    context: typer.Context,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file for the holders.")],
) -> None:
    """Make new keys that sign keysets, and the request that the holders put them into the next root."""
    call = call_of(context)

    async def work(node: Node) -> FoundingRequest:
        made = await asyncio.to_thread(node.keyring.make_keyset_keys)
        members = {"itx_founding": 1, "net": node.settings.net, "auth": node.settings.authority}
        names = {"country": node.settings.country, "name": node.settings.name}
        return FoundingRequest.model_validate(members | names | {"keyset": online_keys(made)})

    asked = work_at(call, work)
    output.write_bytes(asked.to_bytes())
    call.out.say(f"Take {output} to the holders (`tracing root new --after ...`); its digest is")
    call.out.result({"file": str(output), "digest": asked.digest}, cards.groups(asked.digest))
