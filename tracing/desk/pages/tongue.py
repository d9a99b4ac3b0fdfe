"""The language a page is written in. Every text of the desk goes through ``_`` (or ``ngettext``), in gettext's manner.

Rules
- The language of the person is set once per answer (``speak``); templates, filters and tables of words follow it.
- Tables mark their texts with ``N_`` and are translated when shown, never when the module loads.
- A language without a catalogue speaks English, and the page says ``lang="en"`` so that nobody is misled.

    speak("fr")
    _("Due")
"""

from contextvars import ContextVar
from gettext import NullTranslations

__all__ = ["CATALOGUES", "N_", "_", "direction", "language", "ngettext", "speak"]

CATALOGUES: dict[str, NullTranslations] = {"en": NullTranslations()}
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
_spoken: ContextVar[str] = ContextVar("language of the page", default="en")


def speak(wanted: str) -> str:
    """Use this language from here on in this task, English where there is no catalogue; returns what is spoken."""
    spoken = wanted if wanted in CATALOGUES else "en"
    _spoken.set(spoken)
    return spoken


def language() -> str:
    """What ``<html lang>`` must say."""
    return _spoken.get()


def direction(of: str) -> str:
    """What ``<html dir>`` must say for a language."""
    return "rtl" if of in RIGHT_TO_LEFT else "ltr"


def _(text: str) -> str:
    """The text in the language of the page."""
    return CATALOGUES[_spoken.get()].gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    """The text that fits the number, which the caller then fills in."""
    return CATALOGUES[_spoken.get()].ngettext(one, many, count)


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "mark, and translate when shown"
    """The text itself, marked for the catalogues."""
    return text
