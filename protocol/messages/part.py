"""A part of a message: frozen, complete or not, and able to say what it lacks.

Rules
- Members nobody here knows (a newer minor version's) are kept and shown; ``strangers()`` lists them.
- ``gaps()`` walks a part and all parts in it. With ``strict`` it judges our own words; without, what arrived.
- A part with rules that hang on several members gives them in ``conditions()``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from protocol.messages.members import Code, Listed, Needed, OneOf, Rule, Today
from protocol.messages.problems import Gap
from protocol.vocabulary.requests import Restriction
from protocol.vocabulary.sources import Source

__all__ = ["Element", "Part", "gaps", "plain", "strangers"]


class Part(BaseModel):
    """Some members that belong together."""

    model_config = ConfigDict(frozen=True, extra="allow", regex_engine="python-re")
    SAID_EMPTY: ClassVar[frozenset[str]] = frozenset()
    """Members whose being empty says something when it is said."""

    def conditions(self, today: Today) -> Iterator[Gap]:
        """Rules that hang on more than one member; paths begin inside this part."""
        del today
        yield from ()


class Element(Part):
    """A part that can be proved or hidden alone, under restrictions of its own (ITI 15)."""

    SAID_EMPTY: ClassVar[frozenset[str]] = frozenset({"restrictions"})  # free of those of its message
    restrictions: Annotated[tuple[Code, ...], Listed, Field(max_length=32), OneOf(Restriction)] = ()


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    key: str
    needed: Needed | None
    rule: Rule | None


@cache
def _members(part: type[Part]) -> tuple[_Member, ...]:
    return tuple(
        _Member(
            name,
            field.alias or name,
            next((one for one in field.metadata if isinstance(one, Needed)), None),
            next((one for one in field.metadata if hasattr(one, "fault")), None),
        )
        for name, field in part.model_fields.items()
    )


def plain(part: Part) -> dict[str, Any]:
    """The part as JSON. An empty member stays where an instrument asks for it and it was given, else it is left out."""
    given, said_empty = part.model_fields_set, part.SAID_EMPTY
    known = {
        member.key: _plain_value(value)
        for member in _members(type(part))
        if not _is_empty(value := getattr(part, member.name))
        or (member.name in given and (member.needed is not None or member.name in said_empty))
    }
    return known | (part.model_extra or {})


def _is_empty(value: Any) -> bool:
    return value is None or (type(value) is tuple and not value)


def _plain_value(value: Any) -> Any:
    if isinstance(value, Part):
        return plain(value)
    return [_plain_value(item) for item in value] if isinstance(value, tuple) else value


def strangers(part: Part, path: str = "") -> Iterator[str]:
    """The paths of all members this version does not know."""
    yield from (path + name for name in part.model_extra or {})
    for where, inner in _parts(part, path):
        yield from strangers(inner, where)


def _parts(part: Part, path: str) -> Iterator[tuple[str, Part]]:
    for member in _members(type(part)):
        value = getattr(part, member.name)
        if isinstance(value, Part):
            yield f"{path}{member.key}.", value
        elif isinstance(value, tuple):
            yield from ((f"{path}{member.key}.{at}.", item) for at, item in enumerate(value) if isinstance(item, Part))


def gaps(part: Part, *, strict: bool, today: Today = None, path: str = "") -> Iterator[Gap]:
    """Every rule that ``part`` and the parts in it do not meet, in the order of the members."""
    given = part.model_fields_set
    for member in _members(type(part)):
        value = getattr(part, member.name)
        needed = member.needed
        if needed is not None and (gap := _missing(member.key, needed, value, given=member.name in given)) is not None:
            yield gap.under(path)
        elif strict and not _is_empty(value):
            yield from (gap.under(path) for gap in _misfits(member, value, today))
    yield from (gap.under(path) for gap in part.conditions(today))
    for where, inner in _parts(part, path):
        yield from gaps(inner, strict=strict, today=today, path=where)


def _missing(key: str, needed: Needed, value: Any, *, given: bool) -> Gap | None:
    if needed.null:
        return (
            None
            if given
            else Gap(key, "a value, or null where it is not known", "nothing", needed.source, needed.question)
        )
    if value is None or value == () or (isinstance(value, str) and not value.strip()):
        what = "at least one" if value == () else "a value"
        return Gap(key, what, _emptiness(value, given=given), needed.source, needed.question)
    return None


def _emptiness(value: Any, *, given: bool) -> str:
    if not given:
        return "nothing"
    return {None: "nothing", (): "an empty list"}.get(value, "blank text")


def _misfits(member: _Member, value: Any, today: Today) -> Iterator[Gap]:
    source = member.needed.source if member.needed else Source.NODE
    for where, text in _texts(member.key, value):
        if not text.strip():
            yield Gap(where, "text that says something, or nothing at all", "blank text", source)
        elif member.rule is not None and (fault := member.rule.fault(text, today)) is not None:
            yield Gap(where, *fault, source)


def _texts(key: str, value: Any) -> Sequence[tuple[str, str]]:
    if isinstance(value, str):
        return [(key, value)]
    items = value if isinstance(value, tuple) else ()
    return [(f"{key}.{at}", item) for at, item in enumerate(items) if isinstance(item, str)]
