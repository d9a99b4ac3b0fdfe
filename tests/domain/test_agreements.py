"""What is agreed is a function of the signed statements both hold, whatever the order they came in."""

from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any

import pytest

from protocol.agreements import Term, agreed_on, agreed_profile, counting, proposals
from protocol.deadlines import Basis, ClockName, Limit, Start, Unit, Whose
from protocol.lifecycle import Kind
from protocol.messages import BY_KIND, parse
from tests.domain.bodies import body

DAY = 24 * 3600 * 1000
START = int(datetime(2026, 12, 1, tzinfo=UTC).timestamp() * 1000)


def mid(sender: str, number: int) -> str:
    return f"{sender}:0198c5f0-0000-7000-8000-{number:012d}"


def proposal(sender: str, number: int, *, matter: str = "m1", **changed: Any) -> Term:
    whole = body(Kind.PROFILE_PROPOSAL) | changed
    message = parse(BY_KIND[Kind.PROFILE_PROPOSAL].TYPE, {k: v for k, v in whole.items() if v is not None})
    return Term(mid(sender, number), matter, sender, START + number * DAY, message)  # type: ignore[arg-type]


def decision(sender: str, number: int, about: Term, word: str = "accepted", *, matter: str = "m1") -> Term:
    message = parse(BY_KIND[Kind.PROFILE_DECISION].TYPE, {"about": about.mid, "decision": word})
    return Term(mid(sender, number), matter, sender, START + number * DAY, message)  # type: ignore[arg-type]


OURS = proposal("br", 1)
LATER = date(2027, 6, 1)


def test_a_proposal_alone_binds_nobody() -> None:
    assert (agreed_on([OURS], LATER), [one.status for one in proposals([OURS])]) == (None, ["proposed"])


def test_a_proposal_that_the_other_side_accepted_stands_from_its_day() -> None:
    terms = [OURS, decision("at", 2, OURS)]
    stands = agreed_on(terms, date(2027, 1, 1))
    assert (agreed_on(terms, date(2026, 12, 31)), stands and stands.term) == (None, OURS)


def test_without_a_day_it_stands_from_the_day_of_its_acceptance() -> None:
    undated = proposal("br", 1, **{"from": None})
    stands = agreed_on([undated, decision("at", 4, undated)], LATER)
    assert stands is not None
    assert stands.since == date(2026, 12, 5)


@pytest.mark.parametrize(
    "refused",
    [
        decision("br", 2, OURS),
        decision("br", 2, OURS, "declined"),
        decision("at", 2, OURS, "perhaps"),
        decision("at", 2, OURS, matter="m2"),
        decision("at", 2, decision("at", 3, OURS)),
    ],
    ids=["accepted by its own side", "declined by its own side", "a word of nobody", "in another matter", "of none"],
)
def test_a_decision_that_decides_nothing_is_kept_without_effect(refused: Term) -> None:
    assert (counting([OURS, refused]), agreed_on([OURS, refused], LATER)) == ({OURS.mid}, None)


@pytest.mark.parametrize("ender", ["br", "at"])
def test_either_side_ends_what_was_agreed(ender: str) -> None:
    terms = [OURS, decision("at", 2, OURS), decision(ender, 3, OURS, "ended")]
    assert (agreed_on(terms, LATER), proposals(terms)[0].status) == (None, "ended")


def test_what_was_declined_is_never_agreed_again() -> None:
    terms = [OURS, decision("at", 2, OURS, "declined"), decision("at", 3, OURS)]
    assert (agreed_on(terms, LATER), proposals(terms)[0].status) == (None, "declined")


def test_of_two_agreements_the_one_with_the_later_first_day_stands() -> None:
    newer = proposal("at", 5, matter="m2", name="newer", **{"from": "2027-05-01"})
    terms = [OURS, decision("at", 2, OURS), newer, decision("br", 6, newer, matter="m2")]
    names = [found.message.name for day in (date(2027, 4, 30), LATER) if (found := agreed_on(terms, day))]
    assert names == ["br-at 2027", "newer"]


def test_of_two_agreements_of_one_day_the_later_proposal_stands() -> None:
    newer = proposal("at", 5, matter="m2", name="newer")
    found = agreed_on([newer, decision("br", 6, newer, matter="m2"), OURS, decision("at", 2, OURS)], LATER)
    assert found is not None
    assert found.message.name == "newer"


def test_any_order_of_arrival_gives_the_same_agreement() -> None:
    newer = proposal("at", 3, matter="m2", name="newer")
    terms = [OURS, decision("at", 2, OURS), newer, decision("br", 4, newer, "declined", matter="m2")]
    found = [(agreed_on(order, LATER), proposals(order), counting(order)) for order in permutations(terms)]
    assert all(one == found[0] for one in found)


# ---------------------------------------------------------------- the limits


def profile(*limits: dict[str, Any], **changed: Any) -> Any:
    term = proposal("br", 1, limits=list(limits), **changed)
    found = agreed_on([term, decision("at", 2, term)], LATER)
    assert found is not None
    return agreed_profile(found)


ANSWER = {"clock": "answer", "priority": "routine", "amount": 20, "unit": "working_days"}


def test_an_agreed_limit_binds_both_and_names_its_source() -> None:
    found = profile(ANSWER)
    assert (str(found.limit(ClockName.ANSWER, "routine")), found.basis) == ("20 working days", Basis.AGREED)
    assert found.source == f"agreed by both authorities: proposal {OURS.mid}, in force from 2027-01-01"


@pytest.mark.parametrize(
    "changed",
    [
        {"clock": "tea"}, {"priority": "whenever"}, {"unit": "moons"}, {"amount": 0}, {"amount": None},
        {"amount": 1_000_000}, {"start": "someday"}, {"days": "ours"},
    ],
)  # fmt: skip
def test_a_limit_that_this_version_cannot_count_is_passed_over(changed: dict[str, Any]) -> None:
    assert profile(ANSWER | changed).limits == {}


def test_an_answer_that_counts_from_the_acknowledgement_runs_after_its_clock() -> None:
    found = profile(ANSWER, answer_counts_from_acknowledgement=True)
    assert (dict(found.after), found.question_pauses) == ({ClockName.ANSWER: ClockName.ACK}, False)


def test_a_question_pauses_where_both_agreed_on_it() -> None:
    found = profile(ANSWER, question_pauses=True)
    assert (dict(found.after), found.question_pauses) == ({}, True)


def test_without_a_word_days_are_those_of_who_owes_from_the_next_day() -> None:
    limit = profile(ANSWER).limit(ClockName.ANSWER, "routine")
    assert limit == Limit(20, Unit.WORKING_DAYS, Start.NEXT_DAY, Whose.OWING)


def test_an_agreed_limit_says_from_when_and_by_whose_days_it_counts() -> None:
    limit = profile(ANSWER | {"unit": "working_hours", "start": "next_opening", "days": "both"}).limit(
        ClockName.ANSWER, "routine"
    )
    assert limit == Limit(20, Unit.WORKING_HOURS, Start.NEXT_OPENING, Whose.BOTH)


def test_a_profile_without_a_name_is_called_by_its_proposal() -> None:
    assert profile(ANSWER, name=None).name == OURS.mid
