"""What a failed try means: of the target, or of this notice alone."""

__all__ = ["NoticeRefused", "TargetAway", "in_one_line"]

MOST_SAID = 200  # characters of an answer that are kept


class TargetAway(Exception):
    """The target cannot be used now, whatever is sent; the message says why, in one sentence."""


class NoticeRefused(Exception):
    """The target does not take this notice. ``is_final``: it never will."""

    def __init__(self, said: str, *, is_final: bool) -> None:
        super().__init__(said)
        self.is_final = is_final


def in_one_line(text: str) -> str:
    """One line of what a server or a system said: printable, and no longer than is kept."""
    seen = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(seen.split())[:MOST_SAID]
