"""Other channels used for the same weapon, noted on its case for our own file (domain 9: every channel, one case).

What a request itself says of them travels in ``other_channels``; this stays at home, in cases of either direction, and
changes no state. It rests encrypted under the content key of the case.

    {"channel": "iarms", "reference": "2026/1187", "date": "2026-11-20", "note": "Asked by the central bureau."}
"""

import hashlib
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import insert, select

from protocol.messages.members import Code, Day, Line, Needed, Text
from protocol.messages.part import Part
from protocol.vocabulary.sources import Source
from tracing import audit
from tracing.casework.enquiries.entered import Among
from tracing.casework.errors import IllegalMove
from tracing.casework.particulars import CHANNELS
from tracing.casework.policy import Actor
from tracing.casework.thread import cases, load
from tracing.clock import rfc3339
from tracing.store import Tx, View
from tracing.store.content import case_key, hide, show_json
from tracing.tables import CaseChannel, table_of

__all__ = ["OTHER_CHANNELS", "Noted", "add", "channels_of"]

OTHER_CHANNELS = ("iarms", *CHANNELS)
MOST_IN_A_CASE = 100
_noted = table_of(CaseChannel)


class Noted(Part):
    """One other way in which the same weapon was asked about, or spoken of."""

    channel: Annotated[Code | None, Among(OTHER_CHANNELS), Needed(Source.PRACTICE, "Which channel was used?")] = None
    reference: Line | None = None
    date: Annotated[Code | None, Day(reduced=True, past=True), Field()] = None
    note: Text | None = None


def add(tx: Tx, actor: Actor, case_id: str, noted: dict[str, Any]) -> list[dict[str, Any]]:
    """Note one; returns all of the case. NotFound, or IllegalMove for more than a case can hold."""
    case = load(tx, case_id).case
    key = case_key(tx, case)
    if len(channels_of(tx, key, case_id)) >= MOST_IN_A_CASE:
        msg = f"the case holds {MOST_IN_A_CASE} other channels; no more are noted"
        raise IllegalMove(msg)
    channel = tx.ids.uuid7().hex
    blob = hide(tx, key, noted, case_id, "channel", channel)
    row = {"id": channel, "case_id": case_id, "noted": blob, "noted_ms": tx.now_ms, "noted_by": actor.name}
    tx.conn.execute(insert(_noted).values(row))
    tx.conn.execute(cases.update().where(cases.c.id == case_id).values(version=cases.c.version + 1))
    what = {"act": "note-channel", "actor": actor.name, "case": case_id, "sha256": hashlib.sha256(blob).hexdigest()}
    audit.note(tx, "op", case_id, what)
    return channels_of(tx, key, case_id)


def channels_of(view: View, key: bytes, case_id: str) -> list[dict[str, Any]]:
    """Every other channel noted on a case, in the order they were."""
    rows = view.conn.execute(select(_noted).where(_noted.c.case_id == case_id).order_by(_noted.c.noted_ms, _noted.c.id))
    return [
        show_json(view, key, row.noted, case_id, "channel", row.id)
        | {"noted": rfc3339(row.noted_ms), "noted_by": row.noted_by}
        for row in rows
    ]
