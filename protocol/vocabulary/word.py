"""One word of a closed list: it is its own wire form, and knows its source.

Example
    >>> class Ground(Word):
    ...     UNMARKED = "unmarked", Source.ITI_6C
    >>> Ground("unmarked").source.value
    'ITI 6(c)'
"""

from enum import StrEnum
from typing import Self, TypeVar

from protocol.vocabulary.sources import Source

__all__ = ["Word", "known"]

W = TypeVar("W", bound="Word")


class Word(StrEnum):
    """Members are written ``NAME = wire word, source``; the value is the wire word."""

    _value_: str
    source: Source

    def __new__(cls, word: str, source: Source) -> Self:
        member = str.__new__(cls, word)
        member._value_ = word
        member.source = source
        return member


def known(words: type[W], text: str | None) -> W | None:
    """The word a text is, or None where a newer version's word (or none at all) came."""
    return next((word for word in words if word.value == text), None)
