"""Properties of the fold for any conversation, well behaved or not."""

import random
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.lifecycle import TABLE, Effect, Kind, Role, Said, State, fold
from tests.domain.conversation import in_turn

MIDS = [f"m{number}" for number in range(1, 8)]
FACTS = st.frozensets(st.sampled_from(["blocking", "urgency_declined"]), max_size=2)


@st.composite
def conversations(draw: st.DrawFn) -> tuple[Said, ...]:
    """Up to seven messages of any kind from any side, naming any others (themselves and strangers too)."""
    mids = MIDS[: draw(st.integers(0, len(MIDS)))]
    names = st.lists(st.sampled_from([*MIDS, "stranger"]), max_size=3).map(tuple)
    return tuple(
        Said(mid, draw(st.sampled_from(Kind)), draw(st.sampled_from(Role)), draw(names), draw(FACTS)) for mid in mids
    )


@st.composite
def lively_conversations(draw: st.DrawFn) -> tuple[Said, ...]:
    """A request, then legal moves of two nodes that each hold all they said and some of what the other said."""
    said = [Said("m1", Kind.TRACE_REQUEST, Role.REQUESTER)]
    held: dict[Role, set[str]] = {role: {"m1"} for role in Role}
    seen: dict[str, set[str]] = {"m1": set()}
    for mid in MIDS[1:]:
        role = draw(st.sampled_from(Role))
        arrived = draw(st.sets(st.sampled_from([one.mid for one in said])))
        held[role] |= arrived.union(*(seen[mid] for mid in arrived))
        view = fold([one for one in said if one.mid in held[role]], opened={"m1"})
        if kinds := sorted(view.allowed(role)):
            said.append(Said(mid, draw(st.sampled_from(kinds)), role, view.heads, draw(FACTS)))
            seen[mid] = set(held[role])
            held[role].add(mid)
    return tuple(said)


@settings(max_examples=200, deadline=None)
@given(st.one_of(conversations(), lively_conversations()), st.randoms(), st.sets(st.sampled_from(MIDS), max_size=2))
def test_any_order_of_arrival_gives_the_same_case(
    talk: tuple[Said, ...], chance: random.Random, rejected: set[str]
) -> None:
    shuffled = list(talk)
    chance.shuffle(shuffled)
    assert fold(shuffled, opened={"m1"}, rejected=rejected) == fold(talk, opened={"m1"}, rejected=rejected)


@settings(max_examples=80, deadline=None)
@given(lively_conversations())
def test_what_its_sender_was_allowed_to_say_always_counts(talk: tuple[Said, ...]) -> None:
    assert set(fold(talk).effects.values()) == {Effect.EFFECTIVE}


@settings(max_examples=80, deadline=None)
@given(st.one_of(conversations(), lively_conversations()))
def test_the_next_message_has_effect_exactly_when_it_is_allowed(talk: tuple[Said, ...]) -> None:
    view = fold(talk, opened=set(MIDS))
    for kind, role in ((kind, role) for kind in Kind for role in Role):
        after = fold([*talk, Said("m9", kind, role, view.heads)], opened=set(MIDS))
        assert (after.effects["m9"] is Effect.EFFECTIVE) == (kind in view.allowed(role))


@settings(max_examples=80, deadline=None)
@given(st.one_of(conversations(), lively_conversations()))
def test_an_illegal_move_changes_nothing_but_its_being_shown(talk: tuple[Said, ...]) -> None:
    view = fold(talk, opened=set(MIDS))
    illegal = [(kind, role) for kind in Kind for role in Role if kind not in view.allowed(role)]
    after = [fold([*talk, Said("m9", kind, role, view.heads)], opened=set(MIDS)) for kind, role in illegal]
    assert {(one.state, one.overlays) for one in after} <= {(view.state, view.overlays)}


@settings(max_examples=80, deadline=None)
@given(lively_conversations())
def test_a_withdrawn_case_stays_withdrawn(talk: tuple[Said, ...]) -> None:
    withdrawn = any(one.kind is Kind.WITHDRAWAL for one in talk)
    assert (fold(talk).state is State.WITHDRAWN) == withdrawn


def test_all_orders_of_a_whole_case_give_one_case() -> None:
    talk = in_turn(Kind.ACKNOWLEDGEMENT, Kind.INFORMATION_REQUEST, Kind.INFORMATION_SUPPLY, Kind.FINAL_RESPONSE)
    folds = [fold(order) for order in permutations(talk)]
    assert all(one == folds[0] for one in folds)


def test_every_legal_cell_can_be_reached_by_a_conversation_or_waits_for_later_kinds() -> None:
    reached, waiting = {State.DRAFT}, [State.DRAFT]
    while waiting:
        state = waiting.pop()
        after = {next_ for (met, _, _), next_ in TABLE.items() if met is state} | (
            {State.DELIVERED} if state is State.SENT else set()
        )
        waiting += after - reached
        reached |= after
    assert set(State) - reached == {State.IN_PROGRESS, State.MISDIRECTED, State.REJECTED_INVALID}
