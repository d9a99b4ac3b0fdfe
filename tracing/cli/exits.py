"""How a command ends: the exit codes of the contract, and which fault ends in which. One table.

A fault that is not in the table is a bug of ours and keeps its traceback.
"""

import errno
from collections.abc import Iterator, Mapping
from enum import IntEnum

from sqlalchemy.exc import OperationalError

from keys.errors import (
    CeremonyRefused,
    CustodyUnsupported,
    HardwareUnavailable,
    KeyNotHeld,
    KeysError,
    LoosePermissions,
    VaultChanged,
    VaultExists,
    VaultMissing,
    WrongPassphrase,
    WrongPin,
)
from keys.proof import ProofRefused
from protocol.errors import ProtocolError
from tracing.casework.errors import CaseworkError, Unavailable
from tracing.founding import HomeExists
from tracing.node import NotFounded
from tracing.records.mapping import MappingInvalid
from tracing.records.sheets import SheetInvalid
from tracing.settings import ConfigInvalid
from tracing.store import DatabaseInvalid, StoreUnavailable

__all__ = ["Ends", "Exit", "foreseen"]


class Exit(IntEnum):
    """The contract's exit codes."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    PROBLEMS = 3
    CONFIGURATION = 4
    UNREACHABLE = 5
    INTEGRITY = 6
    TEMPORARY = 75


class Ends(Exception):
    """Raised by a command to end with one sentence (``str``) and a code. ``document`` is what ``--json`` shows."""

    def __init__(self, code: Exit, message: str, document: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.document = document


# The first class that fits decides, so a narrower one stands above a wider one.
TABLE: tuple[tuple[type[Exception], Exit], ...] = (
    (ConfigInvalid, Exit.CONFIGURATION),
    (DatabaseInvalid, Exit.CONFIGURATION),
    (NotFounded, Exit.CONFIGURATION),
    (MappingInvalid, Exit.CONFIGURATION),
    (SheetInvalid, Exit.FAILED),
    (HomeExists, Exit.FAILED),
    (LoosePermissions, Exit.CONFIGURATION),
    (WrongPassphrase, Exit.CONFIGURATION),
    (WrongPin, Exit.CONFIGURATION),
    (HardwareUnavailable, Exit.TEMPORARY),
    (VaultMissing, Exit.CONFIGURATION),
    (CustodyUnsupported, Exit.CONFIGURATION),
    (VaultExists, Exit.FAILED),
    (VaultChanged, Exit.TEMPORARY),
    (CeremonyRefused, Exit.FAILED),
    (KeyNotHeld, Exit.FAILED),
    (StoreUnavailable, Exit.TEMPORARY),
    (Unavailable, Exit.TEMPORARY),
    (KeysError, Exit.INTEGRITY),
    (ProofRefused, Exit.INTEGRITY),
    (ProtocolError, Exit.INTEGRITY),
    (CaseworkError, Exit.FAILED),
)
FULL = {errno.ENOSPC, errno.EDQUOT}
IN_USE = {errno.EADDRINUSE, errno.EADDRNOTAVAIL}


def foreseen(error: Exception) -> Ends | None:
    """The end that belongs to a fault, or to what it was raised from; None when nobody foresaw it."""
    return next((end for each in _with_causes(error) if (end := _end_of(each))), None)


def _end_of(error: BaseException) -> Ends | None:
    if isinstance(error, Ends):
        return error
    if isinstance(error, OSError):
        return _of_system(error)
    if isinstance(error, OperationalError):  # outside the writer: while a home is made, or brought up to date
        return Ends(Exit.TEMPORARY, f"the database took nothing ({error.orig}): make room and run this again")
    return next((Ends(code, str(error)) for kind, code in TABLE if isinstance(error, kind)), None)


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from _with_causes(inner)
        error = error.__cause__


def _of_system(error: OSError) -> Ends | None:
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in FULL:
        return Ends(
            Exit.TEMPORARY, f"the disk is full{where}: make room and run this again; nothing was left half-done"
        )
    if error.errno in IN_USE:
        return Ends(
            Exit.CONFIGURATION,
            f"cannot listen{where}: {error.strerror}: stop the other program or change the address in node.toml",
        )
    if isinstance(error, PermissionError):
        return Ends(
            Exit.CONFIGURATION,
            f"not allowed by the system{where}: run this as the owner of the node's home, or mend the permissions",
        )
    if isinstance(error, ConnectionError | TimeoutError):
        return Ends(Exit.UNREACHABLE, f"not reachable: {error.strerror or error}")
    if isinstance(error, FileNotFoundError | IsADirectoryError | NotADirectoryError):
        return Ends(Exit.FAILED, f"{error.strerror}{where}")
    return None
