"""``tracing root``: the ceremony of the holders, by files, on machines without network (keys/README.md)."""

import asyncio
import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import IntegrityError

from keys import card as cards
from keys import ceremony, founding
from keys.errors import SignatureRefused
from keys.holders import HolderKeys, open_holder, read_holder
from keys.roots import SignedRoot, read_root
from keys.trust import TrustSet
from keys.uses import Use
from keys.vault import Vault
from tracing.cli.call import Call, by_command, call_of, read_passphrase, type_new_passphrase, work_at
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import table
from tracing.clock import Ids, SystemClock, from_ms
from tracing.founding import FOUNDING, install_root
from tracing.node import Node, NotFounded

__all__ = ["roots"]

roots = typer.Typer(no_args_is_help=True, help="The root of an authority, and the ceremony of its holders.")

RootFile = Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The root file.")]
Folder = Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where the files of the ceremony go.")]
LARGEST = cards.MAX_CARD_BYTES + 1  # a root of 64 signatures stays far below
KEY_FILES = "holder-*.key"
CARD_BEGINS = b'{"itx_card"'


After = Annotated[
    Path | None,
    typer.Option(
        "--after", exists=True, dir_okay=False, help="The root before it (`tracing root show -o FILE`), or a card."
    ),
]


@roots.command("new")
def new(
    context: typer.Context,
    output: Folder,
    threshold: Annotated[int, typer.Option(min=1, help="How many holders must sign.")] = 2,
    holder: Annotated[list[str] | None, typer.Option(help="A new holder's name; once for each.")] = None,
    keep: Annotated[list[str] | None, typer.Option(help="With --after: a holder who stays; once for each.")] = None,
    after: After = None,
    request: Annotated[
        Path | None,
        typer.Option("--founding", help="The node's founding.json (with --after: of `keys request`), if it has one."),
    ] = None,
) -> None:
    """Make a key file for each new holder and the root for the holders to sign: the first, or the next one."""
    call = call_of(context)
    holders, place = holder or [], request or (None if after else call.home / FOUNDING)
    if len({*holders, *(keep or [])}) != len(holders) + len(keep or []):
        raise Ends(Exit.USAGE, "two holders bear the same name")
    asked = None if place is None else _asked(call, place)
    passphrases = {name: _passphrase(call, f"New passphrase of {name}: ", new=True) for name in holders}
    clock = SystemClock()
    random, at_ms, there = Ids(clock).random_bytes, clock.now_ms(), set(output.glob(KEY_FILES))
    if after is None:
        assert asked is not None, "a first root has a request"
        file = ceremony.new_ceremony(output, asked, passphrases, threshold, random, at_ms=at_ms)
    else:
        change = ceremony.Change(keep or [], passphrases, threshold, asked)
        former = _previous(after)
        assert former is not None, "given"
        file = ceremony.next_ceremony(output, former, change, random, at_ms=at_ms)
    keys = sorted(str(each) for each in {*output.glob(KEY_FILES)} - there)
    call.out.result({"root": str(file), "holders": keys, "threshold": threshold}, _for_holders(file, keys))


def _for_holders(file: Path, keys: list[str]) -> str:
    """Those who stay have their files already."""
    if not keys:
        return f"{file} is for the holders to sign, each with the file he has"
    new = "".join(f"\n  {each}" for each in keys)
    return f"{file} is for the holders to sign, each with his own file; those made now are{new}"


def _asked(call: Call, place: Path) -> founding.FoundingRequest:
    """The request, once somebody has compared its digest with the one the node showed."""
    asked = founding.read_founding(_content(place))
    call.out.say(f"Request of {asked.auth} ({asked.name}, {asked.country}, {asked.net}). Its digest, to be compared")
    call.out.say("with the one the node showed:")
    call.out.say(f"  {cards.groups(asked.digest)}")
    call.confirm("Are they the same?")
    return asked


@roots.command("sign")
def sign(
    context: typer.Context,
    file: RootFile,
    key: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="The holder's key file; a training node holds its own."),
    ] = None,
    after: After = None,
) -> None:
    """Read what a root would make true, and sign it with a holder's keys."""
    call, previous = call_of(context), _previous(after)
    call.out.say(_described(_report(_content(file), previous)))
    call.confirm("Sign this?")
    report = ceremony.sign_in_place(file, _holder(call, key), previous)
    call.out.result(report.summary(), f"signed by {_who(report)}; {_missing(report)}")


def _holder(call: Call, key: Path | None) -> HolderKeys:
    """From the holder's own file; at a training node, from its vault."""
    if key is not None:
        return open_holder(key, _passphrase(call, f"Passphrase of {read_holder(key).name} ({key}): "))
    if not (call.home / "node.toml").exists() or call.settings.net != "training":
        raise Ends(Exit.USAGE, "give --key FILE: the file of the holder who signs (only a training node holds its own)")
    return ceremony.training_holder(call.unlocking(lambda secret: Vault.open(call.home / "keys", secret, (Use.ROOT,))))


def _who(report: ceremony.RootReport) -> str:
    return ", ".join(dict.fromkeys((*report.former_signed, *report.signed))) or "nobody"


def _missing(report: ceremony.RootReport) -> str:
    if report.complete:
        return "complete"
    if not report.former_missing:
        return f"{report.missing} more must sign"
    former = f"{report.former_missing} more of the former root's holders must sign"
    return f"{report.missing} more of its own and {former}; one person may be both" if report.missing else former


@roots.command("install")
def install(
    context: typer.Context,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE ...", exists=True, dir_okay=False, help="The root file, or its signed copies."),
    ],
    card: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A new home for a lost node: the newest card of the authority."),
    ] = None,
) -> None:
    """Give the node the root its holders signed, the first or the next; copies signed apart are put together."""
    call = call_of(context)
    copies = [_content(file) for file in files]
    root = ceremony.combine(copies) if len(copies) > 1 else copies[0]
    _require_signed(root, files[0])
    if card is not None:
        trust = _install_first(call, root, _own_card(call, card))
    else:
        trust = _install_first(call, root) if read_root(root).root.ver == 1 else _install_next(call, root)
    document = {"authority": trust.authority, "digest": trust.digest, "version": trust.root.ver}
    text = (
        f"{trust.authority} has its root. Digest for counterparts to compare:\n  {cards.groups(trust.digest)}"
        if trust.root.ver == 1
        else f"{trust.authority} has root {trust.root.ver}; counterparts are shown it, and compare nothing anew"
    )
    call.out.result(document, text)


def _require_signed(content: bytes, file: Path) -> None:
    root = ceremony.unsigned(content)
    if root is not None:
        names = ", ".join(holder.name for holder in root.holders)
        msg = (
            f"{file} bears no signature yet: {root.threshold} of its holders ({names}) must sign it first, each with "
            "`tracing root sign FILE --key HOLDER.key`; nothing was installed"
        )
        raise Ends(Exit.INTEGRITY, msg)


def _own_card(call: Call, file: Path) -> cards.Card:
    """The card, once somebody has compared its digest with the one counterparts know this authority by."""
    card = cards.Card.read(_content(file))
    call.out.say(f"The first root in {file} has this digest; counterparts know {call.settings.authority} by it:")
    call.out.say(f"  {cards.groups(card.digest)}")
    call.confirm("Is it the digest that was compared with them?")
    return card


def _install_first(call: Call, root: bytes, card: cards.Card | None = None) -> TrustSet:
    clock = SystemClock()
    try:
        return call.unlocking(lambda passphrase: install_root(call.home, passphrase, root, clock, Ids(clock), card))
    except IntegrityError as error:
        raise Ends(Exit.FAILED, "this node has its root already; nothing was changed") from error


def _install_next(call: Call, root: bytes) -> TrustSet:
    async def work(node: Node) -> TrustSet:
        return await asyncio.to_thread(node.keyring.install, root, by_command())

    try:
        return work_at(call, work)
    except NotFounded as error:
        msg = (
            f"this home has no root yet, and this is root {read_root(root).root.ver}: the new home of a lost node "
            "takes it with --card and any card of this authority (keys/README.md, A lost node); "
            "do not found another first root"
        )
        raise Ends(Exit.CONFIGURATION, msg) from error


@roots.command("show")
def show(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", exists=True, dir_okay=False, help="A root file; the node's own by default."),
    ] = None,
    after: After = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the root there too, for the next ceremony.")
    ] = None,
) -> None:
    """What a root says, and who has signed it."""
    call = call_of(context)

    async def own(node: Node) -> tuple[SignedRoot, ...]:
        return node.trust.roots

    if file is not None:
        content, previous = _content(file), _previous(after)
    else:
        *former, newest = work_at(call, own)
        content, previous = newest.document.data, former[-1] if former else None
    report = _report(content, previous)
    if output is not None:
        output.write_bytes(content)
    call.out.result(report.summary(), table(("what", "value"), _rows(report)))


def _rows(report: ceremony.RootReport) -> list[tuple[str, str]]:
    """What people read of a root, in the order they compare it."""
    root, names = report.root, [holder.name for holder in report.root.holders]
    rows = [
        ("authority", f"{root.auth} ({root.name}, {root.country})"), ("network", root.net),
        ("version", str(root.ver)), ("digest", cards.groups(report.digest)),
        ("holders", ", ".join(names)), ("must sign", f"{root.threshold} of {len(names)}"),
        ("signed by", ", ".join(report.signed) or "nobody"), ("state", _missing(report)),
        ("issued", _instant(root.iat)), ("ends", _instant(root.exp)),
        *((f"keyset key {number}", f"{key.kid} ({key.alg})") for number, key in enumerate(root.keyset, 1)),
    ]  # fmt: skip
    if root.ver == 1:
        return rows
    former = ("signed by former holders", ", ".join(report.former_signed) or "nobody")
    return [*rows, former, *(("changes", each) for each in report.changes)]


def _instant(at_ms: int) -> str:
    return f"{from_ms(at_ms):%Y-%m-%d %H:%M} UTC"


def _report(content: bytes, previous: SignedRoot | None) -> ceremony.RootReport:
    """A next root may bear signatures of holders that only the one before it names."""
    try:
        return ceremony.describe(content, previous)
    except SignatureRefused as error:
        if previous is not None or read_root(content).root.ver == 1:
            raise
        msg = f"{error}; holders of the root before it sign too: give that with --after FILE"
        raise Ends(Exit.INTEGRITY, msg) from error


def _previous(after: Path | None) -> SignedRoot | None:
    """The root of a file, or the newest one of a card."""
    if after is None:
        return None
    content = _content(after)
    if content.startswith(CARD_BEGINS):
        return read_root(cards.Card.read(content).root_documents[-1])
    return read_root(content)


def _described(report: ceremony.RootReport) -> str:
    root = report.root
    return (
        f"Root {root.ver} of {root.auth} ({root.name}, {root.country}) for the {root.net} network, digest\n"
        f"  {cards.groups(report.digest)}\n"
        f"{root.threshold} of {len(root.holders)} holders must sign: {', '.join(one.name for one in root.holders)}. "
        f"Signed so far by: {_who(report)}."
    ) + _changed(report)


def _changed(report: ceremony.RootReport) -> str:
    """Nothing for a first root, or where the one before it was not given."""
    return "".join(f"\n  {each}" for each in ("What it changes:", *report.changes)) if report.changes else ""


def _content(file: Path) -> bytes:
    with file.open("rb") as source:
        return source.read(LARGEST)


def _passphrase(call: Call, question: str, *, new: bool = False) -> bytes:
    """A holder's own passphrase: never the node's, so only what was named for this call, or a prompt."""
    if call.passphrase_file is not None:
        return read_passphrase(call.passphrase_file)
    if not sys.stdin.isatty():
        raise Ends(Exit.USAGE, "a holder's passphrase is typed at a terminal, or read with --passphrase-file FILE")
    return type_new_passphrase(question) if new else getpass.getpass(question, sys.stderr).encode()
