"""What an answer, or the lack of one, does to the rows that were sent: decided and written in one transaction.

A Fates is the part the courier has to remember: which rows left, wait by themselves, or may be the cause of a failure.

    fates = await store.write(lambda tx: decide(tx, rows, codes, settled, alone=False, delay=delay))
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from protocol.errors import BY_CODE
from tracing.exchange import waiting
from tracing.exchange.items import Answered
from tracing.exchange.waiting import Row
from tracing.store import Tx

__all__ = ["Delay", "Fates", "decide", "is_for_now", "park", "put_off", "refused_codes"]

UNANSWERED = "unanswered"
Delay = Callable[[int], float]
"""Seconds until the next attempt, after so many failures."""


@dataclass(slots=True)
class Fates:
    """Ids of rows: gone from the outbox, suspected of failing whatever is done; and seconds others wait."""

    gone: set[int] = field(default_factory=set)
    suspects: set[int] = field(default_factory=set)
    waits_s: list[float] = field(default_factory=list)


def decide(
    tx: Tx, rows: Sequence[Row], settled: Collection[str], codes: Mapping[int, str], *, alone: bool, delay: Delay
) -> Fates:
    """Rows whose ``ref`` is settled leave; the others wait, each by itself, or are parked."""
    fates = Fates({row.id for row in rows if row.ref in settled})
    waiting.leave(tx, fates.gone)
    for row in rows:
        if row.id not in fates.gone:
            _keep(tx, row, codes.get(row.id, UNANSWERED), fates, alone=alone, delay=delay)
    return fates


def _keep(tx: Tx, row: Row, code: str, fates: Fates, *, alone: bool, delay: Delay) -> None:
    """What can never be taken is tried once more alone, and soon, then parked: a bit may have flipped on the way."""
    never = code in BY_CODE and not is_for_now(code)
    if never and alone:
        park(tx, row, code, fates)
        return
    put_off(tx, row, code, fates, delay=(lambda _: delay(1)) if never else delay, suspect=never)


def is_for_now(code: str) -> bool:
    """Whether trying again can help."""
    return code in BY_CODE and BY_CODE[code].retry == "later"


def park(tx: Tx, row: Row, reason: str, fates: Fates) -> None:
    """It stays for an officer to see, and for the next start."""
    waiting.park(tx, row.id, reason)
    fates.gone.add(row.id)
    structlog.get_logger().warning("outbox.parked", item=row.item, ref=row.ref, reason=reason)


def put_off(tx: Tx, row: Row, reason: str, fates: Fates, *, delay: Delay, suspect: bool) -> None:
    """It waits by itself, and goes by itself if it is suspected of failing others."""
    seconds = delay(row.attempts + 1)
    waiting.put_off(tx, row.id, tx.now_ms + int(seconds * 1000), reason)
    fates.waits_s.append(seconds)
    if suspect:
        fates.suspects.add(row.id)


def refused_codes(rows: Sequence[Row], reply: Answered) -> dict[int, str]:
    """By row: the code it was refused with. An answer that points outside what was sent points at nothing."""
    envelopes = [row for row in rows if row.is_envelope]
    lists = {"envelopes": envelopes, "receipts": [row for row in rows if not row.is_envelope]}
    found = {}
    for one in reply.refused:
        sent = lists.get(one.where, [])
        if 0 <= one.index < len(sent):
            found[sent[one.index].id] = one.code
    return found
