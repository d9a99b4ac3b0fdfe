"""What of a request an addressee at home is told, and which restriction of which element stands in the way (ITI 15).

Rules
- Particulars that identify the weapon may always be told: to search for them is what the request asks.
- Circumstances of the find, the grounds and the name of the requesting State are the other State's affairs: told only
  when the officer chooses them and nothing forbids it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from protocol.elements import REST, Disclosure
from protocol.lifecycle import Kind
from protocol.vocabulary.requests import Restriction
from tracing.casework.asked import current_request
from tracing.casework.elements import read_held
from tracing.casework.enquiries.entered import CIRCUMSTANCES, PARTICULARS
from tracing.casework.errors import Incomplete, Problem
from tracing.casework.thread import Thread, messages
from tracing.store import View
from tracing.store.content import case_key

__all__ = ["Asked", "read_request"]

BARS = frozenset(
    {
        Restriction.DESIGNATED_AUTHORITIES,
        Restriction.NO_ONWARD_WITHOUT_CONSENT,
        Restriction.NO_DISSEMINATION,
        Restriction.PERSONAL_DATA,
        Restriction.COMMERCIAL,
        Restriction.TEXT,  # no program can judge it: the officer asks the requester
    }
)
"""Restrictions under which nobody outside the tracing authority is told."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The request of a case: its body as it was signed, and the elements with the restrictions on each."""

    requester: str
    body: dict[str, Any]
    elements: tuple[Disclosure, ...]

    def tell(self, chosen: tuple[str, ...]) -> dict[str, Any]:
        """The chosen members with their values; those the request leaves open are not told. Incomplete if barred."""
        problems = [problem for at, name in enumerate(chosen) for problem in self._barred(at, name)]
        if problems:
            raise Incomplete(tuple(problems))
        values = {name: self._value(name) for name in dict.fromkeys(chosen)}
        return {name: value for name, value in values.items() if value not in (None, [], {})}

    def _value(self, name: str) -> Any:
        if name == "requester":
            return self.requester
        inside = self.body.get("weapon") or {} if name in PARTICULARS else self.body
        return _bare(inside.get(name))

    def _barred(self, at: int, name: str) -> Iterator[Problem]:
        if name not in CIRCUMSTANCES:
            return
        of = REST if name == "requester" else name
        for one in self.elements:
            if one.name.partition(".")[0] == of and (bars := sorted(BARS & set(one.restrictions))):
                expected = f"something that may be told: the element {one.name} carries {', '.join(bars)}"
                yield Problem(f"told.{at}", expected, name, "ITI 15")


def read_request(view: View, thread: Thread) -> Asked:
    """The request of a received case as its amendments leave it, with the restrictions on all its elements."""
    key, of_request = case_key(view, thread.case), (str(Kind.TRACE_REQUEST), str(Kind.AMENDMENT))
    rows = view.conn.execute(
        select(messages).where(messages.c.case_id == thread.case.id, messages.c.kind.in_(of_request))
    )
    found = tuple(one for row in rows for one in read_held(view, key, row).elements)
    return Asked(thread.case.counterpart, current_request(view, thread), found)


def _bare(value: Any) -> Any:
    """The value without its handling, which is between the two States."""
    if isinstance(value, dict):
        return {name: _bare(inner) for name, inner in value.items() if name != "restrictions"}
    return [_bare(one) for one in value] if isinstance(value, list) else value
