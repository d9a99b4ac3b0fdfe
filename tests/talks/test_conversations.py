"""Whatever two nodes say to each other and whatever the wire does with it, both end in the same shared state."""

import asyncio
import logging
import random
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
import structlog
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from protocol.lifecycle import Effect, Kind, Role, State
from tests.talks.acts import VERB_OF
from tests.talks.faults import FAULTS, Fault, planted
from tests.talks.folds import converse, run_folds
from tests.talks.pair import ASKS, GIVES, Pair
from tests.talks.running import compare, deliver_all, run
from tests.talks.talk import Talk

SIDES = st.sampled_from([ASKS, GIVES])
CHANCE = st.randoms(use_true_random=False)
TALKS, FOLDS, FOLDS_UNTIL_FOUND, TALKS_UNTIL_FOUND = 60, 1_000, 1_000, 96
pytestmark = pytest.mark.timeout(600)  # some tens of seconds; on a busy machine several minutes


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Refusals and lost answers are what these tests are made of; nobody wants to read of each."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with Pair(tmp_path_factory.mktemp("talks")) as made:
        yield made


class Conversation(RuleBasedStateMachine):
    """One case between two real nodes, in the hands of hypothesis."""

    pair: ClassVar[Pair]
    loop: ClassVar[asyncio.AbstractEventLoop]
    alike: ClassVar[int]

    def __init__(self) -> None:
        super().__init__()
        self.talk = Talk(self.pair, 0)

    def _do(self, what: Coroutine[Any, Any, None]) -> None:
        self.loop.run_until_complete(what)

    @initialize()
    def a_request_is_made(self) -> None:
        self._do(self.talk.begin())

    @rule(side=SIDES, kind=st.sampled_from(sorted(VERB_OF)), chance=CHANCE)
    def an_officer_says(self, side: str, kind: Kind, chance: random.Random) -> None:
        self.talk.chance = chance
        self._do(self.talk.try_to_say(side, kind))

    @rule(side=SIDES, chance=CHANCE)
    def an_officer_says_what_is_allowed(self, side: str, chance: random.Random) -> None:
        self.talk.chance = chance
        self._do(self.talk.try_to_say(side))

    @rule(side=SIDES, kind=st.sampled_from([kind for kind in Kind if kind is not Kind.TRACE_REQUEST]), chance=CHANCE)
    def a_node_says_what_is_not_allowed(self, side: str, kind: Kind, chance: random.Random) -> None:
        self.talk.chance = chance
        self._do(self.talk.blurt(side, kind))

    @rule(side=SIDES, chance=CHANCE)
    def the_wire_takes_some(self, side: str, chance: random.Random) -> None:
        self.talk.chance = chance
        self._do(self._carry(side))

    async def _carry(self, authority: str) -> None:
        side = self.pair.sides[authority]
        rows, is_deaf = self.talk.pick(authority, await side.waiting())
        self.talk.remember(authority, list((await side.send(rows, deaf=is_deaf)).values()))

    @precondition(lambda self: any(self.talk.kept.values()))
    @rule(chance=CHANCE)
    def the_wire_brings_something_once_more(self, chance: random.Random) -> None:
        self.talk.chance = chance
        for authority, row in list(self.talk.repeats()):
            self._do(self.pair.sides[authority].again([row]))

    @rule()
    def both_open_what_they_took(self) -> None:
        self._do(self.pair.open_all())

    def teardown(self) -> None:
        if self.talk.case:
            self._do(deliver_all(self.pair))
            self._do(self._agree())
            type(self).alike += 1

    async def _agree(self) -> None:
        for difference in await compare(self.pair, [self.talk]):
            if difference is not None:
                raise difference


def test_a_conversation_in_any_hands_ends_in_one_state_on_both_sides(pair: Pair) -> None:
    with asyncio.Runner() as runner:
        Conversation.pair, Conversation.loop, Conversation.alike = pair, runner.get_loop(), 0
        slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
        run_state_machine_as_test(
            Conversation,
            settings=settings(max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=slow),
        )
    assert Conversation.alike >= 20


def test_conversations_at_random_end_in_one_state_on_both_sides(pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    tally = asyncio.run(run(pair, range(TALKS)))
    with capsys.disabled():
        print(  # noqa: T201 - the count is asked for
            f"\nconversations: {tally.agreed}/{tally.talks} end alike on two real nodes; {tally.said} messages, "
            f"{tally.unruly} of them unbidden, {tally.refused} acts refused"
        )
    assert tally.agreed == TALKS, str(tally.first)


def test_conversations_without_nodes_end_in_one_state_on_both_sides() -> None:
    tally = run_folds(range(FOLDS))
    assert (tally.agreed, tally.first) == (FOLDS, "")


def test_conversations_at_random_come_to_every_state_and_keep_some_messages_without_effect() -> None:
    ends = [converse(seed)[0][0].view() for seed in range(400)]
    assert {end.state for end in ends} >= set(State) - {State.DRAFT, State.SENT, State.REJECTED_INVALID}
    assert any(effect is Effect.KEPT for end in ends for effect in end.effects.values())


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.what for fault in FAULTS])
def test_a_fault_planted_in_one_rule_is_found(fault: Fault, capsys: pytest.CaptureFixture[str]) -> None:
    tally = run_folds(range(FOLDS_UNTIL_FOUND), fault, stop=True)
    with capsys.disabled():
        print(f"\nplanted: {fault.what}: found after {tally.talks} conversations")  # noqa: T201 - the same
    assert tally.first, f"not found in {tally.talks} conversations"


def test_a_fault_planted_in_one_of_two_real_nodes_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (fault,) = (one for one in FAULTS if one.what == "a receipt does not show that the request was delivered")
    assert fault.sides == (Role.REQUESTER,)
    with Pair(tmp_path) as faulty_pair, planted(fault):
        tally = asyncio.run(
            run(faulty_pair, range(TALKS_UNTIL_FOUND), at_once=12, until=lambda so_far: so_far.first is not None)
        )
    with capsys.disabled():
        print(f"\nplanted in one node: {fault.what}: found within {tally.talks} conversations")  # noqa: T201 - the same
    assert tally.first is not None
