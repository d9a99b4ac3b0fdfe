"""Calibres: how they are written, their normal form, and names that mean the same cartridge (domain 7a; ITI 17(b)).

Rules
- The text as marked is kept whatever is made of it here. A normal form is a reading of that text, an alias a hint to
  an officer; neither ever takes the place of what is stamped.
- The notations read: metric ``bore x case`` with a rim flag (7.62x39 mm, 7.62x54R), a decimal of an inch (.45 ACP),
  a gauge with its case (12/70), and a bore alone for launchers and mortars (40 mm).
- Lengths are text in millimetres, because the wire has no fractions: ``"7.62"``.
- Two cartridges of one bore are two: 12.7x99 is not 12.7x108.

Example
    >>> CalibreForm.read("7,62 x 54 R")
    CalibreForm(bore_mm='7.62', case_mm='54', rim='rimmed', gauge=None, inch=None)
    >>> [one.name for one in alike("9 mm Parabellum")], alike("railgun")
    (['9x19'], ())
"""

import re
from dataclasses import dataclass
from typing import Self

from protocol.vocabulary.sources import Source

__all__ = ["CALIBRES", "MAX_CALIBRE_CHARS", "RIMS", "Calibre", "CalibreForm", "alike", "key"]

MAX_CALIBRE_CHARS = 60  # "7.62x51 mm NATO / .308 Winchester" has 33; longer is a remark, and is not read
RIMS = {"": "rimless", "R": "rimmed", "SR": "semi_rimmed", "B": "belted"}

_LENGTH = r"[0-9]{1,3}(?:\.[0-9]{1,2})?"
_METRIC = re.compile(rf"({_LENGTH}) ?[x×*] ?({_LENGTH}) ?(?:mm)? ?(SR|R|B)?(?: ?mm)?(?: .*)?", re.IGNORECASE)
_GAUGE = re.compile(r"([0-9]{1,2}) ?/ ?([0-9]{2,3})(?: ?mm)?")
_BORE = re.compile(rf"({_LENGTH}) ?mm", re.IGNORECASE)
_INCH = re.compile(r"(?:0?\.)([0-9]{2,3})(?: .*)?")


@dataclass(frozen=True, slots=True)
class CalibreForm:
    """What a text says about the bore: millimetres of bore and case and the rim, or a gauge, or a part of an inch."""

    bore_mm: str | None = None
    case_mm: str | None = None
    rim: str | None = None
    gauge: str | None = None
    inch: str | None = None

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The normal form of a text in one of the notations, or None."""
        plain = " ".join(text.replace(",", ".").split())
        if len(plain) > MAX_CALIBRE_CHARS:
            return None
        if metric := _METRIC.fullmatch(plain):
            return cls(_short(metric[1]), _short(metric[2]), RIMS[(metric[3] or "").upper()])
        if gauge := _GAUGE.fullmatch(plain):
            return cls(case_mm=gauge[2], gauge=gauge[1])
        if bore := _BORE.fullmatch(plain):
            return cls(bore_mm=_short(bore[1]))
        inch = _INCH.fullmatch(plain)
        return cls(inch=f"0.{inch[1]}") if inch else None


def _short(length: str) -> str:
    """7.620 is 7.62, 09 is 9."""
    whole, _, part = length.partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{part}" if part else "")


@dataclass(frozen=True, slots=True)
class Calibre:
    """One cartridge: its name, its measures, and the names that mean it. ``near``: not the same, often taken so."""

    name: str
    bore_mm: str
    case_mm: str
    rim: str
    aliases: tuple[str, ...]
    near: tuple[str, ...] = ()
    source: Source = Source.PRACTICE


CALIBRES: tuple[Calibre, ...] = (
    Calibre("6.35x16SR", "6.35", "16", "semi_rimmed", (".25 ACP", ".25 Auto", "6.35 mm Browning", "6.35 mm")),
    Calibre("7.65x17SR", "7.65", "17", "semi_rimmed", (".32 ACP", ".32 Auto", "7.65 mm Browning", "7.65x17")),
    Calibre("7.62x25", "7.62", "25", "rimless", ("7.62 mm Tokarev", "7.62 Tokarev", "7.62x25 TT")),
    Calibre("9x17", "9", "17", "rimless", (".380 ACP", ".380 Auto", "9 mm Short", "9 mm Kurz", "9 mm Browning Short")),
    Calibre("9x18", "9", "18", "rimless", ("9 mm Makarov", "9x18 Makarov", "9x18 PM")),
    Calibre("9x19", "9", "19", "rimless", ("9 mm Luger", "9 mm Parabellum", "9 mm Para", "9 Luger", "9 mm NATO")),
    Calibre("11.43x23", "11.43", "23", "rimless", (".45 ACP", ".45 Auto")),
    Calibre("5.45x39", "5.45", "39", "rimless", ()),
    Calibre("5.56x45", "5.56", "45", "rimless", ("5.56 mm NATO",), near=(".223 Rem", ".223 Remington")),
    Calibre("7.62x39", "7.62", "39", "rimless", ("7.62 mm Soviet",)),
    Calibre("7.62x51", "7.62", "51", "rimless", ("7.62 mm NATO",), near=(".308 Win", ".308 Winchester")),
    Calibre("7.62x54R", "7.62", "54", "rimmed", ("7.62 mm Mosin",)),
    Calibre("7.62x63", "7.62", "63", "rimless", (".30-06", ".30-06 Springfield")),
    Calibre("12.7x99", "12.7", "99", "rimless", (".50 BMG", "12.7 mm NATO")),
    Calibre("12.7x108", "12.7", "108", "rimless", ()),
)
"""Common cartridges and what else they are called; knowledge of the trade, which may grow."""

_PASSED_OVER = re.compile(r"\s+|mm\b|(?<![0-9])0?\.")


def key(text: str) -> str:
    """How names are compared: small letters, without blanks, the unit, and the point a name begins with."""
    return _PASSED_OVER.sub("", text.casefold().replace(",", ".").replace("×", "x"))


def alike(text: str) -> tuple[Calibre, ...]:
    """The cartridges a text may mean, by measure or by name: a hint, and never a reason to write another text."""
    form, wanted = CalibreForm.read(text), key(text)
    return tuple(
        one for one in CALIBRES if _measures(one, form) or wanted in map(key, (one.name, *one.aliases, *one.near))
    )


def _measures(one: Calibre, form: CalibreForm | None) -> bool:
    return form is not None and (one.bore_mm, one.case_mm, one.rim) == (form.bore_mm, form.case_mm, form.rim)
