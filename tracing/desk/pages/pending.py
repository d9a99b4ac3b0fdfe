"""What runs beside the state of a case, in sentences: what was asked, by which message, and who owes the next move."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from protocol.lifecycle import Kind, Overlay
from tracing.casework.casefile import CaseFile
from tracing.desk.pages.content import Link
from tracing.desk.pages.elements import href_of, is_effective
from tracing.desk.pages.moments import Here
from tracing.desk.pages.tongue import N_, _, ngettext
from tracing.desk.pages.words import words

__all__ = ["Running", "asks_us", "priorities_of", "reminders_of", "running_of"]


@dataclass(frozen=True, slots=True)
class Running:
    """One message that makes something run: the sentence, who owes what follows, and our act that ends it."""

    overlay: str
    words: str
    owed_by: str  # "us", "them" or "" where nobody owes anything more than the answer itself
    link: Link
    mid: str
    act: str = ""


# Said by us, said by them, and the act that answers it.
_SENTENCES: Mapping[str, tuple[str, str, str]] = {
    Overlay.INFORMATION_PENDING: (
        N_("We asked %(who)s for information"), N_("%(who)s asks us for information"), "supply",
    ),
    Overlay.DELAYED: (N_("We announced a delay"), N_("%(who)s announced a delay"), ""),
    Overlay.CLARIFICATION_PENDING: (N_("We asked %(who)s to explain"), N_("%(who)s asks us to explain"), "explain"),
    Overlay.CONSENT_PENDING: (
        N_("We asked %(who)s for consent"), N_("%(who)s asks for our consent"), "consent-decision",
    ),
    Overlay.URGENCY_DISPUTED: (
        N_("We do not treat it as urgent"), N_("%(who)s does not treat it as urgent"), "prioritise",
    ),
}  # fmt: skip
_OWES_NOTHING = frozenset({Overlay.DELAYED, Overlay.URGENCY_DISPUTED})


def running_of(file: CaseFile, here: Here, who: str) -> list[Running]:
    """Everything that runs, message by message."""
    said = {one["mid"]: one for one in file.messages}
    return [
        _running(overlay, said[mid], here, who) for overlay, mids in file.pending.items() for mid in mids if mid in said
    ]


def _running(overlay: str, one: Mapping[str, Any], here: Here, who: str) -> Running:
    ours = one["signature"] == "own"
    by_us, by_them, act = _SENTENCES[overlay]
    owed = "" if overlay in _OWES_NOTHING else "them" if ours else "us"
    link = Link(href_of(one["mid"]), here.day(one["sent"]).striptags())
    return Running(overlay, _(by_us if ours else by_them) % {"who": who}, owed, link, one["mid"], "" if ours else act)


def asks_us(file: CaseFile) -> list[str]:
    """The acts that what runs asks of us, each once."""
    said = {one["mid"]: one for one in file.messages}
    theirs = (
        _SENTENCES[overlay][2]
        for overlay, mids in file.pending.items()
        if overlay not in _OWES_NOTHING
        for mid in mids
        if mid in said and said[mid]["signature"] != "own"
    )
    return list(dict.fromkeys(act for act in theirs if act))


def reminders_of(file: CaseFile, who: str) -> list[dict[str, Any]]:
    """How often each side reminded the other of what, and when last."""
    found: dict[tuple[bool, str], list[Mapping[str, Any]]] = {}
    for one in file.messages:
        if one["kind"] == Kind.REMINDER and is_effective(one):
            key = (one["signature"] == "own", str(one["body"].get("duty") or ""))
            found.setdefault(key, []).append(one)
    return [
        {
            "words": _times(ours, who, len(all_of)), "duty": duty, "last": all_of[-1]["sent"],
            "href": href_of(all_of[-1]["mid"]),
        }
        for (ours, duty), all_of in found.items()
    ]  # fmt: skip


def _times(ours: bool, who: str, count: int) -> str:  # noqa: FBT001 - whose reminders they are
    if ours:
        text = ngettext("We reminded %(who)s once", "We reminded %(who)s %(count)s times", count)
    else:
        text = ngettext("%(who)s reminded us once", "%(who)s reminded us %(count)s times", count)
    return text % {"who": who, "count": count}


def priorities_of(file: CaseFile) -> list[dict[str, Any]]:
    """Every priority the request had, the first one included, where it ever changed."""
    given = [
        {"priority": one["body"].get("priority"), "sent": one["sent"], "href": href_of(one["mid"])}
        for one in file.messages
        if one["kind"] in (Kind.TRACE_REQUEST, Kind.PRIORITY_CHANGE) and is_effective(one)
    ]
    return [one | {"words": words(one["priority"], "priority")} for one in given] if len(given) > 1 else []
