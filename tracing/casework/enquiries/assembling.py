"""The answer assembled from what the national records and the replies to domestic enquiries say (ITI 20; domain 9).

Rules
- It is for an officer: nothing is sent by it, and every statement in it has a reason in words.
- What replies found are events like those of the registers, and read as one course of the weapon, by date.
- It rests on every source that was heard (``basis``) and names every register searched, with years and gaps.
- It is partial while an enquiry is open or came to nothing certain; no record is said only where one searched.
- What names somebody out of the books of trade carries ``commercial`` too (Firearms Protocol 12.5).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tracing.casework.enquiries.entered import BASIS, AddresseeKind, Result
from tracing.casework.enquiries.tasks import EnquiryFile
from tracing.records.answering import next_state_of, outcomes_of, sentence_of, transaction_of
from tracing.records.national import Record
from tracing.records.proposing import Proposed

__all__ = ["assemble"]

OF_TRADE = frozenset({AddresseeKind.MANUFACTURER, AddresseeKind.DEALER})


def assemble(weapon: Mapping[str, Any], national: Proposed, enquiries: Sequence[EnquiryFile]) -> Proposed:
    """The proposal with what was found at home; as it was while no enquiry is answered, but for what is still open."""
    heard = [one for one in enquiries if one.state == "answered"]
    waiting = tuple(f"Still open: {_named(one)}, due {one.due[:10]}." for one in enquiries if one.is_waiting)
    if not heard:
        return replace(national, reasons=(*national.reasons, *waiting))
    reasons = (*national.reasons, *(sentence for one in heard for sentence in _told(one, weapon)), *waiting)
    records = _course(weapon, national, heard)
    searched = _searched(national, heard)
    outcomes = [_of_trade(one, heard) for one in outcomes_of(records)]
    if len(national.candidates) > 1 and not records:
        settled = {"searched": searched, "basis": _basis(national, heard)}
        return replace(national, body=(national.body or {}) | settled, reasons=reasons)
    if not outcomes and not (searched and all(_reply(one)["result"] == Result.NOT_FOUND for one in heard)):
        return replace(national, body=None, reasons=(*reasons, "No outcome follows from this: it must be worded."))
    body: dict[str, Any] = {
        "outcomes": outcomes or [{"code": "no_record"}],
        "completeness": "partial" if waiting or _is_doubtful(national, heard) else "full",
        "basis": _basis(national, heard),
        "searched": searched,
        "transactions": [transaction_of(record) for record in records],
        "next_state": next_state_of(records),
    }
    return replace(national, body={name: value for name, value in body.items() if value}, reasons=reasons)


def _course(weapon: Mapping[str, Any], national: Proposed, heard: Sequence[EnquiryFile]) -> list[Record]:
    """The events of the one weapon that was identified, whoever recorded them, by date; without a date first."""
    known = national.candidates[0].records if len(national.candidates) == 1 else ()
    found = [_record(one, weapon) for one in heard if _reply(one)["result"] == Result.FOUND]
    return sorted((*known, *found), key=lambda record: record.event_date)


def _record(one: EnquiryFile, weapon: Mapping[str, Any]) -> Record:
    reply, text = _reply(one), {name: weapon.get(name) or "" for name in ("make", "model", "calibre")}
    return Record(
        registry=next((each["register"] for each in reply.get("searched", [])), one.addressee["name"]),
        serial_text=(weapon.get("serial") or {}).get("text") or "",
        event=reply["event"],
        event_date=reply.get("date", ""),
        state=reply.get("state", ""),
        licence=reply.get("licence", ""),
        party=reply.get("party", ""),
        source=f"enquiry {one.enquiry}",
        **text,
    )


def _told(one: EnquiryFile, weapon: Mapping[str, Any]) -> list[str]:
    """What a reply said, in sentences for the officer."""
    reply = _reply(one)
    if reply["result"] == Result.FOUND:
        what = sentence_of(_record(one, weapon))
    else:
        what = "nothing found" if reply["result"] == Result.NOT_FOUND else "it is not known"
    looked = [
        f"Searched {each['register']} for {_named(one)}: {each['from']} to {each['to']}{_gaps(each)}."
        for each in reply.get("searched", [])
    ]
    return [f"Reply to {_named(one)} of {str(one.replied)[:10]}: {what}.", *looked]


def _gaps(searched: Mapping[str, Any]) -> str:
    if searched.get("gaps"):
        return f", but for {searched['gaps']}"
    return ", complete" if searched.get("complete") else "; gaps are not excluded"


def _searched(national: Proposed, heard: Sequence[EnquiryFile]) -> list[dict[str, Any]]:
    """Every register that was searched, each once."""
    found = [
        *(national.body or {}).get("searched", []),
        *(each for one in heard for each in _reply(one).get("searched", [])),
    ]
    return [each for at, each in enumerate(found) if each not in found[:at]]


def _basis(national: Proposed, heard: Sequence[EnquiryFile]) -> list[str]:
    """On what it rests: the registers when they were searched, then whoever was heard."""
    own = (national.body or {}).get("basis", [])
    return list(dict.fromkeys((*own, *(str(BASIS[one.kind]) for one in heard))))


def _is_doubtful(national: Proposed, heard: Sequence[EnquiryFile]) -> bool:
    unsettled = (national.body or {}).get("completeness") == "partial" and len(national.candidates) == 1
    return unsettled or any(_reply(one)["result"] == Result.UNKNOWN for one in heard)


def _of_trade(outcome: dict[str, Any], heard: Sequence[EnquiryFile]) -> dict[str, Any]:
    names_somebody = bool(outcome.get("restrictions"))
    if names_somebody and any(one.kind in OF_TRADE for one in heard):
        return outcome | {"restrictions": [*outcome["restrictions"], "commercial"]}
    return outcome


def _named(one: EnquiryFile) -> str:
    return f"the enquiry to {one.kind.replace('_', ' ')} {one.addressee['name']}"


def _reply(one: EnquiryFile) -> Mapping[str, Any]:
    return one.reply or {}
