"""Recomputing the whole trail from the stored bytes, and naming the first entry that does not hold.

What is checked
1. Every tree: its leaves are numbered without a gap, each hash follows from its entry, the head from all hashes.
2. Every leaf against its object: envelopes and receipts byte for byte, messages at rest with what lists and the fold
   read of them, private objects with their salt.
3. Every object against its leaf: an envelope, receipt or message without one was slipped in.
4. The columns lists and delivery work from, against the signed bytes they were taken from.
5. Every checkpoint: its signatures, and the head it promised.
6. The heads that the trees keep of each other, once a day: a tree rewritten or taken away breaks with the others.
7. The heads that counterparts cosigned, those at rest here and those handed in: with them a history that was rewritten
   and signed anew with the real keys does not agree. And what we cosigned of theirs, against the entries of it.

Where an element was erased, its leaf says what rests instead: that, and nothing older or else, must be there.

Memory is bounded: rows are streamed, nothing is kept but the frontier of one tree, one head a day and one digest for
each message that lost an element.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, case, exists, func, or_, select

from protocol import base64url, merkle, strictjson
from tracing.audit import marks
from tracing.audit.checkpoints import LINK
from tracing.audit.trees import PRIVATE, leaf_bytes, read_head
from tracing.audit.vouched import Peers, Vouched, at_rest
from tracing.store import AnyRow, View
from tracing.tables import Counterpart, Envelope, Leaf, MatterMessage, Message, Receipt, Tree, table_of

__all__ = ["AuditResult", "CheckNote", "message_digest", "verify"]

STREAM = 1000  # rows fetched at once
AFTER_SENDER = len(":01900000-0000-7000-8000-000000000000")  # in the id of an envelope or a receipt
ERASE = "erase"
PEER = "ckpt.peer"
ACT_LINK = b'"act":"link"'  # in the canonical form of a day's link; spares reading every other act
MOST_BYTES = 8 * 1024 * 1024
_counterparts, _envelopes, _leaves = map(table_of, (Counterpart, Envelope, Leaf))
_messages, _receipts, _trees, _of_matters = map(table_of, (Message, Receipt, Tree, MatterMessage))

CheckNote = Callable[[str, str], tuple[int, bytes]]
"""(note, origin) -> (size, root) of a checkpoint whose signatures hold; ValueError otherwise."""

COVERED = (
    "mid", "case_id", "direction", "sender", "kind", "re", "facts", "named_day", "iat_ms", "statement_digest",
    "channel", "actor",
)  # fmt: skip
"""What a message's leaf covers of its row: all that the fold, the clocks and the case page read of it."""


def message_digest(row: Mapping[str, Any]) -> str:
    """What the leaf of a message says of the columns of its row."""
    return hashlib.sha256(strictjson.dump([row.get(name) for name in COVERED])).hexdigest()


@dataclass(frozen=True, slots=True)
class AuditResult:
    """What the verification found. ``first_bad`` names the entry and what is wrong with it."""

    leaves: int
    ok: bool
    first_bad: str | None
    trees: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Erased:
    """What rests where an element was erased: digests of messages by case and id, of envelopes by id."""

    messages: dict[tuple[str, str], str]
    envelopes: dict[str, str]

    @classmethod
    def of(cls, view: View) -> "_Erased":
        """From the leaves of erasures, the last of a message deciding. One that does not hold is found in its tree."""
        found = cls({}, {})
        ours = (_leaves.c.tree == PRIVATE, _leaves.c.kind == ERASE)
        for row in _stream(view, select(_leaves).where(*ours).order_by(_leaves.c.idx)):
            if row.salt is not None and row.object is not None and _salted(row) == row.h:
                found.learn(strictjson.load(row.object, MOST_BYTES))
        return found

    def learn(self, what: Mapping[str, Any]) -> None:
        """One erasure."""
        self.messages.update({(copy["case"], what["ref"]): copy["inner"] for copy in what["copies"]})
        if what["wire"] is not None:
            self.envelopes[what["ref"]] = what["wire"]


def _salted(row: AnyRow) -> str:
    return hashlib.sha256(row.salt + row.object).hexdigest()


class _Bad(Exception):
    """The first thing that does not hold."""


@dataclass(slots=True)
class _Links:
    """The heads the trees keep of each other: of every tree by name and size, and the private ones."""

    heads: defaultdict[str, dict[int, bytes]] = field(default_factory=lambda: defaultdict(dict))
    private: set[bytes] = field(default_factory=set)
    peers: Peers = field(default_factory=Peers)

    def learn(self, row: AnyRow, private_root: bytes) -> None:
        """A leaf of the private tree; the link of a day holds heads."""
        what = strictjson.load(row.object, MOST_BYTES)
        if what.get("act") == "link":
            for name, said in what["heads"].items():
                self.heads[name][said["size"]] = bytes.fromhex(said["root"])
            self.private.add(private_root)


def verify(
    view: View,
    check_note: CheckNote,
    progress: Callable[[int], None] | None = None,
    against: Sequence[Vouched] = (),
) -> AuditResult:
    """Recompute everything, also ``against`` what somebody outside holds. ``progress`` hears how many are done."""
    sizes: dict[str, int] = {}
    hear = progress or _nobody
    try:
        links, erased = _Links(), _Erased.of(view)
        for tree in _all_trees(view):
            sizes[tree.name] = 0
            vouched = [one for one in against if one.tree == tree.name]
            for done in _check_tree(
                view, tree, _promises(view, tree, check_note, links, vouched), links, erased, vouched
            ):
                sizes[tree.name] = done
                if done % STREAM == 0:
                    hear(sum(sizes.values()))
        _check_nothing_is_gone(view, set(sizes), links)
        _check_nothing_slipped_in(view)
        _check_columns(view)
        _check_peers(view, links)
    except _Bad as bad:
        return AuditResult(sum(sizes.values()), ok=False, first_bad=str(bad), trees=sizes)
    hear(sum(sizes.values()))
    return AuditResult(sum(sizes.values()), ok=True, first_bad=None, trees=sizes)


def _nobody(_done: int) -> None:
    """Hears the progress where nobody else does."""


# ---------------------------------------------------------------- one tree

_Promised = dict[int, list[tuple[str, bytes]]]


def _all_trees(view: View) -> list[AnyRow]:
    """The private tree first: it holds the heads of the others."""
    return list(view.conn.execute(select(_trees).order_by(_trees.c.name != PRIVATE, _trees.c.name)))


def _check_tree(  # noqa: PLR0917 - a tree, and all it is held against
    view: View, tree: AnyRow, promised: _Promised, links: _Links, erased: _Erased, vouched: Sequence[Vouched]
) -> Iterator[int]:
    frontier, sure = merkle.CompactRange(0, ()), 0
    for row in _rows(view, tree.name):
        _check_leaf(row, frontier.size, erased)
        _check_vouched(row, vouched)
        frontier = frontier.append(row.hash)
        _check_link(row, frontier, links)
        if frontier.size in promised:
            _check_promises(tree.name, frontier, promised.pop(frontier.size), sure)
            sure = frontier.size
        yield frontier.size
    for size in sorted(size for size in promised if size > frontier.size):
        raise _Bad(f"{tree.name}:{frontier.size}: missing; {promised[size][0][0]} was signed over {size} entries")
    if _stored_head(view, tree.name) != frontier:
        raise _Bad(
            f"{tree.name}:{frontier.size}: the head of the tree says {tree.size} entries, and does not follow from"
            f" the {frontier.size} that are here"
        )


def _check_vouched(row: AnyRow, vouched: Sequence[Vouched]) -> None:
    for one in vouched:
        if one.differs(row.idx, row.hash):
            raise _Bad(f"{_name(row)}: another entry stood here in {one.by}")


def _check_promises(tree: str, frontier: merkle.CompactRange, promises: list[tuple[str, bytes]], sure: int) -> None:
    """``sure``: entries below a promise that held, so the first bad one is not among them."""
    for what, root in promises:
        if root != frontier.root():
            raise _Bad(
                f"{tree}:{sure}: {what} over {frontier.size} entries promised another history; the first that is bad"
                f" is here or above"
            )


def _promises(view: View, tree: AnyRow, check_note: CheckNote, links: _Links, vouched: Sequence[Vouched]) -> _Promised:
    """By size: what promised a head of that size, and the root it promised."""
    found: _Promised = {}
    for size, root in links.heads[tree.name].items():
        found.setdefault(size, []).append(("the private tree", root))
    try:
        cosigned = [*at_rest(view, tree), *((one.size, one.by, one.root) for one in vouched)]
    except ValueError as error:
        raise _Bad(f"{tree.name}: {error}") from error
    for size, by, root in cosigned:
        found.setdefault(size, []).append((by, root))
    if tree.checkpoint is not None:
        try:
            size, root = check_note(tree.checkpoint, tree.origin)
        except ValueError as error:
            raise _Bad(f"{tree.name}: its checkpoint does not verify: {error}") from error
        found.setdefault(size, []).insert(0, ("the checkpoint", root))
    return found


def _check_link(row: AnyRow, frontier: merkle.CompactRange, links: _Links) -> None:
    if row.tree == PRIVATE:
        if row.kind == "op" and ACT_LINK in row.object:
            links.learn(row, frontier.root())
        elif row.kind == PEER:
            links.peers.learn(row.ref, strictjson.load(row.object, MOST_BYTES))
    elif row.kind == LINK and row.object[-merkle.HASH_BYTES :] not in links.private:
        raise _Bad(f"{PRIVATE}: the head that {row.tree}:{row.idx} keeps of it belongs to another history")


def _stored_head(view: View, tree: str) -> merkle.CompactRange | None:
    """The head that is kept, None for one that is not even of the right form."""
    try:
        return read_head(view, tree).range
    except ValueError:
        return None


def _rows(view: View, tree: str) -> Iterator[AnyRow]:
    """The leaves of a tree in order, each with the object it speaks of."""
    query = (
        select(
            _leaves,
            _envelopes.c.wire.label("envelope"),
            _receipts.c.wire.label("receipt"),
            func.coalesce(_messages.c.inner, _of_matters.c.inner).label("inner"),
            *(_covered(name).label(f"of_{name}") for name in COVERED),
        )
        .outerjoin(_envelopes, and_(_is_named(_envelopes.c.sender, _envelopes.c.mid), _speaks_of(_envelopes, "env")))
        .outerjoin(_receipts, and_(_is_named(_receipts.c.sender, _receipts.c.rid), _speaks_of(_receipts, "rcpt")))
        .outerjoin(_messages, and_(_leaves.c.tree == PRIVATE, _messages.c.leaf == _leaves.c.idx))
        .outerjoin(_of_matters, and_(_leaves.c.tree == PRIVATE, _of_matters.c.leaf == _leaves.c.idx))
        .where(_leaves.c.tree == tree)
        .order_by(_leaves.c.idx)
    )
    yield from _stream(view, query)


def _is_named(sender: ColumnElement[Any], name: ColumnElement[Any]) -> ColumnElement[bool]:
    """That a leaf names this object, whose id begins with its sender: an index finds it, no leaf looks through all."""
    ref, length = _leaves.c.ref, func.length(_leaves.c.ref)
    issuer = case((length > AFTER_SENDER, func.substr(ref, 1, length - AFTER_SENDER)), else_="")
    return and_(sender == issuer, name == ref)


def _covered(name: str) -> ColumnElement[Any]:
    """A column of the message a leaf speaks of, in a case or in a matter; a matter is the thread its message has."""
    same: ColumnElement[Any] | None = _of_matters.c.get("matter_id" if name == "case_id" else name)
    return _messages.c[name] if same is None else func.coalesce(_messages.c[name], same)


def _speaks_of(table: Table, what: str) -> Any:
    """That a leaf is the one of a row: what came is in its sender's tree, what went in its recipient's."""
    came = and_(table.c.direction == "in", _leaves.c.kind == f"{what}.in", _leaves.c.tree == table.c.sender)
    went = and_(table.c.direction == "out", _leaves.c.kind == f"{what}.out", _leaves.c.tree == table.c.recipient)
    return or_(came, went)


def _check_leaf(row: AnyRow, expected: int, erased: _Erased) -> None:
    name = _name(row)
    if row.idx != expected:
        raise _Bad(f"{row.tree}:{expected}: missing; the next entry here is {name}")
    if merkle.leaf_hash(leaf_bytes(row.at_ms, row.kind, row.h)) != row.hash:
        raise _Bad(f"{name}: the entry was altered, its hash does not follow from it")
    problem = _object_problem(row, erased)
    if problem:
        raise _Bad(f"{name}: {problem}")


def _name(row: AnyRow) -> str:
    return f"{row.tree}:{row.idx} {row.kind} {row.ref}"


def _object_problem(row: AnyRow, erased: _Erased) -> str | None:
    """What is wrong between a leaf and its object, None if nothing is."""
    if row.tree == PRIVATE or row.salt is not None:
        return _private_problem(row, erased)
    is_envelope = row.kind.startswith("env.")
    wire, expected = row.envelope if is_envelope else row.receipt, row.h
    if row.object is not None:
        wire = row.object
    elif is_envelope:
        expected = erased.envelopes.get(row.ref, row.h)
    if not isinstance(wire, bytes):
        return "the object it speaks of is gone"
    return None if hashlib.sha256(wire).hexdigest() == expected else "the object it speaks of was altered"


def _private_problem(row: AnyRow, erased: _Erased) -> str | None:
    if not (isinstance(row.salt, bytes) and isinstance(row.object, bytes)):  # SQLite takes a text for bytes
        return "the object it speaks of is gone"
    if _salted(row) != row.h:
        return "the object it speaks of was altered"
    what = strictjson.load(row.object, MOST_BYTES)
    if what["ref"] != row.ref:
        return "it names another thing than its object does"
    if "inner" not in what:
        return None if row.inner is None else "a message was slipped in where no message was entered"
    rests = erased.messages.get((what["case"], what["mid"]), what["inner"])
    if row.inner is None or hashlib.sha256(row.inner).hexdigest() != rests:
        return "the message at rest is gone or was altered"
    columns = {name: getattr(row, f"of_{name}") for name in COVERED}
    return None if message_digest(columns) == what["row"] else "the columns of its message were altered"


# ---------------------------------------------------------------- what has no leaf, or no tree


def _check_nothing_is_gone(view: View, trees: set[str], links: _Links) -> None:
    pinned = view.conn.execute(select(_counterparts.c.authority).where(_counterparts.c.on_node)).scalars()
    for name in sorted({PRIVATE, *links.heads, *pinned} - trees):
        raise _Bad(f"{name}: the whole tree is gone")
    stray = view.conn.execute(
        select(_leaves.c.tree, _leaves.c.idx).where(_leaves.c.tree.not_in(select(_trees.c.name))).limit(1)
    ).first()
    if stray is not None:
        raise _Bad(f"{stray.tree}:{stray.idx}: an entry of a tree that is gone")


def _check_nothing_slipped_in(view: View) -> None:
    """An object whose leaf carries another object is one too: only the first under an id has no copy in its leaf."""
    own, of_matter = (
        (_leaves.c.tree == PRIVATE, _leaves.c.idx == table.c.leaf, _leaves.c.ref == table.c.mid)
        for table in (_messages, _of_matters)
    )
    for name, key, known in (
        ("envelope", _envelopes.c.mid, (_leaves.c.ref == _envelopes.c.mid, _speaks_of(_envelopes, "env"))),
        ("receipt", _receipts.c.rid, (_leaves.c.ref == _receipts.c.rid, _speaks_of(_receipts, "rcpt"))),
        ("message", _messages.c.mid, own),
        ("message of a matter", _of_matters.c.mid, of_matter),
    ):
        carried = () if name.startswith("message") else (_leaves.c.object.is_(None),)
        stray = view.conn.execute(select(key).where(~exists().where(*known, *carried)).limit(1)).scalar()
        if stray is not None:
            raise _Bad(f"{name} {stray}: stored without an entry in the trail")


# ---------------------------------------------------------------- columns


def _check_peers(view: View, links: _Links) -> None:
    if (wrong := links.peers.first_wrong(view) or marks.first_wrong(view)) is not None:
        raise _Bad(wrong)


def _check_columns(view: View) -> None:
    """Lists and delivery work from columns; they must say what the signed bytes say."""
    for row in _stream(view, select(_envelopes)):
        if not _envelope_agrees(row):
            raise _Bad(f"envelope {row.mid}: its columns say something else than its signed bytes")
    for row in _stream(view, select(_receipts)):
        if not _receipt_agrees(row):
            raise _Bad(f"receipt {row.rid}: its columns say something else than its signed bytes")


def _envelope_agrees(row: AnyRow) -> bool:
    said, payload = _payload(row.wire)
    columns = (row.sender, row.mid, row.recipient, row.seq, row.digest)
    return bool(columns == (said["from"], said["mid"], said["to"], said["seq"], hashlib.sha256(payload).hexdigest()))


def _receipt_agrees(row: AnyRow) -> bool:
    said, _ = _payload(row.wire)
    parties = (row.sender, row.rid, row.recipient) == (said["from"], said["rid"], said["to"])
    about = (row.mid, row.env) == (said["for"]["mid"], said["for"]["env"])
    return parties and about and (row.stage, row.code, row.at_ms) == (said["stage"], said.get("code"), said["at"])


def _stream(view: View, query: Select[Any]) -> Iterator[AnyRow]:
    yield from view.conn.execution_options(yield_per=STREAM).execute(query)


def _payload(wire: bytes) -> tuple[dict[str, Any], bytes]:
    """What the signed bytes say, and those bytes."""
    payload = base64url.decode(strictjson.load(wire, MOST_BYTES)["payload"])
    return dict(strictjson.load(payload, MOST_BYTES)), payload
