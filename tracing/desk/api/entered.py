"""What the API takes, described. The bodies are those of ``protocol.messages``; casework judges them, not these."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from protocol.messages import BY_KIND, FinalResponse, TraceRequest
from tracing.casework.verbs import VERBS

__all__ = ["DossierEntered", "body_of"]


class RequestEntered(TraceRequest):
    """A tracing request (ITI 17) and the counterpart it goes to."""

    to: str = Field(description="The id of a pinned counterpart, such as at")


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
    weapons: list[dict[str, Any]] = Field(description="1 to 1,000 objects, each with what differs: weapon, found, ...")


_OWN: dict[str, type[BaseModel]] = {
    "request": RequestEntered, "answer": AnswerEntered, "approve": ApprovalEntered, "record": RecordEntered,
}  # fmt: skip


def body_of(verb: str) -> type[BaseModel]:
    """The model of what is entered with a verb."""
    return _OWN.get(verb) or BY_KIND[VERBS[verb].kind]
