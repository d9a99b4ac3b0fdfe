"""Counterparts' logs as this node witnesses them: what was cosigned last, what extends it, what contradicts it.

Rules
- The first checkpoint of a log is taken as it is; from then on only what is proved to go on from the one cosigned last.
- The hashes of its entries are kept as far as the log gave all of them, so that the first that is altered has a name.
- Two notes that contradict each other are kept with the alarm: a proof that convinces anybody who knows the root of
  their signer (``keys/contradiction.py``). Messages flow on; cosigned is nothing more of that log.
- A log that goes on under another name is told of, unless its node said that it came back from an older copy.

    shown = look(item, partner, me="br")
    witness(tx, shown, checkpoints, name="itx.real/br/at")  ->  Taken(note, code)
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import bindparam, delete, select, update

from keys.notes import LOG, Listed, lines_of, read_signed
from protocol import checkpoint, merkle, strictjson
from protocol import witness as wire
from protocol.checkpoint import Checkpoint
from protocol.errors import Mismatch, SchemaInvalid, UnknownKey
from protocol.witness import Dated, Offer, Verdict
from tracing import audit
from tracing.audit import Checkpoints
from tracing.partners import Partner
from tracing.store import AnyRow, Tx, View
from tracing.store.inserting import insert
from tracing.store.spelt import Spelt
from tracing.tables import Witnessed, WitnessedTile, table_of
from tracing.trust.alarms import CAME_BACK, is_open, raise_alarm

__all__ = ["ALARMS", "ANEW", "Shown", "Taken", "held_hashes", "held_note", "look", "pair_origin", "witness"]

TILE: Final = 256
MOST_NAME: Final = 255  # of a key in a note
ANEW: Final = "log-anew"
ALARMS: Final = {Verdict.FORK: "log-fork", Verdict.ROLLBACK: "log-rollback", Verdict.UNPROVED: "log-unproved"}
SAID: Final = {
    Verdict.FORK: "its log {origin} had one history of {held} entries, and shows another of {shown}",
    Verdict.ROLLBACK: "its log {origin} had {held} entries, and a later checkpoint has {shown}",
    Verdict.UNPROVED: "its log {origin} does not prove that its {shown} entries go on from the {held} cosigned here",
}
_witnessed, _tiles = table_of(Witnessed), table_of(WitnessedTile)
_HELD = Spelt(
    select(_witnessed).where(_witnessed.c.authority == bindparam("of"), _witnessed.c.origin == bindparam("log"))
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A checkpoint of a counterpart's log, its signatures proved."""

    authority: str
    offer: Offer
    dated: Dated
    log: Listed


@dataclass(frozen=True, slots=True)
class Taken:
    """The note to answer, cosigned by this node; ``code`` where the offer was refused."""

    note: str | None
    code: str | None = None
    told: bool = False  # officers have a new alarm


def pair_origin(partner: Partner, me: str) -> str:
    """The name of the log a counterpart keeps of its exchange with ``me``, and of itself as our witness."""
    if partner.trust is None or partner.trust.keyset is None:
        raise UnknownKey(f"the keys of {partner.authority} are not known here")
    name = f"{partner.trust.keyset.log.origin}/{me}"
    if len(name.encode()) > MOST_NAME:
        raise SchemaInvalid(f"expected a log whose name with {me} has at most {MOST_NAME} bytes")
    return name


def look(item: Any, partner: Partner, me: str) -> Shown:
    """The checkpoint in an item, once proved to be of the log that ``partner`` keeps of us. Else ProtocolError."""
    offer = wire.read(item)
    origin, base = Checkpoint.of(checkpoint.read(offer.note).body).origin, pair_origin(partner, me)
    if origin.partition("~")[0] != base:
        raise Mismatch(f"expected a checkpoint of {base}")
    assert partner.trust is not None, "pair_origin"
    dated = read_signed(offer.note, origin, partner.trust.log_keys, LOG)
    if dated.head.size == 0:
        raise SchemaInvalid("expected a checkpoint over some entries")
    return Shown(partner.authority, offer, dated, partner.trust.log_keys)


def witness(tx: Tx, shown: Shown, checkpoints: Checkpoints, name: str) -> Taken:
    """Cosign it as ``name`` where it extends what was cosigned before; Mismatch where what it brings does not fit."""
    row = _HELD.first(tx.conn, {"of": shown.authority, "log": shown.dated.head.origin})
    verdict = wire.judge(None if row is None else _dated(row), shown.dated, shown.offer)
    if verdict is Verdict.EXTENDS:
        return Taken(_cosign(tx, shown, row, checkpoints, name))
    held = _cosigned_again(tx, shown, row, checkpoints, name)
    if verdict in ALARMS:
        return Taken(held, Mismatch.code, told=_tell(tx, shown, row, verdict))
    return Taken(held)


def _dated(row: AnyRow) -> Dated:
    return Dated(Checkpoint(row.origin, row.size, row.root), row.signed_s)


# ---------------------------------------------------------------- cosigning


def _cosign(tx: Tx, shown: Shown, row: AnyRow | None, checkpoints: Checkpoints, name: str) -> str:
    head = shown.dated.head
    if row is None:
        _note_anew(tx, shown)
    peaks = _grown(tx, shown, row)
    lines = lines_of(shown.offer.note, head.origin, shown.log, LOG)
    note = checkpoint.write(head.body(), [*lines, *checkpoints.cosign(head, name, tx.now_ms // 1000)])
    state = {
        "size": head.size, "root": head.root, "signed_s": shown.dated.seconds, "note": note, "peaks": peaks,
        "at_ms": tx.now_ms,
    }  # fmt: skip
    key = {"authority": shown.authority, "origin": head.origin}
    tx.conn.execute(insert(_witnessed).values(key | state).on_conflict_do_update(index_elements=list(key), set_=state))
    what = {"act": "cosign", "origin": head.origin, "size": head.size, "root": head.root.hex()}
    audit.note(tx, "ckpt.peer", shown.authority, what)
    return note


def _cosigned_again(tx: Tx, shown: Shown, row: AnyRow, checkpoints: Checkpoints, name: str) -> str:
    """What was cosigned last, by the keys of now where the former were revoked: its log could not read it else."""
    if checkpoints.cosigned(row.note, name):
        return str(row.note)
    head = _dated(row).head
    lines = lines_of(row.note, head.origin, shown.log, LOG)
    note = checkpoint.write(head.body(), [*lines, *checkpoints.cosign(head, name, tx.now_ms // 1000)])
    one = (_witnessed.c.authority == shown.authority, _witnessed.c.origin == head.origin)
    tx.conn.execute(update(_witnessed).where(*one).values(note=note, at_ms=tx.now_ms))
    return note


def _note_anew(tx: Tx, shown: Shown) -> None:
    """The first of a log; where its owner had another one, somebody should know why."""
    of = shown.authority
    former = tx.conn.execute(select(_witnessed.c.origin, _witnessed.c.size).where(_witnessed.c.authority == of)).all()
    if former and not is_open(tx, of, CAME_BACK):
        last = max(former, key=lambda row: int(row.size))
        said = f"its log goes on as {shown.dated.head.origin}; {last.origin} was cosigned here over {last.size} entries"
        raise_alarm(tx, of, ANEW, said, shown.offer.note.encode())


def _grown(tx: Tx, shown: Shown, row: AnyRow | None) -> bytes | None:
    """The compact range of its tree, with the hashes of the new entries kept; None once some were not given."""
    head, hashes = shown.dated.head, shown.offer.hashes
    size, peaks = (0, b"") if row is None else (row.size, row.peaks)
    if hashes is None or peaks is None or len(hashes) != head.size - size:
        return None
    grown = merkle.CompactRange(size, _split(peaks))
    for one in hashes:
        grown = grown.append(one)
    if grown.root() != head.root:
        raise Mismatch("expected the hashes of the entries that its checkpoint is over")
    _keep_hashes(tx, shown.authority, head.origin, size, hashes)
    return b"".join(grown.peaks)


def _split(raw: bytes) -> tuple[bytes, ...]:
    return tuple(raw[at : at + merkle.HASH_BYTES] for at in range(0, len(raw), merkle.HASH_BYTES))


def _keep_hashes(tx: Tx, authority: str, origin: str, first: int, hashes: tuple[bytes, ...]) -> None:
    """In tiles, the last of which is written anew as it fills."""
    of = (_tiles.c.authority == authority, _tiles.c.origin == origin, _tiles.c.idx == first // TILE)
    begun = tx.conn.execute(select(_tiles.c.hashes).where(*of)).scalar() or b""
    tx.conn.execute(delete(_tiles).where(*of))
    raw, start, span = begun + b"".join(hashes), first - first % TILE, TILE * merkle.HASH_BYTES
    rows = [
        {"authority": authority, "origin": origin, "idx": start // TILE + at // span, "hashes": raw[at : at + span]}
        for at in range(0, len(raw), span)
    ]
    tx.conn.execute(insert(_tiles), rows)


# ---------------------------------------------------------------- what contradicts


def _tell(tx: Tx, shown: Shown, row: AnyRow, verdict: Verdict) -> bool:
    """Officers are told once, with both notes; while that is open the first pair stands. True if it is news."""
    code = ALARMS[verdict]
    if is_open(tx, shown.authority, code):
        return False
    said = SAID[verdict].format(origin=row.origin, held=row.size, shown=shown.dated.head.size)
    kept = {"itx_log": 1, "what": verdict.value, "notes": [row.note, shown.offer.note]}
    return raise_alarm(tx, shown.authority, code, said, strictjson.dump(kept))


def held_note(view: View, authority: str, origin: str | None = None) -> AnyRow | None:
    """What was cosigned last of a counterpart: of the log that was named, else of its newest one."""
    of = [_witnessed.c.authority == authority] + ([_witnessed.c.origin == origin] if origin else [])
    return view.conn.execute(select(_witnessed).where(*of).order_by(_witnessed.c.at_ms.desc()).limit(1)).first()


def held_hashes(view: View, authority: str, origin: str) -> list[bytes]:
    """The hashes of all entries below the checkpoint that was cosigned last."""
    of = (_tiles.c.authority == authority, _tiles.c.origin == origin)
    tiles = view.conn.execute(select(_tiles.c.hashes).where(*of).order_by(_tiles.c.idx)).scalars()
    return [one for tile in tiles for one in _split(tile)]
