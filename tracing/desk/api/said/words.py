"""Words that several answers share, and what all answers are."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

__all__ = ["Answer", "Delivery", "Direction", "Owed", "Standing"]

Delivery = Literal["draft", "queued", "sent", "accepted", "opened", "rejected", "recorded"]
Standing = Literal["on_time", "due_soon", "overdue"]
Direction = Literal["sent", "received"]
Owed = Literal["us", "them"]


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")
