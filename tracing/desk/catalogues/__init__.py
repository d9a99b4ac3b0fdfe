"""The languages of the desk: their names, their catalogues, and who has read them.

Rules
- The catalogue of a language is ``<language>.po`` in this folder, read as it stands when the language is first spoken:
  there is no compiled copy beside it that could be older, and a wheel or a clone needs no step before it starts.
- Only a complete catalogue lies here (a test holds it); a language without one is not offered.
- A catalogue that no reviewer of the language has read says so in its head, and the foot of every page says it too.

    catalogue("fr").gettext("Due")  ->  "Échéance"
"""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

__all__ = ["FOLDER", "NAMES", "UNREAD", "catalogue", "file_of", "is_unread", "offered"]

FOLDER = Path(__file__).resolve().parent
NAMES = {
    "ar": "العربية", "zh": "中文", "en": "English", "fr": "Français", "ru": "Русский", "es": "Español",
}  # fmt: skip
"""The official languages of the United Nations, each by its own name. English needs no catalogue."""
UNREAD = "Reviewer: none yet"
"""Stands in the head of a catalogue until somebody who speaks the language has read it and puts a name in its place."""


def file_of(language: str) -> Path:
    """Where the catalogue of a language lies, or would lie."""
    return FOLDER / f"{language}.po"


@cache
def offered() -> tuple[str, ...]:
    """The languages somebody can choose."""
    return tuple(each for each in NAMES if each == "en" or file_of(each).exists())


@cache
def catalogue(language: str) -> NullTranslations:
    """The texts of a language that is offered."""
    if language == "en":
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with file_of(language).open("rb") as file:
        found = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, found)
    return GNUTranslations(BytesIO(compiled.getvalue()))


@cache
def is_unread(language: str) -> bool:
    """Whether no reviewer of the language has read its texts."""
    return language != "en" and UNREAD in file_of(language).read_text("utf-8").split("\nmsgid", maxsplit=1)[0]
