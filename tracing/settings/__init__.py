"""What an administrator decides about a node: ``node.toml`` in its home, overruled by ``TRACING_*`` variables.

Rules
- An unknown key, a value of the wrong kind or a name that does not exist: refused, with file, line and what was
  expected; nothing is guessed. Exit code 4.
- The file says nothing secret. Who the node is stands in its signed root too, and the two must agree
  (``require_identity``).
- The file is read at the start only. ``changed_on_disk`` says when what runs is no longer what stands there.

    settings = Settings.load(Path("node"))
"""

from tracing.settings.audit import AuditSettings
from tracing.settings.evidence import EvidenceSettings
from tracing.settings.file import ConfigInvalid
from tracing.settings.mail import Mailbox, MailSettings
from tracing.settings.model import (
    AttachmentSettings,
    CalendarSettings,
    ContactSettings,
    CustodySettings,
    DeadlineSettings,
    Settings,
    TrustSettings,
)
from tracing.settings.values import Address, Promise, Span
from tracing.settings.webhooks import WebhookSettings

__all__ = [
    "Address",
    "AttachmentSettings",
    "AuditSettings",
    "CalendarSettings",
    "ConfigInvalid",
    "ContactSettings",
    "CustodySettings",
    "DeadlineSettings",
    "EvidenceSettings",
    "MailSettings",
    "Mailbox",
    "Promise",
    "Settings",
    "Span",
    "TrustSettings",
    "WebhookSettings",
]
