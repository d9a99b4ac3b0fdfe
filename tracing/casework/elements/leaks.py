"""Nothing by the back door: a text that only a withheld element holds is looked for in what is written by hand.

Rules
- Looked for are distinctive texts: a number or several words, of some length, and no date. A country, a year or a
  calibre stands in too many places.
- Both are compared as letters and digits alone, compatible forms made one and case folded (Unicode TR 15, 3.13 of the
  core): neither invisible characters nor spaces, points or accents put between hide a text.
- What we ourselves said is ours to say again, and so is what is told beside it. Whoever writes it in other words is not
  stopped: this catches slips.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from protocol.elements import Disclosure
from protocol.handling import Handling, Obstacle, Passing, Ref
from tracing.casework.elements.held import Held

__all__ = ["leaks"]

_DISTINCTIVE = re.compile(r"^(?![0-9]{4}(-[0-9]{2}){0,2}$).*[0-9 ]")  # a number or several words, and no date
LEAST_DISTINCTIVE = 6  # characters
_FILLERS = "\u115f\u1160\u3164\uffa0"  # Hangul fillers: letters, and invisible


def leaks(
    held: Iterable[Held],
    handling: Handling,
    told: Collection[Ref],
    ways: Collection[Passing],
    written: Any,
    *,
    me: str,
    today: date,
) -> tuple[Obstacle, ...]:
    """What stands in the way of each element that ``written`` repeats and that is not among those ``told``."""
    given = {Ref(one.row.mid, each.name): (one.row.sender, each) for one in held for each in one.elements}
    free = {ref for ref, (sender, _) in given.items() if sender == me or ref in told}
    said = {text for ref in free for text in _distinctive(given[ref][1])}
    text = "\n".join(map(_bare, _texts(written)))
    repeated = [
        ref
        for ref, (_, element) in given.items()
        if ref not in free and any(each in text for each in _distinctive(element) - said)
    ]
    found = (each for ref in repeated for way in ways for each in handling.obstacles(ref, way, me=me, today=today))
    return tuple(dict.fromkeys(found))


def _distinctive(element: Disclosure) -> set[str]:
    """The texts of an element worth looking for."""
    some = (text for text in _texts(element.value) if _DISTINCTIVE.search(text.strip()))
    return {bare for text in some if len(bare := _bare(text)) >= LEAST_DISTINCTIVE}


def _bare(text: str) -> str:
    """Letters and digits alone, in one form."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(one for one in folded if one.isalnum() and one not in _FILLERS)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
