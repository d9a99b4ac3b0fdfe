"""Calendar feeds."""

from typing import Literal

from tracing.desk.api.said.words import Answer

__all__ = ["FeedList", "FeedSaid"]


class FeedSaid(Answer):
    """One feed. ``path`` is shown to whoever makes it, once; ``used``: when it was read last, within ten minutes."""

    feed: int
    whose: Literal["mine", "team"]
    user: str
    made: str
    used: str | None
    path: str | None


class FeedList(Answer):
    """The feeds that live; the list has one page."""

    items: list[FeedSaid]
    next: None = None
