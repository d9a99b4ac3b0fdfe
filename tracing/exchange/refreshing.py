"""Keeping counterparts' trust documents new: fetched in the background, taken when shown, looked for when hinted.

Rules
- Each counterpart is looked at as often as its keyset asks (``refresh``), and soon after signed words of it speak of a
  newer keyset or bear a key we do not know. Never more often than ``pace.look_s``.
- Fetched from the confirmed address only: the roots above the one held, then the keyset. What is refused changes
  nothing and is an alarm; what cannot be fetched is tried again.
- What is shown without being asked for (``trust`` in a post) may come from anybody. It is judged one at a time and
  beside the loop; what is not believed is counted, and believed or not, the address decides. Only two documents of one
  version, both signed, are an alarm whoever brought them.

    refresher = Refresher(store=store, partners=partners, signals=signals, wire=wire, clock=clock, refused=count)
    held = await refresher.take(batch.trust)
    refresher.hint("br", 7)
    await refresher.look("br")
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from sqlalchemy.exc import IntegrityError

from keys.card import MAX_ROOTS
from keys.keyset import KEYSET_TYP, MAX_KEYSET_BYTES
from keys.roots import MOST_SIGNATURES, ROOT_TYP
from keys.trust import TrustSet
from protocol import jws, strictjson
from protocol.errors import ProtocolError
from tracing.clock import Clock
from tracing.connecting.faults import WireError
from tracing.exchange.client import Wire
from tracing.exchange.keeping import keep as store_it
from tracing.partners import Partner, Partners
from tracing.signals import Signals
from tracing.store import Store, StoreUnavailable
from tracing.trust.following import Judged, Outrun, Shown, judge, keep

__all__ = ["BELL", "Hint", "RefreshPace", "Refresher"]

BELL: Final = "refresh"
MOST_SHOWN: Final = 8  # documents in one post
MOST_BYTES: Final = 16 * 1024 * 1024  # of roots in one look: sixty of the largest; the next look goes on
DAY_MS: Final = 86_400_000

Hint = Callable[[str, int], None]
"""(authority, version of the keyset it spoke of, 0 where only its key was unknown)."""


@dataclass(frozen=True, slots=True)
class RefreshPace:
    """Figures of the refresher, in seconds of the steady clock."""

    look_s: float = 60.0  # between two looks at one counterpart, hinted or not
    wake_s: float = 30.0  # a ring may be lost
    at_once: int = 4  # counterparts looked at side by side


class Refresher:
    """What is in memory here may be lost at any time; the rows say when each counterpart was looked at last."""

    def __init__(
        self,
        *,
        store: Store,
        partners: Partners,
        signals: Signals,
        wire: Wire,
        clock: Clock,
        refused: Callable[[str], None],
        own: Callable[[], TrustSet | None] = lambda: None,
        pace: RefreshPace | None = None,
    ) -> None:
        self._store = store
        self._partners = partners
        self._signals = signals
        self._wire = wire
        self._clock = clock
        self._refused = refused
        self._own = own
        self._pace = pace or RefreshPace()
        self._promised: dict[str, int] = {}  # by authority: what its signed words spoke of
        self._hinted: set[str] = set()
        self._tried: dict[str, float] = {}
        self._shown = asyncio.Lock()

    # ------------------------------------------------------------ in the background

    async def run(self) -> None:
        """Look at whoever is due, for ever; ends by cancellation."""
        while True:
            due = [one.authority for one in self._partners.all() if self._is_due(one)]
            for first in range(0, len(due), self._pace.at_once):
                await asyncio.gather(*(self._attempt(one) for one in due[first : first + self._pace.at_once]))
            await self._signals.wait(BELL, self._pace.wake_s)

    def _is_due(self, partner: Partner) -> bool:
        if not partner.is_reachable or partner.trust is None:
            return False
        tried = self._tried.get(partner.authority)
        if tried is not None and self._clock.monotonic() - tried < self._pace.look_s:
            return False
        every = partner.trust.keyset.refresh if partner.trust.keyset else 0
        is_old = partner.refreshed_ms is None or self._clock.now_ms() >= partner.refreshed_ms + every
        return is_old or partner.authority in self._hinted

    async def _attempt(self, authority: str) -> None:
        try:
            await self.look(authority)
        except (WireError, StoreUnavailable) as error:
            structlog.get_logger().info("refresh.later", counterpart=authority, reason=str(error))
        except Exception:  # noqa: BLE001 - the border of the task: one counterpart stops the looking at no other
            structlog.get_logger().exception("refresh.failed", counterpart=authority)

    def hint(self, authority: str, version: int) -> None:
        """It has something newer, or its key is unknown: look soon."""
        partner = self._partners.get(authority)
        if partner is None or partner.trust is None:
            return
        held = partner.trust.keyset.ver if partner.trust.keyset else 0
        if version and version <= held:
            return
        self._promised[authority] = max(version, self._promised.get(authority, 0))
        self._hinted.add(authority)
        self._signals.ring(BELL)

    async def look(self, authority: str) -> Judged | None:
        """Fetch and judge what its address shows now; None where it has none. Raises WireError.

        One that is suspended is looked at when somebody asks: it is resumed once its newer documents are held.
        """
        partner = self._partners.get(authority)
        if partner is None or not partner.on_node or partner.url is None or partner.trust is None:
            return None
        self._tried[authority] = self._clock.monotonic()
        self._hinted.discard(authority)
        shown = await self._fetch(partner, partner.trust)
        return await self._judge(partner, shown, fetched=True)

    async def _fetch(self, partner: Partner, trust: TrustSet) -> Shown:
        url, roots, size = partner.url or "", [], 0
        for number in range(len(trust.roots) + 1, MAX_ROOTS + 1):
            answer = await self._wire.get(partner.authority, url, f"root/{number}")
            size += len(answer.body)
            if answer.status != 200 or size > MOST_BYTES:
                break
            roots.append(answer.body)
        answer = await self._wire.get(partner.authority, url, "keyset")
        return Shown(tuple(roots), answer.body if answer.status == 200 else None)

    # ------------------------------------------------------------ shown without being asked for

    async def take(self, items: Sequence[Any]) -> Mapping[str, int] | None:
        """Judge what a post brought; which versions are held afterwards, None where it is of no counterpart."""
        found = [(item, said) for item in items[:MOST_SHOWN] if (said := _said(item)) is not None]
        for authority in dict.fromkeys(said[1] for _, said in found):
            partner = self._partners.get(authority)
            if partner is None or partner.trust is None or partner.is_suspended:
                continue
            shown = _news([(item, said) for item, said in found if said[1] == authority], partner.trust)
            if shown.roots or shown.keyset:
                async with self._shown:
                    await self._judge(self._partners.get(authority) or partner, shown, fetched=False)
            return self._held(authority)
        return None

    def _held(self, authority: str) -> dict[str, int] | None:
        partner = self._partners.get(authority)
        if partner is None or partner.trust is None:
            return None
        return {"root": partner.trust.root.ver, "keyset": partner.trust.keyset.ver if partner.trust.keyset else 0}

    # ------------------------------------------------------------ judging and keeping

    async def _judge(self, partner: Partner, shown: Shown, *, fetched: bool) -> Judged | None:
        trust, at_ms = partner.trust, self._clock.now_ms()
        assert trust is not None, "asked before"
        promised = self._promised.get(partner.authority, 0)
        own = self._own()
        others = (*self._partners.trusts(), *(() if own is None else (own,)))
        judged = await asyncio.to_thread(
            judge, trust, shown, at_ms=at_ms, promised=promised, fetched=fetched, others=others
        )
        if not fetched:
            judged = self._sifted(partner.authority, judged)
        if fetched or judged.is_news or judged.refused:
            await self._keep(partner, judged, fetched=fetched)
        return judged

    def _sifted(self, authority: str, judged: Judged) -> Judged:
        """Of what anybody may have brought, only proofs become alarms; the rest is counted, and the address asked."""
        for one in judged.refused:
            self._refused(one.error.code)
            self.hint(authority, 0)
        return judged.proved()

    async def _keep(self, partner: Partner, judged: Judged, *, fetched: bool) -> None:
        try:
            await store_it(self._store, lambda tx: keep(tx, partner, judged, fetched=fetched))
        except (Outrun, IntegrityError):
            structlog.get_logger().info("refresh.outrun", counterpart=partner.authority)
        await asyncio.to_thread(self._partners.reload)
        for bell in ("opening", "desk", f"outbox:{partner.authority}"):
            self._signals.ring(bell)


def _said(item: Any) -> tuple[str, str, int, str] | None:
    """(typ, authority, version, digest text) of a trust document, unverified; None for anything else."""
    for typ, most in ((ROOT_TYP, MOST_SIGNATURES), (KEYSET_TYP, 4)):
        try:
            signed = jws.parse(item, typ, most=most, max_payload_bytes=MAX_KEYSET_BYTES)
            members = strictjson.load(signed.payload, MAX_KEYSET_BYTES)
        except ProtocolError:
            continue
        if isinstance(members, dict) and isinstance(members.get("auth"), str) and type(members.get("ver")) is int:
            return typ, members["auth"], members["ver"], signed.payload_text
    return None


def _news(found: Sequence[tuple[Any, tuple[str, str, int, str]]], trust: TrustSet) -> Shown:
    """What is not held already, nor older than what is: that needs no judge."""
    roots = [item for item, (typ, _, ver, _) in found if typ == ROOT_TYP and ver > trust.root.ver]
    document = trust.signed_keyset.document.signed.payload_text if trust.signed_keyset else None
    held = trust.keyset.ver if trust.keyset and not roots else 0
    keysets = [item for item, (typ, _, ver, text) in found if typ == KEYSET_TYP and ver >= held and text != document]
    return Shown(tuple(strictjson.dump(item) for item in roots), strictjson.dump(keysets[-1]) if keysets else None)
