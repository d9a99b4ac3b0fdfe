"""Every pair of (state with what runs beside it) x (message) x (role), against a second reading of the domain page."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.lifecycle import CaseView, Effect, Kind, Overlay, Role, State, fold
from tests.domain.ledger import BEGUN, Ledger
from tests.domain.reach import OPENED, contents, standings


def folded(one: Ledger) -> CaseView:
    """What the code makes of the conversation; whoever heard of it after the receipt has opened it."""
    return fold(one.talk, opened=() if one.state is State.SENT else {"m001"})


def seen(view: CaseView | Ledger) -> tuple[object, ...]:
    """All that both sides must agree on."""
    return view.state, dict(view.pending), view.waiting_on, view.priority, view.late


def cells(one: Ledger) -> Iterator[tuple[Kind, Role, frozenset[str]]]:
    """Every message of every role, with each content that may matter."""
    yield from ((kind, role, facts) for kind in Kind for role in Role for facts in contents(one, kind, role))


def spoken(one: Ledger) -> list[tuple[Kind, Role, frozenset[str]]]:
    """Of the cells those of whoever can know of the case: a requested State that speaks has opened the request."""
    return [cell for cell in cells(one) if one.state is not State.SENT or cell[1] is Role.REQUESTER]


def test_every_standing_of_a_case_is_what_the_page_says_it_is() -> None:
    differing = [one.talk for one in standings().values() if seen(folded(one)) != seen(one)]
    assert differing == []


def test_every_message_of_every_role_in_every_standing_is_decided_as_the_page_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    judged = {True: 0, False: 0}
    for one in standings().values():
        view = folded(one)
        for kind, role, facts in cells(one):
            expected = one.allows(kind, role, facts)
            assert view.allows(role, kind, facts) is expected, (one.talk, kind, role, facts)
            judged[expected] += 1
    beside = {(state, overlays) for state, overlays, _ in standings()}
    with capsys.disabled():
        print(  # noqa: T201 - the count is asked for
            f"\nlifecycle: {len(beside)} states with overlays in {len(standings())} standings, "
            f"{judged[True] + judged[False]} cells decided: {judged[True]} legal, {judged[False]} illegal"
        )
    working = 12 + 24 + 32 + 32  # delivered knows no dispute, acknowledged explains delays only
    assert len(beside) == 1 + working + 4 + 4 + 2 + 2 + 2


def test_a_legal_message_leads_where_the_page_says_and_an_illegal_one_changes_nothing() -> None:
    one_each: dict[tuple[State, frozenset[Overlay]], Ledger] = {}
    for (state, overlays, _), one in standings().items():
        one_each.setdefault((state, overlays), one)
    for one in one_each.values():
        before = folded(one)
        for kind, role, facts in spoken(one):
            after = one.say(kind, role, facts)
            view, is_legal = folded(after), one.allows(kind, role, facts)
            assert seen(view) == seen(after if is_legal else before), after.talk
            assert view.effects[after.talk[-1].mid] is (Effect.EFFECTIVE if is_legal else Effect.KEPT), after.talk


@st.composite
def talks(draw: st.DrawFn) -> Ledger:
    """A long conversation in turn, mostly of legal messages."""
    one = draw(st.sampled_from([BEGUN, OPENED]))
    for _ in range(draw(st.integers(0, 25))):
        every = list(cells(one))
        legal = [cell for cell in every if one.allows(*cell)]
        is_illegal = (
            one.state is not State.SENT and draw(st.integers(0, 9)) == 0
        )  # what came too early may be so no more
        one = one.say(*draw(st.sampled_from(every if is_illegal else legal)))
    return one


@settings(max_examples=100, deadline=None)
@given(talks())
def test_any_conversation_in_turn_is_read_the_same_way_twice(one: Ledger) -> None:
    assert seen(folded(one)) == seen(one)
