"""What the page of a case shows of its domestic enquiries, and the forms of what can be done with them."""

from collections.abc import Mapping, Sequence
from typing import Any

from tracing.casework.casefile import CaseFile
from tracing.desk.pages.asking import ASK, BEGUN, CHANNEL, RECORD, RENEW
from tracing.desk.pages.content import describe
from tracing.desk.pages.forms import Form, Part, flatten
from tracing.desk.pages.moments import Badge, Here
from tracing.desk.pages.posted import Typed
from tracing.desk.pages.tongue import _
from tracing.desk.pages.words import words

__all__ = ["home_view"]

LOOKS = {"open": "note", "overdue": "late", "answered": "good", "withdrawn": "calm"}


def home_view(file: CaseFile, typed: Typed | None, here: Here, *, may_ask: bool, may_note: bool) -> dict[str, Any]:
    """``list`` of the enquiries and the form to ``ask`` another, other ``channels`` and the form to ``note`` one.

    A form is None where it cannot be used now; ``forms`` are all of them.
    """
    found = [_shown(one, typed, here) for one in file.enquiries]
    ask = _ask(file, typed) if may_ask and "answer" in file.allowed else None
    note = _channel(file, typed) if may_note else None
    forms = [form for one in found for form in one["forms"]] + [form for form in (ask, note) if form]
    return {
        "list": found, "ask": ask, "note": note, "forms": forms,
        "channels": [describe({name: one[name] for name in one if name != "noted_by"}) for one in file.channels],
    }  # fmt: skip


def _shown(one: Mapping[str, Any], typed: Typed | None, here: Here) -> dict[str, Any]:
    addressee = one["addressee"]
    return {
        "kind": addressee["kind"], "name": addressee["name"], "contact": addressee.get("contact", ""),
        "question": one["question"], "due": one["due"], "told": describe(one["told"]),
        "badge": Badge(LOOKS[one["state"]], words(one["state"])), "by": _by(one, here),
        "reply": describe(one["reply"], "reply") if one["reply"] else None,
        "forms": _forms(one["enquiry"], typed) if one["state"] in ("open", "overdue") else [],
    }  # fmt: skip


def _by(one: Mapping[str, Any], here: Here) -> str:
    """How a reply came, and when."""
    if one["state"] != "answered":
        return ""
    on = here.day(one["replied"]).striptags()
    return _("replied %(day)s by %(channel)s") % {"day": on, "channel": words(one["channel"]).lower()}


def _forms(enquiry: str, typed: Typed | None) -> list[dict[str, Any]]:
    return [
        _form("reply", enquiry, RECORD, typed, (_("Record a reply that came otherwise"), _("Record the reply"))),
        _form("renew", enquiry, RENEW, typed, (_("Make a new link"), _("Make a new link; the old one ends"))),
        _form("withdraw", enquiry, (), typed, (_("Withdraw it"), _("Withdraw the enquiry"))),
    ]


def _form(verb: str, enquiry: str, parts: Sequence[Part], typed: Typed | None, said: tuple[str, str]) -> dict[str, Any]:
    return _filled(f"{verb}-{enquiry}", f"/enquiries/{enquiry}/{verb}", Form(tuple(parts), {}, {}), typed, said)


def _ask(file: CaseFile, typed: Typed | None) -> dict[str, Any]:
    form = Form(ASK, flatten(BEGUN), {})
    said = (_("Ask a maker, dealer or agency"), _("Open the enquiry and make its link"))
    return _filled("enquiries", f"/cases/{file.case}/enquiries", form, typed, said)


def _channel(file: CaseFile, typed: Typed | None) -> dict[str, Any]:
    said = (_("Note another channel used for this weapon"), _("Note it"))
    return _filled("channels", f"/cases/{file.case}/channels", Form(CHANNEL, {}, {}), typed, said)


def _filled(name: str, action: str, form: Form, typed: Typed | None, said: tuple[str, str]) -> dict[str, Any]:
    """The form as its person left it, open when it is the one that was sent."""
    mine = typed if typed and typed.verb == name else None
    if mine:
        form = Form(form.parts, mine.form, mine.failure.by_field if mine.failure else {}, mine.more)
    label, button = said
    return {
        "id": name, "action": action, "label": label, "button": button, "open": mine is not None, "form": form,
        "given": None,
    }  # fmt: skip
