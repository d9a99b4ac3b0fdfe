"""The webhooks of a node: whom each is for, what it is told, where it leads, and the secrets that sign.

Rules
- One is for a person (what he is reminded of), for a role (what goes to all of it), or for the node (every reminder).
- A secret is shown when it is made and never again. After ``rotate`` the former one signs too until its time is over.
- The trail says who changed what of which webhook, and the host it leads to; never its path, never a secret.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from protocol import strictjson
from tracing import audit
from tracing.casework.attendance import hours_of
from tracing.channels import standing
from tracing.channels.claims import end_all, try_parked_again
from tracing.channels.ways import SOUND, check_ways
from tracing.channels.webhooks.reach import shown
from tracing.channels.webhooks.signing import new_secret
from tracing.phrases import PHRASES
from tracing.store import Tx, View
from tracing.store.content import hide, show
from tracing.tables import Webhook, table_of

__all__ = [
    "ROLES", "Hook", "Private", "add", "all_hooks", "change_ways", "hook_of", "move", "named", "private_of", "remove",
    "rotate",
]  # fmt: skip

MOST_HOOKS = 50
LONGEST_NAME = 60
LONGEST_OVERLAP_MS = 90 * 86_400_000
MOST_BYTES = 16 * 1024
ROLES = ("officer", "approver")
_hooks = table_of(Webhook)
_PUBLIC = [_hooks.c[name] for name in ("id", "name", "to_user", "to_role", "language", "ways", "set_ms")]


@dataclass(frozen=True, slots=True)
class Hook:
    """What may be shown of a webhook. ``id`` 0: not kept yet. ``set_ms``: when it was changed last."""

    name: str
    to_user: str | None = None
    to_role: str | None = None
    language: str = "en"
    ways: Mapping[str, str] = field(default_factory=lambda: dict(SOUND))
    id: int = 0
    set_ms: int = 0

    def __post_init__(self) -> None:
        if not self.name.isprintable() or self.name != self.name.strip() or not 1 <= len(self.name) <= LONGEST_NAME:
            raise ValueError(f"expected a name of 1 to {LONGEST_NAME} printable characters without blanks around it")
        if self.to_role not in {None, *ROLES} or (self.to_user and self.to_role):
            raise ValueError(f"expected a person, or one of the roles {', '.join(ROLES)}, or neither")
        if self.language not in PHRASES:
            raise ValueError(f"expected one of the languages {', '.join(PHRASES)}")
        check_ways(self.ways)

    @property
    def target(self) -> str:
        """As notices and their standing name it."""
        return f"webhook:{self.id}"


@dataclass(frozen=True, slots=True)
class Private:
    """Where a webhook leads, and what signs: the newest secret first, each with the instant it ends at."""

    url: str = field(repr=False)
    secrets: Sequence[tuple[str, int | None]] = field(repr=False)

    def valid(self, now_ms: int) -> list[str]:
        """The secrets that sign now."""
        return [secret for secret, until_ms in self.secrets if until_ms is None or now_ms < until_ms]


def all_hooks(view: View) -> list[Hook]:
    """Every webhook, by name."""
    return [_hook(row) for row in view.conn.execute(select(*_PUBLIC).order_by(_hooks.c.name))]


def hook_of(view: View, number: int) -> Hook | None:
    """The webhook of that number."""
    row = view.conn.execute(select(*_PUBLIC).where(_hooks.c.id == number)).first()
    return None if row is None else _hook(row)


def named(view: View, name: str) -> Hook:
    """The webhook of that name. LookupError."""
    row = view.conn.execute(select(*_PUBLIC).where(_hooks.c.name == name)).first()
    if row is None:
        raise LookupError(name)
    return _hook(row)


def private_of(view: View, hook: Hook) -> Private:
    """What rests encrypted of a webhook."""
    query = select(_hooks.c.content_key, _hooks.c.sealed).where(_hooks.c.id == hook.id)
    row = view.conn.execute(query).one()
    plain = show(view, view.cipher.unwrap(row.content_key), row.sealed, "webhook", hook.name)
    held = strictjson.load(plain, MOST_BYTES)
    return Private(held["url"], [(one["secret"], one["until_ms"]) for one in held["secrets"]])


def add(tx: Tx, hook: Hook, url: str, actor: str) -> str:
    """A new webhook; returns its secret. ``url`` was checked. ValueError where it cannot be added."""
    if hook.to_user is not None and hours_of(tx, hook.to_user) is None:
        raise ValueError(f"there is no active user {hook.to_user!r}")
    if any(one.name == hook.name for one in all_hooks(tx)):
        raise ValueError(f"there is a webhook {hook.name!r} already: choose another name, or remove that one")
    if tx.conn.execute(select(func.count()).select_from(_hooks)).scalar_one() >= MOST_HOOKS:
        raise ValueError(f"there are {MOST_HOOKS} webhooks already: remove one first")
    secret = new_secret(tx.ids.random_bytes)
    own = {"name": hook.name, "to_user": hook.to_user, "to_role": hook.to_role, "language": hook.language}
    by = {"ways": json.dumps(dict(hook.ways)), "set_by": actor, "set_ms": tx.now_ms}
    sealed = _sealed(tx, hook.name, Private(url, [(secret, None)]))
    tx.conn.execute(insert(_hooks).values(own | by | sealed))
    _note(tx, "add-webhook", hook, actor, host=shown(url), to=hook.to_user or hook.to_role or "node")
    return secret


def move(tx: Tx, hook: Hook, url: str, actor: str) -> None:
    """It leads elsewhere from now on; what was parked is tried there."""
    private = private_of(tx, hook)
    _keep(tx, hook, actor, **_sealed(tx, hook.name, Private(url, private.secrets)))
    standing.forget(tx, hook.target)
    try_parked_again(tx, hook.target)
    _note(tx, "move-webhook", hook, actor, host=shown(url))


def change_ways(tx: Tx, hook: Hook, ways: Mapping[str, str], actor: str) -> None:
    """What it is told from now on. ValueError."""
    check_ways(ways)
    _keep(tx, hook, actor, ways=json.dumps(dict(ways)))
    _note(tx, "choose-webhook", hook, actor, **ways)


def rotate(tx: Tx, hook: Hook, overlap_ms: int, actor: str) -> str:
    """A new secret; the one before signs too for so long (0: no longer), older ones no more. ValueError."""
    if not 0 <= overlap_ms <= LONGEST_OVERLAP_MS:
        raise ValueError(f"expected an overlap of 0 to {LONGEST_OVERLAP_MS // 86_400_000} days")
    private, secret = private_of(tx, hook), new_secret(tx.ids.random_bytes)
    former = [(private.secrets[0][0], tx.now_ms + overlap_ms)] if overlap_ms else []
    _keep(tx, hook, actor, **_sealed(tx, hook.name, Private(private.url, [(secret, None), *former])))
    _note(tx, "rotate-webhook", hook, actor, overlap_ms=overlap_ms)
    return secret


def remove(tx: Tx, hook: Hook, actor: str) -> None:
    """Nothing goes there any more; what waits ends unsent, and its address and secrets are gone."""
    end_all(tx, hook.target)
    standing.forget(tx, hook.target)
    tx.conn.execute(delete(_hooks).where(_hooks.c.id == hook.id))
    _note(tx, "remove-webhook", hook, actor)


def _hook(row: Any) -> Hook:
    return Hook(row.name, row.to_user, row.to_role, row.language, json.loads(row.ways), row.id, row.set_ms)


def _sealed(tx: Tx, name: str, private: Private) -> dict[str, bytes]:
    """Under a content key of its own, bound to its name."""
    wrapped, key = tx.cipher.new_key()
    secrets = [{"secret": secret, "until_ms": until_ms} for secret, until_ms in private.secrets]
    return {"content_key": wrapped, "sealed": hide(tx, key, {"url": private.url, "secrets": secrets}, "webhook", name)}


def _keep(tx: Tx, hook: Hook, actor: str, **values: Any) -> None:
    by = {"set_by": actor, "set_ms": tx.now_ms}
    tx.conn.execute(update(_hooks).where(_hooks.c.id == hook.id).values(values | by))


def _note(tx: Tx, act: str, hook: Hook, actor: str, **more: Any) -> None:
    audit.note(tx, "cfg", "webhooks", {"act": act, "actor": actor, "webhook": hook.name} | more)
