"""The body of a call: JSON that says what a mail says, for programs (``data``) and for people (``text``).

``text`` stands at the top, where chat servers look for it. The bytes of one notice are the same at each try, unless a
date or the language changed meanwhile.
"""

from dataclasses import replace
from typing import Any

from protocol import strictjson
from tracing.channels.claims import Claimed
from tracing.channels.subjects import Subject
from tracing.channels.webhooks.calls import Endpoint
from tracing.channels.wording import MOST_TOLD, link_to, write_message, write_reached
from tracing.clock import rfc3339
from tracing.phrases import House, Reader, one_line
from tracing.settings import Settings

__all__ = ["body", "test_body"]


def body(one: Claimed[Endpoint], settings: Settings) -> bytes:
    """What is posted."""
    reader = Reader(one.to.hook.language, settings.zone)
    if one.kind == "test":
        return test_body(reader, settings, one.message_id, one.made_ms)
    house = house_of(settings)
    duties = [_duty(each, house) for each in one.told[:MOST_TOLD]]
    text = write_message(one.told, reader, house, is_digest=one.kind == "digest")
    said = {"text": text, "data": _of_node(settings) | {"duties": duties, "more": len(one.told) - len(duties)}}
    return strictjson.dump({"type": one.kind, "id": one.message_id, "timestamp": rfc3339(one.made_ms)} | said)


def test_body(reader: Reader, settings: Settings, notice: str, at_ms: int) -> bytes:
    """What a receiver is tried with."""
    said = {"text": write_reached(reader, house_of(settings)), "data": _of_node(settings) | {"duties": [], "more": 0}}
    return strictjson.dump({"type": "test", "id": notice, "timestamp": rfc3339(at_ms)} | said)


def house_of(settings: Settings) -> House:
    """What the settings say of every call."""
    return replace(House.of(settings), names_counterparts=settings.webhooks.names_counterparts)


def _of_node(settings: Settings) -> dict[str, str]:
    return {"authority": settings.authority, "net": settings.net}


def _duty(one: Subject, house: House) -> dict[str, Any]:
    duty = {
        "case": one.case, "clock": one.clock, "owed_by": one.owed_by, "due": rfc3339(one.due_ms),
        "binding": one.is_binding, "event": one.event, "to": one.to_role, "late": one.is_late,
    }  # fmt: skip
    counterpart = {"counterpart": one_line(one.counterpart)} if house.names_counterparts else {}
    link = {"link": link_to(one, house)} if house.desk_url else {}
    return duty | counterpart | link
