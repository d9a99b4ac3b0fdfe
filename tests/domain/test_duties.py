"""Which clocks run, who owes, and what ended them."""

from datetime import UTC, date, datetime, timedelta

from protocol.deadlines import ClockName, Duty, SaidAt, duties
from protocol.lifecycle import Kind, Role, Said
from tests.domain.conversation import REQUEST, in_turn, said

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def hourly(*talk: Said, named: dict[str, date] | None = None) -> list[SaidAt]:
    """One message an hour, in the order given."""
    return [SaidAt(one, at(hour), (named or {}).get(one.mid)) for hour, one in enumerate(talk)]


def by_clock(found: tuple[Duty, ...]) -> dict[ClockName, str | None]:
    return {duty.clock: duty.ended_by for duty in found}


def test_a_request_starts_the_clocks_of_acknowledgement_and_answer() -> None:
    assert duties(hourly(REQUEST)) == (
        Duty(ClockName.ACK, Role.REQUESTED, "m1", START),
        Duty(ClockName.ANSWER, Role.REQUESTED, "m1", START),
    )


def test_a_request_nobody_accepted_yet_starts_no_clock() -> None:
    assert duties([SaidAt(REQUEST, None)]) == ()


def test_a_rejected_request_starts_no_clock() -> None:
    assert duties(hourly(REQUEST), rejected={"m1"}) == ()


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
