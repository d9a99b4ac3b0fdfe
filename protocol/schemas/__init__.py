"""What travels, as JSON Schemas (draft 2020-12) for those who write another node: made from the models, never by hand.

- ``published()`` gives every document by its path in this folder. A test holds the files equal to it; ``make schemas``
  writes them.
- A schema says what is *taken*: JSON types and sizes, and almost nothing is required. Words and members of newer
  versions are taken too, so no closed list is an ``enum``.
- What our own node says beside that stands under names that begin with ``x-``: ``x-needed`` (the content an instrument
  asks for, the question put when it is missing, and whether null may stand for "not known"), ``x-words`` (the closed
  list with the source of each word), ``x-form`` (how a date, a country or a language is written), ``x-elements`` (which
  members are signed as elements of their own), ``x-sources`` and ``x-number`` (where the message comes from).
"""

from protocol.schemas.published import published
from protocol.schemas.spelling import DIALECT

__all__ = ["DIALECT", "published"]
