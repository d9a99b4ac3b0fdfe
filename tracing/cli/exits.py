"""How a command ends: the exit codes of the contract, and which fault ends in which. One table.

- A fault that is not in the table is a bug of ours and keeps its traceback.
- The table names classes and imports none: whoever raised one has loaded it, and ``tracing --help`` needs none of them.
  A test holds that each is there.
"""

import errno
from collections.abc import Iterator, Mapping
from enum import IntEnum

__all__ = ["OF_DATABASE", "TABLE", "Ends", "Exit", "foreseen"]


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
TABLE: tuple[tuple[str, Exit], ...] = (
    ("tracing.settings.file.ConfigInvalid", Exit.CONFIGURATION),
    ("tracing.store.engine.DatabaseInvalid", Exit.CONFIGURATION),
    ("tracing.store.engine.DatabaseAway", Exit.UNREACHABLE),
    ("tracing.store.schema.UpgradeHeld", Exit.TEMPORARY),
    ("tracing.trust.own.NotFounded", Exit.CONFIGURATION),
    ("tracing.records.mapping.MappingInvalid", Exit.CONFIGURATION),
    ("tracing.records.sheets.SheetInvalid", Exit.FAILED),
    ("tracing.founding.HomeExists", Exit.FAILED),
    ("tracing.backups.errors.BackupDamaged", Exit.INTEGRITY),
    ("tracing.backups.errors.BackupExists", Exit.FAILED),
    ("tracing.backups.errors.BackupBusy", Exit.TEMPORARY),
    ("tracing.backups.errors.RestoreRefused", Exit.FAILED),
    ("tracing.backups.errors.ToolFailed", Exit.FAILED),
    ("tracing.exchange.bundles.packing.BundleHeld", Exit.FAILED),
    ("tracing.exchange.bundles.parts.PartTooSmall", Exit.USAGE),
    ("keys.errors.LoosePermissions", Exit.CONFIGURATION),
    ("keys.errors.WrongPassphrase", Exit.CONFIGURATION),
    ("keys.errors.WrongPin", Exit.CONFIGURATION),
    ("keys.errors.HardwareUnavailable", Exit.TEMPORARY),
    ("keys.errors.VaultMissing", Exit.CONFIGURATION),
    ("keys.errors.CustodyUnsupported", Exit.CONFIGURATION),
    ("keys.errors.VaultExists", Exit.FAILED),
    ("keys.errors.VaultChanged", Exit.TEMPORARY),
    ("keys.errors.CeremonyRefused", Exit.FAILED),
    ("keys.errors.KeyNotHeld", Exit.FAILED),
    ("tracing.casework.errors.Unavailable", Exit.TEMPORARY),
    ("tracing.channels.faults.TargetAway", Exit.UNREACHABLE),
    ("tracing.channels.faults.NoticeRefused", Exit.FAILED),
    ("keys.errors.KeysError", Exit.INTEGRITY),
    ("keys.proof.ProofRefused", Exit.INTEGRITY),
    ("keys.evidence.reading.EvidenceRefused", Exit.INTEGRITY),
    ("keys.pinned.Unbelieved", Exit.INTEGRITY),
    ("protocol.errors.ProtocolError", Exit.INTEGRITY),
    ("tracing.casework.errors.CaseworkError", Exit.FAILED),
)
OF_DATABASE = "sqlalchemy.exc.OperationalError"  # outside the writer: while a home is made, or brought up to date
OF_STORE = "tracing.store.unit.StoreUnavailable"
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
    kinds = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    if OF_DATABASE in kinds:
        reason = getattr(error, "orig", None)  # the database's own words, without the statement and its values
        return Ends(Exit.TEMPORARY, f"the database took nothing ({reason}): make room and run this again")
    if OF_STORE in kinds:
        return Ends(Exit.TEMPORARY, f"the database took nothing ({error}): make room or mend it, and run this again")
    return next((Ends(code, str(error)) for kind, code in TABLE if kind in kinds), None)


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
