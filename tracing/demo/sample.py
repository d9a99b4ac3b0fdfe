"""What the demonstration's States hold in their registers and ask each other. Serials are invented."""

import copy
from typing import Any

__all__ = ["DOSSIER", "LETTER", "RECORDS", "REQUESTS", "request"]

RECORDS: dict[str, str] = {
    "at": (
        "serial,make,model,calibre,event,date,state,licence,party\n"
        "DMO4711,Glock,17,9x19 mm,exported,2016-04-02,KEN,AT-EX-2016-0102,Ministry of Interior\n"
        "DMO4712,Glock,17,9x19 mm,exported,2016-04-02,KEN,AT-EX-2016-0102,Ministry of Interior\n"
        "SD55021,Steyr,AUG A3,5.56x45 mm,exported,2012-09-18,BRA,AT-EX-2012-0711,Federal Police\n"
    ),
    "br": (
        "serial,make,model,calibre,event,date,state,licence,party\n"
        "TDX90210,Taurus,PT 92,9x19 mm,exported,2014-02-11,KEN,BR-CII-2014-331,Licensed dealer\n"
        "TDX90211,Taurus,PT 92,9x19 mm,stolen,2018-07-30,,,Licensed dealer\n"
    ),
    "ke": (
        "serial,make,model,calibre,event,date,state,licence,party\n"
        "KDF-1009,FN,FAL,7.62x51 mm,state_stock,1979-05-01,,,Armed forces\n"
    ),
}
"""National records by authority, in the columns of the sample mapping."""


def request(  # noqa: PLR0917 - the facts in which one weapon differs from the next
    to: str, make: str, model: str, calibre: str, country: str, serial: str | None, **more: Any
) -> dict[str, Any]:
    """A whole request body in the contract's form, from the few facts that differ."""
    weapon = {
        "class": "small_arm",
        "type": more.pop("type", "pistol_self_loading"),
        "make": make,
        "model": model,
        "calibre": calibre,
        "country_of_manufacture": country,
        "serial": {"text": serial, "status": "original" if serial else "obliterated", "component": "frame"},
        "markings": more.pop("markings", []),
    }
    return copy.deepcopy(_COMMON) | {"to": to, "weapon": weapon} | more


_COMMON: dict[str, Any] = {
    "priority": "routine",
    "illicit": [{"ground": "domestic_law", "citation": "Firearms legislation in force, unlawful possession"}],
    "found": {
        "mode": "seized",
        "date": "2026-10-04",
        "place": "Demonstration town",
        "circumstances": "search of premises",
    },
    "intended_use": ["criminal_investigation"],
    "sought": ["export_record", "last_legal_holder"],
    "confidentiality": "can_guarantee",
    "restrictions": ["no_onward_without_consent"],
    "language": "en",
}


REQUESTS: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        "answer_from_records",
        {"from": "ke"} | request("at", "Glock", "17", "9x19 mm", "AUT", "DMO4711", reference="KE-2026-114"),
    ),
    (
        "answer_no_record",
        {"from": "ke"} | request("br", "Taurus", "PT 58", ".380 ACP", "BRA", "KSB30417", reference="KE-2026-115"),
    ),
    (
        "refuse",
        {"from": "br"}
        | request(
            "at", "Steyr", "AUG A3", "5.56x45 mm", "AUT", "SD55021", type="assault_rifle", reference="BR-2026-0815"
        ),
    ),
    (
        "ask_and_supply",
        {"from": "at"} | request("br", "Taurus", "PT 92", "9x19 mm", "BRA", "TDX9021?", reference="AT-2026-7"),
    ),
    (
        "leave_open",
        {"from": "ke"}
        | request("br", "Rossi", "M88", ".38 Special", "BRA", None, type="revolver", reference="KE-2026-116"),
    ),
    (
        "only_acknowledge",
        {"from": "at"}
        | request("ke", "FN", "FAL", "7.62x51 mm", "BEL", "KDF-1009", type="rifle", reference="AT-2026-8"),
    ),
)
"""(what becomes of it, the request with its sender)."""

_RIFLES = tuple(
    request("ke", "FN", "FAL", "7.62x51 mm", "BEL", f"KDF-20{number}", type="rifle")["weapon"]
    for number in (11, 12, 13)
)
DOSSIER: dict[str, Any] = _COMMON | {
    "from": "br",
    "to": "ke",
    "title": "Container of October 2026",
    "weapons": [{"weapon": weapon} for weapon in _RIFLES],
}
"""One seizure of three weapons, sent and acknowledged as one."""

LETTER: dict[str, Any] = request(
    "xb", "Zastava", "M70", "7.62x39 mm", "SRB", "DX-77120", type="assault_rifle", reference="KE-2026-117"
)
"""A request of Kenya to a State without a node, printed and answered by letter."""
