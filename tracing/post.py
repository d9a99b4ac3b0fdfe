"""The post office of a node: envelopes and receipts as rows, leaves and outbox entries, in the caller's transaction.

Rules
- What travels is stored with its wire bytes, its audit leaf and, going out, its outbox row, in one transaction.
- ``seq`` and ``prev`` are read and advanced inside the transaction that issues the envelope.
- A receipt is taken once: again the same ``rid``, or another one for the same stage, changes nothing.
- A rejection that says ``later`` is kept as evidence and ends nothing; one that says ``never`` may still follow it.

    seq, prev = post.next_seq(tx, "br")
    post.advance(tx, "br", seq, finished.digest)
    post.post_envelope(tx, finished, case_id=case_id, signals=signals)
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from protocol import receipts, strictjson
from protocol.envelope import Envelope
from protocol.errors import BY_CODE, Mismatch
from protocol.jws import Signer
from protocol.names import AuthorityId, ReceiptId
from protocol.receipts import SignedReceipt, Stage
from tracing import audit, tables
from tracing.attachments import rows
from tracing.sequence import Held, Seen
from tracing.signals import Signals
from tracing.store import Tx
from tracing.store.spelt import Spelt

__all__ = [
    "Identity", "Issued", "advance", "change_counterpart", "is_behind", "issue_receipt", "next_seq",
    "post_envelope", "sign_receipt", "take_conflict", "take_envelope", "take_receipt",
]  # fmt: skip

RANKS: Final = {"urgent": 0, "routine": 1, "low": 2}
RECEIPT_RANK: Final = 1
WINDOW: Final = 64  # newest envelopes looked at for gaps; older gaps were told before

_envelopes = tables.Envelope.__table__  # type: ignore[attr-defined]
_receipts = tables.Receipt.__table__  # type: ignore[attr-defined]
_outbox = tables.Outbox.__table__  # type: ignore[attr-defined]
_counterparts = tables.Counterpart.__table__  # type: ignore[attr-defined]
_leaves = tables.Leaf.__table__  # type: ignore[attr-defined]

_ADD_ENVELOPE = Spelt(insert(_envelopes))
_ADD_RECEIPT = Spelt(insert(_receipts))
_ADD_OUTBOX = Spelt(insert(_outbox))
_LEAVE_OUTBOX = Spelt(delete(_outbox).where(_outbox.c.item == "envelope", _outbox.c.ref == bindparam("mid")))
_OUT_SEQ = Spelt(
    select(_counterparts.c.out_seq, _counterparts.c.out_prev, _counterparts.c.recovery).where(
        _counterparts.c.authority == bindparam("to")
    )
)
_IN_HI = Spelt(select(_counterparts.c.in_hi).where(_counterparts.c.authority == bindparam("sender")))
_NEWEST = Spelt(
    select(_envelopes.c.seq)
    .where(_envelopes.c.sender == bindparam("sender"), _envelopes.c.recipient == bindparam("me"))
    .order_by(_envelopes.c.mid.desc())
    .limit(WINDOW)
)
_LEAVES_OF = Spelt(  # by ref alone: asked for the tree as well, SQLite walks all of it
    select(_leaves.c.tree, _leaves.c.kind, _leaves.c.idx).where(_leaves.c.ref == bindparam("mid"))
)
_OURS = Spelt(
    select(
        _envelopes.c.recipient, _envelopes.c.digest, _envelopes.c.stage, _envelopes.c.code, _envelopes.c.stored_ms,
        _envelopes.c.accepted_ms,
    ).where(_envelopes.c.sender == bindparam("me"), _envelopes.c.mid == bindparam("mid"))
)  # fmt: skip
_MOVE = Spelt(
    update(_envelopes)
    .where(_envelopes.c.sender == bindparam("me"), _envelopes.c.mid == bindparam("of"))
    .values(
        stage=bindparam("to_stage"),
        code=bindparam("to_code"),
        accepted_ms=func.coalesce(bindparam("accepted"), _envelopes.c.accepted_ms),
        opened_ms=func.coalesce(bindparam("opened"), _envelopes.c.opened_ms),
    )
)
_HELD = Spelt(
    select(_receipts.c.rid).where(
        _receipts.c.sender == bindparam("sender"),
        (_receipts.c.rid == bindparam("rid"))
        | (
            (_receipts.c.recipient == bindparam("me"))
            & (_receipts.c.mid == bindparam("mid"))
            & (_receipts.c.stage == bindparam("stage"))
            & (_receipts.c.env == bindparam("env"))
        ),
    )
)


_GIVEN = Spelt(
    select(_receipts.c.wire).where(
        _receipts.c.sender == bindparam("me"),
        _receipts.c.recipient == bindparam("to"),
        _receipts.c.mid == bindparam("mid"),
        _receipts.c.stage == bindparam("stage"),
        _receipts.c.env == bindparam("env"),
    )
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this node is in what it signs."""

    authority: str
    net: str
    keyset_version: int
    keyset_sha256: str


@dataclass(frozen=True, slots=True)
class Issued:
    """A receipt of ours, and the bytes it is stored and sent as."""

    rid: str
    item: dict[str, Any]
    wire: bytes


# ---------------------------------------------------------------- going out


def next_seq(tx: Tx, counterpart: str) -> tuple[int, str | None]:
    """The next number to ``counterpart``, and the digest of the envelope before it (None for the first). Held."""
    carried = tx.carry.get(("counterpart", counterpart), {})
    if "out_seq" in carried:
        return carried["out_seq"] + 1, carried["out_prev"]
    row = _OUT_SEQ.first(tx.conn, {"to": counterpart})
    if row.recovery is not None:
        raise Held(f"this node is an older copy, and {counterpart} has not told yet what came after it; try again")
    return row.out_seq + 1, row.out_prev


def advance(tx: Tx, counterpart: str, seq: int, digest: str) -> None:
    """``seq`` was used by the envelope ``digest``."""
    change_counterpart(tx, counterpart, out_seq=seq, out_prev=digest)


def post_envelope(tx: Tx, envelope: Envelope, *, case_id: str | None, signals: Signals | None) -> None:
    """Store an envelope of ours and put it in the outbox. From the commit on a crash is safe: the outbox has it."""
    manifest = envelope.manifest
    _ADD_ENVELOPE.run(tx.conn, _envelope_row(tx, envelope, direction="out", stage="queued", case_id=case_id))
    audit.append(tx, manifest.to, "env.out", manifest.mid, h=_digest(envelope.wire))
    _enqueue(tx, manifest.to, "envelope", manifest.mid, rank=RANKS[manifest.prio], signals=signals)
    if manifest.att and signals is not None:
        tx.after_commit(lambda: signals.ring(f"blobs:{manifest.to}"))


def _enqueue(tx: Tx, counterpart: str, item: str, ref: str, *, rank: int, signals: Signals | None) -> None:
    row = {"counterpart": counterpart, "item": item, "ref": ref, "rank": rank, "next_ms": tx.now_ms}
    _ADD_OUTBOX.run(tx.conn, {**row, "state": "due", "attempts": 0})
    if signals is not None:
        tx.after_commit(lambda: signals.ring(f"outbox:{counterpart}"))


# ---------------------------------------------------------------- coming in


def take_envelope(
    tx: Tx, envelope: Envelope, *, me: str, stage: str, code: str | None = None, at_ms: int | None = None
) -> int:
    """Store an authentic envelope that came; returns the index of its leaf. IntegrityError if its id is taken.

    ``at_ms`` says when it was accepted, where a receipt of ours said so before it was lost here.
    """
    manifest = envelope.manifest
    sender, accepted_ms = str(manifest.from_), (at_ms or tx.now_ms) if stage == "accepted" else None
    if manifest.to == me:
        _see(tx, sender, me, manifest.seq)
    row = _envelope_row(tx, envelope, direction="in", stage=stage, code=code, accepted_ms=accepted_ms)
    _ADD_ENVELOPE.run(tx.conn, row)
    if manifest.att and stage == "accepted":
        rows.name_theirs(tx, manifest)
    return audit.append(tx, sender, "env.in", manifest.mid, h=_digest(envelope.wire))


def take_conflict(tx: Tx, envelope: Envelope) -> int:
    """Keep another authentic envelope under an id that is taken: as the object of its leaf, which is evidence."""
    manifest = envelope.manifest
    return audit.append(tx, manifest.from_, "env.in", manifest.mid, h=_digest(envelope.wire), what=envelope.wire)


def _envelope_row(tx: Tx, envelope: Envelope, **values: Any) -> dict[str, Any]:
    manifest = envelope.manifest
    row = {"code": None, "case_id": None, "accepted_ms": None, "opened_ms": None, "stored_ms": tx.now_ms}
    return row | {
        "sender": manifest.from_, "mid": manifest.mid, "recipient": manifest.to, "digest": envelope.digest,
        "wire": envelope.wire, "seq": manifest.seq, "priority": manifest.prio, **values,
    }  # fmt: skip


def is_behind(tx: Tx, sender: str, me: str, seq: int) -> bool:
    """Whether a number came out of order: only then it may have come before."""
    return seq <= _seen(tx, sender, me).hi


def _see(tx: Tx, sender: str, me: str, seq: int) -> None:
    seen = _seen(tx, sender, me).and_(seq)
    tx.carry["seen", sender] = seen
    change_counterpart(tx, sender, in_hi=seen.hi)


def _seen(tx: Tx, sender: str, me: str) -> Seen:
    """Kept from commit to commit as long as the tree with the sender stands where we left it: what comes moves it."""
    key = ("seen", sender)
    carried: Seen | None = tx.carry.get(key)
    if carried is None:
        left, kept = tx.kept.get(key, (None, Seen()))
        carried = kept if left == audit.head(tx, sender) else _look_back(tx, sender, me)
        tx.carry[key] = carried
        tx.at_commit(key, lambda _, carry: tx.kept.update({key: (carry["tree", sender], carry[key])}))
    return carried


def _look_back(tx: Tx, sender: str, me: str) -> Seen:
    seqs = [row.seq for row in _NEWEST.rows(tx.conn, {"sender": sender, "me": me})]
    in_hi = _IN_HI.scalar(tx.conn, {"sender": sender}) or 0
    first = 1 if len(seqs) < WINDOW else min(seqs)
    return Seen.of([*seqs, in_hi] if in_hi else seqs, first)


# ---------------------------------------------------------------- receipts


def issue_receipt(
    tx: Tx,
    *,
    me: Identity,
    signer: Signer,
    to: str,
    mid: str,
    env: str,
    stage: Stage,
    st: str | None,
    code: str | None,
    retry: str | None,
    late: bool,
    queue: bool,
    signals: Signals | None,
) -> dict[str, Any]:
    """Sign and store a receipt for an envelope that came, and queue it for its sender; returns the signed object.

    ``retry`` must be what ``code`` says: the closed list decides it. One that was signed before, and given back by the
    sender after it was lost here, stands: nothing is signed twice.
    """
    if retry != (BY_CODE[code].retry if code else None):
        raise ValueError(f"retry of {code} is not {retry}")
    if before := _GIVEN.first(tx.conn, {"me": me.authority, "to": to, "mid": mid, "stage": stage, "env": env}):
        return dict(strictjson.load(before.wire, receipts.Receipt.MAX_BYTES * 2))
    issued = sign_receipt(
        tx, me=me, signer=signer, to=to, mid=mid, env=env, stage=stage, st=st, code=code, late=late,
        index=_arrival_leaf(tx, to, mid),
    )  # fmt: skip
    if queue:
        _enqueue(tx, to, "receipt", issued.rid, rank=RECEIPT_RANK, signals=signals)
    return issued.item


def _arrival_leaf(tx: Tx, tree: str, mid: str) -> int:
    """Where the coming of this envelope stands in the tree of its sender."""
    rows = _LEAVES_OF.rows(tx.conn, {"mid": mid})
    return min((int(row.idx) for row in rows if row.tree == tree and row.kind == "env.in"), default=0)


def sign_receipt(
    tx: Tx,
    *,
    me: Identity,
    signer: Signer,
    to: str,
    mid: str,
    env: str,
    stage: Stage,
    index: int,
    st: str | None = None,
    code: str | None = None,
    late: bool = False,
) -> Issued:
    """A receipt, its row and its leaf. ``index`` is that of the envelope's ``env.in`` leaf."""
    rid = ReceiptId.new(AuthorityId(me.authority), tx.ids.uuid7())
    seen = _seen(tx, to, me.authority)
    receipt = receipts.build(
        net=me.net, rid=rid, sender=me.authority, to=to, mid=mid, env=env, stage=stage, at=tx.now_ms, hi=seen.hi,
        missing=seen.missing, origin=audit.head(tx, to).origin, index=index, ks_ver=me.keyset_version,
        ks_sha256=me.keyset_sha256, st=st, code=code, late=late,
    )  # fmt: skip
    item = receipts.issue(receipt, signer)
    wire = strictjson.dump(item)
    row = {"sender": me.authority, "rid": rid, "recipient": to, "direction": "out", "mid": mid, "env": env}
    own = {"stage": stage, "code": code, "wire": wire, "at_ms": tx.now_ms, "stored_ms": tx.now_ms}
    _ADD_RECEIPT.run(tx.conn, row | own)
    audit.append(tx, to, "rcpt.out", rid, h=_digest(wire))
    return Issued(rid, item, wire)


def take_receipt(tx: Tx, signed: SignedReceipt, signals: Signals | None) -> bool:
    """Take an authentic receipt; True if it is new and says how far our message has come.

    False for one we hold, and for a rejection that says ``later``. Mismatch if it is about nothing we sent.
    An ``opened`` that overtook its ``accepted`` leaves the message in the outbox: it is posted once more and draws the
    receipt that clocks are counted from.
    """
    receipt = signed.receipt
    mid, sender = str(receipt.for_.mid), str(receipt.from_)
    ours = _OURS.first(tx.conn, {"me": receipt.to, "mid": mid})
    if ours is None or (ours.recipient, ours.digest) != (sender, receipt.for_.env):
        raise Mismatch("expected a receipt for an envelope sent to its signer")
    final = receipt.retry != "later"
    if final and (receipt.stage != "opened" or ours.accepted_ms is not None):
        _LEAVE_OUTBOX.run(tx.conn, {"mid": mid})
    is_new = _keep_receipt(tx, signed)
    if not final or not (is_new or _keep_beside(tx, signed, ours.stage)):
        return False
    _move(tx, signed, ours)
    if signals is not None:
        tx.after_commit(lambda: signals.reached(mid, receipt.stage))
    return True


def _keep_receipt(tx: Tx, signed: SignedReceipt) -> bool:
    """Store it with its leaf, unless we hold it."""
    receipt = signed.receipt
    key = {"sender": receipt.from_, "rid": receipt.rid, "mid": receipt.for_.mid, "env": receipt.for_.env}
    if _HELD.first(tx.conn, {**key, "me": receipt.to, "stage": receipt.stage}):
        return False
    row = {**key, "recipient": receipt.to, "direction": "in", "stage": receipt.stage, "code": receipt.code}
    _ADD_RECEIPT.run(tx.conn, {**row, "wire": signed.wire, "at_ms": receipt.at, "stored_ms": tx.now_ms})
    audit.append(tx, receipt.from_, "rcpt.in", receipt.rid, h=_digest(signed.wire))
    return True


def _keep_beside(tx: Tx, signed: SignedReceipt, now_at: str) -> bool:
    """Keep one whose place is taken, if it says more: a "never" after a "later". As the object of its leaf."""
    receipt = signed.receipt
    if _STEPS[receipt.stage] <= _STEPS[now_at]:
        return False
    audit.append(tx, receipt.from_, "rcpt.in", receipt.rid, h=_digest(signed.wire), what=signed.wire)
    return True


_STEPS: Final = {"queued": 0, "sent": 1, "accepted": 2, "opened": 3, "rejected": 3}


def _move(tx: Tx, signed: SignedReceipt, now: Any) -> None:
    """Note the stage on our envelope; a receipt that was overtaken fills in its instant and moves nothing back.

    Deadlines count from here, so an instant before we sent it or after now is not believed, whoever signed it.
    """
    receipt = signed.receipt
    at_ms = min(max(receipt.at, now.stored_ms), tx.now_ms)
    goes_on = _STEPS[receipt.stage] > _STEPS[now.stage]
    _MOVE.run(
        tx.conn,
        {
            "me": receipt.to,
            "of": receipt.for_.mid,
            "to_stage": receipt.stage if goes_on else now.stage,
            "to_code": receipt.code if goes_on else now.code,
            "accepted": at_ms if receipt.stage == "accepted" else None,
            "opened": at_ms if receipt.stage == "opened" else None,
        },
    )


# ---------------------------------------------------------------- the counterpart's row


def change_counterpart(tx: Tx, counterpart: str, **values: Any) -> None:
    """Change columns of a counterpart's row: written once per commit, however many units change them."""
    key = ("counterpart", counterpart)
    tx.carry[key] = {**tx.carry.get(key, {}), **values}
    tx.at_commit(key, _write_counterpart(counterpart))


@cache
def _change(*names: str) -> Spelt:
    """Change these columns of a counterpart's row; there are few combinations."""
    changed: dict[str, Any] = {name: bindparam(f"to_{name}") for name in names}
    return Spelt(update(_counterparts).where(_counterparts.c.authority == bindparam("of")).values(changed))


def _write_counterpart(counterpart: str) -> Callable[[Connection, dict[Hashable, Any]], None]:
    def flush(conn: Connection, carry: dict[Hashable, Any]) -> None:
        values = carry["counterpart", counterpart]
        _change(*values).run(conn, {f"to_{name}": value for name, value in values.items()} | {"of": counterpart})

    return flush


def _digest(wire: bytes) -> str:
    return sha256(wire).hexdigest()
