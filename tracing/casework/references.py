"""Which cases bear a reference, for whoever knows it: nothing else of what is in them is looked for."""

from typing import Final

from sqlalchemy import select

from tracing.store import View
from tracing.store.content import case_key, show_json
from tracing.tables import Case, SearchToken, table_of

__all__ = ["cases_called"]

MOST: Final = 50
_cases, _tokens = table_of(Case), table_of(SearchToken)


def cases_called(view: View, reference: str) -> list[str]:
    """The cases whose requester gave them exactly this reference, at most 50; what was erased is not among them."""
    wanted = reference.casefold().strip()
    held = (
        select(_cases.c.id, _cases.c.content_key, _cases.c.summary)
        .join(_tokens, _tokens.c.case_id == _cases.c.id)
        .where(_tokens.c.token == view.cipher.token(wanted), _cases.c.content_key.is_not(None))
        .order_by(_cases.c.id)
        .limit(MOST)
    )
    found = []
    for row in view.conn.execute(held):
        summary = show_json(view, case_key(view, row), row.summary, row.id, "summary")
        if str(summary.get("reference") or "").casefold().strip() == wanted:
            found.append(row.id)
    return found
