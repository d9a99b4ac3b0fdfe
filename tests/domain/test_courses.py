"""From when a duty is counted under the rules of a profile, and where its clock stands still."""

from datetime import UTC, datetime, timedelta

import pytest

from protocol.deadlines import (
    EU_2023_977,
    POLICY,
    Basis,
    ClockName,
    Course,
    Pause,
    Profile,
    Rules,
    SaidAt,
    Talk,
    course,
    duties,
)
from protocol.lifecycle import Kind, Said, fold
from tests.domain.conversation import in_turn, said

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AFTER_ACK, PAUSED, BY_ACCESS = Rules(after=ClockName.ACK), Rules(question_pauses=True), Rules(asks_access=True)


def talk(*messages: Said, unaccepted: str = "") -> Talk:
    """One message an hour; that of ``unaccepted`` has no receipt."""
    held = [
        SaidAt(one, None if one.mid == unaccepted else START + timedelta(hours=hour))
        for hour, one in enumerate(messages)
    ]
    view = fold(messages, opened={"m1"})
    return Talk({one.said.mid: one for one in held}, duties(held, view), view)


def answer_of(whole: Talk, rules: Rules) -> Course:
    return course(next(one for one in whole.duties if one.clock is ClockName.ANSWER), whole, rules)


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def test_without_rules_a_clock_begins_with_its_start() -> None:
    assert answer_of(talk(*in_turn(Kind.ACKNOWLEDGEMENT)), Rules()) == Course("m1", START, None, (), ("m1",))


def test_a_clock_after_another_begins_with_the_end_of_that_one() -> None:
    assert answer_of(talk(*in_turn(Kind.ACKNOWLEDGEMENT)), AFTER_ACK) == Course("m2", at(1), None, (), ("m2",))


@pytest.mark.parametrize("unaccepted", ["", "m2"])
def test_a_clock_after_another_has_not_begun_before_that_one_ended(unaccepted: str) -> None:
    messages = in_turn(Kind.ACKNOWLEDGEMENT) if unaccepted else in_turn()
    assert answer_of(talk(*messages, unaccepted=unaccepted), AFTER_ACK) == Course(None, None, None, (), ())


def test_where_no_other_clock_ran_a_clock_begins_with_its_own_start() -> None:
    reopened = talk(*in_turn(Kind.ACKNOWLEDGEMENT, Kind.FINAL_RESPONSE, Kind.CLOSURE, Kind.REOPENING))
    duty = next(one for one in reopened.duties if one.clock is ClockName.ANSWER and one.started_by == "m5")
    assert course(duty, reopened, AFTER_ACK).begun_by == "m5"


def question(mid: str, *re: str, blocking: bool = True) -> Said:
    return said(mid, Kind.INFORMATION_REQUEST, *re, facts=frozenset({"blocking"} if blocking else ()))


def test_a_blocking_question_pauses_until_its_reply() -> None:
    whole = talk(*in_turn(), question("m2", "m1"), said("m3", Kind.INFORMATION_SUPPLY, "m2"))
    found = answer_of(whole, PAUSED)
    assert found.pauses == (Pause(at(1), at(2), "question m2 waits"),)
    assert found.dated_by == ("m1", "m2", "m3")


def test_a_reply_without_a_receipt_ends_no_pause_yet() -> None:
    whole = talk(*in_turn(), question("m2", "m1"), said("m3", Kind.INFORMATION_SUPPLY, "m2"), unaccepted="m3")
    found = answer_of(whole, PAUSED)
    assert (found.pauses[0].until, found.dated_by) == (None, ("m1", "m2"))


def test_a_question_that_does_not_block_pauses_nothing() -> None:
    assert answer_of(talk(*in_turn(), question("m2", "m1", blocking=False)), PAUSED).pauses == ()


def test_without_the_rule_a_blocking_question_pauses_nothing() -> None:
    assert answer_of(talk(*in_turn(), question("m2", "m1")), Rules()).pauses == ()


@pytest.mark.parametrize(("rules", "access", "by"), [(BY_ACCESS, "indirectly", ("m1", "m2")), (Rules(), None, ("m1",))])
def test_how_the_answer_is_reached_counts_where_the_limit_asks_for_it(
    rules: Rules, access: str | None, by: tuple[str, ...]
) -> None:
    told = said("m2", Kind.ACKNOWLEDGEMENT, "m1", facts=frozenset({"accessible:indirectly"}))
    found = answer_of(talk(*in_turn(), told), rules)
    assert (found.access, found.dated_by) == (access, by)


def test_an_acknowledgement_that_says_nothing_of_it_decides_nothing() -> None:
    assert answer_of(talk(*in_turn(Kind.ACKNOWLEDGEMENT)), BY_ACCESS).access is None


# ---------------------------------------------------------------- rules


def test_the_rules_of_a_clock_are_those_of_its_profile() -> None:
    profile = Profile("both", Basis.AGREED, "both", {}, {ClockName.ANSWER: ClockName.ACK}, question_pauses=True)
    assert Rules.of(profile, ClockName.ANSWER) == Rules(ClockName.ACK, question_pauses=True)
    assert Rules.of(profile, ClockName.INFO) == Rules.of(POLICY, ClockName.ANSWER) == Rules()
    assert Rules.of(EU_2023_977, ClockName.ANSWER) == Rules(None, question_pauses=True, asks_access=True)


@pytest.mark.parametrize("rules", [Rules(), AFTER_ACK, PAUSED, BY_ACCESS, Rules(ClockName.INFO, True, True)])
def test_rules_are_remembered_in_words(rules: Rules) -> None:
    assert Rules.read(str(rules)) == rules
