"""The words of a case: its states, what runs beside them, who is who, and every kind of message (domain 7b)."""

from enum import StrEnum

__all__ = ["Effect", "Kind", "Overlay", "Role", "State"]


class State(StrEnum):
    """The shared states of a case (domain 7b, S0 to S11)."""

    DRAFT = "draft"
    SENT = "sent"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    PARTIAL = "partial"
    ANSWERED = "answered"
    REFUSED = "refused"
    CLOSED = "closed"
    REJECTED_INVALID = "rejected_invalid"
    MISDIRECTED = "misdirected"
    WITHDRAWN = "withdrawn"


class Overlay(StrEnum):
    """What may run beside a state (domain 7b, O1 to O5)."""

    INFORMATION_PENDING = "information_pending"
    DELAYED = "delayed"
    CLARIFICATION_PENDING = "clarification_pending"
    CONSENT_PENDING = "consent_pending"
    URGENCY_DISPUTED = "urgency_disputed"


class Role(StrEnum):
    """Which of the two States of a case somebody is."""

    REQUESTER = "requester"
    REQUESTED = "requested"

    @property
    def other(self) -> "Role":
        return Role.REQUESTED if self is Role.REQUESTER else Role.REQUESTER


class Kind(StrEnum):
    """The kinds of message (domain 7b.1, the number beside each); each is one class in ``protocol/messages``.

    An onward request (18) is a tracing request that names its parent; receipts (2, 3) are not messages of a case.
    """

    TRACE_REQUEST = "trace_request"  # 1, 18
    PROGRESS = "progress"  # 3a
    ACKNOWLEDGEMENT = "acknowledgement"  # 4
    NOT_COMPETENT = "not_competent"  # 5
    INFORMATION_REQUEST = "information_request"  # 6
    INFORMATION_SUPPLY = "information_supply"  # 7
    AMENDMENT = "amendment"  # 8
    DELAY_NOTICE = "delay_notice"  # 9
    INTERIM_RESPONSE = "interim_response"  # 10
    FINAL_RESPONSE = "final_response"  # 11
    RESTRICTION_NOTICE = "restriction_notice"  # 12
    REFUSAL = "refusal"  # 13
    CLARIFICATION_REQUEST = "clarification_request"  # 14
    CLARIFICATION_REPLY = "clarification_reply"  # 15
    WITHDRAWAL = "withdrawal"  # 16
    REFERRAL = "referral"  # 17
    CONSENT_REQUEST = "consent_request"  # 19
    CONSENT_DECISION = "consent_decision"  # 20
    HANDLING_NOTICE = "handling_notice"  # 21 to 24, and the certificate of a deletion
    OBJECTION = "objection"  # to an announced disclosure (22)
    REMINDER = "reminder"  # 25
    PRIORITY_CHANGE = "priority_change"  # 26
    CORRECTION = "correction"  # 27
    CLOSURE = "closure"  # 28
    REOPENING = "reopening"  # 29
    SPONTANEOUS_INFORMATION = "spontaneous_information"  # 30; in a case or outside any
    DIRECTORY_UPDATE = "directory_update"  # 31; outside any case
    PROFILE_PROPOSAL = "profile_proposal"  # outside any case, as the next two
    PROFILE_DECISION = "profile_decision"
    RECONCILIATION = "reconciliation"


class Effect(StrEnum):
    """What became of a message in the fold: it counts, or it is kept and shown without effect."""

    EFFECTIVE = "effective"
    KEPT = "kept"
