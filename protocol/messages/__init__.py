"""What nodes say to each other: every statement body as a frozen model.

Rules
- ``KINDS`` and ``BY_KIND`` are the tables of kinds; ``parse`` reads what arrives, ``build`` makes what we say.
- A received message may be incomplete and says so (``lacks()``); one of ours may not (``Incomplete``).
"""

from protocol.messages.acknowledgement import Acknowledgement
from protocol.messages.amendment import AMENDABLE, Amendment
from protocol.messages.answer import Answer, Evaluation, Outcome, Party, Searched, Transaction
from protocol.messages.clarification import ClarificationReply, ClarificationRequest
from protocol.messages.closure import Closure, Diversion
from protocol.messages.consent import ConsentDecision, ConsentRequest
from protocol.messages.correction import Correction
from protocol.messages.delay_notice import DelayNotice
from protocol.messages.directory_update import DirectoryUpdate
from protocol.messages.final_response import FinalResponse
from protocol.messages.handling_notice import HandlingNotice
from protocol.messages.information_request import InformationRequest, Item
from protocol.messages.information_supply import Given, InformationSupply
from protocol.messages.interim_response import InterimResponse
from protocol.messages.kinds import BY_KIND, KINDS, build, parse, reread
from protocol.messages.message import Message, RestrictionDetails, Translation
from protocol.messages.not_competent import NotCompetent
from protocol.messages.objection import Objection
from protocol.messages.parts import ElementRef, PassedOn, Recipient
from protocol.messages.priority_change import PriorityChange
from protocol.messages.problems import Gap, Incomplete, Lack, Problem
from protocol.messages.profile import ProfileDecision, ProfileProposal
from protocol.messages.progress import Progress
from protocol.messages.reconciliation import Reconciliation
from protocol.messages.referral import Referral
from protocol.messages.refusal import Refusal
from protocol.messages.reminder import Reminder
from protocol.messages.reopening import Reopening
from protocol.messages.restriction_notice import RestrictionNotice
from protocol.messages.serial import Serial, words_in
from protocol.messages.spontaneous_information import SpontaneousInformation
from protocol.messages.trace_request import Check, Found, Plea, TraceRequest
from protocol.messages.weapon import Marking, Normal, Weapon
from protocol.messages.withdrawal import Withdrawal

__all__ = [
    "AMENDABLE",
    "BY_KIND",
    "KINDS",
    "Acknowledgement",
    "Amendment",
    "Answer",
    "Check",
    "ClarificationReply",
    "ClarificationRequest",
    "Closure",
    "ConsentDecision",
    "ConsentRequest",
    "Correction",
    "DelayNotice",
    "DirectoryUpdate",
    "Diversion",
    "ElementRef",
    "Evaluation",
    "FinalResponse",
    "Found",
    "Gap",
    "Given",
    "HandlingNotice",
    "Incomplete",
    "InformationRequest",
    "InformationSupply",
    "InterimResponse",
    "Item",
    "Lack",
    "Marking",
    "Message",
    "Normal",
    "NotCompetent",
    "Objection",
    "Outcome",
    "Party",
    "PassedOn",
    "Plea",
    "PriorityChange",
    "Problem",
    "ProfileDecision",
    "ProfileProposal",
    "Progress",
    "Recipient",
    "Reconciliation",
    "Referral",
    "Refusal",
    "Reminder",
    "Reopening",
    "RestrictionDetails",
    "RestrictionNotice",
    "Searched",
    "Serial",
    "SpontaneousInformation",
    "TraceRequest",
    "Transaction",
    "Translation",
    "Weapon",
    "Withdrawal",
    "build",
    "parse",
    "reread",
    "words_in",
]  # fmt: skip
