"""``tracing doctor``: looks at everything a node stands on, names the layer that fails, and says how to mend it.

It changes nothing, and sends nothing but a question to each counterpart, to the mail server and to the time-stamp
authority. Exit code 3 when something is wrong.
"""

import asyncio
import http.client
import os
import shutil
import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import typer
from sqlalchemy import func, select

from keys.signer import is_on_hardware
from keys.trust import Freshness
from keys.uses import Use
from keys.vault import Vault
from protocol import strictjson
from protocol.errors import ProtocolError
from tracing.attachments import checking
from tracing.casework import tallies
from tracing.casework.evidence import NotStamped
from tracing.channels.faults import TargetAway
from tracing.channels.mail.server import probe
from tracing.channels.standing import MAIL, standing_of
from tracing.channels.webhooks.hooks import all_hooks
from tracing.cli.call import Call, call_of
from tracing.cli.exits import Ends, Exit, foreseen
from tracing.cli.output import counted, table
from tracing.cli.ways import broken, sentence, try_way
from tracing.clock import SystemClock, from_ms
from tracing.custody import hardware_of
from tracing.database import engine_of
from tracing.node import Node
from tracing.partners import Partner
from tracing.settings import Address, Settings
from tracing.store import HEAD, View, schema_version
from tracing.store.schema import first_damage
from tracing.tables import Leaf
from tracing.trust.foreign import what_to_do
from tracing.trust.quorum import quorum
from tracing.trust.untaken import untaken

__all__ = ["doctor"]

LEAST_FREE = 1024 * 1024 * 1024  # below a gigabyte a busy node has days left
CLOCK_BACK_MS = 60_000
MOST_BYTES = 4096  # of what answers on the desk's port
MOST_NAME = 64
_leaves = Leaf.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Finding:
    """One layer, whether it is sound, and what was seen or is to be done. A warning is sound, and somebody's choice."""

    layer: str
    ok: bool
    said: str
    warning: bool = False

    @property
    def word(self) -> str:
        """How it stands, for people."""
        return "BAD" if not self.ok else "WARN" if self.warning else "ok"


def doctor(context: typer.Context) -> None:
    """Check configuration, keys, permissions, clock, database, schema, disk, attachments and counterparts."""
    call = call_of(context)
    found = list(_findings(call))
    bad = [one for one in found if not one.ok]
    document = {"ok": not bad, "checks": [asdict(one) for one in found]}
    if bad:
        for one in found:
            call.out.say(f"{one.word:<4} {one.layer}: {one.said}")
        raise Ends(
            Exit.PROBLEMS,
            f"{counted(len(bad), 'layer needs', 'layers need')} mending, first {bad[0].layer}: {bad[0].said}",
            document,
        )
    call.out.result(document, table(("layer", "", ""), [(one.layer, one.word, one.said) for one in found]))


def _findings(call: Call) -> Iterator[Finding]:
    """Layer by layer; what stands on a broken one is not looked at."""
    config = _try("configuration", lambda: f"{call.settings.authority} ({call.settings.net}), {call.home}")
    yield config
    if not config.ok:
        return
    settings = call.settings
    yield _permissions(call.home)
    yield _disk(call.home)
    who = _who_answers(settings)
    yield from (
        _listener(name, at, call.home, who) for name, at in (("exchange", settings.exchange), ("desk", settings.desk))
    )
    keys = _try("keys", lambda: _keys(call))
    schema = _try("database", lambda: _schema(settings))
    yield from (keys, schema)
    if keys.ok and schema.ok:
        yield from asyncio.run(_inside(call))


def _try(layer: str, look: Callable[[], str]) -> Finding:
    """A look whose foreseen faults are findings."""
    try:
        return Finding(layer, ok=True, said=look())
    except Exception as error:  # what nobody foresaw flies on
        end = foreseen(error)
        if end is None:
            raise
        return Finding(layer, ok=False, said=str(end))


def _permissions(home: Path) -> Finding:
    loose = [
        place for place in (home, home / "keys", home / "secrets") if place.exists() and place.stat().st_mode & 0o077
    ]
    if loose:
        return Finding("permissions", ok=False, said=f"open to others: {', '.join(map(str, loose))}; chmod 700 them")
    return Finding("permissions", ok=True, said="nobody but the owner")


def _disk(home: Path) -> Finding:
    free = shutil.disk_usage(home).free
    said = f"{free / 1024**3:.1f} GiB free"
    return (
        Finding("disk", ok=True, said=said)
        if free >= LEAST_FREE
        else Finding("disk", ok=False, said=f"{said}: make room")
    )


def _keys(call: Call) -> str:
    vault = call.unlocking(lambda passphrase: Vault.open(call.home / "keys", passphrase, uses=()))
    on_token = sum(is_on_hardware(record.uri) for record in vault.records())
    module = hardware_of(call.settings, SystemClock())
    if module is None and not on_token:
        return f"{len(vault.records())} keys, and the passphrase opens them"
    if module is None:
        raise Ends(Exit.CONFIGURATION, f"{on_token} keys lie in a hardware module: name it in node.toml, [custody]")
    try:
        module.check()
    finally:
        module.close()
    return f"{len(vault.records())} keys; {on_token} on the token {module.token.label!r}, which answers"


def _schema(settings: Settings) -> str:
    engine = engine_of(settings)
    try:
        version = schema_version(engine)
        if version is None or version < HEAD:
            return f"schema {version or 'none'}; the next start brings it to {HEAD}"
        if engine.dialect.name == "postgresql":
            return f"schema {version}, on a PostgreSQL that keeps what it promises"
        if (broken := first_damage(engine)) is not None:
            raise Ends(
                Exit.PROBLEMS,
                f"the database file is damaged ({broken}): stop the node, copy it away, see deploy/runbook.md",
            )
        return f"schema {version}, sound"
    finally:
        engine.dispose()


def _listener(name: str, address: Address, home: Path, who: dict[str, Any]) -> Finding:
    """Free, or taken by this node: who answers on the desk's port must know the run that claimed this home."""
    layer, run = f"{name} port", _run_of(home)
    with socket.socket(socket.AF_INET6 if ":" in address.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as error:
            if run is not None and who.get("run") == run:
                return Finding(layer, ok=True, said=f"{address}: the node is running")
            other = (
                f" by the desk of {str(who['authority'])[:80]!r}, which runs from another home"
                if "authority" in who
                else ""
            )
            return Finding(
                layer, ok=False, said=f"{address}: {error.strerror}{other}: stop the other program or change node.toml"
            )
    return Finding(layer, ok=True, said=f"{address}: free; the node is not running")


def _run_of(home: Path) -> str | None:
    """The name of the run that claimed this home last."""
    try:
        return (home / "running").read_text("ascii")[:MOST_NAME] or None
    except (OSError, ValueError):
        return None


def _who_answers(settings: Settings) -> dict[str, Any]:
    """What stands on the desk's port says of itself; nothing of what is no node."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.desk.host, settings.desk.host)  # noqa: S104 - compared, not bound
    try:
        with _asked(f"http://{host}:{settings.desk.port}/readyz") as answer:
            said = strictjson.load(answer.read(MOST_BYTES), MOST_BYTES)
    except (OSError, ValueError, http.client.HTTPException, ProtocolError):
        return {}
    return said if isinstance(said, dict) else {}


def _asked(url: str) -> Any:
    """The answer, whatever its status: a node that waits for something (503) says who it is all the same."""
    try:
        return urllib.request.urlopen(url, timeout=2)  # noqa: S310 - our own settings give the host
    except urllib.error.HTTPError as answer:
        return answer


async def _inside(call: Call) -> list[Finding]:
    node = await asyncio.to_thread(_open, call)
    if isinstance(node, Finding):
        return [node]
    try:
        found = [_trust(node), _alarms(node), await node.store.read(lambda view: _clock(view, node.clock.now_ms()))]
        found.append(await node.store.read(lambda view: _witnesses(view, node)))
        found.append(await node.store.read(_ledger))
        found.append(await _mail(node))
        found.append(await node.store.read(_webhooks))
        found.append(await _stamps(node))
        found.append(_attachments(node, await node.store.read(checking.expected)))
        found += [await _counterpart(node, partner) for partner in node.partners.all()]
        return found
    finally:
        node.close()


async def _counterpart(node: Node, partner: Partner) -> Finding:
    """The way to it, and whether it takes what we say."""
    found = await _way(node, partner)
    parked = (await node.store.read(lambda view: untaken(view, node.clock.now_ms()))).get(partner.authority)
    if parked is None:
        return found
    return replace(found, said=f"{parked.said_whole}; {found.said}", warning=True)


async def _way(node: Node, partner: Partner) -> Finding:
    """The way to a counterpart, as ``tracing counterpart test`` tries it."""
    layer = f"counterpart {partner.authority}"
    if partner.is_suspended:
        remedy = f"`tracing counterpart resume {partner.authority}`"
        said = f"suspended by this node: nothing is sent to it nor taken from it until {remedy}"
        return Finding(layer, ok=True, said=said, warning=True)
    if not partner.on_node:
        return Finding(layer, ok=True, said="reached by letter; there is no node to test")
    if partner.carriage == "file":
        return Finding(layer, ok=True, said="reached by file (tracing bundle); there is no line to test")
    mine = node.identity().keyset_version
    foreign = await node.store.read(partial(what_to_do, of=partner.authority, mine=mine))
    if foreign is not None:
        return Finding(layer, ok=False, said=foreign)
    layers = await try_way(node, partner.authority)
    bad = broken(layers)
    said = "; ".join(one.detail for one in layers) if bad is None else sentence(bad)
    return Finding(layer, ok=bad is None, said=said)


def _open(call: Call) -> Node | Finding:
    try:
        return call.unlocking(lambda passphrase: Node.open(call.home, passphrase))
    except Exception as error:  # what nobody foresaw flies on
        end = foreseen(error)
        if end is None:
            raise
        return Finding("root", ok=False, said=str(end))


def _trust(node: Node) -> Finding:
    if any(one.use == Use.KEYSET and one.state == "lost" for one in node.keyring.states()):
        said = "a key that signs keysets is lost; nothing fails until the next keyset: keys/README.md, Lost keyset role"
        return Finding("root", ok=False, said=said)
    fresh = node.trust.freshness(node.clock.now_ms())
    keyset = node.trust.keyset
    until = "" if keyset is None else f"{from_ms(min(keyset.exp, node.trust.root.exp)):%Y-%m-%d}"
    if fresh is Freshness.CURRENT:
        return Finding("root", ok=True, said=f"root and keyset hold until {until}")
    return Finding(
        "root", ok=False, said=f"root or keyset ended on {until}: counterparts will hold what this node sends"
    )


def _ledger(view: View) -> Finding:
    """The tallies of the ledger against a recount of every case."""
    difference = tallies.first_difference(view)
    if difference is None:
        return Finding("ledger", ok=True, said="every tally is what the cases come to")
    return Finding("ledger", ok=False, said=f"{difference}: run tracing counterpart recount")


def _witnesses(view: View, node: Node) -> Finding:
    """Who vouches for our trail; amber is a warning."""
    found = quorum(view, node.clock.now_ms(), node.settings.audit.quorum)
    if not found.witnesses:
        return Finding("witnesses", ok=True, said="no counterpart has a node: nobody to vouch for the trail yet")
    said = f"{found.current} of {len(found.witnesses)} counterparts cosigned within two days, {found.needed} must"
    return Finding("witnesses", ok=True, said=said, warning=not found.is_met)


def _alarms(node: Node) -> Finding:
    node.partners.reload()
    alarms = node.partners.alarms
    if not alarms:
        return Finding("trust", ok=True, said="no alarm about keys")
    first = alarms[0]
    said = f"{len(alarms)} alarm(s) about keys, first {first.authority}: {first.said}; `tracing counterpart alarms`"
    return Finding("trust", ok=False, said=said)


async def _mail(node: Node) -> Finding:
    """The mail server, tried up to the sign-in, and what it was like of late."""
    if not node.settings.mail.server:
        return Finding("mail", ok=True, said="no server in [mail]: reminders are shown at the desk only")
    try:
        said = await probe(node.settings.mail)
    except TargetAway as error:
        return Finding("mail", ok=False, said=f"{node.settings.mail.server}: {error}: mend [mail], or the server")
    trouble = (await node.store.read(lambda view: standing_of(view, MAIL))).trouble("the mail server")
    return Finding("mail", ok=trouble is None, said=trouble or said)


def _webhooks(view: View) -> Finding:
    """What each receiver was like of late; none is called."""
    hooks = all_hooks(view)
    told = (standing_of(view, hook.target).trouble(f"the webhook {hook.name!r}") for hook in hooks)
    if troubles := [one for one in told if one]:
        return Finding("webhooks", ok=False, said="; ".join(troubles))
    return Finding("webhooks", ok=True, said=f"{len(hooks)} webhook(s)" if hooks else "none")


async def _stamps(node: Node) -> Finding:
    """The time-stamp authority, asked for one of nothing; evidence leaves without it too."""
    if node.office.stamper is None:
        return Finding("time-stamps", ok=True, said="no authority in [evidence]: evidence leaves without a time-stamp")
    try:
        await node.office.stamper.stamp(sha256(b"").digest())
    except NotStamped as error:
        said = f"evidence leaves without a time-stamp: {error}: mend [evidence], or ask the authority"
        return Finding("time-stamps", ok=True, said=said, warning=True)
    known = "" if node.settings.evidence.timestamp_ca else "; timestamp_ca names nobody who must vouch for it"
    return Finding("time-stamps", ok=True, said=f"a stamp came, and holds{known}")


def _attachments(node: Node, digests: list[str]) -> Finding:
    """By their names alone; ``tracing audit verify`` reads every byte."""
    if gone := checking.missing(node.folder, digests):
        found = f"{len(gone)} of {len(digests)} files are missing, first {gone[0]}"
        said = f"{found}: restore {node.folder.path} from a backup"
        return Finding("attachments", ok=False, said=said)
    return Finding("attachments", ok=True, said=f"all {len(digests)} files are in the folder")


def _clock(view: View, now_ms: int) -> Finding:
    last = view.conn.execute(select(func.max(_leaves.c.at_ms))).scalar() or 0
    if last > now_ms + CLOCK_BACK_MS:
        return Finding(
            "clock",
            ok=False,
            said=f"the machine's clock is behind the last entry ({from_ms(last):%Y-%m-%d %H:%M}): set it",
        )
    zone = os.environ.get("TZ", "")
    return Finding(
        "clock", ok=True, said=f"{SystemClock().now():%Y-%m-%d %H:%M:%S} UTC{f', TZ={zone}' if zone else ''}"
    )
