"""The answer assembled from national records and replies, computed from both alone."""

from dataclasses import replace
from typing import Any

from tracing.casework.enquiries import EnquiryFile, assemble
from tracing.records.grades import Grade
from tracing.records.national import Record
from tracing.records.proposing import Candidate, Proposed

WEAPON = {"make": "Glock", "model": "17", "calibre": "9x19 mm", "serial": {"text": "ABC123"}}
EXPORTS = {"register": "exports", "from": "1998", "to": "2026", "complete": True}
BOOKS = {"register": "Sales books", "from": "1990", "to": "2026", "complete": False, "gaps": "1998"}
MADE = Record("production", "ABC123", "Glock", "17", "9x19 mm", "manufactured", "2010", "", "", "", "row 1")
NATIONAL = Proposed(
    {"outcomes": [{"code": "manufacture_confirmed_no_further_record"}], "completeness": "full", "basis": ["registry"],
     "searched": [EXPORTS]},
    ("Found it.",), (Candidate(Grade.EXACT, "ABC123", "Glock", "17", "9x19 mm", (MADE,)),),
)  # fmt: skip
NOTHING = Proposed(
    {"outcomes": [{"code": "no_record"}], "completeness": "full", "basis": ["registry"], "searched": [EXPORTS]},
    ("No record agrees.",),
)


def enquiry(kind: str, reply: dict[str, Any] | None, state: str = "answered") -> EnquiryFile:
    return EnquiryFile(
        enquiry="0" * 32, case="br.0", addressee={"kind": kind, "name": "Somebody"}, question="?", told={}, state=state,
        due="2026-12-01T00:00:00.000Z", opened="2026-11-01T00:00:00.000Z", opened_by="ada", link_until=None,
        reply=reply, channel="form", replied="2026-11-02T00:00:00.000Z", replied_by="x", ended=None,
    )  # fmt: skip


SOLD = enquiry(
    "dealer", {"result": "found", "event": "transferred", "date": "2012-04", "party": "A", "searched": [BOOKS]}
)
NOT_FOUND = enquiry("customs", {"result": "not_found", "searched": [BOOKS]})
UNKNOWN = enquiry("military", {"result": "unknown"})


def body(national: Proposed, *enquiries: EnquiryFile) -> dict[str, Any]:
    return assemble(WEAPON, national, enquiries).body or {}


def test_without_a_reply_the_proposal_is_that_of_the_records() -> None:
    assert assemble(WEAPON, NATIONAL, ()) == NATIONAL
    waiting = assemble(WEAPON, NATIONAL, (enquiry("dealer", None, "overdue"),))
    assert (waiting.body, waiting.reasons[-1]) == (
        NATIONAL.body, "Still open: the enquiry to dealer Somebody, due 2026-12-01.",
    )  # fmt: skip


def test_records_and_replies_are_one_course_of_the_weapon() -> None:
    answer = body(NATIONAL, SOLD)
    assert [one["type"] for one in answer["transactions"]] == ["manufacture", "transfer"]
    assert (answer["outcomes"][0]["code"], answer["basis"]) == (
        "traced_last_legal_holder",
        ["registry", "dealer_record"],
    )
    assert (answer["searched"], answer["completeness"]) == ([EXPORTS, BOOKS], "full")


def test_a_register_searched_twice_is_named_once() -> None:
    assert body(NATIONAL, SOLD, NOT_FOUND)["searched"] == [EXPORTS, BOOKS]


def test_a_reply_without_a_result_takes_nothing_from_what_the_records_show() -> None:
    answer = body(NATIONAL, NOT_FOUND)
    assert answer["outcomes"][0]["code"] == "manufacture_confirmed_no_further_record"


def test_several_weapons_that_fit_stay_several_when_nobody_knows_better() -> None:
    several = replace(NATIONAL, candidates=NATIONAL.candidates * 2)
    answer = body(several, NOT_FOUND)
    assert (answer["outcomes"], answer["basis"]) == (NATIONAL.body["outcomes"], ["registry", "customs"])  # type: ignore[index]


def test_a_reply_settles_which_weapon_it_is() -> None:
    several = replace(NATIONAL, candidates=NATIONAL.candidates * 2)
    assert [one["type"] for one in body(several, SOLD)["transactions"]] == ["transfer"]


def test_who_does_not_know_makes_the_answer_partial_or_none() -> None:
    assert body(NATIONAL, UNKNOWN)["completeness"] == "partial"
    assert assemble(WEAPON, NOTHING, (UNKNOWN,)).body is None


def test_a_doubt_about_the_weapon_stays_a_doubt() -> None:
    doubtful = replace(NATIONAL, body=(NATIONAL.body or {}) | {"completeness": "partial"})
    assert body(doubtful, SOLD)["completeness"] == "partial"


def test_what_nobody_found_is_no_record_of_all_that_was_searched() -> None:
    answer = body(NOTHING, NOT_FOUND)
    assert (answer["outcomes"], answer["basis"]) == ([{"code": "no_record"}], ["registry", "customs"])
    assert "transactions" not in answer


def test_a_withdrawn_enquiry_counts_for_nothing() -> None:
    assert assemble(WEAPON, NATIONAL, (enquiry("dealer", {"reason": None}, "withdrawn"),)) == NATIONAL
