"""Reasons and their explanation, and the reminder of what is owed (ITI 23; domain 7b.1 nos. 14, 15, 25)."""

from protocol.lifecycle import Kind, Overlay
from tracing.desk.pages.acts.form import TO_EXPLAIN, ActForm, Points
from tracing.desk.pages.forms import Field, choice
from tracing.desk.pages.tongue import N_

__all__ = ["EXPLAINING"]

_ASKED = Points("about", frozenset({Kind.CLARIFICATION_REQUEST}), pending=Overlay.CLARIFICATION_PENDING)

EXPLAINING = (
    ActForm(
        "clarify", N_("Ask for clarification"), N_("of a reason, a limit or an answer (ITI 23)"), N_("Ask for it"),
        (
            Field("about", N_("Which message"), "select", required=True),
            Field("question", N_("Question"), "area", required=True),
        ),
        N_("The question is on its way."), N_("Record their request for clarification"),
        points=(Points("about", TO_EXPLAIN),),
    ),
    ActForm(
        "explain", N_("Explain"), N_("what they asked about, or that no more can be said (ITI 23)"), N_("Explain"),
        (
            Field("about", N_("Which question"), "select", required=True),
            Field("explanation", N_("Explanation"), "area"),
            Field("no_further_explanation", N_("No further explanation is possible"), "tick"),
            Field("reason", N_("Why no more can be said"),
                hint=N_("Required where no further explanation is possible.")),
        ),
        N_("The explanation is on its way."), N_("Record their explanation"), points=(_ASKED,),
    ),
    ActForm(
        "remind", N_("Remind"), N_("of what they owe; it is counted and changes nothing else"), N_("Remind them"),
        (
            choice("duty", N_("Of what"), "reminder.duty", N_("Empty: of what presses most.")),
            Field("note", N_("Note"), "area"),
        ),
        N_("The reminder is on its way."), N_("Record their reminder"),
    ),
)  # fmt: skip
"""Acts about reasons and duties."""
