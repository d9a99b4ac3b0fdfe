"""``tracing keys``: the node's own keys over time (keys/README.md). It turns them itself; these show and hasten it."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from keys import card as cards
from keys.documents import DAY_MS
from keys.founding import FoundingRequest, online_keys
from keys.role import REPLACED
from keys.rotation import KeyState, Slot
from keys.uses import TURNING, Use
from tracing.cli.call import by_command, call_of, work_at
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import counted, table
from tracing.clock import SystemClock, from_ms, rfc3339, to_ms
from tracing.node import Node

__all__ = ["keys"]

keys = typer.Typer(no_args_is_help=True, help="The keys of this node: their state, their age, what comes next.")

USES = tuple(sorted(use.value for use in TURNING))
HYPHENED = re.compile(r"-[A-Za-z0-9_-]{42}")  # a kid (base64url of 32 bytes) that looks like an option
SINCE = (
    "Since when they may be in other hands: a moment with its zone, 2026-11-20T08:15Z (Z is UTC) or "
    "2026-11-20T11:15+03:00, or a day, 2026-11-20, which begins at 0:00 UTC; never later than now. What came from this "
    "node since then is to be confirmed at each counterpart. Without it: since now, and nothing that came before is "
    "asked about."
)
HEADS = ("use", "algorithm", "state", "since", "days", "until", "then", "kid")


@keys.command("list")
def list_all(context: typer.Context) -> None:
    """Every key with its state (NIST SP 800-57), age, expiry and what happens next."""
    call = call_of(context)

    async def work(node: Node) -> tuple[tuple[KeyState, ...], int, int]:
        return node.keyring.states(), node.keyring.voice.keyset.ver, node.clock.now_ms()

    found, keyset, now_ms = work_at(call, work)
    if not call.as_json:
        call.out.say(f"keyset {keyset}")
    call.out.result([_document(one, now_ms) for one in found], table(HEADS, [_row(one, now_ms) for one in found]))


def _row(one: KeyState, now_ms: int) -> tuple[Any, ...]:
    age = _age_days(one, now_ms)
    return one.use, one.alg, one.state, _day(one.since_ms), age, _day(one.until_ms), one.then, one.kid


def _document(one: KeyState, now_ms: int) -> dict[str, Any]:
    return {
        "kid": one.kid,
        "use": one.use,
        "algorithm": one.alg,
        "status": one.status,
        "state": one.state,
        "since": rfc3339(one.since_ms),
        "age_days": _age_days(one, now_ms),
        "until": rfc3339(one.until_ms),
        "then": one.then,
    }


def _age_days(one: KeyState, now_ms: int) -> int | None:
    """How long it has been in its state."""
    return None if one.since_ms is None else (now_ms - one.since_ms) // DAY_MS


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
    if use == Use.KEYSET:
        raise Ends(Exit.USAGE, f"a key that signs keysets does not turn by itself: {REPLACED}")
    if use is not None and use not in USES:
        raise Ends(Exit.USAGE, f"{use!r} is no use of a key that turns; expected one of {', '.join(USES)}")

    async def work(node: Node) -> tuple[tuple[Slot, ...], int]:
        slots = await asyncio.to_thread(node.keyring.rotate, use, by_command())
        return slots, node.keyring.voice.keyset.ver

    slots, ver = work_at(call, work)
    document = {"announced": [{"use": one.use.value, "algorithm": one.alg} for one in slots], "keyset": ver}
    what = counted(len(slots), "successor stands", "successors stand")
    call.out.result(document, f"{what} in keyset {ver}: `tracing keys list` says when each goes live")


@keys.command("issue")
def issue(
    context: typer.Context,
    above: Annotated[int, typer.Option(metavar="VERSION", min=0, help="Of a keyset that another node issued.")] = 0,
) -> None:
    """Issue the keyset again, above a version that a copy of this node has shown to counterparts."""
    call = call_of(context)

    async def work(node: Node) -> int:
        return await asyncio.to_thread(node.keyring.issue, above, by_command())

    ver = work_at(call, work)
    call.out.result({"keyset": ver}, f"keyset {ver} is issued; counterparts are shown it now")


class _TakesKids(TyperCommand):
    """Takes a kid that begins with a hyphen for what it is, as if it stood behind ``--``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        end = args.index("--") if "--" in args else len(args)
        kids = [word for word in args[:end] if HYPHENED.fullmatch(word)]
        words = [word for word in args[:end] if word not in kids]
        return super().parse_args(ctx, [*words, "--", *kids, *args[end + 1 :]])


@keys.command("revoke", cls=_TakesKids)
def revoke(
    context: typer.Context,
    kids: Annotated[
        list[str] | None, typer.Argument(metavar="[KID ...]", help="The keys, as `keys list` names them.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every key the keyset lists: a stolen backup.")] = False,  # noqa: FBT002 - a switch
    since: Annotated[str | None, typer.Option(metavar="MOMENT", help=SINCE)] = None,
) -> None:
    """Say that keys are in other hands since a moment, and replace them at once."""
    call = call_of(context)
    if bool(kids) == every:
        raise Ends(Exit.USAGE, "name the keys to revoke, or say --all")
    moment = None if since is None else _past(SystemClock().now_ms(), moment_of(since))

    async def work(node: Node) -> tuple[tuple[str, ...], int, int]:
        since_ms, before = _past(node.clock.now_ms(), moment), _revoked(node)
        if news := node.keyring.revocable(kids or None, since_ms):
            call.confirm(f"{'Every key' if every else ', '.join(news)} will never count again. Revoke?")
        chosen = await asyncio.to_thread(node.keyring.revoke, kids or None, since_ms, by_command())
        await node.store.write(node.checkpoints.sign_due)  # what a revoked key of the log had signed is signed anew
        return chosen, len(before.intersection(chosen)), node.keyring.voice.keyset.ver

    chosen, earlier, ver = work_at(call, work)
    said = _said_revoked(len(chosen) - earlier, earlier, ver, every=every)
    call.out.result({"revoked": list(chosen), "keyset": ver}, said)


def _revoked(node: Node) -> set[str]:
    return {one.kid for one in node.keyring.states() if one.status == "revoked"}


def _past(now_ms: int, moment: int | None) -> int:
    if moment is not None and moment > now_ms:
        raise Ends(Exit.USAGE, f"{rfc3339(moment)} has not come yet; say since when the keys may be in other hands")
    return now_ms if moment is None else moment


def _said_revoked(count: int, earlier: int, ver: int, *, every: bool) -> str:
    """Those revoked now; those revoked before, since a later moment than the one given now, apart."""
    if not count and not earlier:
        return f"no key was left to revoke: each is revoked already, since then or before; keyset {ver} stands"
    now = counted(count, "key is revoked, and replaced if it was in use", "keys are revoked, those in use replaced")
    before = counted(earlier, "key revoked before counts", "keys revoked before count")
    moved = f"{before} as revoked since the earlier moment now"
    what = "; ".join([*([now] if count else []), *([moved] if earlier else [])])
    told = f"{what}, in keyset {ver}; counterparts are shown it now"
    return (
        f"{told}\nNot among them are the keys that sign keysets. Were they in other hands too: {REPLACED}"
        if every
        else told
    )


def moment_of(said: str) -> int:
    """Milliseconds of a day (UTC), or of a moment with its zone: an hour contests or not. Ends for anything else."""
    try:
        moment = datetime.fromisoformat(said)
        if moment.tzinfo or len(said) == len("2026-11-20"):
            return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        pass
    msg = f"{said!r} is no moment; expected one with its zone, like 2026-11-20T08:15:00Z or ...T08:15+03:00"
    raise Ends(Exit.USAGE, msg)


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
