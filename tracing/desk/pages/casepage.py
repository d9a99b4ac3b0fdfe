"""What the page of one case shows, from its file: pure, so that every state of a case can be looked at in a test.

view = case_view(file, here, partners)
"""

from collections.abc import Mapping, Sequence
from typing import Any

from protocol.lifecycle import Kind, kind_of
from tracing.casework.casefile import CaseFile
from tracing.desk.pages.content import describe
from tracing.desk.pages.moments import BINDING, Badge, Here, standing_badge
from tracing.desk.pages.rows import name_of, weapon_of
from tracing.desk.pages.steps import step_of
from tracing.desk.pages.tongue import N_, _
from tracing.desk.pages.words import words
from tracing.partners import Partner, Partners

__all__ = ["answers_of", "case_view", "request_of"]

ANSWERS = frozenset({Kind.INTERIM_RESPONSE, Kind.FINAL_RESPONSE, Kind.REFUSAL, Kind.DELAY_NOTICE})
# state of an attachment -> (look, words)
ATTACHED = {
    "here": ("good", N_("here")), "there": ("good", N_("arrived there")), "by_letter": ("calm", N_("kept here")),
    "waiting": ("note", N_("on its way")), "on_demand": ("calm", N_("held back until it is asked for")),
    "rejected": ("late", N_("rejected with its message")),
    "spoiled": ("late", N_("not what its sender said it is")),
}  # fmt: skip
STAGES = {"queued": "calm", "sent": "note", "accepted": "note", "opened": "good", "rejected": "late"}


def case_view(file: CaseFile, here: Here, partners: Partners) -> dict[str, Any]:
    """Everything of the page but its forms."""
    partner, asked = partners.get(file.counterpart), request_of(file)
    who = name_of(file.counterpart, partners)
    basis = next((one["basis"] for one in file.deadlines if one["due"] == file.due and one["ended"] is None), None)
    return {
        "file": file, "who": who, "weapon": weapon_of(file.weapon), "plain_title": _title(file),
        "their_reference": _reference(file),
        "box_href": f"/{file.direction}", "box_name": _("Received") if file.direction == "received" else _("Sent"),
        "badge": standing_badge(here, file.due, file.standing, basis) if file.due else Badge("calm", _("No date")),
        "step": step_of(file.direction, file.state, file.overlays, file.waiting_on).why,
        "printable": _is_printable(file, partner),
        "by_letter": partner is not None and not partner.on_node, "unsigned": _unsigned(file, partner, who),
        "asked": _message(asked, file, who) if asked else None, "drafted": _drafted_request(file),
        "answers": [_message(one, file, who) for one in answers_of(file)],
        "line": [_message(one, file, who) for one in file.messages],
        "lacks": _lacks(file), "question": _question(file), "proposal": _proposal(file),
        "deadlines": [_deadline(one, here) for one in sorted(file.deadlines, key=lambda one: one["ended"] is not None)],
        "delivery": [_delivery(one, file, here) for one in file.delivery], "handling": _handling(file),
        "reminders": [_reminder(one, who) for one in file.reminders],
        "drafts": file.drafts, "approve": _approvable(file),
    }  # fmt: skip


def request_of(file: CaseFile) -> dict[str, Any] | None:
    """The tracing request itself, when it is here."""
    return next((one for one in file.messages if one["kind"] == Kind.TRACE_REQUEST), None)


def answers_of(file: CaseFile) -> list[dict[str, Any]]:
    """What the requested State said to it, the newest first; what is without effect stays in the course only."""
    return [one for one in reversed(file.messages) if one["kind"] in ANSWERS and one["effect"] == "effective"]


def _title(file: CaseFile) -> str:
    weapon = weapon_of(file.weapon)
    named = " ".join(str(weapon[name]) for name in ("make", "model") if weapon[name]) or words(
        weapon["type"] or "weapon"
    )
    return f"{named}, {weapon['serial']['text'] or _('no serial')}"


def _reference(file: CaseFile) -> str | None:
    """The number the requested authority gave the case in its acknowledgement or answer."""
    said = [
        one["body"].get("reference")
        for one in file.messages
        if one["kind"] != Kind.TRACE_REQUEST and one["sender"] != file.case.rpartition(".")[0]
    ]
    return next((str(one) for one in reversed(said) if one), None)


def _is_printable(file: CaseFile, partner: Partner | None) -> bool:
    return file.direction == "sent" and file.state != "draft" and (partner is None or not partner.on_node)


def _unsigned(file: CaseFile, partner: Partner | None, who: str) -> list[str]:
    """What a reader must know before trusting what stands below."""
    notes = []
    if partner is not None and not partner.on_node:
        notes.append(
            _(
                "%(who)s has no node: the request goes as a printed letter, and the reply is recorded here. "
                "Nothing is signed by the counterpart."
            )
            % {"who": who}
        )
    if partner is not None and partner.is_suspended:
        notes.append(_("%(who)s is suspended at this node: nothing is sent there until it is resumed.") % {"who": who})
    if any(_has_no_reason(one) for one in file.messages):
        notes.append(_("A limit came without a reason (ITI 23): you may ask for it."))
    return notes


def _has_no_reason(one: Mapping[str, Any]) -> bool:
    """A delay or refusal of theirs that does not say why."""
    limits = one["kind"] in (Kind.REFUSAL, Kind.DELAY_NOTICE)
    return limits and any(lack["member"] in ("ground", "reason") for lack in one["lacks"])


def _message(one: Mapping[str, Any], file: CaseFile, who: str) -> dict[str, Any]:
    ours = one["signature"] == "own"
    proof = [
        (_("Message"), _code(one["mid"])), (_("Statement"), _code(one["statement"])),
        (_("Logged here"), one["received"]), (_("Signature"), _mark(one).words),
    ]  # fmt: skip
    sent = next((each for each in file.delivery if each["mid"] == one["mid"]), None)
    return {
        "kind": one["kind"], "sent": one["sent"], "ours": ours, "from": _("us") if ours else who,
        "effect": one["effect"], "actor": one["actor"], "note": one["note"],
        "mark": _mark(one), "delivery": _stage(sent) if sent else None, "body": describe(one["body"], one["kind"]),
        "proof": [(term, value) for term, value in proof if value],
        "attachments": [_attachment(each, one["mid"], file.case, ours=ours) for each in one.get("attachments", ())],
    }  # fmt: skip


def _attachment(one: Mapping[str, Any], mid: str, case_id: str, *, ours: bool) -> dict[str, Any]:
    """One attachment: its name, its size, how far it is, and the way to it."""
    look, state = ATTACHED[one["state"]]
    where = f"/cases/{case_id}/attachments/{mid}/{one['n']}"
    return {
        "name": one["name"], "kind": _("review copy") if one["copy_of"] is not None else one["type"],
        "size": _size(one["length"]), "badge": Badge(look, _(state)), "fault": one["fault"],
        "href": f"/api/v1{where}" if ours or one["state"] == "here" else None,
        "ask": where if one["state"] == "on_demand" and not ours else None,
    }  # fmt: skip


def _size(length: int) -> str:
    return f"{length / 1e6:.1f} MB" if length >= 1e6 else f"{max(1, length // 1000)} kB"


def _mark(one: Mapping[str, Any]) -> Badge:
    """The signature of a message, in words."""
    if one["signature"] == "verified":
        return Badge("good", _("signature verified"))
    if one["signature"] == "own":
        return Badge("calm", _("sent by letter") if one["channel"] else _("signed by us"))
    return Badge(
        "soon", _("not signed by the counterpart: came by %(channel)s") % {"channel": words(one["channel"]).lower()}
    )


def _code(value: str | None) -> Any:
    return value


def _stage(one: Mapping[str, Any]) -> Badge:
    if one["parked"]:
        return Badge("soon", _("parked"))
    return Badge(STAGES.get(one["stage"], "calm"), words(one["stage"]).lower())


def _delivery(one: Mapping[str, Any], file: CaseFile, here: Here) -> dict[str, Any]:
    kind = next((each["kind"] for each in file.messages if each["mid"] == one["mid"]), "")
    lines = []
    if one["accepted"]:
        lines.append(_("accepted %(at)s: their node signed for it") % {"at": _plain(here, one["accepted"])})
    if one["opened"]:
        lines.append(_("opened %(at)s") % {"at": _plain(here, one["opened"])})
    if one["code"]:
        lines.append(_("reason: %(code)s") % {"code": one["code"]})
    if one["last_error"] and one["stage"] in ("queued", "sent"):
        lines.append(_("last try failed: %(error)s") % {"error": one["last_error"]})
    if one["next_try"]:
        lines.append(
            _("next try %(at)s (%(count)s so far)") % {"at": _plain(here, one["next_try"]), "count": one["attempts"]}
        )
    return {"kind": kind, "badge": _stage(one), "lines": lines}


def _plain(here: Here, value: str) -> str:
    return here.moment(value).striptags()


def _deadline(one: Mapping[str, Any], here: Here) -> dict[str, Any]:
    badge = _met(one, here) if one["ended"] else standing_badge(here, one["due"], one["standing"], one["basis"])
    return {**one, "badge": badge}


def _met(one: Mapping[str, Any], here: Here) -> Badge:
    """A duty that is done: on what day, and whether within its limit; late only against what binds both."""
    on = _("done %(day)s") % {"day": here.day(one["ended"]).striptags()}
    if one["standing"] != "overdue":
        return Badge("good", on)
    return Badge("soon", f"{on}, " + (_("late") if one["basis"] in BINDING else _("beyond our own target")))


def _question(file: CaseFile) -> list[Any] | None:
    """The question of the other side that waits for us, beside the form that answers it."""
    if file.direction != "sent" or "information_pending" not in file.overlays:
        return None
    asked = [one for one in file.messages if one["kind"] == Kind.INFORMATION_REQUEST and one["effect"] == "effective"]
    return describe(asked[-1]["body"]) if asked else None


def _lacks(file: CaseFile) -> list[Mapping[str, Any]]:
    asked = request_of(file)
    return list(asked["lacks"]) if asked and file.direction == "received" else []


def _proposal(file: CaseFile) -> dict[str, Any] | None:
    if file.proposal is None:
        return None
    return {
        "body": describe(file.proposal.get("answer") or {}),
        "reasons": [str(one) for one in file.proposal.get("reasons", [])],
    }


def _drafted_request(file: CaseFile) -> Sequence[Any] | None:
    return next(
        (
            describe({name: value for name, value in one["body"].items() if name != "to"})
            for one in file.drafts
            if one["verb"] == "request"
        ),
        None,
    )


def _approvable(file: CaseFile) -> dict[str, Any] | None:
    if "approve" not in file.allowed or not file.drafts:
        return None
    draft = file.drafts[0]
    return {**draft, "body": describe(draft["body"], str(kind_of(draft["verb"]) or ""))}


def _handling(file: CaseFile) -> list[dict[str, str]]:
    """Each restriction once, with what it lies on: a whole message, or elements of one."""
    kinds = {one["mid"]: words(one["kind"], "kind").lower() for one in file.messages}
    on: dict[str, dict[str, set[str]]] = {}
    for entry in file.restrictions:
        for restriction in entry["restrictions"]:
            on.setdefault(restriction, {}).setdefault(kinds[entry["mid"]], set()).add(entry["element"])
    return [
        {"restriction": name, "on": "; ".join(_lies_on(kind, elements) for kind, elements in found.items())}
        for name, found in on.items()
    ]


def _lies_on(kind: str, elements: set[str]) -> str:
    """``rest`` carries what stands in no other element: with it, the restriction was said of the whole."""
    return (
        _("all of the %(kind)s") % {"kind": kind}
        if "rest" in elements
        else f"{kind}: {', '.join(sorted(map(_element, elements)))}"
    )


def _element(name: str) -> str:
    """``markings.0`` as people say it."""
    stem, _dot, number = name.partition(".")
    label = words(stem).lower()
    return f"{label} {int(number) + 1}" if number.isdecimal() else label


def _reminder(one: Mapping[str, Any], who: str) -> dict[str, Any]:
    owed = _("owed by us") if one["owed_by"] == "us" else _("owed by %(who)s") % {"who": who}
    event = _("nears") if one["event"] == "near" else _("has passed")
    return {"at": one["at"], "late": one["late"], "words": f"{words(one['clock'])} ({owed}) {event}"}
