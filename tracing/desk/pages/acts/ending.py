"""How a case ends, how it begins again, and what is told unasked (domain 7b.1 nos. 28 to 30)."""

from protocol.vocabulary import ClosingCode
from tracing.desk.pages.acts.answering import TRANSACTIONS
from tracing.desk.pages.acts.form import HANDLING, ActForm
from tracing.desk.pages.forms import Field, Part, choice
from tracing.desk.pages.tongue import N_

__all__ = ["ENDING"]

_WEAPON_NOW: tuple[Part, ...] = (
    choice("disposition", N_("The weapon now (ITI 9)"), "closure.disposition"),
    Field("statistics", N_("May the case be counted in published statistics?"), "truth", fold=True),
    Field("note", N_("Note"), "area"),
)

ENDING = (
    ActForm(
        "close", N_("Close with feedback"), N_("what the answer led to (MOSAIC 05.31, step 5)"), N_("Close the case"),
        (
            choice("code", N_("Result"), "closure.code", required=True, without=(ClosingCode.NO_RESPONSE_LAPSED,)),
            choice("usefulness", N_("What the answer was worth"), "closure.usefulness"),
            Field("diversion.state", N_("Point of diversion: State"), "country", half=True),
            Field("diversion.date", N_("Date"), "code", N_("Year, month or day."), half=True),
            Field("diversion.place", N_("Place"), half=True),
            Field("diversion.event", N_("What happened"), half=True),
            Field("preventive_action", N_("Preventive action taken"), "area"),
            *_WEAPON_NOW,
        ),
        N_("The case is closed."), N_("Record their closing"),
    ),
    ActForm(
        "close-unanswered", N_("Close as unanswered"), N_("nobody answered, and we wait no longer"),
        N_("Close the case as unanswered"), _WEAPON_NOW, N_("The case is closed as unanswered."), verb="close",
        grave=True, says={"code": ClosingCode.NO_RESPONSE_LAPSED.value},
    ),
    ActForm(
        "reopen", N_("Reopen the case"), N_("for a new fact; its clocks begin anew"), N_("Reopen it"),
        (Field("fact", N_("The new fact"), "area", required=True),),
        N_("The case is open again."), N_("Record that they reopened the case"),
    ),
    ActForm(
        "inform", N_("Inform unasked"), N_("something they may want to know"), N_("Send the information"),
        (
            choice("subject", N_("Subject"), "information.subject", required=True),
            Field("information", N_("Information"), "area", required=True),
            Field("date", N_("Date"), "code", N_("Year, month or day."), half=True),
            Field("place", N_("Place"), half=True),
            Field("related_case", N_("Related case"), "code"),
            TRANSACTIONS, *HANDLING,
        ),
        N_("The information is on its way."), N_("Record what they told unasked"),
    ),
)  # fmt: skip
"""Acts that end a case, open it again, or stand beside it."""
