"""What the recorded events of one weapon amount to as an answer: outcomes, transactions, the State to ask next.

Events come from the national registers or out of the books of makers, dealers and agencies; both are ``Record``. They
are given in the order of their dates.
"""

from collections.abc import Sequence
from typing import Any

from protocol.vocabulary.countries import FORMER
from tracing.records.national import Record

__all__ = ["HELD_BACK", "next_state_of", "outcomes_of", "sentence_of", "transaction_of"]

HELD_BACK = ("personal_data", "no_onward_without_consent")  # what names a holder may not travel on (ITI 15)
# The last of these events says where the weapon legally was; the others stand beside it.
_MOVES = frozenset({"manufactured", "imported", "exported", "transferred", "registered", "state_stock"})
_ENDS = {
    "lost": "recorded_lost",
    "stolen": "recorded_stolen",
    "destroyed": "recorded_destroyed",
    "deactivated": "recorded_deactivated",
}
_TRANSACTIONS = {
    "manufactured": "manufacture",
    "imported": "import",
    "exported": "export",
    "transferred": "transfer",
    "registered": "other",
    "lost": "loss",
    "stolen": "theft",
    "destroyed": "destruction",
    "deactivated": "deactivation",
    "state_stock": "state_issue",
}


def outcomes_of(records: Sequence[Record]) -> list[dict[str, Any]]:
    """The outcome of the last move, and one for each loss, theft or end of the weapon; none where none follows."""
    moves = [record for record in records if record.event in _MOVES]
    last = _outcome_of_move(moves[-1]) if moves else None
    ends = [_with({"code": _ENDS[record.event]}, record) for record in records if record.event in _ENDS]
    return [*([last] if last else []), *ends]


def _outcome_of_move(record: Record) -> dict[str, Any] | None:
    """``None`` for a move that leads to nobody the record names."""
    if record.event == "exported":
        return _with({"code": "traced_exported", "state": record.state, "consignee": record.party}, record)
    if record.event == "state_stock":
        return _with({"code": "traced_state_stock", "stock": "held", "holder": record.party}, record)
    if record.party and record.event != "manufactured":
        return _with({"code": "traced_last_legal_holder", "holder": record.party}, record)
    return (
        _with({"code": "manufacture_confirmed_no_further_record"}, record) if record.event == "manufactured" else None
    )


def _with(outcome: dict[str, Any], record: Record) -> dict[str, Any]:
    """The outcome with date and licence, and its own restrictions where it names somebody."""
    full = {**outcome, "date": record.event_date, "licence": record.licence}
    if outcome.get("holder") or outcome.get("consignee"):
        full["restrictions"] = list(HELD_BACK)
    return {name: value for name, value in full.items() if value}


def transaction_of(record: Record) -> dict[str, Any]:
    """One event as a transaction of the answer; whoever it names is left to the outcomes."""
    precision = {10: "day", 7: "month", 4: "year"}.get(len(record.event_date))
    ends = {
        "from_state": record.state if record.event == "imported" else "",
        "to_state": record.state if record.event == "exported" else "",
    }
    said = {
        "type": _TRANSACTIONS[record.event],
        "date": record.event_date,
        "precision": precision,
        "licence": record.licence,
        **ends,
    }
    return {name: value for name, value in said.items() if value}


def next_state_of(records: Sequence[Record]) -> str | None:
    """The State to ask next: where the last move went, while it exists (a former State cannot be asked)."""
    moves = [record for record in records if record.event in _MOVES]
    last = moves[-1] if moves else None
    return last.state if last and last.event == "exported" and last.state and last.state not in FORMER else None


def sentence_of(record: Record) -> str:
    """One event in words, without a full stop."""
    where = {"exported": "to", "imported": "from"}.get(record.event, "in")
    parts = [
        record.event.replace("_", " ").capitalize(),
        f"on {record.event_date}" if record.event_date else "on an unknown date",
    ]
    parts += [f"{where} {record.state}"] if record.state else []
    return " ".join(parts + ([f"under licence {record.licence}"] if record.licence else []))
