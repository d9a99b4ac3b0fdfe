"""The numbers of the envelopes between two authorities: which have come, and when none may be given.

Seen.of([1, 2, 5], 1)  ->  Seen(hi=5, missing=((3, 4),))
"""

from dataclasses import dataclass

from protocol import receipts

__all__ = ["Held", "Seen"]


class Held(Exception):
    """Nothing is said to a counterpart that may hold more of us than we do: it has not told yet what."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Which ``seq`` of a counterpart have come: up to ``hi`` without ``missing``. For noticing gaps, never to block."""

    hi: int = 0
    missing: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, seqs: list[int], first: int) -> "Seen":
        """From the numbers seen, looking for gaps from ``first`` on."""
        missing, expected = [], first
        for seq in sorted(set(seqs)):
            if seq > expected:
                missing.append((expected, seq - 1))
            expected = max(expected, seq + 1)
        return cls(max(seqs, default=0), tuple(missing[-receipts.MAX_RANGES :]))

    def and_(self, seq: int) -> "Seen":
        """With ``seq`` as well."""
        if seq > self.hi:
            gap = ((self.hi + 1, seq - 1),) if seq > self.hi + 1 else ()
            return Seen(seq, (*self.missing, *gap)[-receipts.MAX_RANGES :])
        left = [(low, min(high, seq - 1)) for low, high in self.missing if low < seq]
        right = [(max(low, seq + 1), high) for low, high in self.missing if high > seq]
        kept = sorted({(low, high) for low, high in (*left, *right) if low <= high})
        return Seen(self.hi, tuple(kept[-receipts.MAX_RANGES :]))
