"""The forms of a case, one for each act, by name: a table of fields whose names are the members of the act's body.

An act is a verb of the API or one variant of it: each of the five notices has a form with only the fields it needs, and
so has the closing of a case nobody answered.

ACTS["refuse"].parts   ->  the ground of ITI 22 and its reason
ACTS["notify-breach"].act  ->  "notify"
"""

from typing import Any

from tracing.desk.pages.acts.answering import ANSWERING
from tracing.desk.pages.acts.asking import ASKING
from tracing.desk.pages.acts.ending import ENDING
from tracing.desk.pages.acts.explaining import EXPLAINING
from tracing.desk.pages.acts.form import ActForm, Points
from tracing.desk.pages.acts.handling import HANDLING_ACTS
from tracing.desk.pages.acts.limiting import LIMITING
from tracing.desk.pages.forms import Field
from tracing.desk.pages.tongue import N_

__all__ = ["ACTS", "CHANNELS", "GIVEN", "ActForm", "Points", "recorded_body"]

ACTS: dict[str, ActForm] = {
    form.name: form for form in (*ANSWERING, *LIMITING, *ASKING, *EXPLAINING, *HANDLING_ACTS, *ENDING)
}

CHANNELS = ("letter", "note_verbale", "email", "telephone", "interpol", "siena", "meeting", "other")
GIVEN = (
    Field("channel", N_("How it came"), "select", options=CHANNELS, of="channel", required=True, half=True),
    Field("received", N_("Received on"), "date", N_("Empty for today."), half=True),
    Field("note", N_("Where the original is kept"), "area"),
)
"""What is asked of every reply that came by another channel."""


def recorded_body(verb: str, given: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """The body of ``record``: what the counterpart said, and how it reached us."""
    return given | {"kind": verb, "body": said}
