"""Every table of a node, one class each.

Rules
- Instants are whole milliseconds UTC in columns named ``*_ms`` (``clock.py`` converts); dates of the work are ISO text.
- What a counterpart or an officer wrote about a case rests encrypted under the case's content key
  (``Case.content_key``), so that destroying the key erases the case. Search runs on HMAC tokens.
- Wire bytes (``Envelope.wire``, ``Receipt.wire``) are stored as they came. They never change, but for the sealed copy
  of a message of which an element was erased (``casework/elements/erasing.py``).
- Uniqueness and idempotency are constraints here, not habits of the code.
- Identifiers are text, never blobs.
"""

from tracing.tables.acquaintance import ContactChange, FirstContact, Introduction, OwnContact
from tracing.tables.cases import Case, CaseChannel, Dossier, Draft, Message, SearchToken
from tracing.tables.channels import (
    ChannelChoice,
    MailAddress,
    Notice,
    NoticeReminder,
    ReturnedAddress,
    TargetStanding,
    Webhook,
)
from tracing.tables.columns import table_of
from tracing.tables.counterparts import Confirmation, Counterpart, Revocation, TrustAlarm, TrustDocument
from tracing.tables.deadlines import CalendarDay, CalendarSeen, DateProposal, Deadline, DeadlineProfile, Reminder
from tracing.tables.enquiries import Enquiry
from tracing.tables.exchange import Attachment, Carried, Envelope, Outbox, Receipt, Returned, Upload
from tracing.tables.handling import CaseLink, Deletion, PassedElement
from tracing.tables.leases import Lease
from tracing.tables.matters import Matter, MatterMessage, ProfileProposed
from tracing.tables.people import ApiToken, Attendance, CalendarFeed, IdempotentCall, User, WebSession
from tracing.tables.records import ImportedRow, NationalRecord
from tracing.tables.schema import SchemaFloor
from tracing.tables.tallies import Tally
from tracing.tables.trail import (
    ContentRelease,
    Cosigned,
    Leaf,
    LeafDays,
    LeafMark,
    LeavesMarked,
    Tree,
    TreeTile,
    Witnessed,
    WitnessedTile,
)

__all__ = [
    "ApiToken",
    "Attachment",
    "Attendance",
    "CalendarDay",
    "CalendarFeed",
    "CalendarSeen",
    "Carried",
    "Case",
    "CaseChannel",
    "CaseLink",
    "ChannelChoice",
    "Confirmation",
    "ContactChange",
    "ContentRelease",
    "Cosigned",
    "Counterpart",
    "DateProposal",
    "Deadline",
    "DeadlineProfile",
    "Deletion",
    "Dossier",
    "Draft",
    "Enquiry",
    "Envelope",
    "FirstContact",
    "IdempotentCall",
    "ImportedRow",
    "Introduction",
    "Leaf",
    "LeafDays",
    "LeafMark",
    "Lease",
    "LeavesMarked",
    "MailAddress",
    "Matter",
    "MatterMessage",
    "Message",
    "NationalRecord",
    "Notice",
    "NoticeReminder",
    "Outbox",
    "OwnContact",
    "PassedElement",
    "ProfileProposed",
    "Receipt",
    "Reminder",
    "Returned",
    "ReturnedAddress",
    "Revocation",
    "SchemaFloor",
    "SearchToken",
    "Tally",
    "TargetStanding",
    "Tree",
    "TreeTile",
    "TrustAlarm",
    "TrustDocument",
    "Upload",
    "User",
    "WebSession",
    "Webhook",
    "Witnessed",
    "WitnessedTile",
    "table_of",
]
