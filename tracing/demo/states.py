"""The three training nodes of the demonstration, and the people who sign in: named after their roles."""

from dataclasses import dataclass

__all__ = ["PEOPLE", "STATES", "DemoState"]


@dataclass(frozen=True, slots=True)
class DemoState:
    """One State's node. ``answer_target`` is its own target for answers; a short one makes something overdue soon."""

    authority: str
    country: str
    name: str
    zone: str
    language: str
    answer_target: str = "30 calendar days"


STATES = (
    DemoState("ke", "KEN", "National Tracing Point of Kenya (training)", "Africa/Nairobi", "en"),
    DemoState(
        "at", "AUT", "National Tracing Point of Austria (training)", "Europe/Vienna", "en", answer_target="1 second"
    ),
    DemoState("br", "BRA", "National Tracing Point of Brazil (training)", "America/Sao_Paulo", "en"),
)

PEOPLE = ("officer", "approver", "liaison", "auditor", "admin")
"""Each node has one person per role, whose name is the role."""
