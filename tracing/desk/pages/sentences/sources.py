"""Where a rule comes from (``protocol/vocabulary/sources.py``). Names that are the same everywhere need no form."""

from tracing.desk.pages.tongue import N_

__all__ = ["SOURCES"]

SOURCES = (
    N_("ITI %(number)s"),
    N_("Firearms Protocol %(number)s"),
    N_("Arms Trade Treaty %(number)s"),
    N_("Europol Regulation %(number)s"),
    N_("Directive (EU) 2023/977"),
    N_("SIENA handling codes"),
    N_("agreement of the two authorities"),
    N_("practice of tracing offices"),
    N_("rule of this node"),
)
