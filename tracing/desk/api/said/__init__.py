"""What the API answers, described: the members of the contract, each once. OpenAPI is made from these models.

Answers are built as plain values and described here; a test holds the answers to the descriptions.
"""

from tracing.desk.api.said.acts import ProblemSaid, Said
from tracing.desk.api.said.cases import (
    CaseItem,
    CaseList,
    CaseWhole,
    ChannelsSaid,
    DeadlineItem,
    DeadlineList,
    EnquiryList,
    EnquirySaid,
    RouteSaid,
)
from tracing.desk.api.said.counterparts import (
    CounterpartItem,
    CounterpartList,
    CounterpartWhole,
    DirectorySaid,
    LedgerSaid,
    MatterItem,
    MatterList,
    MatterSaid,
    MatterWhole,
    OutcomesSaid,
    ProfilesSaid,
    ReconciliationSaid,
)
from tracing.desk.api.said.dossiers import DossierItem, DossierList, DossierSaid, DossierWholeSaid, SeizureSaid
from tracing.desk.api.said.feeds import FeedList, FeedSaid
from tracing.desk.api.said.reminders import OwnerSaid, ReminderItem, ReminderList, SnoozeSaid
from tracing.desk.api.said.trail import (
    Checkpoint,
    ElementList,
    Entry,
    EntryList,
    Proof,
    ReaderList,
    ReleaseList,
    ReleaseSaid,
    WitnessList,
)

__all__ = [
    "CaseItem",
    "CaseList",
    "CaseWhole",
    "ChannelsSaid",
    "Checkpoint",
    "CounterpartItem",
    "CounterpartList",
    "CounterpartWhole",
    "DeadlineItem",
    "DeadlineList",
    "DirectorySaid",
    "DossierItem",
    "DossierList",
    "DossierSaid",
    "DossierWholeSaid",
    "ElementList",
    "EnquiryList",
    "EnquirySaid",
    "Entry",
    "EntryList",
    "FeedList",
    "FeedSaid",
    "LedgerSaid",
    "MatterItem",
    "MatterList",
    "MatterSaid",
    "MatterWhole",
    "OutcomesSaid",
    "OwnerSaid",
    "ProblemSaid",
    "ProfilesSaid",
    "Proof",
    "ReaderList",
    "ReconciliationSaid",
    "ReleaseList",
    "ReleaseSaid",
    "ReminderItem",
    "ReminderList",
    "RouteSaid",
    "Said",
    "SeizureSaid",
    "SnoozeSaid",
    "WitnessList",
]
