"""What the requested authority says of the weapon: that it has the request, what it finds, and whom to ask next."""

from typing import Any

from tracing.desk.pages.acts.form import ANSWERS, HANDLING, ActForm, Points
from tracing.desk.pages.forms import Field, Part, Rows, choice, ticks
from tracing.desk.pages.tongue import N_

__all__ = ["ANSWERING", "TRANSACTIONS"]


def _interim(body: dict[str, Any]) -> dict[str, Any]:
    """A tick that says "this is not the last word" becomes ``final``; coverage of a register is a truth."""
    shaped = _covered({name: value for name, value in body.items() if name != "interim"})
    return shaped | ({"final": False} if body.get("interim") else {})


def _covered(body: dict[str, Any]) -> dict[str, Any]:
    if "searched" not in body:
        return body
    return body | {"searched": [{"complete": False} | row for row in body["searched"]]}


def _urgency(body: dict[str, Any]) -> dict[str, Any]:
    """Declining urgency is a statement of its own; saying nothing about it is none."""
    shaped = {name: value for name, value in body.items() if name != "urgency_declined"}
    return shaped | ({"urgency_accepted": False} if body.get("urgency_declined") else {})


_NO_DETAILS = ("text", "delete_by")
_OUTCOMES = Rows(
    "outcomes", N_("What was found"),
    (
        choice("code", N_("Finding"), "outcomes.code", required=True),
        choice("reason", N_("Why there is no record"), "outcomes.reason",
            N_("Only with the finding \u201cno record\u201d.")),
        Field("state", N_("Other State"), "country", half=True),
        Field("date", N_("Date"), "code", N_("Year, month or day: 2016, 2016-04, 2016-04-02."), half=True),
        Field("licence", N_("Licence"), "code", half=True),
        Field("consignee", N_("Consignee"), half=True),
        Field("holder", N_("Last legal holder"), half=True),
        choice("stock", N_("State stock"), "outcomes.stock", half=True),
        Field("candidates", N_("Weapons that fit"), "lines", N_("One a line."), fold=True),
        Field("suggestion", N_("What it may be instead"), fold=True),
        Field("note", N_("Note")),
        ticks("restrictions", N_("Handling of this finding alone"), "restrictions", without=_NO_DETAILS, fold=True),
    ),
    add=N_("Add another finding"),
)  # fmt: skip
_SEARCHED = Rows(
    "searched", N_("Registers searched"),
    (
        Field("register", N_("Register"), half=True),
        Field("complete", N_("No gaps in these years"), "tick", half=True),
        Field("from", N_("From year"), "code", half=True),
        Field("to", N_("To year"), "code", half=True),
    ),
    hint=N_("Required with \u201cno record\u201d: which registers, which years, and whether they are complete."),
    add=N_("Add another register"),
)  # fmt: skip
TRANSACTIONS = Rows(
    "transactions", N_("Transactions"),
    (
        choice("type", N_("Transaction"), "transactions.type", half=True),
        Field("date", N_("Date"), "code", half=True),
        choice("precision", N_("Precision"), "transactions.precision", half=True),
        Field("licence", N_("Licence"), "code", half=True),
        Field("from_state", N_("From State"), "country", half=True),
        Field("to_state", N_("To State"), "country", half=True),
        Field("note", N_("Note")),
    ),
    add=N_("Add another transaction"), fold=True,
)  # fmt: skip
_RESTS_ON: tuple[Part, ...] = (
    Field("next_state", N_("State to ask next"), "country", N_("Where the weapon was exported to."), half=True),
    ticks("basis", N_("The answer rests on"), "basis"),
)

ANSWERING = (
    ActForm(
        "acknowledge", N_("Acknowledge"), N_("say that an authority has it in hand (ITI 19)"),
        N_("Acknowledge receipt"),
        (
            Field("reference", N_("Our reference"), "code", half=True),
            Field("unit", N_("Handling unit"), half=True),
            Field("expected_date", N_("Answer expected by"), "date"),
            Field("urgency_declined", N_("We cannot treat it as urgent"), "tick"),
            Field("urgency_reason", N_("Why not"), hint=N_("Only where urgency was asked for and is declined.")),
            Field("restrictions_accepted", N_("The restrictions on the request are accepted"), "truth", fold=True),
        ),
        N_("Acknowledged."), N_("Record their acknowledgement"), shape=_urgency,
        places={"urgency_accepted": "urgency_declined"},
    ),
    ActForm(
        "answer", N_("Answer"), N_("all available information sought (ITI 18, 20)"), N_("Answer"),
        (
            _OUTCOMES, _SEARCHED, TRANSACTIONS,
            choice("completeness", N_("Completeness"), "completeness", required=True, half=True),
            *_RESTS_ON, Field("note", N_("Note"), "area"), *HANDLING,
            Field("interim", N_("This is an interim answer; more will follow"), "tick"),
            Field("open", N_("What is still open"), hint=N_("Only in an interim answer.")),
        ),
        N_("The answer is on its way."), N_("Record their answer"), shape=_interim,
    ),
    ActForm(
        "ask", N_("Ask for information"), N_("what is missing from the request (ITI 21)"), N_("Ask"),
        (
            Rows(
                "items", N_("What is missing"),
                (
                    choice("code", N_("Item"), "items.code", required=True),
                    Field("question", N_("Question"), "area"),
                    Field("blocking", N_("We cannot go on without it: the clock of our answer waits"), "tick"),
                ),
                add=N_("Add another question"),
            ),
            Field("needed_by", N_("Needed by"), "date"),
        ),
        N_("The question is on its way."), N_("Record their question"),
    ),
    ActForm(
        "progress", N_("Report progress"), N_("what is being done; it sets no date (ITI 18)"), N_("Report it"),
        (
            Field("doing", N_("What is being done"), "area", required=True),
            Field("expected_date", N_("Answer expected by"), "date"),
        ),
        N_("The report is on its way."), N_("Record their report of progress"),
    ),
    ActForm(
        "refer", N_("Refer to another State"), N_("whom to ask next, and what may be shown there"), N_("Refer them"),
        (
            Field("state", N_("State to ask next"), "country", required=True, half=True),
            Field("authority", N_("Authority there"), half=True),
            Field("date", N_("Date of the export"), "code", N_("Year, month or day."), half=True),
            Field("licence", N_("Licence"), "code", half=True),
            choice("consent", N_("May what we gave be shown there?"), "consent.decision",
                N_("Left empty, consent is not given (ITI 15c)."), without=("revoked",)),
            Field("conditions", N_("Conditions"), "area", N_("Required where consent is bound to conditions.")),
            Field("elements", N_("What may be shown"), "elements"),
            Field("explanation", N_("Explanation"), "area"),
        ),
        N_("The referral is on its way."), N_("Record their referral"),
        points=(Points("elements", ANSWERS, ours=True),),
    ),
    ActForm(
        "correct", N_("Correct the answer"), N_("what was wrong falls, what is right stands in its place (ITI 18)"),
        N_("Correct it"),
        (
            Field("replaces", N_("What is corrected"), "elements", required=True),
            choice("cause", N_("Cause"), "correction.cause"),
            Field("reason", N_("Why the answer is corrected"), "area", required=True),
            _OUTCOMES, _SEARCHED, TRANSACTIONS,
            choice("completeness", N_("Completeness"), "completeness", half=True),
            *_RESTS_ON, *HANDLING,
        ),
        N_("The correction is on its way."), N_("Record their correction"), shape=_covered,
        points=(Points("replaces", ANSWERS, ours=True),),
    ),
)  # fmt: skip
"""Acts of the requested authority about the weapon."""
