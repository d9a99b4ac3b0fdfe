"""Profiles: limits, whose they are, and what they rest on.

Rules
- The ITI sets no number; every number says whose it is (``Basis``), and only treaty and agreement make anybody late.
- A treaty binds where the request invokes it and both States are parties. One whose number was not verified against
  its text is shown, and makes nobody late.
- ``after``: a clock that runs from the end of another one of the same case, such as the answer from the
  acknowledgement. ``question_pauses``: a blocking question stops the clock of the answer until it is answered.
- Numbers are data: a node edits them, and a pair of States agrees on its own. What cannot be counted is refused when
  the profile is made: an amount below one, clocks that wait for each other.

Example
    >>> str(POLICY.limit(ClockName.ACK, "urgent")), POLICY.basis.makes_late
    ('1 working day', False)
    >>> str(EU_2023_977.limit(ClockName.ANSWER, "urgent", "indirectly"))
    '3 calendar days'
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from protocol.deadlines.limits import Limit, Unit, Whose
from protocol.vocabulary.deadlines import AccessWord
from protocol.vocabulary.requests import Instrument, Priority

__all__ = [
    "ECOWAS_19", "EU_2023_977", "POLICY", "PROFILES", "TREATIES", "Basis", "ClockName", "Clock_", "Profile", "Treaty",
]  # fmt: skip


class ClockName(StrEnum):
    """The clocks of domain 7b.3. ``lapse`` and ``retention`` are a node's own: dates to act, and nobody's duty."""

    ACK = "ack"
    ANSWER = "answer"
    INFO = "info"
    CLARIFY = "clarify"
    CONSENT = "consent"
    REVISED = "revised"
    LAPSE = "lapse"
    RETENTION = "retention"

    @property
    def is_duty(self) -> bool:
        """Whether somebody owes something by it; else it is a date on which this node acts."""
        return self not in {ClockName.LAPSE, ClockName.RETENTION}


Clock_ = ClockName


class Basis(StrEnum):
    """Where a number comes from; only a treaty or an agreement of both makes an item late (domain 7b.3)."""

    TREATY = "treaty"
    AGREED = "agreed"
    INTERNAL = "internal"
    UNVERIFIED = "unverified"  # of a treaty, but nobody has held the number against its text
    PROVIDER = "provider"  # a day that whoever gave the information named (ITI 15): nobody is late by it, it must go

    @property
    def makes_late(self) -> bool:
        """Whether a counterpart may be told that it is late; else we are only beyond our own target."""
        return self in {Basis.TREATY, Basis.AGREED}


Table = Mapping[tuple[ClockName, Priority], Limit]


@dataclass(frozen=True, slots=True)
class Profile:
    """The limits that two authorities, or one alone, work by. ``limits``: (clock, priority) -> limit.

    ``indirect`` holds what applies instead where the answer is reached through others.
    """

    name: str
    basis: Basis
    source: str
    limits: Table
    after: Mapping[ClockName, ClockName] = field(default_factory=dict)
    question_pauses: bool = False
    indirect: Table = field(default_factory=dict)
    version: int = 1

    def __post_init__(self) -> None:
        for clock in self.after:
            _refuse_circle(self.after, clock)

    def limit(self, clock: ClockName, priority: str, access: str | None = None) -> Limit | None:
        """The limit of a clock; an unknown priority counts as routine. None where the profile has no number."""
        word = next((each for each in Priority if each.value == priority), Priority.ROUTINE)
        if access == AccessWord.INDIRECTLY and (clock, word) in self.indirect:
            return self.indirect[clock, word]
        return self.limits.get((clock, word))


def _refuse_circle(after: Mapping[ClockName, ClockName], clock: ClockName) -> None:
    """ValueError where clocks wait for each other, or for themselves."""
    met = [clock]
    while (before := after.get(met[-1])) is not None:
        if before in met:
            circle = " after ".join([*met, before])
            raise ValueError(f"expected clocks that run one after the other, got a circle: {circle}")
        met.append(before)


@dataclass(frozen=True, slots=True)
class Treaty:
    """A profile that binds the parties of an instrument, in the cases that are carried under it."""

    instrument: Instrument
    parties: frozenset[str]  # ISO 3166-1 alpha-3
    profile: Profile

    def binds(self, carried: frozenset[str], countries: frozenset[str]) -> bool:
        """Whether a case is carried under it, between parties."""
        return self.instrument.value in carried and countries <= self.parties


def _limits(**amounts: tuple[Limit, Limit]) -> Table:
    """Clock -> (routine and low, urgent)."""
    table = {}
    for clock, (routine, urgent) in amounts.items():
        table[ClockName(clock), Priority.ROUTINE] = routine
        table[ClockName(clock), Priority.LOW] = routine
        table[ClockName(clock), Priority.URGENT] = urgent
    return MappingProxyType(table)


def _days(amount: int, whose: Whose = Whose.OURS) -> Limit:
    return Limit(amount, Unit.CALENDAR_DAYS, whose=whose)


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
        lapse=(_days(180), _days(180)),
    ),
)
EU_2023_977 = Profile(
    "eu_2023_977",
    Basis.TREATY,
    "Directive (EU) 2023/977, article 5(1): urgent 8 hours where directly accessible, else 3 calendar days; all others "
    "7 calendar days; from receipt, in cases carried under it",
    _limits(answer=(_days(7, Whose.OWING), Limit(8, Unit.HOURS, whose=Whose.OWING))),
    question_pauses=True,
    indirect={(ClockName.ANSWER, Priority.URGENT): _days(3, Whose.OWING)},
)
ECOWAS_19 = Profile(
    "ecowas_19",
    Basis.UNVERIFIED,
    "ECOWAS Convention, article 19: one month from receipt (not verified against the text)",
    _limits(answer=(Limit(1, Unit.MONTHS, whose=Whose.OWING), Limit(1, Unit.MONTHS, whose=Whose.OWING))),
)
PROFILES: Mapping[str, Profile] = MappingProxyType({one.name: one for one in (POLICY, EU_2023_977, ECOWAS_19)})
"""Profiles to start from. Numbers are data: a node edits them, and a pair of States agrees on its own."""

_EU = frozenset({
    "AUT", "BEL", "BGR", "CYP", "CZE", "DEU", "ESP", "EST", "FIN", "FRA", "GRC", "HRV", "HUN", "IRL", "ITA", "LTU",
    "LUX", "LVA", "MLT", "NLD", "POL", "PRT", "ROU", "SVK", "SVN", "SWE",
})  # fmt: skip # without Denmark (Protocol 22 to the Treaties)
_ECOWAS = frozenset({"BEN", "CIV", "CPV", "GHA", "GIN", "GMB", "GNB", "LBR", "NGA", "SEN", "SLE", "TGO"})
TREATIES: tuple[Treaty, ...] = (
    Treaty(Instrument.EU_2023_977, _EU, EU_2023_977),
    Treaty(Instrument.ECOWAS_CONVENTION, _ECOWAS, ECOWAS_19),
)
"""Instruments that set a number, with their parties."""
