"""Values as an administrator writes them: an address to listen at, a span of time. Wrong ones cannot be built.

They are text, so that they are written as they were read: ``Address("127.0.0.1:8420").port``.
"""

import re
from typing import Any, ClassVar, Literal, Self, cast

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

__all__ = ["Address", "Promise", "Rung", "Size", "Span", "Unit"]

Unit = Literal["seconds", "hours", "calendar_days", "working_days"]


class _Written(str):
    """Text of one form. Building it from anything else raises ValueError saying what was expected."""

    __slots__ = ()
    FORM: ClassVar[re.Pattern[str]]
    NUMBER: ClassVar[int]  # the group of FORM that is a number
    MOST: ClassVar[int]
    EXPECTED: ClassVar[str]

    def __new__(cls, text: Any) -> Self:
        match = cls.FORM.fullmatch(text) if isinstance(text, str) else None
        if match is None or int(match[cls.NUMBER]) > cls.MOST:
            raise ValueError(f"expected {cls.EXPECTED}")
        return super().__new__(cls, text)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls)

    def _part(self, number: int) -> str:
        match = self.FORM.fullmatch(self)
        assert match is not None
        return match[number]


class Address(_Written):
    """Where a listener listens: HOST:PORT. Port 0 asks the system for a free one."""

    __slots__ = ()
    FORM = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})")
    NUMBER, MOST = 2, 65_535
    EXPECTED = "HOST:PORT with a port of 1 to 65535, e.g. 127.0.0.1:8420 or [::1]:8420"

    @property
    def host(self) -> str:
        return self._part(1).strip("[]")

    @property
    def port(self) -> int:
        return int(self._part(2))


class Span(_Written):
    """A length of time as the work counts it. A bare number is refused: nobody could say of what."""

    __slots__ = ()
    FORM = re.compile(r"([0-9]{1,5}) (second|hour|calendar day|working day)s?")
    NUMBER, MOST = 1, 10_000  # longer spans are slips of the pen
    EXPECTED = 'a number with seconds, hours, calendar days or working days, e.g. "3 working days"'

    @property
    def amount(self) -> int:
        return int(self._part(1))

    @property
    def unit(self) -> Unit:
        return cast("Unit", self._part(2).replace(" ", "_") + "s")


class Rung(_Written):
    """When a duty that is still open is said again, from its due date, and to whom: a rung of the ladder."""

    __slots__ = ()
    FORM = re.compile(r"([0-9]{1,5}) (second|hour|calendar day)s? (before|after)(?: to (owner|deputy|approver|head))?")
    NUMBER, MOST = 1, 10_000
    EXPECTED = 'words such as "14 calendar days before" or "7 calendar days after to approver" (owner, deputy, head)'
    _MS: ClassVar = {"second": 1000, "hour": 3_600_000, "calendar day": 86_400_000}

    @property
    def offset_ms(self) -> int:
        """From the due date; before it negative."""
        length = int(self._part(1)) * self._MS[self._part(2)]
        return -length if self._part(3) == "before" else length

    @property
    def to(self) -> str:
        """Who is told: owner where nobody is named."""
        return self._part(4) or "owner"


class Promise(_Written):
    """A voluntary target that can be measured: which part of what is asked of us is answered within so many days."""

    __slots__ = ()
    FORM = re.compile(r"([0-9]{1,3}) % within ([1-9][0-9]{0,3}) calendar days?")
    NUMBER, MOST = 1, 100
    EXPECTED = 'a share and a time, e.g. "90 % within 30 calendar days"'

    @property
    def percent(self) -> int:
        return int(self._part(1))

    @property
    def days(self) -> int:
        return int(self._part(2))


class Size(_Written):
    """Room on a disk. A bare number is refused: nobody could say of what."""

    __slots__ = ()
    FORM = re.compile(r"([0-9]{1,5}) (MiB|GiB)")
    NUMBER, MOST = 1, 99_999
    EXPECTED = 'a number with MiB or GiB, e.g. "20 GiB"'

    @property
    def in_bytes(self) -> int:
        return int(self._part(1)) << (30 if self._part(2) == "GiB" else 20)
