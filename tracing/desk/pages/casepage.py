"""What the page of one case shows, from its file: pure, so that every state of a case can be looked at in a test.

view = case_view(file, here, partners, request)
"""

from collections.abc import Mapping
from typing import Any

from protocol.errors import KeyRevoked
from protocol.lifecycle import Kind, kind_of
from tracing.casework.casefile import CaseFile
from tracing.casework.elements.prepared import ERASE
from tracing.desk.pages.asked import asked_view, drafted_view
from tracing.desk.pages.attached import attached, drafted
from tracing.desk.pages.content import ALONE, Around, describe
from tracing.desk.pages.elements import arounds_of, body_shown, href_of, is_effective
from tracing.desk.pages.gists import gist_of
from tracing.desk.pages.handling import consents_of, restrictions_of
from tracing.desk.pages.lacking import has_no_reason, href_to_ask, request_lacks
from tracing.desk.pages.moments import BINDING, Badge, Here, standing_badge
from tracing.desk.pages.pending import priorities_of, reminders_of, running_of
from tracing.desk.pages.rows import name_of, weapon_of
from tracing.desk.pages.steps import step_of
from tracing.desk.pages.text import code
from tracing.desk.pages.titles import plain_title
from tracing.desk.pages.tongue import _
from tracing.desk.pages.words import words
from tracing.partners import Partner, Partners

__all__ = ["answers_of", "case_view"]

ANSWERS = frozenset(
    {
        Kind.INTERIM_RESPONSE, Kind.FINAL_RESPONSE, Kind.CORRECTION, Kind.RESTRICTION_NOTICE, Kind.REFUSAL,
        Kind.DELAY_NOTICE, Kind.NOT_COMPETENT, Kind.REFERRAL,
    }
)  # fmt: skip
STAGES = {"queued": "calm", "sent": "note", "accepted": "note", "opened": "good", "rejected": "late"}


def case_view(
    file: CaseFile, here: Here, partners: Partners, request: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Everything of the page but its forms. ``request``: the request as it stands, amendments included."""
    partner, who = partners.get(file.counterpart), name_of(file.counterpart, partners)
    arounds = arounds_of(file, here)
    told = {one["mid"]: _message(one, file, who, arounds[one["mid"]]) for one in file.messages}
    running = next((one for one in file.deadlines if one["due"] == file.due and one["ended"] is None), None)
    return {
        "file": file, "who": who, "weapon": weapon_of(file.weapon), "plain_title": plain_title(weapon_of(file.weapon)),
        "their_reference": _reference(file),
        "box_href": f"/{file.direction}", "box_name": _("Received") if file.direction == "received" else _("Sent"),
        "badge": standing_badge(here, file.due, file.standing, running["basis"] if running else None)
        if file.due else Badge("calm", _("No date")),
        "first_due": running["original_due"] if running and running["original_due"] != running["due"] else None,
        "step": step_of(file.direction, file.state, file.overlays, file.waiting_on).why,
        "running": [
            (one, told[one.mid]["body"] if one.act else None)
            for one in sorted(running_of(file, here, who), key=lambda one: one.owed_by != "us")
        ],
        "untaken": _untaken(file, told),
        "unexplained": [one for one in told.values() if one["no_reason"] and not one["kept"]],
        "priorities": priorities_of(file),
        "reminded": reminders_of(file, who),
        "printable": _is_printable(file, partner),
        "by_letter": partner is not None and not partner.on_node, "unsigned": _unsigned(partner, who),
        "asked": asked_view(file, request or {}, arounds, here), "drafted": drafted_view(file),
        "answers": [told[one["mid"]] for one in answers_of(file)], "line": list(told.values()),
        "lacks": request_lacks(request or {}) if file.direction == "received" else [],
        "proposal": _proposal(file),
        "deadlines": [_deadline(one, here) for one in sorted(file.deadlines, key=lambda one: one["ended"] is not None)],
        "delivery": [_delivery(one, file, here) for one in file.delivery], "handling": restrictions_of(file),
        "consents": consents_of(file, here, who),
        "reminders": [_reminder(one, who) for one in file.reminders],
        "drafts": file.drafts, "approve": _approvable(file, arounds),
    }  # fmt: skip


def answers_of(file: CaseFile) -> list[dict[str, Any]]:
    """What the requested State said to it, the newest first; what is without effect stays in the course only."""
    return [one for one in reversed(file.messages) if one["kind"] in ANSWERS and is_effective(one)]


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


def _unsigned(partner: Partner | None, who: str) -> list[str]:
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
    return notes


def _untaken(file: CaseFile, told: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Messages of ours that the counterpart refuses; a request of these that is withdrawn is nobody's task any more."""
    parked = {one["mid"]: one["last_error"] or "" for one in file.delivery if one["parked"] and one["mid"] in told}
    if file.state == "withdrawn" and any(told[mid]["kind"] == Kind.TRACE_REQUEST for mid in parked):
        return []
    return [
        told[mid] | {"reason": why or _("no reason given"), "is_revoked": why.endswith(KeyRevoked.code)}
        for mid, why in parked.items()
    ]


def _message(one: Mapping[str, Any], file: CaseFile, who: str, around: Around) -> dict[str, Any]:
    """One message in words: who said what, whether it counts, what it lacks, and its proof."""
    ours = one["signature"] == "own"
    proof = [
        (_("Message"), code(one["mid"])), (_("Statement"), code(one["statement"]) if one["statement"] else ""),
        (_("Logged here"), one["received"]),
        (_("Signature"), _mark(one).words),
    ]  # fmt: skip
    sent = next((each for each in file.delivery if each["mid"] == one["mid"]), None)
    return {
        "id": href_of(one["mid"])[1:], "kind": one["kind"], "sent": one["sent"], "ours": ours,
        "from": _("us") if ours else who, "gist": gist_of(one), "kept": _kept(one, sent), "actor": one["actor"],
        "note": one["note"], "mark": _mark(one), "delivery": _stage(sent) if sent else None,
        "body": describe(body_shown(one), one["kind"], around), "whole": around.marks.get("rest"),
        "no_reason": has_no_reason(one), "lacks": [] if one["kind"] == Kind.TRACE_REQUEST else one["lacks"],
        "ask_href": href_to_ask(file, one), "not_understood": one["not_understood"],
        "proof": [(term, value) for term, value in proof if value],
        "attachments": [attached(each, one["mid"], file.case, ours=ours) for each in one.get("attachments", ())],
    }  # fmt: skip


def _kept(one: Mapping[str, Any], sent: Mapping[str, Any] | None) -> str:
    """Why a message has no effect, or nothing."""
    if is_effective(one):
        return ""
    if sent is not None and sent["stage"] == "rejected":
        return _("refused there (%(code)s): it has no effect, and the case stands as before") % {"code": sent["code"]}
    return _("not allowed when it was said; kept without effect")


def _mark(one: Mapping[str, Any]) -> Badge:
    """The signature of a message, in words."""
    if one["signature"] == "verified":
        return Badge("good", _("signature verified"))
    if one["signature"] == "own":
        return Badge("calm", _("sent by letter") if one["channel"] else _("signed by us"))
    return Badge(
        "soon", _("not signed by the counterpart: came by %(channel)s") % {"channel": words(one["channel"]).lower()}
    )


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
    if one["bundle"]:
        facts = {"at": _plain(here, one["bundled"]), "bundle": one["bundle"]}
        lines.append(_("went by file %(at)s, in the bundle %(bundle)s") % facts)
    if one["carrier"] == "file" and one["stage"] in ("queued", "sent"):
        lines.append(_("goes by file: it is in every bundle until a receipt for it comes in one of theirs"))
    if one["last_error"] and one["stage"] in ("queued", "sent"):
        lines.append(_("last try failed: %(error)s") % {"error": one["last_error"]})
    if one["next_try"]:
        lines.append(
            _("next try %(at)s (%(count)s so far)") % {"at": _plain(here, one["next_try"]), "count": one["attempts"]}
        )
    return {"kind": kind, "badge": _stage(one), "lines": lines, "arrived": bool(one["opened"])}


def _plain(here: Here, value: str) -> str:
    return here.moment(value).striptags()


def _deadline(one: Mapping[str, Any], here: Here) -> dict[str, Any]:
    if one["ended"]:
        return {**one, "badge": _met(one, here)}
    badge = standing_badge(here, one["due"], one["standing"], one["basis"], is_paused=one["paused"])
    return {**one, "badge": badge}


def _met(one: Mapping[str, Any], here: Here) -> Badge:
    """A duty that is done: on what day, and whether within its limit; late only against what binds both."""
    on = _("done %(day)s") % {"day": here.day(one["ended"]).striptags()}
    if one["standing"] != "overdue":
        return Badge("good", on)
    return Badge("soon", f"{on}, " + (_("late") if one["basis"] in BINDING else _("beyond our own target")))


def _proposal(file: CaseFile) -> dict[str, Any] | None:
    if file.proposal is None:
        return None
    return {
        "body": describe(file.proposal.get("answer") or {}),
        "reasons": [str(one) for one in file.proposal.get("reasons", [])],
    }


def _approvable(file: CaseFile, arounds: Mapping[str, Around]) -> dict[str, Any] | None:
    if "approve" not in file.allowed or not file.drafts:
        return None
    draft = file.drafts[0]
    around = next(iter(arounds.values()), ALONE)  # what a draft points at is of this case as well
    around = Around({}, around.messages, around.elements)
    said = {name: value for name, value in draft["body"].items() if name != "attachments"}
    if draft["verb"] == ERASE:  # what goes, as an element, with the reason
        said = {"elements": [{"mid": said["mid"], "element": said["element"]}], "reason": said["why"]}
    files = [drafted(one, draft["draft"], file.case) for one in draft.get("attachments", ())]
    return {**draft, "body": describe(said, str(kind_of(draft["verb"]) or ""), around), "attachments": files}


def _reminder(one: Mapping[str, Any], who: str) -> dict[str, Any]:
    owed = _("owed by us") if one["owed_by"] == "us" else _("owed by %(who)s") % {"who": who}
    event = _("nears") if one["event"] == "near" else _("has passed")
    return {"at": one["at"], "late": one["late"], "words": f"{words(one['clock'])} ({owed}) {event}"}
