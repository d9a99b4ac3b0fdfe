"""The text of a notice: pure, from what it is about and who reads it to a subject and a body, or to one message.

Rules
- The rules of ``tracing/phrases``.
- A date is written in the reader's zone, which is named.
- The name of a State's authority comes from outside: one line of printable characters, and no longer than a line.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tracing.channels.subjects import Subject
from tracing.phrases import House, Phrases, Reader, one_line, written_date

__all__ = ["MOST_TOLD", "Written", "link_to", "write", "write_message", "write_reached", "write_test"]

MOST_TOLD = 50  # duties in one mail; the desk shows the others


@dataclass(frozen=True, slots=True)
class Written:
    """A subject of one line, and the body."""

    subject: str
    body: str


def write(told: Sequence[Subject], reader: Reader, house: House, *, is_digest: bool) -> Written:
    """The mail about one reminder, or the digest of a day."""
    say = reader.phrases
    parts = [say.digest, *_parts(told, reader, house)] if is_digest else _parts(told[:1], reader, house)
    return _whole(_subject(told, reader, is_digest=is_digest), parts, reader, house)


def write_test(reader: Reader, house: House) -> Written:
    """The mail an address is tried with."""
    return _whole(reader.phrases.subject_test, [reader.phrases.test], reader, house)


def write_message(told: Sequence[Subject], reader: Reader, house: House, *, is_digest: bool) -> str:
    """The same for a chat: without a foot."""
    head = _marked(_subject(told, reader, is_digest=is_digest), reader, house)
    return "\n\n".join([head, *_parts(told if is_digest else told[:1], reader, house)])


def write_reached(reader: Reader, house: House) -> str:
    """The message a receiver is tried with."""
    return _marked(reader.phrases.reached, reader, house)


def link_to(one: Subject, house: House) -> str:
    """Where the desk leads on to the case."""
    return f"{house.desk_url}/reminders/{one.reminder}-{one.case}"


def _subject(told: Sequence[Subject], reader: Reader, *, is_digest: bool) -> str:
    say = reader.phrases
    if is_digest:
        return say.subject_digest.format(count=len(told))
    day = written_date(told[0].due_ms, reader.zone).partition(",")[0]
    clock, date, case = say.clocks[told[0].clock], reader.value(day), reader.value(told[0].case)
    return say.subject.format(clock=clock, date=date, case=case)


def _parts(told: Sequence[Subject], reader: Reader, house: House) -> list[str]:
    """Each duty, and how many more there are than are told."""
    parts = ["\n".join(_lines(one, reader, house)) for one in told[:MOST_TOLD]]
    more = len(told) - len(parts)
    return [*parts, reader.phrases.more.format(count=more)] if more else parts


def _marked(subject: str, reader: Reader, house: House) -> str:
    say = reader.phrases
    return f"{say.training}{say.colon}{subject}" if house.is_training else subject


def _whole(subject: str, parts: list[str], reader: Reader, house: House) -> Written:
    say = reader.phrases
    foot = "\n".join(["-- ", say.foot, *([say.unread] if say.unread else [])])
    head = [say.training] if house.is_training else []
    return Written(_marked(subject, reader, house), "\n\n".join([*head, *parts, foot]) + "\n")


def _lines(one: Subject, reader: Reader, house: House) -> Iterator[str]:
    say = reader.phrases
    yield f"{say.case}{say.colon}{reader.value(one.case)}"
    if house.names_counterparts:
        yield f"{say.counterpart}{say.colon}{reader.value(one_line(one.counterpart))}"
    yield f"{say.due}{say.colon}{reader.duty(one.clock, one.owed_by)}"
    yield f"{say.date}{say.colon}{reader.value(f'{written_date(one.due_ms, reader.zone)} ({reader.zone})')}"
    yield f"{say.why}{say.colon}{_why(one, say)}"
    if one.is_late:
        yield say.late
    yield f"{say.todo}{say.colon}{say.do_ours if one.owed_by == 'us' else say.do_theirs}"
    if house.desk_url:
        yield link_to(one, house)


def _why(one: Subject, say: Phrases) -> str:
    if one.to_role == "deputy":
        return say.deputy
    passed = say.passed if one.is_binding else say.passed_own
    return {"near": say.near, "passed": passed, "again": say.again, "escalated": say.escalated}[one.event]
