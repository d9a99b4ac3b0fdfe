"""Sends what is due at a home and ends: a process of its own, for tests that kill it.

python -m tests.channels.worker HOME PASSPHRASE_FILE
"""

import asyncio
import sys
from pathlib import Path

from tracing.channels.mail.sending import Sending
from tracing.node import Node
from tracing.secretfile import first_line


def main(home: Path, passphrase: Path) -> None:
    node = Node.open(home, first_line(passphrase, "the passphrase"))
    try:
        asyncio.run(Sending(node.store, node.settings).look())
    finally:
        node.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
