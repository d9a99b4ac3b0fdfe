"""Countries, as a weapon's marks name them: today's of ISO 3166-1 and the former ones of ISO 3166-3.

Rules
- The code is always alpha-3 in capitals. A former country is a country (weapons outlive States) and names its
  successors; only a current one can be asked.
- ``country(code)`` raises UnknownCountry with a hint where there is one.

Example
    >>> country("CSK").successors
    ('CZE', 'SVK')
    >>> hint("BR")
    'BRA'
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from protocol.vocabulary import iso_3166_1, iso_3166_3

__all__ = ["COUNTRIES", "FORMER", "Country", "UnknownCountry", "country", "hint", "is_country"]


class UnknownCountry(ValueError):
    """No such code in ISO 3166-1 or -3."""


@dataclass(frozen=True, slots=True)
class Country:
    """``until`` is the year the code was withdrawn, None for a current country."""

    code: str
    name: str
    alpha_2: str | None = None
    until: int | None = None
    successors: tuple[str, ...] = ()

    @property
    def is_former(self) -> bool:
        return self.until is not None


def _current(line: str) -> Country:
    code, alpha_2, name = line.split(" ", 2)
    return Country(code, name, alpha_2)


def _former(line: str) -> Country:
    head, _, successors = line.rpartition(": ")
    code, until, name = head.split(" ", 2)
    return Country(code, name, until=int(until), successors=tuple(successors.split()))


COUNTRIES: Mapping[str, Country] = MappingProxyType(
    {line[:3]: _current(line) for line in iso_3166_1.TABLE.strip().splitlines()}
)
"""The current countries by alpha-3."""

FORMER: Mapping[str, Country] = MappingProxyType(
    {line[:3]: _former(line) for line in iso_3166_3.TABLE.strip().splitlines()}
)
"""The former countries by alpha-3."""

_BY_OTHER: Mapping[str, str] = MappingProxyType(
    {one.alpha_2.casefold(): code for code, one in COUNTRIES.items() if one.alpha_2}
    | {one.name.casefold(): code for table in (FORMER, COUNTRIES) for code, one in table.items()}
)


def is_country(code: str) -> bool:
    """Whether the code is one of a current or a former country."""
    return code in COUNTRIES or code in FORMER


def country(code: str) -> Country:
    """The country of an alpha-3 code; UnknownCountry otherwise."""
    if (found := COUNTRIES.get(code) or FORMER.get(code)) is None:
        guess = hint(code)
        raise UnknownCountry("not an ISO 3166-1 alpha-3 code" + (f"; did you mean {guess}?" if guess else ""))
    return found


def hint(text: str) -> str | None:
    """The alpha-3 code somebody may have meant who wrote an alpha-2 code, small letters or a short English name."""
    if is_country(text.strip().upper()):
        return text.strip().upper()
    return _BY_OTHER.get(text.strip().casefold())
