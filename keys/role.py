"""The keys that sign keysets: named by roots, so replaced by the holders, and what becomes of each.

Rules
- The newest root names those that count. One that a former root named and the newest does not signs nothing any more;
  its private half is destroyed as soon as the node looks at its keys.
- One that no root names yet waits for the next root (``tracing keys request``).

    role_states(trust.roots, vault.records("keyset"))
    outlived(trust.roots)
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from keys.roots import Root
from keys.rotation import KeyState
from keys.uses import PublicKeyRecord, Use

__all__ = ["REPLACED", "outlived", "role_states"]

REPLACED: Final = (
    "only the holders replace such a key, with the next root: `tracing keys request`, then `tracing root new --after`"
)


def role_states(roots: Sequence[Root], records: Sequence[PublicKeyRecord]) -> tuple[KeyState, ...]:
    """Every key of the role, oldest first. ``records`` are those whose private half is at hand."""
    held = {record.kid for record in records}
    known = tuple(_named(roots, held))
    listed = {one.kid for one in known}
    return (*known, *(_waiting(record) for record in records if record.kid not in listed))


def outlived(roots: Sequence[Root]) -> frozenset[str]:
    """The kids that only former roots name."""
    return frozenset(str(key.kid) for root in roots for key in root.keyset) - _kids(roots[-1])


def _kids(root: Root) -> frozenset[str]:
    return frozenset(str(key.kid) for key in root.keyset)


def _named(roots: Sequence[Root], held: Collection[str]) -> Iterator[KeyState]:
    since = {str(key.kid): root.iat for root in reversed(roots) for key in root.keyset}
    algs = {str(key.kid): key.alg for root in roots for key in root.keyset}
    newest = _kids(roots[-1])
    for kid, at_ms in since.items():
        status = "active" if kid in newest else "retired"
        state, until, then = _fate(status, roots[-1].exp, is_held=kid in held)
        yield KeyState(kid, Use.KEYSET, algs[kid], status, state, at_ms, until, then)


def _fate(status: str, root_ends: int, *, is_held: bool) -> tuple[str, int | None, str]:
    if status == "active" and is_held:
        return "active", root_ends, "is replaced by the holders, with the next root"
    if status == "active":
        return "lost", None, "must be replaced by the holders, with the next root"
    return ("deactivated" if is_held else "destroyed"), None, "its private half is destroyed"


def _waiting(record: PublicKeyRecord) -> KeyState:
    then = "goes live with the next root"
    return KeyState(record.kid, Use.KEYSET, record.alg, "next", "pre-activation", None, None, then)
