"""The matrix of a channel: each event at once, in a digest of the day, or off."""

from collections.abc import Mapping

from tracing.casework.telling import EVENTS

__all__ = ["SOUND", "WAYS", "check_ways", "way_of"]

WAYS = ("at_once", "digest", "off")
SOUND: Mapping[str, str] = {"near": "digest", "passed": "at_once", "again": "digest", "escalated": "at_once"}
"""What holds until somebody chooses: at once only where a date has passed, or somebody else did nothing."""


def check_ways(ways: Mapping[str, str]) -> None:
    """ValueError unless every event has a way, and nothing else has one."""
    if set(ways) != set(EVENTS) or not set(ways.values()) <= set(WAYS):
        raise ValueError(f"expected one of {', '.join(WAYS)} for each of {', '.join(EVENTS)}")


def way_of(ways: Mapping[str, str], event: str, *, is_urgent: bool) -> str:
    """How an event is told; what is urgent waits for no digest."""
    way = ways[event]
    return "at_once" if way == "digest" and is_urgent else way
