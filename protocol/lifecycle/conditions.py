"""What runs beside a state, and what the conditions of the table mean.

Rules
- Everything here looks at messages that count, as one side had seen them (``Seen``); the order of arrival is nothing.
- A question is answered by a supply that had seen it; an explanation owed, by a reply that had seen the question and
  names it or none; a consent asked, by the other side's decision in the same way. Silence answers nothing (ITI 15(c)).
- Questions, delays and a dispute of urgency end with what ends the work: answer, refusal, closure, withdrawal; an
  explanation is owed beyond answer and refusal, until the case ends. A case that is opened again begins without them.
- What ends something ends all that it does not build on the other way round: a question that crossed the closure is
  over, too. ``protocol/deadlines/duties.py`` stops its clocks by the same rule.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from protocol.lifecycle.said import Said, fact_about
from protocol.lifecycle.table import OPEN, When
from protocol.lifecycle.words import Kind, Overlay, Role, State

__all__ = ["Seen", "met"]

_ENDS_CASE = frozenset({Kind.NOT_COMPETENT, Kind.CLOSURE, Kind.WITHDRAWAL})
_ENDS_WORK = _ENDS_CASE | {Kind.FINAL_RESPONSE, Kind.REFUSAL}
_ANSWERS = frozenset({Kind.INTERIM_RESPONSE, Kind.FINAL_RESPONSE})
_EXPLAINS = frozenset({*OPEN, State.ANSWERED, State.REFUSED})
_TO_EXPLAIN = _ANSWERS | {Kind.DELAY_NOTICE, Kind.RESTRICTION_NOTICE, Kind.REFUSAL, Kind.CORRECTION}


@dataclass(frozen=True, slots=True)
class Seen:
    """The messages that count, what each builds on, and the state they make."""

    state: State
    said: tuple[Said, ...]
    past: Mapping[str, frozenset[str]]

    def pending(self) -> Mapping[Overlay, tuple[str, ...]]:
        """What runs beside the state, and which messages make it run."""
        runs: dict[Overlay, tuple[str, ...]] = {Overlay.CONSENT_PENDING: self.unanswered(Kind.CONSENT_REQUEST)}
        if self.state in OPEN:
            runs[Overlay.INFORMATION_PENDING] = self.questions()
            runs[Overlay.DELAYED] = self._of_this_round(Kind.DELAY_NOTICE)
            runs[Overlay.URGENCY_DISPUTED] = self._disputes()
        runs[Overlay.CLARIFICATION_PENDING] = self.explanations()
        return MappingProxyType({overlay: mids for overlay, mids in runs.items() if mids})

    def questions(self, *, blocking: bool = False) -> tuple[str, ...]:
        """Questions of ITI 21 that no later supply has in its past; with ``blocking`` only those that stop the work."""
        supplies = [one for one in self.said if one.kind is Kind.INFORMATION_SUPPLY]
        return tuple(
            mid
            for mid in self._of_this_round(Kind.INFORMATION_REQUEST, *(("blocking",) if blocking else ()))
            if not any(mid in self.past[supply.mid] for supply in supplies)
        )

    def explanations(self) -> tuple[str, ...]:
        """Questions of ITI 23 that nobody has replied to in a case that goes on."""
        if self.state not in _EXPLAINS:
            return ()
        return self._not_over(self.unanswered(Kind.CLARIFICATION_REQUEST), _ENDS_CASE)

    def unanswered(self, kind: Kind, asked_by: Role | None = None) -> tuple[str, ...]:
        """Requests for an explanation or a consent that nobody has replied to."""
        replies = [one for one in self.said if one.kind is _REPLY_TO[kind]]
        return tuple(
            one.mid
            for one in self.said
            if one.kind is kind and asked_by in (None, one.sender) and not any(self._replies(r, one) for r in replies)
        )

    def owes(self, role: Role) -> bool:
        """Whether ``role`` owes something now: an answer, information, an explanation or a decision."""
        if role is Role.REQUESTED and self.state in OPEN:
            return True
        if role is Role.REQUESTER and self.state in OPEN and self.questions():
            return True
        explains = role is Role.REQUESTED and bool(self.explanations())
        return explains or bool(self.unanswered(Kind.CONSENT_REQUEST, role.other))

    def has(self, kinds: frozenset[Kind], *facts: str, sender: Role | None = None, mid: str | None = None) -> bool:
        """Whether a message of one of these kinds counts, with these facts, of this sender, under this mid."""
        return any(
            one.kind in kinds
            and one.facts.issuperset(facts)
            and sender in (None, one.sender)
            and mid in (None, one.mid)
            for one in self.said
        )

    def _replies(self, reply: Said, asked: Said) -> bool:
        return (
            reply.sender is asked.sender.other
            and asked.mid in self.past[reply.mid]
            and reply.fact("about") in (None, asked.mid)
        )

    def _of_this_round(self, kind: Kind, *facts: str) -> tuple[str, ...]:
        """Messages that came after all that ended the work."""
        mids = tuple(one.mid for one in self.said if one.kind is kind and one.facts.issuperset(facts))
        return self._not_over(mids, _ENDS_WORK)

    def _not_over(self, mids: tuple[str, ...], ends: frozenset[Kind]) -> tuple[str, ...]:
        """Those of ``mids`` that build on every message of the kinds ``ends``."""
        if not mids:
            return ()
        ended = frozenset(one.mid for one in self.said if one.kind in ends)
        return tuple(mid for mid in mids if ended <= self.past[mid])

    def _disputes(self) -> tuple[str, ...]:
        """Urgency declined, until the requester changes the priority having seen that."""
        changes = [one.mid for one in self.said if one.kind is Kind.PRIORITY_CHANGE]
        declined = self._of_this_round(Kind.ACKNOWLEDGEMENT, "urgency_declined")
        return tuple(mid for mid in declined if not any(mid in self.past[change] for change in changes))


_REPLY_TO: Mapping[Kind, Kind] = MappingProxyType(
    {Kind.CLARIFICATION_REQUEST: Kind.CLARIFICATION_REPLY, Kind.CONSENT_REQUEST: Kind.CONSENT_DECISION}
)


def met(when: When, seen: Seen, role: Role, facts: frozenset[str] = frozenset()) -> bool:
    """Whether a condition holds for a message of ``role`` with these facts, sent by somebody who had seen ``seen``."""
    return _MEANS[when](seen, role, facts)


def _explanation_is_owed(seen: Seen, _role: Role, facts: frozenset[str]) -> bool:
    owed = seen.explanations()
    about = fact_about(facts)
    return bool(owed) if about is None else about in owed


def _is_unconfirmed(seen: Seen, _role: Role, _facts: frozenset[str]) -> bool:
    withdrawals = {one.mid for one in seen.said if one.kind is Kind.WITHDRAWAL}
    confirmed = (one for one in seen.said if one.kind is Kind.ACKNOWLEDGEMENT)
    return not any(seen.past[one.mid] & withdrawals for one in confirmed)


_Condition = Callable[[Seen, Role, frozenset[str]], bool]
_MEANS: Mapping[When, _Condition] = MappingProxyType(
    {
        When.ALWAYS: lambda _seen, _role, _facts: True,
        When.LAPSED: lambda _seen, _role, facts: "lapsed" in facts,
        When.LIMITED_OR_ANSWERED: lambda seen, role, facts: seen.has(
            _TO_EXPLAIN, sender=role.other, mid=fact_about(facts)
        ),
        When.ANSWER_GIVEN: lambda seen, role, _facts: seen.has(_ANSWERS, sender=role),
        When.CLARIFICATION_OPEN: _explanation_is_owed,
        When.CONSENT_ASKED: lambda seen, role, facts: seen.has(
            frozenset({Kind.CONSENT_REQUEST}), sender=role.other, mid=fact_about(facts)
        ),
        When.DISCLOSURE_ANNOUNCED: lambda seen, role, facts: seen.has(
            frozenset({Kind.HANDLING_NOTICE}), "prior_disclosure", sender=role.other, mid=fact_about(facts)
        ),
        When.OWED: lambda seen, role, _facts: seen.owes(role.other),
        When.UNCONFIRMED: _is_unconfirmed,
    }
)
"""What each condition of the table means."""
