"""The worker that holds open deadlines against the calendars whenever these changed (``casework/redating``)."""

from importlib.metadata import version

import structlog

from protocol import strictjson
from tracing.casework.clocks import Timetable
from tracing.casework.redating import hold_against
from tracing.settings import Settings
from tracing.signals import Signals
from tracing.store import Store, StoreUnavailable

__all__ = ["Correcting"]


class Correcting:
    """Looks for ever; a change is seen at the next look, and after a restart at once."""

    def __init__(self, store: Store, timetable: Timetable, settings: Settings) -> None:
        self._store, self._timetable = store, timetable
        calendar = settings.calendar.model_dump(mode="json")
        self._listed = strictjson.dump([calendar, settings.zone, version("holidays")]).decode()

    async def run(self, signals: Signals, every_s: float) -> None:
        """Ends by cancellation. What cannot be done for want of the database is tried again."""
        while True:
            try:
                await self.look()
            except StoreUnavailable as error:
                structlog.get_logger().warning("correcting.store_unavailable", reason=str(error))
            await signals.wait("correcting", every_s)

    async def look(self) -> None:
        """Everything that is to do now."""
        while await self._store.write(lambda tx: hold_against(tx, self._timetable, self._listed)):
            pass
