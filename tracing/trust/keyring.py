"""Our own keys: the voice this node speaks with now, and the acts that change it.

Rules
- The keyset is signed by the online keys its newest root lists; root keys are never here (but on a training node).
- New private keys are on disk before a keyset names them; a keyset is in the database, with its leaf, before anything
  is signed under it. A crash in between leaves a key nobody knows, which is the next one announced.
- A private key is destroyed after the leaf that says so.
- Whatever another process changed is taken over before anything is done; of two who change at once, one starts again.
- Every act is believed by ourselves as a counterpart would believe it, before it is kept.

    keyring = Keyring.open(vault, store, settings)
    keyring.look()                     # what is due now: announce, turn, destroy, issue again
    keyring.voice.signer("env").sign(data)
"""

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from keys import rotation
from keys.documents import DAY_MS
from keys.errors import CeremonyRefused, KeyNotHeld
from keys.keyset import Confidentiality, Keyset, Urls, issue_keyset, renew_keyset
from keys.role import REPLACED, outlived, role_states
from keys.rotation import KeyState, Slot
from keys.trust import TrustSet
from keys.uses import KEYSET_USES, PublicKeyRecord, Use
from keys.vault import Vault
from protocol.jws import Signer
from tracing import audit
from tracing.post import Identity
from tracing.settings import Settings
from tracing.store import Store, StoreUnavailable, Tx
from tracing.trust.alarms import end_alarms, raise_alarm
from tracing.trust.contacts import own_contact
from tracing.trust.documents import add_document, kept_of
from tracing.trust.own import NotFounded, own_trust

__all__ = ["Keyring", "NotFounded", "Voice"]

ROOT_NOTICE_MS: Final = 180 * DAY_MS  # holders must meet, and counterparts look at least once a quarter
ROOT_ENDS: Final = "root-ends"
NODE: Final = "node"


@dataclass(frozen=True, slots=True)
class Voice:
    """What this node signs with now, and under which keyset. Never changes; the keyring has another one later."""

    trust: TrustSet
    keyset: Keyset
    identity: Identity
    _signers: Mapping[str, tuple[Signer, ...]] = field(repr=False)

    def signers(self, use: str) -> tuple[Signer, ...]:
        """The active keys of a use, one of each algorithm. KeyNotHeld where the vault has none of them."""
        found = self._signers.get(use, ())
        if not found:
            msg = f"no active key for {use} in the vault: restore its newest copy, or replace it (tracing keys revoke)"
            raise KeyNotHeld(msg)
        return found

    def signer(self, use: str) -> Signer:
        """The active key of a use that has one."""
        return self.signers(use)[0]

    @property
    def log(self) -> tuple[Signer, ...]:
        """The keys that sign checkpoints now; none where the vault lacks them: the rest of the node goes on."""
        return self._signers.get(Use.LOG, ())


class Keyring:
    """The living keys of this node. Acts take some ten milliseconds and belong in a thread; ``voice`` is at hand."""

    def __init__(self, vault: Vault, store: Store, settings: Settings, trust: TrustSet) -> None:
        self._vault = vault
        self._store = store
        self._settings = settings
        self._turn = threading.RLock()
        self._is_open = True
        self.voice = self._voice_of(trust)

    @classmethod
    def open(cls, vault: Vault, store: Store, settings: Settings) -> "Keyring":
        """From what is stored. NotFounded, or ConfigInvalid for another's name."""
        trust = store.read_now(lambda view: own_trust(view, settings))
        settings.require_identity(trust.authority, trust.country, trust.net)
        return cls(vault, store, settings, trust)

    @property
    def trust(self) -> TrustSet:
        """What counterparts believe of us, verified like theirs."""
        return self.voice.trust

    def _voice_of(self, trust: TrustSet) -> Voice:
        keyset, digest = trust.keyset, trust.keyset_sha256
        if keyset is None or digest is None:
            msg = "this node has no keyset under its newest root"
            raise NotFounded(msg)
        active = {use: trust.active(use) for use in KEYSET_USES} | {Use.LOG: trust.log_active}
        opened = {use: kids for use, kids in active.items() if self._vault.opens(use)}
        signers = {use.value: self._vault.signers(use, kids) for use, kids in opened.items()}
        self._require_newest({kid for kids in opened.values() for kid in kids})
        return Voice(trust, keyset, Identity(trust.authority, trust.net, keyset.ver, digest), signers)

    def _require_newest(self, active: Collection[str]) -> None:
        """KeyNotHeld where a part that cannot read its vault anew lacks a key that may have come into it since.

        A key that the vault has lost does not end a part: a new start would not find it either.
        """
        if not self._vault.is_whole and not self._held().issuperset(active) and self._vault.is_outdated:
            raise KeyNotHeld("the keyset names keys newer than this process opened: start it again")

    @contextmanager
    def _acting(self) -> Iterator[None]:
        """One act at a time, and none once the node lets go of its database."""
        with self._turn:
            if not self._is_open:
                msg = "the node is ending; its keys are looked at again when it starts"
                raise StoreUnavailable(msg)
            yield

    def close(self) -> None:
        """Wait for an act that is under way; from now on there is none."""
        with self._turn:
            self._is_open = False

    def reload(self) -> bool:
        """Take over what another process did to our keys; True if it did."""
        with self._acting():
            has_keys = self._vault.is_whole and self._vault.reload()
            kept = self._store.read_now(lambda view: kept_of(view, self._settings.authority))
            trust = self.trust
            if (kept.roots, kept.keyset) == (trust.root_documents, trust.keyset_document):
                if has_keys:
                    self.voice = self._voice_of(trust)
                return has_keys
            self.voice = self._voice_of(kept.trust(trust.digest, trust.net))
            return True

    # ------------------------------------------------------------ looking

    def states(self) -> tuple[KeyState, ...]:
        """Every key of the keyset, those of the log among them, and the keys that sign keysets."""
        role = role_states([signed.root for signed in self.trust.roots], self._vault.records(Use.KEYSET))
        return (*role, *rotation.states(self.voice.keyset, self._held()))

    def _held(self) -> frozenset[str]:
        return frozenset(record.kid for record in self._vault.records())

    # ------------------------------------------------------------ what time brings

    def look(self) -> bool:
        """Do what is due now; True if a keyset was issued. Raises KeyNotHeld, VaultChanged or StoreUnavailable."""
        try:
            return self._advance((), {"act": "keyset", "actor": NODE})
        except KeyNotHeld as error:
            said = str(error)
            self._store.write_now(lambda tx: raise_alarm(tx, self._settings.authority, KeyNotHeld.code, said))
            raise

    def rotate(self, use: str | None, actor: str) -> tuple[Slot, ...]:
        """Announce a successor of every active key, or of one use, before its time; it goes live after its notice."""
        listed = {rotation.slot_of(one) for one in rotation.entries(self.voice.keyset)}
        early = tuple(slot for slot in sorted(listed) if use is None or slot.use == use)
        self._advance(early, {"act": "rotate", "actor": actor})
        return early

    def issue(self, above: int, actor: str) -> int:
        """Issue the keyset again, with a version above ``above``: another node issued that one in our name.

        Returns the version. VersionSkipped where it leaps further than counterparts would believe.
        """
        with self._acting():
            self.reload()
            keyset = self.voice.keyset
            ver = max(keyset.ver, above) + 1
            again = renew_keyset(keyset, at_ms=self._store.clock.now_ms(), ver=ver)
            self._issue(again, {"act": "issue", "actor": actor})
            return ver

    def _advance(self, early: Collection[Slot], what: dict[str, Any]) -> bool:
        with self._acting():
            self.reload()
            now_ms, keyset = self._store.clock.now_ms(), self.voice.keyset
            self._warn(now_ms)
            former = outlived([signed.root for signed in self.trust.roots])
            self._destroy({*rotation.destroyable(keyset, at_ms=now_ms), *former})
            made = [self._new_key(slot) for slot in rotation.wanted(keyset, at_ms=now_ms, early=early)]
            after = rotation.turn(keyset, made, self._held(), at_ms=now_ms)
            changes = self._settled(keyset)
            if after is None and not changes:
                return False
            self._issue(renew_keyset(keyset, at_ms=now_ms, **_moves(after), **changes), what)
            return True

    def _settled(self, keyset: Keyset) -> dict[str, Any]:
        """What people changed in the settings, or on the contact card, since the keyset was issued."""
        settings, found = self._settings, dict[str, Any]()
        if keyset.urls.exchange != settings.url:
            found["urls"] = Urls(exchange=settings.url).model_dump()
        contact = self._store.read_now(lambda view: own_contact(view, settings))
        if keyset.contact != contact:
            found["contact"] = contact.model_dump()
        said = keyset.confidentiality
        if said is None or said.declaration != settings.confidentiality:
            ver = 1 if said is None else said.ver + 1
            found["confidentiality"] = Confidentiality(ver=ver, declaration=settings.confidentiality).model_dump()
        return found

    def _warn(self, now_ms: int) -> None:
        root = self.trust.root
        if now_ms < root.exp - ROOT_NOTICE_MS:
            return
        said = f"our root {root.ver} ends soon: the holders sign the next one (keys/README.md)"
        self._store.write_now(lambda tx: raise_alarm(tx, root.auth, ROOT_ENDS, said))

    def _new_key(self, slot: Slot) -> PublicKeyRecord:
        """A fresh key, or one that a crash left unannounced."""
        listed = {str(one.kid) for one in rotation.entries(self.voice.keyset)}
        for record in self._vault.records(slot.use):
            if record.alg == slot.alg and record.kid not in listed:
                return record
        return self._vault.new_key(slot.use, slot.alg, self._store.ids.random_bytes)

    def _destroy(self, kids: Collection[str]) -> None:
        gone = self._held().intersection(kids)
        if gone:
            what = {"act": "destroy", "actor": NODE, "keys": sorted(gone)}
            self._store.write_now(lambda tx: audit.note(tx, "key", self._settings.authority, what))
            self._vault.destroy(gone)

    # ------------------------------------------------------------ what people decide

    def revoke(self, kids: Collection[str] | None, since_ms: int, actor: str) -> tuple[str, ...]:
        """Revoke these keys (all, if None) since an instant, and replace at once those that were active.

        Those that it is news for; none, and no keyset is issued, where all were revoked since then or before.
        KeyNotHeld for a kid that the keyset does not list, CeremonyRefused for one that signs keysets.
        """
        with self._acting():
            self.reload()
            now_ms, keyset = self._store.clock.now_ms(), self.voice.keyset
            since_ms = max(0, min(since_ms, now_ms))
            chosen = self.revocable(kids, since_ms)
            if not chosen:
                return ()
            made = [self._new_key(slot) for slot in rotation.bared(keyset, chosen)]
            after = rotation.revoke(keyset, chosen, made, since_ms=since_ms, at_ms=now_ms)
            self._issue(after, {"act": "revoke", "actor": actor, "keys": list(chosen), "since": since_ms})
            return chosen

    def revocable(self, kids: Collection[str] | None, since_ms: int) -> tuple[str, ...]:
        """Those of these keys (all, if None) that ``revoke`` would be news for; it raises the same."""
        keyset, root = self.voice.keyset, self.trust.root
        listed = {str(one.kid): one for one in rotation.entries(keyset)}
        for kid in kids or ():
            if kid in {key.kid for key in root.keyset}:
                raise CeremonyRefused(f"{kid} signs keysets: {REPLACED} (keys/README.md, Lost keyset role)")
            if kid not in listed:
                raise KeyNotHeld(f"the keyset {keyset.ver} lists no key {kid}; `tracing keys list` shows them all")
        chosen = (listed[kid] for kid in (listed if kids is None else dict.fromkeys(kids)))
        return tuple(str(one.kid) for one in chosen if one.status != "revoked" or since_ms < one.since)

    def make_keyset_keys(self) -> tuple[PublicKeyRecord, ...]:
        """New keys of the role keyset, one of each algorithm, for the holders to put into the next root."""
        with self._acting():
            self.reload()
            known = {str(key.kid) for signed in self.trust.roots for key in signed.root.keyset}
            ready = {one.alg: one for one in self._vault.records(Use.KEYSET) if one.kid not in known}
            wants = (alg for alg in self.trust.root.requires.keyset if alg not in ready)
            made = [self._vault.new_key(Use.KEYSET, alg, self._store.ids.random_bytes) for alg in wants]
            return (*ready.values(), *made)

    def install(self, document: bytes, actor: str) -> TrustSet:
        """Take the next root, which the former and its own holders signed, and issue a keyset under it.

        CeremonyRefused if this node does not hold the keys it names; else what TrustSet raises. Nothing changes then.
        """
        with self._acting():
            self.reload()
            trust = self.trust.update_root(document, at_ms=self._store.clock.now_ms())
            if trust.root.ver == self.trust.root.ver:
                raise CeremonyRefused(f"this node has root {trust.root.ver} already; nothing was changed")
            if lacking := [str(key.kid) for key in trust.root.keyset if key.kid not in self._held()]:
                raise CeremonyRefused(f"the root names the keyset key {lacking[0]}, which this node does not hold")
            keyset = renew_keyset(self.voice.keyset, at_ms=self._store.clock.now_ms())
            self._issue(keyset, {"act": "root", "actor": actor, "root": trust.root.ver}, trust)
            return self.trust

    # ------------------------------------------------------------ issuing

    def _issue(self, keyset: Keyset, what: dict[str, Any], under: TrustSet | None = None) -> None:
        """Sign, believe, keep, speak: from the commit on the new keyset is ours, whatever happens."""
        before = under or self.trust
        kids = {str(key.kid) for key in before.root.keyset}
        signers = self._vault.signers(Use.KEYSET, kids)
        if set(before.root.requires.keyset) - {one.alg for one in signers}:
            raise KeyNotHeld("the keys that sign keysets are not in the vault: see the runbook of a lost keyset role")
        document = issue_keyset(keyset, signers)
        trust = before.update_keyset(document)
        self._store.write_now(lambda tx: self._keep(tx, trust, document, what))
        self.voice = self._voice_of(trust)

    def _keep(self, tx: Tx, trust: TrustSet, document: bytes, what: dict[str, Any]) -> None:
        authority, ver, keyset = trust.authority, trust.root.ver, trust.keyset
        assert keyset is not None, "just issued"
        for signed in trust.roots[len(self.trust.roots) :]:
            add_document(tx, authority, "root", under=ver, version=ver, document=signed.document.data)
            end_alarms(tx, authority, ROOT_ENDS)
        end_alarms(tx, authority, KeyNotHeld.code)
        add_document(tx, authority, "keyset", under=ver, version=keyset.ver, document=document)
        audit.note(tx, "key", authority, what | {"ver": keyset.ver, "digest": trust.keyset_sha256})


def _moves(after: Keyset | None) -> dict[str, Any]:
    return {} if after is None else {name: after.model_dump()[name] for name in ("keys", "kem", "log")}
