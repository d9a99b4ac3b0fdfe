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
from typing import Final

from keys.pinned import Unbelieved, believe
from keys.trust import TrustSet
from keys.vouching import Speaker, check_manifest, check_named, check_standing, read_receipt, speaker
from protocol import jws, proof
from protocol.errors import ProtocolError, SchemaInvalid
from protocol.jws import Jws
from protocol.proof import Carriage, ProofFile, Shown
from protocol.statement import Statement

__all__ = ["STAGES", "ProofRefused", "Proved", "Step", "Taken", "verify"]

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
    with _step(Step.SENDER):
        sender = believe(file.sender, said.from_, said.net, pins)
    with _step(Step.SIGNATURES):
        jws.verify_each(signed, sender.evidence_verifier("stmt"))
        sender.require_statement_algs(signed.algs)
    with _step(Step.ELEMENTS):
        found = proof.shown(file.disclosures, said.elements)
    taken = None if file.carriage is None else _carried(file.carriage, signed, said, sender, pins)
    if taken is None:
        with _step(Step.KEYS):
            check_standing(sender, signed, said.iat, until_ms=None)
    return Proved(
        said.net, speaker(sender), said.to, str(said.thread), str(said.mid), said.type, said.iat,
        sha256(signed.payload).hexdigest(), len(said.elements), found, taken,
    )  # fmt: skip


@contextmanager
def _step(step: Step) -> Iterator[None]:
    """What fails in here failed in this step."""
    try:
        yield
    except (ProtocolError, Unbelieved) as error:
        raise ProofRefused(step, error.code, str(error)) from error


# ---------------------------------------------------------------- the carriage


def _carried(carriage: Carriage, signed: Jws, said: Statement, sender: TrustSet, pins: Mapping[str, str]) -> Taken:
    """Steps 6 to 9: the manifest, who took it over, his receipts, and how the keys stood."""
    with _step(Step.MANIFEST):
        outside, manifest = proof.read_manifest(carriage.manifest)
        jws.verify_each(outside, sender.evidence_verifier("env"))
        check_manifest(manifest, sha256(carriage.salt + jws.wire(signed)).hexdigest(), said)
        check_named(manifest.ks, sender)
    with _step(Step.RECIPIENT):
        recipient = believe(carriage.recipient, said.to, said.net, pins)
    env, st = sha256(outside.payload).hexdigest(), sha256(signed.payload).hexdigest()
    with _step(Step.RECEIPTS):
        given = [read_receipt(item, said, env, st, recipient) for item in carriage.receipts]
        stages = [receipt.stage for _, receipt in given]
        if stages not in (["accepted"], ["opened"], ["accepted", "opened"]):
            raise SchemaInvalid(f"expected receipts of {' and '.join(STAGES)}, in this order")
    with _step(Step.KEYS):
        until_ms = max(receipt.at for _, receipt in given)
        for each, receipt in given:
            check_standing(recipient, each, receipt.at, until_ms=None)
        check_standing(sender, signed, said.iat, until_ms=until_ms)
        check_standing(sender, outside, manifest.iat, until_ms=until_ms)
    at = {receipt.stage: receipt.at for _, receipt in given}
    return Taken(speaker(recipient), env, at.get("accepted"), at.get("opened"))
