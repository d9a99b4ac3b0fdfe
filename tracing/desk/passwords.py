"""Passwords: argon2id (RFC 9106) in threads of their own, only a few at once.

One verification takes some 190 ms and 64 MiB on purpose. Two at once is what two cores and 128 MiB can give; beyond a
short queue the answer is "not now", so that a flood of sign-ins cannot take the node's memory.
"""

import asyncio
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tracing.clock import Ids

__all__ = ["Passwords", "PasswordsBusy", "hash_password", "new_password"]

AT_ONCE = 2
MOST_WAITING = 16  # some three seconds of work
MOST_CHARACTERS = 1024  # argon2 reads all of it
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike
_GROUPS, _IN_GROUP = 5, 5  # 25 of 31 letters: 123 bits

_hasher = PasswordHasher()  # argon2id with the library's defaults, RFC 9106 low-memory profile


class PasswordsBusy(Exception):
    """Too many are signing in just now."""


def hash_password(password: str) -> str:
    """The argon2id hash, with its parameters and salt. Slow: for commands, and for threads."""
    return _hasher.hash(password)


def new_password(ids: Ids) -> str:
    """A password to print once, e.g. ``k7mpq-...``; chosen by chance, without letters that look alike."""
    letters = [_LETTERS[byte % len(_LETTERS)] for byte in _fair(ids)]
    return "-".join("".join(letters[at : at + _IN_GROUP]) for at in range(0, len(letters), _IN_GROUP))


def _fair(ids: Ids) -> list[int]:
    """Bytes of which every letter gets an equal share."""
    fair: list[int] = []
    while len(fair) < _GROUPS * _IN_GROUP:
        fair += [byte for byte in ids.random_bytes(64) if byte < 256 - 256 % len(_LETTERS)]
    return fair[: _GROUPS * _IN_GROUP]


class Passwords:
    """The threads that verify."""

    def __init__(self, ids: Ids) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")
        self._nobody = _hash_of_nobody(ids)  # what an unknown name is held against
        self._waiting = 0

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether ``password`` belongs to ``stored``. Takes as long for an account that does not exist."""
        if self._waiting >= AT_ONCE + MOST_WAITING:
            raise PasswordsBusy
        self._waiting += 1
        try:
            matches = await asyncio.get_running_loop().run_in_executor(
                self._threads, _matches, stored or self._nobody, password
            )
        finally:
            self._waiting -= 1
        return matches and stored is not None

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False)


def _hash_of_nobody(ids: Ids) -> str:
    """A hash that costs as much to verify as any and that no password has: made by chance, not by 64 MiB of work."""
    salt, digest = (b64encode(ids.random_bytes(size)).rstrip(b"=").decode() for size in (16, 32))
    costs = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v=19${costs}${salt}${digest}"


def _matches(stored: str, password: str) -> bool:
    try:
        return len(password) <= MOST_CHARACTERS and _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):  # the last: a lone surrogate is nobody's password
        return False
