"""What the desk asks of whoever makes and takes bundles: a room it does not see.

made = await desk.bundles.pack("at", place, actor="ada")
report = await desk.bundles.take(file, actor="ada")
"""

from collections.abc import Sequence
from pathlib import Path
from typing import IO, Protocol

__all__ = ["BundleFault", "BundleMade", "BundleRefused", "BundleReport", "Bundles"]


class BundleMade(Protocol):
    """A bundle that was written, and what is in it."""

    @property
    def bundle(self) -> str: ...
    @property
    def held(self) -> bool: ...


class BundleFault(Protocol):
    """Something in a bundle that was not taken."""

    @property
    def where(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def said(self) -> str: ...


class BundleReport(Protocol):
    """What became of a bundle that came."""

    bundle: str
    sender: str
    part: int
    of: int
    made_ms: int
    accepted: int
    known: int
    receipts: int
    attachments: int
    refused: int

    @property
    def faults(self) -> Sequence[BundleFault]: ...


class BundleRefused(Exception):
    """A whole bundle that is not taken, or not made. ``code`` is the word for why."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(said)
        self.code = code


class Bundles(Protocol):
    """Bundles of this node (``tracing/bundling.py``). BundleRefused, OSError."""

    async def pack(self, to: str, place: Path, *, actor: str) -> BundleMade: ...
    async def take(self, file: IO[bytes], *, actor: str) -> BundleReport: ...
