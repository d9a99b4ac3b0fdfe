"""A home is one process's alone while a node runs from it, or while its keys are put under another passphrase.

Two nodes on one database would speak with one voice twice. The system lets go of the claim when its process ends,
however it ends.

    claim = claim_home(home)
    run = name_run(claim, ids)
    claim.close()
"""

import fcntl
import os
from pathlib import Path
from typing import IO, Final

from tracing.clock import Ids
from tracing.settings import ConfigInvalid

__all__ = ["RUNNING", "claim_home", "is_claimed", "name_run"]

RUNNING: Final = "running"
RUN_BYTES: Final = 16


def claim_home(home: Path, *, shared: bool = False) -> IO[bytes]:
    """The claim, to be closed when done. ConfigInvalid where another process has it.

    Where several processes may share the database they agree there, so they may share the home as well; the file then
    names the run that began last.
    """
    claim = os.fdopen(os.open(home / RUNNING, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")
    os.fchmod(claim.fileno(), 0o600)  # also one that was made more open
    try:
        fcntl.flock(claim, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        claim.close()
        problem = f"a node runs from {home} already; stop it first, whatever addresses node.toml names now"
        raise ConfigInvalid([problem]) from error
    return claim


def name_run(claim: IO[bytes], ids: Ids) -> str:
    """A fresh name for this run, written into the file: whoever reads it knows the node's listener from another's."""
    run = ids.random_bytes(RUN_BYTES).hex()
    claim.truncate(0)
    claim.write(run.encode())
    claim.flush()
    return run


def is_claimed(home: Path) -> bool:
    """Whether a node runs from this home."""
    try:
        claim_home(home).close()
    except ConfigInvalid:
        return True
    return False
