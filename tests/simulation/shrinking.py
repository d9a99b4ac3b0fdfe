"""The fewest events that still show what went wrong."""

from collections.abc import Callable

from tests.simulation.plan import Event, Plan

__all__ = ["shrink"]


def shrink(plan: Plan, fails: Callable[[Plan], bool], most: int = 60) -> Plan:
    """Leave out halves, quarters, ... single events, as long as it still fails; at most ``most`` tries."""
    size, tries = max(1, len(plan.events) // 2), 0
    while True:
        at = 0
        while at < len(plan.events) and tries < most:
            some: set[Event] = set(plan.events[at : at + size])
            tries += 1
            if fails(smaller := plan.without(some)):
                plan = smaller
            else:
                at += size
        if size == 1 or tries >= most:
            return plan
        size = max(1, size // 2)
