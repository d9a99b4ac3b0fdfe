"""Releasing elements of a signed message to a third: a proof of them, and a leaf that says who released what to whom.

Rules
- Only what is signed can be proved: a reply recorded from another channel is not.
- A release is noted in the private tree before the file leaves; the leaf holds the file's digest.
- ``may_release`` asks the gate (``release.py``): what a restriction of ITI para 15 forbids is refused and noted.
- What leaves was verified as its reader will verify it, from our own stored documents.

    release = Release(case_id, mid, ("outcomes.0",), to="ng", purpose="third_state")
    found = build_proof(view, release, me="br", today=today)
    note_release(tx, actor, release, found)
"""

from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import select

from keys import card as cards
from keys import proof as proofs
from keys.card import Card
from protocol import envelope, proof, strictjson
from protocol.elements import Disclosure
from protocol.envelope import Inner
from protocol.handling import Passing, Ref
from protocol.proof import Carriage, Unshowable
from protocol.statement import Statement
from protocol.vocabulary import COUNTRIES
from protocol.vocabulary.handling import RecipientKind
from tracing import audit
from tracing.casework.elements.gate import handling_of, held_in_order, require_release
from tracing.casework.errors import Incomplete, NotFound, NotProvable, Problem
from tracing.casework.policy import Actor
from tracing.casework.thread import counterparts, envelopes, hold, load, messages
from tracing.store import AnyRow, Tx, View
from tracing.store.content import case_key, show
from tracing.tables import Receipt, table_of
from tracing.trust.documents import kept_of

__all__ = [
    "PURPOSES",
    "Proof",
    "Release",
    "build_proof",
    "card_of",
    "enter_release",
    "is_recorded",
    "list_elements",
    "may_release",
    "note_release",
    "ways_of",
]

PURPOSES: Final = tuple(str(kind) for kind in RecipientKind)
MOST_NAMES: Final = 1024
MOST_CHARS: Final = 200
MOST_BYTES: Final = 8 * 1024 * 1024
_receipts = table_of(Receipt)


@dataclass(frozen=True, slots=True)
class Release:
    """Which elements of which message go out, to whom, and for what: ``purpose`` is a word of ``RecipientKind``."""

    case: str
    mid: str
    elements: tuple[str, ...]
    to: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Proof:
    """The file of a release, what it proves, and the version of the case it was judged in."""

    data: bytes
    proved: proofs.Proved
    version: int


def enter_release(case_id: str, body: dict[str, Any], us: str) -> Release:
    """The release an officer asks for; to our own authority ``us`` where he names no other. Raises Incomplete."""
    body = {"to": us, "purpose": str(RecipientKind.OWN_AUTHORITY)} | body
    names = body.get("elements")
    found = [_fault(name, body.get(name)) for name in ("mid", "to")]
    if not isinstance(names, list) or not 1 <= len(names) <= MOST_NAMES or not all(isinstance(n, str) for n in names):
        found.append(Problem("elements", "a list of names of elements, such as outcomes.0", _called(names)))
    if body.get("purpose") not in PURPOSES:
        found.append(Problem("purpose", f"one of {', '.join(PURPOSES)}", _called(body.get("purpose"))))
    found += [Problem(name, "no such member", "one") for name in sorted(body.keys() - _MEMBERS)]
    if problems := tuple(one for one in found if one is not None):
        raise Incomplete(problems)
    return Release(case_id, body["mid"], tuple(body["elements"]), body["to"], body["purpose"])


_MEMBERS: Final = frozenset({"mid", "elements", "to", "purpose"})


def _fault(name: str, value: Any) -> Problem | None:
    if isinstance(value, str) and value.strip() and len(value) <= MOST_CHARS:
        return None
    expected = {"mid": "the id of a message of this case", "to": "an authority, or who else receives the file"}[name]
    return Problem(name, f"{expected}, of at most {MOST_CHARS} characters", _called(value))


def _called(value: Any) -> str:
    return "nothing" if value in (None, "", []) else f"a {type(value).__name__} of another form"


def may_release(view: View, release: Release, *, me: str, today: date) -> None:
    """Raise Restricted for what stands in the way of these elements going there (ITI 15); returns where nothing does.

    Judged are the elements asked for; the conditions they stand under come along because of them.
    """
    handling = handling_of(held_in_order(view, load(view, release.case)))
    refs = [Ref(release.mid, name) for name in release.elements]
    ways = ways_of(view, release.to, release.purpose, me)
    require_release(release.case, handling, refs, ways, me=me, today=today)


def ways_of(view: View, to: str, purpose: str, me: str) -> tuple[Passing, ...]:
    """A release as restrictions and consents speak of it: a State by its code, whoever else by name.

    Whatever it is said to be for, what goes to another State goes to a third State too.
    """
    known = select(counterparts.c.country, counterparts.c.name).where(counterparts.c.authority == to)
    row = view.conn.execute(known).first()
    said = purpose
    if said == RecipientKind.OWN_AUTHORITY and to != me:
        said = RecipientKind.OTHER
    if to not in COUNTRIES and row is None:
        return (Passing(said, name=to),)
    way = Passing(RecipientKind.THIRD_STATE, row.country if row else to, row.name if row else None)
    inside = (RecipientKind.THIRD_STATE, RecipientKind.OTHER)
    return (way,) if said in inside else (way, replace(way, kind=said))


# ---------------------------------------------------------------- looking


def list_elements(view: View, case_id: str) -> list[dict[str, Any]]:
    """Every signed message of the case with its elements, erased ones included. Raises NotFound."""
    case = load(view, case_id).case
    key = case_key(view, case)
    rows = view.conn.execute(select(messages).where(messages.c.case_id == case_id).order_by(messages.c.position))
    return [_elements(view, key, row) for row in rows if not is_recorded(row)]


def _elements(view: View, key: bytes, row: AnyRow) -> dict[str, Any]:
    inner = Inner.at_rest(show(view, key, row.inner, row.case_id, "message", row.mid))
    signed = Statement.read(inner.jws.payload).elements
    held = {one.digest: one for one in inner.disclosures}
    names = dict(inner.gone)
    found = [_element(held.get(digest), names.get(at, ""), at + 1) for at, digest in enumerate(signed)]
    return {
        "mid": row.mid,
        "sender": row.sender,
        "kind": row.kind,
        "statement": row.statement_digest,
        "elements": found,
    }


def _element(one: Disclosure | None, name: str, position: int) -> dict[str, Any]:
    if one is None:
        return {"name": name, "position": position, "restrictions": [], "value": None, "erased": True}
    bound = list(one.restrictions)
    return {"name": one.name, "position": position, "restrictions": bound, "value": one.value, "erased": False}


def is_recorded(row: AnyRow) -> bool:
    """A reply entered by an officer: nothing in it is signed by the counterpart."""
    return bool(row.direction == "in" and row.channel is not None)


# ---------------------------------------------------------------- proving


def build_proof(view: View, release: Release, *, me: str, today: date) -> Proof:
    """The file of this release, verified. Raises NotFound, NotProvable, Incomplete, or what ``may_release`` raises."""
    case = load(view, release.case).case
    row = _message(view, release)
    inner = Inner.at_rest(show(view, case_key(view, case), row.inner, *_place(row)))
    try:
        chosen = proof.choose(inner, release.elements)
    except Unshowable as error:
        raise Incomplete((Problem("elements", "elements that can be shown", str(error)),)) from error
    may_release(view, release, me=me, today=today)
    said = Statement.read(inner.jws.payload)
    sender, recipient = card_of(view, said.from_), card_of(view, said.to)
    if sender is None:
        raise NotProvable(f"the keys of {said.from_} are not known here")
    data = proof.write(chosen, sender.members(), _carriage(view, said, inner, recipient))
    known = ((said.from_, sender), (said.to, recipient))
    pins = {str(authority): card.digest for authority, card in known if card is not None}
    try:
        proved = proofs.verify(data, pins)
    except proofs.ProofRefused as error:
        raise NotProvable(f"message {release.mid} cannot be proved from what this node holds: {error}") from error
    return Proof(data, proved, case.version)


def _message(view: View, release: Release) -> AnyRow:
    query = select(messages).where(messages.c.case_id == release.case, messages.c.mid == release.mid)
    row = view.conn.execute(query).first()
    if row is None:
        raise NotFound(f"no message {release.mid!r} in case {release.case}")
    if is_recorded(row):
        raise NotProvable(
            f"message {release.mid} came by {row.channel} and was entered here; its sender did not sign it"
        )
    return row


def _place(row: AnyRow) -> tuple[str, str, str]:
    return row.case_id, "message", row.mid


def card_of(view: View, authority: str) -> Card | None:
    """The authority's roots and its newest keyset, as this node keeps them; None for one without a node."""
    kept = kept_of(view, authority)
    return Card.read(cards.make(kept.roots, kept.keyset)) if kept.roots and kept.keyset else None


def _carriage(view: View, said: Statement, inner: Inner, recipient: Card | None) -> Carriage | None:
    """What shows that the recipient took the message over; None for a letter, or while no receipt has come."""
    query = select(envelopes).where(envelopes.c.sender == said.from_, envelopes.c.mid == said.mid)
    sent = view.conn.execute(query).first()
    if sent is None or recipient is None:
        return None
    about = (_receipts.c.sender == said.to, _receipts.c.mid == said.mid, _receipts.c.env == sent.digest)
    found = view.conn.execute(select(_receipts.c.stage, _receipts.c.wire).where(*about)).all()
    wires = {row.stage: strictjson.load(row.wire, MOST_BYTES) for row in found}
    given = tuple(wires[stage] for stage in proofs.STAGES if stage in wires)
    manifest = strictjson.load(envelope.without_ct(sent.wire), MOST_BYTES)
    return Carriage(inner.salt, manifest, given, recipient.members()) if given else None


def note_release(tx: Tx, actor: Actor, release: Release, made: Proof) -> None:
    """The leaf of a release. Stale when the case moved since: an element may be erased, or restricted now."""
    hold(tx, release.case, made.version)
    shown = [one.name for one in made.proved.elements]
    what = {"act": "release", "actor": actor.name, "case": release.case, "mid": release.mid, "elements": shown}
    out = {"to": release.to, "purpose": release.purpose, "proof": sha256(made.data).hexdigest()}
    audit.note(tx, "read", release.mid, what | out)
