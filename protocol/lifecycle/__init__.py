"""The life of one tracing request, the same law for both sides (domain 7b).

What it is: one table (``table.py``: who may say what, when, and where it leads) and a fold (``fold.py``: the state of
a case from the set of its messages). ``words.py`` names states and kinds, ``conditions.py`` says what runs beside a
state, ``verbs.py`` which verb of the API says which kind, ``diagram.py`` draws the table for the documents.
"""

from protocol.lifecycle.conditions import Seen
from protocol.lifecycle.diagram import diagram
from protocol.lifecycle.fold import CaseView, fold
from protocol.lifecycle.said import Said
from protocol.lifecycle.table import OPEN, OUTSIDE_CASES, TABLE, Rule, When
from protocol.lifecycle.verbs import CONTRACT_VERBS, VERBS, kind_of
from protocol.lifecycle.words import Effect, Kind, Overlay, Role, State

__all__ = [
    "CONTRACT_VERBS", "OPEN", "OUTSIDE_CASES", "TABLE", "VERBS", "CaseView", "Effect", "Kind", "Overlay", "Role",
    "Rule", "Said", "Seen", "State", "When", "diagram", "fold", "kind_of",
]  # fmt: skip
