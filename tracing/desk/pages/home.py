"""Home: what needs this authority, what falls due, what is stuck, what waits for a second person."""

from datetime import datetime, time, timedelta
from typing import Any

from aiohttp import web

from tracing.casework.matters.file import Waiting, waiting_matters
from tracing.casework.policy import may
from tracing.clock import to_ms
from tracing.desk.accounts import actor_of
from tracing.desk.context import DESK, Desk
from tracing.desk.pages import looks
from tracing.desk.pages.dates import weekday
from tracing.desk.pages.frame import frame_of, page, redirect
from tracing.desk.pages.matters import SUBJECTS
from tracing.desk.pages.moments import Badge, Here, standing_badge
from tracing.desk.pages.rows import name_of, row_of
from tracing.desk.pages.titles import titled
from tracing.desk.pages.tongue import _
from tracing.desk.pages.troubles import troubles_of
from tracing.desk.pages.words import words
from tracing.desk.reading import read_query
from tracing.desk.routes import SIGNED_IN, route
from tracing.store import View
from tracing.store.cases import standing

__all__ = ["ROUTES", "day_edges", "due_views", "strip_of", "stuck_view"]

SHOWN = 25  # rows of the queue: what one looks at in one go; the rest is under Received and Sent
BESIDE = 8  # rows of each list beside it
STRIP_DAYS = 14
WEEK = timedelta(days=7)
LOOKS = {"rejected": "late", "parked": "soon", "retrying": "soon", "kept": "note"}


@route("GET", "/", policy=SIGNED_IN)
async def show_home(http_request: web.Request) -> web.Response:
    """The first page of whoever works on cases; others are led to what they may see."""
    read_query(http_request)
    frame, desk, actor = frame_of(http_request), http_request.app[DESK], actor_of(http_request)
    if may(actor.role, "audit"):
        return redirect("/audit")
    if not may(actor.role, "list"):
        return page(
            "plain.html",
            frame,
            heading=_("Desk"),
            words=_("Your role has no cases to look at. What it may see stands in the bar above."),
        )
    view, ids = await desk.store.read(lambda look: _home(look, desk, frame.here))
    await desk.office.note_read(actor, ids, "home")
    return page("home.html", frame, **view)


ROUTES = [show_home]


def _home(view: View, desk: Desk, here: Here) -> tuple[dict[str, Any], tuple[str, ...]]:
    now_ms = to_ms(here.now)
    lines, total = looks.needs_us(view, now_ms, SHOWN)
    passed, counts = looks.due_days(view, day_edges(here))
    week = looks.due_within(view, now_ms, to_ms(here.now + WEEK), BESIDE)
    problems, drafts = looks.stuck(view, BESIDE), looks.waiting_drafts(view, BESIDE)
    shown = {
        "rows": [row_of(line, here, desk.partners) for line in lines], "total": total, "late": passed,
        "strip": strip_of(here, counts, desk),
        "week": due_views(week, here, desk), "problems": [stuck_view(one, here, desk) for one in problems],
        "troubles": troubles_of(view, desk),
        "drafts": [{"href": f"/cases/{one.case}#act", "verb": one.verb, "title": one.title,
                "drafted_by": one.drafted_by, "drafted": one.drafted_ms} for one in drafts],
        "outside": [outside_view(one, desk) for one in waiting_matters(view, BESIDE)],
    }  # fmt: skip
    ids = (
        {line.case for line in lines}
        | {one.case for one in week}
        | {one.case for one in drafts}
        | {one.case for one in problems if one.case}
    )
    return shown, tuple(sorted(ids))


def outside_view(one: Waiting, desk: Desk) -> dict[str, Any]:
    """What came outside cases: from whom, of what kind, and what it waits for. What it says is read on its own page."""
    what = _("waits for a decision of an approver") if one.decides else _("not read yet")
    subject = SUBJECTS.get(one.kind, one.kind)
    return {
        "href": f"/matters/{one.matter}", "subject": subject, "who": name_of(one.counterpart, desk.partners),
        "since": one.since_ms, "badge": Badge("soon" if one.decides else "note", what),
    }  # fmt: skip


def day_edges(here: Here, days: int = STRIP_DAYS) -> list[int]:
    """Now, and the end of each local day from today on, in milliseconds."""
    return [
        to_ms(here.now),
        *(
            to_ms(datetime.combine(here.today + timedelta(days=ahead), time(), here.zone))
            for ahead in range(1, days + 1)
        ),
    ]


def strip_of(here: Here, counts: list[int], desk: Desk) -> list[dict[str, Any]]:
    """The cells of the 14 days; days that are not worked here are shaded."""
    days = [here.today + timedelta(days=ahead) for ahead in range(len(counts))]
    off = desk.settings.calendar.weekend_days
    return [
        {
            "iso": day.isoformat(), "weekday": weekday(day), "number": day.day, "count": count,
            "today": day == here.today,
            "look": " ".join(name for name, holds in (("off", day.weekday() in off), ("today", day == here.today),
                    ("none", not count)) if holds),
        }
        for day, count in zip(days, counts, strict=True)
    ]  # fmt: skip


def due_views(found: list[looks.Due], here: Here, desk: Desk) -> list[dict[str, Any]]:
    """Deadlines as short rows."""
    return [
        {
            "href": f"/cases/{one.case}", "title": one.title, "clock": one.clock, "owed_by": one.owed_by,
            "who": name_of(one.counterpart, desk.partners),
            "due": one.due_ms, "basis": one.basis, "badge": _badge(one, here),
        }
        for one in found
    ]  # fmt: skip


def stuck_view(one: looks.Stuck, here: Here, desk: Desk) -> dict[str, Any]:
    """A problem with what it means and what happens next."""
    who = name_of(one.counterpart, desk.partners)
    sentences = {
        "rejected": (
            _("Rejected there"),
            _("%(who)s could not take our message (%(reason)s); mend it and send it again."),
        ),
        "parked": (_("Parked"), _("Not sent to %(who)s (%(reason)s); it waits until the cause is mended.")),
        "retrying": (
            _("Not reached"),
            _("%(who)s does not answer (%(reason)s); tried %(attempts)s times, next at %(next)s."),
        ),
        "kept": (
            _("Without effect"),
            _("%(who)s sent: %(reason)s, which the case does not allow now; it is kept and shown."),
        ),
    }
    what, why = sentences[one.what]
    fill = {"who": who, "reason": _reason(one), "attempts": one.attempts, "next": _next(one, here)}
    is_case = one.case is not None
    return {
        "what": what,
        "look": LOOKS[one.what],
        "title": titled(one.title) if is_case else who,
        "href": f"/cases/{one.case}" if is_case else f"/counterparts/{one.counterpart}",
        "why": why % fill,
    }


def _reason(one: looks.Stuck) -> str:
    return words(one.reason, "kind").lower() if one.what == "kept" else one.reason or _("no reason given")


def _next(one: looks.Stuck, here: Here) -> str:
    return "" if one.next_ms is None else f"{here.instant(one.next_ms).astimezone(here.zone):%H:%M}"


def _badge(one: looks.Due, here: Here) -> Badge:
    return standing_badge(here, one.due_ms, standing(one.due_ms, one.near_ms, to_ms(here.now)), one.basis)
