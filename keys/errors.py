"""What can be wrong with keys, with the files they lie in, and with the documents that say whose they are.

Rules
- One class for each fault; ``code`` is stable and may be shown, logged and scripted against.
- Sorted by whose fault it is: a key nobody may use (``KeyRefused``), our own files (``CustodyFault``), a trust document
  somebody handed us (``TrustRefused``). A message between nodes that fails a check is none of these: it raises the
  classes of ``protocol.errors``, whose codes go back over the wire.
- A message says what was expected and what came, never private bytes and never a passphrase.

Example: ``TrustSet.update_keyset`` raises ``Rollback``, whose ``code`` is ``rollback``; the old TrustSet is unchanged.
"""

from typing import ClassVar

__all__ = [
    "AlgorithmsReduced", "AuthorityMismatch", "CeremonyRefused", "CustodyFault", "CustodyUnsupported",
    "DigestMismatch", "DocumentMalformed", "Equivocation", "Frozen", "HardwareUnavailable", "HistoryRewritten",
    "KeyNotHeld", "KeyRefused", "KeyShared", "KeysError", "LookAlike", "LoosePermissions", "NetworkMismatch",
    "PreviousMismatch", "Rollback", "RootExpired", "SealUnreadable", "SignatureRefused", "ThresholdNotMet",
    "TrustRefused", "VaultChanged", "VaultDamaged", "VaultExists", "VaultMissing", "VersionSkipped", "WrongPassphrase",
    "WrongPin",
]  # fmt: skip


class KeysError(Exception):
    """Every fault of this room."""

    code: ClassVar[str] = "keys"


class KeyRefused(KeysError):
    """A public key that nobody may use: ill-encoded, or of a kind that lets its owner deny what it signed."""

    code = "key-refused"


# ---------------------------------------------------------------- our own files


class CustodyFault(KeysError):
    """Our private keys, or the files they lie in, are not as they must be."""

    code = "custody"


class CustodyUnsupported(CustodyFault):
    """The place a key's URI names is not served by this version."""

    code = "custody-unsupported"


class HardwareUnavailable(CustodyFault):
    """The token is gone, or its module does not answer. It passes: try again."""

    code = "hardware-unavailable"


class WrongPin(CustodyFault):
    """The PIN does not open the token, or the token is locked after too many wrong ones."""

    code = "wrong-pin"


class KeyNotHeld(CustodyFault):
    """The vault has no such key, or was opened without the use it belongs to."""

    code = "key-not-held"


class LoosePermissions(CustodyFault):
    """Others than the owner may read or replace the file."""

    code = "loose-permissions"


class VaultMissing(CustodyFault):
    """There is no file of keys where one was expected."""

    code = "vault-missing"


class VaultExists(CustodyFault):
    """There is a file of keys already; it is not written over."""

    code = "vault-exists"


class VaultDamaged(CustodyFault):
    """The file of keys was truncated or altered."""

    code = "vault-damaged"


class VaultChanged(CustodyFault):
    """Another process wrote the file of keys since this one read it: open it again."""

    code = "vault-changed"


class WrongPassphrase(CustodyFault):
    """The passphrase does not open the file."""

    code = "wrong-passphrase"


class SealUnreadable(CustodyFault):
    """Something encrypted at rest does not open under this key and for this purpose."""

    code = "seal-unreadable"


class CeremonyRefused(CustodyFault):
    """A step of the holders' ceremony that cannot be taken: wrong file, wrong holder, a number that does not fit."""

    code = "ceremony-refused"


# ---------------------------------------------------------------- trust documents


class TrustRefused(KeysError):
    """A root, a keyset or a card that is not believed."""

    code = "trust-refused"


class DocumentMalformed(TrustRefused):
    """Not the shape of a trust document, or a rule inside it is broken."""

    code = "document-malformed"


class DigestMismatch(TrustRefused):
    """The first root is not the one whose digest two officers compared."""

    code = "digest-mismatch"


class NetworkMismatch(TrustRefused):
    """A real document shown to a training node, or the other way round."""

    code = "wrong-network"


class AuthorityMismatch(TrustRefused):
    """The document speaks for another authority."""

    code = "wrong-authority"


class SignatureRefused(TrustRefused):
    """A signature does not verify, or is by a key that has no part in this document."""

    code = "bad-signature"


class ThresholdNotMet(TrustRefused):
    """Too few holders signed, or a required kind of signature is absent."""

    code = "threshold-not-met"


class Rollback(TrustRefused):
    """Older than what is held."""

    code = "rollback"


class Equivocation(TrustRefused):
    """Two different documents bear the same version: keep both, ask the authority."""

    code = "equivocation"


class Frozen(TrustRefused):
    """Nothing newer is shown, though it is promised or what is held has ended: somebody stops the clock."""

    code = "freeze"


class KeyShared(TrustRefused):
    """Two authorities list one key: a copied node, or somebody who passes for another."""

    code = "key-shared"


class LookAlike(TrustRefused):
    """The id of the authority is easily taken for that of another one known here."""

    code = "look-alike"


class VersionSkipped(TrustRefused):
    """A root must follow its predecessor by one; a keyset may not leap far ahead."""

    code = "version-skipped"


class PreviousMismatch(TrustRefused):
    """The root names another predecessor than the one held."""

    code = "previous-mismatch"


class AlgorithmsReduced(TrustRefused):
    """Fewer signatures would be required than before."""

    code = "algorithms-reduced"


class HistoryRewritten(TrustRefused):
    """A key changed its meaning, came back after its revocation, or is no longer listed."""

    code = "history-rewritten"


class RootExpired(TrustRefused):
    """The newest root is past its date."""

    code = "root-expired"
