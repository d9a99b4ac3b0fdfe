"""One good body for each kind of message, fresh at each call: the examples of the contract and of the documents."""

from copy import deepcopy
from datetime import date
from typing import Any

from protocol.lifecycle import Kind

TODAY = date(2026, 11, 23)

_BODIES: dict[Kind, dict[str, Any]] = {
    Kind.TRACE_REQUEST: {
        "priority": "routine",
        "weapon": {
            "class": "small_arm",
            "type": "pistol_self_loading",
            "make": "Glock",
            "model": "17",
            "calibre": "9x19 mm",
            "country_of_manufacture": "AUT",
            "serial": {"text": "ABC123", "status": "original", "component": "frame"},
            "markings": [{"kind": "import_mark", "text": "BRA 2016", "component": "frame", "status": "original"}],
        },
        "illicit": [{"ground": "domestic_law", "citation": "Lei 10.826/2003, art. 16"}],
        "found": {
            "mode": "seized",
            "date": "2021-06-11",
            "place": "Rio de Janeiro",
            "circumstances": "search of premises",
        },
        "intended_use": ["criminal_investigation"],
        "sought": ["export_record", "last_legal_holder"],
        "confidentiality": "can_guarantee",
        "restrictions": ["no_onward_without_consent"],
        "reply_by": "2026-12-24",
        "reference": "BR-2021-0815",
        "instruments": ["iti"],
        "language": "en",
        "dossier": "2021-06 search",
        "contact": "trace desk",
        "checks": [{"register": "national lost and stolen", "date": "2021-06-12", "result": "no hit"}],
    },
    Kind.ACKNOWLEDGEMENT: {"reference": "AT-2026-77", "unit": "Landeskriminalamt", "expected_date": "2026-12-10"},
    Kind.INFORMATION_REQUEST: {
        "items": [{"code": "photograph", "question": "The left side of the slide?", "blocking": True}],
        "needed_by": "2026-12-01",
    },
    Kind.INFORMATION_SUPPLY: {
        "answers": [
            {"code": "calibre", "answer": "9x19 mm"},
            {"code": "photograph", "not_available": True, "reason": "the weapon was destroyed"},
        ]
    },
    Kind.DELAY_NOTICE: {"cause": "archive_search", "new_date": "2027-01-15"},
    Kind.INTERIM_RESPONSE: {
        "outcomes": [{"code": "manufacture_confirmed_no_further_record"}],
        "completeness": "partial",
        "open": "the export register is being searched",
    },
    Kind.FINAL_RESPONSE: {
        "outcomes": [{"code": "traced_exported", "state": "BRA", "date": "2016-04-02", "licence": "A-1"}],
        "completeness": "full",
        "basis": ["registry"],
        "searched": [{"register": "exports", "from": "1998", "to": "2026", "complete": True}],
        "restrictions": ["no_onward_without_consent"],
        "next_state": "BRA",
    },
    Kind.REFUSAL: {"ground": "ongoing_investigation", "reason": "An investigation into the exporter is under way."},
    Kind.WITHDRAWAL: {"reason": "answered_otherwise", "data": "keep"},
    Kind.CLOSURE: {
        "code": "diversion_point_established",
        "usefulness": "useful",
        "disposition": "retained_as_evidence",
        "statistics": True,
        "diversion": {"state": "BRA", "date": "2018", "event": "stolen from a dealer"},
    },
}


def body(kind: Kind) -> dict[str, Any]:
    """A body that our own node may say."""
    return deepcopy(_BODIES[kind])


def changed(kind: Kind, path: str, value: Any) -> dict[str, Any]:
    """A good body with one member set to ``value``; ``path`` as in a problem (``weapon.serial.text``)."""
    whole = body(kind)
    *steps, last = path.split(".")
    inner: Any = whole
    for step in steps:
        inner = inner[int(step)] if isinstance(inner, list) else inner.setdefault(step, {})
    inner[int(last) if isinstance(inner, list) else last] = value
    return whole


def without(kind: Kind, path: str) -> dict[str, Any]:
    """A good body that lacks one member."""
    whole = body(kind)
    *steps, last = path.split(".")
    inner: Any = whole
    for step in steps:
        inner = inner[int(step)] if isinstance(inner, list) else inner[step]
    del inner[last]
    return whole
