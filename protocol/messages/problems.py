"""What is wrong with something we wanted to say, and what is missing in something we were told.

- ``Problem`` is for our own officers: nothing with a problem is ever signed. ``Incomplete`` carries all at once.
- ``Lack`` is for a message that arrived: it is accepted all the same (a missing content of ITI 17 is asked for under
  ITI 21, never rejected by software), and the question to ask stands ready.
- ``Gap`` is both, before it is known which.
"""

from dataclasses import dataclass, replace

from protocol.vocabulary.sources import Source

__all__ = ["Gap", "Incomplete", "Lack", "Problem"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One member of our own message: ``member`` is its path (``illicit.0.citation``), ``source`` the rule's."""

    member: str
    expected: str
    got: str
    source: str


@dataclass(frozen=True, slots=True)
class Lack:
    """One content that a received message lacks: the paragraph that asks for it, and the question for the sender."""

    member: str
    paragraph: str
    question: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A rule that a message does not meet.

    Without a ``question`` it concerns our own messages only; with ``blocks`` false our own may be said all the same.
    """

    member: str
    expected: str
    got: str
    source: Source
    question: str = ""
    blocks: bool = True

    def under(self, path: str) -> "Gap":
        """The same gap, seen from outside the part it is in."""
        return replace(self, member=path + self.member)


class Incomplete(ValueError):
    """Our own message may not be said as it is. ``problems`` holds every one of them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{one.member}: expected {one.expected}, got {one.got}" for one in problems))
