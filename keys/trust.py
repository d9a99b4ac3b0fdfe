"""What we believe of one authority: its chain of roots and its newest keyset. Pure: takes bytes, raises, does no I/O.

Rules
- A TrustSet never changes; ``update_*`` gives a new one, or raises and leaves the old one as it was.
- Root 1 is believed because its digest was compared; everything else follows from it by signatures.
- Nothing goes back: versions only rise, a keyset by at most ``MOST_LEAP`` (a stolen keyset key must not burn all the
  numbers), algorithms are never fewer, a listed key stays listed with its use, a revoked key stays revoked.
- When a root names other keyset keys and they did not sign the keyset held, that keyset is dropped and the count of
  versions begins anew: this is how an authority recovers from stolen keyset keys (TUF 1.0.33, section 5.3.11).
- Authenticity fails closed, freshness degrades: an old keyset is still used, and ``freshness`` says how old.

Example
    trust = TrustSet.of_card(card, digest, "real", at_ms=now_ms)
    kid, ct = trust.seal(info, plaintext)
    envelope.authenticate(received, me=me, net="real", verify=trust.verifier("env", at_ms=now_ms))
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Literal, NamedTuple, Self

from keys.admission import PublicKey
from keys.algorithms import seal, verify
from keys.card import MAX_ROOTS, Card
from keys.documents import DAY_MS, check_never_fewer
from keys.errors import (
    DigestMismatch,
    Equivocation,
    Frozen,
    HistoryRewritten,
    KeyShared,
    NetworkMismatch,
    Rollback,
    RootExpired,
    TrustRefused,
    VersionSkipped,
)  # fmt: skip
from keys.keyset import KeyEntry, Keyset, SignedKeyset, log_entries, read_keyset
from keys.roots import Root, SignedRoot, read_root, verify_root
from protocol.errors import BadSignature, KeyRevoked, UnknownKey
from protocol.jws import Verify

__all__ = ["Carriage", "Freshness", "KemChoice", "TrustSet"]

MOST_LEAP: Final = 1000  # versions a keyset may be ahead; ten a day for a season without contact
GRACE_MS: Final = 30 * DAY_MS
RETIRED_MS: Final = {"online": 30 * DAY_MS, "file": 400 * DAY_MS}  # how long a message may have been on its way

Carriage = Literal["online", "file"]


class Freshness(StrEnum):
    """How far the newest documents may be relied on."""

    CURRENT = "current"
    STALE = "stale"  # past its date: show a banner
    HELD = "held"  # 30 days past: hold what goes out, quarantine what comes in


class KemChoice(NamedTuple):
    """The key to seal to."""

    suite: str
    kid: str
    key: PublicKey


@dataclass(frozen=True, slots=True, repr=False)
class TrustSet:
    """One authority as we know it."""

    roots: tuple[SignedRoot, ...]  # versions 1, 2, 3, ...
    signed_keyset: SignedKeyset | None = None

    def __repr__(self) -> str:
        return f"TrustSet({self.authority}, root {self.root.ver}, keyset {self.keyset.ver if self.keyset else None})"

    # ------------------------------------------------------------ coming to believe

    @classmethod
    def pin(cls, root_documents: Sequence[bytes], digest: str, net: str, *, at_ms: int) -> Self:
        """Believe a chain whose first root has the compared ``digest``, and whose last has not expired at ``at_ms``."""
        trust = cls.resume(root_documents, digest, net)
        _check_unexpired(trust.root, at_ms)
        return trust

    @classmethod
    def resume(
        cls,
        root_documents: Sequence[bytes],
        digest: str,
        net: str,
        keyset: bytes | None = None,
        *,
        under: int | None = None,
    ) -> Self:
        """What was believed and stored before: verified again in full, but its age is left to ``freshness``.

        ``under`` is the version of the root the keyset was believed under, the newest if not given. A later root that
        does not stand for the keyset any more drops it here as it did then.
        """
        if not 1 <= len(root_documents) <= MAX_ROOTS:
            raise VersionSkipped(f"expected 1 to {MAX_ROOTS} roots, got {len(root_documents)}")
        first = read_root(root_documents[0])
        if first.sha256 != digest:
            raise DigestMismatch(f"the first root has the digest {first.sha256}, the one compared is {digest}")
        if first.root.net != net:
            raise NetworkMismatch(f"this node is on the {net} network, that root on {first.root.net}")
        last = under or len(root_documents)
        trust = cls((verify_root(first, None),)).with_roots(root_documents[1:last])
        if keyset is not None:
            trust = trust.update_keyset(keyset)
        return trust.with_roots(root_documents[last:])

    @classmethod
    def of_card(cls, card: Card, digest: str, net: str, *, at_ms: int) -> Self:
        """Enrol from a card: the chain against the compared digest, then the keyset."""
        return cls.pin(card.root_documents, digest, net, at_ms=at_ms).update_keyset(card.keyset_document)

    def update_card(self, card: Card, *, at_ms: int) -> Self:
        """Follow a newer card of the same authority, all of it or nothing."""
        return self.update_roots(card.root_documents, at_ms=at_ms).update_keyset(card.keyset_document)

    def update_root(self, document: bytes, *, at_ms: int) -> Self:
        """Follow one root."""
        return self.update_roots([document], at_ms=at_ms)

    def update_roots(self, documents: Sequence[bytes], *, at_ms: int) -> Self:
        """Follow roots upward; those held already are passed over. Expiry is judged on the last only.

        Rollback where the last given is older than the one held: somebody shows us the past.
        """
        trust = self.with_roots(documents)
        last = read_root(documents[-1]).root.ver if documents else 0
        if last < self.root.ver:
            raise Rollback(f"root {self.root.ver} is held, the newest given is {last}")
        _check_unexpired(trust.root, at_ms)
        return trust

    def update_keyset(self, document: bytes) -> Self:
        """Follow a newer keyset; the one held already changes nothing."""
        candidate = read_keyset(document, self.roots[-1])
        held = self.signed_keyset
        if held is None:
            return replace(self, signed_keyset=candidate)
        if candidate.sha256 == held.sha256:
            return self
        _check_keyset_follows(candidate.keyset, held.keyset)
        return replace(self, signed_keyset=candidate)

    @property
    def kids(self) -> frozenset[str]:
        """Every key this authority lists: of its holders, of the role keyset, of its keyset and its log."""
        found = {kid for signed in self.roots for kid in (*signed.holders, *signed.online)}
        keyset = self.signed_keyset
        if keyset is not None:
            found |= {*keyset.signing, *keyset.sealing, *keyset.log}
        return frozenset(found)

    def check_alone(self, others: Iterable["TrustSet"]) -> None:
        """KeyShared where another authority lists a key of this one: each key speaks for one authority."""
        own = self.kids
        for other in others:
            if other.authority != self.authority and (both := own & other.kids):
                raise KeyShared(f"{self.authority} and {other.authority} both list the key {min(both)}")

    def check_not_frozen(self, at_ms: int, promised: int = 0) -> None:
        """Frozen where what was just fetched has ended already, or is older than the version its owner ``promised``.

        To be asked after looking for newer documents. It takes no trust away: that is for ``freshness``, by its dates.
        """
        keyset = self.keyset
        if keyset is not None and keyset.ver < promised:
            raise Frozen(f"{self.authority} speaks of its keyset {promised}, what its address shows is {keyset.ver}")
        if keyset is not None and at_ms >= keyset.exp:
            raise Frozen(f"the newest keyset of {self.authority} that its address shows, {keyset.ver}, has ended")

    def with_roots(self, documents: Sequence[bytes]) -> Self:
        """With these roots, those held already passed over. How old the last one is, is not judged here."""
        trust = self
        for document in documents:
            trust = trust._after(document)
        return trust

    def _after(self, document: bytes) -> Self:
        """With one more root, or the same where it is held."""
        candidate = read_root(document)
        ver, held = candidate.root.ver, self.roots
        if ver <= len(held):
            if candidate.sha256 != held[ver - 1].sha256:
                self._refuse_other(candidate)
            return self
        if ver > MAX_ROOTS:
            raise VersionSkipped(f"a chain has at most {MAX_ROOTS} roots")
        roots = (*held, verify_root(candidate, held[-1]))
        return replace(self, roots=roots, signed_keyset=_still_signed(self.signed_keyset, roots[-1]))

    def _refuse_other(self, candidate: SignedRoot) -> None:
        """Another root of a version held: a stranger's, or, if it verifies, proof that the authority speaks twice."""
        ver = candidate.root.ver
        if ver == 1:
            raise DigestMismatch("this chain begins with another first root than the one compared")
        verify_root(candidate, self.roots[ver - 2])
        raise Equivocation(f"two roots bear version {ver}, both signed: keep both and ask {self.authority}")

    # ------------------------------------------------------------ what is believed

    @property
    def digest(self) -> str:
        """The digest that was compared."""
        return self.roots[0].sha256

    @property
    def root(self) -> Root:
        """The newest root."""
        return self.roots[-1].root

    @property
    def net(self) -> str:
        return self.root.net

    @property
    def authority(self) -> str:
        return self.root.auth

    @property
    def country(self) -> str:
        return self.root.country

    @property
    def name(self) -> str:
        return self.root.name

    @property
    def keyset(self) -> Keyset | None:
        """The newest keyset, if any was seen under the newest root."""
        return None if self.signed_keyset is None else self.signed_keyset.keyset

    @property
    def keyset_sha256(self) -> str | None:
        return None if self.signed_keyset is None else self.signed_keyset.sha256

    @property
    def url(self) -> str | None:
        """Where the node is reached, None where it only dials out."""
        return None if self.keyset is None else self.keyset.urls.exchange

    @property
    def root_documents(self) -> tuple[bytes, ...]:
        """The roots as they came, to be stored and passed on."""
        return tuple(signed.document.data for signed in self.roots)

    @property
    def keyset_document(self) -> bytes | None:
        """The keyset as it came."""
        return None if self.signed_keyset is None else self.signed_keyset.document.data

    def ends_ms(self, carriage: Carriage = "online") -> int:
        """The date of the newest documents: the earlier of the root's and the keyset's for this carriage."""
        if self.keyset is None:
            return self.root.exp
        return min(self.root.exp, self.keyset.exp if carriage == "online" else self.keyset.exp_file)

    def freshness(self, at_ms: int, carriage: Carriage = "online") -> Freshness:
        """By the earlier of the root's date and the keyset's for this carriage."""
        if self.keyset is None:
            return Freshness.HELD
        until = self.ends_ms(carriage)
        if at_ms < until:
            return Freshness.CURRENT
        return Freshness.STALE if at_ms < until + GRACE_MS else Freshness.HELD

    # ------------------------------------------------------------ acting on it

    def verifier(self, use: str, *, at_ms: int | None = None, carriage: Carriage = "online") -> Verify:
        """For what arrives: refuses revoked keys and, where ``at_ms`` is given, keys retired too long before it."""

        def check(kid: str, alg: str, data: bytes, signature: bytes) -> None:
            entry, key = self._entry(kid, use)
            if entry.status == "revoked":
                raise KeyRevoked(f"the key {kid} was revoked")
            if entry.status == "retired" and at_ms is not None and at_ms >= entry.since + RETIRED_MS[carriage]:
                raise KeyRevoked(f"the key {kid} was retired too long ago")
            _check_signature(key, alg, data, signature)

        return check

    def evidence_verifier(self, use: str) -> Verify:
        """For what was accepted before: a key counts whatever became of it since.

        The caller must know from its own log that the message was accepted before the revoking keyset was received
        (decision 11); then it stays provable, and is shown as contested from the entry's ``since``.
        """

        def check(kid: str, alg: str, data: bytes, signature: bytes) -> None:
            _, key = self._entry(kid, use)
            _check_signature(key, alg, data, signature)

        return check

    def _entry(self, kid: str, use: str) -> tuple[KeyEntry, PublicKey]:
        found = None if self.signed_keyset is None else self.signed_keyset.signing.get(kid)
        if found is None or found[0].use != use:
            raise UnknownKey(f"{self.authority} lists no key {kid} for {use}")
        return found

    def require_statement_algs(self, algs: frozenset[str]) -> None:
        """BadSignature unless every algorithm the keyset requires is among those that signed."""
        required = frozenset() if self.keyset is None else frozenset(self.keyset.requires)
        if not required or not required <= algs:
            raise BadSignature(f"a statement must be signed with {sorted(required)}, this one with {sorted(algs)}")

    def active(self, use: str) -> tuple[str, ...]:
        """The kids to sign with: of each algorithm the key most lately made active."""
        entries = () if self.keyset is None else self.keyset.keys
        fitting = sorted((e for e in entries if e.use == use and e.status == "active"), key=lambda e: e.since)
        return tuple({entry.alg: str(entry.kid) for entry in fitting}.values())

    @property
    def log_keys(self) -> tuple[tuple[PublicKey, bool], ...]:
        """Every key of the log, of whatever year, and whether its checkpoints count: they do unless it was revoked."""
        found = {} if self.signed_keyset is None else self.signed_keyset.log
        return tuple((key, entry.status != "revoked") for entry, key in found.values())

    @property
    def log_active(self) -> tuple[str, ...]:
        """The kids that sign checkpoints now, one of each algorithm."""
        signed = self.signed_keyset
        return () if signed is None else (signed.log_ed25519.kid, signed.log_mldsa44.kid)

    def kem(self, carriage: Carriage = "online") -> KemChoice:
        """The key to seal to: the one most lately made active. UnknownKey where none is listed."""
        found = () if self.signed_keyset is None else self.signed_keyset.sealing.values()
        fitting = [(e, key) for e, key in found if e.carriage == carriage and e.status == "active"]
        if not fitting:
            raise UnknownKey(f"{self.authority} lists no active key to seal to for carriage {carriage}")
        entry, key = max(fitting, key=lambda pair: pair[0].since)
        return KemChoice(entry.suite, str(entry.kid), key)

    def seal(self, info: bytes, plaintext: bytes, carriage: Carriage = "online") -> tuple[str, bytes]:
        """(kid, sealed). ``info`` must name the same kid: take it from ``kem`` of the same TrustSet first."""
        choice = self.kem(carriage)
        return choice.kid, seal(choice.key, info, plaintext)


def _check_signature(key: PublicKey, alg: str, data: bytes, signature: bytes) -> None:
    """The key decides the algorithm; the header may only agree."""
    if key.alg != alg:
        raise BadSignature(f"the key {key.kid} is of {key.alg}, the header says {alg}")
    verify(key, data, signature)


def _check_unexpired(root: Root, at_ms: int) -> None:
    if at_ms >= root.exp:
        raise RootExpired(f"root {root.ver} of {root.auth} is past its date; ask for the next one")


def _still_signed(held: SignedKeyset | None, root: SignedRoot) -> SignedKeyset | None:
    """The keyset held, if it stands under the new root too."""
    if held is None:
        return None
    try:
        return read_keyset(held.document.data, root)
    except TrustRefused:
        return None


def _check_keyset_follows(new: Keyset, held: Keyset) -> None:
    if new.ver < held.ver:
        raise Rollback(f"keyset {held.ver} is held, this is {new.ver}")
    if new.ver == held.ver:
        raise Equivocation(f"two keysets bear version {new.ver}, both signed: keep both and ask {held.auth}")
    if new.ver > held.ver + MOST_LEAP:
        raise VersionSkipped(f"keyset {held.ver} is held, {new.ver} leaps more than {MOST_LEAP} ahead")
    check_never_fewer("a statement", new.requires, held.requires)
    _check_history(new, held)


def _check_history(new: Keyset, held: Keyset) -> None:
    """Signing keys stay listed, keep their use, and do not come back once revoked; nor do keys to seal to."""
    now = {kid: (use, status) for kid, use, status in _signing(new)}
    for kid, use, status in _signing(held):
        if kid not in now:
            raise HistoryRewritten(f"the key {kid} is no longer listed; what it signed must stay provable")
        later_use, later_status = now[kid]
        if later_use != use:
            raise HistoryRewritten(f"the key {kid} was for {use} and is now for {later_use}")
        if status == "revoked" and later_status != "revoked":
            raise HistoryRewritten(f"the key {kid} was revoked and is now {later_status}")
    revoked = {entry.kid for entry in held.kem if entry.status == "revoked"}
    back = [entry.kid for entry in new.kem if entry.kid in revoked and entry.status != "revoked"]
    if back:
        raise HistoryRewritten(f"the keys {back} to seal to were revoked and are back")


def _signing(keyset: Keyset) -> list[tuple[str, str, str]]:
    """(kid, use, status) of every key that signs under a keyset, those of the log among them."""
    log = ((str(entry.kid), "log", entry.status) for entry in log_entries(keyset))
    return [*((str(entry.kid), entry.use, entry.status) for entry in keyset.keys), *log]
