"""Lists, clocks and delivery work from columns: they must say what the signed bytes, or the leaf of a message, say."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from protocol import base64url, strictjson
from protocol.errors import ProtocolError

__all__ = ["COVERED", "MOST_BYTES", "envelope_agrees", "message_digest", "receipt_agrees"]

MOST_BYTES: Final = 8 * 1024 * 1024
COVERED: Final = (
    "mid", "case_id", "direction", "sender", "kind", "re", "facts", "named_day", "iat_ms", "statement_digest",
    "channel", "actor",
)  # fmt: skip
"""What a message's leaf covers of its row: all that the fold, the clocks and the case page read of it."""


def message_digest(row: Mapping[str, Any]) -> str:
    """What the leaf of a message says of the columns of its row."""
    return hashlib.sha256(strictjson.dump([row.get(name) for name in COVERED])).hexdigest()


def envelope_agrees(row: Any) -> bool:
    """Whether the columns of an envelope are those of its manifest."""
    try:
        said, payload = _payload(row.envelope)
        told = (said["from"], said["mid"], said["to"], said["seq"], hashlib.sha256(payload).hexdigest())
    except (ProtocolError, KeyError, TypeError):
        return False
    return bool((row.env_sender, row.env_mid, row.env_recipient, row.env_seq, row.env_digest) == told)


def receipt_agrees(row: Any) -> bool:
    """Whether the columns of a receipt are those of its signed bytes."""
    try:
        said, _ = _payload(row.receipt)
        parties = (said["from"], said["rid"], said["to"])
        told = (*parties, said["for"]["mid"], said["for"]["env"], said["stage"], said.get("code"), said["at"])
    except (ProtocolError, KeyError, TypeError):
        return False
    columns = (row.rcpt_sender, row.rcpt_rid, row.rcpt_recipient, row.rcpt_mid, row.rcpt_env)
    return bool((*columns, row.rcpt_stage, row.rcpt_code, row.rcpt_at_ms) == told)


def _payload(wire: bytes) -> tuple[dict[str, Any], bytes]:
    """What the signed bytes say, and those bytes."""
    payload = base64url.decode(strictjson.load(wire, MOST_BYTES)["payload"])
    return dict(strictjson.load(payload, MOST_BYTES)), payload
