"""What is said about handling: consents, notices of five kinds, objections (ITI 15; Firearms Protocol 12.5)."""

from typing import Any

from protocol.lifecycle import Kind, Overlay
from tracing.desk.pages.acts.form import GIVEN_BY_ANYBODY, HANDLING, ActForm, Points
from tracing.desk.pages.forms import Field, Part, choice, ticks
from tracing.desk.pages.tongue import N_

__all__ = ["HANDLING_ACTS"]

_THEIRS, _OURS = Points("elements", GIVEN_BY_ANYBODY), Points("elements", GIVEN_BY_ANYBODY, ours=True)
_RECIPIENT: tuple[Part, ...] = (
    choice("recipient.kind", N_("To whom"), "recipient.kind", required=True, half=True),
    Field("recipient.state", N_("Which State"), "country", N_("Only for a third State."), half=True),
    Field("recipient.name", N_("Name of the recipient")),
)


def _changes(body: dict[str, Any]) -> dict[str, Any]:
    """The same restrictions for every element ticked: one change each."""
    restrictions, details = body.get("restrictions", []), body.get("restriction_details")
    on = {"restrictions": restrictions} | ({"details": details} if details else {})
    rest = {name: value for name, value in body.items() if name == "note"}
    return rest | {"changes": [element | on for element in body.get("elements", [])]}


def _notice(notice: str, label: str, explain: str, parts: tuple[Part, ...], theirs: str, **more: Any) -> ActForm:
    return ActForm(
        f"notify-{notice.replace('_', '-')}", label, explain, N_("Give the notice"),
        (*parts, Field("note", N_("Note"), "area")), N_("The notice is on its way."), theirs, verb="notify",
        says={"notice": notice}, **more,
    )  # fmt: skip


HANDLING_ACTS = (
    ActForm(
        "consent-request", N_("Ask for consent"), N_("to pass on what they gave us (ITI 15c)"), N_("Ask for consent"),
        (
            Field("elements", N_("What is to be passed on"), "elements", required=True),
            *_RECIPIENT,
            choice("purpose", N_("What for"), "intended_use", required=True),
            Field("purpose_note", N_("Another use, in words")),
            Field("needed_by", N_("Needed by"), "date", N_("Silence is never a yes.")),
            Field("urgent", N_("It is urgent"), "tick"),
        ),
        N_("The request for consent is on its way."), N_("Record their request for consent"), points=(_THEIRS,),
    ),
    ActForm(
        "consent-decision", N_("Decide on a consent"), N_("grant it, bind it to conditions, deny it, or take it back"),
        N_("Decide"),
        (
            Field("about", N_("Which request for consent"), "select", required=True),
            choice("decision", N_("Decision"), "consent.decision", required=True),
            Field("conditions", N_("Conditions"), "area", N_("Required where consent is bound to conditions.")),
            Field("elements", N_("For what"), "elements", N_("Nothing ticked means all that was asked for.")),
            Field("until", N_("Valid until"), "date", N_("Empty: until it is taken back.")),
            Field("reason", N_("Reason"), "area", N_("You may leave it out.")),
            *HANDLING,
        ),
        N_("The decision is on its way."), N_("Record their decision on a consent"),
        points=(
            Points("about", frozenset({Kind.CONSENT_REQUEST}), pending=Overlay.CONSENT_PENDING), _OURS,
        ),
    ),
    _notice(
        "confidentiality", N_("Confidentiality can no longer be guaranteed"),
        N_("say it as soon as law or facts change"),
        (
            Field("scope", N_("What can no longer be kept confidential"), "area", required=True),
            Field("cause", N_("Law or decision that is the cause"), required=True),
            Field("date", N_("From when"), "date"),
        ),
        N_("Record their notice on confidentiality"),
    ),
    _notice(
        "prior_disclosure", N_("Announce a disclosure"), N_("before one that cannot be avoided; they may object"),
        (
            Field("elements", N_("What will be disclosed"), "elements", required=True), *_RECIPIENT,
            Field("cause", N_("Legal basis"), required=True),
            Field("date", N_("When"), "date", required=True),
        ),
        N_("Record their announcement of a disclosure"), points=(_THEIRS,),
    ),
    _notice(
        "restriction_change", N_("Change handling restrictions"), N_("tighten or relax what lies on what we gave"),
        (
            Field("elements", N_("On what"), "elements", required=True),
            ticks("restrictions", N_("What lies on it from now on"), "restrictions",
                N_("Nothing ticked lifts every restriction. It holds from its receipt and undoes nothing done before."),
                without=("text", "delete_by")),
            *HANDLING[1:],
        ),
        N_("Record their change of restrictions"), points=(_OURS,), shape=_changes,
        places={"changes": "elements"},
    ),
    _notice(
        "breach", N_("Report a breach"), N_("something was released that should not have been"),
        (
            Field("scope", N_("What was released, to whom, and how it came about"), "area", required=True),
            Field("measures", N_("What was done about it"), "area", required=True),
            Field("date", N_("When"), "date"),
        ),
        N_("Record their report of a breach"), grave=True,
    ),
    _notice(
        "deletion", N_("Certify a deletion"), N_("that what they gave was deleted, as they asked"),
        (
            Field("elements", N_("What was deleted"), "elements", required=True),
            Field("date", N_("When"), "date", required=True),
        ),
        N_("Record their certificate of a deletion"), points=(_THEIRS,),
    ),
    ActForm(
        "object", N_("Object to a disclosure"), N_("that they announced, and why (Firearms Protocol 12.5)"),
        N_("Object"),
        (
            Field("about", N_("Which announcement"), "select", required=True),
            Field("reason", N_("Why"), "area", required=True),
            Field("proposal", N_("What could be done instead"), "area"),
        ),
        N_("The objection is on its way."), N_("Record their objection"),
        points=(Points("about", frozenset({Kind.HANDLING_NOTICE}), notice="prior_disclosure"),),
    ),
)  # fmt: skip
"""Acts about the handling of what was given."""
