"""What I am reminded of: put off, or done in the case; when I work, who stands in, how long I am away; and by mail."""

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any

from aiohttp import web

from protocol.messages.members import Day
from tracing.casework.attendance import ALWAYS, Hours, attend, hours_of
from tracing.casework.errors import NotFound
from tracing.casework.nudges import Nudge, case_of, nudges, snooze
from tracing.channels.mail.choices import choose
from tracing.channels.mail.posting import Post
from tracing.desk.accounts import actor_of
from tracing.desk.context import DESK, Desk
from tracing.desk.pages.dates import weekday
from tracing.desk.pages.frame import Frame, frame_of, page, redirect
from tracing.desk.pages.mailing import chosen, mail_section
from tracing.desk.pages.moments import standing_badge
from tracing.desk.pages.posted import Posted, read_posted
from tracing.desk.pages.rows import name_of
from tracing.desk.pages.tongue import N_, _
from tracing.desk.pages.webhooks import own_webhooks
from tracing.desk.problems import Refused
from tracing.desk.reading import read_query
from tracing.desk.routes import route
from tracing.store import Tx

__all__ = ["ROUTES"]

MOST_DIGITS = 18
SNOOZES: Mapping[str, tuple[str, timedelta]] = {
    "4h": (N_("4 hours"), timedelta(hours=4)), "1d": (N_("Until tomorrow"), timedelta(days=1)),
    "3d": (N_("3 days"), timedelta(days=3)), "7d": (N_("A week"), timedelta(days=7)),
}  # fmt: skip


@route("GET", "/reminders", policy="reminders")
async def show_reminders(http_request: web.Request) -> web.Response:
    """The list, then one's own hours."""
    read_query(http_request)
    return await _shown(http_request)


@route("GET", "/reminders/{reminder}-{end}", policy="reminders")
async def open_case(http_request: web.Request) -> web.Response:
    """Where a mail leads: to the case, whose whole number names a State and stands in no mail."""
    reminder, desk, actor = _number(http_request), http_request.app[DESK], actor_of(http_request)
    end = http_request.match_info["end"]
    case = await desk.store.read(lambda view: case_of(view, actor, reminder, end))
    return redirect(f"/cases/{case}")


@route("POST", "/reminders/{reminder}", policy="reminders")
async def put_off(http_request: web.Request) -> web.Response:
    """Put a reminder off."""
    posted, desk, actor = await read_posted(http_request), http_request.app[DESK], actor_of(http_request)
    reminder, word = _number(http_request), posted.first("for")
    if word not in SNOOZES:
        raise Refused("bad-query", f"for: expected one of {', '.join(SNOOZES)}, got {word[:40]!r}")
    until = desk.clock.now() + SNOOZES[word][1]
    await desk.store.write(lambda tx: snooze(tx, actor, reminder, until))
    return redirect("/reminders")


@route("POST", "/reminders/hours", policy="reminders")
async def keep_hours(http_request: web.Request) -> web.Response:
    """When I work, who stands in, how long I am away; or the form again with what is wrong."""
    posted, desk, actor = await read_posted(http_request), http_request.app[DESK], actor_of(http_request)
    try:
        await desk.store.write(lambda tx: _keep(tx, actor.name, posted))
    except (ValueError, KeyError, OSError) as error:
        return await _shown(http_request, str(error), status=422)
    return redirect("/reminders")


@route("POST", "/reminders/mail", policy="reminders")
async def keep_mail(http_request: web.Request) -> web.Response:
    """Where I am written to and what of; or the form again with what is wrong. The button ``test`` writes to me now."""
    posted, desk, actor = await read_posted(http_request), http_request.app[DESK], actor_of(http_request)
    if not desk.settings.mail.server:
        raise NotFound("this node sends no mail")
    try:
        choice = chosen(posted)
    except ValueError as error:
        return await _shown(http_request, wrong_mail=str(error), status=422)

    def keep(tx: Tx) -> None:
        choose(tx, actor.name, choice, actor.name)
        if posted.first("test") and choice.address:
            Post(desk.settings).put_test(tx, actor.name)

    await desk.store.write(keep)
    desk.signals.ring("mail")
    return redirect("/reminders#mail")


ROUTES = [show_reminders, keep_hours, keep_mail, open_case, put_off]


def _number(http_request: web.Request) -> int:
    text = http_request.match_info["reminder"]
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        raise Refused("bad-query", f"reminder: expected a number of the list, got {text[:40]!r}")
    return int(text)


def _keep(tx: Tx, name: str, posted: Posted) -> None:
    now = hours_of(tx, name) or ALWAYS
    deputy = posted.first("deputy").strip() or None
    if deputy is not None and (deputy == name or hours_of(tx, deputy) is None):
        raise ValueError(N_("expected another person of this node as deputy"))
    first, last = _day(posted, "absent_from"), _day(posted, "absent_until")
    if (first is None) != (last is None):
        raise ValueError(N_("expected both days of an absence, or neither"))
    hours = Hours(
        posted.first("zone"), time.fromisoformat(posted.first("opens")), time.fromisoformat(posted.first("closes")),
        frozenset(int(day) for day in posted.fields.get("days", ()) if day in set("0123456")), deputy,
        (first, last) if first and last else None, bool(posted.first("on_call")), now.is_head,
    )  # fmt: skip
    attend(tx, name, hours, name)


def _day(posted: Posted, name: str) -> date | None:
    text = posted.first(name)
    if not text:
        return None
    if (day := Day().first(text)) is None:
        raise ValueError(N_("expected a date such as 2026-12-24"))
    return day


async def _shown(
    http_request: web.Request, wrong: str = "", *, wrong_mail: str = "", status: int = 200
) -> web.Response:
    frame, desk, actor = frame_of(http_request), http_request.app[DESK], actor_of(http_request)
    now = desk.clock.now()
    found, hours, mail, hooks = await desk.store.read(
        lambda view: (
            nudges(view, actor, now), hours_of(view, actor.name), mail_section(view, desk, actor),
            own_webhooks(view, desk, actor),
        )
    )  # fmt: skip
    await desk.office.note_read(actor, tuple(sorted({one.case for one in found})), "reminders")
    return page(
        "reminders.html", frame, status=status, rows=[_row(frame, desk, one) for one in found], wrong=wrong,
        snoozes=[(word, _(label)) for word, (label, _length) in SNOOZES.items()], hours=_filled(desk, hours), mail=mail,
        wrong_mail=wrong_mail, hooks=hooks,
    )  # fmt: skip


def _row(frame: Frame, desk: Desk, one: Nudge) -> dict[str, Any]:
    standing = "overdue" if one.due_ms <= desk.clock.now_ms() else "due_soon"
    return {
        "reminder": one.reminder, "case": one.case, "href": f"/cases/{one.case}", "clock": one.clock,
        "who": name_of(one.counterpart, desk.partners), "owed_by": one.owed_by, "due_ms": one.due_ms, "late": one.late,
        "to_role": one.to_role, "badge": standing_badge(frame.here, one.due_ms, standing, one.basis),
    }  # fmt: skip


def _filled(desk: Desk, hours: Hours | None) -> dict[str, Any]:
    own = Hours(desk.settings.zone) if hours is None or hours == ALWAYS else hours
    monday = date(2024, 1, 1)
    return {
        "zone": own.zone, "opens": f"{own.opens:%H:%M}", "closes": f"{own.closes:%H:%M}", "deputy": own.deputy or "",
        "days": [(str(day), weekday(monday + timedelta(days=day)), day in own.days) for day in range(7)],
        "absent_from": own.absent[0].isoformat() if own.absent else "",
        "absent_until": own.absent[1].isoformat() if own.absent else "", "on_call": own.on_call,
    }  # fmt: skip
