"""The counterparts, and the page of one: who it is, how the contact stands, who owes whom what.

Both directions stand side by side and nothing is ranked: a row each for all counterparts, one ledger for one of them.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aiohttp import web

from keys.card import groups
from keys.trust import Freshness
from tracing.casework.policy import may
from tracing.clock import from_ms, to_ms
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import authority_of, number_of
from tracing.desk.context import DESK, Desk
from tracing.desk.pages import looks
from tracing.desk.pages.acquaintance import acquaintance_of
from tracing.desk.pages.between import between
from tracing.desk.pages.contactwords import facts_of
from tracing.desk.pages.countries import country_name
from tracing.desk.pages.frame import Frame, Link, frame_of, page
from tracing.desk.pages.moments import Badge, Here
from tracing.desk.pages.rows import row_of
from tracing.desk.pages.tongue import N_, _, ngettext
from tracing.desk.pages.words import words
from tracing.desk.problems import Refused
from tracing.desk.reading import read_query
from tracing.desk.routes import route
from tracing.partners import Partner
from tracing.store import View
from tracing.store.counterparts import all_counterparts, one_counterpart
from tracing.trust import first_contact

__all__ = ["ROUTES", "ledger_rows"]

QUIET = timedelta(days=2)  # a node says hello far more often; longer silence is worth a word
OFF_BY_MS = 60_000  # a clock further off than this makes dates disagree
SHOWN = 20
YEARS = 6
FIRST_YEAR = 2005  # of the Instrument; no request under it is older
LINES = (
    ("requests", N_("Requests")), ("acknowledged", N_("Acknowledged")), ("answered", N_("Answered")),
    ("refused", N_("Refused")), ("delayed", N_("Delay announced")),
    ("no_reason_given", N_("Limited without a reason")), ("withdrawn", N_("Withdrawn")), ("open", N_("Open")),
)  # fmt: skip


@route("GET", "/counterparts", policy="counterparts")
async def show_counterparts(http_request: web.Request) -> web.Response:
    """Every counterpart of this node."""
    read_query(http_request)
    frame, desk = frame_of(http_request), http_request.app[DESK]
    known = [one.authority for one in desk.partners.all()]
    found, open_cases = await desk.store.read(
        lambda look: (all_counterparts(look), looks.open_by_counterpart(look, known))
    )
    waits = len(await desk.store.read(first_contact.waiting))
    rows = [_item(one, frame.here, desk) | {"open": open_cases.get(one["authority"], (0, 0))} for one in found]
    return page(
        "counterparts.html",
        frame,
        rows=sorted(rows, key=lambda row: row["country"]),
        sees_cases=may(actor_of(http_request).role, "ledger"),
        first=may(actor_of(http_request).role, "pin"),
        waits=waits,
        carries=may(actor_of(http_request).role, "carry"),
    )


@route("GET", "/counterparts/{authority}", policy="counterparts")
async def show_counterpart(http_request: web.Request) -> web.Response:
    """One counterpart; the ledger and the open cases for those who may read them."""
    asked = read_query(http_request, "year")
    frame, desk, actor = frame_of(http_request), http_request.app[DESK], actor_of(http_request)
    authority, now_ms = authority_of(http_request), to_ms(frame.here.now)
    year = number_of(asked, "year", FIRST_YEAR, frame.here.today.year)
    sees = may(actor.role, "ledger")
    row, ledger, lines = await desk.store.read(lambda look: _look(look, desk, authority, year, now_ms, sees=sees))
    if row is None:
        raise Refused("not-found", f"no counterpart {authority!r} is pinned at this node")
    known = await desk.store.read(lambda look: acquaintance_of(look, authority, row["root_digest"]))
    await desk.office.note_read(actor, tuple(line.case for line in lines), "counterpart")
    view: dict[str, Any] = {
        "one": _item(row, frame.here, desk),
        "facts": _facts(row, desk.partners.get(authority), frame.here),
        "rows": [row_of(line, frame.here, desk.partners) for line in lines],
    }
    return page(
        "counterpart.html",
        frame,
        ledger=ledger_rows(ledger) if ledger else None,
        years=_years(frame, authority, year),
        year=year,
        may_request=may(actor.role, "request"),
        may_pin=may(actor.role, "pin"),
        others=_others(desk, authority) if may(actor.role, "update-directory") else [],
        authority=authority,
        known=known,
        **view,
        **await between(desk, actor, row, frame.here.today, sees=sees),
    )


ROUTES = [show_counterparts, show_counterpart]


def _others(desk: Desk, authority: str) -> list[Link]:
    """To whom this counterpart can be introduced: nobody, where it has no digest here."""
    partner = desk.partners.get(authority)
    if partner is None or partner.trust is None:
        return []
    found = (one for one in desk.partners.all() if one.may_be_written_to and one.authority != authority)
    return [Link(one.authority, country_name(one.country)) for one in found]


def _look(
    view: View, desk: Desk, authority: str, year: int | None, now_ms: int, *, sees: bool
) -> tuple[dict[str, Any] | None, Mapping[str, Any] | None, list[looks.Line]]:
    row = one_counterpart(view, authority)
    if row is None or not sees:
        return row, None, []
    return row, desk.ledger(view, authority, year, now_ms), looks.open_with(view, authority, SHOWN)


def _years(frame: Frame, authority: str, year: int | None) -> list[Link]:
    this = frame.here.today.year
    every = Link(f"/counterparts/{authority}", _("All years"), current=year is None)
    return [
        every,
        *(
            Link(f"/counterparts/{authority}?year={each}", str(each), current=each == year)
            for each in range(this, this - YEARS, -1)
        ),
    ]


def _item(row: Mapping[str, Any], here: Here, desk: Desk) -> dict[str, Any]:
    partner = desk.partners.get(row["authority"])
    return {
        "authority": row["authority"], "country": country_name(row["country"]), "name": row["name"],
        "href": f"/counterparts/{row['authority']}", "on_node": row["on_node"],
        "contact": _contact(row, here), "seen": row["last_contact_ms"], "badge": _health(row, partner, here),
    }  # fmt: skip


def _contact(row: Mapping[str, Any], here: Here) -> str:
    if not row["on_node"]:
        return _("by letter")
    return here.ago(row["last_contact_ms"]) if row["last_contact_ms"] else _("never yet")


def _health(row: Mapping[str, Any], partner: Partner | None, here: Here) -> Badge:
    """One word on how the contact stands."""
    if row["status"] == "suspended":
        return Badge("late", _("suspended here"))
    if not row["on_node"]:
        return Badge("calm", _("no node: letters"))
    if partner is None or partner.trust is None:
        return Badge("late", _("its keys cannot be verified"))
    age = _age(partner, to_ms(here.now))
    if partner.carriage == "file":  # its silence says nothing
        return age or Badge("calm", _("by file"))
    return age or _spoken(row["last_contact_ms"], here)


def _spoken(at_ms: int | None, here: Here) -> Badge:
    """When it was heard of last."""
    if not at_ms:
        return Badge("calm", _("no contact yet"))
    if here.now - from_ms(at_ms) > QUIET:
        return Badge("soon", _("silent"))
    return Badge("good", _("in contact"))


def _age(partner: Partner, now_ms: int) -> Badge | None:
    """How far its keys are past their date; None while they hold."""
    return {
        Freshness.HELD: Badge("late", _("held: its keys are past their date")),
        Freshness.STALE: Badge("soon", _("its keys are past their date")),
    }.get(partner.freshness(now_ms))


def _facts(row: Mapping[str, Any], partner: Partner | None, here: Here) -> list[dict[str, Any]]:
    """Contact data, keys and clock: (term, kind, value)."""
    keyset = partner.trust.keyset if partner and partner.trust else None
    card = facts_of(keyset.contact.model_dump(mode="json")) if keyset else []
    found = [
        (_("Authority"), "code", row["authority"]), (_("Name"), "text", row["name"]),
        *((term, "text", text) for term, text in card), (_("Node"), "code", row["url"]),
        (_("Reached"), "text", _("by file") if partner and partner.carriage == "file" else ""),
        (_("Last contact"), "text", here.ago(row["last_contact_ms"]) if row["last_contact_ms"] else _("never yet")),
        (_("Its clock"), "text", _clock(row["clock_offset_ms"])),
        (_("Keys"), "text", _keys(keyset, here)), (_("Pinned"), "text", here.day(row["pinned_ms"]).striptags()),
        (_("Digest of its root"), "code", groups(row["root_digest"]) if row["root_digest"] else ""),
        (_("Confidentiality"), "words",
            keyset.confidentiality.declaration if keyset and keyset.confidentiality else ""),
    ]  # fmt: skip
    return [{"term": term, "kind": kind, "value": value} for term, kind, value in found if value]


def _clock(offset_ms: int | None) -> str:
    if offset_ms is None:
        return ""
    if abs(offset_ms) <= OFF_BY_MS:
        return _("agrees with ours")
    minutes = abs(offset_ms) // 60_000
    words = (
        ngettext("%(num)d minute ahead of ours", "%(num)d minutes ahead of ours", minutes)
        if offset_ms > 0
        else ngettext("%(num)d minute behind ours", "%(num)d minutes behind ours", minutes)
    )
    return words % {"num": minutes}


def _keys(keyset: Any, here: Here) -> str:
    if keyset is None:
        return ""
    issued = _("keyset %(ver)s, issued %(ago)s") % {"ver": keyset.ver, "ago": here.ago(keyset.iat)}
    return issued + (_(", valid until %(day)s") % {"day": here.day(keyset.exp).striptags()})


def ledger_rows(ledger: Mapping[str, Any]) -> dict[str, Any]:
    """The ledger as rows: what, ours to them, theirs to us."""
    sent, received = ledger["sent"], ledger["received"]
    rows = [(_(label), str(sent[name]), str(received[name])) for name, label in LINES]
    rows += [(_("By channel"), _channels(sent), _channels(received))]
    rows += [(_(label), _days(sent[of], name), _days(received[of], name)) for label, of, name in _SPANS]
    if sent["late"] is not None or received["late"] is not None:
        rows += [(_("Late against a treaty or an agreement"), _or_none(sent["late"]), _or_none(received["late"]))]
    if (own := received.get("beyond_own_target")) is not None:
        rows += [(_("Beyond our own target (for us alone)"), "—", str(own))]
    rows += _promised(ledger.get("promise") or {})
    return {"rows": rows, "as_of": ledger["as_of"], "bars": [_bar(sent), _bar(received)]}


def _promised(promise: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """How our voluntary target was kept, a row for each year."""
    label = _("Answered within %(days)d days in %(year)d (our own promise: %(percent)d %%)")
    kept = _("%(share)s %% of %(count)d")
    return [
        (
            label % {"days": promise["days"], "year": one["year"], "percent": promise["percent"]}, "—",
            kept % {"share": one["share"], "count": one["counted"]},
        )
        for one in promise.get("years", ())
    ]  # fmt: skip


_SPANS = (
    (N_("Days to the answer: half took at most"), "days", "median"),
    (N_("Days to the answer: nine of ten at most"), "days", "p90"),
    (N_("Days open now: the longest"), "open_days", "longest"),
)  # fmt: skip


def _bar(side: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Answered, refused and open as parts of a bar 100 wide; the table beside it says the same in figures."""
    total, at, parts = max(int(side["requests"]), 1), 0.0, []
    for name, look in (("answered", "a"), ("refused", "c"), ("open", "b")):
        width = min(100 * int(side[name]) / total, 100 - at)
        parts.append({"x": f"{at:.1f}", "width": f"{width:.1f}", "look": look})
        at += width
    return parts


def _channels(side: Mapping[str, Any]) -> str:
    return ", ".join(f"{_channel(name)} {count}" for name, count in side["by_channel"].items()) or "—"


def _channel(name: str) -> str:
    return _("between nodes") if name == "wire" else words(name, "channel")


def _days(figures: Mapping[str, Any], name: str) -> str:
    return _or_none(figures[name])


def _or_none(value: Any) -> str:
    return "—" if value is None else str(value)
