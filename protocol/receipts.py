"""Receipts: signed answers about one envelope (wire specification, section 9).

Rules
- ``accepted``: durable and authentic, not opened yet; made in the transaction that stored the envelope.
- ``opened``: decrypted, verified, readable; names the statement by ``st``. ``rejected``: never will be; says why by
  ``code`` and whether trying again helps by ``retry``.
- None of them is the acknowledgement of ITI paragraph 19: that is a statement by a person.
- ``sack`` tells the sender which of its ``seq`` have come: the highest, and the gaps below it.
- ``rid`` identifies a receipt for ever; it begins with who signs it, and ``for.mid`` with who reads it.

    item = issue(build(stage="accepted", ...), signer)
    receipt = authenticate(parse(item), me="ke", net="real", verify=verify)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from protocol import jws
from protocol.errors import BY_CODE, Mismatch
from protocol.jws import Jws, Signer, Verify
from protocol.names import MessageId, ReceiptId
from protocol.payload import VERSION, Count, Digest, Keyset, Millis, Part, Payload, check_addressee, check_understood

__all__ = ["MAX_RANGES", "TYP", "Receipt", "Sack", "SignedReceipt", "Stage", "authenticate", "build", "issue", "parse"]

TYP: Final = "itx-rcpt+json"
MAX_RANGES: Final = 64  # a sender with more gaps learns of the rest by the next receipt
Range = Annotated[tuple[Count, Count], Field(strict=False)]
Stage = Literal["accepted", "opened", "rejected"]


class For(Part):
    """The envelope a receipt is about."""

    mid: MessageId
    env: Digest


class Sack(Part):
    """Which ``seq`` have come: up to ``hi``, without the ranges ``missing`` (both ends included)."""

    hi: Count
    missing: Annotated[tuple[Range, ...], Field(strict=False, max_length=MAX_RANGES)]

    @model_validator(mode="after")
    def _ranges_ascend_below_hi(self) -> Self:
        edges = [0, *(edge for pair in self.missing for edge in pair), self.hi]
        starts, ends = edges[1:-1:2], edges[2:-1:2]
        if any(first > last for first, last in zip(starts, ends, strict=True)):
            raise ValueError("a range ends before it begins")
        if any(end >= start for end, start in zip([0, *ends], [*starts, self.hi], strict=True) if self.missing):
            raise ValueError("ranges must ascend, apart, below hi")
        return self


class Log(Part):
    """Where in the signer's tree the leaf of this act stands."""

    origin: Annotated[str, Field(min_length=1, max_length=255)]
    index: Count


class Receipt(Payload):
    """The signed payload of a receipt."""

    MAX_BYTES: ClassVar[int] = 8 * 1024

    rid: ReceiptId
    for_: For = Field(alias="for")
    stage: Stage
    st: Digest | None
    code: Annotated[str, Field(max_length=32)] | None
    retry: Literal["never", "later"] | None
    at: Millis
    late: bool
    sack: Sack
    log: Log
    ks: Keyset

    @model_validator(mode="after")
    def _members_fit_the_stage(self) -> Self:
        rejected = self.stage == "rejected"
        if (self.code in BY_CODE) != rejected or rejected in {self.code is None, self.retry is None}:
            raise ValueError("code and retry belong to a rejection, and only to it")
        if (self.st is None) != (self.stage == "accepted") and not rejected:
            raise ValueError("st is known from opened on")
        return self


def build(
    *,
    net: str,
    rid: str,
    sender: str,
    to: str,
    mid: str,
    env: str,
    stage: Stage,
    at: int,
    hi: int,
    missing: Sequence[tuple[int, int]],
    origin: str,
    index: int,
    ks_ver: int,
    ks_sha256: str,
    st: str | None = None,
    code: str | None = None,
    late: bool = False,
) -> Receipt:
    """A receipt of ``sender`` for the envelope (mid, env) of ``to``; ``retry`` follows from ``code``."""
    members: dict[str, Any] = {
        "v": VERSION, "net": net, "rid": rid, "from": sender, "to": to, "for": {"mid": mid, "env": env},
        "stage": stage, "st": st, "code": code, "retry": None if code is None else BY_CODE[code].retry, "at": at,
        "late": late, "sack": {"hi": hi, "missing": tuple(missing)},
        "log": {"origin": origin, "index": index}, "ks": {"ver": ks_ver, "sha256": ks_sha256},
    }  # fmt: skip
    return Receipt.model_validate(members)


def issue(receipt: Receipt, signer: Signer) -> dict[str, Any]:
    """The signed receipt, as it travels."""
    return jws.sign(receipt.payload(), TYP, [signer])


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """A receipt of the right shape, from anyone. ``wire`` is what is stored and sent."""

    receipt: Receipt
    jws: Jws
    wire: bytes
    item: dict[str, Any]


def parse(item: Any) -> SignedReceipt:
    """Shape and limits of one receipt. Any refusal here is of something unauthenticated."""
    signed = jws.parse(item, TYP, most=1, max_payload_bytes=Receipt.MAX_BYTES)
    return SignedReceipt(Receipt.read(signed.payload), signed, jws.wire(signed), item)


def authenticate(signed: SignedReceipt, *, me: str, net: str, verify: Verify) -> Receipt:
    """The receipt, once its signature holds and it is about one of ours. ``verify`` knows its sender's receipt keys."""
    jws.verify_each(signed.jws, verify)
    receipt = signed.receipt
    check_understood(receipt.v, ())
    check_addressee(receipt, me=me, net=net)
    if receipt.rid.authority != receipt.from_ or receipt.for_.mid.authority != me:
        raise Mismatch("expected the receipt's id to begin with its signer and the message's id with its reader")
    return receipt
