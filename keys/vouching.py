"""What the keys of a believed authority vouch for, offline: a message in its envelope, and that it was taken over.

Shared by whatever is verified without a node (``keys/proof.py``, ``keys/evidence``). There is no clock and nobody to
ask: documents speak as of when they were issued.

    trust = believe(card, "ke", "training", {"ke": "3f9a01c2..."})
    check_standing(trust, signed, said.iat, until_ms=receipt.at)
"""

from dataclasses import dataclass
from typing import Any

from keys.trust import RETIRED_MS, TrustSet
from protocol import jws, receipts
from protocol.errors import KeyRevoked, Mismatch
from protocol.jws import Jws
from protocol.manifest import Manifest
from protocol.payload import Keyset as NamedKeyset
from protocol.payload import check_understood
from protocol.receipts import Receipt
from protocol.statement import Statement

__all__ = ["Speaker", "check_manifest", "check_named", "check_standing", "read_receipt", "speaker"]


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who signed, as the root says, and the keyset that was shown: ``keys_as_of_ms`` is when it was issued."""

    authority: str
    name: str
    country: str
    root_digest: str
    keyset: int
    keys_as_of_ms: int


def speaker(trust: TrustSet) -> Speaker:
    """Who a believed authority is."""
    root, keyset = trust.root, trust.keyset
    assert keyset is not None  # believe gives none without
    return Speaker(trust.authority, root.name, root.country, trust.digest, keyset.ver, keyset.iat)


def check_named(named: NamedKeyset, trust: TrustSet) -> None:
    """An object names the keyset it was made under; where that is the one shown, it must be the same."""
    keyset = trust.keyset
    if keyset is not None and named.ver == keyset.ver and named.sha256 != trust.keyset_sha256:
        raise Mismatch(f"expected the keyset {named.ver} it was made under")


def check_standing(trust: TrustSet, signed: Jws, at_ms: int, *, until_ms: int | None) -> None:
    """KeyRevoked unless the keys that signed stood at ``at_ms``; what came before ``until_ms`` stays provable."""
    listed = {} if trust.signed_keyset is None else trust.signed_keyset.signing
    for one in signed.signatures:
        entry, _ = listed[one.kid]
        if entry.status == "revoked" and (until_ms is None or until_ms >= entry.since):
            raise KeyRevoked(f"the key {one.kid} was revoked")
        if entry.status == "retired" and at_ms >= entry.since + RETIRED_MS["file"]:
            raise KeyRevoked(f"the key {one.kid} was retired too long before")


def check_manifest(manifest: Manifest, stc: str, said: Statement) -> None:
    """Mismatch unless this is the manifest of the statement whose salted digest is ``stc``."""
    outside = (manifest.net, manifest.mid, manifest.from_, manifest.to)
    if outside != (said.net, said.mid, said.from_, said.to):
        raise Mismatch("expected statement and manifest to agree on network, id, sender and recipient")
    if manifest.stc != stc:
        raise Mismatch("expected the manifest to commit to this statement")


def read_receipt(item: Any, said: Statement, env: str, st: str, recipient: TrustSet) -> tuple[Jws, Receipt]:
    """One receipt of the recipient for the envelope ``env`` of the statement ``st``. ProtocolError if it is none."""
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
    check_named(receipt.ks, recipient)
    return signed.jws, receipt
