"""Conversations between two nodes, written down: who says what, having seen what."""

from protocol.lifecycle import CaseView, Kind, Role, Said, fold

BY: dict[Kind, Role] = {
    Kind.TRACE_REQUEST: Role.REQUESTER,
    Kind.ACKNOWLEDGEMENT: Role.REQUESTED,
    Kind.INFORMATION_REQUEST: Role.REQUESTED,
    Kind.INFORMATION_SUPPLY: Role.REQUESTER,
    Kind.DELAY_NOTICE: Role.REQUESTED,
    Kind.INTERIM_RESPONSE: Role.REQUESTED,
    Kind.FINAL_RESPONSE: Role.REQUESTED,
    Kind.REFUSAL: Role.REQUESTED,
    Kind.WITHDRAWAL: Role.REQUESTER,
    Kind.CLOSURE: Role.REQUESTER,
}


def said(mid: str, kind: Kind, *re: str, facts: set[str] | None = None, sender: Role | None = None) -> Said:
    """A message of the side that usually says this kind."""
    return Said(mid, kind, sender or BY[kind], re, frozenset(facts or ()))


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
