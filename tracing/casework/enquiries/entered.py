"""What is entered: the question an officer puts, and the reply an addressee gives.

    whole_part(Question, {"addressee": {"kind": "customs", "name": "Customs archive"}, "question": "..."}, today)

A reply: ``{"result": "found", "event": "exported", "date": "2011-03", "state": "BRA", "licence": "X-9", "searched":
[{"register": "Dispatch books", "from": "1995", "to": "2015", "complete": false, "gaps": "1998"}]}``
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import Field

from protocol import messages
from protocol.messages.answer import Searched
from protocol.messages.members import Code, Day, IsCountry, Line, Listed, Needed, OneOf, Text, Today
from protocol.messages.part import Part
from protocol.messages.problems import Gap
from protocol.messages.whole import whole
from protocol.vocabulary.limits import OperationalCause
from protocol.vocabulary.outcomes import AnswerBasis
from protocol.vocabulary.sources import Source
from protocol.vocabulary.word import Word
from tracing.casework.errors import Incomplete, Problem
from tracing.records.national import EVENTS

__all__ = [
    "BASIS", "CAUSES", "CIRCUMSTANCES", "PARTICULARS", "USUALLY_TOLD", "Addressee", "AddresseeKind", "Question",
    "Renewal", "Reply", "Result", "Withdrawn", "whole_part",
]  # fmt: skip

P = TypeVar("P", bound=Part)


class AddresseeKind(Word):
    """Whom the answering State asks at home."""

    MANUFACTURER = "manufacturer", Source.PRACTICE
    DEALER = "dealer", Source.PRACTICE
    CUSTOMS = "customs", Source.PRACTICE
    MILITARY = "military", Source.PRACTICE
    POLICE = "police", Source.PRACTICE
    LICENSING = "licensing", Source.PRACTICE
    OTHER = "other", Source.PRACTICE


class Result(Word):
    """What a search at home came to."""

    FOUND = "found", Source.PRACTICE
    NOT_FOUND = "not_found", Source.PRACTICE
    UNKNOWN = "unknown", Source.PRACTICE


_OF_TRADE = {
    AddresseeKind.MANUFACTURER: OperationalCause.AWAITING_MANUFACTURER,
    AddresseeKind.DEALER: OperationalCause.AWAITING_DEALER,
}
CAUSES = {kind: _OF_TRADE.get(kind, OperationalCause.AWAITING_OTHER_AGENCY) for kind in AddresseeKind}
"""The operational cause of a delay that an open enquiry gives."""

BASIS = {
    AddresseeKind.MANUFACTURER: AnswerBasis.MAKER_RECORD,
    AddresseeKind.DEALER: AnswerBasis.DEALER_RECORD,
    AddresseeKind.CUSTOMS: AnswerBasis.CUSTOMS,
    AddresseeKind.MILITARY: AnswerBasis.MILITARY,
    AddresseeKind.POLICE: AnswerBasis.REGISTRY,
    AddresseeKind.LICENSING: AnswerBasis.REGISTRY,
    AddresseeKind.OTHER: AnswerBasis.INTERVIEW,
}
"""What an answer rests on when it comes out of a reply."""

PARTICULARS = ("class", "type", "make", "model", "calibre", "country_of_manufacture", "serial", "markings")
"""Members of the weapon: what identifies it is what the request asks to search for (ITI 17(b), 20)."""
CIRCUMSTANCES = ("found", "illicit", "requester")
"""The other State's own affairs."""
USUALLY_TOLD = ("make", "model", "calibre", "serial")


@dataclass(frozen=True, slots=True)
class Among:
    """One of these words."""

    words: tuple[str, ...]

    def fault(self, text: str, today: Today) -> tuple[str, str] | None:
        """What was expected and what came, or None."""
        del today
        return None if text in self.words else (f"one of {', '.join(self.words)}", repr(text)[:80])


class Addressee(Part):
    """Who is asked, and how he is reached."""

    kind: Annotated[Code | None, OneOf(AddresseeKind), Needed(Source.NODE, "Who is asked?")] = None
    name: Annotated[Line | None, Needed(Source.NODE, "What is the name of who is asked?")] = None
    contact: Line | None = None


class Question(Part):
    """An enquiry as an officer enters it. ``due`` is a day from today on; two weeks when none is named."""

    addressee: Annotated[Addressee | None, Needed(Source.NODE, "Who is asked?")] = None
    question: Annotated[Text | None, Needed(Source.NODE, "What is asked?")] = None
    told: Annotated[tuple[Code, ...], Listed, Field(max_length=32), Among((*PARTICULARS, *CIRCUMSTANCES))] = ()
    due: Annotated[Code | None, Day()] = None

    def conditions(self, today: Today) -> Iterator[Gap]:
        """Nobody can answer by yesterday."""
        yield from _not_past(self.due, today)


class Renewal(Part):
    """A new link for an enquiry that is still open, perhaps with a new date."""

    due: Annotated[Code | None, Day()] = None

    def conditions(self, today: Today) -> Iterator[Gap]:
        """Nobody can answer by yesterday."""
        yield from _not_past(self.due, today)


class Withdrawn(Part):
    """Why an enquiry is no longer needed; for our own file."""

    reason: Text | None = None


class Reply(Part):
    """What an addressee found, and where he looked: without coverage "not found" is worthless (ITI 20; domain 9)."""

    result: Annotated[Code | None, OneOf(Result), Needed(Source.NODE, "Was a record found?")] = None
    searched: Annotated[tuple[Searched, ...], Listed, Field(max_length=20)] = ()
    event: Annotated[Code | None, Among(EVENTS)] = None
    date: Annotated[Code | None, Day(reduced=True, past=True)] = None
    state: Annotated[Code | None, IsCountry()] = None
    party: Line | None = None
    licence: Line | None = None
    note: Text | None = None

    def conditions(self, today: Today) -> Iterator[Gap]:
        """What was found is an event; where nothing was found it is said where one looked."""
        yield from super().conditions(today)
        if self.result == Result.FOUND and self.event is None:
            yield Gap("event", f"what is recorded: one of {', '.join(EVENTS)}", "nothing", Source.ITI_20)
        if self.result == Result.NOT_FOUND and not self.searched:
            expected = "the registers or books searched, with the years they cover"
            yield Gap("searched", expected, "nothing", Source.ITI_20)


def whole_part(model: type[P], body: Mapping[str, Any], today: date) -> P:
    """The part ``body`` makes, or Incomplete with every problem."""
    try:
        return whole(model, body, today=today)
    except messages.Incomplete as error:
        raise Incomplete(tuple(Problem(p.member, p.expected, p.got, p.source) for p in error.problems)) from error


def _not_past(day: str | None, today: Today) -> Iterator[Gap]:
    named = Day().first(day) if day else None
    if named is not None and today is not None and named < today:
        yield Gap("due", f"a day from today ({today}) on", str(named), Source.NODE)
