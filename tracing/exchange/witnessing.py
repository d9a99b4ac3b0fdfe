"""Checkpoints beside ordinary posts and answers: ours to be cosigned, theirs cosigned (wire specification, section 23).

Rules
- A checkpoint rides on a hello or on messages, never alone, so an older program takes the post as ever. At most one a
  minute to a counterpart; to one that gives no cosignature back, one an hour.
- The first after a start goes with the first hello, signed anew. Nothing is shown to who may know more of us than we.
- To a counterpart that cannot be posted to, ours goes in the answer, and its cosignature comes with its next post.
- A checkpoint is looked at only where its owner proved itself in the same post; what is wrong with it delays nothing.
- Everything here may be lost at any time: what was cosigned is in the database, and both sides tell it again.

    beside = await witnessing.beside("at")              # what a post carries
    again = await witnessing.answered("at", answered)   # whether to say hello again at once
    beside = await witnessing.hear("at", batch)         # what the answer carries
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import structlog

from protocol.errors import ProtocolError, UnknownKey
from protocol.witness import Offer
from tracing.audit import Checkpoints
from tracing.audit.trees import TreeBroken
from tracing.clock import Clock
from tracing.exchange.items import NOTHING, Beside, Refused
from tracing.exchange.keeping import keep
from tracing.exchange.refreshing import Hint
from tracing.partners import Partner, Partners
from tracing.store import Store
from tracing.trust import cosigned, witnessing
from tracing.trust.witnessing import Taken

__all__ = ["Witnessing"]

SILENT_S: Final = 3600.0


@dataclass(slots=True)
class _Turn:
    """Where one counterpart stands; in memory."""

    next_s: float = float("-inf")
    shown: bool = False  # something was shown to it and answered since our start
    holds: int | None = None  # the size it says it holds, where that is not what we thought
    strange: bool = False  # of that size it holds another history
    mine: str | None = None  # what we cosigned of its log, to go with the next post


class Witnessing:
    """Of every counterpart. ``origin`` is that of our log, ``me`` our name."""

    def __init__(
        self,
        store: Store,
        partners: Partners,
        checkpoints: Checkpoints,
        clock: Clock,
        *,
        me: Callable[[], str],
        origin: Callable[[], str],
        hint: Hint,
        every_s: float,
    ) -> None:
        self._store, self._partners, self._checkpoints, self._clock = store, partners, checkpoints, clock
        self._me, self._origin, self._hint = me, origin, hint
        self._every_s = every_s
        self._turns: dict[str, _Turn] = {}

    # ------------------------------------------------------------ what we post

    async def beside(self, of: str, *, greeting: bool = False) -> Beside:
        """What to put beside a post to ``of``: a checkpoint where one is due, and what we cosigned last of its log."""
        turn = self._turns.setdefault(of, _Turn())
        mine, turn.mine = turn.mine, None
        offer = await self._due(of, turn, greeting=greeting)
        return Beside(None if offer is None else offer.members(), mine)

    async def _due(self, of: str, turn: _Turn, *, greeting: bool) -> Offer | None:
        partner, now = self._partners.get(of), self._clock.monotonic()
        if partner is None or partner.recovery is not None or not self._checkpoints.can_sign:
            return None
        if now < turn.next_s or not (turn.shown or greeting):
            return None
        try:
            offer = await self._offer(of, turn)
        except TreeBroken as error:
            structlog.get_logger().error("witness.tree_broken", counterpart=of, reason=str(error))
            offer = None
        turn.next_s = now + self._every_s if turn.shown or offer is not None else now
        return offer

    async def _offer(self, of: str, turn: _Turn) -> Offer | None:
        if not turn.shown:
            turn.shown = not await keep(self._store, lambda tx: self._checkpoints.sign(tx, of))
            return None if turn.shown else await self._store.read(lambda view: cosigned.offered(view, of))
        holds = turn.holds
        if holds is None:
            return await self._store.read(lambda view: cosigned.due(view, of))
        if turn.strange:
            return await keep(self._store, lambda tx: cosigned.admitted(tx, of, holds, self._checkpoints))
        return await self._store.read(lambda view: cosigned.offered(view, of, holds))

    def lost(self, of: str) -> None:
        """The post did not come through."""
        self._turns.setdefault(of, _Turn()).next_s = float("-inf")

    async def answered(self, of: str, posted: Beside, got: Beside) -> bool:
        """What an authentic answer brings; True where what we thought it holds was wrong, and we can say it better."""
        turn, partner = self._turns.setdefault(of, _Turn()), self._partners.get(of)
        if partner is None:
            return False
        if got.checkpoint is not None:
            turn.mine = (await self._witness(partner, got.checkpoint)).note
        if posted.checkpoint is None:
            return False
        turn.shown = True
        if got.cosigned is None:
            turn.next_s = self._clock.monotonic() + SILENT_S
            return False
        return await self._keep(partner, turn, got.cosigned, posted.checkpoint["note"])

    async def _keep(self, partner: Partner, turn: _Turn, text: Any, said: str | None = None) -> bool:
        """A cosigned note of ours came, ``said`` being the one that was to be cosigned; True if it tells something."""
        of, was, turn.holds = partner.authority, turn.holds, None
        try:
            found = cosigned.look(text, partner, self._me(), self._checkpoints)
            kept = await keep(self._store, lambda tx: cosigned.keep(tx, self._me(), found))
        except (ProtocolError, TreeBroken) as error:
            structlog.get_logger().warning("witness.cosignature_refused", counterpart=of, reason=str(error))
            if isinstance(error, UnknownKey):
                self._hint(of, 0)
            return False
        turn.strange = not kept
        if turn.strange:
            await asyncio.to_thread(self._partners.reload)
        if kept and (said is None or said.startswith(found.head.body())):
            return False
        turn.holds = found.head.size
        is_news = turn.holds != was
        turn.next_s = float("-inf") if is_news else self._clock.monotonic() + SILENT_S
        return is_news

    # ------------------------------------------------------------ what is posted to us

    async def hear(self, of: str, got: Beside) -> tuple[Beside, tuple[Refused, ...]]:
        """What ``of``, which proved itself, put beside its post: what to answer, and what was refused of it."""
        turn, partner = self._turns.setdefault(of, _Turn()), self._partners.get(of)
        if partner is None or partner.recovery is not None:
            return NOTHING, ()
        if got.cosigned is not None:
            await self._keep(partner, turn, got.cosigned)
        taken = Taken(None) if got.checkpoint is None else await self._witness(partner, got.checkpoint)
        refused = () if taken.code is None else (Refused("checkpoint", 0, taken.code),)
        ours = NOTHING if partner.url is not None else await self.beside(of, greeting=True)
        turn.shown = turn.shown or ours.checkpoint is not None
        return replace(ours, cosigned=taken.note or ours.cosigned), refused

    async def _witness(self, partner: Partner, item: Any) -> Taken:
        of, me = partner.authority, self._me()
        if not self._checkpoints.can_sign:
            return Taken(None)
        try:
            shown = witnessing.look(item, partner, me)
            work = partial(
                witnessing.witness, shown=shown, checkpoints=self._checkpoints, name=f"{self._origin()}/{of}"
            )
            taken = await keep(self._store, work)
        except ProtocolError as error:
            structlog.get_logger().warning("witness.checkpoint_refused", counterpart=of, reason=str(error))
            if isinstance(error, UnknownKey):
                self._hint(of, 0)
            return Taken(None, error.code)
        if taken.told:
            await asyncio.to_thread(self._partners.reload)
        return taken
