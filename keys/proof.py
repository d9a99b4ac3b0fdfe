"""Judging a proof of elements: offline, with nothing but pinned root digests (wire specification, section 16).

Rules
- The steps are numbered, and taken in their order; the first that fails names itself and a code of the closed list.
- ``pins`` say whom the verifier knows: authority -> digest of its first root. Whoever is not pinned is not believed.
- There is no clock and nobody to ask: what may have happened after the documents in the file were issued (a revocation,
  a withdrawal) is not judged, and ``Proved`` says as of when they speak.

    proved = verify(data, {"at": "3f9a01c2..."})
    proved.elements[0].value
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Any, Final

from keys.pinned import Unbelieved, believe
from keys.trust import RETIRED_MS, TrustSet
from protocol import jws, proof, receipts
from protocol.errors import KeyRevoked, Mismatch, ProtocolError, SchemaInvalid
from protocol.jws import Jws
from protocol.manifest import Manifest
from protocol.payload import Keyset as NamedKeyset
from protocol.payload import check_understood
from protocol.proof import Carriage, ProofFile, Shown
from protocol.receipts import Receipt
from protocol.statement import Statement

__all__ = ["STAGES", "ProofRefused", "Proved", "Speaker", "Step", "Taken", "verify"]

STAGES: Final = ("accepted", "opened")


class Step(IntEnum):
    """The steps of the specification."""

    FILE = 1
    STATEMENT = 2
    SENDER = 3
    SIGNATURES = 4
    ELEMENTS = 5
    MANIFEST = 6
    RECIPIENT = 7
    RECEIPTS = 8
    KEYS = 9


class ProofRefused(Exception):
    """A proof that does not hold: the step that failed first, and why, by a code of the specification."""

    def __init__(self, step: Step, code: str, why: str) -> None:
        super().__init__(f"step {step:d} ({step.name.lower()}), {code}: {why}")
        self.step = step
        self.code = code


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who signed, as the root says, and the keyset that was shown: ``keys_as_of_ms`` is when it was issued."""

    authority: str
    name: str
    country: str
    root_digest: str
    keyset: int
    keys_as_of_ms: int


@dataclass(frozen=True, slots=True)
class Taken:
    """That the recipient took the statement over. None for a stage whose receipt is not shown."""

    by: Speaker
    envelope: str
    accepted_ms: int | None
    opened_ms: int | None


@dataclass(frozen=True, slots=True)
class Proved:
    """What holds: ``sender`` said ``elements``, of ``total`` in all, to ``recipient`` in the case ``thread``."""

    net: str
    sender: Speaker
    recipient: str
    thread: str
    mid: str
    type: str
    said_ms: int
    statement: str
    total: int
    elements: tuple[Shown, ...]
    taken: Taken | None


def verify(data: bytes, pins: Mapping[str, str]) -> Proved:
    """What the file proves to somebody who knows these roots. ProofRefused with step and code of what fails first."""
    with _step(Step.FILE):
        file = ProofFile.read(data)
    with _step(Step.STATEMENT):
        signed, said = proof.read_statement(file.statement)
    sender = _believe(Step.SENDER, file.sender, said.from_, said.net, pins)
    with _step(Step.SIGNATURES):
        jws.verify_each(signed, sender.evidence_verifier("stmt"))
        sender.require_statement_algs(signed.algs)
    with _step(Step.ELEMENTS):
        found = proof.shown(file.disclosures, said.elements)
    taken = None if file.carriage is None else _carried(file.carriage, signed, said, sender, pins)
    if taken is None:
        with _step(Step.KEYS):
            _check_standing(sender, signed, said.iat, until_ms=None)
    return Proved(
        said.net, _speaker(sender), said.to, str(said.thread), str(said.mid), said.type, said.iat,
        sha256(signed.payload).hexdigest(), len(said.elements), found, taken,
    )  # fmt: skip


@contextmanager
def _step(step: Step) -> Iterator[None]:
    """What fails in here failed in this step."""
    try:
        yield
    except ProtocolError as error:
        raise ProofRefused(step, error.code, str(error)) from error


# ---------------------------------------------------------------- whom to believe


def _believe(step: Step, card: Any, authority: str, net: str, pins: Mapping[str, str]) -> TrustSet:
    """The keys of ``authority``, from its card and the digest the verifier knows."""
    try:
        return believe(card, authority, net, pins)
    except Unbelieved as error:
        raise ProofRefused(step, error.code, str(error)) from error


def _speaker(trust: TrustSet) -> Speaker:
    root, keyset = trust.root, trust.keyset
    assert keyset is not None  # _believe gives none without
    return Speaker(trust.authority, root.name, root.country, trust.digest, keyset.ver, keyset.iat)


def _check_named(named: NamedKeyset, trust: TrustSet) -> None:
    """An object names the keyset it was made under; where that is the one shown, it must be the same."""
    keyset = trust.keyset
    if keyset is not None and named.ver == keyset.ver and named.sha256 != trust.keyset_sha256:
        raise Mismatch(f"expected the keyset {named.ver} it was made under")


def _check_standing(trust: TrustSet, signed: Jws, at_ms: int, *, until_ms: int | None) -> None:
    """KeyRevoked unless the keys that signed stood at ``at_ms``; what came before ``until_ms`` stays provable."""
    listed = {} if trust.signed_keyset is None else trust.signed_keyset.signing
    for one in signed.signatures:
        entry, _ = listed[one.kid]
        if entry.status == "revoked" and (until_ms is None or until_ms >= entry.since):
            raise KeyRevoked(f"the key {one.kid} was revoked")
        if entry.status == "retired" and at_ms >= entry.since + RETIRED_MS["file"]:
            raise KeyRevoked(f"the key {one.kid} was retired too long before")


# ---------------------------------------------------------------- the carriage


def _carried(carriage: Carriage, signed: Jws, said: Statement, sender: TrustSet, pins: Mapping[str, str]) -> Taken:
    """Steps 6 to 9: the manifest, who took it over, his receipts, and how the keys stood."""
    with _step(Step.MANIFEST):
        outside, manifest = proof.read_manifest(carriage.manifest)
        jws.verify_each(outside, sender.evidence_verifier("env"))
        _check_manifest(manifest, carriage, signed, said)
        _check_named(manifest.ks, sender)
    recipient = _believe(Step.RECIPIENT, carriage.recipient, said.to, said.net, pins)
    env, st = sha256(outside.payload).hexdigest(), sha256(signed.payload).hexdigest()
    with _step(Step.RECEIPTS):
        given = [_receipt(item, said, env, st, recipient) for item in carriage.receipts]
        stages = [receipt.stage for _, receipt in given]
        if stages not in (["accepted"], ["opened"], ["accepted", "opened"]):
            raise SchemaInvalid(f"expected receipts of {' and '.join(STAGES)}, in this order")
    with _step(Step.KEYS):
        until_ms = max(receipt.at for _, receipt in given)
        for each, receipt in given:
            _check_standing(recipient, each, receipt.at, until_ms=None)
        _check_standing(sender, signed, said.iat, until_ms=until_ms)
        _check_standing(sender, outside, manifest.iat, until_ms=until_ms)
    at = {receipt.stage: receipt.at for _, receipt in given}
    return Taken(_speaker(recipient), env, at.get("accepted"), at.get("opened"))


def _check_manifest(manifest: Manifest, carriage: Carriage, signed: Jws, said: Statement) -> None:
    outside = (manifest.net, manifest.mid, manifest.from_, manifest.to)
    if outside != (said.net, said.mid, said.from_, said.to):
        raise Mismatch("expected statement and manifest to agree on network, id, sender and recipient")
    if manifest.stc != sha256(carriage.salt + jws.wire(signed)).hexdigest():
        raise Mismatch("expected the manifest to commit to this statement")


def _receipt(item: Any, said: Statement, env: str, st: str, recipient: TrustSet) -> tuple[Jws, Receipt]:
    """One receipt of the recipient for this envelope."""
    signed = receipts.parse(item)
    receipt = signed.receipt
    check_understood(receipt.v, ())
    jws.verify_each(signed.jws, recipient.evidence_verifier("rcpt"))
    if receipt.rid.authority != receipt.from_:
        raise Mismatch("expected the receipt's id to begin with its signer")
    if (receipt.net, receipt.from_, receipt.to) != (said.net, said.to, said.from_):
        raise Mismatch("expected a receipt of the recipient for the sender")
    if (receipt.for_.mid, receipt.for_.env) != (said.mid, env):
        raise Mismatch("expected a receipt for this envelope")
    if receipt.st is not None and receipt.st != st:
        raise Mismatch("expected a receipt for this statement")
    _check_named(receipt.ks, recipient)
    return signed.jws, receipt
