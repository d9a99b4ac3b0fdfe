"""What an officer brings in, sealed as it comes: a document as it is, a photograph cleaned and with its review copy.

Rules
- Bytes are sealed piece by piece on their way to disk; nothing plain rests.
- A photograph (told from its content, whatever it is called) leaves its metadata here, and the officer is told what
  was removed; ``keep_original`` keeps the bytes as they came, metadata and all, and says so too.
- A photograph of more than 200 kB waits on demand; its review copy goes at once.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from protocol.attachments import KEY_BYTES, MAX_NAME_CHARS, Attachment
from tracing.attachments.folder import Folder
from tracing.attachments.photographs import COPY_BYTES, MAX_INPUT_BYTES, NotAPhotograph, Photograph, Studio, looks_like
from tracing.attachments.sealing import SealedFile, Sealing
from tracing.clock import Ids

__all__ = ["Brought", "Intake"]

HEAD_BYTES = 16
COPY_TYPE = "image/jpeg"


@dataclass(frozen=True, slots=True)
class Brought:
    """What an officer brought in: its attachments, what was removed from it, and what he should know."""

    attachments: tuple[Attachment, ...]
    removed: tuple[str, ...]
    notice: str


class Intake:
    """The way in for officers' files."""

    def __init__(self, folder: Folder, net: str, ids: Ids) -> None:
        self._folder = folder
        self._net = net
        self._ids = ids
        self._studio = Studio(folder, net, ids)

    async def take(self, pieces: AsyncIterator[bytes], *, name: str, media_type: str, keep_original: bool) -> Brought:
        """Seal what comes. TooLong; NotAPhotograph for one that cannot be cleaned and is not kept as it is."""
        sealed, head = await self._seal(pieces)
        found = looks_like(head)
        if found is None:
            return Brought((_attachment(sealed, name, media_type),), (), _DOCUMENT)
        if sealed.length > MAX_INPUT_BYTES:
            return Brought((_attachment(sealed, name, found),), (), _TOO_LARGE)
        try:
            photograph = await self._studio.clean(sealed)
        except NotAPhotograph:
            if not keep_original:
                await self.forget([sealed.ct_sha256])
                raise
            return Brought((_attachment(sealed, name, "application/octet-stream"),), (), _UNREADABLE)
        return await self._chosen(sealed, photograph, name, keep_original=keep_original)

    async def forget(self, digests: Sequence[str]) -> None:
        """Remove sealed files no row names."""
        for digest in digests:
            await asyncio.to_thread(self._folder.whole(digest).unlink, missing_ok=True)

    async def _chosen(self, sealed: SealedFile, photograph: Photograph, name: str, *, keep_original: bool) -> Brought:
        """The original or the clean picture, with a review copy where it is large; the rest goes."""
        kept, other = (sealed, photograph.clean) if keep_original else (photograph.clean, sealed)
        one = _attachment(kept, name, photograph.type)
        removed, notice = ((), _kept_notice(photograph)) if keep_original else (photograph.removed, _CLEANED)
        if one.length <= COPY_BYTES:
            await self.forget([other.ct_sha256, photograph.copy.ct_sha256])
            return Brought((one,), removed, notice)
        await self.forget([other.ct_sha256])
        copy = _attachment(photograph.copy, _copy_name(name), COPY_TYPE, copy_of=1)
        return Brought((copy, _attachment(kept, name, photograph.type, on_demand=True)), removed, notice)

    async def _seal(self, pieces: AsyncIterator[bytes]) -> tuple[SealedFile, bytes]:
        """The sealed file, and the first bytes of what came."""
        key, head = self._ids.random_bytes(KEY_BYTES), b""
        sealing = Sealing(self._folder, name=self._ids.uuid7().hex, key=key, net=self._net)
        try:
            async with contextlib.aclosing(pieces) as coming:  # type: ignore[type-var]
                async for piece in coming:
                    head = head if len(head) >= HEAD_BYTES else (head + piece)[:HEAD_BYTES]
                    await asyncio.to_thread(sealing.write, piece)
            return await asyncio.to_thread(sealing.finish), head
        finally:
            sealing.abandon()


_CLEANED = "cleaned: what stood beside the pixels was removed"
_DOCUMENT = "not a photograph this node can clean: sent as it is, with whatever its program wrote into it"
_TOO_LARGE = "too large to be cleaned here: sent as it is, with whatever its camera wrote into it"
_UNREADABLE = "looks like a photograph and cannot be decoded: sent as it is, as a file of unknown kind"


def _kept_notice(photograph: Photograph) -> str:
    held = ", ".join(photograph.removed) or "nothing this node knows"
    return f"kept as it came; beside the pixels it holds: {held}"


def _copy_name(name: str) -> str:
    stem = name.rpartition(".")[0] or name
    return f"{stem[: MAX_NAME_CHARS - 20]} (review copy).jpg"


def _attachment(
    sealed: SealedFile, name: str, media_type: str, *, on_demand: bool = False, copy_of: int | None = None
) -> Attachment:
    return Attachment(
        name, media_type, sealed.length, sealed.sha256, sealed.key, sealed.ct_sha256, on_demand, copy_of
    )  # fmt: skip
