"""Which clocks run, who owes, and what ended them."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol import deadlines
from protocol.deadlines import ClockName, Duty, SaidAt
from protocol.lifecycle import OPEN, Kind, Overlay, Role, Said, State, fold
from tests.domain.conversation import REQUEST, in_turn, said
from tests.domain.test_lifecycle_properties import conversations, lively_conversations

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def hourly(*talk: Said, named: dict[str, date] | None = None) -> list[SaidAt]:
    """One message an hour, in the order given."""
    return [SaidAt(one, at(hour), (named or {}).get(one.mid)) for hour, one in enumerate(talk)]


def duties(messages: list[SaidAt], rejected: frozenset[str] = frozenset()) -> tuple[Duty, ...]:
    """The clocks of a case whose request was opened."""
    return deadlines.duties(messages, fold([one.said for one in messages], opened={"m1"}, rejected=rejected))


def of_clock(clock: ClockName, *talk: Said, named: dict[str, date] | None = None) -> list[tuple[str, str | None]]:
    """Of one clock: what started and what ended it, each time."""
    found = duties(hourly(*talk, named=named))
    return [(duty.started_by, duty.ended_by) for duty in found if duty.clock is clock]


def by_clock(found: tuple[Duty, ...]) -> dict[ClockName, str | None]:
    return {duty.clock: duty.ended_by for duty in found}


def test_a_request_starts_the_clocks_of_acknowledgement_and_answer() -> None:
    assert duties(hourly(REQUEST)) == (
        Duty(ClockName.ACK, Role.REQUESTED, "m1", START, "m1", START),
        Duty(ClockName.ANSWER, Role.REQUESTED, "m1", START, "m1", START),
    )


def test_a_request_nobody_accepted_yet_starts_no_clock() -> None:
    assert duties([SaidAt(REQUEST, None)]) == ()


def test_a_rejected_request_starts_no_clock() -> None:
    assert duties(hourly(REQUEST), rejected=frozenset({"m1"})) == ()


def test_an_acknowledgement_ends_its_clock_only() -> None:
    found = duties(hourly(*in_turn(Kind.ACKNOWLEDGEMENT)))
    assert by_clock(found) == {ClockName.ACK: "m2", ClockName.ANSWER: None}


def test_the_end_of_a_clock_keeps_its_instant() -> None:
    ack = duties(hourly(*in_turn(Kind.ACKNOWLEDGEMENT)))[0]
    assert (ack.ended_at, ack.is_running) == (at(1), False)


def test_an_interim_response_implies_the_acknowledgement() -> None:
    found = duties(hourly(*in_turn(Kind.INTERIM_RESPONSE)))
    assert by_clock(found) == {ClockName.ACK: "m2", ClockName.ANSWER: None}


def test_an_answer_ends_both_clocks() -> None:
    assert by_clock(duties(hourly(*in_turn(Kind.FINAL_RESPONSE)))) == {ClockName.ACK: "m2", ClockName.ANSWER: "m2"}


def test_a_refusal_ends_both_clocks() -> None:
    assert by_clock(duties(hourly(*in_turn(Kind.REFUSAL)))) == {ClockName.ACK: "m2", ClockName.ANSWER: "m2"}


def test_a_withdrawal_ends_both_clocks() -> None:
    assert by_clock(duties(hourly(*in_turn(Kind.WITHDRAWAL)))) == {ClockName.ACK: "m2", ClockName.ANSWER: "m2"}


def test_the_first_of_several_ends_counts() -> None:
    found = duties(hourly(*in_turn(Kind.ACKNOWLEDGEMENT, Kind.FINAL_RESPONSE)))
    assert by_clock(found) == {ClockName.ACK: "m2", ClockName.ANSWER: "m3"}


def test_an_answer_not_yet_accepted_ends_the_clock_without_an_instant() -> None:
    talk = in_turn(Kind.FINAL_RESPONSE)
    found = duties([SaidAt(talk[0], START), SaidAt(talk[1], None)])
    assert [(duty.ended_by, duty.ended_at) for duty in found] == [("m2", None)] * 2


def test_a_message_without_effect_ends_no_clock() -> None:
    found = duties(hourly(REQUEST, said("m2", Kind.CLOSURE, "m1")))
    assert by_clock(found) == {ClockName.ACK: None, ClockName.ANSWER: None}


def test_a_question_starts_a_clock_of_the_requester() -> None:
    found = duties(hourly(*in_turn(Kind.INFORMATION_REQUEST), named={"m2": date(2026, 12, 1)}))[-1]
    assert (found.clock, found.owed_by, found.started_by, found.named) == (
        ClockName.INFO,
        Role.REQUESTER,
        "m2",
        date(2026, 12, 1),
    )


def test_a_supply_ends_the_question_it_had_seen() -> None:
    assert duties(hourly(*in_turn(Kind.INFORMATION_REQUEST, Kind.INFORMATION_SUPPLY)))[-1].ended_by == "m3"


def test_a_supply_that_crossed_the_question_leaves_its_clock_running() -> None:
    question, supply = said("m2", Kind.INFORMATION_REQUEST, "m1"), said("m3", Kind.INFORMATION_SUPPLY, "m1")
    assert duties(hourly(REQUEST, question, supply))[-1].is_running


def test_an_answer_ends_an_open_question() -> None:
    assert duties(hourly(*in_turn(Kind.INFORMATION_REQUEST, Kind.FINAL_RESPONSE)))[-1].ended_by == "m3"


def test_a_delay_with_a_date_starts_a_clock_beside_the_first_one() -> None:
    found = duties(hourly(*in_turn(Kind.DELAY_NOTICE), named={"m2": date(2027, 1, 15)}))
    assert by_clock(found) == {ClockName.ACK: None, ClockName.ANSWER: None, ClockName.REVISED: None}


def test_a_delay_without_a_date_starts_no_clock() -> None:
    assert ClockName.REVISED not in by_clock(duties(hourly(*in_turn(Kind.DELAY_NOTICE))))


def test_a_later_delay_with_a_date_takes_the_place_of_the_first() -> None:
    named = {"m2": date(2027, 1, 15), "m3": date(2027, 2, 15)}
    found = duties(hourly(*in_turn(Kind.DELAY_NOTICE, Kind.DELAY_NOTICE), named=named))
    assert [(duty.started_by, duty.ended_by) for duty in found if duty.clock is ClockName.REVISED] == [
        ("m2", "m3"),
        ("m3", None),
    ]


def test_a_later_delay_without_a_date_leaves_the_first_date_standing() -> None:
    found = duties(hourly(*in_turn(Kind.DELAY_NOTICE, Kind.DELAY_NOTICE), named={"m2": date(2027, 1, 15)}))
    assert [duty.ended_by for duty in found if duty.clock is ClockName.REVISED] == [None]


def test_the_order_of_arrival_does_not_matter() -> None:
    talk = hourly(*in_turn(Kind.ACKNOWLEDGEMENT, Kind.INFORMATION_REQUEST, Kind.INFORMATION_SUPPLY))
    assert duties(talk[::-1]) == duties(talk)


# ---------------------------------------------------------------- what ends the work

ENDINGS = [Kind.FINAL_RESPONSE, Kind.REFUSAL, Kind.NOT_COMPETENT, Kind.WITHDRAWAL]


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_ends_the_work_ends_acknowledgement_answer_question_and_delay(ending: Kind) -> None:
    talk = in_turn(Kind.INFORMATION_REQUEST, Kind.DELAY_NOTICE, ending)
    found = duties(hourly(*talk, named={"m3": date(2027, 1, 15)}))
    assert by_clock(found) == dict.fromkeys((ClockName.ACK, ClockName.ANSWER, ClockName.INFO, ClockName.REVISED), "m4")


def test_a_lapsed_closure_of_a_case_nobody_spoke_in_ends_its_clocks() -> None:
    found = duties(hourly(*in_turn(Kind.CLOSURE, facts={Kind.CLOSURE: {"lapsed"}})))
    assert by_clock(found) == {ClockName.ACK: "m2", ClockName.ANSWER: "m2"}


def test_a_question_that_crossed_the_closure_has_no_clock_after_the_reopening() -> None:
    talk = in_turn(Kind.ACKNOWLEDGEMENT, Kind.CLOSURE, Kind.REOPENING, facts={Kind.CLOSURE: {"lapsed"}})
    assert of_clock(ClockName.INFO, *talk, said("m9", Kind.INFORMATION_REQUEST, "m2")) == [("m9", "m3")]


@pytest.mark.parametrize("kind", [Kind.RESTRICTION_NOTICE, Kind.INTERIM_RESPONSE])
def test_a_first_word_in_the_matter_implies_the_acknowledgement(kind: Kind) -> None:
    assert of_clock(ClockName.ACK, *in_turn(kind)) == [("m1", "m2")]


@pytest.mark.parametrize("kind", [Kind.INFORMATION_REQUEST, Kind.DELAY_NOTICE, Kind.PROGRESS, Kind.REMINDER])
def test_what_is_no_acknowledgement_leaves_its_clock_running(kind: Kind) -> None:
    assert of_clock(ClockName.ACK, *in_turn(kind)) == [("m1", None)]


# ---------------------------------------------------------------- explanation and consent


def test_an_explanation_is_owed_from_its_question_to_the_reply() -> None:
    talk = in_turn(Kind.DELAY_NOTICE, Kind.CLARIFICATION_REQUEST, Kind.CLARIFICATION_REPLY)
    assert of_clock(ClockName.CLARIFY, *talk) == [("m3", "m4")]


def test_an_explanation_is_owed_beyond_the_answer() -> None:
    talk = in_turn(Kind.DELAY_NOTICE, Kind.CLARIFICATION_REQUEST, Kind.FINAL_RESPONSE)
    assert of_clock(ClockName.CLARIFY, *talk) == [("m3", None)]


@pytest.mark.parametrize("kinds", [(Kind.NOT_COMPETENT,), (Kind.WITHDRAWAL,), (Kind.REFUSAL, Kind.CLOSURE)])
def test_an_explanation_is_owed_no_more_when_the_case_ends(kinds: tuple[Kind, ...]) -> None:
    talk = in_turn(Kind.DELAY_NOTICE, Kind.CLARIFICATION_REQUEST, *kinds)
    assert of_clock(ClockName.CLARIFY, *talk) == [("m3", talk[-1].mid)]


def test_a_reply_to_one_question_leaves_the_clock_of_another_running() -> None:
    talk = in_turn(Kind.DELAY_NOTICE, Kind.CLARIFICATION_REQUEST, Kind.CLARIFICATION_REQUEST)
    reply = said("m5", Kind.CLARIFICATION_REPLY, "m4", facts={"about:m4"})
    assert of_clock(ClockName.CLARIFY, *talk, reply) == [("m3", None), ("m4", "m5")]


def test_a_decision_about_consent_is_owed_by_whoever_was_asked() -> None:
    asked = said("m2", Kind.CONSENT_REQUEST, "m1", sender=Role.REQUESTED)
    assert [duty.owed_by for duty in duties(hourly(REQUEST, asked)) if duty.clock is ClockName.CONSENT] == [
        Role.REQUESTER
    ]


def test_only_a_decision_ends_the_clock_of_consent() -> None:
    talk = in_turn(Kind.CONSENT_REQUEST, Kind.FINAL_RESPONSE, Kind.CLOSURE)
    decision = said("m5", Kind.CONSENT_DECISION, "m4", facts={"about:m2"})
    assert [of_clock(ClockName.CONSENT, *talk, *more) for more in ((), (decision,))] == [
        [("m2", None)],
        [("m2", "m5")],
    ]


def test_a_decision_of_ones_own_is_none_about_what_one_asked_for() -> None:
    talk = [
        REQUEST,
        said("m2", Kind.CONSENT_REQUEST, "m1"),
        said("m3", Kind.CONSENT_REQUEST, "m2", sender=Role.REQUESTED),
    ]
    decision = said("m4", Kind.CONSENT_DECISION, "m3", sender=Role.REQUESTER)
    assert of_clock(ClockName.CONSENT, *talk, decision) == [("m2", None), ("m3", "m4")]


# ---------------------------------------------------------------- another priority


def counted(*talk: Said) -> dict[ClockName, tuple[str, datetime]]:
    return {duty.clock: (duty.counted_by, duty.counted_at) for duty in duties(hourly(*talk))}


def test_a_change_of_priority_counts_acknowledgement_and_answer_anew_and_keeps_their_start() -> None:
    talk = in_turn(Kind.PRIORITY_CHANGE)
    assert counted(*talk) == {ClockName.ACK: ("m2", at(1)), ClockName.ANSWER: ("m2", at(1))}
    assert {duty.started_at for duty in duties(hourly(*talk))} == {START}


def test_the_last_of_several_changes_counts() -> None:
    assert counted(*in_turn(Kind.PRIORITY_CHANGE, Kind.PRIORITY_CHANGE))[ClockName.ANSWER] == ("m3", at(2))


def test_a_change_of_priority_leaves_the_clock_of_a_question_alone() -> None:
    assert counted(*in_turn(Kind.INFORMATION_REQUEST, Kind.PRIORITY_CHANGE))[ClockName.INFO] == ("m2", at(1))


def test_a_change_of_priority_takes_the_place_of_an_earlier_delay() -> None:
    talk = in_turn(Kind.DELAY_NOTICE, Kind.PRIORITY_CHANGE)
    assert of_clock(ClockName.REVISED, *talk, named={"m2": date(2027, 1, 15)}) == [("m2", "m3")]


def test_a_change_of_priority_nobody_accepted_yet_counts_nothing_anew() -> None:
    request, change = in_turn(Kind.PRIORITY_CHANGE)
    assert {duty.counted_by for duty in duties([SaidAt(request, START), SaidAt(change, None)])} == {"m1"}


def test_a_change_of_priority_never_counts_backwards() -> None:
    request, change = in_turn(Kind.PRIORITY_CHANGE)
    assert {duty.counted_at for duty in duties([SaidAt(request, at(5)), SaidAt(change, at(1))])} == {at(5)}


def test_a_change_of_priority_after_the_acknowledgement_counts_only_the_answer_anew() -> None:
    assert counted(*in_turn(Kind.ACKNOWLEDGEMENT, Kind.PRIORITY_CHANGE)) == {
        ClockName.ACK: ("m1", START),
        ClockName.ANSWER: ("m3", at(2)),
    }


def test_a_change_of_priority_that_crossed_the_acknowledgement_counts_both_anew() -> None:
    crossing = said("m2", Kind.ACKNOWLEDGEMENT, "m1"), said("m3", Kind.PRIORITY_CHANGE, "m1")
    assert {by for by, _ in counted(REQUEST, *crossing).values()} == {"m3"}


# ---------------------------------------------------------------- what the dates come from

DAYS = {"m2": date(2027, 1, 15), "m3": date(2027, 2, 15)}


def answer(*talk: Said, named: dict[str, date] | None = None) -> Duty:
    """The clock of the answer that began last."""
    return [duty for duty in duties(hourly(*talk, named=named)) if duty.clock is ClockName.ANSWER][-1]


def moved(*talk: Said) -> tuple[str | None, date | None]:
    found = answer(*talk, named=DAYS)
    return found.moved_by, found.moved_to


def given_priority(mid: str, word: str, *re: str) -> Said:
    return said(mid, Kind.PRIORITY_CHANGE, *re, facts={f"priority:{word}"})


def test_a_delay_moves_the_answer_to_the_date_it_names() -> None:
    assert moved(*in_turn(Kind.DELAY_NOTICE)) == ("m2", DAYS["m2"])


def test_of_two_delays_the_later_one_moves_the_answer() -> None:
    assert moved(*in_turn(Kind.DELAY_NOTICE, Kind.DELAY_NOTICE)) == ("m3", DAYS["m3"])


def test_a_change_of_priority_after_the_delay_takes_its_date_away() -> None:
    assert moved(*in_turn(Kind.DELAY_NOTICE, Kind.PRIORITY_CHANGE)) == (None, None)


def test_a_delay_that_crossed_a_change_of_priority_stands() -> None:
    assert moved(REQUEST, said("m2", Kind.DELAY_NOTICE, "m1"), given_priority("m3", "urgent", "m1")) == (
        "m2",
        DAYS["m2"],
    )


def test_an_answer_keeps_the_date_the_delay_gave_it() -> None:
    assert moved(*in_turn(Kind.DELAY_NOTICE, Kind.FINAL_RESPONSE)) == ("m2", DAYS["m2"])


def test_a_delay_nobody_accepted_yet_moves_nothing() -> None:
    request, delay = in_turn(Kind.DELAY_NOTICE)
    found = duties([SaidAt(request, START), SaidAt(delay, None, DAYS["m2"])])
    assert {duty.moved_by for duty in found} == {None}


def test_a_limit_is_that_of_the_priority_given_last() -> None:
    talk = [REQUEST, given_priority("m2", "urgent", "m1"), given_priority("m3", "low", "m2")]
    found = answer(*talk)
    assert (found.first.priority, found.last.priority, found.last.by) == (None, "low", "m3")
    assert found.dated_by == ("m3",)


def test_a_case_opened_again_is_counted_at_the_priority_it_had_by_then() -> None:
    talk = [REQUEST, given_priority("m2", "urgent", "m1"), said("m3", Kind.CLOSURE, "m2", facts={"lapsed"})]
    found = answer(*talk, said("m4", Kind.REOPENING, "m3", sender=Role.REQUESTER))
    assert (found.started_by, found.first, found.last) == ("m4", found.last, found.first)
    assert (found.first.priority, found.dated_by) == ("urgent", ("m4", "m2"))


@settings(max_examples=100, deadline=None)
@given(lively_conversations(), st.randoms(use_true_random=False))
def test_whatever_the_order_of_arrival_the_clocks_and_their_dates_are_the_same(
    talk: tuple[Said, ...], chance: Random
) -> None:
    held = hourly(*talk)
    duties_then = deadlines.duties(held, fold(talk, opened={"m1"}))
    chance.shuffle(held)
    assert deadlines.duties(held, fold([one.said for one in held], opened={"m1"})) == duties_then


# ---------------------------------------------------------------- opened again


def test_a_case_opened_again_owes_an_answer_from_that_instant() -> None:
    talk = in_turn(Kind.FINAL_RESPONSE, Kind.CLOSURE, Kind.REOPENING)
    assert of_clock(ClockName.ANSWER, *talk) == [("m1", "m2"), ("m4", None)]
    assert duties(hourly(*talk))[-1].started_at == at(3)


def test_a_late_answer_that_crossed_the_reopening_ends_its_clock() -> None:
    talk = in_turn(Kind.ACKNOWLEDGEMENT, Kind.CLOSURE, Kind.REOPENING, facts={Kind.CLOSURE: {"lapsed"}})
    late = said("m9", Kind.FINAL_RESPONSE, "m3")
    assert of_clock(ClockName.ANSWER, *talk, late) == [("m1", "m3"), ("m4", "m9")]


# ---------------------------------------------------------------- clocks and overlays say the same

RUNS_BESIDE = {
    ClockName.INFO: Overlay.INFORMATION_PENDING,
    ClockName.CLARIFY: Overlay.CLARIFICATION_PENDING,
    ClockName.CONSENT: Overlay.CONSENT_PENDING,
}


@settings(max_examples=150, deadline=None)
@given(lively_conversations())
def test_a_clock_runs_exactly_while_something_is_owed(talk: tuple[Said, ...]) -> None:
    view = fold(talk, opened={"m1"})
    found = deadlines.duties([SaidAt(one, START) for one in talk], view)
    for clock, overlay in RUNS_BESIDE.items():
        running = sorted(duty.started_by for duty in found if duty.clock is clock and duty.is_running)
        assert running == sorted(view.pending.get(overlay, ()))
    is_running = {duty.clock for duty in found if duty.is_running}
    assert (ClockName.ANSWER in is_running) == (view.state in OPEN)
    assert (ClockName.ACK in is_running) == (view.state is State.DELIVERED)


@settings(max_examples=100, deadline=None)
@given(conversations())
def test_whatever_was_said_the_clocks_can_be_reckoned(talk: tuple[Said, ...]) -> None:
    found = deadlines.duties([SaidAt(one, START) for one in talk], fold(talk, opened={"m1"}))
    assert all(duty.counted_at >= duty.started_at for duty in found)
