"""Recomputing the whole trail from the stored bytes, and naming the first entry that does not hold.

What is checked
1. Every tree: its leaves are numbered without a gap, each hash follows from its entry, the head from all hashes.
2. Every leaf against its object: envelopes and receipts byte for byte, messages at rest, private objects with their salt.
3. Every object against its leaf: an envelope, receipt or message without one was slipped in.
4. The columns lists and delivery work from, against the signed bytes they were taken from.
5. Every checkpoint: its signatures, and the head it promised.

Memory is bounded: rows are streamed, nothing is kept but the frontier of one tree.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, exists, or_, select

from protocol import base64url, merkle, strictjson
from tracing.audit.trees import PRIVATE, leaf_bytes, read_head
from tracing.store import AnyRow, View
from tracing.tables import Envelope, Leaf, Message, Receipt, Tree, table_of

__all__ = ["AuditResult", "verify"]

STREAM = 1000  # rows fetched at once
MOST_BYTES = 8 * 1024 * 1024
_envelopes, _leaves, _messages, _receipts, _trees = map(table_of, (Envelope, Leaf, Message, Receipt, Tree))

CheckNote = Callable[[str, str], tuple[int, bytes]]
"""(note, origin) -> (size, root) of a checkpoint whose signatures hold; ValueError otherwise."""


@dataclass(frozen=True, slots=True)
class AuditResult:
    """What the verification found. ``first_bad`` names the entry and what is wrong with it."""

    leaves: int
    ok: bool
    first_bad: str | None
    trees: dict[str, int]


class _Bad(Exception):
    """The first thing that does not hold."""


def verify(view: View, check_note: CheckNote, progress: Callable[[int], None] = lambda done: None) -> AuditResult:
    """Recompute everything. ``progress`` hears how many leaves are done."""
    sizes: dict[str, int] = {}
    try:
        for tree in view.conn.execute(select(_trees).order_by(_trees.c.name)).all():
            sizes[tree.name] = 0
            for done in _check_tree(view, tree, check_note):
                sizes[tree.name] = done
                if done % STREAM == 0:
                    progress(sum(sizes.values()))
        _check_nothing_slipped_in(view)
        _check_columns(view)
    except _Bad as bad:
        return AuditResult(sum(sizes.values()), ok=False, first_bad=str(bad), trees=sizes)
    progress(sum(sizes.values()))
    return AuditResult(sum(sizes.values()), ok=True, first_bad=None, trees=sizes)


# ---------------------------------------------------------------- one tree


def _check_tree(view: View, tree: AnyRow, check_note: CheckNote) -> Iterator[int]:
    frontier, promised = merkle.CompactRange(0, ()), _promise(tree, check_note)
    for row in _rows(view, tree.name):
        _check_leaf(row, frontier.size)
        frontier = frontier.append(row.hash)
        if promised and promised[0] == frontier.size and promised[1] != frontier.root():
            raise _Bad(f"{tree.name}: the checkpoint over {promised[0]} entries promised another history")
        yield frontier.size
    if promised and promised[0] > frontier.size:
        raise _Bad(f"{tree.name}:{frontier.size}: missing; the checkpoint was signed over {promised[0]} entries")
    stored = read_head(view, tree.name).range
    if (stored.size, tuple(stored.peaks)) != (frontier.size, tuple(frontier.peaks)):
        raise _Bad(
            f"{tree.name}:{frontier.size}: the head of the tree says {stored.size} entries, and does not follow from the {frontier.size} that are here"
        )


def _promise(tree: AnyRow, check_note: CheckNote) -> tuple[int, bytes] | None:
    if tree.checkpoint is None:
        return None
    try:
        return check_note(tree.checkpoint, tree.origin)
    except ValueError as error:
        raise _Bad(f"{tree.name}: its checkpoint does not verify: {error}") from error


def _rows(view: View, tree: str) -> Iterator[AnyRow]:
    """The leaves of a tree in order, each with the object it speaks of."""
    is_envelope = and_(
        _leaves.c.kind.in_(("env.in", "env.out")),
        _envelopes.c.mid == _leaves.c.ref,
        or_(_envelopes.c.sender == tree, _envelopes.c.recipient == tree),
    )
    is_receipt = and_(_leaves.c.kind.in_(("rcpt.in", "rcpt.out")), _receipts.c.rid == _leaves.c.ref)
    query = (
        select(_leaves, _envelopes.c.wire.label("envelope"), _receipts.c.wire.label("receipt"), _messages.c.inner)
        .outerjoin(_envelopes, is_envelope)
        .outerjoin(_receipts, is_receipt)
        .outerjoin(_messages, and_(_leaves.c.tree == PRIVATE, _messages.c.leaf == _leaves.c.idx))
        .where(_leaves.c.tree == tree)
        .order_by(_leaves.c.idx)
    )
    yield from view.conn.execution_options(yield_per=STREAM).execute(query)


def _check_leaf(row: AnyRow, expected: int) -> None:
    name = f"{row.tree}:{row.idx} {row.kind} {row.ref}"
    if row.idx != expected:
        raise _Bad(f"{row.tree}:{expected}: missing; the next entry here is {name}")
    if merkle.leaf_hash(leaf_bytes(row.at_ms, row.kind, row.h)) != row.hash:
        raise _Bad(f"{name}: the entry was altered, its hash does not follow from it")
    problem = _object_problem(row)
    if problem:
        raise _Bad(f"{name}: {problem}")


def _object_problem(row: AnyRow) -> str | None:
    """What is wrong between a leaf and its object, None if nothing is."""
    if row.tree == PRIVATE or row.salt is not None:
        return _private_problem(row)
    wire = row.envelope if row.kind.startswith("env.") else row.receipt
    if row.object is not None:
        wire = row.object
    if wire is None:
        return "the object it speaks of is gone"
    return None if hashlib.sha256(wire).hexdigest() == row.h else "the object it speaks of was altered"


def _private_problem(row: AnyRow) -> str | None:
    if row.salt is None or row.object is None:
        return "the object it speaks of is gone"
    if hashlib.sha256(row.salt + row.object).hexdigest() != row.h:
        return "the object it speaks of was altered"
    what = strictjson.load(row.object, MOST_BYTES)
    if "inner" in what and (row.inner is None or hashlib.sha256(row.inner).hexdigest() != what["inner"]):
        return "the message at rest is gone or was altered"
    return None


# ---------------------------------------------------------------- what has no leaf


def _check_nothing_slipped_in(view: View) -> None:
    for table, name, key, known in (
        (
            _envelopes,
            "envelope",
            _envelopes.c.mid,
            exists().where(_leaves.c.ref == _envelopes.c.mid, _leaves.c.kind.in_(("env.in", "env.out"))),
        ),
        (
            _receipts,
            "receipt",
            _receipts.c.rid,
            exists().where(_leaves.c.ref == _receipts.c.rid, _leaves.c.kind.in_(("rcpt.in", "rcpt.out"))),
        ),
        (
            _messages,
            "message",
            _messages.c.mid,
            exists().where(
                _leaves.c.tree == PRIVATE, _leaves.c.idx == _messages.c.leaf, _leaves.c.ref == _messages.c.mid
            ),
        ),
    ):
        stray = view.conn.execute(select(key).select_from(table).where(~known).limit(1)).scalar()
        if stray is not None:
            raise _Bad(f"{name} {stray}: stored without an entry in the trail")


def _check_columns(view: View) -> None:
    """Lists and delivery work from columns; they must say what the signed bytes say."""
    for row in view.conn.execution_options(yield_per=STREAM).execute(select(_envelopes)):
        manifest = _payload(row.wire)
        if (row.sender, row.mid, row.recipient, row.seq, row.digest) != (
            manifest["from"],
            manifest["mid"],
            manifest["to"],
            manifest["seq"],
            _digest(row.wire),
        ):
            raise _Bad(f"envelope {row.mid}: its columns say something else than its signed bytes")
    for row in view.conn.execution_options(yield_per=STREAM).execute(select(_receipts)):
        said = _payload(row.wire)
        if (row.sender, row.rid, row.recipient, row.mid, row.env, row.stage, row.code, row.at_ms) != (
            said["from"], said["rid"], said["to"], said["for"]["mid"], said["for"]["env"], said["stage"], said.get("code"), said["at"],
        ):  # fmt: skip
            raise _Bad(f"receipt {row.rid}: its columns say something else than its signed bytes")


def _payload(wire: bytes) -> dict[str, Any]:
    return dict(strictjson.load(base64url.decode(strictjson.load(wire, MOST_BYTES)["payload"]), MOST_BYTES))


def _digest(wire: bytes) -> str:
    return hashlib.sha256(base64url.decode(strictjson.load(wire, MOST_BYTES)["payload"])).hexdigest()
