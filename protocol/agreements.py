"""What two authorities have agreed on: a pure function of the signed proposals and decisions both hold (domain 7b.2).

Rules
- A proposal binds nobody. The other side accepts or declines it, naming it in the same matter; either side ends it.
- A decision that names no proposal of its matter, or its sender's own to accept or decline it, is *kept*: shown,
  without effect. Nothing depends on the order of arrival.
- A proposal that was declined or ended is never agreed again; whoever still wants it proposes anew.
- An agreement holds from the day its proposal names, without one from the day of its acceptance (UTC). Of several that
  hold on a day the one with the latest first day stands; of those the latest proposal.
- Clocks count the limits of the agreement that stands when they begin. Limits in words or numbers this version does
  not know are passed over. Without another word, the day a limit starts on is not counted and days are those of who
  owes: what both sides announced of their calendars gives both the same date.

    agreed_on(terms, date(2027, 3, 1)).message.name  ->  "br-at 2027"
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType

from protocol.deadlines import MAX_AMOUNT, Basis, ClockName, Limit, Profile, Start, Unit, Whose
from protocol.messages import ProfileDecision, ProfileProposal
from protocol.messages.members import Day
from protocol.messages.profile import AgreedLimit
from protocol.names import MessageId
from protocol.vocabulary import ClockWord, DaysWord, Priority, ProfileDecisionWord, StartWord, UnitWord, known

__all__ = ["Proposed", "Term", "agreed_on", "agreed_profile", "counting", "proposals"]


@dataclass(frozen=True, slots=True)
class Term:
    """One signed statement about deadlines: whose it is, in which matter, when it was signed, and what it says."""

    mid: str
    matter: str
    sender: str
    iat_ms: int
    message: ProfileProposal | ProfileDecision


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal and what became of it: proposed, accepted (then ``since`` a day), declined or ended."""

    term: Term
    message: ProfileProposal
    status: str
    since: date | None

    @property
    def rank(self) -> tuple[date, int, str]:
        """Of two agreements in force the greater one stands: the later first day, then the later proposal."""
        return (self.since or date.min, self.term.iat_ms, MessageId(self.term.mid).partition(":")[2])


def counting(terms: Iterable[Term]) -> frozenset[str]:
    """The mids of the proposals and of the decisions that count."""
    held = tuple(terms)
    by_mid = {one.mid: one for one in held if isinstance(one.message, ProfileProposal)}
    return frozenset(by_mid) | {one.mid for one in held if _decides(one, by_mid.get(_about(one)))}


def _about(term: Term) -> str:
    return (isinstance(term.message, ProfileDecision) and term.message.about) or ""


def _decides(term: Term, proposal: Term | None) -> bool:
    if proposal is None or proposal.matter != term.matter:
        return False
    word = getattr(term.message, "decision", None)
    if word == ProfileDecisionWord.ENDED:
        return True
    return term.sender != proposal.sender and word in {ProfileDecisionWord.ACCEPTED, ProfileDecisionWord.DECLINED}


def proposals(terms: Sequence[Term]) -> tuple[Proposed, ...]:
    """Every proposal with what became of it, the latest first."""
    counts = counting(terms)
    decided = [one for one in terms if isinstance(one.message, ProfileDecision) and one.mid in counts]
    found = [
        _judged(one, one.message, [each for each in decided if _about(each) == one.mid])
        for one in terms
        if isinstance(one.message, ProfileProposal)
    ]
    return tuple(sorted(found, key=lambda one: (one.term.iat_ms, one.term.mid), reverse=True))


def _judged(term: Term, message: ProfileProposal, decisions: Sequence[Term]) -> Proposed:
    said = {getattr(one.message, "decision", None) for one in decisions}
    for word in (ProfileDecisionWord.ENDED, ProfileDecisionWord.DECLINED):
        if word in said:
            return Proposed(term, message, str(word), None)
    if not decisions:
        return Proposed(term, message, "proposed", None)
    first = min(one.iat_ms for one in decisions)
    since = Day().first(message.from_ or "") or datetime.fromtimestamp(first / 1000, UTC).date()
    return Proposed(term, message, str(ProfileDecisionWord.ACCEPTED), since)


def agreed_on(terms: Sequence[Term], day: date) -> Proposed | None:
    """The agreement that stands on ``day``, None where none does."""
    in_force = [one for one in proposals(terms) if one.since is not None and one.since <= day]
    return max(in_force, key=lambda one: one.rank, default=None)


def agreed_profile(agreement: Proposed) -> Profile:
    """The limits both sides are bound by."""
    said = agreement.message
    limits = dict(pair for one in said.limits if (pair := _limit(one)) is not None)
    source = f"agreed by both authorities: proposal {agreement.term.mid}, in force from {agreement.since}"
    after = {ClockName.ANSWER: ClockName.ACK} if said.answer_counts_from_acknowledgement else {}
    return Profile(
        said.name or agreement.term.mid, Basis.AGREED, source, MappingProxyType(limits), MappingProxyType(after),
        question_pauses=bool(said.question_pauses),
    )  # fmt: skip


def _limit(said: AgreedLimit) -> tuple[tuple[ClockName, Priority], Limit] | None:
    """One number, where this version knows its words and it is one that can be counted."""
    clock, priority = known(ClockWord, said.clock), known(Priority, said.priority)
    counted = _counted(said)
    if clock is None or priority is None or counted is None:
        return None
    return (ClockName(clock.value), priority), counted


def _counted(said: AgreedLimit) -> Limit | None:
    """How much of what, from when and by whose days."""
    unit = known(UnitWord, said.unit)
    start = known(StartWord, said.start or StartWord.NEXT_DAY.value)
    days = known(DaysWord, said.days or DaysWord.OWING.value)
    if unit is None or start is None or days is None or said.amount is None:
        return None
    if not 1 <= said.amount <= MAX_AMOUNT[Unit(unit.value)]:
        return None
    return Limit(said.amount, Unit(unit.value), Start(start.value), Whose(days.value))
