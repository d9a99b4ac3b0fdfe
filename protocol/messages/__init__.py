"""What nodes say to each other: every statement body as a frozen model.

Rules
- ``KINDS`` and ``BY_KIND`` are the tables of kinds; ``parse`` reads what arrives, ``build`` makes what we say.
- A received message may be incomplete and says so (``lacks()``); one of ours may not (``Incomplete``).
"""

from protocol.messages.acknowledgement import Acknowledgement
from protocol.messages.answer import Answer, Evaluation, Outcome, Party, Searched, Transaction
from protocol.messages.closure import Closure, Diversion
from protocol.messages.delay_notice import DelayNotice
from protocol.messages.final_response import FinalResponse
from protocol.messages.information_request import InformationRequest, Item
from protocol.messages.information_supply import Given, InformationSupply
from protocol.messages.interim_response import InterimResponse
from protocol.messages.kinds import BY_KIND, KINDS, build, parse, reread
from protocol.messages.message import Message, RestrictionDetails
from protocol.messages.problems import Gap, Incomplete, Lack, Problem
from protocol.messages.refusal import Refusal
from protocol.messages.serial import Serial, words_in
from protocol.messages.trace_request import Check, Found, Plea, TraceRequest
from protocol.messages.weapon import Marking, Weapon
from protocol.messages.withdrawal import Withdrawal

__all__ = [
    "BY_KIND", "KINDS", "Acknowledgement", "Answer", "Check", "Closure", "DelayNotice", "Diversion", "Evaluation",
    "FinalResponse", "Found", "Gap", "Given", "Incomplete", "InformationRequest", "InformationSupply",
    "InterimResponse", "Item", "Lack", "Marking", "Message", "Outcome", "Party", "Plea", "Problem", "Refusal",
    "RestrictionDetails", "Searched", "Serial", "TraceRequest", "Transaction", "Weapon", "Withdrawal", "build",
    "parse", "reread", "words_in",
]  # fmt: skip
