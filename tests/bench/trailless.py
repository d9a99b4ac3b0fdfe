"""The command with a node that keeps no audit trail, or a part of it: for measuring what the trail costs.

    python -m tests.bench.trailless leaves,checkpoints --home br run

Rules
- Nothing of the node knows of this: it is patched here, in the process that is measured. No setting does it.
- ``leaves``: nothing is entered in a tree; places are counted, because receipts name them.
- ``checkpoints``: no head is signed, offered, cosigned or linked.
"""

import ctypes
import itertools
import signal
import sys
from typing import Any

from tracing import audit
from tracing.audit import checkpoints, trees
from tracing.cli import main
from tracing.exchange import witnessing

PARTS = ("leaves", "checkpoints")
PR_SET_PDEATHSIG = 1  # prctl(2): it ends with whoever started it


def without_leaves() -> None:
    """Entries cost nothing, not even what is hashed for them."""
    places = itertools.count()

    def append(*_: Any, **__: Any) -> int:
        return next(places)

    for module in (audit, trees, checkpoints):
        for name in ("append", "note"):
            setattr(module, name, append)


def without_checkpoints() -> None:
    """Heads are nobody's business."""

    async def nothing(*_: Any, **__: Any) -> Any:
        return witnessing.NOTHING

    async def nothing_heard(*_: Any, **__: Any) -> Any:
        return witnessing.NOTHING, ()

    async def nothing_told(*_: Any, **__: Any) -> bool:
        return False

    patched: Any = checkpoints.Checkpoints
    patched.sign_due = patched.sign = patched.link_heads = lambda *_: False
    exchanged: Any = witnessing.Witnessing
    exchanged.beside, exchanged.hear, exchanged.answered = nothing, nothing_heard, nothing_told


if __name__ == "__main__":
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    for part in filter(None, sys.argv.pop(1).split(",")):
        {"leaves": without_leaves, "checkpoints": without_checkpoints}[part]()
    main()
