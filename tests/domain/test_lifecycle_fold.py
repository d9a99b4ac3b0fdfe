"""What both sides must see, whatever order it arrived in."""

import pytest

from protocol.lifecycle import Effect, Kind, Overlay, Role, Said, State, fold
from tests.domain.conversation import REQUEST, folded, in_turn, said


def test_a_case_without_a_request_is_a_draft_of_the_requester() -> None:
    view = fold([])
    assert (view.state, view.waiting_on, view.allowed(Role.REQUESTER)) == (
        State.DRAFT,
        Role.REQUESTER,
        frozenset({Kind.TRACE_REQUEST}),
    )


def test_a_request_is_sent_until_it_was_opened() -> None:
    assert folded(opened=False).state is State.SENT


def test_a_request_is_delivered_once_it_was_opened() -> None:
    assert folded().state is State.DELIVERED


def test_whoever_speaks_about_a_request_has_opened_it_even_when_the_receipt_is_late() -> None:
    view = folded(said("m2", Kind.ACKNOWLEDGEMENT, "m1"), opened=False)
    assert view.state is State.ACKNOWLEDGED


def test_a_question_alone_shows_that_the_request_was_opened() -> None:
    assert folded(said("m2", Kind.INFORMATION_REQUEST, "m1"), opened=False).state is State.DELIVERED


def test_a_rejected_request_is_invalid_and_waits_for_the_requester() -> None:
    view = fold([REQUEST], rejected={"m1"})
    assert (view.state, view.waiting_on, dict(view.effects)) == (
        State.REJECTED_INVALID,
        Role.REQUESTER,
        {"m1": Effect.KEPT},
    )


def test_a_request_sent_again_after_a_rejection_stands() -> None:
    again = said("m2", Kind.TRACE_REQUEST)
    assert fold([REQUEST, again], opened={"m2"}, rejected={"m1"}).state is State.DELIVERED


def test_a_second_request_in_one_case_is_kept_without_effect() -> None:
    assert folded(said("m2", Kind.TRACE_REQUEST)).effects["m2"] is Effect.KEPT


def test_a_rejected_message_has_no_effect_on_either_side() -> None:
    view = fold([REQUEST, said("m2", Kind.WITHDRAWAL, "m1")], opened={"m1"}, rejected={"m2"})
    assert (view.state, view.effects["m2"], view.heads) == (State.DELIVERED, Effect.KEPT, ("m1",))


@pytest.mark.parametrize(
    ("kinds", "state", "waiting_on"),
    [
        ((Kind.ACKNOWLEDGEMENT,), State.ACKNOWLEDGED, Role.REQUESTED),
        ((Kind.INTERIM_RESPONSE,), State.PARTIAL, Role.REQUESTED),
        ((Kind.FINAL_RESPONSE,), State.ANSWERED, Role.REQUESTER),
        ((Kind.REFUSAL,), State.REFUSED, Role.REQUESTER),
        ((Kind.WITHDRAWAL,), State.WITHDRAWN, None),
        ((Kind.ACKNOWLEDGEMENT, Kind.INTERIM_RESPONSE, Kind.INTERIM_RESPONSE), State.PARTIAL, Role.REQUESTED),
        ((Kind.ACKNOWLEDGEMENT, Kind.INTERIM_RESPONSE, Kind.FINAL_RESPONSE), State.ANSWERED, Role.REQUESTER),
        ((Kind.ACKNOWLEDGEMENT, Kind.FINAL_RESPONSE, Kind.CLOSURE), State.CLOSED, None),
        ((Kind.REFUSAL, Kind.CLOSURE), State.CLOSED, None),
        ((Kind.FINAL_RESPONSE, Kind.CLOSURE, Kind.FINAL_RESPONSE), State.ANSWERED, Role.REQUESTER),
        ((Kind.FINAL_RESPONSE, Kind.CLOSURE, Kind.FINAL_RESPONSE, Kind.CLOSURE), State.CLOSED, None),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else str(value),
)
def test_a_conversation_in_turn_ends_where_the_table_leads(
    kinds: tuple[Kind, ...], state: State, waiting_on: Role | None
) -> None:
    view = fold(in_turn(*kinds), opened={"m1"})
    assert (view.state, view.waiting_on, set(view.effects.values())) == (state, waiting_on, {Effect.EFFECTIVE})


def test_a_late_answer_after_the_closure_is_marked_late() -> None:
    assert fold(in_turn(Kind.FINAL_RESPONSE, Kind.CLOSURE, Kind.FINAL_RESPONSE)).late


def test_an_answer_given_anew_after_a_reopening_is_not_late() -> None:
    late_once = (Kind.FINAL_RESPONSE, Kind.CLOSURE, Kind.FINAL_RESPONSE, Kind.CLOSURE, Kind.REOPENING)
    assert not fold(in_turn(*late_once, Kind.FINAL_RESPONSE)).late
    assert fold(in_turn(*late_once, Kind.FINAL_RESPONSE, Kind.CLOSURE, Kind.FINAL_RESPONSE)).late


def test_an_answer_in_time_is_not_late() -> None:
    assert not fold(in_turn(Kind.FINAL_RESPONSE)).late


def test_a_second_acknowledgement_is_kept_without_effect() -> None:
    view = fold(in_turn(Kind.ACKNOWLEDGEMENT, Kind.ACKNOWLEDGEMENT))
    assert (view.state, view.effects["m3"]) == (State.ACKNOWLEDGED, Effect.KEPT)


def test_a_message_from_the_wrong_side_is_kept_without_effect() -> None:
    view = folded(said("m2", Kind.FINAL_RESPONSE, "m1", sender=Role.REQUESTER))
    assert (view.state, view.effects["m2"]) == (State.DELIVERED, Effect.KEPT)


# ---------------------------------------------------------------- messages that cross


@pytest.mark.parametrize("kind", [Kind.FINAL_RESPONSE, Kind.REFUSAL, Kind.INTERIM_RESPONSE, Kind.ACKNOWLEDGEMENT])
@pytest.mark.parametrize("mids", [("m2", "m3"), ("m3", "m2")], ids=["withdrawn_first", "withdrawn_last"])
def test_a_withdrawal_that_crosses_an_answer_gives_withdrawn(kind: Kind, mids: tuple[str, str]) -> None:
    view = folded(said(mids[0], Kind.WITHDRAWAL, "m1"), said(mids[1], kind, "m1"))
    assert (view.state, set(view.effects.values())) == (State.WITHDRAWN, {Effect.EFFECTIVE})


def test_an_answer_after_a_withdrawal_its_sender_had_seen_is_kept_without_effect() -> None:
    view = fold(in_turn(Kind.WITHDRAWAL, Kind.FINAL_RESPONSE))
    assert (view.state, view.effects["m3"]) == (State.WITHDRAWN, Effect.KEPT)


def test_an_answer_that_the_closure_had_not_seen_reopens_the_case() -> None:
    talk = in_turn(Kind.FINAL_RESPONSE, Kind.CLOSURE, Kind.FINAL_RESPONSE, Kind.CLOSURE)
    crossing = said("m6", Kind.FINAL_RESPONSE, "m3")
    assert fold([*talk, crossing]).state is State.ANSWERED


def test_answer_and_refusal_that_cross_give_the_answer() -> None:
    assert folded(said("m2", Kind.FINAL_RESPONSE, "m1"), said("m3", Kind.REFUSAL, "m1")).state is State.ANSWERED


def test_a_message_that_names_what_has_not_come_yet_is_judged_again_when_it_comes() -> None:
    closure = said("m3", Kind.CLOSURE, "m2")
    before, after = folded(closure), folded(closure, said("m2", Kind.FINAL_RESPONSE, "m1"))
    assert (before.effects["m3"], before.state, after.effects["m3"], after.state) == (
        Effect.KEPT,
        State.DELIVERED,
        Effect.EFFECTIVE,
        State.CLOSED,
    )


def test_messages_that_name_each_other_in_a_circle_are_both_judged_without_the_other() -> None:
    view = folded(said("m2", Kind.ACKNOWLEDGEMENT, "m3"), said("m3", Kind.WITHDRAWAL, "m2"))
    assert (view.state, dict(view.past)) == (
        State.WITHDRAWN,
        {"m1": frozenset(), "m2": frozenset({"m1"}), "m3": frozenset({"m1"})},
    )


def test_a_request_that_names_messages_of_its_own_case_still_begins_it() -> None:
    view = fold([said("m1", Kind.TRACE_REQUEST, "m2"), said("m2", Kind.ACKNOWLEDGEMENT, "m1")])
    assert view.state is State.ACKNOWLEDGED


def test_messages_without_a_request_have_no_effect() -> None:
    view = fold([said("m2", Kind.ACKNOWLEDGEMENT, "m1")])
    assert (view.state, view.effects["m2"]) == (State.DRAFT, Effect.KEPT)


def test_the_same_message_twice_is_one_message() -> None:
    assert fold([REQUEST, REQUEST]) == fold([REQUEST])


def test_two_different_messages_of_one_mid_are_refused() -> None:
    with pytest.raises(ValueError, match="m1"):
        fold([REQUEST, Said("m1", Kind.WITHDRAWAL, Role.REQUESTER)])


# ---------------------------------------------------------------- heads


def test_the_heads_are_what_nobody_built_on_yet() -> None:
    view = folded(said("m2", Kind.ACKNOWLEDGEMENT, "m1"), said("m3", Kind.INFORMATION_SUPPLY, "m1"))
    assert view.heads == ("m2", "m3")


def test_a_message_that_names_all_heads_is_the_only_head() -> None:
    view = folded(
        said("m2", Kind.ACKNOWLEDGEMENT, "m1"),
        said("m3", Kind.INFORMATION_SUPPLY, "m1"),
        said("m4", Kind.FINAL_RESPONSE, "m2", "m3"),
    )
    assert view.heads == ("m4",)


# ---------------------------------------------------------------- overlays

QUESTION = said("m2", Kind.INFORMATION_REQUEST, "m1", facts={"blocking"})


def test_a_blocking_question_puts_the_requester_in_charge() -> None:
    view = folded(QUESTION)
    assert (view.overlays, view.waiting_on) == (frozenset({Overlay.INFORMATION_PENDING}), Role.REQUESTER)


def test_an_optional_question_leaves_the_requested_state_in_charge() -> None:
    view = folded(said("m2", Kind.INFORMATION_REQUEST, "m1"))
    assert (view.overlays, view.waiting_on) == (frozenset({Overlay.INFORMATION_PENDING}), Role.REQUESTED)


def test_a_supply_ends_the_question_it_had_seen() -> None:
    view = folded(QUESTION, said("m3", Kind.INFORMATION_SUPPLY, "m2"))
    assert (view.overlays, view.waiting_on) == (frozenset(), Role.REQUESTED)


def test_a_supply_that_crossed_the_question_does_not_end_it() -> None:
    assert Overlay.INFORMATION_PENDING in folded(QUESTION, said("m3", Kind.INFORMATION_SUPPLY, "m1")).overlays


def test_one_supply_ends_all_questions_it_had_seen() -> None:
    second = said("m3", Kind.INFORMATION_REQUEST, "m2", facts={"blocking"})
    assert not folded(QUESTION, second, said("m4", Kind.INFORMATION_SUPPLY, "m3")).overlays


def test_a_question_asked_after_a_supply_is_open() -> None:
    third = said("m4", Kind.INFORMATION_REQUEST, "m3")
    assert folded(QUESTION, said("m3", Kind.INFORMATION_SUPPLY, "m2"), third).overlays == {Overlay.INFORMATION_PENDING}


def test_an_answer_ends_an_open_question() -> None:
    view = folded(QUESTION, said("m3", Kind.FINAL_RESPONSE, "m2"))
    assert (view.overlays, view.waiting_on) == (frozenset(), Role.REQUESTER)


def test_a_delay_runs_until_the_answer() -> None:
    delay = said("m2", Kind.DELAY_NOTICE, "m1")
    interim = said("m3", Kind.INTERIM_RESPONSE, "m2")
    final = said("m4", Kind.FINAL_RESPONSE, "m3")
    assert [folded(delay, interim).overlays, folded(delay, interim, final).overlays] == [
        {Overlay.DELAYED},
        frozenset(),
    ]


def test_declined_urgency_is_shown_beside_the_state() -> None:
    view = folded(said("m2", Kind.ACKNOWLEDGEMENT, "m1", facts={"urgency_declined"}))
    assert (view.state, view.overlays) == (State.ACKNOWLEDGED, frozenset({Overlay.URGENCY_DISPUTED}))


def test_each_role_is_the_other_of_the_other() -> None:
    assert [role.other.other for role in Role] == list(Role)


def test_hundreds_of_messages_that_all_name_all_others_build_on_the_request_alone() -> None:
    """With 1,024 names each they cost their sender some megabytes; they must not cost us minutes."""
    mids = [f"m{number:03}" for number in range(300)]
    names = (*mids, *(f"stranger{number:03}" for number in range(724)))
    talk = [Said("m000", Kind.TRACE_REQUEST, Role.REQUESTER)]
    talk += [Said(mid, Kind.INFORMATION_SUPPLY, Role.REQUESTER, names) for mid in mids[1:]]
    assert set(fold(talk, opened=mids).past.values()) == {frozenset(), frozenset({"m000"})}
