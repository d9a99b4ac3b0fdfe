"""Reminders of a person."""

from typing import Literal

from tracing.desk.api.said.words import Answer, Owed

__all__ = ["OwnerSaid", "ReminderItem", "ReminderList", "SnoozeSaid"]


class ReminderItem(Answer):
    """One thing a person is reminded of. ``late``: the node was down when it fell due.

    ``to_role`` says why it comes to this person: as owner or officer, as deputy, or because nothing was done (approver,
    head).
    """

    reminder: int
    case: str
    counterpart: str
    clock: str
    owed_by: Owed
    basis: Literal["treaty", "agreed", "internal", "unverified", "provider"]
    due: str
    event: str
    to_role: Literal["owner", "officer", "deputy", "approver", "head"]
    at: str
    late: bool


class ReminderList(Answer):
    """Those of now; at most 200, so there is no further page."""

    items: list[ReminderItem]
    next: None


class SnoozeSaid(Answer):
    """A reminder that waits."""

    reminder: int
    until: str


class OwnerSaid(Answer):
    """Whose a case is: who is reminded first. null: nobody's, and all officers are."""

    case: str
    owner: str | None
