"""Which webhooks hear of a reminder, and what the claims ask of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tracing.casework.attendance import ALWAYS, hours_of
from tracing.casework.telling import Reminded, event_of
from tracing.channels.notices import Addressee, digest_ms, hearers, number_of, put_digest, put_reminder, put_test
from tracing.channels.ways import way_of
from tracing.channels.webhooks.hooks import Hook, Private, all_hooks, hook_of, private_of
from tracing.settings import Settings
from tracing.store import Tx, View

__all__ = ["Calls", "Endpoint", "Receiver"]


@dataclass(frozen=True, slots=True)
class Calls:
    """The channel of webhooks, from reminders to rows."""

    settings: Settings

    def tell(self, tx: Tx, reminded: Reminded) -> None:
        """The calls of one reminder."""
        if not (hooks := all_hooks(tx)):
            return
        event, reminder = event_of(reminded.name, reminded.whom.role), number_of(tx, reminded)
        for hook, from_ms in _told(tx, reminded, hooks):
            way = way_of(hook.ways, event, is_urgent=reminded.is_urgent)
            if way == "at_once":
                put_reminder(tx, addressee(hook), reminder, from_ms)
            elif way == "digest":
                Receiver(hook, self.settings).put_digest(tx, reminder, from_ms)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a call goes, what signs it, and in which language and zone it is told."""

    hook: Hook
    private: Private


@dataclass(frozen=True, slots=True)
class Receiver:
    """One webhook, as the claims know a channel."""

    hook: Hook
    settings: Settings

    @property
    def target(self) -> str:
        return self.hook.target

    def reading(self, view: View, _row: Any) -> tuple[str, Endpoint] | None:
        """Its address and secrets as they are now; None where it, or the person it is for, is gone."""
        hook = hook_of(view, self.hook.id)
        if hook is None or hook.name != self.hook.name or (hook.to_user and hours_of(view, hook.to_user) is None):
            return None
        return hook.name, Endpoint(hook, private_of(view, hook))

    def put_in_digest(self, tx: Tx, _row: Any, reminder: int, after_ms: int) -> None:
        """Tell of a reminder in the first digest from an instant on that has not left."""
        self.put_digest(tx, reminder, after_ms)

    def put_digest(self, tx: Tx, reminder: int, after_ms: int) -> None:
        """The same, without a digest it was in before."""
        hours = (hours_of(tx, self.hook.to_user) if self.hook.to_user else None) or ALWAYS
        at_ms = digest_ms(hours, self.settings.zone, max(after_ms, tx.now_ms + 1))
        put_digest(tx, addressee(self.hook), reminder, at_ms)

    def put_test(self, tx: Tx) -> None:
        """A call that says that calls arrive; at most one a minute."""
        put_test(tx, addressee(self.hook))


def addressee(hook: Hook) -> Addressee:
    """As notices name it."""
    return Addressee(hook.target, hook.target, hook.to_user, hook.to_role)


def _told(tx: Tx, reminded: Reminded, hooks: list[Hook]) -> Iterator[tuple[Hook, int]]:
    """The webhooks that hear of a reminder, each with the instant it is told from."""
    yield from ((hook, reminded.whom.from_ms) for hook in hooks if hook.to_user is None and hook.to_role is None)
    teams = {hook.to_role for hook in hooks if hook.to_role is not None}
    persons = {hook.to_user for hook in hooks if hook.to_user is not None}
    for hearer in hearers(tx, reminded, teams=teams, reached=persons):
        for hook in hooks:
            is_his = hook.to_user == hearer.name if hearer.name is not None else hook.to_role == hearer.role
            if is_his:
                yield hook, hearer.from_ms
