"""The name of a maker as a key, so that ``S&W``, ``Smith & Wesson`` and ``SMITH AND WESSON INC.`` meet.

General knowledge of the trade, a hint only: what was written is kept beside it. Brand and maker are two things (a
licence producer marks the designer's name), so two different keys do not prove two different weapons.

    make_key("Forjas Taurus S.A.") == make_key("TAURUS")
"""

import re

from tracing.records.grades import words_key

__all__ = ["make_key"]

_ALIASES = {
    "sw": "smithwesson",
    "smithandwesson": "smithwesson",
    "fn": "fnherstal",
    "fnh": "fnherstal",
    "fabriquenationale": "fnherstal",
    "fabriquenationaleherstal": "fnherstal",
    "cz": "ceskazbrojovka",
    "hk": "hecklerkoch",
    "hecklerundkoch": "hecklerkoch",
    "imi": "israelmilitaryindustries",
    "iwi": "israelweaponindustries",
    "forjastaurus": "taurus",
    "taurusarmas": "taurus",
    "amadeorossi": "rossi",
    "pietroberetta": "beretta",
    "fabbricadarmipietroberetta": "beretta",
    "sturmruger": "ruger",
    "companhiabrasileiradecartuchos": "cbc",
    "carlwalther": "walther",
    "colts": "colt",
    "zastavaarms": "zastava",
}
# As words of their own at the end of a name: forms of companies, and what they all make.
_FORMS = re.compile(
    r"[\s,]+(s\.?\s?a\.?|s\.?p\.?a\.?|inc\.?|ltda?\.?|llc|gmbh|a\.?\s?g\.?|co\.?|corp\.?|company|a\.?\s?s\.?|d\.?d\.?|ges\.?m\.?b\.?h\.?)$",
    re.IGNORECASE,
)


def make_key(name: str) -> str:
    """The key of a maker's name; empty for an empty name."""
    short = name.strip()
    while (shorter := _FORMS.sub("", short)) != short:
        short = shorter
    key = words_key(short)
    return _ALIASES.get(key, key)
