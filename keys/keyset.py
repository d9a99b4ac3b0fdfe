"""Keysets: which keys an authority signs and opens with now, and how to reach it.

Rules
- Signed by the online keys its root lists, with every algorithm the root requires.
- Every key has one use and one status: ``next`` (known, not yet used), ``active``, ``retired`` (takes no new work,
  still proves old work), ``revoked`` since an instant. The keys of the log are listed with theirs in ``log.keys``; a
  keyset without that list (of before they turned) names the pair that has signed since it was issued.
- It lapses: ``exp`` after 90 days on line, ``exp_file`` after 13 months for counterparts served by file. What follows
  from that is ``TrustSet.freshness``.
- ``requires`` says which algorithms must sign a statement, so that dropping one is detected; never fewer than before.
- It carries the contact card (ITI para 31) and the standing confidentiality declaration (ITI para 15).

Example
    keyset = first_keyset(root, vault.records(), at_ms=now_ms, origin="ke.example/itx", url=None, contact=contact)
    document = issue_keyset(keyset, vault.signers("keyset"))
    read_keyset(document, signed_root).keyset.ver
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, Self, cast

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
)
from keys.errors import AuthorityMismatch, DocumentMalformed, NetworkMismatch, ThresholdNotMet
from keys.roots import Root, SignedRoot
from keys.uses import FITTING, KEM_USES, KEYSET_USES, PublicKeyRecord, Use
from protocol import jws, strictjson
from protocol.names import AuthorityId, KeyId

__all__ = [
    "KEYSET_TYP", "LIFETIME_MS", "MAX_KEYSET_BYTES", "REFRESH_MS", "Confidentiality", "Contact", "ContactPoint",
    "KemEntry", "KeyEntry", "Keyset", "LogEntry", "LogKeys", "SignedKeyset", "Urls", "entry_of", "first_keyset",
    "issue_keyset", "log_entries", "log_keys", "read_keyset", "renew_keyset",
]  # fmt: skip

KEYSET_TYP: Final = "itx-keyset+json"
MAX_KEYSET_BYTES: Final = 1024 * 1024  # 300 keys with their history, and a contact card
MOST_SIGNATURES: Final = 4
MOST_KEYS: Final = 256
LIFETIME_MS: Final = 90 * DAY_MS
FILE_LIFETIME_MS: Final = 396 * DAY_MS  # 13 months: a yearly bag, and a month late
REFRESH_MS: Final = DAY_MS
LONGEST_MS: Final = 400 * DAY_MS  # a stolen keyset key must not speak for ever

Status = Literal["next", "active", "retired", "revoked"]
ContactText = Annotated[str, Field(max_length=2000)]


class KeyEntry(SignedModel):
    """A signing key, its one use, and its status since an instant."""

    kid: KeyId
    alg: EvidenceAlgorithm
    pub: str
    use: Literal["stmt", "env", "rcpt", "pull"]
    status: Status
    since: Instant

    @model_validator(mode="after")
    def _algorithm_fits(self) -> Self:
        if self.alg not in FITTING[Use(self.use)]:
            raise ValueError(f"a key for {self.use} may not be of {self.alg}")
        return self


class KemEntry(SignedModel):
    """A key to seal to, for one way of carriage."""

    kid: KeyId
    suite: Literal["xwing", "p256"]
    pub: str
    carriage: Literal["online", "file"]
    status: Status
    since: Instant


class LogEntry(SignedModel):
    """A key that signs checkpoints, and its status since an instant. Listed for ever: old checkpoints must verify."""

    kid: KeyId
    alg: Literal["Ed25519", "ML-DSA-44"]
    pub: str
    status: Status
    since: Instant


class LogKeys(SignedModel):
    """Who signs the checkpoints of the audit trees (C2SP tlog-checkpoint): a name and the two keys of now, base64url.

    ``keys`` lists these two as active, and every one that comes after or was before them.
    """

    origin: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\s+\x00-\x1f\x7f]+$")]
    ed25519: str
    mldsa44: str
    keys: Annotated[tuple[LogEntry, ...], Field(max_length=MOST_KEYS)] = ()

    @model_validator(mode="after")
    def _names_active_ones(self) -> Self:
        active = {(one.alg, one.pub) for one in self.keys if one.status == "active"}
        if self.keys and not {("Ed25519", self.ed25519), ("ML-DSA-44", self.mldsa44)} <= active:
            raise ValueError("the two keys of the log are among those listed as active")
        return self


class Urls(SignedModel):
    """Where to reach the node. A node that only dials out lists none."""

    exchange: Annotated[str, Field(max_length=500, pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$")] | None = None


class ContactPoint(SignedModel):
    """One point of contact of ITI para 25: an office, how and when it is reached, in which languages."""

    name: Name
    email: ContactText | None = None
    phone: ContactText | None = None
    address: ContactText | None = None
    hours: ContactText | None = None
    languages: Annotated[tuple[Annotated[str, Field(max_length=35)], ...], Field(max_length=50)] = ()


class Contact(ContactPoint):
    """The contact card of ITI paras 25 and 31. Further members are kept and shown.

    The national point itself, further ones (``points``), the days on which nobody works (ISO 8601), and how weapons
    are marked there (31(b)).
    """

    points: Annotated[tuple[ContactPoint, ...], Field(max_length=20)] = ()
    holidays: Annotated[tuple[Annotated[str, Field(max_length=10)], ...], Field(max_length=400)] = ()
    marking_practices: Annotated[str, Field(max_length=8000)] | None = None


class Confidentiality(SignedModel):
    """The State's standing declaration (ITI para 15), numbered so that a later one replaces it."""

    ver: Version
    declaration: Literal["can_guarantee", "cannot_guarantee", "partly"]
    text: ContactText = ""


class Keyset(SignedModel):
    """The payload of a keyset. Instants and spans are milliseconds."""

    v: Literal[1]
    net: Literal["real", "training"]
    auth: AuthorityId
    ver: Version
    iat: Instant
    exp: Instant
    exp_file: Instant
    refresh: Annotated[int, Field(ge=60_000, le=LIFETIME_MS)]
    requires: tuple[EvidenceAlgorithm, ...]
    keys: Annotated[tuple[KeyEntry, ...], Field(max_length=MOST_KEYS)]
    kem: Annotated[tuple[KemEntry, ...], Field(max_length=MOST_KEYS)]
    log: LogKeys
    urls: Urls
    contact: Contact
    confidentiality: Confidentiality | None = None

    @model_validator(mode="after")
    def _lapses(self) -> Self:
        latest = self.iat + LONGEST_MS
        if not (self.iat < self.exp <= latest and self.iat < self.exp_file <= latest):
            raise ValueError("a keyset lapses within 400 days of its issue")
        return self


@dataclass(frozen=True, slots=True)
class SignedKeyset:
    """A believed keyset: as it came, with its keys admitted."""

    keyset: Keyset
    document: Document = field(repr=False)
    signing: Mapping[str, tuple[KeyEntry, PublicKey]] = field(repr=False)  # by kid
    sealing: Mapping[str, tuple[KemEntry, PublicKey]] = field(repr=False)  # by kid
    log: Mapping[str, tuple[LogEntry, PublicKey]] = field(repr=False)  # by kid
    log_ed25519: PublicKey = field(repr=False)
    log_mldsa44: PublicKey = field(repr=False)

    @property
    def sha256(self) -> str:
        """The digest of the payload, as ``ks`` in messages names it."""
        return self.document.sha256


def read_keyset(data: bytes, root: SignedRoot) -> SignedKeyset:
    """The keyset in these bytes, believed under ``root``.

    Steps: 1 shape, 2 network and authority, 3 every key admitted and listed once, 4 every signature verifies and is
    by an online key of the root, 5 every required algorithm is among them.
    """
    document = open_document(data, KEYSET_TYP, most_signatures=MOST_SIGNATURES, max_bytes=MAX_KEYSET_BYTES)
    keyset = parse_payload(Keyset, document.payload)
    if keyset.net != root.root.net:
        raise NetworkMismatch(f"expected a keyset of the {root.root.net} network, this is one of {keyset.net}")
    if keyset.auth != root.root.auth:
        raise AuthorityMismatch(f"expected a keyset of {root.root.auth}, this is one of {keyset.auth}")
    check_never_fewer("a statement", keyset.requires)
    signed = _admit_keys(keyset, document)
    _check_owners(signed, root)
    kids = check_signatures(document, root.online)
    lacking = set(root.root.requires.keyset) - {root.online[kid].alg for kid in kids}
    if lacking:
        raise ThresholdNotMet(f"the root requires {sorted(root.root.requires.keyset)}; {sorted(lacking)} did not sign")
    return signed


def _admit_keys(keyset: Keyset, document: Document) -> SignedKeyset:
    signing = {str(entry.kid): (entry, admit_key(entry.alg, entry.pub, entry.kid)) for entry in keyset.keys}
    sealing = {str(entry.kid): (entry, admit_key(entry.suite, entry.pub, entry.kid)) for entry in keyset.kem}
    ed25519, mldsa44 = admit_key("Ed25519", keyset.log.ed25519), admit_key("ML-DSA-44", keyset.log.mldsa44)
    listed = log_entries(keyset)
    log = {str(entry.kid): (entry, admit_key(entry.alg, entry.pub, entry.kid)) for entry in listed}
    if len(signing) + len(sealing) + len(log) != len(keyset.keys) + len(keyset.kem) + len(listed):
        raise DocumentMalformed("this keyset lists a key twice")
    return SignedKeyset(keyset, document, signing, sealing, log, ed25519, mldsa44)


def log_entries(keyset: Keyset) -> tuple[LogEntry, ...]:
    """The keys of the log with their status; the pair of a keyset without the list is active since its issue."""
    if keyset.log.keys:
        return keyset.log.keys
    pair = (("Ed25519", keyset.log.ed25519), ("ML-DSA-44", keyset.log.mldsa44))
    status = {"status": "active", "since": keyset.iat}
    return tuple(
        LogEntry.model_validate({"kid": admit_key(alg, pub).kid, "alg": alg, "pub": pub} | status) for alg, pub in pair
    )


def _check_owners(signed: SignedKeyset, root: SignedRoot) -> None:
    """One key, one use: also across the algorithms that share a kind of key, and against the keys of the root."""
    own = [key for _, key in (*signed.signing.values(), *signed.sealing.values(), *signed.log.values())]
    keys = [*own, *root.holders.values(), *root.online.values()]
    try:
        unique("a key", [key.raw for key in keys])
    except ValueError as fault:
        raise DocumentMalformed(f"in this keyset and its root {fault}: each key has one owner and one use") from fault


# ---------------------------------------------------------------- our own


def first_keyset(
    root: Root,
    records: Iterable[PublicKeyRecord],
    *,
    at_ms: int,
    origin: str,
    contact: Contact,
    url: str | None = None,
    confidentiality: Confidentiality | None = None,
) -> Keyset:
    """Version 1 over the keys a new vault holds, all active at once: nobody knows older ones."""
    records = tuple(records)
    return Keyset(
        v=1,
        net=root.net,
        auth=root.auth,
        ver=1,
        iat=at_ms,
        exp=at_ms + LIFETIME_MS,
        exp_file=at_ms + FILE_LIFETIME_MS,
        refresh=REFRESH_MS,
        requires=cast("tuple[EvidenceAlgorithm, ...]", tuple(one.alg for one in records if one.use is Use.STMT)),
        keys=tuple(_active_entries(records, KEYSET_USES, at_ms)),
        kem=tuple(_active_entries(records, KEM_USES, at_ms)),
        log=log_keys(origin, (entry_of(record, "active", at_ms) for record in records if record.use is Use.LOG)),
        urls=Urls(exchange=url),
        contact=contact,
        confidentiality=confidentiality,
    )


def renew_keyset(previous: Keyset, *, at_ms: int, **changes: Any) -> Keyset:
    """The next version with a new term and these members changed."""
    term = {
        "ver": previous.ver + 1,
        "iat": at_ms,
        "exp": at_ms + LIFETIME_MS,
        "exp_file": at_ms + FILE_LIFETIME_MS,
    }
    return Keyset.model_validate(previous.model_dump() | term | changes)


def issue_keyset(keyset: Keyset, signers: Sequence[jws.Signer]) -> bytes:
    """The signed document."""
    return strictjson.dump(jws.sign(keyset.payload(), KEYSET_TYP, signers))


def _active_entries(records: Iterable[PublicKeyRecord], uses: Container[Use], at_ms: int) -> Iterator[Any]:
    return (entry_of(record, "active", at_ms) for record in records if record.use in uses)


def entry_of(record: PublicKeyRecord, status: str, at_ms: int) -> KeyEntry | KemEntry | LogEntry:
    """How a keyset lists a key of ours."""
    listed = {"kid": record.kid, "pub": record.pub, "status": status, "since": at_ms}
    if record.use in KEM_USES:
        carriage = "online" if record.use is Use.KEM else "file"
        return KemEntry.model_validate(listed | {"suite": record.alg, "carriage": carriage})
    if record.use is Use.LOG:
        return LogEntry.model_validate(listed | {"alg": record.alg})
    return KeyEntry.model_validate(listed | {"alg": record.alg, "use": record.use.value})


def log_keys(origin: str, entries: Iterable[Any]) -> LogKeys:
    """The log's part of a keyset: of each algorithm the key most lately made active is named."""
    keys = tuple(entries)
    live = sorted((one for one in keys if one.status == "active"), key=lambda one: one.since)
    pubs = {one.alg: one.pub for one in live}
    return LogKeys(origin=origin, ed25519=pubs["Ed25519"], mldsa44=pubs["ML-DSA-44"], keys=keys)
