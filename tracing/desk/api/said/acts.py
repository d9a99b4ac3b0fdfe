"""What an act came to: a message said, an attachment brought in, a problem."""

from typing import Literal

from pydantic import BaseModel, Field

from tracing.desk.api.said.words import Answer, Delivery

__all__ = ["AskedSaid", "AttachmentSaid", "CopySaid", "ProblemSaid", "Said"]


class ProblemSaid(BaseModel):
    """RFC 9457. ``code`` is stable; ``problems`` stands with the code ``incomplete``."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    problems: list[dict[str, str]] | None = None


class Said(Answer):
    """What an act came to. ``delivery`` is ``recorded`` where nothing travels by wire: a letter, a reply entered."""

    case: str
    state: str
    counterpart: str
    mid: str | None
    delivery: Delivery


class CopySaid(Answer):
    """The review copy of a photograph: it travels at once, its original when it is asked for."""

    name: str
    type: str
    length: int


class AttachmentSaid(Answer):
    """What was brought in. ``attachment`` goes into the member ``attachments`` of one act."""

    attachment: str
    name: str
    type: str
    length: int
    sha256: str
    removed: list[str]
    notice: str
    copy_: CopySaid | None = Field(alias="copy")


class AskedSaid(Answer):
    """An original was asked for; it comes when its sender's node has heard of it."""

    case: str
    mid: str
    n: int
    state: Literal["waiting"]
