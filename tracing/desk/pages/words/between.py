"""The words of what is said beside request and answer: handling, consent, reminders, limits agreed on (ITI 15)."""

from collections.abc import Mapping

from tracing.desk.pages.tongue import N_

__all__ = ["BETWEEN"]

BETWEEN: Mapping[str, Mapping[str, str]] = {
    "notice": {
        "confidentiality": N_("Confidentiality can no longer be guaranteed"),
        "prior_disclosure": N_("A disclosure that cannot be avoided is announced"),
        "restriction_change": N_("Handling restrictions change"),
        "breach": N_("Something was released that should not have been"),
        "deletion": N_("Deleted, as its provider asked"),
    },
    "consent.decision": {
        "granted": N_("Granted"), "granted_with_conditions": N_("Granted with conditions"), "denied": N_("Denied"),
        "revoked": N_("Revoked"),
    },
    "recipient.kind": {
        "third_state": N_("A third State"), "own_authority": N_("Another authority of the same State"),
        "court": N_("A court"), "interpol": "INTERPOL", "europol": N_("Europol"),
        "regional_organisation": N_("A regional organisation"), "public": N_("The public"),
        "other": N_("Somebody else"),
    },
    "reminder.duty": {
        "acknowledgement": N_("Acknowledgement"), "answer": N_("Answer"),
        "information": N_("Information asked for"), "explanation": N_("Explanation asked for"),
        "consent_decision": N_("Decision on a consent"),
    },
    "information.subject": {
        "weapon_stolen": N_("The weapon was stolen"), "weapon_lost": N_("The weapon was lost"),
        "weapon_found": N_("The weapon was found"), "diversion": N_("A diversion"),
        "trafficking_pattern": N_("A pattern of trafficking"), "record_found": N_("A record was found"),
        "correction": N_("A correction of what was passed on"),
        "other": N_("Something else"),
    },
    "profile.decision": {
        "accepted": N_("Accepted"), "declined": N_("Declined"), "ended": N_("Ended"),
    },
    "profile.clock": {
        "ack": N_("Acknowledgement"), "answer": N_("Answer"), "info": N_("Information asked for"),
        "clarify": N_("Explanation"), "consent": N_("Decision on a consent"),
    },
    "profile.unit": {
        "hours": N_("Hours"), "working_hours": N_("Working hours"), "calendar_days": N_("Calendar days"),
        "working_days": N_("Working days"),
        "months": N_("Months"),
    },
    "profile.start": {
        "next_day": N_("The day it starts on is not counted"), "same_day": N_("The day it starts on is the first"),
        "next_opening": N_("From the next opening of the office"),
    },
    "profile.days": {
        "owing": N_("Of the side that owes"), "waiting": N_("Of the side that waits"),
        "both": N_("Days both sides work"),
    },
    "weekday": {
        "monday": N_("Monday"), "tuesday": N_("Tuesday"), "wednesday": N_("Wednesday"), "thursday": N_("Thursday"),
        "friday": N_("Friday"), "saturday": N_("Saturday"), "sunday": N_("Sunday"),
    },
    "accessible": {"directly": N_("Directly"), "indirectly": N_("Through others")},
}  # fmt: skip
