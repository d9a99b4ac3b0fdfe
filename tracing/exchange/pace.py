"""How fast, how much at once, and how long between attempts.

Pace().delay(failures=3, down_s=10, chance=0.5)  ->  about 4 s
"""

from dataclasses import dataclass

__all__ = ["Pace"]

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Pace:
    """Figures of the outbox; each with its reason."""

    first_s: float = 1.0  # a restart of the other side takes a few seconds
    longest_s: float = 3600.0  # a week of silence costs 170 attempts
    patient_after_s: float = 7 * DAY_S
    longest_then_s: float = 6 * 3600.0
    soonest_s: float = 1.0  # an authentic word ends a wait, but not more often than this
    window: int = 4  # posts under way to one counterpart
    batch_bytes: int = 1024 * 1024  # a slow link of 50 kbit/s carries it in about three minutes
    look_again_s: float = 15.0  # a ring may be lost; the rows are not
    free_losses: int = 8  # posts lost in a row though the hello is answered: twice the window; then it is let rest
    fault_s: float = 5.0  # what fails by a fault of ours is not tried again at once
    release_s: float = 60.0  # a hello makes everything due, parked items too, but not more often than this
    greet_again_s: float = 300.0  # so soon two living nodes with one set of keys are noticed
    offer_s: float = 60.0  # a checkpoint to cosign, to one counterpart
    landing_s: float = 6.0  # at shutdown, for posts under way

    def rest(self, losses: int, chance: float) -> float:
        """Seconds before the next hello to one that answers every hello, and lost so many posts in a row."""
        return 0.0 if losses <= self.free_losses else self.delay(losses - self.free_losses, 0, chance)

    def delay(self, failures: int, down_s: float, chance: float) -> float:
        """Seconds to the next attempt after ``failures`` in a row; ``chance`` in [0, 1) spreads it over a quarter."""
        longest = self.longest_s if down_s < self.patient_after_s else self.longest_then_s
        return min(longest, self.first_s * 2.0 ** min(failures - 1, 32)) * (0.75 + chance / 4)
