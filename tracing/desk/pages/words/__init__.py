"""The words of the desk for the closed lists of the wire: one table for each list, under the name the list has there.

Rules
- Every word of every list of ``protocol.vocabulary.LISTS`` has its words here; a test holds it.
- A word no table knows is shown as it came, its underscores as blanks: a newer node may say more than we know.
- Texts are marked for the catalogues and translated when shown (filter ``words``).

    words("lost", "outcomes.stock")  ->  "Lost from State stock"
"""

from collections.abc import Mapping
from typing import Any

from tracing.desk.pages.tongue import _
from tracing.desk.pages.words.alarms import ALARMS
from tracing.desk.pages.words.answering import ANSWERING
from tracing.desk.pages.words.asking import ASKING
from tracing.desk.pages.words.between import BETWEEN
from tracing.desk.pages.words.cases import CASES
from tracing.desk.pages.words.deeds import DEEDS
from tracing.desk.pages.words.desk import DESK
from tracing.desk.pages.words.weapon import WEAPON

__all__ = ["WORDS", "words"]

WORDS: Mapping[str, Mapping[str, str]] = {
    **DESK, **CASES, **WEAPON, **ASKING, **ANSWERING, **BETWEEN, **ALARMS, **DEEDS,
    "markings.status": WEAPON["serial.status"],
}  # fmt: skip
"""List -> wire word -> what people say."""

NAMED_ONLY = frozenset({"state", "overlay", "kind", "verb", "found", "told", "entry", "proof", "alarm", "deed"})
"""Lists whose words mean something else elsewhere."""
_ANY: dict[str, str] = {}
for _name, _table in WORDS.items():
    if _name not in NAMED_ONLY:
        _ANY |= {wire: text for wire, text in _table.items() if wire not in _ANY}


def words(value: Any, of: str = "") -> str:
    """What people say for a wire word; ``of`` names the list it belongs to."""
    wire = str(value or "")
    known = WORDS.get(of, {}).get(wire) or _ANY.get(wire)
    if known:
        return _(known)
    plain = wire.replace("_", " ")
    return plain[:1].upper() + plain[1:]
