"""What a library makes differently each time, kept: ML-DSA signatures and sealed texts of the vectors.

The first making is written down under the digest of its input and given again, so that the vectors stay the same. What
is given again is checked: a signature that does not verify, or a sealed text that does not open, stops the making.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from keys.algorithms import OpeningKey, SigningKey, seal, verify
from keys.streams import OpeningStream, SealingStream
from protocol import base64url

__all__ = ["Kept", "KeptSigner"]


@dataclass
class Kept:
    """Texts by the digest of what they were made from; ``used`` are those that were asked for."""

    known: dict[str, str]
    used: dict[str, str] = field(default_factory=dict)

    def again(self, asked: bytes, make: Callable[[], bytes]) -> bytes:
        name = sha256(asked).hexdigest()
        text = self.used.get(name) or self.known.get(name) or base64url.encode(make())
        self.used[name] = text
        return base64url.decode(text)

    def seal(self, to: OpeningKey, info: bytes, plaintext: bytes) -> bytes:
        ct = self.again(to.kid.encode() + info + plaintext, lambda: seal(to.public, info, plaintext))
        assert to.open(info, ct) == plaintext
        return ct

    def seal_stream(self, key: bytes, context: bytes, plaintext: bytes) -> bytes:
        def make() -> bytes:
            sealing = SealingStream(key, context)
            return sealing.update(plaintext) + sealing.finish()

        sealed = self.again(key + context + plaintext, make)
        opening = OpeningStream(key, context)
        assert opening.update(sealed) + opening.finish() == plaintext
        return sealed


@dataclass(frozen=True)
class KeptSigner:
    """A signing key that gives a kept signature again."""

    key: SigningKey
    kept: Kept

    @property
    def kid(self) -> str:
        return self.key.kid

    @property
    def alg(self) -> str:
        return self.key.alg

    def sign(self, data: bytes) -> bytes:
        signature = self.kept.again(self.kid.encode() + data, lambda: self.key.sign(data))
        verify(self.key.public, data, signature)
        return signature
