"""Instants of columns, also of those that other nodes chose."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from tracing.clock import from_ms, to_ms


@pytest.mark.parametrize("instant_ms", [0, 1_795_000_000_000, -1_000])
def test_an_instant_is_read_as_it_was_written(instant_ms: int) -> None:
    assert to_ms(from_ms(instant_ms)) == instant_ms


@pytest.mark.parametrize("instant_ms", [2**53 - 1, -(2**53) + 1, 253_402_300_799_999])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_an_instant_beyond_every_calendar_is_read_as_one_that_can_be_reckoned_with(instant_ms: int, zone: str) -> None:
    local = from_ms(instant_ms).astimezone(ZoneInfo(zone))
    assert (local - timedelta(days=300)).year < (local + timedelta(days=300)).year
