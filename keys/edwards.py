"""Points of edwards25519: decoding as strictly as RFC 8032 allows, and whether a point has prime order.

Why our own arithmetic: the library verifies signatures but does not say whether a public key lies in the subgroup of
prime order, and with a key outside it one signature can verify for many messages, so that its owner can deny them all.
Only public values are computed with, so nothing here needs to take constant time.

Example: ``decode(raw)`` is ``None`` for every encoding that is not the canonical one of some point.
"""

from typing import NamedTuple

__all__ = ["IDENTITY", "ORDER", "PRIME", "Point", "decode", "is_of_prime_order"]

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, PRIME) % PRIME
ROOT_OF_MINUS_ONE = pow(2, (PRIME - 1) // 4, PRIME)


class Point(NamedTuple):
    """Extended coordinates (RFC 8032, section 5.1.4): x = X/Z, y = Y/Z, T = XY/Z."""

    x: int
    y: int
    z: int
    t: int


IDENTITY = Point(0, 1, 1, 0)


def decode(raw: bytes) -> Point | None:
    """The point of 32 bytes, None unless they are its canonical encoding (RFC 8032, section 5.1.3)."""
    number = int.from_bytes(raw, "little")
    y, sign = number & (2**255 - 1), number >> 255
    if y >= PRIME:
        return None
    x = _recover_x(y)
    if x is None or (x == 0 and sign == 1):
        return None
    x = PRIME - x if x % 2 != sign else x
    return Point(x, y, 1, x * y % PRIME)


def _recover_x(y: int) -> int | None:
    """A square root of (y^2 - 1) / (d y^2 + 1), None where there is none."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if x * x % PRIME != square:
        x = x * ROOT_OF_MINUS_ONE % PRIME
    return x if x * x % PRIME == square else None


def is_of_prime_order(point: Point) -> bool:
    """True for points of order exactly L: not the identity, and [L]A is the identity."""
    return not _is_identity(point) and _is_identity(_times(ORDER, point))


def _is_identity(point: Point) -> bool:
    return point.x % PRIME == 0 and (point.y - point.z) % PRIME == 0


def _times(scalar: int, point: Point) -> Point:
    total = IDENTITY
    for bit in f"{scalar:b}":
        total = _add(total, total)
        if bit == "1":
            total = _add(total, point)
    return total


def _add(p: Point, q: Point) -> Point:
    """The complete addition law of RFC 8032, section 5.1.4; it holds for doubling too."""
    a = (p.y - p.x) * (q.y - q.x) % PRIME
    b = (p.y + p.x) * (q.y + q.x) % PRIME
    c = 2 * p.t * q.t * D % PRIME
    d = 2 * p.z * q.z % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return Point(e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME)
