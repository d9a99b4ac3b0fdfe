"""What stands between this authority and a counterpart beside cases: matters, agreed deadlines, points of contact."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from tracing.casework.matters.agreed import announced, stands_with
from tracing.casework.matters.file import list_matters
from tracing.casework.policy import Actor, may
from tracing.desk.context import Desk
from tracing.desk.pages.content import describe
from tracing.desk.pages.frame import Link
from tracing.desk.pages.matters import FORMS, SUBJECTS
from tracing.desk.pages.tongue import _
from tracing.store import View

__all__ = ["between"]

SHOWN = 20


async def between(desk: Desk, actor: Actor, row: Mapping[str, Any], today: date, *, sees: bool) -> dict[str, Any]:
    """What the page of a counterpart shows of it; points of contact to everybody, the rest to those who read cases."""
    authority = row["authority"]

    def look(view: View) -> dict[str, Any]:
        told = announced(view, authority)
        if not sees:
            return {"matters": None, "agreed": None, "directory": told}
        items, _more = list_matters(view, authority, None, SHOWN)
        return {"matters": items, "agreed": stands_with(view, authority, today), "directory": told}

    found = await desk.relations.read(look)
    agreed, told = found["agreed"], found["directory"]
    return {
        "subjects": SUBJECTS,
        "matters": found["matters"],
        "tells": [
            Link(f"/counterparts/{authority}/tell/{verb}", _(title))
            for verb, (title, _parts) in FORMS.items()
            if row["on_node"] and may(actor.role, verb)
        ],
        "agreed": agreed and {"matter": agreed.term.matter, "since": agreed.since.isoformat(),
            "pieces": describe(agreed.message.to_body(), "profile_proposal")},
        "directory": [
            {"sender": one.sender, "effective": one.effective.isoformat(), "pieces": describe(one.body)}
            for one in told
        ],
    }  # fmt: skip
