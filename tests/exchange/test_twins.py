"""Two nodes with one set of keys: noticed where both are heard, told to both, and silent until an officer decides."""

import asyncio
from dataclasses import replace

import pytest

from protocol.hello import Hello
from tests.exchange.conftest import MakeNode
from tests.exchange.world import BRISK, Nation, Node
from tracing.exchange.runs import MOST_RUNS, Heard, Runs
from tracing.tables import Leaf
from tracing.trust.alarms import open_alarms, say_done
from tracing.trust.twins import TWINS

ONE, OTHER, THIRD = "1" * 32, "2" * 32, "3" * 32
OFTEN = replace(BRISK, greet_again_s=0.2)


def said(run: str | None, at: int) -> Hello:
    members = {"v": 1, "net": "training", "from": "ke", "to": "br", "at": at, "nonce": "A" * 22, "run": run}
    return Hello.model_validate(members)


def heard(*hellos: tuple[str | None, int]) -> list[Heard]:
    runs = Runs()
    return [runs.hear(said(run, at)) for run, at in hellos]


def test_a_node_that_is_started_again_is_one_node() -> None:
    assert heard((ONE, 1), (ONE, 5), (OTHER, 9), (OTHER, 12)) == [
        Heard(began=True), Heard(began=False), Heard(began=True), Heard(began=False),
    ]  # fmt: skip


def test_two_runs_that_go_on_speaking_are_told_of_each_other() -> None:
    assert [one.also for one in heard((ONE, 1), (OTHER, 5), (ONE, 9), (OTHER, 10))] == [None, None, OTHER, ONE]


def test_a_hello_played_back_after_a_new_start_proves_nothing() -> None:
    assert [one.also for one in heard((ONE, 1), (ONE, 4), (OTHER, 5), (ONE, 1), (ONE, 4), (OTHER, 6))] == [None] * 6


def test_a_hello_held_back_until_after_a_new_start_proves_nothing() -> None:
    assert [one.also for one in heard((ONE, 1), (OTHER, 5), (ONE, 4), (OTHER, 6))] == [None] * 4


def test_a_clock_that_was_set_back_between_two_starts_makes_no_twins() -> None:
    assert [one.also for one in heard((ONE, 1000), (OTHER, 5), (OTHER, 6), (OTHER, 7))] == [None] * 4


def test_a_hello_without_a_run_is_a_start_as_before() -> None:
    assert heard((None, 1), (ONE, 2), (None, 3)) == [Heard(began=True)] * 3
    assert Runs().hear(None) == Heard(began=False)


def test_many_starts_are_forgotten_but_for_the_newest() -> None:
    runs = Runs()
    for at in range(1, 3 * MOST_RUNS):
        assert runs.hear(said(f"{at:032x}", at)).also is None
    assert runs.hear(said(f"{1:032x}", 100)).began


# ---------------------------------------------------------------- real nodes


def alarms(node: Node) -> list[tuple[str, str]]:
    return [(one.authority, one.code) for one in node.store.read_now(open_alarms)]


async def decide(node: Node) -> None:
    """An officer says that this node is the one that is to be."""
    (alarm,) = node.store.read_now(open_alarms)
    assert await node.store.write(lambda tx: say_done(tx, alarm.id, "bo", "the other one was a test of the backup"))
    await node.refresh()


@pytest.fixture
async def twins(node_of: MakeNode, br: Node, nations: dict[str, Nation]) -> tuple[Node, Node]:
    """Two nodes of Kenya, one a copy of the other."""
    made = [await node_of("ke", pace=OFTEN, run=run).open() for run in (ONE, OTHER)]
    for node in made:
        await node.knows(nations["br"], br.url)
    return made[0], made[1]


async def test_two_living_nodes_with_one_set_of_keys_are_told_and_send_nothing_until_an_officer_decides(
    twins: tuple[Node, Node], br: Node
) -> None:
    one, other = twins
    assert await one.reaches(lambda: all(node.partners.is_doubled for node in (one, other, br)[:2]))
    assert (alarms(one), alarms(other), alarms(br)) == ([("ke", TWINS)], [("ke", TWINS)], [("ke", TWINS)])
    assert not br.partners.is_doubled
    (words,) = (each.said for each in one.store.read_now(open_alarms))
    assert words == "br hears another node with our keys, run 22222222; this one is run 11111111"
    messages = [(await node.say("br"))[0] for node in twins]
    await asyncio.sleep(1)
    assert [node.stage(message) for node, message in zip(twins, messages, strict=True)] == ["queued", "queued"]
    await decide(one)
    assert await one.reaches(lambda: one.stage(messages[0]) == "accepted")
    await asyncio.sleep(1)
    assert (alarms(one), other.stage(messages[1])) == ([], "queued")
    assert "alarm-done" in str([row.object for row in one.rows(Leaf, kind="key")])


async def test_a_restarted_node_raises_no_alarm(node_of: MakeNode, br: Node, nations: dict[str, Nation]) -> None:
    first = await node_of("ke", pace=OFTEN, run=ONE).open()
    await first.knows(nations["br"], br.url)
    (said_first,) = await first.say("br")
    assert await first.reaches(lambda: first.stage(said_first) == "accepted")
    await first.exchange.stop()
    second = await node_of("ke", pace=OFTEN, run=THIRD, on=first.store).open()
    await second.refresh()
    (said_then,) = await second.say("br")
    assert await second.reaches(lambda: second.stage(said_then) == "accepted")
    await asyncio.sleep(0.6)
    assert (alarms(second), alarms(br)) == ([], [])
