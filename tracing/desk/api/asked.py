"""Reading the parameters of a query and of a path: what the API's lists are asked for.

limit_of({"limit": "20"})  ->  20
instant_of("due_before", "2026-12-24", zone)  ->  that day's first millisecond in the node's zone
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from aiohttp import web

from protocol.names import AuthorityId, CaseId, DossierId, MatterId
from tracing.casework.enquiries import EnquiryId
from tracing.clock import to_ms
from tracing.desk.context import DESK
from tracing.desk.problems import Refused
from tracing.records.serials import match_key
from tracing.store.cases import MOST_ITEMS

__all__ = [
    "authority_asked",
    "authority_of",
    "case_of",
    "dossier_of",
    "enquiry_of",
    "instant_of",
    "limit_of",
    "matter_of",
    "number_of",
    "one_of",
    "reminder_of",
    "row_of",
    "search_of",
    "truth_of",
    "zone_of",
]

USUAL_ITEMS = 50
MOST_DIGITS = 18  # of the number of a row
MOST_ASKED = 200  # characters of a search


def case_of(http_request: web.Request) -> str:
    """The case id of the path. Refused: ``not-found`` for what is not one."""
    return _named(http_request, "case", CaseId)


def dossier_of(http_request: web.Request) -> str:
    """The dossier id of the path."""
    return _named(http_request, "dossier", DossierId)


def matter_of(http_request: web.Request) -> str:
    """The matter id of the path."""
    return _named(http_request, "matter", MatterId)


def enquiry_of(http_request: web.Request) -> str:
    """The enquiry id of the path."""
    return _named(http_request, "enquiry", EnquiryId)


def authority_of(http_request: web.Request) -> str:
    """The authority of the path."""
    return _named(http_request, "authority", AuthorityId)


def reminder_of(http_request: web.Request) -> int:
    """The number of a reminder in the path."""
    return row_of(http_request, "reminder")


_Name = CaseId | DossierId | MatterId | AuthorityId | EnquiryId


def _named(http_request: web.Request, name: str, kind: type[_Name]) -> str:
    try:
        return str(kind(http_request.match_info[name]))
    except ValueError as error:
        raise Refused("not-found", f"the path does not name a {name}") from error


def one_of(query: Mapping[str, str], name: str, words: tuple[str, ...]) -> str | None:
    """A parameter that takes one of these words."""
    value = query.get(name)
    if value is not None and value not in words:
        raise Refused("bad-query", f"{name}: expected one of {', '.join(words)}, got {value[:40]!r}")
    return value


def number_of(query: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    """A parameter that is a whole number."""
    text = query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and least <= int(text) <= most):
        raise Refused("bad-query", f"{name}: expected a number from {least} to {most}, got {text[:40]!r}")
    return int(text)


def row_of(http_request: web.Request, name: str) -> int:
    """The number of a row in the path. Refused: ``not-found`` for what is no number."""
    text = http_request.match_info[name]
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        raise Refused("not-found", f"the path does not name a {name}")
    return int(text)


def limit_of(query: Mapping[str, str]) -> int:
    """How many items of a page."""
    return number_of(query, "limit", 1, MOST_ITEMS) or USUAL_ITEMS


def truth_of(query: Mapping[str, str], name: str) -> bool:
    """A parameter that says yes or no."""
    return one_of(query, name, ("1", "true", "yes", "0", "false", "no")) in {"1", "true", "yes"}


def authority_asked(query: Mapping[str, str], name: str) -> str | None:
    """A parameter that names an authority."""
    value = query.get(name)
    if value is None:
        return None
    try:
        return str(AuthorityId(value))
    except ValueError as error:
        raise Refused(
            "bad-query", f"{name}: expected the id of an authority, such as at, got {value[:40]!r}"
        ) from error


def instant_of(query: Mapping[str, str], name: str, zone: ZoneInfo) -> int | None:
    """A day (its beginning in the node's zone) or an instant with its offset, in milliseconds."""
    text = query.get(name)
    if text is None:
        return None
    try:
        if len(text) == len("2026-12-24"):
            return to_ms(datetime.combine(date.fromisoformat(text), time(), zone).astimezone(UTC))
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return to_ms(at)
    except (ValueError, OverflowError):
        pass
    raise Refused(
        "bad-query",
        f"{name}: expected a day such as 2026-12-24, or an instant such as 2026-12-24T08:00:00Z, got {text[:40]!r}",
    )


def zone_of(http_request: web.Request) -> ZoneInfo:
    """The zone the node's days are counted in."""
    return ZoneInfo(http_request.app[DESK].settings.zone)


def search_of(text: str | None) -> tuple[frozenset[str], frozenset[str]]:
    """(words that must all be found, phrases of which one is enough), folded as ``casework.summary`` indexes them."""
    folded = (text or "")[:MOST_ASKED].casefold().strip()
    if not folded:
        return frozenset(), frozenset()
    return frozenset(folded.split()), frozenset({folded, f"serial:{match_key(folded)}"})
