"""Limits and where their numbers come from.

Rules
- The ITI sets no number; every number says whose it is (``Basis``), and only treaty and agreement make anybody late.
- Numbers are data: a node edits them, and a pair of States agrees on its own profile.

Example
    >>> str(POLICY.limit(ClockName.ACK, "urgent")), POLICY.basis.makes_late
    ('1 working day', False)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from protocol.deadlines.limits import Limit, Unit
from protocol.vocabulary.requests import Priority

__all__ = [
    "ECOWAS_19", "EU_2023_977", "POLICY", "PROFILES", "Basis", "ClockName", "Clock_", "Profile",
]  # fmt: skip


class ClockName(StrEnum):
    """The clocks of domain 7b.3 that this version runs."""

    ACK = "ack"
    ANSWER = "answer"
    INFO = "info"
    CLARIFY = "clarify"
    CONSENT = "consent"
    REVISED = "revised"


Clock_ = ClockName


class Basis(StrEnum):
    """Where a number comes from; only a treaty or an agreement of both makes an item late (domain 7b.3)."""

    TREATY = "treaty"
    AGREED = "agreed"
    INTERNAL = "internal"

    @property
    def makes_late(self) -> bool:
        """Whether a counterpart may be told that it is late; else we are only beyond our own target."""
        return self is not Basis.INTERNAL


@dataclass(frozen=True, slots=True)
class Profile:
    """The limits that two authorities, or one alone, work by. ``limits``: (clock, priority) -> limit."""

    name: str
    basis: Basis
    source: str
    limits: Mapping[tuple[ClockName, Priority], Limit]

    def limit(self, clock: ClockName, priority: str) -> Limit | None:
        """The limit of a clock; an unknown priority counts as routine. None where the profile has no number."""
        known = (
            Priority.URGENT
            if priority == Priority.URGENT
            else Priority.LOW
            if priority == Priority.LOW
            else Priority.ROUTINE
        )
        return self.limits.get((clock, known))


def _limits(**amounts: tuple[Limit, Limit]) -> Mapping[tuple[ClockName, Priority], Limit]:
    """Clock -> (routine and low, urgent)."""
    table = {}
    for clock, (routine, urgent) in amounts.items():
        table[ClockName(clock), Priority.ROUTINE] = routine
        table[ClockName(clock), Priority.LOW] = routine
        table[ClockName(clock), Priority.URGENT] = urgent
    return MappingProxyType(table)


def _days(amount: int) -> Limit:
    return Limit(amount, Unit.CALENDAR_DAYS)


POLICY = Profile(
    "policy",
    Basis.INTERNAL,
    "policy of this node; ITI 18-19 set no number",
    _limits(
        ack=(Limit(3, Unit.WORKING_DAYS), Limit(1, Unit.WORKING_DAYS)),
        answer=(_days(30), _days(2)),
        info=(_days(14), _days(14)),
        clarify=(_days(14), _days(14)),
        consent=(_days(14), _days(14)),
    ),
)
EU_2023_977 = Profile(
    "eu_2023_977",
    Basis.TREATY,
    "Directive (EU) 2023/977, article 5: 8 hours (urgent, directly accessible), otherwise 7 calendar days; only for "
    "cases carried under it",
    _limits(answer=(_days(7), Limit(8, Unit.HOURS))),
)
ECOWAS_19 = Profile(
    "ecowas_19",
    Basis.TREATY,
    "ECOWAS Convention, article 19: one month from receipt (not verified against the text)",
    _limits(answer=(Limit(1, Unit.MONTHS), Limit(1, Unit.MONTHS))),
)
PROFILES: Mapping[str, Profile] = MappingProxyType({one.name: one for one in (POLICY, EU_2023_977, ECOWAS_19)})
"""Profiles to start from. Numbers are data: a node edits them, and a pair of States agrees on its own."""
