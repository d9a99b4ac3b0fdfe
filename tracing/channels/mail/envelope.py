"""Bytes of a mail (RFC 5322), whose headers no text can break out of: the library refuses a line end in any of them."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from tracing.channels.wording import Written
from tracing.settings import Mailbox

__all__ = ["envelope"]

LONGEST_NAME = 60
POLICY = SMTP.clone(cte_type="7bit", raise_on_defect=True)


def envelope(written: Written, sender: tuple[str, Mailbox], to: Mailbox, message_id: str, at: datetime) -> bytes:
    """``sender``: the name of this authority and its address. Says that a program wrote it (RFC 3834)."""
    message = EmailMessage(POLICY)
    name, address = sender
    message["From"] = Address(_shown(name), addr_spec=str(address))
    message["To"] = Address(addr_spec=str(to))
    message["Subject"] = written.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{message_id}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(written.body)
    return message.as_bytes()


def _shown(name: str) -> str:
    """The name of an authority as a display name: printable, on one line."""
    return " ".join("".join(each if each.isprintable() else " " for each in name).split())[:LONGEST_NAME]
