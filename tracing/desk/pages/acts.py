"""The forms of a case, one for each verb: a table of fields whose names are the members of the act's body.

form_of("refuse").parts -> the ground of ITI 22 and its reason
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from protocol.vocabulary import (
    AnswerBasis,
    ClosingCode,
    Completeness,
    DataWish,
    DatePrecision,
    Disposition,
    InformationItem,
    LimitGround,
    NoRecordReason,
    OperationalCause,
    OutcomeCode,
    Restriction,
    StockStatus,
    TransactionType,
    Usefulness,
    WithdrawalReason,
)
from protocol.vocabulary.word import Word
from tracing.desk.pages.forms import Field, Part, Rows
from tracing.desk.pages.tongue import N_

__all__ = ["ACTS", "CHANNELS", "GIVEN", "ActForm", "recorded_body"]

CHANNELS = ("letter", "note_verbale", "email", "telephone", "interpol", "siena", "meeting", "other")


def _words(of: type[Word], *without: str) -> tuple[str, ...]:
    return tuple(word.value for word in of if word.value not in without)


@dataclass(frozen=True, slots=True)
class ActForm:
    """One verb as a page offers it."""

    verb: str
    label: str
    explain: str
    button: str
    parts: tuple[Part, ...]
    grave: bool = False
    shape: Callable[[dict[str, Any]], dict[str, Any]] = dict  # what the body still needs after its fields were read


def _answer_shape(body: dict[str, Any]) -> dict[str, Any]:
    """A tick that says "this is not the last word" becomes ``final``; coverage of a register is a truth."""
    shaped = {name: value for name, value in body.items() if name != "interim"}
    if "searched" in shaped:
        shaped["searched"] = [{"complete": False} | row for row in shaped["searched"]]
    return shaped | ({"final": False} if body.get("interim") else {})


def _acknowledge_shape(body: dict[str, Any]) -> dict[str, Any]:
    """Declining urgency is a statement of its own; saying nothing about it is none."""
    shaped = {name: value for name, value in body.items() if name != "urgency_declined"}
    return shaped | ({"urgency_accepted": False} if body.get("urgency_declined") else {})


_RESTRICTIONS = Field(
    "restrictions", N_("How this may be handled"), "ticks", N_("ITI 15. The receiving node enforces what it says."),
    _words(Restriction, "text", "delete_by")
)  # fmt: skip
_OUTCOMES = Rows(
    "outcomes", N_("What was found"),
    (
        Field("code", N_("Finding"), "select", options=_words(OutcomeCode), of="outcome", required=True),
        Field("reason", N_("Why there is no record"), "select", N_("Only with the finding \u201cno record\u201d."),
            _words(NoRecordReason)),
        Field("state", N_("Other State"), "code", N_("Three letters of ISO 3166-1, e.g. BRA."), half=True),
        Field("date", N_("Date"), "code", N_("Year, month or day: 2016, 2016-04, 2016-04-02."), half=True),
        Field("licence", N_("Licence"), "code", half=True),
        Field("consignee", N_("Consignee"), half=True),
        Field("holder", N_("Last legal holder"), half=True),
        Field("stock", N_("State stock"), "select", options=_words(StockStatus), half=True),
        Field("candidates", N_("Weapons that fit"), "lines", N_("One a line."), fold=True),
        Field("note", N_("Note")),
        Field(
            "restrictions", N_("Handling of this finding alone"), "ticks",
            options=_words(Restriction, "text", "delete_by"), fold=True,
        ),
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
_TRANSACTIONS = Rows(
    "transactions", N_("Transactions"),
    (
        Field("type", N_("Transaction"), "select", options=_words(TransactionType), half=True),
        Field("date", N_("Date"), "code", half=True),
        Field("precision", N_("Precision"), "select", options=_words(DatePrecision), half=True),
        Field("licence", N_("Licence"), "code", half=True),
        Field("from_state", N_("From State"), "code", half=True),
        Field("to_state", N_("To State"), "code", half=True),
        Field("note", N_("Note")),
    ),
    add=N_("Add another transaction"), fold=True,
)  # fmt: skip
_GROUND = Field(
    "ground", N_("Ground of paragraph 22"), "select", options=_words(LimitGround), of="ground", required=True
)

ACTS: dict[str, ActForm] = {
    form.verb: form
    for form in (
        ActForm(
            "acknowledge", N_("Acknowledge"), N_("say that an authority has it in hand (ITI 19)"),
            N_("Acknowledge receipt"),
            (
                Field("reference", N_("Our reference"), "code", half=True),
                Field("unit", N_("Handling unit"), half=True),
                Field("expected_date", N_("Answer expected by"), "date"),
                Field("urgency_declined", N_("We cannot treat it as urgent"), "tick"),
                Field("urgency_reason", N_("Why not"), hint=N_("Only where urgency was asked for and is declined.")),
            ),
            shape=_acknowledge_shape,
        ),
        ActForm(
            "answer", N_("Answer"), N_("all available information sought (ITI 18, 20)"), N_("Answer"),
            (
                _OUTCOMES, _SEARCHED, _TRANSACTIONS,
                Field("completeness", N_("Completeness"), "select", options=_words(Completeness), required=True,
                    half=True),
                Field("next_state", N_("State to ask next"), "code", N_("Where the weapon was exported to."),
                    half=True),
                Field("basis", N_("The answer rests on"), "ticks", options=_words(AnswerBasis)),
                Field("note", N_("Note"), "area"), _RESTRICTIONS,
                Field("interim", N_("This is an interim answer; more will follow"), "tick"),
                Field("open", N_("What is still open"), hint=N_("Only in an interim answer.")),
            ),
            shape=_answer_shape,
        ),
        ActForm(
            "ask", N_("Ask for information"), N_("what is missing from the request (ITI 21)"), N_("Ask"),
            (
                Rows(
                    "items", N_("What is missing"),
                    (
                        Field("code", N_("Item"), "select", options=_words(InformationItem), required=True),
                        Field("question", N_("Question"), "area"),
                        Field("blocking", N_("We cannot go on without it: the clock of our answer waits"), "tick"),
                    ),
                    add=N_("Add another question"),
                ),
                Field("needed_by", N_("Needed by"), "date"),
            ),
        ),
        ActForm(
            "supply", N_("Supply information"), N_("what they asked for, or more (ITI 21)"), N_("Supply it"),
            (
                Rows(
                    "answers", N_("Information"),
                    (
                        Field("code", N_("Item"), "select", options=_words(InformationItem)),
                        Field("question", N_("Question it answers")), Field("answer", N_("Information"), "area"),
                        Field("not_available", N_("Not available"), "tick"),
                    ),
                    add=N_("Add another item"),
                ),
                Field("note", N_("Note"), "area"),
            ),
        ),
        ActForm(
            "delay", N_("Announce a delay"), N_("with a ground of ITI 22, or what the work waits for"),
            N_("Announce the delay"),
            (
                Field("ground", N_("Ground of paragraph 22"), "select",
                    N_("Leave empty where only the work takes longer."), _words(LimitGround), "ground"),
                Field("cause", N_("What the work waits for"), "select", N_("Not a ground of the Instrument."),
                    _words(OperationalCause)),
                Field("reason", N_("Reason"), "area",
                    N_("ITI 23: whoever delays on a ground of paragraph 22 gives the reasons.")),
                Field("new_date", N_("New date"), "date"),
            ),
        ),
        ActForm(
            "refuse", N_("Refuse"), N_("on one of the four grounds of ITI 22, with its reason (ITI 23)"),
            N_("Refuse the request"),
            (
                _GROUND, Field("reason", N_("Reason"), "area",
                    N_("ITI 23: the requester is told why and may ask for clarification."), required=True),
                Field("resubmission", N_("A new request could succeed"), "tick"),
                Field("other_channel", N_("Another way that could succeed"),
                    hint=N_("For example mutual legal assistance.")),
            ),
            grave=True,
        ),
        ActForm(
            "withdraw", N_("Withdraw"), N_("the request is no longer needed"), N_("Withdraw the request"),
            (
                Field("reason", N_("Reason"), "select", options=_words(WithdrawalReason), required=True),
                Field("data", N_("What they already gave us"), "select", options=_words(DataWish)),
                Field("note", N_("Note"), "area"),
            ),
            grave=True,
        ),
        ActForm(
            "close", N_("Close with feedback"), N_("what the answer led to (MOSAIC 05.31, step 5)"),
            N_("Close the case"),
            (
                Field("code", N_("Result"), "select", options=_words(ClosingCode), required=True),
                Field("usefulness", N_("What the answer was worth"), "select", options=_words(Usefulness)),
                Field("disposition", N_("The weapon now (ITI 9)"), "select", options=_words(Disposition)),
                Field("preventive_action", N_("Preventive action taken"), "area"),
                Field("note", N_("Note"), "area"),
            ),
        ),
    )
}  # fmt: skip

GIVEN = (
    Field("channel", N_("How it came"), "select", options=CHANNELS, required=True, half=True),
    Field("received", N_("Received on"), "date", N_("Empty for today."), half=True),
    Field("note", N_("Where the original is kept"), "area"),
)
"""What is asked of every reply that came by another channel."""


def recorded_body(verb: str, given: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """The body of ``record``: what the counterpart said, and how it reached us."""
    return given | {"kind": verb, "body": said}
