"""The ledger a second time, counted from the rows of the cases: what the tallies must come to.

It is written apart from ``tracing/casework/tallies``: it keeps nothing, shares no code with it and reads every case.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from tracing.clock import from_ms
from tracing.store import View

__all__ = ["ledger_by_hand"]

TENTH_MS = 8_640_000
OPEN = {"sent", "delivered", "acknowledged", "in_progress", "partial"}
OUTCOMES = {"final_response": "answered", "refusal": "refused", "withdrawal": "withdrawn"}  # the first there is
SAID = (
    "SELECT m.*, e.accepted_ms FROM messages m LEFT JOIN envelopes e ON e.sender = m.sender AND e.mid = m.mid"
    " WHERE m.case_id = ? AND m.effect = 'effective' ORDER BY m.position"
)


def ledger_by_hand(view: View, counterpart: str, year: int | None, now_ms: int) -> dict[str, Any]:
    """Both sides of the ledger, as the API says them."""
    return {of: _side(view, counterpart, of, year, now_ms) for of in ("sent", "received")}


def _side(view: View, counterpart: str, direction: str, year: int | None, now_ms: int) -> dict[str, Any]:
    sql = "SELECT * FROM cases WHERE counterpart = ? AND direction = ? AND state != 'draft'"
    found = [
        _case(view, row, now_ms) for row in view.conn.exec_driver_sql(sql, (counterpart, direction)).mappings().all()
    ]
    cases = [one for one in found if year in {None, from_ms(one["asked"]).year}]
    late = [one["late"] for one in cases if one["late"] is not None]
    plain = ("acknowledged", "answered", "refused", "withdrawn", "delayed", "no_reason_given", "open")
    side = {name: sum(name in one["true"] for one in cases) for name in plain} | {
        "requests": len(cases),
        "by_channel": _counted(one["channel"] for one in cases),
        "answers_by_channel": _counted(one["answered_by"] for one in cases if one["answered_by"]),
        "days": _spans([one["days"] for one in cases if one["days"] is not None]),
        "open_days": _spans([now_ms // TENTH_MS - one["since"] // TENTH_MS for one in cases if "open" in one["true"]]),
        "late": sum(late) if late else None,
    }
    own = {"beyond_own_target": sum(one["beyond"] for one in cases)} if direction == "received" else {}
    return side | own


def _case(view: View, row: Any, now_ms: int) -> dict[str, Any]:
    said = view.conn.exec_driver_sql(SAID, (row["id"],)).mappings().all()
    kinds = [one["kind"] for one in said]
    request = said[kinds.index("trace_request")]
    asked = request["iat_ms"] if request["channel"] else row["requested_ms"] or row["opened_ms"]
    last = max((at for at, kind in enumerate(kinds) if kind == "reopening"), default=-1)
    since = asked if last < 0 else _arrived(said[last])
    ends = {kind: said[at] for at, kind in reversed(list(enumerate(kinds))) if at > last}
    standing = next((kind for kind in OUTCOMES if kind in ends), "")
    outcome = "open" if row["state"] in OPEN else OUTCOMES.get(standing)
    beside = {"acknowledgement": "acknowledged", "delay_notice": "delayed"}
    true = {outcome} | {name for kind, name in beside.items() if kind in kinds}
    true |= {"no_reason_given"} if any("no_reason" in one["facts"].split() for one in said) else set()
    end = None if outcome not in {"answered", "refused"} else ends[standing]
    return {
        "asked": asked, "since": since, "true": true, "channel": request["channel"] or "wire",
        "answered_by": None if end is None or outcome != "answered" else end["channel"] or "wire",
        "days": None if end is None else round(max(_arrived(end) - since, 0) / TENTH_MS),
    } | _limits(view, row, now_ms)  # fmt: skip


def _limits(view: View, row: Any, now_ms: int) -> dict[str, Any]:
    by = "them" if row["direction"] == "sent" else "us"
    sql = (
        "SELECT basis, due_ms, coalesce(ended_ms, ?) AS until FROM deadlines WHERE case_id = ? AND owed_by = ?"
        " AND clock NOT IN ('lapse', 'retention')"
    )
    rows = view.conn.exec_driver_sql(sql, (now_ms, row["id"], by)).all()
    binding = [one.until > one.due_ms for one in rows if one.basis != "internal"]
    own = any(one.until > one.due_ms for one in rows if one.basis == "internal")
    return {"late": any(binding) if binding else None, "beyond": by == "us" and own}


def _arrived(row: Any) -> int:
    if row["channel"]:
        return int(row["iat_ms"])
    return int(row["accepted_ms"] if row["direction"] == "out" and row["accepted_ms"] else row["logged_ms"])


def _counted(words: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))


def _spans(tenths: list[int]) -> dict[str, Any]:
    ranked, count = sorted(tenths), len(tenths)
    if not ranked:
        return {"counted": 0, "median": None, "p90": None, "longest": None}
    middle = (ranked[(count - 1) // 2] / 10 + ranked[count // 2] / 10) / 2
    p90 = ranked[-(-9 * count // 10) - 1] / 10
    return {"counted": count, "median": round(middle, 1), "p90": p90, "longest": ranked[-1] / 10}
