"""How far a verification came that was cut short: kept in a small file of the home, so that the next goes on there.

Rules
- A mark says of each tree: the objects of its first ``size`` entries, whose root is ``root``, held when they were
  looked at, and what the entries carried themselves had the digest ``carried``. It spares looking at these objects
  again, and nothing else: entries, hashes, heads, checkpoints, witnesses and what was slipped in are recomputed by
  every run, and a mark is void where the entries do not give its root, or carry something else.
- So a resumed run misses one thing: what lies beside the log below the mark (an envelope, a receipt, a message at rest,
  their columns) and was altered after the earlier run had passed it. Whoever must be sure begins afresh; the node's own
  run each night always does.
- It lies outside the database, so that who can alter only that cannot move it; it is sealed under a key that a secret
  of the vault wraps, so that who can only write files cannot make one up; and it ends after a day.
- It counts for one version of the program alone, and for one form of the check: ``CHECK`` is raised whenever that looks
  at something else or more.
- A mark that cannot be read or written costs time, never the result.

    marks = Marks(home / "verifying.json", view.cipher, now_ms)
    verify(view, check_note, marks=marks)
    marks.forget()
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from keys import privatefile
from keys.errors import KeysError
from keys.rest import ContentCipher
from protocol import base64url, strictjson
from protocol.errors import ProtocolError

__all__ = ["CHECK", "FILE", "Mark", "Marks", "Passed"]

CHECK: Final = 1
FILE: Final = "verifying.json"
ENDS_MS: Final = 24 * 3_600_000
EVERY: Final = 50_000  # entries between two marks: about a second
MOST_BYTES: Final = 1024 * 1024  # some thousand trees
CONTEXT: Final = "verifying"


@dataclass(frozen=True, slots=True)
class Passed:
    """The beginning of one tree whose objects were held against their entries."""

    origin: str
    size: int
    root: bytes
    carried: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """What was passed, by tree; ``since_ms`` is when the first of the runs began that came so far."""

    since_ms: int
    trees: Mapping[str, Passed]


@dataclass(frozen=True, slots=True)
class Marks:
    """The file. ``every``: entries between two marks."""

    place: Path
    cipher: ContentCipher = field(repr=False)
    now_ms: int
    every: int = EVERY

    def read(self) -> Mark | None:
        """The mark of a run that was cut short; None for none, or for one that does not count."""
        try:
            said = strictjson.load(privatefile.read(self.place), MOST_BYTES)
            key, seal = (base64url.decode(said.pop(name)) for name in ("key", "seal"))
            is_ours = self.cipher.decrypt(self.cipher.unwrap(key), seal, CONTEXT) == _digest(said)
            if not is_ours or said["check"] != _check() or not 0 <= self.now_ms - said["since_ms"] < ENDS_MS:
                return None
            return Mark(said["since_ms"], {name: _passed(one) for name, one in said["trees"].items()})
        except (OSError, KeysError, ProtocolError, KeyError, TypeError, ValueError, AttributeError):
            return None

    def keep(self, mark: Mark) -> None:
        """The file, whole or as it was."""
        trees = {name: _told(one) for name, one in mark.trees.items()}
        said = {"check": _check(), "since_ms": mark.since_ms, "trees": trees}
        wrapped, key = self.cipher.new_key()
        seal = self.cipher.encrypt(key, _digest(said), CONTEXT)
        sealed = said | {"key": base64url.encode(wrapped), "seal": base64url.encode(seal)}
        with suppress(OSError):
            privatefile.write(self.place, strictjson.dump(sealed))

    def forget(self) -> None:
        """The next run begins afresh."""
        with suppress(OSError):
            self.place.unlink()


def _check() -> str:
    return f"{version('tracing')}/{CHECK}"


def _digest(said: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(strictjson.dump(dict(said))).digest()


def _told(one: Passed) -> dict[str, Any]:
    return {"origin": one.origin, "size": one.size, "root": one.root.hex(), "carried": one.carried.hex()}


def _passed(said: Mapping[str, Any]) -> Passed:
    return Passed(said["origin"], said["size"], bytes.fromhex(said["root"]), bytes.fromhex(said["carried"]))
