"""The single duties of a node: deadlines, checkpoints, keys, sending, verifying, tidying up.

One process does them for all (``parts.while_leading``); where there is only one, it begins them itself.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from keys.errors import VaultChanged
from tracing.attachments import Folder
from tracing.attachments.sweeping import sweep_for_ever
from tracing.audit import Checkpoints
from tracing.audit.marks import Marking
from tracing.calendar.correcting import Correcting
from tracing.calendar.monthly import Monthly
from tracing.calendar.watch import Watch
from tracing.casework.clocks import follow_anew
from tracing.casework.elements.follower import Follower
from tracing.casework.matters.relations import Relations
from tracing.casework.office import Office
from tracing.casework.telling import Reminded
from tracing.channels.mail.bounces import Bounces
from tracing.channels.mail.posting import Post
from tracing.channels.mail.sending import Sending
from tracing.channels.webhooks.calls import Calls
from tracing.channels.webhooks.sending import Calling
from tracing.seals import unbegun
from tracing.settings import Settings
from tracing.store import StoreUnavailable, Tx
from tracing.trust import untaken
from tracing.trust.nightly import Nightly
from tracing.trust.telling import Telling

__all__ = ["Duties"]

NIGHT_LOOK_S = 900.0
MONTH_LOOK_S = 3600.0  # how soon a new month, or a counterpart that came back, is noticed


@dataclass(frozen=True, slots=True)
class Duties:
    """``keep_keys`` does what is due with our keys."""

    office: Office
    folder: Folder
    checkpoints: Checkpoints
    keep_keys: Callable[[], Awaitable[object]]
    settings: Settings
    every_s: float
    reload: Callable[[], None] = lambda: None  # what the desk keeps in memory of alarms

    def watch(self) -> Watch:
        """The watch over deadlines, not begun; checkpoints are signed at each of its looks."""
        office = self.office
        return Watch(
            office.store, office.signals, office.store.clock, self.every_s, also=self.sign,
            ladder=office.house.timetable.ladder, tell=self.tell, passed=self._answer_is_late,
        )  # fmt: skip

    def begin(self) -> list[asyncio.Task[None]]:
        """The others, each for ever."""
        office = self.office
        sweeping = sweep_for_ever(office.store, self.folder, office.signals)
        correcting = Correcting(office.store, office.house.timetable, self.settings)
        return [
            asyncio.create_task(self._keep_keys(), name="keys"),
            *self._monthly(),
            *self._sending(),
            *self._verifying(),
            asyncio.create_task(Marking(office.store).run(), name="marking"),
            asyncio.create_task(correcting.run(office.signals, self.every_s), name="correcting"),
            asyncio.create_task(sweeping, name="sweeping"),
            *self._telling(),
            asyncio.create_task(Follower(office).run(office.signals, self.every_s), name="following"),
        ]

    async def lead(self) -> None:
        """All of them, until it is cancelled."""
        watch = self.watch()
        await watch.start()
        begun = self.begin()
        try:
            await asyncio.gather(*begun)
        finally:
            for each in begun:
                each.cancel()
            await asyncio.gather(*begun, return_exceptions=True)
            await watch.stop()

    def tell(self, tx: Tx, reminded: Reminded) -> None:
        """What each channel beside the desk makes of a reminder."""
        if self.settings.mail.server:
            Post(self.settings).tell(tx, reminded)
        Calls(self.settings).tell(tx, reminded)

    def _answer_is_late(self, tx: Tx, case_id: str) -> None:
        follow_anew(tx, self.office.house.timetable, case_id)

    def sign(self, tx: Tx) -> None:
        """Checkpoints over what grew; once a day the heads of all trees into each other."""
        self.checkpoints.sign_due(tx)
        self.checkpoints.link_heads(tx)

    def _monthly(self) -> list[asyncio.Task[None]]:
        """The list of open cases that each counterpart is sent once a month, unless the settings say not to."""
        if self.settings.reconciliation != "monthly":
            return []
        office, store = self.office, self.office.store
        relations = Relations(store, office.house, store.clock, store.ids, office.signals)
        monthly = Monthly(relations, office.house.timetable.calendar)
        return [asyncio.create_task(monthly.run(office.signals, MONTH_LOOK_S), name="monthly")]

    def _verifying(self) -> list[asyncio.Task[None]]:
        """The trail, once a night, unless the settings say not to."""
        if not self.settings.audit.nightly:
            return []
        me, zone = self.settings.authority, self.settings.zone
        nightly = Nightly(self.office.store, self.checkpoints.check, me, zone, self.reload)
        return [asyncio.create_task(nightly.run(NIGHT_LOOK_S), name="verifying")]

    def _telling(self) -> list[asyncio.Task[None]]:
        """Alarms of a counterpart: its messages wait here for what does not come; ours are not taken there."""
        store, signals = self.office.store, self.office.signals
        looks = {"unbegun": (unbegun.is_to_tell, unbegun.tell), "untaken": (untaken.is_to_tell, untaken.tell)}
        return [
            asyncio.create_task(Telling(store, signals, self.reload, *look).run(), name=name)
            for name, look in looks.items()
        ]

    def _sending(self) -> list[asyncio.Task[None]]:
        """Webhooks; mails and what comes back, where the settings name a server and a folder."""
        store, signals, every_s = self.office.store, self.office.signals, self.every_s
        calling = Calling(store, self.settings).run(signals, every_s)
        tasks = [asyncio.create_task(calling, name="webhooks")]
        if self.settings.mail.server:
            mails = Sending(store, self.settings).run(signals, every_s)
            tasks.append(asyncio.create_task(mails, name="mail"))
        if self.settings.mail.bounces:
            bounces = Bounces(store, self.settings).run(every_s)
            tasks.append(asyncio.create_task(bounces, name="bounces"))
        return tasks

    async def _keep_keys(self) -> None:
        """What time brings to our keys."""
        while True:
            try:
                await self.keep_keys()
            except (StoreUnavailable, VaultChanged) as error:
                structlog.get_logger().warning("keys.later", reason=str(error))
            except Exception:  # noqa: BLE001 - the border of the task: keys that cannot turn today must tomorrow
                structlog.get_logger().exception("keys.not_kept")
            await asyncio.sleep(self.every_s)
