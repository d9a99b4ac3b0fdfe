"""From when one duty is counted under the rules of a profile, where its clock stands still, and which messages say so.

Rules
- A clock that runs ``after`` another one begins with the end of that one, never before its own start; until then it has
  not begun. Where no such clock runs, as after a reopening, it begins with its own start.
- A blocking question stops the clock of the answer from its acceptance to that of the reply; other clocks run on.
- What ends a clock counts from its acceptance: until its receipt is there it moves no date.
- How the answer is reached is what the last acknowledgement says of it.
- All of it follows from the messages of the case and the rules, and from nothing else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from protocol.deadlines.duties import Duty, SaidAt
from protocol.deadlines.pauses import Pause
from protocol.deadlines.profiles import ClockName, Profile
from protocol.lifecycle import CaseView, Effect, Kind

__all__ = ["Course", "Rules", "Talk", "course"]

ACCESSIBLE, BLOCKING, PAUSES = "accessible", "blocking", "pauses"


@dataclass(frozen=True, slots=True)
class Rules:
    """What of a case moves the dates of one clock, beside what moves them all."""

    after: ClockName | None = None
    question_pauses: bool = False
    asks_access: bool = False

    @classmethod
    def of(cls, profile: Profile, clock: ClockName) -> "Rules":
        """Those a profile has for a clock."""
        pauses = profile.question_pauses and clock is ClockName.ANSWER
        return cls(profile.after.get(clock), pauses, any(name is clock for name, _ in profile.indirect))

    @classmethod
    def read(cls, words: str) -> "Rules":
        """From the words that ``str`` makes."""
        known = set(words.split())
        after = next((each for each in ClockName if f"after:{each}" in known), None)
        return cls(after, PAUSES in known, ACCESSIBLE in known)

    def __str__(self) -> str:
        words = {f"after:{self.after}": self.after, PAUSES: self.question_pauses, ACCESSIBLE: self.asks_access}
        return " ".join(word for word, holds in words.items() if holds)


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said in a case and what follows: every message by its mid, every duty, and the fold."""

    messages: Mapping[str, SaidAt]
    duties: tuple[Duty, ...]
    view: CaseView


@dataclass(frozen=True, slots=True)
class Course:
    """How a duty is counted: ``begun_by`` and ``begun_at`` are None while it waits for another clock to end.

    ``dated_by``: the messages that its dates come from by these rules.
    """

    begun_by: str | None
    begun_at: datetime | None
    access: str | None
    pauses: tuple[Pause, ...]
    dated_by: tuple[str, ...]


def course(duty: Duty, talk: Talk, rules: Rules) -> Course:
    """How one of the duties of a talk is counted by some rules."""
    by, at = _begun(duty, talk, rules)
    told = _access(duty, talk) if rules.asks_access else None
    stops = _stops(duty, talk) if rules.question_pauses else ()
    named = [mid for one in stops for mid in (one.started_by, one.ended_by if one.ended_at else None)]
    pauses = tuple(Pause(one.started_at, one.ended_at, f"question {one.started_by} waits") for one in stops)
    mids = (by, told.said.mid if told else None, *named)
    return Course(by, at, told.said.fact(ACCESSIBLE) if told else None, pauses, tuple(filter(None, mids)))


def _begun(duty: Duty, talk: Talk, rules: Rules) -> tuple[str | None, datetime | None]:
    before = next((one for one in talk.duties if (one.clock, one.started_by) == (rules.after, duty.started_by)), None)
    if before is None:
        return duty.started_by, duty.started_at
    return (before.ended_by, before.ended_at) if before.ended_at is not None else (None, None)


def _stops(duty: Duty, talk: Talk) -> tuple[Duty, ...]:
    """The blocking questions that had seen what started the duty, each as the duty to answer it."""
    return tuple(
        one
        for one in talk.duties
        if one.clock is ClockName.INFO
        and BLOCKING in talk.messages[one.started_by].said.facts
        and duty.started_by in talk.view.past[one.started_by]
    )


def _access(duty: Duty, talk: Talk) -> SaidAt | None:
    """The acknowledgement that last said how the answer is reached."""
    told = [one for one in _acknowledged(talk) if duty.started_by in talk.view.past[one.said.mid]]
    return max(told, key=lambda one: (len(talk.view.past[one.said.mid]), one.said.mid), default=None)


def _acknowledged(talk: Talk) -> Iterator[SaidAt]:
    for mid, one in talk.messages.items():
        is_told = one.said.kind is Kind.ACKNOWLEDGEMENT and one.said.fact(ACCESSIBLE) is not None
        if is_told and talk.view.effects[mid] is Effect.EFFECTIVE:
            yield one
