"""The text of a mail: pure, from what it is about and who reads it to a subject and a body.

Rules
- The rules of ``tracing/phrases``.
- A date is written in the reader's zone, which is named.
- The name of a State's authority comes from outside: one line of printable characters, and no longer than a line.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tracing.mail.subjects import Subject
from tracing.phrases import House, Phrases, Reader, one_line, written_date

__all__ = ["Written", "write", "write_test"]

MOST_TOLD = 50  # duties in one mail; the desk shows the others


@dataclass(frozen=True, slots=True)
class Written:
    """A subject of one line, and the body."""

    subject: str
    body: str


def write(told: Sequence[Subject], reader: Reader, house: House, *, is_digest: bool) -> Written:
    """The mail about one reminder, or the digest of a day."""
    say = reader.phrases
    parts = ["\n".join(_lines(one, reader, house)) for one in told[:MOST_TOLD]]
    if not is_digest:
        one = told[0]
        day = written_date(one.due_ms, reader.zone).partition(",")[0]
        filled = say.subject.format(clock=say.clocks[one.clock], date=reader.value(day), case=reader.value(one.case))
        return _whole(filled, parts, reader, house)
    if more := len(told) - len(parts):
        parts.append(say.more.format(count=more))
    return _whole(say.subject_digest.format(count=len(told)), [say.digest, *parts], reader, house)


def write_test(reader: Reader, house: House) -> Written:
    """The mail an address is tried with."""
    return _whole(reader.phrases.subject_test, [reader.phrases.test], reader, house)


def _whole(subject: str, parts: list[str], reader: Reader, house: House) -> Written:
    say = reader.phrases
    foot = "\n".join(["-- ", say.foot, *([say.unread] if say.unread else [])])
    head = [say.training] if house.is_training else []
    marked = f"{say.training}{say.colon}{subject}" if house.is_training else subject
    return Written(marked, "\n\n".join([*head, *parts, foot]) + "\n")


def _lines(one: Subject, reader: Reader, house: House) -> Iterator[str]:
    say = reader.phrases
    yield f"{say.case}{say.colon}{reader.value(one.case)}"
    if house.names_counterparts:
        yield f"{say.counterpart}{say.colon}{reader.value(one_line(one.counterpart))}"
    yield f"{say.due}{say.colon}{say.clocks[one.clock]}{say.comma}{say.by_us if one.owed_by == 'us' else say.by_them}"
    yield f"{say.date}{say.colon}{reader.value(f'{written_date(one.due_ms, reader.zone)} ({reader.zone})')}"
    yield f"{say.why}{say.colon}{_why(one, say)}"
    if one.is_late:
        yield say.late
    yield f"{say.todo}{say.colon}{say.do_ours if one.owed_by == 'us' else say.do_theirs}"
    if house.desk_url:
        yield f"{house.desk_url}/reminders/{one.reminder}-{one.case}"


def _why(one: Subject, say: Phrases) -> str:
    if one.to_role == "deputy":
        return say.deputy
    passed = say.passed if one.is_binding else say.passed_own
    return {"near": say.near, "passed": passed, "again": say.again, "escalated": say.escalated}[one.event]
