"""What the API takes, described. The bodies are those of ``protocol.messages``; casework judges them, not these."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from protocol.messages import BY_KIND, FinalResponse, TraceRequest
from protocol.vocabulary.handling import RecipientKind
from tracing.casework.channels import Noted
from tracing.casework.enquiries.entered import Question, Renewal, Reply, Withdrawn
from tracing.casework.particulars import CHANNELS
from tracing.casework.verbs import VERBS

__all__ = [
    "ChannelEntered",
    "DossierEntered", "ElementErased", "EnquiryEntered", "ProofEntered", "RenewalEntered", "ReplyEntered",
    "WithdrawnEntered", "body_of",
]  # fmt: skip


class RequestEntered(TraceRequest):
    """A tracing request (ITI 17) and the counterpart it goes to."""

    to: str = Field(description="The id of a pinned counterpart, such as at")
    pass_on: list[str | dict[str, str]] = Field(
        default=[],
        description="elements given in the case named by parent that go along, such as outcomes.0; a restriction of "
        "their provider that forbids it refuses the request",
    )


class AnswerEntered(FinalResponse):
    """An answer; with ``"final": false`` an interim one."""

    final: bool = True


class ApprovalEntered(BaseModel):
    """What is approved was drafted; ``draft`` (as ``drafts`` of the case names it) or If-Match says which one is meant.

    Without either, what was drafted after its reader last looked is refused (``precondition-required``).
    """

    draft: str | None = None


class RecordEntered(BaseModel):
    """A reply that came by another channel: the verb it amounts to and what it says, as if it had come by wire."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(description=f"one of {', '.join(sorted(VERBS))}")
    channel: str = Field(description="letter, note_verbale, email, telephone, ...")
    received: str = Field(description="the day it came, or the instant")
    body: dict[str, Any] = {}
    note: str = ""


class DossierEntered(BaseModel):
    """One seizure: what stands outside ``weapons`` holds for each of them."""

    model_config = ConfigDict(extra="allow")

    to: str
    title: str
    weapons: list[dict[str, Any]] = Field(
        description="1 to 1,000 objects, each with what differs: weapon, found, ...; one with a ``to`` of its own is "
        "asked about there, in a dossier of that counterpart"
    )


class EnquiryEntered(Question):
    """Whom to ask at home, what, and which members of the request he is told."""


class ReplyEntered(Reply):
    """A reply that reached us otherwise than by its form."""

    channel: str = Field(description=f"one of {', '.join(CHANNELS)}")
    received: str | None = Field(default=None, description="the day it came; today when none is named")


class WithdrawnEntered(Withdrawn):
    """Why the reply is no longer needed."""


class ChannelEntered(Noted):
    """Another channel used for the same weapon."""


class RenewalEntered(Renewal):
    """The new date, if it changes."""


class ProofEntered(BaseModel):
    """What is released: elements of one message, to whom and for what. The file itself says nothing of the last two."""

    model_config = ConfigDict(extra="forbid")

    mid: str
    elements: list[str] = Field(
        description="names such as weapon or outcomes.0; conditions they stand under come along"
    )
    to: str = Field("", description="an authority, or who else receives the file (ourselves); kept in the audit trail")
    purpose: RecipientKind = RecipientKind.OWN_AUTHORITY


class ElementErased(BaseModel):
    """What is erased, and why; the reason is kept in the audit trail."""

    model_config = ConfigDict(extra="forbid")

    mid: str
    element: str
    why: str


_OWN: dict[str, type[BaseModel]] = {
    "request": RequestEntered, "answer": AnswerEntered, "approve": ApprovalEntered, "record": RecordEntered,
}  # fmt: skip


def body_of(verb: str) -> type[BaseModel]:
    """The model of what is entered with a verb."""
    return _OWN.get(verb) or BY_KIND[VERBS[verb].kind]
