"""A profile of own targets as an authority writes it down (JSON), read and refused by name.

Example
    {"name": "targets 2027", "limits": [{"clock": "answer", "priority": "routine", "amount": 20, "unit": "working_days",
      "start": "next_day", "days": "ours"}], "after": {"answer": "ack"}, "question_pauses": true}

Rules
- ``priority`` left out means all; ``start`` and ``days`` left out mean the next day and our own days.
- A number below one or beyond ten years, a clock twice, clocks that wait for each other, and any member that is not
  known are refused in one sentence (ValueError).
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from protocol.deadlines.limits import Limit, Start, Unit, Whose
from protocol.deadlines.profiles import Basis, ClockName, Profile
from protocol.vocabulary.requests import Priority

__all__ = ["written_profile"]


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Limit(_Written):
    """One number."""

    clock: ClockName
    priority: Priority | None = None
    amount: int = Field(strict=True)
    unit: Unit
    start: Start = Start.NEXT_DAY
    days: Whose = Whose.OURS


class _Profile(_Written):
    """All of it."""

    name: str = Field(min_length=1, max_length=200)
    limits: tuple[_Limit, ...] = Field(min_length=1, max_length=50)
    after: dict[ClockName, ClockName] = {}
    question_pauses: bool = Field(default=False, strict=True)


def written_profile(body: Any, version: int, *, counterpart: str = "") -> Profile:
    """The profile that was written down. ValueError in one sentence."""
    try:
        said = _Profile.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "profile"
        raise ValueError(f"{where}: {first['msg']}") from error
    whom = f" for {counterpart}" if counterpart else ""
    source = f"own target{whom}: {said.name}, version {version}; the ITI (18, 19) sets no number"
    return Profile(
        said.name, Basis.INTERNAL, source, MappingProxyType(_table(said)), MappingProxyType(said.after),
        question_pauses=said.question_pauses, version=version,
    )  # fmt: skip


def _table(said: _Profile) -> Mapping[tuple[ClockName, Priority], Limit]:
    table: dict[tuple[ClockName, Priority], Limit] = {}
    for number, key, limit in _numbers(said):
        if key in table:
            raise ValueError(f"limits.{number}: expected one limit of {key[0]} at priority {key[1]}, got two")
        table[key] = limit
    return table


def _numbers(said: _Profile) -> Iterator[tuple[int, tuple[ClockName, Priority], Limit]]:
    for number, one in enumerate(said.limits):
        try:
            limit = Limit(one.amount, one.unit, one.start, one.days)
        except ValueError as error:
            raise ValueError(f"limits.{number}: {error}") from error
        for priority in Priority if one.priority is None else (one.priority,):
            yield number, (one.clock, priority), limit
