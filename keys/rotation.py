"""Living keys: when a key is announced, goes live, is retired and is destroyed, and the keyset that says so next.

Rules
- A key goes ``next`` -> ``active`` -> ``retired``; ``revoked`` from any of these. In the words of NIST SP 800-57 part 1
  (rev. 5, section 7): pre-activation, active, deactivated, compromised; destroyed once its private half is gone.
- Nothing goes live before ``NOTICE_REFRESHES`` refresh intervals after its publication, so whoever looks as often as
  the keyset asks knows it. Only a key that replaces a revoked one goes live at once.
- Signing keys live a year, keys to seal to ``SEALING_MS``. A retired key goes on counting for what is on its way: the
  carriage of its use (``trust.RETIRED_MS``). Then the private half of a key to seal to is destroyed, and its entry is
  left out; a private signing key serves nothing once retired and is destroyed ``SIGNING_TAIL_MS`` later. Public signing
  keys stay listed for ever.
- The keyset is issued again when any key moves, and when a third of its term is left.
- Pure: the clock is a parameter, new keys are handed in.

Example
    slots = wanted(keyset, at_ms=now_ms)
    after = turn(keyset, [vault.new_key(use, alg, random) for use, alg in slots], held, at_ms=now_ms)
    destroyable(after or keyset, at_ms=now_ms)
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from keys.documents import DAY_MS
from keys.keyset import (
    LIFETIME_MS,
    KemEntry,
    KeyEntry,
    Keyset,
    LogEntry,
    entry_of,
    log_entries,
    log_keys,
    renew_keyset,
)
from keys.trust import RETIRED_MS
from keys.uses import KEM_USES, PublicKeyRecord, Use

__all__ = [
    "NOTICE_REFRESHES", "SEALING_MS", "SIGNING_MS", "KeyState", "Slot", "bared", "destroyable", "entries", "revoke",
    "slot_of", "states", "turn", "wanted",
]  # fmt: skip

NOTICE_REFRESHES: Final = 3
SIGNING_MS: Final = 365 * DAY_MS  # NIST SP 800-57 part 1, table 1: one to three years for a private signature key
SEALING_MS: Final = 90 * DAY_MS
SLACK_MS: Final = 4 * DAY_MS  # announced so much earlier than it must be, for a node that was down
RENEW_MS: Final = LIFETIME_MS * 2 // 3
SIGNING_TAIL_MS: Final = DAY_MS  # what was being signed when its key was retired is long done

Entry = KeyEntry | KemEntry | LogEntry


class Slot(NamedTuple):
    """What one key at a time is active for."""

    use: Use
    alg: str


@dataclass(frozen=True, slots=True)
class KeyState:
    """One key as ``tracing keys list`` shows it; instants in ms UTC, None where there is none."""

    kid: str
    use: str
    alg: str
    status: str  # the word of the keyset
    state: str  # the word of NIST SP 800-57
    since_ms: int | None  # when it came into its status
    until_ms: int | None
    then: str  # what happens at ``until_ms``


def slot_of(entry: Entry) -> Slot:
    """The slot of a listed key."""
    if isinstance(entry, KeyEntry):
        return Slot(Use(entry.use), entry.alg)
    if isinstance(entry, LogEntry):
        return Slot(Use.LOG, entry.alg)
    return Slot(Use.KEM if entry.carriage == "online" else Use.KEM_FILE, entry.suite)


def wanted(keyset: Keyset, *, at_ms: int, early: Collection[Slot] = ()) -> tuple[Slot, ...]:
    """The slots whose next key is to be announced now; those of ``early`` although their time has not come."""
    announced = {slot_of(entry) for entry in entries(keyset) if entry.status == "next"}
    due = [
        slot
        for slot, entry in _active(keyset).items()
        if slot in early or at_ms >= _ends(slot, entry) - _notice(keyset) - SLACK_MS
    ]
    return tuple(slot for slot in due if slot not in announced)


def turn(keyset: Keyset, made: Sequence[PublicKeyRecord], held: Collection[str], *, at_ms: int) -> Keyset | None:
    """The keyset that follows at ``at_ms``; None where nothing moves and its term is long enough.

    ``made`` are new keys to announce, ``held`` the kids whose private half is at hand: what is not held is not made
    active, and a retired key to seal to that is not held any more leaves the list.
    """
    listed = [*entries(keyset), *(entry_of(record, "next", at_ms) for record in made)]
    live = _going_live(keyset, held, at_ms)
    moved = [_moved(entry, live, at_ms) for entry in listed]
    kept = [entry for entry in moved if not _is_gone(entry, held)]
    if kept == list(entries(keyset)) and at_ms < keyset.iat + RENEW_MS:
        return None
    return renew_keyset(keyset, at_ms=at_ms, **_split(keyset, kept))


def _going_live(keyset: Keyset, held: Collection[str], at_ms: int) -> dict[Slot, str]:
    """By slot: the announced key whose time has come."""
    active = _active(keyset)
    known = [entry for entry in entries(keyset) if entry.status == "next" and entry.kid in held]
    ready = [entry for entry in known if at_ms >= _goes_live(keyset, entry, active)]
    return {slot_of(entry): str(entry.kid) for entry in sorted(ready, key=lambda entry: -entry.since)}


def _goes_live(keyset: Keyset, entry: Entry, active: dict[Slot, Entry]) -> int:
    """When an announced key goes live: after its notice, and not before the key in its place has had its time."""
    slot = slot_of(entry)
    earliest = entry.since + _notice(keyset)
    now = active.get(slot)
    is_early = now is not None and entry.since < _ends(slot, now) - _notice(keyset) - SLACK_MS
    return earliest if now is None or is_early else max(earliest, _ends(slot, now))


def _moved(entry: Entry, live: dict[Slot, str], at_ms: int) -> Entry:
    kid = live.get(slot_of(entry))
    if kid is None or entry.status not in ("next", "active"):
        return entry
    if entry.kid == kid:
        return entry.model_copy(update={"status": "active", "since": at_ms})
    return entry.model_copy(update={"status": "retired", "since": at_ms}) if entry.status == "active" else entry


def _is_gone(entry: Entry, held: Collection[str]) -> bool:
    """A key to seal to that was retired and whose private half is destroyed: nobody needs to know it any more."""
    return isinstance(entry, KemEntry) and entry.status == "retired" and entry.kid not in held


def destroyable(keyset: Keyset, *, at_ms: int) -> tuple[str, ...]:
    """The kids whose private half has no use any more."""
    ended = ("retired", "revoked")
    over = [entry for entry in entries(keyset) if entry.status in ended]
    return tuple(str(entry.kid) for entry in over if at_ms >= _dies(entry))


def _dies(entry: Entry) -> int:
    """When the private half of a retired or revoked key is destroyed."""
    return entry.since + (RETIRED_MS[entry.carriage] if isinstance(entry, KemEntry) else SIGNING_TAIL_MS)


# ---------------------------------------------------------------- revocation


def bared(keyset: Keyset, kids: Collection[str]) -> tuple[Slot, ...]:
    """The slots that revoking ``kids`` leaves without a key that could take their place."""
    usable = (entry for entry in entries(keyset) if entry.status in ("next", "active") and entry.kid not in kids)
    left = {slot_of(entry) for entry in usable}
    return tuple(slot for slot, entry in _active(keyset).items() if entry.kid in kids and slot not in left)


def revoke(
    keyset: Keyset, kids: Collection[str], made: Sequence[PublicKeyRecord], *, since_ms: int, at_ms: int
) -> Keyset:
    """The keyset in which ``kids`` are revoked since an instant; announced keys, or ``made``, replace them at once."""
    listed = [_revoked(entry, since_ms) if entry.kid in kids else entry for entry in entries(keyset)]
    empty = {slot_of(entry) for entry in entries(keyset) if entry.status == "active"}
    empty -= {slot_of(entry) for entry in listed if entry.status == "active"}
    listed += [entry_of(record, "next", at_ms) for record in made]
    live: dict[Slot, str] = {}
    for entry in listed:
        if entry.status == "next" and slot_of(entry) in empty:
            live.setdefault(slot_of(entry), str(entry.kid))
    return renew_keyset(keyset, at_ms=at_ms, **_split(keyset, (_moved(entry, live, at_ms) for entry in listed)))


def _revoked(entry: Entry, since_ms: int) -> Entry:
    """Once revoked, an earlier instant may still become known; a later one never replaces it."""
    since = min(entry.since, since_ms) if entry.status == "revoked" else since_ms
    return entry.model_copy(update={"status": "revoked", "since": since})


# ---------------------------------------------------------------- what an officer sees

NIST_STATES: Final = {"next": "pre-activation", "active": "active", "retired": "deactivated", "revoked": "compromised"}


def states(keyset: Keyset, held: Collection[str]) -> tuple[KeyState, ...]:
    """Every key of the keyset with what happens to it next; those whose private half is gone are ``destroyed``."""
    return tuple(_state(keyset, entry, entry.kid in held) for entry in entries(keyset))


def _state(keyset: Keyset, entry: Entry, is_held: bool) -> KeyState:  # noqa: FBT001 - named by its only caller
    slot = slot_of(entry)
    until, then = _next_of(keyset, entry, slot) if is_held else (None, "its private half is destroyed")
    state = NIST_STATES[entry.status]
    if not is_held:
        state = "destroyed compromised" if entry.status == "revoked" else "destroyed"
    return KeyState(str(entry.kid), slot.use.value, slot.alg, entry.status, state, entry.since, until, then)


def _next_of(keyset: Keyset, entry: Entry, slot: Slot) -> tuple[int, str]:
    if entry.status == "next":
        return _goes_live(keyset, entry, _active(keyset)), "goes live"
    if entry.status == "active":
        return _hands_over(keyset, entry, slot), "is retired, its successor goes live"
    return _dies(entry), "its private half is destroyed"


def _hands_over(keyset: Keyset, active: Entry, slot: Slot) -> int:
    """When the key in a slot makes room: with its announced successor where there is one, else at its own end."""
    announced = [one for one in entries(keyset) if one.status == "next" and slot_of(one) == slot]
    return min((_goes_live(keyset, one, {slot: active}) for one in announced), default=_ends(slot, active))


# ---------------------------------------------------------------- parts


def entries(keyset: Keyset) -> tuple[Entry, ...]:
    """Every key a keyset lists."""
    return (*keyset.keys, *keyset.kem, *log_entries(keyset))


def _split(keyset: Keyset, entries: Iterable[Entry]) -> dict[str, Any]:
    listed = list(entries)
    log = log_keys(keyset.log.origin, (one for one in listed if isinstance(one, LogEntry)))
    return {
        "keys": tuple(one.model_dump() for one in listed if isinstance(one, KeyEntry)),
        "kem": tuple(one.model_dump() for one in listed if isinstance(one, KemEntry)),
        "log": (keyset.log.model_extra or {}) | log.model_dump(),
    }


def _active(keyset: Keyset) -> dict[Slot, Entry]:
    """By slot: the key most lately made active."""
    found = sorted((one for one in entries(keyset) if one.status == "active"), key=lambda one: one.since)
    return {slot_of(entry): entry for entry in found}


def _ends(slot: Slot, active: Entry) -> int:
    return active.since + (SEALING_MS if slot.use in KEM_USES else SIGNING_MS)


def _notice(keyset: Keyset) -> int:
    return NOTICE_REFRESHES * keyset.refresh
