"""A form as it was sent: every field with all its values, the version of the case it was made from, a row asked for.

``reading.read_form`` keeps one value a name; ticks need all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from aiohttp import web

from tracing.desk.pages.failures import Failure
from tracing.desk.reading import MOST_FIELDS, read_body, read_form

__all__ = ["Posted", "Typed", "posted_of", "read_posted"]

OWN = frozenset({"csrf", "version", "more"})
MOST_DIGITS = 9  # of a version


@dataclass(frozen=True, slots=True)
class Posted:
    """``fields`` without those that only steer the form."""

    fields: Mapping[str, Sequence[str]]
    version: int | None
    more: str

    def first(self, name: str) -> str:
        """The first value of a field, "" without one."""
        return next(iter(self.fields.get(name, ())), "")


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person sent with the form of this name, and what was wrong with it."""

    verb: str
    form: Mapping[str, Sequence[str]]
    failure: Failure | None = None
    more: str = ""


async def read_posted(http_request: web.Request) -> Posted:
    """The form of the body. Refused as ``reading.read_form`` refuses."""
    await read_form(http_request)  # judges type, size, encoding and the number of fields
    body = (await read_body(http_request)).decode("ascii")
    found = parse_qs(body, keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MOST_FIELDS)
    return posted_of(found)


def posted_of(found: Mapping[str, Sequence[str]]) -> Posted:
    """A form whose fields were read already."""
    version = found.get("version", [""])[0]
    fields = {name: values for name, values in found.items() if name not in OWN}
    known = version.isascii() and version.isdecimal() and len(version) <= MOST_DIGITS
    return Posted(fields, int(version) if known else None, found.get("more", [""])[0])
