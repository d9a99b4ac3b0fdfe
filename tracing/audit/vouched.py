"""Heads of our trees that somebody outside holds: what a rewritten history cannot agree with.

Rules
- A file of a witness is the checkpoint it cosigned (a C2SP signed note), and after an empty line, where it has them,
  the hashes of the entries below it in base64, one a line: by the note alone a rewriting is found, by the hashes the
  first entry is named that is not as it was.
- What counterparts gave back cosigned rests here too; it is held against the trees at every verification.

    note, hashes = read_file(text)
    Vouched(tree="at", size=300, root=root, by="the checkpoint that at cosigned", hashes=hashes)
"""

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select

from protocol import checkpoint, merkle
from protocol.checkpoint import Checkpoint
from protocol.errors import ProtocolError, SchemaInvalid
from tracing.store import AnyRow, View
from tracing.tables import Cosigned, Witnessed, table_of

__all__ = ["MOST_FILE", "Peers", "Promise", "Vouched", "at_rest", "read_file", "write_file"]

MOST_FILE: Final = 512 * 1024 * 1024  # ten million entries
_cosigned, _witnessed = table_of(Cosigned), table_of(Witnessed)

Promise = tuple[int, str, bytes]
"""A size, who promised, and the root."""


@dataclass(frozen=True, slots=True)
class Vouched:
    """A head of one tree, and the hashes of its entries where they are known."""

    tree: str
    size: int
    root: bytes
    by: str
    hashes: bytes = field(default=b"", repr=False)

    def differs(self, index: int, leaf: bytes) -> bool:
        """Whether the entry of that place is another than the one vouched for."""
        at = index * merkle.HASH_BYTES
        known = self.hashes[at : at + merkle.HASH_BYTES]
        return bool(known) and known != leaf


# ---------------------------------------------------------------- files


def write_file(note: str, hashes: Iterable[bytes]) -> Iterator[str]:
    """The file of a witness, line by line."""
    yield note
    yield "\n"
    for one in hashes:
        yield base64.b64encode(one).decode("ascii") + "\n"


def read_file(text: str) -> tuple[str, bytes]:
    """The note and the hashes, empty where there are none. SchemaInvalid unless they lead to the note's root."""
    signed = text.find("\n\n", text.find("\n\n") + 2)
    note, rest = (text, "") if signed < 0 else (text[: signed + 1], text[signed + 2 :])
    head = Checkpoint.of(checkpoint.read(note).body)
    try:
        hashes = [base64.b64decode(line, validate=True) for line in rest.splitlines()]
    except binascii.Error as error:
        raise SchemaInvalid("expected hashes in base64, one a line, after the checkpoint") from error
    if hashes and not _lead_to(hashes, head):
        raise SchemaInvalid("expected the hashes of the entries that the checkpoint is over")
    return note, b"".join(hashes)


def _lead_to(hashes: list[bytes], head: Checkpoint) -> bool:
    sizes = {len(one) for one in hashes}
    return sizes == {merkle.HASH_BYTES} and len(hashes) == head.size and merkle.root(hashes) == head.root


# ---------------------------------------------------------------- at rest


def at_rest(view: View, tree: AnyRow) -> Iterator[Promise]:
    """What the witnesses of a tree gave back. ValueError for a note that is none."""
    of = (_cosigned.c.witness == tree.name, _cosigned.c.origin == tree.origin)
    for row in view.conn.execute(select(_cosigned).where(*of).order_by(_cosigned.c.day)):
        try:
            head = Checkpoint.of(checkpoint.read(row.note).body)
        except ProtocolError as error:
            raise ValueError(f"the checkpoint that {row.witness} cosigned: {error}") from error
        yield head.size, f"the checkpoint that {row.witness} cosigned", head.root


@dataclass(slots=True)
class Peers:
    """What the private tree says was cosigned last of each counterpart's log."""

    last: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)

    def learn(self, authority: str, what: dict[str, Any]) -> None:
        """An entry ``ckpt.peer``."""
        self.last[authority, what["origin"]] = (what["size"], what["root"])

    def first_wrong(self, view: View) -> str | None:
        """What is held of a counterpart's log must be what was cosigned last, lest another history be cosigned next."""
        held = {
            (row.authority, row.origin): (row.size, row.root.hex()) for row in view.conn.execute(select(_witnessed))
        }
        wrong = [name for name in sorted({*held, *self.last}) if held.get(name) != self.last.get(name)]
        return None if not wrong else f"witness {wrong[0][0]}: what is held of {wrong[0][1]} is not what was cosigned"
