"""Mail on the pages of the desk: where a person is written to and what of, what became of the last one."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from tracing.casework.policy import Actor
from tracing.casework.telling import EVENTS
from tracing.channels.mail.choices import Choice, choice_of
from tracing.channels.mail.returned import reason_of
from tracing.channels.standing import MAIL
from tracing.channels.ways import WAYS
from tracing.desk.context import Desk
from tracing.desk.pages.moments import Badge
from tracing.desk.pages.posted import Posted
from tracing.desk.pages.tongue import N_, _
from tracing.desk.pages.troubles import mail_trouble
from tracing.settings import Mailbox
from tracing.store import View
from tracing.tables import Notice, table_of

__all__ = ["EVENT_WORDS", "chosen", "mail_section"]

_notices = table_of(Notice)
EVENT_WORDS: Mapping[str, str] = {
    "near": N_("A date nears"), "passed": N_("A date has passed"), "again": N_("A duty is still open"),
    "escalated": N_("It comes to me from others"),
}  # fmt: skip
WAY_WORDS: Mapping[str, str] = {"at_once": N_("At once"), "digest": N_("Once a day"), "off": N_("Not by mail")}
STATES: Mapping[str, Badge] = {
    "waiting": Badge("note", N_("The last mail waits to be sent")), "sent": Badge("good", N_("The last mail was sent")),
    "unsent": Badge("calm", N_("The last mail was not needed any more")),
    "parked": Badge("late", N_("The server refused the last mail for good: correct the address")),
}  # fmt: skip


def chosen(posted: Posted) -> Choice:
    """What a person chose in the form. ValueError says what is wrong."""
    try:
        address = Mailbox(posted.first("address").strip())
    except ValueError as error:
        raise ValueError(N_("expected one plain mail address such as desk@tracing.example")) from error
    return Choice(address, {event: posted.first(event) for event in EVENTS})


def mail_section(view: View, desk: Desk, actor: Actor) -> dict[str, Any] | None:
    """None where the node sends no mail."""
    if not desk.settings.mail.server:
        return None
    choice = choice_of(view, actor.name)
    events = [
        {"name": event, "label": _(EVENT_WORDS[event]),
         "ways": [(way, _(WAY_WORDS[way]), choice.ways[event] == way) for way in WAYS]}
        for event in EVENTS
    ]  # fmt: skip
    last, trouble = _last(view, actor.name), mail_trouble(view, desk)
    returned = reason_of(view, choice.address) if choice.address else None
    return {"address": choice.address, "events": events, "last": last, "trouble": trouble, "returned": returned}


def _last(view: View, name: str) -> dict[str, Any] | None:
    """What became of the last mail to a person."""
    his = (_notices.c.to_user == name, _notices.c.target == MAIL)
    row = view.conn.execute(select(_notices).where(*his).order_by(_notices.c.id.desc()).limit(1)).first()
    if row is None:
        return None
    badge = STATES[row.state]
    return {"badge": Badge(badge.look, _(badge.words)), "at_ms": row.ended_ms or row.made_ms, "said": row.said}
