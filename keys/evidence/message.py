"""Judging one message of a file of evidence: what it says, who took it over, and where that stands in the tree."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from keys.evidence.reading import Lines, Piece
from keys.trust import TrustSet
from keys.vouching import check_manifest, check_named, check_standing, read_receipt
from protocol import attachments, base64url, elements, evidence, jws, proof
from protocol.attachments import Attached
from protocol.errors import Mismatch, SchemaInvalid, UnknownKey
from protocol.evidence import Carried, Told
from protocol.jws import Jws
from protocol.manifest import Manifest
from protocol.proof import Shown
from protocol.receipts import Receipt
from protocol.statement import Statement

__all__ = ["Head", "Proved", "Scene", "judge"]

STAGES: Final[tuple[list[str], ...]] = (
    [],
    ["accepted"],
    ["opened"],
    ["accepted", "opened"],
    ["rejected"],
    ["accepted", "rejected"],
)
Outside = tuple[Jws, Manifest]
Given = list[tuple[Jws, Receipt]]


@dataclass(frozen=True, slots=True)
class Head:
    """The head of the exporter's tree, when its keys signed it, and when those of the other side cosigned it."""

    origin: str
    size: int
    root: bytes
    signed_s: int
    cosigned_s: int | None


@dataclass(frozen=True, slots=True)
class Scene:
    """What is believed before a message is judged: whose file it is, the cards it held, and the head."""

    exporter: str
    trusts: Mapping[str, TrustSet]
    head: Head | None

    def trust(self, authority: str) -> TrustSet:
        """The keys of one of the two. UnknownKey where the file holds no card of it."""
        if authority not in self.trusts:
            raise UnknownKey(f"expected the card of {authority} in the file")
        return self.trusts[authority]


@dataclass(frozen=True, slots=True)
class Proved:
    """One message that holds. ``entered`` are the kinds of its entries in the tree; None for a stage not shown.

    ``withheld`` are places among all that is signed, from 0, each with why.
    """

    sender: str
    recipient: str
    mid: str
    thread: str
    type: str
    said_ms: int
    statement: str
    total: int
    elements: tuple[Shown, ...]
    attachments: tuple[Attached, ...]
    withheld: tuple[tuple[int, tuple[str, ...]], ...]
    re: tuple[str, ...]
    accepted_ms: int | None = None
    opened_ms: int | None = None
    rejected: str | None = None
    entered: tuple[str, ...] = ()


def judge(told: Told, signed: Jws, said: Statement, scene: Scene, lines: Lines) -> Proved:
    """What the message proves. EvidenceRefused names the piece of it that fails first."""
    with lines.judging(Piece.SIGNATURES):
        sender = scene.trust(said.from_)
        jws.verify_each(signed, sender.evidence_verifier("stmt"))
        sender.require_statement_algs(signed.algs)
    with lines.judging(Piece.ELEMENTS):
        shown, attached = _shown(told, said)
    with lines.judging(Piece.ENVELOPE):
        outside = _envelope(told, signed, said, sender)
    with lines.judging(Piece.RECEIPTS):
        given = [] if outside is None else _receipts(told, signed, outside[0], said, scene)
    with lines.judging(Piece.ENTRIES):
        entered = tuple(_entries(told, said, given, scene))
    with lines.judging(Piece.KEYS):
        _check_keys(signed, said, outside, given, scene)
    proved = Proved(
        said.from_, said.to, said.mid, said.thread, said.type, said.iat, sha256(signed.payload).hexdigest(),
        len(said.digests), shown, attached, tuple((one.position, one.why) for one in told.withheld), said.re,
        entered=entered,
    )  # fmt: skip
    return _taken(proved, {receipt.stage: receipt for _, receipt in given})


def _shown(told: Told, said: Statement) -> tuple[tuple[Shown, ...], tuple[Attached, ...]]:
    """The elements and attachments that are shown; with what is withheld they are all that is signed, each once."""
    shown, count = proof.shown(told.disclosures, said.elements), len(said.elements)
    hidden = [one.position for one in told.withheld]
    if hidden != sorted(set(hidden)):
        raise SchemaInvalid("expected what is withheld in its order, each once")
    missing = frozenset(at - count for at in hidden if at >= count)
    attached = attachments.attached(said.att, [elements.read(text) for text in told.attachments], missing)
    places = [*(one.position - 1 for one in shown), *(count + one.n for one in attached), *hidden]
    if sorted(places) != list(range(len(said.digests))):
        raise Mismatch("expected everything that is signed shown or withheld, each once")
    return shown, attached


def _envelope(told: Told, signed: Jws, said: Statement, sender: TrustSet) -> Outside | None:
    """The envelope of the statement; where its sealed bytes are shown, those the manifest names."""
    if told.envelope is None or told.salt is None:
        return None
    bare = {name: member for name, member in told.envelope.item.items() if name != "ct"}
    outside, manifest = proof.read_manifest(bare)
    jws.verify_each(outside, sender.evidence_verifier("env"))
    check_manifest(manifest, sha256(base64url.decode(told.salt) + jws.wire(signed)).hexdigest(), said)
    check_named(manifest.ks, sender)
    if "ct" in told.envelope.item:
        ct = base64url.decode(told.envelope.item["ct"])
        if (len(ct), sha256(ct).hexdigest()) != (manifest.ct.len, manifest.ct.sha256):
            raise Mismatch("expected the sealed bytes the manifest names")
    return outside, manifest


def _receipts(told: Told, signed: Jws, outside: Jws, said: Statement, scene: Scene) -> Given:
    """What the recipient signed about this envelope: that it took it over, and then that it read or rejected it."""
    env, st = sha256(outside.payload).hexdigest(), sha256(signed.payload).hexdigest()
    given = [read_receipt(one.item, said, env, st, scene.trust(said.to)) for one in told.receipts]
    if [receipt.stage for _, receipt in given] not in STAGES:
        raise SchemaInvalid("expected receipts of accepted, then of opened or rejected")
    return given


def _entries(told: Told, said: Statement, given: Given, scene: Scene) -> Iterator[str]:
    """The kinds of the entries that are shown, each checked against the head and its object."""
    is_ours = said.from_ == scene.exporter
    envelope, receipt = ("env.out", "rcpt.in") if is_ours else ("env.in", "rcpt.out")
    carried = [*([(told.envelope, envelope)] if told.envelope else []), *((one, receipt) for one in told.receipts)]
    for one, kind in carried:
        if one.entry is not None:
            _check_entry(one, one.entry, kind, scene.head)
            yield kind
    if told.envelope and told.envelope.entry and not is_ours:
        _check_places(given, told.envelope.entry.index, scene.head)


def _check_entry(one: Carried, entry: evidence.Entry, kind: str, head: Head | None) -> None:
    if head is None:
        raise SchemaInvalid("expected entries only under a head")
    if entry.k != kind:
        raise Mismatch(f"expected an entry of kind {kind}")
    entry.check(one.item, head.size, head.root)


def _check_places(given: Given, index: int, head: Head | None) -> None:
    """The exporter's receipts name the place of the envelope in its tree, unless the tree bore another name then."""
    for _, receipt in given:
        if head is not None and receipt.log.origin == head.origin and receipt.log.index != index:
            raise Mismatch("expected the place in the tree that the receipt names")


def _check_keys(signed: Jws, said: Statement, outside: Outside | None, given: Given, scene: Scene) -> None:
    """KeyRevoked unless the keys that signed stood."""
    sender, until_ms = scene.trust(said.from_), max((receipt.at for _, receipt in given), default=None)
    for each, receipt in given:
        check_standing(scene.trust(said.to), each, receipt.at, until_ms=None)
    check_standing(sender, signed, said.iat, until_ms=until_ms)
    if outside is not None:
        check_standing(sender, outside[0], outside[1].iat, until_ms=until_ms)


def _taken(proved: Proved, at: Mapping[str, Receipt]) -> Proved:
    """With what the receipts say, by their stages."""
    times = {stage: receipt.at for stage, receipt in at.items()}
    rejected = at["rejected"].code if "rejected" in at else None
    return replace(proved, accepted_ms=times.get("accepted"), opened_ms=times.get("opened"), rejected=rejected)
