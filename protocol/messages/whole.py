"""What we say or enter ourselves, whole: every rule of a part met, or every problem at once."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, TypeVar

from protocol.messages.part import Part, gaps, strangers
from protocol.messages.problems import Gap, Incomplete, Problem
from protocol.messages.shape import fit
from protocol.vocabulary.sources import Source

__all__ = ["whole"]

P = TypeVar("P", bound=Part)


def whole(model: type[P], body: Any, *, today: date | None = None) -> P:
    """The part ``body`` makes, or Incomplete with every problem; nothing is built then.

    ``today`` (of the node's zone) refuses events in the future; without it dates are not compared.
    """
    if not isinstance(body, Mapping):
        raise Incomplete((Problem("", "an object", "something else", Source.NODE.value),))
    part, faults = fit(model, body)
    judged = [*_unknown(part), *gaps(part, strict=True, today=today)]
    bad = {fault.member for fault in faults}
    found = [*faults, *(gap for gap in judged if gap.blocks and not _is_within(gap.member, bad))]
    if found:
        raise Incomplete(_once_each(found))
    return part


def _once_each(found: list[Gap]) -> tuple[Problem, ...]:
    """One problem for each member: the last, which knows more than its form."""
    last = {gap.member: gap for gap in found}
    return tuple(Problem(gap.member, gap.expected, gap.got, gap.source.value) for gap in last.values())


def _unknown(part: Part) -> Iterator[Gap]:
    for path in strangers(part):
        yield Gap(path, "a member the specification names", "an unknown one", Source.NODE)


def _is_within(member: str, bad: set[str]) -> bool:
    """Whether ``member``, or something it stands in, was already found to have no shape."""
    steps = member.split(".")
    return any(".".join(steps[: end + 1]) in bad for end in range(len(steps)))
