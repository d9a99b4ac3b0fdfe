"""The ways a message can be wrong: one class each, whose ``code`` is the word on the wire.

Rules
- The list is closed (wire specification, section 9). A counterpart reads ``code`` and ``retry``, never a text.
- ``retry`` says whether sending the same bytes again can ever help.
- ``authentic`` is true once the outer signature and the digest of the ciphertext had verified. Only then may the
  refusal be signed: before, a bit flipped on the way would draw a genuine "never".
- Texts say what was expected and what came; never a secret, never a payload.

    try:
        authentic = envelope.authenticate(received, me="ke", net="real", verify=verify)
    except ProtocolError as error:
        answer(error.code, error.retry, signed=error.authentic)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, Literal

__all__ = [
    "BY_CODE", "BadSignature", "BlobMissing", "Busy", "DecryptFailed", "Expired", "KeyRevoked", "MidConflict",
    "Mismatch", "PolicyRefused", "ProtocolError", "Retry", "SchemaInvalid", "TooLarge", "UnknownKey",
    "UnsupportedExtension", "UnsupportedSuite", "UnsupportedVersion", "WrongNetwork", "WrongRecipient", "authentic",
]  # fmt: skip

Retry = Literal["never", "later"]


class ProtocolError(Exception):
    """What came from a counterpart breaks a rule of the wire. Raised as one of the classes below, never itself."""

    code: ClassVar[str]
    retry: ClassVar[Retry] = "never"
    authentic: bool = False


class BadSignature(ProtocolError):
    """A signature does not verify, or is not one the key's algorithm can make."""

    code = "bad-signature"


class UnknownKey(ProtocolError):
    """No key of that id and use in the newest keyset held. A newer keyset may bring it, so trying again can help."""

    code = "unknown-key"
    retry = "later"


class KeyRevoked(ProtocolError):
    """The key was revoked, or retired for longer than the agreed carriage."""

    code = "key-revoked"


class DecryptFailed(ProtocolError):
    """The sealed part does not open. The sender issues the message again under a new id."""

    code = "decrypt-failed"


class Mismatch(ProtocolError):
    """Two parts that must agree do not: digest and bytes, statement and envelope, id and sender."""

    code = "mismatch"


class SchemaInvalid(ProtocolError):
    """Not in the JSON profile, or not of the shape the specification gives."""

    code = "schema"


class UnsupportedVersion(ProtocolError):
    """A major version this node does not speak."""

    code = "unsupported-version"


class UnsupportedExtension(ProtocolError):
    """``crit`` names something this node does not understand."""

    code = "unsupported-extension"


class UnsupportedSuite(ProtocolError):
    """An algorithm or an encryption suite outside the two lists."""

    code = "unsupported-suite"


class BlobMissing(ProtocolError):
    """An attachment has not arrived yet."""

    code = "blob-missing"
    retry = "later"


class TooLarge(ProtocolError):
    """Over a limit of the specification."""

    code = "too-large"


class MidConflict(ProtocolError):
    """Another envelope already bears this message id."""

    code = "mid-conflict"


class Expired(ProtocolError):
    """Arrived after the ``exp`` its sender gave."""

    code = "expired"


class WrongRecipient(ProtocolError):
    """Addressed to another authority."""

    code = "wrong-recipient"


class WrongNetwork(ProtocolError):
    """A training message at a real node, or the reverse."""

    code = "wrong-network"


class PolicyRefused(ProtocolError):
    """Well formed and authentic, but not for this node to take."""

    code = "policy"


class Busy(ProtocolError):
    """Not now."""

    code = "busy"
    retry = "later"


BY_CODE: dict[str, type[ProtocolError]] = {error.code: error for error in ProtocolError.__subclasses__()}


@contextmanager
def authentic() -> Iterator[None]:
    """What is refused inside was authentic: its refusal may be signed."""
    try:
        yield
    except ProtocolError as error:
        error.authentic = True
        raise
