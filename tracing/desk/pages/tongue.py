"""The language a page is written in. Every text of the desk goes through ``_`` (or ``ngettext``), in gettext's manner.

Rules
- The language of the person is set before each route is served (``speak``); templates, filters and tables of words
  follow it. Before anybody is signed in it is the first of ``Accept-Language`` that the desk has.
- Tables mark their texts with ``N_`` and are translated when shown, never when the module loads.
- Where one English text needs two translations, ``NP_`` marks it with what it stands for: ``NP_("act", "Answer")``.
- A language without a catalogue speaks English, and the page says ``lang="en"`` so that nobody is misled.

    speak("fr")
    _("Due")
"""

from contextvars import ContextVar
from gettext import NullTranslations

from tracing.desk.catalogues import catalogue, offered

__all__ = [
    "CATALOGUES", "NP_", "N_", "_", "direction", "language", "ngettext", "pgettext", "preferred", "speak", "tag",
]  # fmt: skip

MOST_HEADER = 200  # characters of Accept-Language that are looked at
BESIDE = "\x04"  # gettext's own mark between a context and its text
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
TAGS = {"zh": "zh-Hans"}  # where the script must be said (BCP 47)
_spoken: ContextVar[str] = ContextVar("language of the page", default="en")


class _Catalogues(dict[str, NullTranslations]):
    """Each catalogue from when its language is first spoken."""

    def __missing__(self, wanted: str) -> NullTranslations:
        self[wanted] = catalogue(wanted)
        return self[wanted]


CATALOGUES = _Catalogues()


def speak(wanted: str) -> str:
    """Use this language from here on in this task, English where there is no catalogue; returns what is spoken."""
    spoken = wanted if wanted in offered() else "en"
    _spoken.set(spoken)
    return spoken


def preferred(header: str) -> str:
    """The language of an ``Accept-Language`` header (RFC 9110, 12.5.4) that the desk has, else English."""
    wishes: list[tuple[float, str]] = []
    for wish in header[:MOST_HEADER].lower().split(","):
        name, _sep, weight = wish.partition(";q=")
        try:
            wishes.append((float(weight or 1), name.split(";")[0].strip().split("-")[0]))
        except ValueError:
            continue
    known = [(weight, name) for weight, name in wishes if name in offered() and weight > 0]
    return max(known, key=lambda wish: wish[0])[1] if known else "en"


def language() -> str:
    """The language spoken in this task."""
    return _spoken.get()


def tag(of: str) -> str:
    """What ``lang`` must say for a language."""
    return TAGS.get(of, of)


def direction(of: str) -> str:
    """What ``dir`` must say for a language."""
    return "rtl" if of in RIGHT_TO_LEFT else "ltr"


def _(text: str) -> str:
    """The text in the language of the page."""
    found = CATALOGUES[_spoken.get()].gettext(text) if text else ""
    return found.rpartition(BESIDE)[2]


def pgettext(context: str, text: str) -> str:
    """The text in the language of the page, as it is said of ``context``."""
    return _(NP_(context, text))


def ngettext(one: str, many: str, count: int) -> str:
    """The text that fits the number, which the caller then fills in."""
    return CATALOGUES[_spoken.get()].ngettext(one, many, count)


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "mark, and translate when shown"
    """The text itself, marked for the catalogues."""
    return text


def NP_(context: str, text: str) -> str:  # noqa: N802 - as N_
    """The same for a text that is said differently of different things."""
    return f"{context}{BESIDE}{text}"
