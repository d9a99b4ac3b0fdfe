"""Keys that need somebody: alarms, counterparts that are held or suspended, messages of a key that was lost.

GET  /keys                          everything that waits for somebody
GET  /keys/{authority}              one authority, ourselves included
POST /keys/{authority}/alarms       close an alarm, saying why          303 back, or the page with what is wrong
POST /keys/{authority}/status       suspend or resume a counterpart
POST /keys/{authority}/messages     what its sender says of contested messages

Nothing of a case is shown here but its id; who may read it follows the link.
"""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from aiohttp import web

from keys.trust import Freshness
from tracing.casework.errors import CaseworkError, IllegalMove, Incomplete, Problem
from tracing.casework.policy import Actor, may
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import authority_of
from tracing.desk.context import DESK, Desk
from tracing.desk.pages.countries import country_name
from tracing.desk.pages.failures import failure_of, filled
from tracing.desk.pages.forms import Field, Form
from tracing.desk.pages.frame import frame_of, page, redirect
from tracing.desk.pages.moments import Here
from tracing.desk.pages.posted import Posted, Typed, read_posted
from tracing.desk.pages.tongue import N_, _, ngettext
from tracing.desk.pages.words.alarms import REMEDIES, USUAL
from tracing.desk.problems import Refused
from tracing.desk.reading import read_query
from tracing.desk.routes import route
from tracing.partners import ACTIVE, SUSPENDED, Partner, set_status
from tracing.store import Tx, View
from tracing.trust import alarms as trust_alarms
from tracing.trust import contested as asking
from tracing.trust.waiting import Waiting, waiting_with

__all__ = ["ROUTES"]

MOST_WORDS = 2000
WHY = Field("why", N_("Why"), "text", N_("What you found out, and from whom; kept in the audit trail."), required=True)
SAID = {
    "alarms": N_("The alarm is closed."), "status": N_("Done; the node goes by it at once."),
    "messages": N_("The answer is noted."),
}  # fmt: skip
ANSWERS = {asking.CONFIRMED: N_("It is theirs"), asking.DISOWNED: N_("It is not theirs")}


@route("GET", "/keys", policy="counterparts")
async def show_all(http_request: web.Request) -> web.Response:
    """Every authority whose keys need somebody, ourselves first."""
    read_query(http_request)
    frame, desk = frame_of(http_request), http_request.app[DESK]
    rows = await desk.store.read(lambda view: [_row(view, desk, each) for each in _needing(desk)])
    return page("keys.html", frame, rows=rows)


@route("GET", "/keys/{authority}", policy="counterparts")
async def show_one(http_request: web.Request) -> web.Response:
    """One authority, and what can be done."""
    asked = read_query(http_request, "said")
    return await _one(http_request, said=asked.get("said", ""))


@route("POST", "/keys/{authority}/alarms", policy="trust")
async def close_alarm(http_request: web.Request) -> web.Response:
    """An alarm needs nobody any more."""
    return await _act(http_request, "alarms", _close)


@route("POST", "/keys/{authority}/status", policy="trust")
async def change_status(http_request: web.Request) -> web.Response:
    """Stop the exchange with a counterpart, or take it up again."""
    return await _act(http_request, "status", _change)


@route("POST", "/keys/{authority}/messages", policy="ask-sender")
async def answer_messages(http_request: web.Request) -> web.Response:
    """What the sender of contested messages says of them."""
    return await _act(http_request, "messages", _answer)


ROUTES = [show_all, show_one, close_alarm, change_status, answer_messages]


# ---------------------------------------------------------------- acting


async def _act(http_request: web.Request, form: str, act: Any) -> web.Response:
    """Do it in one transaction, and let the node go by it at once."""
    authority, desk, posted = authority_of(http_request), http_request.app[DESK], await read_posted(http_request)
    _known(desk, authority)
    try:
        why = _why(posted)
        await desk.store.write(partial(act, authority, actor_of(http_request), posted, why))
    except CaseworkError as error:
        number = posted.first("alarm") if form == "alarms" else ""
        typed = Typed(f"{form}{number}", posted.fields, failure_of(error))
        return await _one(http_request, typed=typed, status=error.status)
    await asyncio.to_thread(desk.partners.reload)
    for bell in ("opening", "desk", "refresh", *(f"outbox:{one.authority}" for one in desk.partners.all())):
        desk.signals.ring(bell)
    return redirect(f"/keys/{authority}?said={form}")


def _why(posted: Posted) -> str:
    said = posted.first("why").strip()
    if not said or len(said) > MOST_WORDS:
        raise Incomplete((Problem("why", f"1 to {MOST_WORDS} characters", f"{len(said)}"),))
    return said


def _close(authority: str, actor: Actor, posted: Posted, why: str, tx: Tx) -> None:
    open_here = {str(one.id): one.id for one in trust_alarms.open_alarms(tx) if one.authority == authority}
    alarm = open_here.get(posted.first("alarm"))
    if alarm is None:
        raise IllegalMove("this alarm is not open any more; look at the page again")
    try:
        trust_alarms.say_done(tx, alarm, actor.name, why)
    except trust_alarms.Unanswered as error:
        raise IllegalMove("its sender is still to be asked about the messages listed here") from error


def _change(authority: str, actor: Actor, posted: Posted, why: str, tx: Tx) -> None:
    status = posted.first("status")
    if status not in {ACTIVE, SUSPENDED}:
        raise Incomplete((Problem("status", f"{ACTIVE} or {SUSPENDED}", "something else"),))
    try:
        set_status(tx, authority, status, actor.name, why)
    except KeyError as error:
        raise IllegalMove("this node cannot suspend itself; stop it instead") from error


def _answer(authority: str, actor: Actor, posted: Posted, why: str, tx: Tx) -> None:
    said, mids = posted.first("answer"), dict.fromkeys(posted.fields.get("mid", ()))
    problems = []
    if said not in ANSWERS:
        problems.append(Problem("answer", "what its sender says", "nothing"))
    if not mids:
        problems.append(Problem("mid", "at least one message", "none"))
    if problems:
        raise Incomplete(tuple(problems))
    for mid in mids:
        if not asking.answer(tx, authority, mid, actor.name, said=said, why=why):
            raise IllegalMove("one of these messages is not to be confirmed any more; look at the page again")


# ---------------------------------------------------------------- showing


def _known(desk: Desk, authority: str) -> Partner | None:
    """The counterpart; None for ourselves. Refused for anybody else."""
    partner = desk.partners.get(authority)
    if partner is None and authority != desk.settings.authority:
        raise Refused("not-found", f"no authority {authority!r} is known at this node")
    return partner


def _needing(desk: Desk) -> list[str]:
    own, now_ms = desk.settings.authority, desk.clock.now_ms()
    alarmed = {one.authority for one in desk.partners.alarms}
    others = [one for one in desk.partners.all() if one.authority in alarmed or _state(one, now_ms)]
    return [*([own] if own in alarmed else []), *(one.authority for one in others)]


def _state(partner: Partner, now_ms: int) -> str:
    """In a word: suspended, held or stale; empty while all is well or by letter."""
    if partner.is_suspended:
        return "suspended"
    freshness = partner.freshness(now_ms) if partner.on_node else Freshness.CURRENT
    return "" if freshness is Freshness.CURRENT else freshness.value


def _row(view: View, desk: Desk, authority: str) -> dict[str, Any]:
    partner, alarms = desk.partners.get(authority), _alarms_of(desk, authority)
    state = _state(partner, desk.clock.now_ms()) if partner else ""
    waiting = waiting_with(view, authority)
    contested = len(asking.contested(view, authority)) if partner is not None and partner.revoked else 0
    return {
        "authority": authority, "href": f"/keys/{authority}", "who": _who(desk, authority), "alarms": alarms,
        "state": state, "waiting": waiting, "contested": contested,
    }  # fmt: skip


def _who(desk: Desk, authority: str) -> str:
    partner = desk.partners.get(authority)
    return _("This node") if partner is None else country_name(partner.country)


def _alarms_of(desk: Desk, authority: str) -> list[dict[str, Any]]:
    found = [one for one in desk.partners.alarms if one.authority == authority]
    return [
        {"id": one.id, "code": one.code, "said": one.said, "first": one.first_ms, "last": one.last_ms,
            "do": _(REMEDIES.get(one.code, USUAL))}
        for one in found
    ]  # fmt: skip


async def _one(
    http_request: web.Request, *, said: str = "", typed: Typed | None = None, status: int = 200
) -> web.Response:
    frame, desk, actor = frame_of(http_request), http_request.app[DESK], actor_of(http_request)
    authority = authority_of(http_request)
    partner = _known(desk, authority)
    row, contested, answered = await desk.store.read(lambda view: _look(view, desk, authority))
    decides, asks = may(actor.role, "trust"), may(actor.role, "ask-sender")
    forms: dict[str, tuple[Field, ...]] = {f"alarms{one['id']}": (WHY,) for one in row["alarms"] if decides}
    forms |= {"status": (WHY,)} if decides and partner is not None else {}
    forms |= {"messages": _answering(contested, frame.here)} if asks and contested else {}
    return page(
        "keysof.html", frame, status=status, one=row, contested=contested, answered=answered, answers=ANSWERS,
        opens=may(actor.role, "read"), said=_(SAID[said]) if said in SAID else "",
        what=_standing(row, partner, frame.here), suspended=partner is not None and partner.is_suspended,
        forms=_forms(forms, typed), failure=_placed(forms, typed), failed=typed is not None,
    )  # fmt: skip


def _look(view: View, desk: Desk, authority: str) -> tuple[dict[str, Any], list[asking.Contested], list[Any]]:
    return _row(view, desk, authority), asking.contested(view, authority), asking.answered(view, authority)


def _answering(contested: Sequence[asking.Contested], here: Here) -> tuple[Field, ...]:
    names = {
        one.mid: _("%(case)s, accepted %(moment)s: %(mid)s")
        % {"case": one.case or _("no case"), "moment": here.moment(one.accepted_ms).striptags(), "mid": one.mid}
        for one in contested
    }
    answers = {word: _(text) for word, text in ANSWERS.items()}
    return (
        Field("mid", N_("Messages"), "ticks", options=tuple(names), names=names, required=True),
        Field("answer", N_("Its sender says"), "select", options=tuple(answers), names=answers, required=True),
        WHY,
    )


def _forms(forms: Mapping[str, tuple[Field, ...]], typed: Typed | None) -> dict[str, Form]:
    return {
        name: filled(parts, typed.form if typed and typed.verb == name else {},
            typed.failure if typed and typed.verb == name else None)
        for name, parts in forms.items()
    }  # fmt: skip


def _placed(forms: Mapping[str, tuple[Field, ...]], typed: Typed | None) -> Any:
    """What was wrong, at its field where the form is still there."""
    if typed is None or typed.failure is None:
        return None
    parts = forms.get(typed.verb)
    return typed.failure if parts is None else typed.failure.placed(Form(parts, {}, {}), f"{typed.verb}-")


def _standing(row: Mapping[str, Any], partner: Partner | None, here: Here) -> list[str]:
    """How far it is relied on, what waits because of that, and what to do; in sentences."""
    if partner is None:
        return []
    return [*_state_words(row, partner, here), *_waiting_words(row["waiting"], row["state"])]


def _state_words(row: Mapping[str, Any], partner: Partner, here: Here) -> list[str]:
    ended = {"day": _ended(partner, here)}
    if row["state"] == "suspended":
        return [_("It is suspended here: nothing is sent to it nor taken from it until somebody resumes it.")]
    if row["state"] == "held":
        return [
            _("Its keys ended on %(day)s, over thirty days ago: messages to it are held, what comes waits unopened.")
            % ended,
            _("Telephone it. When it has issued newer keys they are found by themselves, or an administrator takes its"
            " card: tracing counterpart update ID --card FILE. Then everything goes on; nothing is lost meanwhile."),
        ]  # fmt: skip
    if row["state"] == "stale":
        return [
            _("Its keys ended on %(day)s and nothing newer was found. It goes on for thirty days: telephone it.")
            % ended
        ]
    return [_("Its keys hold, and the exchange with it goes on.")]


def _ended(partner: Partner, here: Here) -> str:
    keyset, root = (partner.trust.keyset, partner.trust.root) if partner.trust else (None, None)
    if root is None:
        return _("an unknown day")
    return str(here.day(min(root.exp, keyset.exp if keyset else root.exp)).striptags())


def _waiting_words(waiting: Waiting, state: str) -> list[str]:
    found = []
    if state in {"suspended", "held"} and waiting.outbound:
        words = ngettext("%(num)d message to it waits here.", "%(num)d messages to it wait here.", waiting.outbound)
        found.append(words % {"num": waiting.outbound})
    if waiting.quarantined:
        words = ngettext(
            "%(num)d message of it is accepted and not opened.", "%(num)d messages of it are accepted and not opened.",
            waiting.quarantined,
        )  # fmt: skip
        found.append(words % {"num": waiting.quarantined})
    return found
