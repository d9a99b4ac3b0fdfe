"""The node of a home in a process of its own, as the command runs it, but looking every few seconds: for short slices.

python -m tests.faults.hurried --home HOME run
"""

import asyncio
import sys
from pathlib import Path

from tests.world import PASSPHRASE
from tracing import log
from tracing.clock import SystemClock
from tracing.node import Node
from tracing.settings import Settings

LOOK_S = 4.0  # what is said within two of them is not late


async def run(home: Path) -> None:
    """Until SIGTERM."""
    node = Node.open(home, PASSPHRASE)
    node.look_every_s = LOOK_S
    try:
        await node.start()
        await node.run_until_stopped()
    finally:
        await node.stop()
        node.close()


if __name__ == "__main__":
    place = Path(sys.argv[sys.argv.index("--home") + 1])
    log.set_up(SystemClock(), Settings.load(place).log)
    asyncio.run(run(place))
