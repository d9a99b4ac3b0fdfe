"""What the requester says of its request once it is made: more of it, a change of it, its urgency, that it is over."""

from protocol.messages import AMENDABLE
from tracing.desk.pages.acts.form import ActForm
from tracing.desk.pages.forms import Field, Part, Rows, choice
from tracing.desk.pages.request_fields import SECTIONS, Section
from tracing.desk.pages.tongue import N_

__all__ = ["ASKING"]


def _amendable(section: Section) -> tuple[Part, ...]:
    """What of a section an amendment may change, under its heading."""
    parts = tuple(part for part in section.parts if part.name.partition(".")[0] in AMENDABLE)
    name = "weapon" if section.key == "weapon" else f"section.{section.key}"  # what misses all stands at the weapon
    return (Field(name, section.title, "heading", section.source), *parts)


_AMENDED = tuple(part for section in SECTIONS for part in _amendable(section))

ASKING = (
    ActForm(
        "supply", N_("Supply information"), N_("what they asked for, or more (ITI 21)"), N_("Supply it"),
        (
            Rows(
                "answers", N_("Information"),
                (
                    choice("code", N_("Item"), "items.code"),
                    Field("question", N_("Question it answers")), Field("answer", N_("Information"), "area"),
                    Field("not_available", N_("Not available"), "tick"),
                    Field("reason", N_("Why not"), fold=True),
                ),
                add=N_("Add another item"),
            ),
            Field("note", N_("Note"), "area"),
        ),
        N_("The information is on its way."), N_("Record the information they supplied"),
    ),
    ActForm(
        "amend", N_("Amend the request"), N_("a serial read again, a mark recovered, a ground added (ITI 17)"),
        N_("Amend it"),
        (
            choice("reason", N_("Why it is amended"), "amendment.reason", required=True),
            Field("explanation", N_("Explanation"), "area",
                N_("Below is the request as it stands: change what is wrong. "
                    "What you leave is not sent again; what you empty stays as it was.")),
            *_AMENDED,
        ),
        N_("The amendment is on its way."), N_("Record their amendment"), only_changes=True,
    ),
    ActForm(
        "prioritise", N_("Change the priority"), N_("more or less urgent than it was, and why"),
        N_("Change the priority"),
        (
            choice("priority", N_("Priority"), "priority", required=True),
            Field("justification", N_("Why"), "area", required=True),
        ),
        N_("The new priority is on its way."), N_("Record their change of priority"),
    ),
    ActForm(
        "withdraw", N_("Withdraw"), N_("the request is no longer needed"), N_("Withdraw the request"),
        (
            choice("reason", N_("Reason"), "withdrawal.reason", required=True),
            choice("data", N_("What they already gave us"), "withdrawal.data"),
            Field("note", N_("Note"), "area"),
        ),
        N_("The request is withdrawn."), N_("Record their withdrawal"), grave=True,
    ),
)  # fmt: skip
"""Acts of the requester about its request."""
