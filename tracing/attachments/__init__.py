"""Attachments at rest: the folder of sealed files, their rows, sealing and opening them as streams.

Rules
- On disk there is ciphertext only, under the digest of its own bytes; no name of an officer or a counterpart is a path.
- A file is on disk, synced, before anybody is told that it is there.
- Everything is done in pieces: no attachment is ever whole in memory.
- A photograph is decoded in a process of its own (``photographs``), never in the node's.
"""

from tracing.attachments.folder import Folder
from tracing.attachments.sealing import SealedFile, Sealing, TooLong, opened

__all__ = ["Folder", "SealedFile", "Sealing", "TooLong", "opened"]
