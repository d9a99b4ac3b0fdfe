"""The forms of domestic enquiries, as tables: what an officer asks, and what an addressee replies.

Their fields are the members of ``casework/enquiries/entered.py``.
"""

from typing import Any

from tracing.casework.channels import OTHER_CHANNELS
from tracing.casework.enquiries.entered import (
    CIRCUMSTANCES,
    PARTICULARS,
    USUALLY_TOLD,
    AddresseeKind,
    Result,
)
from tracing.casework.particulars import CHANNELS
from tracing.desk.pages.forms import Field, Posted, Rows, read
from tracing.desk.pages.tongue import N_
from tracing.records.national import EVENTS

__all__ = ["ASK", "BEGUN", "CHANNEL", "RECORD", "RENEW", "REPLY", "reply_of"]

ASK = (
    Field("addressee.kind", N_("Who is asked"), "select", options=tuple(AddresseeKind), of="addressee",
        required=True, half=True),
    Field("addressee.name", N_("Name"), required=True, half=True),
    Field("addressee.contact", N_("Contact"), hint=N_("Address, e-mail or telephone; for our own file.")),
    Field("question", N_("Question"), "area", required=True),
    Field(
        "told", N_("What of the request is told"), "ticks",
        N_("Only what is chosen. Circumstances of the other State are refused where its restrictions forbid them "
            "(ITI 15)."),
        (*PARTICULARS, *CIRCUMSTANCES), of="told",
    ),
    Field("due", N_("Reply by"), "date", N_("Empty for two weeks from today.")),
)  # fmt: skip
BEGUN: dict[str, Any] = {"told": list(USUALLY_TOLD)}
"""What a new form of ``ASK`` begins with."""

REPLY = (
    Field("result", N_("Was it found in your records?"), "select", options=tuple(Result), of="found", required=True),
    Rows(
        "searched", N_("What was searched"),
        (
            Field("register", N_("Register, book or archive"), half=True),
            Field("complete", N_("No gaps in these years"), "tick", half=True),
            Field("from", N_("From year"), "code", half=True),
            Field("to", N_("To year"), "code", half=True),
            Field("gaps", N_("What is missing in it")),
        ),
        hint=N_("Please say where you looked, even where you found nothing: the years it covers, and its gaps."),
        add=N_("Add another register"),
    ),
    Field("event", N_("What is recorded"), "select", N_("Where it was found."), EVENTS, half=True),
    Field("date", N_("Date"), "code", N_("Year, month or day: 2016, 2016-04, 2016-04-02."), half=True),
    Field("party", N_("From or to whom"), half=True),
    Field("licence", N_("Licence"), "code", half=True),
    Field("state", N_("Other State"), "code", N_("Three letters of ISO 3166-1, e.g. BRA."), fold=True),
    Field("note", N_("Note"), "area"),
)  # fmt: skip
RECORD = (
    Field("channel", N_("How it came"), "select", options=CHANNELS, required=True, half=True),
    Field("received", N_("Received on"), "date", N_("Empty for today."), half=True),
    *REPLY,
)
CHANNEL = (
    Field("channel", N_("Channel"), "select", options=OTHER_CHANNELS, required=True, half=True),
    Field("date", N_("Date"), "code", N_("Year, month or day: 2016, 2016-04, 2016-04-02."), half=True),
    Field("reference", N_("Reference there"), "code"),
    Field("note", N_("Note"), "area"),
)
RENEW = (Field("due", N_("New date"), "date", N_("Empty to keep the date.")),)


def reply_of(parts: tuple[Any, ...], posted: Posted) -> dict[str, Any]:
    """The body of a reply: coverage of a register is a truth, said or not."""
    body = read(parts, posted)
    if "searched" in body:
        body["searched"] = [{"complete": False} | row for row in body["searched"]]
    return body
