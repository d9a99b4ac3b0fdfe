"""Evidence of a case: what the file holds, who may export it, what the trail says, and what stays hidden."""

import io
from typing import Any

import pytest

from keys import evidence
from keys.evidence import Evidence, Proved
from tests.casework.test_proving import answered, pins
from tests.world import OFFICER, World
from tracing.casework.evidence import Exported


async def exported(trio: World, authority: str, case_id: str, **body: Any) -> Exported:
    """An export under a head that covers everything."""
    node = trio[authority]
    await node.store.write(node.checkpoints.sign_due)
    return await node.office.evidence(OFFICER, case_id, body)


def proved(data: bytes, known: dict[str, str]) -> tuple[Evidence, list[Proved]]:
    heard: list[Proved] = []
    return evidence.verify(io.BytesIO(data), known, heard.append), heard


@pytest.mark.parametrize("authority", ["br", "at"])
async def test_a_whole_case_is_proved_by_either_side(trio: World, authority: str) -> None:
    one = await answered(trio)
    made = await exported(trio, authority, one.case)
    found, heard = proved(made.data, pins(trio))
    assert (found.exporter.authority, found.case, found.messages, found.absent) == (authority, one.case, 2, ())
    assert [each.mid for each in heard] == [one.request, one.mid]
    assert all(each.accepted_ms and each.opened_ms for each in heard)
    assert found.head is not None
    ways = {"br": ["env.out", "rcpt.in", "rcpt.in"], "at": ["env.in", "rcpt.out", "rcpt.out"]}
    assert list(heard[0].entered) == ways[authority]
