"""What the page of a case says in situations that are rare in a scene: computed from a file made by hand."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.pages.scene import Scene
from tracing.casework.casefile import CaseFile
from tracing.desk.pages.casepage import case_view
from tracing.desk.pages.moments import Here

HERE = Here(datetime(2026, 11, 23, 15, 0, tzinfo=UTC), ZoneInfo("UTC"))
FILE = CaseFile(
    case="br.0", state="acknowledged", counterpart="at", direction="sent", priority="routine", weapon=None,
    reference=None, overlays=[], waiting_on="them", version=3, late=False, dossier=None, opened="2026-11-01T00:00:00Z",
    owner=None, due=None, standing=None, pending={}, recordable=[], allowed=[], messages=[], delivery=[],
    deadlines=[], restrictions=[], consents=[], superseded=[], parent=None, onward=[], drafts=[],
    reminders=[], proposal=None, enquiries=[], awaiting=[], channels=[],
)  # fmt: skip
DUTY = {
    "clock": "answer", "owed_by": "us", "due": "2026-11-20T00:00:00Z", "original_due": "2026-11-20T00:00:00Z",
    "started": "2026-11-01T00:00:00Z", "basis": "internal", "source": "policy", "steps": [], "standing": "overdue",
    "paused": False, "ended": "2026-11-22T10:00:00Z",
}  # fmt: skip
DELIVERY = {
    "mid": "br:1", "stage": "queued", "code": None, "envelope": "00", "accepted": None, "opened": None,
    "parked": False, "next_try": None, "attempts": 0, "last_error": None,
    "carrier": "online", "bundle": None, "bundled": None,
}  # fmt: skip


def said(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "mid": "at:1", "sender": "at", "type": "", "kind": kind, "body": {}, "sent": "2026-11-01T00:00:00Z",
        "received": "2026-11-01T00:00:00Z", "signature": "verified", "effect": "effective", "channel": None,
        "actor": None, "statement": None, "lacks": [], "note": "", "not_understood": [],
    } | more  # fmt: skip


@pytest.fixture
def view(world: Scene) -> Any:
    """The view of the file with some members changed."""
    return lambda **changes: case_view(replace(FILE, **changes), HERE, world.nodes["br"].partners)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "done 22 Nov 2026, beyond our own target"),
        ({"basis": "treaty"}, "done 22 Nov 2026, late"),
        ({"standing": "on_time"}, "done 22 Nov 2026"),
    ],
)
def test_a_duty_done_after_its_date_is_late_only_against_what_binds(
    view: Any, changes: dict[str, Any], words: str
) -> None:
    assert view(deadlines=[DUTY | changes])["deadlines"][0]["badge"].words == words


def test_duties_that_run_stand_before_those_that_are_done(view: Any) -> None:
    shown = view(deadlines=[DUTY, DUTY | {"clock": "ack", "ended": None}])["deadlines"]
    assert [one["clock"] for one in shown] == ["ack", "answer"]


def test_a_refusal_without_its_reason_is_told(view: Any) -> None:
    lacks = [{"member": "reason", "paragraph": "ITI 23", "question": "Why?"}]
    shown = view(messages=[said("refusal", lacks=lacks)], allowed=["clarify"])["unexplained"]
    assert [one["ask_href"] for one in shown] == ["/cases/br.0?do=clarify&use=at:1#act"]


def test_a_restriction_on_one_element_names_it(view: Any) -> None:
    restrictions = [{"mid": "at:1", "element": "outcomes.0", "restrictions": ["no_court_use"]}]
    answer = said("final_response", body={"outcomes": [{"code": "no_record"}]})
    shown = view(messages=[answer], restrictions=restrictions)["handling"]
    assert shown == [{"restriction": "no_court_use", "on": "answer: finding 1"}]


@pytest.mark.parametrize(
    ("event", "owed", "words"),
    [
        ("near", "us", "Acknowledgement (owed by us) nears"),
        ("passed", "them", "Acknowledgement (owed by Austria) has passed"),
    ],
)
def test_a_reminder_says_whose_date_it_speaks_of(view: Any, event: str, owed: str, words: str) -> None:
    reminder = {"event": event, "clock": "ack", "owed_by": owed, "at": "2026-11-20T00:00:00Z", "late": True}
    assert view(reminders=[reminder])["reminders"][0]["words"] == words


def test_a_parked_message_is_said_to_be_parked(view: Any) -> None:
    assert view(delivery=[DELIVERY | {"parked": True}])["delivery"][0]["badge"].words == "parked"


@pytest.mark.parametrize(
    ("why", "remedies"), [("answered 400 key-revoked", [True]), ("answered 413 too-large", [False])]
)
def test_what_is_not_taken_is_said_at_the_top_until_its_request_is_withdrawn(
    view: Any, why: str, remedies: list[bool]
) -> None:
    there = {
        "messages": [said("trace_request", mid="br:1")],
        "delivery": [DELIVERY | {"parked": True, "last_error": why}],
    }
    told = view(state="sent", **there)["untaken"]
    assert [(one["kind"], one["reason"]) for one in told] == [("trace_request", why)]
    assert [one["is_revoked"] for one in told] == remedies
    assert view(state="withdrawn", **there)["untaken"] == []


def test_a_withdrawal_that_is_not_taken_is_said_at_the_top(view: Any) -> None:
    delivery = [DELIVERY | {"parked": True, "last_error": "schema"}]
    shown = view(state="withdrawn", messages=[said("withdrawal", mid="br:1")], delivery=delivery)
    assert [one["kind"] for one in shown["untaken"]] == ["withdrawal"]


def test_a_rejected_message_says_with_which_code(view: Any) -> None:
    assert view(delivery=[DELIVERY | {"stage": "rejected", "code": "schema"}])["delivery"][0]["lines"] == [
        "reason: schema"
    ]


def test_a_message_without_effect_is_no_answer(view: Any) -> None:
    assert view(messages=[said("final_response", effect="kept")])["answers"] == []


def test_a_weapon_nobody_could_name_still_has_a_title(view: Any) -> None:
    assert view()["plain_title"] == "Weapon, no serial"


def test_a_proposal_without_an_answer_shows_its_reasons_alone(view: Any) -> None:
    assert view(proposal={"answer": None, "reasons": ["Nothing was found."]})["proposal"] == {
        "body": [],
        "reasons": ["Nothing was found."],
    }
