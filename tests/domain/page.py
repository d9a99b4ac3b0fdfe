"""Tables 7b.1 and 7b.2 of the domain page, copied by hand: the expectation that the table of the code is held to.

Nothing here is computed from ``protocol/lifecycle``; states and messages bear the numbers of the page. What a
condition means is written down a second time in ``ledger.py``.
"""

from collections.abc import Iterator, Mapping

from protocol.lifecycle import Kind, Role, State

__all__ = ["PAGE", "ROLES", "Allowed"]

S = {
    0: State.DRAFT, 1: State.SENT, 2: State.DELIVERED, 3: State.ACKNOWLEDGED, 4: State.IN_PROGRESS, 5: State.PARTIAL,
    6: State.ANSWERED, 7: State.REFUSED, 8: State.CLOSED, 9: State.REJECTED_INVALID, 10: State.MISDIRECTED,
    11: State.WITHDRAWN,
}  # fmt: skip
ROLES = {"RQ": (Role.REQUESTER,), "RD": (Role.REQUESTED,), "either": (Role.REQUESTER, Role.REQUESTED)}

ANY = "2-8 10 11"  # "any" state in which both sides hold the request

# number, message, sender, allowed in, leads to (None: the state stays), only if
_ROWS: tuple[tuple[str, str, str, str, int | None, str], ...] = (
    ("1", "trace_request", "RQ", "0", 1, ""),
    ("3a", "progress", "RD", "3-5", 4, ""),
    ("4", "acknowledgement", "RD", "2", 3, ""),
    ("4", "acknowledgement", "RD", "11", None, "withdrawal unconfirmed"),  # of no. 16
    ("5", "not_competent", "RD", "2-4", 10, ""),
    ("6", "information_request", "RD", "2-5", None, ""),
    ("7", "information_supply", "RQ", "1-5", None, ""),  # under O1 or unsolicited
    ("8", "amendment", "RQ", "1-5", None, ""),
    ("9", "delay_notice", "RD", "2-5", None, ""),
    ("10", "interim_response", "RD", "2-5", 5, ""),  # in 2 it counts as implied acknowledgement (7b.2)
    ("11", "final_response", "RD", "2-5", 6, ""),
    ("11", "final_response", "RD", "8", 6, ""),  # late (7b.2)
    ("12", "restriction_notice", "RD", "2-5", 5, ""),  # goes with 10 or 11, before it
    ("12", "restriction_notice", "RD", "6", None, ""),  # or after it
    ("13", "refusal", "RD", "2-5", 7, ""),
    ("14", "clarification_request", "RQ", "2-7", None, "9 to 13 was said"),
    ("15", "clarification_reply", "RD", "2-7", None, "O3"),
    ("16", "withdrawal", "RQ", "1-5", 11, ""),
    ("17", "referral", "RD", "4-8", None, "10 or 11 was said"),
    ("19", "consent_request", "either", ANY, None, ""),
    ("20", "consent_decision", "either", ANY, None, "the other asked for it"),  # O4, and later to take it back
    ("21-24", "handling_notice", "either", ANY, None, ""),
    ("21", "handling_notice", "RQ", "1", None, ""),  # "as soon as law or circumstance changes"
    ("22", "objection", "either", ANY, None, "the other announced it"),
    ("25", "reminder", "either", ANY, None, "the other owes something"),
    ("26", "priority_change", "RQ", "1-5", None, ""),
    ("27", "correction", "RD", "5-8", None, "10 or 11 was said"),
    ("28", "closure", "RQ", "6 7 10", 8, ""),
    ("28", "closure", "RQ", "2-5", 8, "S12"),  # lapsed: a private mark, whose closure is shared
    ("29", "reopening", "either", "8", 4, ""),
    ("30", "spontaneous_information", "either", ANY, None, ""),
    ("30", "spontaneous_information", "RQ", "1", None, ""),
)

Allowed = tuple[State, str]
"""Where it leads, and under which condition ("": none)."""


def _states(text: str) -> Iterator[State]:
    for part in text.split():
        first, _, last = part.partition("-")
        yield from (S[number] for number in range(int(first), int(last or first) + 1))


def _page() -> dict[tuple[State, Kind, Role], Allowed]:
    page: dict[tuple[State, Kind, Role], Allowed] = {}
    for _, message, sender, states, leads_to, only_if in _ROWS:
        for state in _states(states):
            for role in ROLES[sender]:
                page[state, Kind(message), role] = (state if leads_to is None else S[leads_to], only_if)
    return page


PAGE: Mapping[tuple[State, Kind, Role], Allowed] = _page()
