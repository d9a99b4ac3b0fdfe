"""The bytes of a feed (RFC 5545, with the properties of RFC 7986): pure, from what is due and who reads it."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tracing.clock import from_ms
from tracing.feeds.duties import MOST, Due, Duties
from tracing.phrases import House, Reader, closed_day, one_line, written_date

__all__ = ["Calendar"]

PRODUCT = "-//tracing//deadlines 1//EN"
READ_EVERY = timedelta(hours=1)  # what a date moves by is said by mail at once; a calendar may be an hour behind


@dataclass(frozen=True, slots=True)
class Calendar:
    """One feed as it stands now. ``reader.zone`` is the authority's: its days are the days of the calendar."""

    whose: str
    duties: Duties
    reader: Reader
    house: House

    @property
    def etag(self) -> str:
        """A strong validator (RFC 9110, 8.8.3), known without writing the calendar: of all that it is written from."""
        whole = (PRODUCT, self.whose, self._span, self.duties.shown, self.duties.is_cut, self.reader, self.house)
        return f'"{hashlib.sha256(repr(whole).encode()).hexdigest()[:32]}"'

    def to_bytes(self) -> bytes:
        """Half a millisecond for each event: not on the loop."""
        import icalendar  # loads on use: 9 MB and a fifth of a second, which a node without feeds need not have

        whole = icalendar.Calendar()
        for name, value in self._head():
            whole.add(name, icalendar.vText(value) if name.startswith("x-") else value)  # of X- it knows no kind
        whole.add("refresh-interval", READ_EVERY, parameters={"VALUE": "DURATION"})
        for one in self._events():
            event = icalendar.Event()
            for name, value in one:
                event.add(name, value)
            whole.add_component(event)
        return bytes(whole.to_ical())

    @property
    def _span(self) -> tuple[str, str]:
        """The first and the last day, local."""
        first, last = (at.astimezone(ZoneInfo(self.reader.zone)) for at in (self.duties.since, self.duties.until))
        return f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"

    def _head(self) -> Iterator[tuple[str, Any]]:
        say = self.reader.phrases
        name = self._marked(say.calendar_team if self.whose == "team" else say.calendar_mine)
        first, last = map(self.reader.value, self._span)
        said = self._whole([say.calendar_says.format(first=first, last=last, most=MOST)])
        yield from (("prodid", PRODUCT), ("version", "2.0"), ("calscale", "GREGORIAN"))
        yield from (("name", name), ("description", said), ("x-wr-calname", name), ("x-wr-caldesc", said))
        yield "x-published-ttl", "PT1H"

    def _events(self) -> Iterator[Iterator[tuple[str, Any]]]:
        yield from map(self._event, self.duties.shown)
        if self.duties.is_cut:
            yield self._more(self.duties.shown[-1])

    def _event(self, one: Due) -> Iterator[tuple[str, Any]]:
        say = self.reader.phrases
        due = self.reader.duty(one.clock, one.owed_by)
        filled = say.entry.format(duty=due, case=self.reader.value(one.case))
        yield from (("uid", one.uid), ("sequence", one.moves))
        yield from self._dates(one, closed_day(one.due_ms, self.reader.zone) or from_ms(one.due_ms))
        yield from (("summary", self._marked(filled)), ("description", self._whole(self._lines(one))))
        yield "status", "TENTATIVE" if one.is_paused else "CONFIRMED"
        if self.house.desk_url:
            yield "url", f"{self.house.desk_url}/deadlines/{one.deadline}-{one.case}"

    def _more(self, last: Due) -> Iterator[tuple[str, Any]]:
        """Where the feed ends before its span does: seen where somebody would miss the others."""
        day = closed_day(last.due_ms, self.reader.zone)
        day = day or from_ms(last.due_ms).astimezone(ZoneInfo(self.reader.zone)).date()
        yield from (("uid", f"{last.uid}-more"), ("summary", self._marked(self.reader.phrases.more_dates)))
        yield from self._dates(last, day)
        if self.house.desk_url:
            yield "url", f"{self.house.desk_url}/deadlines"

    @staticmethod
    def _dates(one: Due, at: date) -> Iterator[tuple[str, Any]]:
        """An all-day event, or an instant; it makes nobody busy, and is no one's business but its reader's."""
        yield from ((name, from_ms(one.changed_ms)) for name in ("dtstamp", "last-modified"))
        yield "dtstart", at
        if not isinstance(at, datetime):
            yield "dtend", at + timedelta(days=1)
        yield from (("transp", "TRANSPARENT"), ("class", "PRIVATE"))

    def _lines(self, one: Due) -> Iterator[str]:
        say, value = self.reader.phrases, self.reader.value
        yield f"{say.case}{say.colon}{value(one.case)}"
        if self.house.names_counterparts:
            yield f"{say.counterpart}{say.colon}{value(one_line(one.counterpart))}"
        yield f"{say.due}{say.colon}{self.reader.duty(one.clock, one.owed_by)}"
        yield f"{say.date}{say.colon}{self._date(one.due_ms)}"
        if one.is_paused:
            yield say.still
        if one.first_ms != one.due_ms:
            yield f"{say.first_date}{say.colon}{self._date(one.first_ms)}"
        yield f"{say.number}{say.colon}{say.bases[one.basis]}"

    def _date(self, at_ms: int) -> str:
        return self.reader.value(f"{written_date(at_ms, self.reader.zone)} ({self.reader.zone})")

    def _marked(self, text: str) -> str:
        say = self.reader.phrases
        return f"{say.training}{say.colon}{text}" if self.house.is_training else text

    def _whole(self, lines: Iterable[str]) -> str:
        """Lines, and beneath them what a translation owes its reader."""
        unread = self.reader.phrases.unread
        return "\n".join([*lines, *([unread] if unread else [])])
