"""Properties of the fold for any conversation, well behaved or not."""

import random
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.lifecycle import TABLE, CaseView, Effect, Kind, Role, Said, State, fold
from tests.domain.conversation import in_turn

MIDS = [f"m{number}" for number in range(1, 10)]
WORDS = {
    Kind.INFORMATION_REQUEST: ["blocking"],
    Kind.ACKNOWLEDGEMENT: ["urgency_declined"],
    Kind.CLOSURE: ["lapsed"],
    Kind.HANDLING_NOTICE: ["prior_disclosure"],
    Kind.PRIORITY_CHANGE: ["priority:urgent", "priority:low"],
}
for answer in (Kind.CLARIFICATION_REQUEST, Kind.CLARIFICATION_REPLY, Kind.CONSENT_DECISION, Kind.OBJECTION):
    WORDS[answer] = [f"about:{mid}" for mid in MIDS]
FACTS = st.frozensets(st.sampled_from([word for words in WORDS.values() for word in words]), max_size=2)


def possible(view: CaseView, role: Role, kind: Kind) -> list[frozenset[str]]:
    """The contents with which ``role`` may say this kind now."""
    contents = [frozenset[str](), *(frozenset({word}) for word in WORDS.get(kind, []))]
    return [facts for facts in contents if view.allows(role, kind, facts)]


@st.composite
def conversations(draw: st.DrawFn) -> tuple[Said, ...]:
    """Up to nine messages of any kind from any side, naming any others (themselves and strangers too)."""
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
        kind = draw(st.sampled_from([said for state, said, by in TABLE if (state, by) == (view.state, role)] or [None]))
        if kind is not None and (contents := possible(view, role, kind)):
            said.append(Said(mid, kind, role, view.heads, draw(st.sampled_from(contents))))
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
    assert set(fold(talk, opened={"m1"}).effects.values()) == {Effect.EFFECTIVE}


@settings(max_examples=80, deadline=None)
@given(st.one_of(conversations(), lively_conversations()))
def test_the_next_message_has_effect_exactly_when_it_is_allowed(talk: tuple[Said, ...]) -> None:
    view = fold(talk, opened=set(MIDS))
    for kind, role in ((kind, role) for kind in Kind for role in Role):
        after = fold([*talk, Said("next", kind, role, view.heads)], opened=set(MIDS))
        assert (after.effects["next"] is Effect.EFFECTIVE) == (kind in view.allowed(role))


@settings(max_examples=80, deadline=None)
@given(st.one_of(conversations(), lively_conversations()))
def test_an_illegal_move_changes_nothing_but_its_being_shown(talk: tuple[Said, ...]) -> None:
    view = fold(talk, opened=set(MIDS))
    illegal = [(kind, role) for kind in Kind for role in Role if kind not in view.allowed(role)]
    after = [fold([*talk, Said("next", kind, role, view.heads)], opened=set(MIDS)) for kind, role in illegal]
    assert all(
        (one.state, one.pending, one.waiting_on, one.priority, one.late)
        == (view.state, view.pending, view.waiting_on, view.priority, view.late)
        for one in after
    )


@settings(max_examples=80, deadline=None)
@given(lively_conversations())
def test_a_withdrawn_case_stays_withdrawn(talk: tuple[Said, ...]) -> None:
    withdrawn = any(one.kind is Kind.WITHDRAWAL for one in talk)
    assert (fold(talk).state is State.WITHDRAWN) == withdrawn


def test_all_orders_of_a_whole_case_give_one_case() -> None:
    talk = in_turn(Kind.ACKNOWLEDGEMENT, Kind.INFORMATION_REQUEST, Kind.INFORMATION_SUPPLY, Kind.FINAL_RESPONSE)
    folds = [fold(order) for order in permutations(talk)]
    assert all(one == folds[0] for one in folds)


def test_every_state_but_the_technical_refusal_is_reached_by_messages() -> None:
    reached, waiting = {State.DRAFT}, [State.DRAFT]
    while waiting:
        state = waiting.pop()
        after = {rule.leads_to for (met, _, _), rule in TABLE.items() if met is state} | (
            {State.DELIVERED} if state is State.SENT else set()
        )
        waiting += after - reached
        reached |= after
    assert set(State) - reached == {State.REJECTED_INVALID}
