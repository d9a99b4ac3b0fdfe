"""The words of a case itself: its states, what runs beside them, the kinds of message, the acts (domain 7b)."""

from collections.abc import Mapping

from tracing.desk.pages.tongue import N_, NP_

__all__ = ["CASES"]

CASES: Mapping[str, Mapping[str, str]] = {
    "state": {
        "draft": N_("Draft"), "sent": N_("Sent, not yet opened"), "delivered": N_("Delivered"),
        "acknowledged": N_("Acknowledged"), "in_progress": N_("In progress"), "partial": N_("Partly answered"),
        "answered": N_("Answered"), "refused": N_("Refused"), "closed": N_("Closed"),
        "rejected_invalid": N_("Could not be read there"), "misdirected": N_("Not their competence"),
        "withdrawn": N_("Withdrawn"), "lapsed": N_("Lapsed"),
    },
    "overlay": {
        "information_pending": N_("Information asked for"), "delayed": N_("Delay announced"),
        "clarification_pending": N_("Clarification asked for"), "consent_pending": N_("Consent asked for"),
        "urgency_disputed": N_("Urgency disputed"),
    },
    "kind": {
        "trace_request": N_("Tracing request"), "progress": N_("Progress"), "acknowledgement": N_("Acknowledgement"),
        "not_competent": N_("Not competent"), "information_request": N_("Question"),
        "information_supply": N_("Information supplied"), "amendment": N_("Amendment of the request"),
        "delay_notice": N_("Delay announced"), "interim_response": N_("Interim answer"),
        "final_response": N_("Answer"), "restriction_notice": N_("Information withheld"), "refusal": N_("Refusal"),
        "clarification_request": N_("Clarification asked for"), "clarification_reply": N_("Explanation"),
        "withdrawal": N_("Withdrawal"), "referral": N_("Referral to another State"),
        "consent_request": N_("Consent asked for"), "consent_decision": N_("Decision on a consent"),
        "handling_notice": N_("Notice about handling"), "objection": N_("Objection to a disclosure"),
        "reminder": N_("Reminder"), "priority_change": N_("Change of priority"), "correction": N_("Correction"),
        "closure": N_("Closure and feedback"), "reopening": N_("Reopened"),
        "spontaneous_information": N_("Information given unasked"), "directory_update": N_("Update of the directory"),
        "profile_proposal": N_("Limits proposed"), "profile_decision": N_("Decision on limits"),
        "reconciliation": N_("Reconciliation"),
    },
    "verb": {
        "request": N_("Send the request"), "acknowledge": N_("Acknowledge"), "ask": N_("Ask for information"),
        "supply": N_("Supply information"), "amend": N_("Amend the request"), "answer": NP_("act", "Answer"),
        "delay": N_("Announce a delay"), "restrict": N_("Withhold information"), "refuse": N_("Refuse"),
        "refer": N_("Refer to another State"), "clarify": N_("Ask for clarification"), "explain": N_("Explain"),
        "remind": N_("Remind"), "withdraw": N_("Withdraw the request"), "correct": N_("Correct the answer"),
        "progress": N_("Report progress"), "prioritise": N_("Change the priority"),
        "not-competent": N_("Not competent"), "notify": N_("Give a notice about handling"), "object": N_("Object"),
        "consent-request": N_("Ask for consent"), "consent-decision": N_("Decide on a consent"),
        "close": N_("Close with feedback"), "reopen": N_("Reopen the case"), "inform": N_("Inform unasked"),
        "record": N_("Record a reply"), "approve": N_("Release"),
        "erase": N_("Erase for good"),
    },
}  # fmt: skip
