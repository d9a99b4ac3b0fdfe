"""What casework needs from rooms it does not know: a way to sign and seal what it says.

``Seal`` is made by ``tracing/seals``; casework only hands it a message and keeps what comes back.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from protocol.attachments import Attachment
from protocol.messages import Message
from protocol.names import AuthorityId, MessageId
from tracing.attachments.uploads import Upload
from tracing.store import Tx

__all__ = ["Address", "Prepared", "Recorded", "Seal"]


@dataclass(frozen=True, slots=True)
class Address:
    """To whom, in which case, in answer to which messages, how urgent, and with which attachments."""

    to: AuthorityId
    thread: str
    re: tuple[str, ...]
    priority: str
    due_ms: int | None = None
    hand: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A signed statement, sealed unless it goes by letter, waiting to be issued inside a transaction."""

    mid: MessageId
    message: Message
    address: Address
    iat_ms: int
    inner: bytes
    statement_digest: str
    sealed: Any | None  # what ``Seal.issue`` needs; None for a letter


@dataclass(frozen=True, slots=True)
class Recorded:
    """A reply that came by another channel, entered by an officer. Nothing about it is signed by the counterpart."""

    message: Message
    channel: str
    received_ms: int
    note: str
    uploads: tuple[Upload, ...] = ()


class Seal(Protocol):
    """Signs and seals what casework says; the second step belongs to the transaction that stores the message."""

    def prepare(self, message: Message, address: Address, *, by_letter: bool) -> Prepared:
        """Sign the statement and seal it to the counterpart. Slow (about 2 ms); outside the transaction."""

    def issue(self, tx: Tx, prepared: Prepared, case_id: str) -> None:
        """Give the message its place in the sequence to the counterpart, sign the envelope and put it in the outbox."""

    def attest(self, payload: bytes, typ: str) -> dict[str, Any]:
        """Sign something of ours that is no statement, in a slot of its own, with the keys that sign statements."""
