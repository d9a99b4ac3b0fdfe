"""The monthly list of what each side sees (domain 7b.2): every open case between the two, as its sender has it.

Rules: ``not_listed`` says how many open cases had no place in the list; the other side compares it with its own; what
differs is shown to officers, nothing is changed by it.

Example
    {"month": "2026-11", "cases": [{"case": "br.0198c5f0...", "state": "acknowledged", "overlays": ["delayed"]}]}
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from protocol.lifecycle import Kind
from protocol.messages.members import Code, Day, Line, Listed, Needed, Today, Whole
from protocol.messages.message import Message
from protocol.messages.part import Part
from protocol.messages.problems import Gap
from protocol.vocabulary.sources import Source

__all__ = ["MAX_CASES", "Reconciliation", "Standing"]

MAX_CASES = 4000  # some 600 KiB; more open cases than any pair has


class Standing(Part):
    """One open case as the sender sees it."""

    case: Annotated[Line | None, Needed(Source.BILATERAL, "Which case is meant?")] = None
    state: Annotated[Code | None, Needed(Source.BILATERAL, "How does the case stand?")] = None
    overlays: Annotated[tuple[Code, ...], Listed, Field(max_length=10)] = ()
    messages: Annotated[int | None, Field(strict=True, ge=0, le=1_000_000)] = None


class Reconciliation(Message):
    """This is what we have open with you."""

    KIND: ClassVar[Kind] = Kind.RECONCILIATION
    TYPE: ClassVar[str] = "urn:itx:reconciliation:1"

    month: Annotated[Code | None, Day(reduced=True), Needed(Source.BILATERAL, "For which month is it?")] = None
    cases: Annotated[
        tuple[Standing, ...], Listed, Field(max_length=MAX_CASES), Needed(Source.BILATERAL, "Which?", null=True)
    ] = ()
    not_listed: Whole | None = None

    def conditions(self, today: Today) -> Iterator[Gap]:
        """A month, neither a day nor a year."""
        yield from super().conditions(today)
        if self.month is not None and len(self.month) != len("2026-11"):
            yield Gap("month", "a month such as 2026-11", f'"{self.month}"', Source.BILATERAL)
