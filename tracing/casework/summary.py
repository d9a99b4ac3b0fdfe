"""The few lines a list shows of a case, and the words it is found by.

The summary rests encrypted; the words are stored as HMAC tokens only (``store/content.py``).
"""

from typing import Any

from protocol.messages import Message
from protocol.names import DossierId
from tracing.records.serials import match_key

__all__ = ["dossier_of", "is_dossier", "summarise", "words_of"]

_WEAPON = ("class", "type", "make", "model", "calibre", "country_of_manufacture", "serial")
MOST_WORDS = 60


def summarise(body: dict[str, Any]) -> dict[str, Any]:
    """What a list shows of a request: the weapon, the reference, a title such as "Glock 17, ABC123"."""
    weapon = body.get("weapon") or {}
    short = {name: weapon.get(name) for name in _WEAPON}
    serial = {name: (weapon.get("serial") or {}).get(name) for name in ("text", "status", "component")}
    short["serial"] = serial
    named = " ".join(str(short[name]) for name in ("make", "model") if short[name])
    mark = serial["text"] or (serial["status"] or "unknown").replace("_", " ")
    title = f"{named or str(short['type'] or 'weapon').replace('_', ' ')}, {mark}"
    return {"weapon": short, "reference": body.get("reference"), "contact": body.get("contact"), "title": title}


def dossier_of(message: Message, requester: str) -> str | None:
    """The dossier a request belongs to when it names one of its requester's by id.

    A mere label stays inside the sealed content, and so does the id of another State's dossier: what is said to all of
    a dossier must never reach a second State.
    """
    try:
        dossier = DossierId(str(getattr(message, "dossier", None)))
    except ValueError:
        return None
    return dossier if dossier.requester == requester else None


def is_dossier(thread: str) -> bool:
    """Whether a statement speaks of a whole dossier rather than one case."""
    return DossierId.FORM.fullmatch(thread) is not None


def words_of(summary: dict[str, Any]) -> set[str]:
    """Normalised words to search by: folded serial, make, model, reference, each token of them."""
    weapon = summary.get("weapon") or {}
    serial = (weapon.get("serial") or {}).get("text")
    words = {f"serial:{match_key(serial)}"} if serial else set()
    for text in (weapon.get("make"), weapon.get("model"), summary.get("reference"), serial):
        words |= {word for word in str(text or "").casefold().split()[:MOST_WORDS] if word}
        if text:
            words.add(str(text).casefold().strip())
    return words
