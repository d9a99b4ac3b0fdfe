"""One good body for each kind of message, fresh at each call: the examples of the contract and of the documents."""

from copy import deepcopy
from datetime import date
from typing import Any

from protocol.lifecycle import Kind

TODAY = date(2026, 11, 23)
ASKED = "br:0198c5f0-0000-7000-8000-000000000001"
ANSWERED = "at:0198c5f0-0000-7000-8000-000000000002"
OUTCOME = {"mid": ANSWERED, "element": "outcomes.0"}

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
    Kind.PROGRESS: {"doing": "The maker searches its archive.", "expected_date": "2027-01-15"},
    Kind.NOT_COMPETENT: {"reason": "licensed_production_elsewhere", "suggested_state": "SRB"},
    Kind.AMENDMENT: {
        "reason": "serial_read_again",
        "weapon": {
            "class": "small_arm",
            "type": "pistol_self_loading",
            "make": "Glock",
            "model": "17",
            "calibre": "9x19 mm",
            "country_of_manufacture": "AUT",
            "serial": {"text": "ABC128", "status": "original", "component": "frame"},
            "markings": [{"kind": "import_mark", "text": "BRA 2016", "component": "frame", "status": "original"}],
        },
    },
    Kind.PRIORITY_CHANGE: {"priority": "urgent", "justification": "The trial begins on Monday."},
    Kind.RESTRICTION_NOTICE: {
        "withheld": ["consignee", "licence"],
        "ground": "confidentiality_law",
        "reason": "The trade act protects the parties of a licence.",
    },
    Kind.CLARIFICATION_REQUEST: {"about": ANSWERED, "question": "Which provision protects the licence?"},
    Kind.CLARIFICATION_REPLY: {"about": ASKED, "explanation": "Section 5, paragraph 2."},
    Kind.REFERRAL: {"state": "SRB", "date": "2016-04-02", "consent": "granted", "elements": [OUTCOME]},
    Kind.CONSENT_REQUEST: {
        "elements": [OUTCOME],
        "recipient": {"kind": "third_state", "state": "SRB"},
        "purpose": "criminal_investigation",
    },
    Kind.CONSENT_DECISION: {
        "about": ASKED,
        "decision": "granted_with_conditions",
        "conditions": "Not for use in court.",
        "until": "2027-12-31",
    },
    Kind.HANDLING_NOTICE: {
        "notice": "prior_disclosure",
        "elements": [OUTCOME],
        "recipient": {"kind": "court", "name": "Federal court"},
        "cause": "An order of the court.",
        "date": "2026-12-20",
    },
    Kind.OBJECTION: {"about": ASKED, "reason": "The consignee is a protected witness."},
    Kind.REMINDER: {"duty": "answer", "due": "2026-12-10", "count": 2},
    Kind.CORRECTION: {
        "replaces": [OUTCOME],
        "cause": "wrong_weapon",
        "reason": "The register held two weapons of this serial.",
        "outcomes": [{"code": "traced_exported", "state": "ARG", "date": "2016"}],
    },
    Kind.REOPENING: {"fact": "A second weapon of the same shipment was found."},
    Kind.SPONTANEOUS_INFORMATION: {
        "subject": "weapon_stolen",
        "information": "Reported stolen from a dealer on 3 May.",
        "date": "2026-05-03",
        "transactions": [{"type": "theft", "date": "2026-05-03"}],
    },
    Kind.DIRECTORY_UPDATE: {
        "contacts": [{"name": "National tracing point", "languages": ["en", "pt"], "hours": "08:00 to 16:00"}],
        "holidays": ["2027-01-01"],
        "from": "2027-01-01",
        "introduces": [{"authority": "ng", "country": "NGA", "name": "National Centre", "digest": "3f" * 32}],
    },
    Kind.PROFILE_PROPOSAL: {
        "name": "br-at 2027",
        "limits": [{"clock": "answer", "priority": "routine", "amount": 20, "unit": "working_days"}],
        "from": "2027-01-01",
    },
    Kind.PROFILE_DECISION: {"about": ASKED, "decision": "accepted"},
    Kind.RECONCILIATION: {
        "month": "2026-11",
        "cases": [{"case": "br.0198c5f0000070008000000000000001", "state": "acknowledged", "overlays": ["delayed"]}],
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
