"""What the API answers of attachments, described."""

from typing import Literal

from pydantic import Field

from tracing.desk.api.said.words import Answer

__all__ = ["AskedSaid", "AttachmentSaid", "CopySaid"]


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
