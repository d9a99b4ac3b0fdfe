"""Judging a whole file of evidence, line after line."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from cryptography.x509 import Certificate

from keys import stamps
from keys.algorithms import verify as verify_signature
from keys.evidence.message import Head, Proved, Scene, judge
from keys.evidence.reading import Lines, Piece, Source
from keys.pinned import believe
from keys.stamps import Stamp
from keys.trust import TrustSet
from keys.vouching import Speaker, check_standing, speaker
from protocol import checkpoint, evidence, jws, proof
from protocol.checkpoint import COSIGNATURE, ED25519, MLDSA44, Checkpoint, NoteKey
from protocol.errors import BadSignature, Mismatch
from protocol.evidence import Inventory, LeftOut, Line
from protocol.jws import Jws
from protocol.names import DossierId
from protocol.statement import Statement

__all__ = ["Evidence", "read_head", "verify"]

LOG_KINDS: Final = {"Ed25519": ED25519, "ML-DSA-44": MLDSA44}
WITNESS_KINDS: Final = {"Ed25519": COSIGNATURE, "ML-DSA-44": MLDSA44}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a whole file proves. ``absent`` are messages that others in it answer, and that it does not hold."""

    net: str
    exporter: Speaker
    other: Speaker | None
    at_ms: int
    case: str
    scope: str
    to: str
    purpose: str
    head: Head | None
    messages: int
    left_out: tuple[LeftOut, ...]
    absent: tuple[str, ...]
    stamp: Stamp | None = None


def _nobody(_message: Proved) -> None:
    """Hears each message where nobody else does."""


def verify(
    source: Source,
    pins: Mapping[str, str],
    hear: Callable[[Proved], None] = _nobody,
    authorities: Sequence[Certificate] = (),
) -> Evidence:
    """What the file proves to somebody who knows these roots; ``hear`` is told each message as it is proved.

    ``authorities`` vouch for who signs time-stamps; without any, a time-stamp rests on nobody who is known.
    EvidenceRefused for the first thing that does not hold: nothing heard before counts then.
    """
    lines = Lines(source)
    signed, inventory = lines.inventory()
    case = _Case(lines, inventory, pins, authorities)
    case.believe_exporter(signed)
    for line in inventory.lines[1:]:
        case.take(lines.next(line), line, hear)
    lines.end()
    return case.whole()


@dataclass(slots=True)
class _Case:
    """What was believed of a file so far."""

    lines: Lines
    inventory: Inventory
    pins: Mapping[str, str]
    authorities: Sequence[Certificate]
    trusts: dict[str, TrustSet] = field(default_factory=dict)
    head: Head | None = None
    stamp: Stamp | None = None
    other: str | None = None  # with whom the messages were exchanged
    named: set[str] = field(default_factory=set)  # in ``re``
    of_dossier: list[tuple[int, str, tuple[str, ...]]] = field(default_factory=list)

    def believe_exporter(self, signed: Jws) -> None:
        """The first card, and with it the signatures of the inventory."""
        first = self.inventory.lines[0]
        self._card(self.lines.next(first), first)
        trust = self.trusts[first.of]
        self.lines.back_to(1, "")
        with self.lines.judging(Piece.INVENTORY):
            jws.verify_each(signed, trust.evidence_verifier("stmt"))
            trust.require_statement_algs(signed.algs)
            check_standing(trust, signed, self.inventory.at, until_ms=None)
        self.lines.back_to(2, first.of)

    def take(self, data: bytes, line: Line, hear: Callable[[Proved], None]) -> None:
        """One more line."""
        if line.kind == "card":
            self._card(data, line)
            self.other = line.of
        elif line.kind == "head":
            with self.lines.judging(Piece.HEAD):
                self.head = read_head(evidence.read_head(data), line.of, *self.trusts.values())
        elif line.kind == "stamp":
            with self.lines.judging(Piece.STAMP):
                said = evidence.read_stamp(data)
                self.stamp = stamps.judge(said.answer, self.lines.stamped, said.nonce, self.authorities)
        else:
            hear(self._message(data, line))

    def _card(self, data: bytes, line: Line) -> None:
        with self.lines.judging(Piece.CARD):
            self.trusts[line.of] = believe(evidence.read_card(data), line.of, self.inventory.net, self.pins)

    def _message(self, data: bytes, line: Line) -> Proved:
        with self.lines.judging(Piece.MESSAGE):
            told = evidence.read_message(data)
        with self.lines.judging(Piece.STATEMENT):
            signed, said = proof.read_statement(told.statement)
            self._check_place(said, line)
        return judge(told, signed, said, Scene(self.inventory.from_, self.trusts, self.head), self.lines)

    def _check_place(self, said: Statement, line: Line) -> None:
        """The message the inventory names, between the two, in this case or of its whole dossier."""
        ours = self.inventory
        self.other = self.other or (said.to if said.from_ == ours.from_ else said.from_)
        if said.mid != line.of or said.net != ours.net:
            raise Mismatch("expected the message the inventory names, of its network")
        if {said.from_, said.to} != {ours.from_, self.other}:
            raise Mismatch(f"expected what {ours.from_} and {self.other} said to each other")
        if said.thread != ours.case:
            if not isinstance(said.thread, DossierId) or said.thread.requester != ours.case.requester:
                raise Mismatch("expected a message of this case")
            self.of_dossier.append((self.lines.line, said.mid, said.re))
        self.named.update(said.re)

    def whole(self) -> Evidence:
        """What all of it proves, once nothing failed."""
        said, known = self.inventory, self.inventory.mids
        if said.scope == "case":
            self._check_dossiers(known)
        known_other = self.trusts.get(self.other or "")
        other = None if known_other is None else speaker(known_other)
        held = sum(line.kind == "message" for line in said.lines)
        return Evidence(
            said.net, speaker(self.trusts[said.from_]), other, said.at, said.case, said.scope,
            said.to, said.purpose, self.head, held, said.left_out, tuple(sorted(self.named - known)),
            self.stamp,
        )  # fmt: skip

    def _check_dossiers(self, known: frozenset[str]) -> None:
        for line, mid, answered in self.of_dossier:
            self.lines.back_to(line, mid)
            with self.lines.judging(Piece.CASE):
                if known.isdisjoint(answered):
                    raise Mismatch("expected what is said of a whole dossier to name a message of this case")


def read_head(text: str, of: str, own: TrustSet, other: TrustSet) -> Head:
    """A checkpoint of the tree the exporter keeps of its exchange with the other side, cosigned by that or not."""
    note = checkpoint.read(text)
    origin = Checkpoint.of(note.body).origin
    if origin != of or not re.fullmatch(rf"{re.escape(_log(own))}/{re.escape(other.authority)}(~[0-9]+)?", origin):
        raise Mismatch(f"expected the tree {own.authority} keeps of its exchange with {other.authority}, got {origin}")
    ours = {NoteKey(origin, LOG_KINDS[key.alg], key.raw): key for key, counts in own.log_keys if counts}
    seen_by = f"{_log(other)}/{own.authority}"
    theirs = {NoteKey(seen_by, WITNESS_KINDS[key.alg], key.raw): key for key, counts in other.log_keys if counts}
    keys = {named: partial(verify_signature, key) for named, key in (ours | theirs).items()}
    head, times = checkpoint.verify(note, keys)
    signed, seen = ({key.kind: at for key, at in times.items() if key in some} for some in (ours, theirs))
    if signed.keys() != set(LOG_KINDS.values()):
        raise BadSignature("expected the signature of a key of each algorithm of the exporter's log")
    cosigned = min(seen.values()) if seen.keys() == set(WITNESS_KINDS.values()) else None
    return Head(head.origin, head.size, head.root, max(signed.values()), cosigned)


def _log(trust: TrustSet) -> str:
    """The name of an authority's log, with which the names of its trees begin."""
    assert trust.keyset is not None  # believe gives none without
    return trust.keyset.log.origin
