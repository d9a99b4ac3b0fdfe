"""``tracing init``, ``run`` and ``card``: making a node, running it, and what a counterpart needs of it."""

import asyncio
import contextlib
import gc
import resource
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import structlog
import typer

from keys import card as cards
from protocol import base64url
from protocol.vocabulary.countries import COUNTRIES
from tracing import log, parts
from tracing.cli.call import PASSPHRASE_FILE, Call, call_of, read_passphrase, type_new_passphrase, work_at
from tracing.cli.exits import Ends, Exit
from tracing.cli.zones import weekend_of, zone_of
from tracing.clock import Ids, SystemClock
from tracing.founding import FOUNDING, HomeExists, found_node
from tracing.node import Node
from tracing.settings import Settings
from tracing.store import kind_of

__all__ = ["card", "init", "run"]

Part = Literal["all", "exchange", "desk", "worker"]
SETTINGS_EVERY_S = 2.0  # between looks at node.toml of a running node
PASSPHRASE_BYTES = 24  # 192 bits


def init(
    context: typer.Context,
    authority: Annotated[
        str, typer.Option(help="The id of this authority, e.g. br. It is never used again for another.")
    ],
    country: Annotated[str, typer.Option(help="ISO 3166-1 alpha-3, e.g. BRA.")],
    name: Annotated[str, typer.Option(help="The name other States will read.")],
    exchange: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Where counterparts' nodes connect.")
    ] = None,
    desk: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Where officers connect.")] = None,
    exchange_url: Annotated[str | None, typer.Option(help="The address counterparts use, if it is another.")] = None,
    database: Annotated[
        str | None,
        typer.Option(metavar="URL", help="sqlite:///FILE (in the home by default) or postgresql://USER@HOST/NAME."),
    ] = None,
    database_password_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="The file that holds the password of the database.")
    ] = None,
    zone: Annotated[str | None, typer.Option(help="The time zone days are counted in, e.g. America/Sao_Paulo.")] = None,
    token: Annotated[
        str | None, typer.Option(metavar="URI", help="Make the classical keys on a token: pkcs11:token=LABEL.")
    ] = None,
    token_module: Annotated[str | None, typer.Option(metavar="FILE", help="The PKCS#11 library of its maker.")] = None,
    pin_file: Annotated[str | None, typer.Option(metavar="FILE", help="The file that holds its PIN.")] = None,
    training: Annotated[bool, typer.Option("--training", help="A node for trying, with a root of its own.")] = False,  # noqa: FBT002 - a switch
) -> None:
    """Make a node's home: settings, keys, database. Nothing is sent."""
    call = call_of(context)
    given: dict[str, Any] = {"exchange": exchange, "desk": desk, "exchange_url": exchange_url, "database": database,
                             "database_password_file": database_password_file}  # fmt: skip
    custody = {"token": token, "module": token_module, "pin_file": pin_file}
    if any(custody.values()):
        given["custody"] = {name: value for name, value in custody.items() if value is not None}
    settings = _settings(
        call.home, {"authority": authority, "country": country, "name": name, **given}, zone, training=training
    )
    clock = SystemClock()
    ids = Ids(clock)
    passphrase, kept = _new_passphrase(call, ids)
    with _whole_or_not_there(call.home):
        request = found_node(call.home, settings, passphrase, clock, ids, kept=PASSPHRASE_FILE if kept else None)
        digest = _digest(call.home, passphrase) if training else request.digest
    _tell(call, settings, digest, kept=kept)


@contextlib.contextmanager
def _whole_or_not_there(home: Path) -> Iterator[None]:
    """What a founding that fails has made is removed again; what was there before is not."""
    was_there = home.exists()
    try:
        yield
    except HomeExists:
        raise
    except BaseException:
        for entry in home.iterdir() if home.is_dir() else ():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        if not was_there and home.is_dir():
            home.rmdir()
        raise


def _digest(home: Path, passphrase: bytes) -> str:
    """Of the first root, once more as a counterpart will verify it."""
    node = Node.open(home, passphrase)
    try:
        return node.trust.digest
    finally:
        node.close()


def _settings(home: Path, given: dict[str, Any], zone: str | None, *, training: bool) -> Settings:
    chosen = {name: value for name, value in given.items() if value is not None}
    country = str(chosen["country"])
    listed = country if country in COUNTRIES else ""  # one that does not exist is refused once, as --country
    usual = {"calendar": {"weekend": weekend_of(country), "holidays": listed}, "zone": zone or zone_of(country)}
    term = {"net": "training", "release": "one"} if training else {"net": "real", "release": "two"}
    return Settings.for_new(home, **usual, **term, **chosen)


def _new_passphrase(call: Call, ids: Ids) -> tuple[bytes, bool]:
    """The passphrase, and whether it must be kept in the home because there was nowhere else to take it from."""
    place = call.passphrase_place()
    if place is not None:
        return read_passphrase(place), False
    if sys.stdin.isatty() and not call.yes:
        return type_new_passphrase("New passphrase for the node's keys: "), False
    return base64url.encode(ids.random_bytes(PASSPHRASE_BYTES)).encode(), True


def _tell(call: Call, settings: Settings, digest: str, *, kept: bool) -> None:
    home, waits = call.home, settings.net == "real"
    if kept:
        call.out.say(
            f"The passphrase of the keys was drawn by chance and lies in {home / PASSPHRASE_FILE}. "
            "A real node should keep it elsewhere: see deploy/runbook.md"
        )
    document = {
        "authority": settings.authority, "net": settings.net, "home": str(home), "digest": digest,
        "exchange": settings.exchange, "desk": settings.desk, "waits_for_root": waits,
    }  # fmt: skip
    text = [f"{settings.authority} ({settings.name}) is made at {home}{'' if waits else ': TRAINING, not for cases'}."]
    if waits:
        text += [f"It waits for its root. Take {home / FOUNDING} to the holders (`tracing root new`); its digest is"]
    else:
        text += ["Digest for counterparts to compare:"]
    text += [f"  {cards.groups(digest)}", f"Next: tracing --home {home} {'root install FILE' if waits else 'run'}"]
    call.out.result(document, "\n".join(text))


# ---------------------------------------------------------------- run


def run(
    context: typer.Context,
    part: Annotated[Part, typer.Argument(help="all, or one part of a node that has PostgreSQL.")] = "all",
) -> None:
    """Run the node until SIGTERM. GET /readyz on the desk's port says when it is ready."""
    call = call_of(context)
    settings = call.settings
    if part != "all" and kind_of(settings.database) == "sqlite":
        raise Ends(
            Exit.CONFIGURATION,
            f"`run {part}` needs a database several processes share; this node keeps its data in SQLite: `tracing run`",
        )
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold keys
    log.set_up(SystemClock(), settings.log)
    asyncio.run(_run(call, settings, parts.Part(part)))


async def _run(call: Call, settings: Settings, part: parts.Part) -> None:
    node = call.unlocking(lambda passphrase: Node.open(call.home, passphrase, part=part))
    looking = asyncio.create_task(_tell_of_changes(node.settings), name="settings")
    try:
        await node.start()
        gc.collect()
        gc.freeze()  # what a node is made of stays: looking through it for garbage would hold every request up
        training = "TRAINING " if settings.net == "training" else ""
        doors = [f"officers at http://{settings.desk}"] if part.has_desk else []
        doors += [f"counterparts at {settings.url}"] if part.exchanges else []
        call.out.say(f"{training}node {settings.authority}: {', '.join(doors) or 'the worker, with no door'}")
        await node.run_until_stopped()
        if node.needs_new_start:
            raise Ends(Exit.TEMPORARY, "the keys of this node have changed: start this part again")
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        node.close()


async def _tell_of_changes(settings: Settings) -> None:
    """The file is read at the start only; whoever changes it meanwhile is told so, once for each change."""
    told = None
    while True:
        await asyncio.sleep(SETTINGS_EVERY_S)
        said = settings.changed_on_disk()
        if said and said != told:
            structlog.get_logger().warning("settings.changed", said=said)
        told = said


# ---------------------------------------------------------------- card


def card(
    context: typer.Context,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file to write; AUTHORITY.card by default.")
    ] = None,
) -> None:
    """Write the card counterparts pin this node by, and print the digest to compare."""
    call = call_of(context)

    async def work(node: Node) -> tuple[str, str, bytes]:
        return (
            node.trust.authority,
            node.trust.digest,
            cards.make(node.trust.root_documents, node.trust.keyset_document or b""),
        )

    authority, digest, content = work_at(call, work)
    file = output or Path(f"{authority}.card")
    file.write_bytes(content)
    if not call.as_json:  # a script takes the digest from the document, and nothing follows this sentence there
        call.out.say(f"{file} is what counterparts need. Compare this digest with them over another channel:")
    call.out.result({"authority": authority, "digest": digest}, cards.groups(digest))
