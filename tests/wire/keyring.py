"""Keys of the tests of the wire, from fixed seeds, and verifiers that know some of them."""

import hashlib
from collections.abc import Callable

from keys.algorithms import SigningKey, verify
from protocol.errors import BadSignature, UnknownKey
from protocol.jws import Verify

__all__ = ["grains", "knows", "seed"]


def seed(word: str) -> bytes:
    return hashlib.sha256(f"itx test {word}".encode()).digest()


def grains(word: str = "salt") -> Callable[[int], bytes]:
    """Random bytes that are the same each time: the n-th draw is SHAKE-256 of the word and n."""
    drawn = [0]

    def draw(count: int) -> bytes:
        drawn[0] += 1
        return hashlib.shake_256(f"itx test {word} {drawn[0]}".encode()).digest(count)

    return draw


def knows(*known: SigningKey) -> Verify:
    """A verifier of these keys; the key decides the algorithm."""
    by_kid = {key.kid: key.public for key in known}

    def check(kid: str, alg: str, data: bytes, signature: bytes) -> None:
        public = by_kid.get(kid)
        if public is None:
            raise UnknownKey(f"no key {kid}")
        if public.alg != alg:
            raise BadSignature("expected the algorithm of the key")
        verify(public, data, signature)

    return check
