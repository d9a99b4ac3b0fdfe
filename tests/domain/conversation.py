"""Conversations between two nodes, written down: who says what, having seen what."""

from protocol.lifecycle import CaseView, Kind, Role, Said, fold

_REQUESTER_SAYS = {
    Kind.TRACE_REQUEST, Kind.INFORMATION_SUPPLY, Kind.AMENDMENT, Kind.PRIORITY_CHANGE, Kind.CLARIFICATION_REQUEST,
    Kind.WITHDRAWAL, Kind.CLOSURE, Kind.REMINDER, Kind.CONSENT_REQUEST, Kind.REOPENING,
}  # fmt: skip


def usual_sender(kind: Kind) -> Role:
    """The side that usually says this kind, where either may."""
    return Role.REQUESTER if kind in _REQUESTER_SAYS else Role.REQUESTED


def said(mid: str, kind: Kind, *re: str, facts: set[str] | None = None, sender: Role | None = None) -> Said:
    """A message of the side that usually says this kind."""
    return Said(mid, kind, sender or usual_sender(kind), re, frozenset(facts or ()))


REQUEST = said("m1", Kind.TRACE_REQUEST)


def folded(*more: Said, opened: bool = True) -> CaseView:
    """The case after the request and ``more``."""
    return fold([REQUEST, *more], opened={"m1"} if opened else ())


def in_turn(*kinds: Kind, facts: dict[Kind, set[str]] | None = None) -> list[Said]:
    """The request and then ``kinds``, each having seen everything before it."""
    talk = [REQUEST]
    for number, kind in enumerate(kinds, 2):
        talk.append(said(f"m{number}", kind, talk[-1].mid, facts=(facts or {}).get(kind)))
    return talk
