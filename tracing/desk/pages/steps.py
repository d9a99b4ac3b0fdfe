"""Why a case stands in a list, and what the next step is: one table by direction and state.

step_of("received", "delivered", (), "us") -> Step("New request, not yet acknowledged", "Acknowledge", "acknowledge")
"""

from collections.abc import Collection
from dataclasses import dataclass

from tracing.desk.pages.tongue import N_, NP_, _, pgettext

__all__ = ["Step", "step_of"]


@dataclass(frozen=True, slots=True)
class Step:
    """A reason in one sentence, the words of the next step, and the form it opens ("" where reading is the step)."""

    why: str
    next: str
    verb: str = ""


_STEPS: dict[tuple[str, str], tuple[str, str, str]] = {
    ("received", "sent"): (N_("New request, not yet acknowledged"), N_("Acknowledge"), "acknowledge"),
    ("received", "delivered"): (N_("New request, not yet acknowledged"), N_("Acknowledge"), "acknowledge"),
    ("received", "acknowledged"): (N_("Acknowledged; the answer is owed"), NP_("act", "Answer"), "answer"),
    ("received", "in_progress"): (N_("In progress; the answer is owed"), NP_("act", "Answer"), "answer"),
    ("received", "partial"): (N_("Partly answered; the rest is owed"), N_("Complete the answer"), "answer"),
    ("received", "answered"): (N_("Answered; their feedback is awaited"), NP_("act", "Open"), ""),
    ("received", "refused"): (N_("Refused; the requester may ask for clarification"), NP_("act", "Open"), ""),
    ("received", "misdirected"): (N_("We said that we are not competent"), NP_("act", "Open"), ""),
    ("received", "closed"): (N_("Closed by the requester"), NP_("act", "Open"), ""),
    ("received", "withdrawn"): (N_("Withdrawn by the requester"), NP_("act", "Open"), ""),
    ("sent", "draft"): (N_("Prepared, not yet released"), NP_("act", "Open"), ""),
    ("sent", "sent"): (N_("On its way; not yet opened there"), NP_("act", "Open"), ""),
    ("sent", "delivered"): (N_("Opened there; their acknowledgement is awaited"), NP_("act", "Open"), ""),
    ("sent", "acknowledged"): (N_("Acknowledged; their answer is awaited"), NP_("act", "Open"), ""),
    ("sent", "in_progress"): (N_("In progress there"), NP_("act", "Open"), ""),
    ("sent", "partial"): (N_("Partly answered; the rest is awaited"), NP_("act", "Open"), ""),
    ("sent", "answered"): (N_("Answered: read it, then close with feedback"), N_("Read and close"), "close"),
    ("sent", "refused"): (N_("Refused: read the ground and the reason"), N_("Read and close"), "close"),
    ("sent", "misdirected"): (N_("They are not competent: ask elsewhere"), N_("Read and close"), "close"),
    ("sent", "rejected_invalid"): (N_("Could not be read there: it must be sent again"), NP_("act", "Open"), ""),
    ("sent", "closed"): (N_("Closed"), NP_("act", "Open"), ""),
    ("sent", "withdrawn"): (N_("Withdrawn by us"), NP_("act", "Open"), ""),
}


_OPEN = frozenset({"sent", "delivered", "acknowledged", "in_progress", "partial"})
_BESIDE: dict[tuple[str, str], tuple[str, str, str]] = {
    ("clarification_pending", "us"): (N_("They ask for clarification and wait for it"), N_("Explain"), "explain"),
    ("clarification_pending", "them"): (N_("We asked for clarification; it is awaited"), NP_("act", "Open"), ""),
    ("consent_pending", "us"): (N_("They ask for our consent"), N_("Decide"), "consent-decision"),
    ("consent_pending", "them"): (N_("We asked for consent; silence is none"), NP_("act", "Open"), ""),
}
"""What runs beside a state in which no answer is owed: (overlay, who owes the move)."""


def step_of(direction: str, state: str, overlays: Collection[str], waiting_on: str | None) -> Step:
    """What a list says of a case."""
    if "information_pending" in overlays and direction == "sent":
        return Step(
            _("They ask for information and wait for it") if waiting_on == "us" else _("They ask for information"),
            _("Supply it"),
            "supply",
        )
    if "information_pending" in overlays and waiting_on == "them":
        return Step(_("We asked for information; it is awaited"), pgettext("act", "Open"))
    beside = [(one, waiting_on) for one in ("clarification_pending", "consent_pending") if one in overlays]
    if state not in _OPEN and (found := next((_BESIDE[one] for one in beside if one in _BESIDE), None)):
        return Step(_(found[0]), _(found[1]), found[2])
    why, following, verb = _STEPS.get((direction, state), (N_("Waits here"), NP_("act", "Open"), ""))
    if "delayed" in overlays and direction == "sent":
        return Step(_("They announced a delay"), _(following), verb)
    return Step(_(why), _(following), verb)
