"""Roots: which persons speak for an authority's keys, and how many of them must agree.

Rules
- A root binds network, authority, country, name, the holders, the threshold, and the online keys that sign keysets.
- A holder is a person with a pair of keys (Ed25519 and ML-DSA-65) and counts once, when both verify.
- A real network needs two of the holders at least; 1-of-1 is for training.
- Version 1 is believed because two officers compared its digest. Version n+1 needs the threshold of n **and** its own,
  names the digest of n, follows by exactly one, and never asks for fewer algorithms (version 1 fixes them).
- Expiry is judged by who walks the chain (``trust.py``), on the last root only.

Example
    signed = verify_root(read_root(data), previous=None)
    signed.sha256  # the digest to compare
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from keys.admission import PublicKey
from keys.documents import (
    DAY_MS,
    Document,
    EvidenceAlgorithm,
    Instant,
    Name,
    SignedModel,
    Version,
    admit_key,
    check_never_fewer,
    check_signatures,
    open_document,
    parse_payload,
    unique,
)  # fmt: skip
from keys.errors import (
    AuthorityMismatch,
    DocumentMalformed,
    NetworkMismatch,
    PreviousMismatch,
    ThresholdNotMet,
    VersionSkipped,
)  # fmt: skip
from protocol.names import AuthorityId, KeyId

__all__ = [
    "HOLDER_ALGORITHMS", "MAX_ROOT_BYTES", "MOST_SIGNATURES", "NETWORKS", "ROOT_LIFETIME_MS", "ROOT_TYP", "Country",
    "Holder", "OnlineKey", "Requires", "Root", "SignedRoot", "read_root", "verify_root",
]  # fmt: skip

ROOT_TYP: Final = "itx-root+json"
NETWORKS: Final = ("real", "training")
HOLDER_ALGORITHMS: Final = ("Ed25519", "ML-DSA-65")
MOST_HOLDERS: Final = 16  # old and new holders of a rotation sign in pairs: 2 x 16 x 2 signatures are 64
MOST_SIGNATURES: Final = 64
MOST_ONLINE_KEYS: Final = 16
MAX_ROOT_BYTES: Final = 512 * 1024  # 64 signatures and 16 holders make some 250 KiB
ROOT_LIFETIME_MS: Final = 5 * 365 * DAY_MS
LONGEST_LIFETIME_MS: Final = 10 * 365 * DAY_MS  # persons change

Country = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Holder(SignedModel):
    """A person of the root and the two public keys, base64url."""

    name: Name
    ed25519: str
    mldsa65: str


class OnlineKey(SignedModel):
    """A key of the role ``keyset``: it lies on the node and signs keysets."""

    kid: KeyId
    alg: EvidenceAlgorithm
    pub: str


class Requires(SignedModel):
    """Which signatures the next root and every keyset must bear."""

    root: tuple[EvidenceAlgorithm, ...]
    keyset: tuple[EvidenceAlgorithm, ...]


class Root(SignedModel):
    """The payload of a root. Instants are milliseconds UTC."""

    v: Literal[1]
    net: Literal["real", "training"]
    auth: AuthorityId
    country: Country
    name: Name
    ver: Version
    iat: Instant
    exp: Instant
    holders: Annotated[tuple[Holder, ...], Field(min_length=1, max_length=MOST_HOLDERS)]
    threshold: Annotated[int, Field(ge=1)]
    prev: Digest | None
    requires: Requires
    keyset: Annotated[tuple[OnlineKey, ...], Field(min_length=1, max_length=MOST_ONLINE_KEYS)]

    @model_validator(mode="after")
    def _numbers_fit(self) -> Self:
        if not self.iat < self.exp <= self.iat + LONGEST_LIFETIME_MS:
            raise ValueError("a root lasts up to ten years, and ends after it begins")
        if (self.prev is None) != (self.ver == 1):
            raise ValueError("the first root has no predecessor, every other names one")
        return self

    @model_validator(mode="after")
    def _persons_fit(self) -> Self:
        unique("a holder's name", [holder.name for holder in self.holders])
        if self.threshold > len(self.holders):
            raise ValueError(f"a threshold of {self.threshold} cannot be met by {len(self.holders)} holder(s)")
        if self.net != "training" and self.threshold < 2:
            raise ValueError("one person alone may speak for a training node only: the threshold is 2 at least")
        return self

    @model_validator(mode="after")
    def _keysets_can_be_signed(self) -> Self:
        lacking = set(self.requires.keyset) - {key.alg for key in self.keyset}
        if lacking:
            raise ValueError(f"keysets must be signed with {sorted(lacking)}, but no such key is listed")
        return self


@dataclass(frozen=True, slots=True)
class SignedRoot:
    """A root as it came, with its keys admitted. ``verify_root`` says whether to believe it."""

    root: Root
    document: Document = field(repr=False)
    holders: Mapping[str, PublicKey] = field(repr=False)  # kid -> key
    pairs: Mapping[str, frozenset[str]] = field(repr=False)  # holder's name -> the two kids
    online: Mapping[str, PublicKey] = field(repr=False)  # kid -> key of the role keyset

    @property
    def sha256(self) -> str:
        """The digest of the payload; of version 1, what officers compare."""
        return self.document.sha256

    def signed_by(self, kids: frozenset[str]) -> tuple[str, ...]:
        """The holders both of whose keys are among ``kids``."""
        return tuple(name for name, pair in self.pairs.items() if pair <= kids)


def read_root(data: bytes) -> SignedRoot:
    """The root in these bytes, well formed, every key in it admitted and listed once. Not yet believed."""
    document = open_document(data, ROOT_TYP, most_signatures=MOST_SIGNATURES, max_bytes=MAX_ROOT_BYTES)
    root = parse_payload(Root, document.payload)
    pairs = {
        holder.name: (admit_key("Ed25519", holder.ed25519), admit_key("ML-DSA-65", holder.mldsa65))
        for holder in root.holders
    }
    holders = [key for pair in pairs.values() for key in pair]
    online = [admit_key(key.alg, key.pub, key.kid) for key in root.keyset]
    try:
        unique("a key", [key.kid for key in (*holders, *online)])
    except ValueError as fault:
        raise DocumentMalformed(f"in this root {fault}: each key has one owner and one use") from fault
    return SignedRoot(
        root,
        document,
        {key.kid: key for key in holders},
        {name: frozenset(key.kid for key in pair) for name, pair in pairs.items()},
        {key.kid: key for key in online},
    )


def verify_root(signed: SignedRoot, previous: SignedRoot | None) -> SignedRoot:
    """The same root, believed as the successor of ``previous`` (None: as a first root, whose digest is yet to compare).

    Steps: 1 it follows its predecessor, 2 it asks for no fewer algorithms, 3 every signature verifies, 4 the threshold
    of its own holders is met, 5 and that of the predecessor's.
    """
    before = () if previous is None else previous.root.requires.keyset
    _check_follows(signed.root, previous)
    check_never_fewer("the next root", signed.root.requires.root, HOLDER_ALGORITHMS)
    check_never_fewer("a keyset", signed.root.requires.keyset, before)
    known = dict(signed.holders) if previous is None else {**previous.holders, **signed.holders}
    kids = check_signatures(signed.document, known)
    _check_threshold(signed, kids, "its own")
    if previous is not None:
        _check_threshold(previous, kids, "the former")
    return signed


def _check_follows(root: Root, previous: SignedRoot | None) -> None:
    if previous is None:
        if root.ver != 1:
            raise VersionSkipped(f"a chain of roots begins with version 1, this is {root.ver}")
        return
    former = previous.root
    if root.net != former.net:
        raise NetworkMismatch(f"expected a root of the {former.net} network, this is one of {root.net}")
    if (root.auth, root.country) != (former.auth, former.country):
        raise AuthorityMismatch(f"expected a root of {former.auth} ({former.country}), this is one of {root.auth}")
    if root.ver != former.ver + 1:
        raise VersionSkipped(f"root {former.ver} is followed by {former.ver + 1}, this is {root.ver}")
    if root.prev != previous.sha256:
        raise PreviousMismatch(f"root {root.ver} names another predecessor than the root {former.ver} held")


def _check_threshold(signed: SignedRoot, kids: frozenset[str], whose: str) -> None:
    count, threshold = len(signed.signed_by(kids)), signed.root.threshold
    if count < threshold:
        raise ThresholdNotMet(f"{count} of {whose} holders signed with both keys, {threshold} must")
