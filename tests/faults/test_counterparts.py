"""Short slices of the campaigns between nodes and what stands between or against them; the make targets run them whole.

What a slice came to is asserted, how long anything took is not: the campaigns judge that.
"""

import asyncio
from pathlib import Path

import pytest

from tests.faults import reuniting, soaking, troubling
from tests.faults.crowd import KINDS, crowd
from tests.faults.crowding import CLOSED_S
from tests.faults.disks import can_inject
from tests.faults.filling import Campaign
from tests.faults.relay import Weather
from tests.faults.relaying import relay
from tests.faults.several import Several

pytestmark = pytest.mark.timeout(400)


async def test_a_proxy_that_loses_doubles_and_reorders_neither_loses_nor_doubles_a_request(tmp_path: Path) -> None:
    weather = Weather(silence_s=0.5, slowest_s=0.05)
    relayed = await relay(tmp_path, messages=80, seed=20261126, weather=weather)
    assert relayed.holds, relayed
    assert set(relayed.fates) - {"passed"}, "nothing happened on the way"


def test_a_dead_a_slow_and_a_hostile_counterpart_harm_nobody(tmp_path: Path) -> None:
    campaign = troubling.Campaign(tmp_path, seed=20261126, count=20)
    troubled = campaign.run(pairs=0, queued=30)
    assert troubled.is_unharmed, troubled
    assert troubled.round_trips == 20
    assert sum(troubled.tricks.values()) > 0, "nobody was hostile"


async def test_nodes_a_month_apart_deliver_all_that_waited_and_nothing_lapsed(tmp_path: Path) -> None:
    reunited = await reuniting.Campaign(tmp_path, counterparts=2).run(queued=40, days=30)
    assert reunited.holds, reunited


def test_full_disks_and_failing_calls_are_said_and_lose_nothing(tmp_path: Path) -> None:
    filled = Campaign(tmp_path, mib=48).run(full_s=1.5, most=1)
    assert filled.holds, filled
    assert "503 unavailable" in filled.answers, "no disk was full"
    assert not can_inject() or sum(filled.failures.values()) > 0, "no call failed"


def test_a_soak_carries_what_it_should_and_looks_at_memory(tmp_path: Path) -> None:
    soaked = soaking.soak(tmp_path, seconds=4, rate=10, most_growth=None)
    assert soaked.holds, soaked
    assert min(now for _, now in soaked.memory_mb.values()) > 0


def test_slow_strangers_of_every_half_open_kind_are_closed_by_a_running_node(tmp_path: Path) -> None:
    with Several(tmp_path, authorities=("at",)) as nodes:
        nodes.found()
        nodes.start("at")
        crowded = asyncio.run(crowd(nodes.doors["at"], 2 * len(KINDS), CLOSED_S["silent"] + 3))
    assert set(crowded.closed) >= set(KINDS) - {"body"}
