"""What may be done with information that was given under restrictions (ITI 15): pure, the same at both sides.

Rules
- Restrictions lie on elements; each holder asks ``obstacles`` before one leaves it. What we said ourselves is ours.
- A provider may tighten or relax what lies on its elements (``restriction_change``); the last such notice stands.
- Consent is a statement that names elements, recipient and purpose, and may end or be revoked. Silence is no consent.
  A referral may give it in advance for the State it names.
- Consent lifts what stands in the way of passing an element on. It never lifts ``delete_by`` or ``no_statistics``; its
  conditions and the restrictions it brings travel with the element.
- A later change of what lies on an element ends earlier consents about it; of two referrals to a State the later
  stands.
- What was passed on to us by somebody who had it from another (``passed_on``) keeps what lies on it: who carried it can
  add restrictions, and neither lift them nor consent.
- An element that was corrected is not passed on any more; what replaced it is.

    case = Handling.of(given)
    case.obstacles(Ref("at:0198c5f0-...", "outcomes.0"), Passing("third_state", state="SRB"), me="br", today=today)
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from protocol.elements import Disclosure
from protocol.messages import (
    ConsentDecision,
    ConsentRequest,
    Correction,
    ElementRef,
    HandlingNotice,
    Message,
    Referral,
    RestrictionDetails,
)
from protocol.messages.members import Day
from protocol.vocabulary.handling import Consent, Notice, RecipientKind
from protocol.vocabulary.requests import IntendedUse, Restriction
from protocol.vocabulary.sources import Source
from protocol.vocabulary.word import known

__all__ = ["SUPERSEDED", "Given", "Grant", "Handling", "Lies", "Obstacle", "Passing", "Ref"]


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """One element of one message."""

    mid: str
    element: str


@dataclass(frozen=True, slots=True)
class Given:
    """One message that counts, with its elements, in an order both sides agree on (pasts before futures)."""

    mid: str
    sender: str
    message: Message
    elements: tuple[Disclosure, ...]


@dataclass(frozen=True, slots=True)
class Passing:
    """What somebody wants to do: to give an element to whom, for which purpose; or to count it (``is_counting``)."""

    kind: str
    state: str | None = None
    name: str | None = None
    purpose: str | None = None
    is_counting: bool = False


@dataclass(frozen=True, slots=True)
class Lies:
    """What lies on one element now: the words, what they need beside them, and who gave the element."""

    provider: str
    words: frozenset[str]
    details: RestrictionDetails


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One restriction of one element that stands in the way, its source, and whether consent would lift it."""

    ref: Ref
    restriction: str
    source: str
    can_ask: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """Consent to pass elements on: which, to whom, for what, until when, under which conditions."""

    by: str
    said_in: str
    elements: frozenset[Ref]
    to: Passing
    until: date | None
    conditions: str | None
    restrictions: tuple[str, ...]

    def covers(self, ref: Ref, passing: Passing, today: date) -> bool:
        """Whether it allows this element to go this way today."""
        return (
            ref in self.elements
            and (self.until is None or today <= self.until)
            and self.to.kind == passing.kind
            and self.to.state == passing.state
            and self.to.name in (None, passing.name)
            and self.to.purpose in (None, passing.purpose)
        )


_EVERYBODY = frozenset(RecipientKind)
_OUTSIDE = _EVERYBODY - {RecipientKind.OWN_AUTHORITY, RecipientKind.COURT}
_FORBIDS: Mapping[Restriction, frozenset[RecipientKind]] = MappingProxyType(
    {
        Restriction.DESIGNATED_AUTHORITIES: _EVERYBODY,
        Restriction.ITI_PURPOSES: frozenset({RecipientKind.PUBLIC}),
        Restriction.NO_ONWARD_WITHOUT_CONSENT: _OUTSIDE,
        Restriction.NO_COURT_USE: frozenset({RecipientKind.COURT}),
        Restriction.NO_DISSEMINATION: _EVERYBODY,
        Restriction.TEXT: _OUTSIDE,
        Restriction.PERSONAL_DATA: frozenset({RecipientKind.PUBLIC}),
        Restriction.COMMERCIAL: frozenset({RecipientKind.PUBLIC, RecipientKind.OTHER}),
        Restriction.NOT_TO_INTERPOL: frozenset({RecipientKind.INTERPOL}),
        Restriction.NOT_TO_EUROPOL: frozenset({RecipientKind.EUROPOL}),
    }
)
"""Restriction -> to whom it forbids passing on. The holder's own courts are no other party of 15(c)."""

_NO_ITI_PURPOSE = frozenset({IntendedUse.OTHER})
SUPERSEDED = "superseded"
CARRIED = "passed_on"


@dataclass(frozen=True, slots=True)
class Handling:
    """The handling of everything that was given in one case."""

    lies: Mapping[Ref, Lies]
    grants: tuple[Grant, ...]
    superseded: Mapping[Ref, str]  # corrected elements, and the message that corrected them

    @classmethod
    def of(cls, given: Sequence[Given]) -> "Handling":
        """From the messages of a case that count, pasts before futures."""
        lies = {ref: lying for one in given for ref, lying in _as_given(one)}
        for one in given:
            lies |= _changed(one, lies)
        return cls(MappingProxyType(lies), tuple(_grants(given, lies)), MappingProxyType(dict(_corrected(given, lies))))

    def obstacles(self, ref: Ref, passing: Passing, *, me: str, today: date) -> tuple[Obstacle, ...]:
        """What stands in the way of passing one element on. KeyError for an element nobody gave."""
        lying = self.lies[ref]
        standing = list(_standing(ref, lying, passing, today)) if lying.provider != me else []
        if standing and self.grant(ref, passing, today) is not None:
            standing = [one for one in standing if not one.can_ask]
        if ref in self.superseded and not passing.is_counting:
            standing.append(Obstacle(ref, SUPERSEDED, Source.ITI_18.value, can_ask=False))
        return tuple(standing)

    def grant(self, ref: Ref, passing: Passing, today: date) -> Grant | None:
        """The consent that allows it, the newest first."""
        return next((one for one in reversed(self.grants) if one.covers(ref, passing, today)), None)


# ---------------------------------------------------------------- what lies on an element


def _as_given(one: Given) -> Iterator[tuple[Ref, Lies]]:
    details = one.message.restriction_details or RestrictionDetails()
    carried = getattr(one.message, "passed_on", ())
    for element in one.elements:
        name, _, at = element.name.partition(".")
        own = carried[int(at)].restriction_details if name == CARRIED and int(at) < len(carried) else None
        yield Ref(one.mid, element.name), Lies(one.sender, frozenset(element.restrictions), own or details)


def _changed(one: Given, lies: Mapping[Ref, Lies]) -> Mapping[Ref, Lies]:
    """What a notice of its provider puts in the place of what lay there; nobody changes what another gave."""
    notice = one.message
    if not isinstance(notice, HandlingNotice) or notice.notice != Notice.RESTRICTION_CHANGE:
        return {}
    return {
        ref: Lies(one.sender, _kept(ref, lies) | frozenset(change.restrictions), change.details or lies[ref].details)
        for change in notice.changes
        if (ref := _ref(change)) in lies and lies[ref].provider == one.sender
    }


def _kept(ref: Ref, lies: Mapping[Ref, Lies]) -> frozenset[str]:
    """What its carrier cannot lift: all that lies on an element he had from another."""
    return lies[ref].words if _is_carried(ref) else frozenset()


def _is_carried(ref: Ref) -> bool:
    return ref.element.startswith(f"{CARRIED}.")


def _ref(ref: ElementRef) -> Ref:
    return Ref(ref.mid or "", ref.element or "")


def _corrected(given: Sequence[Given], lies: Mapping[Ref, Lies]) -> Iterator[tuple[Ref, str]]:
    """A provider corrects its own elements only."""
    for one in given:
        if isinstance(one.message, Correction):
            refs = [_ref(ref) for ref in one.message.replaces]
            yield from ((ref, one.mid) for ref in refs if ref in lies and lies[ref].provider == one.sender)


def _standing(ref: Ref, lying: Lies, passing: Passing, today: date) -> Iterator[Obstacle]:
    """Every restriction that speaks against it, whatever was consented to."""
    for word in sorted(lying.words):
        restriction = known(Restriction, word)
        if restriction is None:  # of a newer version: what it forbids is not known, so everything
            yield Obstacle(ref, word, Source.ITI_15.value, can_ask=True)
        elif _forbids(restriction, lying, passing, today):
            lasting = restriction in (Restriction.DELETE_BY, Restriction.NO_STATISTICS)
            yield Obstacle(ref, word, restriction.source.value, can_ask=not lasting)


def _forbids(restriction: Restriction, lying: Lies, passing: Passing, today: date) -> bool:
    if restriction is Restriction.DELETE_BY:
        last = Day().first(lying.details.delete_by or "")
        return last is None or today > last
    if passing.is_counting:
        return restriction is Restriction.NO_STATISTICS
    if restriction is Restriction.NO_STATISTICS:
        return passing.purpose == IntendedUse.STATISTICS
    recipient = known(RecipientKind, passing.kind) or RecipientKind.OTHER
    if restriction is Restriction.DESIGNATED_AUTHORITIES and recipient is RecipientKind.OWN_AUTHORITY:
        return passing.name not in lying.details.authorities
    if restriction is Restriction.ITI_PURPOSES and known(IntendedUse, passing.purpose) in _NO_ITI_PURPOSE:
        return True
    return recipient in _FORBIDS[restriction]


# ---------------------------------------------------------------- consent


def _grants(given: Sequence[Given], lies: Mapping[Ref, Lies]) -> Iterator[Grant]:
    """Consents that stand: of several about the same the last; a provider grants its own elements only."""
    asked = {one.mid: one for one in given if isinstance(one.message, ConsentRequest)}
    decided = {one.message.about: one for one in given if isinstance(one.message, ConsentDecision)}
    referrals = [(one.message, one) for one in given if isinstance(one.message, Referral)]
    referred = {(one.sender, referral.state): (referral, one) for referral, one in referrals}
    found = [
        grant
        for about, one in decided.items()
        if about in asked and isinstance(one.message, ConsentDecision)
        for grant in _decided(one.message, one, asked[about].message, lies)
    ]
    for referral, one in referred.values():
        found += _in_advance(referral, one, lies)
    yield from (_still(grant, given) for grant in found)


def _still(grant: Grant, given: Sequence[Given]) -> Grant:
    """The grant without the elements whose restrictions its provider changed after it."""
    later = given[[one.mid for one in given].index(grant.said_in) + 1 :]
    notices = [one.message for one in later if one.sender == grant.by and isinstance(one.message, HandlingNotice)]
    changed = {_ref(change) for notice in notices for change in notice.changes}
    return replace(grant, elements=grant.elements - changed)


def _decided(decision: ConsentDecision, one: Given, asked: Message, lies: Mapping[Ref, Lies]) -> Iterator[Grant]:
    if not isinstance(asked, ConsentRequest) or asked.recipient is None or not _is_yes(decision.decision):
        return
    wanted = {_ref(ref) for ref in asked.elements}
    granted = {_ref(ref) for ref in decision.elements} & wanted if decision.elements else wanted
    to = Passing(asked.recipient.kind or "", asked.recipient.state, asked.recipient.name, asked.purpose)
    until = Day().first(decision.until or "") if decision.until else None
    if decision.until and until is None:
        return  # a day that is none: what it ends on cannot be kept
    yield Grant(
        one.sender, one.mid, _own(granted, one.sender, lies), to, until, decision.conditions_, decision.restrictions
    )


def _in_advance(referral: Referral, one: Given, lies: Mapping[Ref, Lies]) -> Iterator[Grant]:
    if not _is_yes(referral.consent) or referral.state is None:
        return
    elements = _own({_ref(ref) for ref in referral.elements}, one.sender, lies)
    to = Passing(RecipientKind.THIRD_STATE, referral.state)
    yield Grant(one.sender, one.mid, elements, to, None, referral.conditions_, referral.restrictions)


def _is_yes(word: str | None) -> bool:
    return word in (Consent.GRANTED, Consent.GRANTED_WITH_CONDITIONS)


def _own(refs: Iterable[Ref], sender: str, lies: Mapping[Ref, Lies]) -> frozenset[Ref]:
    return frozenset(ref for ref in refs if ref in lies and lies[ref].provider == sender and not _is_carried(ref))
