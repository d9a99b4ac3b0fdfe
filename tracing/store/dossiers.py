"""Dossiers as lists and pages show them. Reading only.

A name is the id of a dossier or, for a seizure with several counterparts, that of the seizure. What rests encrypted is
opened here; whoever shows it notes the reading.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select

from keys.errors import SealUnreadable
from tracing.store import cursors
from tracing.store.cases import Page, case_items
from tracing.store.content import Erased, case_key, show_json
from tracing.store.unit import AnyRow, View
from tracing.tables import Case, Dossier, table_of

__all__ = ["DossierQuery", "DossierWhole", "dossiers_of", "list_dossiers", "read_dossier"]

_cases, _dossiers = table_of(Case), table_of(Dossier)
MOST_SHOWN = 1000  # cases of one dossier: as many as one may be opened with


@dataclass(frozen=True, slots=True)
class DossierQuery:
    """Which dossiers; ``box`` None means both."""

    box: str | None = None
    counterpart: str | None = None
    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class DossierWhole:
    """One dossier, or all of a seizure. ``more``: there are cases beyond those listed. Instants in milliseconds."""

    dossier: str
    title: str | None
    counterparts: list[str]
    direction: str
    opened_ms: int
    dossiers: list[str]
    counts: dict[str, int]
    waiting_on: dict[str, int]
    cases: list[dict[str, Any]]
    more: bool


def dossiers_of(view: View, name: str) -> dict[str, list[str]]:
    """The case ids of each dossier of that name, in order; empty where there is none."""
    rows = view.conn.execute(select(_cases.c.id, _cases.c.dossier).where(_named(name)).order_by(_cases.c.id))
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.dossier, []).append(row.id)
    return found


def read_dossier(view: View, name: str, now_ms: int) -> DossierWhole | None:
    """Everything about a dossier or a seizure, None where there is none of that name."""
    wanted = _named(name)
    rows = view.conn.execute(select(_cases).where(wanted).order_by(_cases.c.id).limit(MOST_SHOWN + 1)).all()
    if not rows:
        return None
    shown = rows[:MOST_SHOWN]
    tallied = view.conn.execute(
        select(_cases.c.state, _cases.c.waiting_on, func.count().label("many"))
        .where(wanted)
        .group_by(_cases.c.state, _cases.c.waiting_on)
    ).all()
    parts = sorted({row.dossier for row in shown})
    return DossierWhole(
        dossier=name,
        title=_title(view, parts[0]),
        counterparts=sorted({row.counterpart for row in shown}),
        direction=shown[0].direction,
        opened_ms=min(row.opened_ms for row in shown),
        dossiers=parts,
        counts=_sum((row.state, row.many) for row in tallied),
        waiting_on=_sum((row.waiting_on, row.many) for row in tallied if row.waiting_on),
        cases=case_items(view, shown, now_ms),
        more=len(rows) > MOST_SHOWN,
    )


def list_dossiers(view: View, query: DossierQuery) -> Page:
    """Dossiers by the authority that opened them, each authority's newest first. Raises CursorInvalid."""
    rows = view.conn.execute(_select(query).limit(query.limit + 1)).all()
    shown = rows[: query.limit]
    items = [
        {
            "dossier": row.dossier,
            "title": _title(view, row.dossier),
            "counterpart": row.counterpart,
            "direction": row.direction,
            "cases": row.many,
            "waiting_on_us": row.ours,
            "waiting_on_them": row.theirs,
            "seizure": row.seizure,
            "opened_ms": row.opened_ms,
        }
        for row in shown
    ]
    return Page(items, cursors.encode(shown[-1].dossier) if len(rows) > query.limit else None)


def _select(query: DossierQuery) -> Select[Any]:
    """One walk along the index of cases by dossier."""
    ours, theirs = (func.sum(case((_cases.c.waiting_on == whom, 1), else_=0)) for whom in ("us", "them"))
    columns = (
        _cases.c.dossier,
        func.min(_cases.c.counterpart).label("counterpart"),
        func.min(_cases.c.direction).label("direction"),
        func.count().label("many"),
        ours.label("ours"),
        theirs.label("theirs"),
        func.min(_cases.c.opened_ms).label("opened_ms"),
        func.min(_dossiers.c.seizure).label("seizure"),
    )
    wanted: list[ColumnElement[bool]] = [_cases.c.dossier.is_not(None)]
    wanted += [_cases.c.direction == query.box] if query.box else []
    wanted += [_cases.c.counterpart == query.counterpart] if query.counterpart else []
    if query.cursor is not None:
        wanted.append(_cases.c.dossier < cursors.decode(query.cursor, str)[0])
    joined = select(*columns).outerjoin(_dossiers, _dossiers.c.id == _cases.c.dossier)
    return joined.where(*wanted).group_by(_cases.c.dossier).order_by(_cases.c.dossier.desc())


def _named(name: str) -> ColumnElement[bool]:
    """The cases of the dossier of that name, or of all dossiers of the seizure of that name."""
    of_seizure = select(_dossiers.c.id).where(_dossiers.c.seizure == name)
    return or_(_cases.c.dossier == name, _cases.c.dossier.in_(of_seizure))


def _title(view: View, dossier: str) -> str | None:
    """What we called it; a dossier of another State has no name here. It rests under the key of one of its cases."""
    row = view.conn.execute(select(_dossiers).where(_dossiers.c.id == dossier)).first()
    if row is None:
        return None
    keys = select(_cases.c.id, _cases.c.content_key).where(_cases.c.dossier == dossier)
    known = keys.where(_cases.c.id == row.title_case) if row.title_case else keys.order_by(_cases.c.id)
    for holder in view.conn.execute(known):
        if (title := _opened(view, holder, row)) is not None:
            return title
    return None


def _opened(view: View, holder: AnyRow, row: AnyRow) -> str | None:
    try:
        return str(show_json(view, case_key(view, holder), row.title, row.id, "title"))
    except (Erased, SealUnreadable):
        return None


def _sum(pairs: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, many in pairs:
        found[name] = found.get(name, 0) + many
    return found
