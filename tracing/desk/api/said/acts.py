"""What an act came to: a message said, an attachment brought in, a problem."""

from pydantic import BaseModel

from tracing.desk.api.said.words import Answer, Delivery

__all__ = ["ProblemSaid", "Said"]


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
