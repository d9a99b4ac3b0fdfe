"""Reading a delivery report (RFC 3464): which mail will never arrive, and why. Pure, and bounded whatever it is given.

A report is believed by the Message-ID it returns: 74 random bits that only whoever had the mail in hands can know. Its
words are not kept, since they hold addresses; its status (RFC 3463) is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import Final

__all__ = ["MOST_BYTES", "Report", "read_report"]

MOST_BYTES: Final = 64 * 1024  # our mails have a few kB: what a report needs to say stands before that
MOST_PARTS: Final = 8  # a report has three; each further nesting costs its reader at every line
MOST_BLOCKS: Final = 50
MESSAGE_ID = re.compile(r"<([!-;=?-~]{1,300})>")
FOR_GOOD = re.compile(r"5\.\d{1,3}\.\d{1,3}")


@dataclass(frozen=True, slots=True)
class Report:
    """A mail that will never arrive. ``status``: e.g. 5.1.1, there is no such mailbox."""

    message_id: str
    status: str


def read_report(data: bytes) -> Report | None:
    """What the first ``MOST_BYTES`` of a mail report; None where they report no failure for good."""
    head = data[:MOST_BYTES]
    if head.lower().count(b"boundary=") > MOST_PARTS:
        return None
    try:
        message = message_from_bytes(head)
        if message.get_content_type() != "multipart/report" or not message.is_multipart():
            return None
        status, message_id = _status(message), _returned_id(message)
    except Exception:  # noqa: BLE001 - the border to a stranger's mail: the library fails on some in ways of its own
        return None
    return Report(message_id, status) if status and message_id else None


def _status(message: Message) -> str | None:
    """Why a mail failed for good, to any of its readers: each of ours has one."""
    for part in _parts(message, "message/delivery-status"):
        for block in _inside(part)[:MOST_BLOCKS]:
            status = FOR_GOOD.match(str(block.get("Status", "")).strip())
            if status and str(block.get("Action", "")).strip().lower() == "failed":
                return status[0]
    return None


def _returned_id(message: Message) -> str | None:
    """The Message-ID of what came back: of the whole mail, or of its headers alone."""
    for part in _parts(message, "message/rfc822"):
        if inner := _inside(part):
            return _id_of(inner[0])
    for part in _parts(message, "text/rfc822-headers"):
        headers = part.get_payload(decode=True)
        return _id_of(message_from_bytes(headers)) if isinstance(headers, bytes) else None
    return None


def _id_of(message: Message) -> str | None:
    found = MESSAGE_ID.search(str(message.get("Message-ID", "")))
    return found[1] if found else None


def _parts(message: Message, kind: str) -> Iterator[Message]:
    """Its own parts only: a report inside a report says nothing of us."""
    return (part for part in _inside(message) if part.get_content_type() == kind)


def _inside(message: Message) -> list[Message]:
    payload = message.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []
