"""Mails that come back: delivery reports in the folder that the mail server puts them into (Maildir).

Rules
- The node reads ``new`` and moves what it has looked at to ``cur``, marked as seen, whatever it was: people read the
  rest there. It deletes nothing, follows no link, and reads no more of a file than a report needs.
- Noted first, moved then: a process that dies in between reads it again, to no further effect.
"""

import asyncio
import os
import stat
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import structlog

from tracing.channels.mail.posting import teams_of
from tracing.channels.mail.reports import MOST_BYTES, Report, read_report
from tracing.channels.mail.returned import came_back
from tracing.settings import Settings
from tracing.store import Store, StoreUnavailable, Tx

__all__ = ["Bounces"]

MOST_FILES: Final = 100  # in one look
SEEN: Final = ":2,S"


@dataclass(frozen=True, slots=True)
class Bounces:
    """Only where ``[mail] bounces`` names a folder."""

    store: Store
    settings: Settings

    async def run(self, every_s: float) -> None:
        """Ends by cancellation."""
        while True:
            try:
                await self.look()
            except (StoreUnavailable, OSError) as error:
                structlog.get_logger().warning("mail.bounces_unread", reason=str(error))
            except Exception:  # noqa: BLE001 - the border of the worker: no mail of a stranger ends the looking
                structlog.get_logger().exception("mail.bounces_failed")
            await asyncio.sleep(every_s)

    async def look(self) -> int:
        """Read what arrived; returns how many of our mails came back."""
        folder, found = Path(self.settings.mail.bounces), 0
        for name in await asyncio.to_thread(_arrived, folder):
            report = await asyncio.to_thread(_read, folder / "new" / name)
            if report is not None:
                found += await self.store.write(lambda tx, report=report: self._note(tx, report))  # type: ignore[misc]
            await asyncio.to_thread(_move, folder, name)
        return found

    def _note(self, tx: Tx, report: Report) -> bool:
        return came_back(tx, report.message_id, f"it came back ({report.status})", teams_of(self.settings))


def _arrived(folder: Path) -> list[str]:
    with os.scandir(folder / "new") as entries:
        return [entry.name for entry in islice(entries, MOST_FILES) if not entry.name.startswith(".")]


def _read(place: Path) -> Report | None:
    """None for whatever is no report, no file, or not ours to read."""
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        return read_report(os.read(descriptor, MOST_BYTES)) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
    finally:
        os.close(descriptor)


def _move(folder: Path, name: str) -> None:
    seen = name if SEEN[:3] in name else f"{name}{SEEN}"
    (folder / "new" / name).replace(folder / "cur" / seen)
