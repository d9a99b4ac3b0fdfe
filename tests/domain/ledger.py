"""A second reading of 7b.1 and 7b.2: one conversation in turn, kept as a ledger of what is open after each message.

It is written apart from ``protocol/lifecycle``: it knows no pasts and no sets of messages, only what happened so far,
and takes ``page.py`` for the table. Both must say the same of every conversation in which nobody speaks unheard.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from protocol.lifecycle import Kind, Overlay, Role, Said, State
from tests.domain.page import PAGE

__all__ = ["BEGUN", "Ledger", "Open"]

RQ, RD = Role.REQUESTER, Role.REQUESTED
WORKING = (State.DELIVERED, State.ACKNOWLEDGED, State.IN_PROGRESS, State.PARTIAL)
ENDED = (State.ANSWERED, State.REFUSED, State.CLOSED, State.MISDIRECTED, State.WITHDRAWN)


@dataclass(frozen=True)
class Open:
    """Something that was asked or announced, by whom."""

    mid: str
    by: Role
    blocking: bool = False


@dataclass(frozen=True)
class Ledger:
    """Where a conversation stands. ``asked`` and ``announced`` are never struck out, the others are."""

    state: State
    talk: tuple[Said, ...]
    questions: tuple[Open, ...] = ()
    delays: tuple[str, ...] = ()
    disputes: tuple[str, ...] = ()
    explanations: tuple[Open, ...] = ()
    consents: tuple[Open, ...] = ()
    asked: tuple[Open, ...] = ()
    announced: tuple[Open, ...] = ()
    explainable: tuple[str, ...] = ()
    has_answer: bool = False
    confirmed: bool = False
    priority: str | None = None
    late: bool = False

    # ------------------------------------------------------------ what runs beside the state

    @property
    def pending(self) -> dict[Overlay, tuple[str, ...]]:
        """O1 to O5, each with the messages that make it run."""
        runs = {
            Overlay.INFORMATION_PENDING: tuple(one.mid for one in self.questions),
            Overlay.DELAYED: self.delays,
            Overlay.CLARIFICATION_PENDING: tuple(one.mid for one in self.explanations),
            Overlay.CONSENT_PENDING: tuple(one.mid for one in self.consents),
            Overlay.URGENCY_DISPUTED: self.disputes,
        }
        return {overlay: mids for overlay, mids in runs.items() if mids}

    @property
    def waiting_on(self) -> Role | None:
        """Who owes the next move."""
        if self.state is State.SENT:
            return RD
        if self.state in WORKING:
            return RQ if any(one.blocking for one in self.questions) else RD
        if any(one.by is RD for one in self.consents):
            return RQ
        if self.explanations or self.consents:
            return RD
        return {State.CLOSED: None, State.WITHDRAWN: None}.get(self.state, RQ)

    # ------------------------------------------------------------ what may be said

    def allows(self, kind: Kind, role: Role, facts: frozenset[str] = frozenset()) -> bool:
        """Whether the page lets ``role`` say this now."""
        cell = PAGE.get((self.state, kind, role))
        return cell is not None and self._holds(cell[1], role, facts)

    def _holds(self, only_if: str, role: Role, facts: frozenset[str]) -> bool:
        about = next((fact.removeprefix("about:") for fact in facts if fact.startswith("about:")), None)
        return {
            "": lambda: True,
            "withdrawal unconfirmed": lambda: not self.confirmed,
            "9 to 13 was said": lambda: bool(self.explainable) if about is None else about in self.explainable,
            "O3": lambda: _any(self.explanations, RQ, about),
            "10 or 11 was said": lambda: self.has_answer,
            "the other asked for it": lambda: _any(self.asked, role.other, about),
            "the other announced it": lambda: _any(self.announced, role.other, about),
            "the other owes something": lambda: self.owes(role.other),
            "S12": lambda: "lapsed" in facts,
        }[only_if]()

    def owes(self, role: Role) -> bool:
        """Whether ``role`` owes an answer, information, an explanation or a decision."""
        if any(one.by is role.other for one in self.consents):
            return True
        if role is RQ:
            return bool(self.questions)
        return self.state in WORKING or bool(self.explanations)

    # ------------------------------------------------------------ saying it

    def say(self, kind: Kind, role: Role, facts: frozenset[str] = frozenset()) -> "Ledger":
        """The ledger after a message that had seen all before it; an illegal one is only noted as said."""
        mid = f"m{len(self.talk) + 1:03}"
        said = Said(mid, kind, role, (self.talk[-1].mid,), facts)
        if not self.allows(kind, role, facts):
            return replace(self, talk=(*self.talk, said))
        effect = _EFFECTS.get(kind, _nothing)(self, said)
        moved = PAGE[self.state, kind, role][0]
        late = moved is State.ANSWERED and (self.late or self.state is State.CLOSED)
        return _struck_out(replace(effect, state=moved, talk=(*self.talk, said), late=late))


def _any(entries: tuple[Open, ...], by: Role, about: str | None) -> bool:
    return any(one.by is by and about in (None, one.mid) for one in entries)


def _struck_out(ledger: Ledger) -> Ledger:
    """What is over when the work ends, and what when the case does."""
    if ledger.state in ENDED:
        ledger = replace(ledger, questions=(), delays=(), disputes=())
    if ledger.state in (State.CLOSED, State.MISDIRECTED, State.WITHDRAWN):
        ledger = replace(ledger, explanations=())
    return ledger


def _nothing(ledger: Ledger, _: Said) -> Ledger:
    return ledger


def _acknowledged(ledger: Ledger, said: Said) -> Ledger:
    if ledger.state is State.WITHDRAWN:
        return replace(ledger, confirmed=True)
    return replace(ledger, disputes=(said.mid,)) if "urgency_declined" in said.facts else ledger


def _asked(ledger: Ledger, said: Said) -> Ledger:
    question = Open(said.mid, said.sender, "blocking" in said.facts)
    return replace(ledger, questions=(*ledger.questions, question))


def _reprioritised(ledger: Ledger, said: Said) -> Ledger:
    return replace(ledger, disputes=(), priority=said.fact("priority") or ledger.priority)


def _limited(ledger: Ledger, said: Said) -> Ledger:
    delays = (*ledger.delays, said.mid) if said.kind is Kind.DELAY_NOTICE else ledger.delays
    return replace(ledger, delays=delays, explainable=(*ledger.explainable, said.mid))


def _answered(ledger: Ledger, said: Said) -> Ledger:
    return replace(_limited(ledger, said), has_answer=True)


def _to_explain(ledger: Ledger, said: Said) -> Ledger:
    return replace(ledger, explanations=(*ledger.explanations, Open(said.mid, said.sender)))


def _explained(ledger: Ledger, said: Said) -> Ledger:
    return replace(ledger, explanations=_left(ledger.explanations, said))


def _consent_asked(ledger: Ledger, said: Said) -> Ledger:
    one = Open(said.mid, said.sender)
    return replace(ledger, asked=(*ledger.asked, one), consents=(*ledger.consents, one))


def _decided(ledger: Ledger, said: Said) -> Ledger:
    return replace(ledger, consents=_left(ledger.consents, said))


def _left(entries: tuple[Open, ...], reply: Said) -> tuple[Open, ...]:
    """Without those of the other side that a reply is about: the one it names, or all."""
    about = reply.fact("about")
    return tuple(one for one in entries if one.by is reply.sender or about not in (None, one.mid))


def _noticed(ledger: Ledger, said: Said) -> Ledger:
    if "prior_disclosure" not in said.facts:
        return ledger
    return replace(ledger, announced=(*ledger.announced, Open(said.mid, said.sender)))


_EFFECTS: Mapping[Kind, Callable[[Ledger, Said], Ledger]] = {
    Kind.ACKNOWLEDGEMENT: _acknowledged,
    Kind.INFORMATION_REQUEST: _asked,
    Kind.INFORMATION_SUPPLY: lambda ledger, _: replace(ledger, questions=()),
    Kind.PRIORITY_CHANGE: _reprioritised,
    Kind.DELAY_NOTICE: _limited,
    Kind.RESTRICTION_NOTICE: _limited,
    Kind.REFUSAL: _limited,
    Kind.CORRECTION: _limited,
    Kind.INTERIM_RESPONSE: _answered,
    Kind.FINAL_RESPONSE: _answered,
    Kind.CLARIFICATION_REQUEST: _to_explain,
    Kind.CLARIFICATION_REPLY: _explained,
    Kind.CONSENT_REQUEST: _consent_asked,
    Kind.CONSENT_DECISION: _decided,
    Kind.HANDLING_NOTICE: _noticed,
}

BEGUN = Ledger(
    State.SENT, (Said("m001", Kind.TRACE_REQUEST, RQ, (), frozenset({"priority:routine"})),), priority="routine"
)
"""A request that was sent and not yet opened."""
