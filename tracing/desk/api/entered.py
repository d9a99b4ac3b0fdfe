"""What the API takes, described. The bodies are those of ``protocol.messages``; casework judges them, not these."""

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from protocol.messages import BY_KIND, FinalResponse, TraceRequest
from protocol.messages.parts import ElementRef
from protocol.vocabulary.handling import RecipientKind
from tracing.casework.channels import Noted
from tracing.casework.enquiries.entered import Question, Renewal, Reply, Withdrawn
from tracing.casework.particulars import CHANNELS
from tracing.casework.verbs import VERBS

__all__ = [
    "ChannelEntered",
    "ContentAsked",
    "ContentGiven",
    "DossierEntered",
    "ElementErased",
    "EnquiryEntered",
    "FeedEntered",
    "OwnerEntered",
    "ProofEntered",
    "RenewalEntered",
    "ReplyEntered",
    "SnoozeEntered",
    "WithdrawnEntered",
    "body_for_all",
    "body_of",
]  # fmt: skip


Pointed = Annotated[
    list[str | ElementRef],
    Field(
        description='names such as "outcomes.0", which mean the last message that gave elements, or {"mid", "element"}'
    ),
]
Attachments = Annotated[
    list[str],
    Field(max_length=64, description="ids that POST /api/v1/attachments gave; each goes with one message"),
]
PassOn = Annotated[
    list[str | ElementRef],
    Field(
        max_length=100,
        description="elements given in the parent case that go along, such as outcomes.0; a restriction of their "
        "provider that forbids it refuses the act",
    ),
]


class RequestEntered(TraceRequest):
    """A tracing request (ITI 17) and the counterpart it goes to."""

    to: str = Field(description="The id of a pinned counterpart, such as at")
    pass_on: PassOn = Field(default=[])


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
    received: str | None = Field(default=None, description="the day it came, such as 2026-11-20; today")
    body: dict[str, Any] = {}
    note: str = ""
    attachments: Annotated[list[str], Field(description="ids of scans that POST /api/v1/attachments gave")] = []


class DossierEntered(BaseModel):
    """One seizure: what stands outside ``weapons`` holds for each of them."""

    model_config = ConfigDict(extra="allow")

    to: str
    title: str
    weapons: list[dict[str, Any]] = Field(
        description="1 to 1,000 objects, each with what differs: weapon, found, ...; one with a ``to`` of its own is "
        "asked about there, in a dossier of that counterpart"
    )


class FeedEntered(BaseModel):
    """Whose dates a calendar shows: those of the person who asks, or all of the authority."""

    model_config = ConfigDict(extra="forbid")

    whose: Literal["mine", "team"]


class EnquiryEntered(Question):
    """Whom to ask at home, what, and which members of the request he is told."""


class ReplyEntered(Reply):
    """A reply that reached us otherwise than by its form."""

    channel: str = Field(description=f"one of {', '.join(CHANNELS)}")
    received: str | None = Field(default=None, description="the day it came; today when none is named")


class WithdrawnEntered(Withdrawn):
    """Why the reply is no longer needed."""


class SnoozeEntered(BaseModel):
    """Until when a reminder waits."""

    model_config = ConfigDict(extra="forbid")
    until: str = Field(description="An instant such as 2026-12-24T08:00:00Z, or a day: its beginning here")


class OwnerEntered(BaseModel):
    """Whose a case is from now on."""

    model_config = ConfigDict(extra="forbid")
    owner: str | None = Field(description="an officer or approver of this node; null: nobody")


class ContentAsked(BaseModel):
    """Which case an auditor asks to read, and why."""

    model_config = ConfigDict(extra="forbid")
    case: str
    reason: str = Field(min_length=1, max_length=2000)


class ContentGiven(BaseModel):
    """For how many days the content of a case is released."""

    model_config = ConfigDict(extra="forbid")
    days: int = Field(default=14, ge=1, le=90)


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


_UNBORNE = frozenset({"approve", "record"})  # one releases what was drafted, the other has its own


def body_for_all(verb: str) -> type[BaseModel]:
    """The same for all of a dossier: nothing is attached there."""
    return _OWN.get(verb) or BY_KIND[VERBS[verb].kind]


@cache
def body_of(verb: str) -> type[BaseModel]:
    """The model of what is entered with a verb: the message, and what the node makes of names and files."""
    base = body_for_all(verb)
    if verb in _UNBORNE:
        return base
    more: dict[str, Any] = {"attachments": (Attachments, [])}
    more |= {name: (Pointed, []) for name in ("elements", "replaces") if name in base.model_fields}
    more |= {"pass_on": (PassOn, [])} if "passed_on" in base.model_fields else {}
    name = "".join(part.capitalize() for part in verb.split("-"))
    return create_model(f"{name}InCase", __base__=base, __doc__=base.__doc__, **more)
