"""A delay: on a ground of ITI 22 with its reason, or for an operational cause with a new date (domain 7b.1 no. 9).

Rules
- Either a ground or a cause, never both, and neither in the place of the other.
- It may be repeated; the original due date stays visible, the new one is counted beside it.

Examples
    {"ground": "ongoing_investigation", "reason": "Arrests are imminent.", "new_date": "2027-01-15"}
    {"cause": "archive_search", "new_date": "2027-01-15"}
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from protocol.lifecycle import Kind
from protocol.messages.limit import Limit
from protocol.messages.members import Code, Day, OneOf, Today
from protocol.messages.problems import Gap
from protocol.vocabulary.limits import OperationalCause
from protocol.vocabulary.sources import Source

__all__ = ["DelayNotice"]

_ASK_DATE = "When may an answer be expected?"


class DelayNotice(Limit):
    """The requested authority needs longer."""

    KIND: ClassVar[Kind] = Kind.DELAY_NOTICE
    TYPE: ClassVar[str] = "urn:itx:delay-notice:1"

    cause: Annotated[Code | None, OneOf(OperationalCause)] = None
    new_date: Annotated[Code | None, Day()] = None

    def facts(self) -> frozenset[str]:
        """``no_reason``: it came without a cause, and without a ground that has its reason."""
        explained = self.cause is not None or (self.ground is not None and self.has_reason)
        return frozenset(() if explained else {"no_reason"})

    def conditions(self, today: Today) -> Iterator[Gap]:
        """A ground with its reason, or a cause with a date; and the date is still to come."""
        yield from super().conditions(today)
        yield from self._why()
        named = Day().first(self.new_date or "")
        if self.new_date is None:
            yield Gap("new_date", "the new date", "nothing", Source.ITI_18, _ASK_DATE, blocks=self.cause is not None)
        elif named is not None and today is not None and named < today:
            yield Gap("new_date", f"a date from today on ({today})", f'"{self.new_date}"', Source.ITI_18)

    def _why(self) -> Iterator[Gap]:
        if self.ground is None and self.cause is None:
            ask = "Does the delay rest on a ground of ITI 22, or on an operational cause?"
            expected = "a ground of ITI 22 with its reason, or an operational cause in cause"
            yield Gap("ground", expected, "nothing", Source.ITI_22, ask)
        if self.ground is not None and self.cause is not None:
            yield Gap("cause", "a ground or a cause, not both", "both", Source.ITI_22)
        if self.ground is not None and not self.has_reason:
            yield self.lacks_reason()
