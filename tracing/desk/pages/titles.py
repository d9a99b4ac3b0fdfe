"""The title of a case in the words of the page: what the weapon is called, and its serial or why there is none.

A summary keeps ``Glock 17, ABC123`` or ``revolver, obliterated`` (``casework/summary.py``); its words are of the wire.

    titled("revolver, never marked")  ->  "Revolver, never marked"
"""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from tracing.desk.pages.text import code, isolated, shown
from tracing.desk.pages.tongue import _
from tracing.desk.pages.words import WORDS, words

__all__ = ["plain_title", "titled"]


def titled(title: str) -> Markup:
    """A kept title: the serial as a code, words of the wire as the page says them, everything else as it is."""
    named, comma, mark = title.rpartition(", ")
    if not comma:
        return shown(title)
    status = _wire_of(mark, "serial.status")
    kind = _wire_of(named, "weapon.type")
    first = shown(words(kind, "weapon.type") if kind else named)
    return first + ", " + (shown(words(status, "serial.status").lower()) if status else code(mark))


def plain_title(weapon: Mapping[str, Any]) -> str:
    """The same of a weapon where no element may stand: in the title of a page."""
    called = " ".join(str(weapon[name]) for name in ("make", "model") if weapon[name])
    serial = weapon["serial"]["text"]
    kind = words(weapon["type"], "weapon.type") if weapon["type"] else _("Weapon")
    return f"{called or kind}, {isolated(serial) if serial else _('no serial')}"


def _wire_of(text: str, of: str) -> str | None:
    wire = text.replace(" ", "_")
    return wire if wire in WORDS[of] else None
