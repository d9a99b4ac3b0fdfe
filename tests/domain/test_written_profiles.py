"""Own targets as an authority writes them: read whole, or refused in one sentence."""

import re
from typing import Any

import pytest

from protocol.deadlines import Basis, ClockName, Limit, Start, Unit, Whose
from protocol.deadlines.written import written_profile

LIMIT = {"clock": "answer", "priority": "routine", "amount": 20, "unit": "working_days"}
WHOLE = {"name": "targets", "limits": [LIMIT]}


def test_a_limit_is_read_with_what_it_leaves_out() -> None:
    found = written_profile(WHOLE, 3)
    assert found.limit(ClockName.ANSWER, "routine") == Limit(20, Unit.WORKING_DAYS, Start.NEXT_DAY, Whose.OURS)
    assert (found.basis, found.version) == (Basis.INTERNAL, 3)
    assert found.source == "own target: targets, version 3; the ITI (18, 19) sets no number"


def test_every_rule_of_a_profile_can_be_written() -> None:
    limit = LIMIT | {"unit": "working_hours", "start": "next_opening", "days": "both"}
    whole = WHOLE | {"limits": [limit], "after": {"answer": "ack"}, "question_pauses": True}
    found = written_profile(whole, 1, counterpart="at")
    assert found.limit(ClockName.ANSWER, "routine") == Limit(20, Unit.WORKING_HOURS, Start.NEXT_OPENING, Whose.BOTH)
    assert (dict(found.after), found.question_pauses) == ({ClockName.ANSWER: ClockName.ACK}, True)
    assert found.source.startswith("own target for at: ")


def test_without_a_priority_a_limit_holds_for_all() -> None:
    found = written_profile(WHOLE | {"limits": [{k: v for k, v in LIMIT.items() if k != "priority"}]}, 1)
    assert len({found.limit(ClockName.ANSWER, word) for word in ("low", "routine", "urgent")}) == 1
    assert len(found.limits) == 3


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"limits": [LIMIT | {"amount": -3}]}, "limits.0: expected 1 to 3660 working days, got -3"),
        ({"limits": [LIMIT | {"amount": 0}]}, "limits.0: expected 1 to 3660 working days, got 0"),
        ({"limits": [LIMIT, LIMIT]}, "limits.1: expected one limit of answer at priority routine, got two"),
        ({"limits": []}, "limits: "),
        ({"limits": [LIMIT | {"amount": True}]}, "limits.0.amount: "),
        ({"limits": [LIMIT | {"unit": "moons"}]}, "limits.0.unit: "),
        ({"limits": [LIMIT | {"days": "nobody"}]}, "limits.0.days: "),
        ({"after": {"answer": "ack", "ack": "answer"}}, "got a circle: answer after ack after answer"),
        ({"after": {"tea": "ack"}}, "after.tea"),
        ({"question_pauses": "yes"}, "question_pauses: "),
        ({"colour": "red"}, "colour: "),
        ({"name": ""}, "name: "),
    ],
)
def test_what_cannot_be_counted_is_refused_by_name(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        written_profile(WHOLE | changed, 1)


@pytest.mark.parametrize("body", [None, [], "targets", 7])
def test_what_is_no_profile_at_all_is_refused(body: Any) -> None:
    with pytest.raises(ValueError, match="profile: "):
        written_profile(body, 1)
