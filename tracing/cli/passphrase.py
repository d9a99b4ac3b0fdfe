"""``tracing keys passphrase``: the same keys under another passphrase.

Rules
- The node must stand still: it holds what the former passphrase opened, and could not read the new file.
- The new passphrase comes from ``--new-passphrase-file``, the systemd credential ``tracing-new-passphrase`` or a
  prompt; never from the command line or the environment.
- Leaf, file of keys, the home's own copy of the passphrase: in this order. Whatever is cut short is finished by the
  same command again.
- Keys on a token are not touched: they are under its PIN, which its maker's tool changes.
"""

import contextlib
import sys
from pathlib import Path
from typing import Annotated

import typer

from keys import privatefile
from keys.errors import WrongPassphrase
from keys.vault import Vault
from tracing import audit
from tracing.claim import claim_home
from tracing.cli.call import PASSPHRASE_FILE, Call, by_command, call_of, read_passphrase, type_new_passphrase
from tracing.cli.exits import Ends, Exit
from tracing.cli.keys import keys
from tracing.clock import Ids, SystemClock
from tracing.node import Node, NotFounded
from tracing.secretfile import place_of
from tracing.store import Tx

__all__ = ["NEW_CREDENTIAL", "keys", "passphrase"]

NEW_CREDENTIAL = "tracing-new-passphrase"


@keys.command("passphrase")
def passphrase(
    context: typer.Context,
    new: Annotated[
        Path | None, typer.Option("--new-passphrase-file", metavar="FILE", help="Where the new one is read from.")
    ] = None,
) -> None:
    """Put the keys of this node under another passphrase, the node standing still. No key changes."""
    call = call_of(context)
    settings = call.settings
    with contextlib.closing(claim_home(call.home)):
        former, fresh = call.passphrase(), _new_passphrase(new)
        if former == fresh:
            raise Ends(Exit.USAGE, "the new passphrase is the former one; nothing was changed")
        changed = _change(call, settings.authority, former, fresh)
        kept = _keep_copy(call.home / PASSPHRASE_FILE, fresh)
    document = {"authority": settings.authority, "changed": changed, "kept": str(kept) if kept else None}
    call.out.result(document, _said(call, changed=changed, kept=kept))


def _new_passphrase(file: Path | None) -> bytes:
    if where := file or place_of(NEW_CREDENTIAL):
        return read_passphrase(where)
    if not sys.stdin.isatty():
        problem = f"no new passphrase: give --new-passphrase-file FILE, or the systemd credential {NEW_CREDENTIAL}"
        raise Ends(Exit.USAGE, problem)
    return type_new_passphrase("New passphrase for the node's keys: ")


def _change(call: Call, authority: str, former: bytes, fresh: bytes) -> bool:
    """False where an earlier call had come so far already."""
    folder, ids = call.home / "keys", Ids(SystemClock())
    try:
        Vault.open(folder, former)
    except WrongPassphrase:
        with contextlib.suppress(WrongPassphrase):
            Vault.open(folder, fresh)
            return False
        call.unlocking(lambda given: Vault.open(folder, given), former)
    _note(call.home, authority, former)
    Vault.open(folder, former).change_passphrase(fresh, ids.random_bytes)
    return True


def _note(home: Path, authority: str, former: bytes) -> None:
    """The leaf; a node that waits for its root has no trail to others yet, and its keys no use."""

    def work(tx: Tx) -> None:
        audit.note(tx, "key", authority, {"act": "passphrase", "actor": by_command()})

    try:
        node = Node.open(home, former)
    except NotFounded:
        return
    try:
        node.store.write_now(work)
    finally:
        node.close()


def _keep_copy(place: Path, fresh: bytes) -> Path | None:
    """The home's own copy, where there is one; a link leads to what others keep."""
    if not place.exists() or place.is_symlink():
        return None
    privatefile.write(place, fresh + b"\n", erase=True)
    return place


def _said(call: Call, *, changed: bool, kept: Path | None) -> str:
    done = "are under the new passphrase now" if changed else "were under the new passphrase already"
    lines = [f"The keys in {call.home / 'keys'} {done}."]
    place = call.passphrase_place()
    if kept is not None:
        lines += [f"{kept} holds the new one too; remove it where the passphrase is kept elsewhere."]
    elif place is not None:
        lines += [f"{place} still holds the former one: put the new one there before the node starts."]
    lines += [
        "Copies of the file of keys made before are opened by the former passphrase: make a new one, end the old."
    ]
    return "\n".join(lines)
