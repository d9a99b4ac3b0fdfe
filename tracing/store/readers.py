"""Who read one case: from the readings in the private tree that name it, by person."""

from dataclasses import dataclass, field, replace
from typing import Any, Final

from protocol import strictjson
from tracing.audit.trees import PRIVATE
from tracing.store.cases import MOST_ITEMS
from tracing.store.entries import EntryQuery, list_entries
from tracing.store.unit import View

__all__ = ["MOST_READINGS", "Reader", "Readers", "read_by"]

MOST_READINGS: Final = 20_000  # the newest; a case that was read more often is looked at entry by entry
MOST_BYTES: Final = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reader:
    """One person's readings of a case: how often, from when to when, in which ways, by which releases."""

    who: str
    times: int
    first_ms: int
    last_ms: int
    ways: frozenset[str] = field(default_factory=frozenset)
    releases: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Readers:
    """All of them, who read last first; ``is_whole``: there were no more readings than are counted here."""

    items: list[Reader]
    is_whole: bool


def read_by(view: View, case: str) -> Readers:
    """Who read this case."""
    found: dict[str, Reader] = {}
    cursor, count = None, 0
    while True:
        page = list_entries(view, EntryQuery(PRIVATE, kind="read", case=case, cursor=cursor, limit=MOST_ITEMS))
        for item in page.items:
            what: dict[str, Any] = strictjson.load(item["object"].encode(), MOST_BYTES)
            who = str(what.get("actor") or "")
            before = found.get(who, Reader(who, 0, item["at_ms"], item["at_ms"]))
            found[who] = _and_once_more(before, item["at_ms"], what)
        count += len(page.items)
        cursor = page.next
        if cursor is None or count >= MOST_READINGS:
            break
    return Readers(sorted(found.values(), key=lambda one: (-one.last_ms, one.who)), cursor is None)


def _and_once_more(reader: Reader, at_ms: int, what: dict[str, Any]) -> Reader:
    way = str(what.get("act") or what.get("what") or "")
    return replace(
        reader, times=reader.times + 1, first_ms=min(reader.first_ms, at_ms), last_ms=max(reader.last_ms, at_ms),
        ways=reader.ways | {way.partition(" ")[0] if way.startswith("attachment ") else way},
        releases=reader.releases | ({str(what["release"])} if "release" in what else set()),
    )  # fmt: skip
