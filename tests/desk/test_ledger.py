"""The bilateral ledger, counted from rows written here one by one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from tests.given import TurnedClock, new_store
from tracing.casework import tallies
from tracing.clock import to_ms
from tracing.reports.ledger import read_ledger
from tracing.settings import Promise
from tracing.store import Store
from tracing.tables import Case, Counterpart, Deadline, Envelope, Message

DAY_MS = 86_400_000
JAN = to_ms(datetime(2026, 1, 1, tzinfo=UTC))
NOW = JAN + 100 * DAY_MS


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = new_store(tmp_path, TurnedClock(datetime(2026, 4, 11, tzinfo=UTC)))
    for authority in ("at", "ke"):
        row = {
            "authority": authority,
            "country": "AUT",
            "name": authority,
            "on_node": True,
            "status": "active",
            "pinned_ms": 0,
            "pinned_by": "x",
            "out_seq": 0,
            "in_hi": 0,
        }
        add(made, Counterpart, **row)
    yield made
    made.close()


def add(store: Store, table: Any, **row: Any) -> None:
    """Insert a row; what the ledger does not look at is empty."""
    needed = [column for column in table.__table__.columns if not column.nullable and column.default is None]
    empty = {column.name: column.type.python_type() for column in needed if column.name != "id"}
    store.write_now(lambda tx: tx.conn.execute(insert(table.__table__).values(empty | row)))


def case(store: Store, number: int, direction: str = "sent", state: str = "sent", **changed: Any) -> str:
    name = f"{'br' if direction == 'sent' else 'at'}.{number:032x}"
    row = {
        "id": name,
        "counterpart": "at",
        "direction": direction,
        "state": state,
        "overlays": "",
        "priority": "routine",
        "version": 1,
        "summary": b"",
        "opened_ms": JAN,
        "updated_ms": JAN,
        "requested_ms": JAN,
    }
    add(store, Case, **(row | changed))
    say(store, name, "trace_request", JAN, direction="out" if direction == "sent" else "in")
    return name


def say(store: Store, name: str, kind: str, at_ms: int, *, direction: str = "in", **changed: Any) -> None:
    count = store.read_now(lambda view: view.conn.exec_driver_sql("SELECT count(*) FROM messages").scalar_one())
    row = {
        "mid": f"x:{count}",
        "case_id": name,
        "position": count,
        "direction": direction,
        "sender": "x",
        "kind": kind,
        "effect": "effective",
        "re": "",
        "facts": "",
        "iat_ms": at_ms,
        "logged_ms": at_ms,
        "inner": b"",
        "leaf": count,
    }
    add(store, Message, **(row | changed))


def limit(store: Store, name: str, due_ms: int, *, basis: str, owed_by: str, ended_ms: int | None = None) -> None:
    row = {
        "case_id": name,
        "clock": "answer",
        "owed_by": owed_by,
        "started_by": "x:0",
        "started_ms": JAN,
        "counted_by": "x:0",
        "due_ms": due_ms,
        "original_due_ms": due_ms,
        "basis": basis,
        "source": "",
        "steps": "[]",
        "ended_ms": ended_ms,
        "near_ms": due_ms,
    }
    add(store, Deadline, **row)


def ledger(store: Store, year: int | None = 2026) -> dict[str, Any]:
    """The ledger of what was written here, counted as a node counts what an older version left."""
    tallies.count_all_missing(store)
    assert store.read_now(tallies.first_difference) is None
    return store.read_now(lambda view: read_ledger(view, "at", year, NOW))


def test_each_heading_counts_a_request_once(store: Store) -> None:
    name = case(store, 1, state="closed")
    for kind in ("acknowledgement", "delay_notice", "delay_notice", "final_response"):
        say(store, name, kind, JAN + DAY_MS)
    sent = ledger(store)["sent"]
    assert [sent[heading] for heading in ("requests", "acknowledged", "delayed", "answered", "refused", "open")] == [
        1,
        1,
        1,
        1,
        0,
        0,
    ]


def test_silence_is_open_and_not_refused(store: Store) -> None:
    case(store, 1, state="delivered")
    sent = ledger(store)["sent"]
    assert (sent["open"], sent["refused"], sent["open_days"]["longest"]) == (1, 0, 100.0)


def test_a_draft_is_not_a_request_yet(store: Store) -> None:
    case(store, 1, state="draft")
    assert ledger(store)["sent"]["requests"] == 0


def test_both_directions_are_mirrored(store: Store) -> None:
    case(store, 1)
    case(store, 2, "received", "delivered")
    case(store, 3, "received", "delivered")
    found = ledger(store)
    assert (found["sent"]["requests"], found["received"]["requests"]) == (1, 2)


def test_another_counterpart_is_another_ledger(store: Store) -> None:
    case(store, 1, counterpart="ke")
    assert ledger(store)["sent"]["requests"] == 0


@pytest.mark.parametrize(("year", "count"), [(2025, 1), (2026, 1), (None, 2)])
def test_a_request_belongs_to_the_year_in_which_it_was_accepted(store: Store, year: int | None, count: int) -> None:
    case(store, 1, opened_ms=JAN - 1, requested_ms=JAN)
    case(store, 2, opened_ms=JAN - 2, requested_ms=JAN - 1)
    assert ledger(store, year)["sent"]["requests"] == count


def test_days_run_from_acceptance_to_the_end_as_median_and_ninetieth_percentile(store: Store) -> None:
    for number in range(1, 11):
        say(
            store,
            case(store, number, state="answered"),
            "refusal" if number == 10 else "final_response",
            JAN + number * DAY_MS,
        )
    assert ledger(store)["sent"]["days"] == {"counted": 10, "median": 5.5, "p90": 9.0, "longest": 10.0}


def test_our_own_answer_ends_when_the_other_side_accepted_it(store: Store) -> None:
    name = case(store, 1, "received", "answered")
    say(store, name, "final_response", JAN + DAY_MS, direction="out", sender="br", mid="br:1")
    row = {
        "sender": "br",
        "mid": "br:1",
        "recipient": "at",
        "direction": "out",
        "digest": "",
        "wire": b"",
        "seq": 1,
        "priority": "routine",
        "stage": "opened",
    }
    add(store, Envelope, **row, stored_ms=JAN, accepted_ms=JAN + 3 * DAY_MS)
    assert ledger(store)["received"]["days"]["median"] == 3.0


def test_a_reply_by_letter_counts_on_the_day_it_came(store: Store) -> None:
    name = case(store, 1, state="answered")
    say(store, name, "final_response", JAN + 2 * DAY_MS, channel="letter", logged_ms=JAN + 50 * DAY_MS)
    sent = ledger(store)["sent"]
    assert (sent["days"]["median"], sent["answers_by_channel"], sent["by_channel"]) == (2.0, {"letter": 1}, {"wire": 1})


def test_what_had_no_effect_is_not_counted(store: Store) -> None:
    say(store, case(store, 1), "final_response", JAN + DAY_MS, effect="kept")
    assert ledger(store)["sent"]["answered"] == 0


def test_a_limit_without_a_reason_is_counted(store: Store) -> None:
    say(store, case(store, 1, state="refused"), "refusal", JAN + DAY_MS, facts="no_reason")
    assert (ledger(store)["sent"]["no_reason_given"], ledger(store)["sent"]["refused"]) == (1, 1)


def test_late_is_never_said_without_a_treaty_or_an_agreement(store: Store) -> None:
    limit(store, case(store, 1), JAN + DAY_MS, basis="internal", owed_by="them")
    assert ledger(store)["sent"]["late"] is None


@pytest.mark.parametrize(("basis", "ended_days", "late"), [("treaty", None, 1), ("agreed", 2, 1), ("agreed", 1, 0)])
def test_late_is_said_against_a_treaty_or_an_agreement(
    store: Store, basis: str, ended_days: int | None, late: int
) -> None:
    name = case(store, 1)
    ended_ms = None if ended_days is None else JAN + ended_days * DAY_MS
    limit(store, name, JAN + DAY_MS, basis=basis, owed_by="them", ended_ms=ended_ms)
    assert ledger(store)["sent"]["late"] == late


def test_our_own_target_is_about_us_alone(store: Store) -> None:
    limit(store, case(store, 1, "received", "delivered"), JAN + DAY_MS, basis="internal", owed_by="us")
    limit(store, case(store, 2, "received", "delivered"), NOW + DAY_MS, basis="internal", owed_by="us")
    found = ledger(store)
    assert (
        found["received"]["beyond_own_target"],
        found["received"]["late"],
        "beyond_own_target" in found["sent"],
    ) == (1, None, False)


def test_a_ledger_says_when_it_was_counted(store: Store) -> None:
    assert ledger(store)["as_of"] == "2026-04-11T00:00:00.000Z"


def test_days_are_counted_to_one_decimal(store: Store) -> None:
    say(store, case(store, 1, state="answered"), "final_response", JAN + to_ms(datetime(1970, 1, 2, 13, tzinfo=UTC)))
    assert ledger(store)["sent"]["days"]["median"] == round(timedelta(hours=37) / timedelta(days=1), 1)


def test_a_request_that_was_opened_again_is_open_and_nothing_else(store: Store) -> None:
    name = case(store, 1, state="in_progress")
    say(store, name, "final_response", JAN + 10 * DAY_MS)
    say(store, name, "reopening", JAN + 60 * DAY_MS)
    sent = ledger(store)["sent"]
    assert [sent[heading] for heading in ("requests", "open", "answered")] == [1, 1, 0]
    assert (sent["days"]["counted"], sent["open_days"]["longest"]) == (0, 40.0)


def test_a_request_answered_again_counts_once_and_from_its_reopening(store: Store) -> None:
    name = case(store, 1, state="answered")
    for kind, day in (("final_response", 10), ("reopening", 60), ("final_response", 65)):
        say(store, name, kind, JAN + day * DAY_MS)
    sent = ledger(store)["sent"]
    assert [sent[heading] for heading in ("requests", "open", "answered")] == [1, 0, 1]
    assert (sent["days"]["counted"], sent["days"]["longest"]) == (1, 5.0)


def test_an_answer_that_crossed_a_withdrawal_is_the_only_outcome(store: Store) -> None:
    name = case(store, 1, state="withdrawn")
    for kind in ("withdrawal", "final_response"):
        say(store, name, kind, JAN + DAY_MS)
    sent = ledger(store)["sent"]
    assert [sent[heading] for heading in ("answered", "withdrawn")] == [1, 0]


def test_a_voluntary_target_is_measured_year_by_year_in_what_they_asked_us(store: Store) -> None:
    for number, (days, year) in enumerate(((3, 0), (30, 0), (31, 0), (40, 1), (None, 0)), 1):
        began_ms = JAN - year * 365 * DAY_MS
        name = case(store, number, "received", "answered" if days else "sent", requested_ms=began_ms)
        if days:
            say(
                store,
                name,
                "final_response",
                began_ms + days * DAY_MS,
                direction="out",
                sender="br",
                mid=f"br:{number}",
            )
    say(store, case(store, 9, state="answered"), "final_response", JAN + DAY_MS)
    tallies.count_all_missing(store)
    promised = Promise("90 % within 30 calendar days")
    read = store.read_now(lambda view: read_ledger(view, "at", 2026, NOW, promise=promised))
    assert read["promise"] == {
        "target": "90 % within 30 calendar days", "percent": 90, "days": 30,
        "years": [{"year": 2026, "counted": 3, "within": 2, "share": 66.7},
                  {"year": 2025, "counted": 1, "within": 0, "share": 0.0}],
    }  # fmt: skip
    assert ledger(store)["promise"] is None
