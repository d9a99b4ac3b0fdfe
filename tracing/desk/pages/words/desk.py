"""The words of the desk itself: sides, roles, channels, how far a message came, where a date comes from."""

from collections.abc import Mapping

from tracing.desk.pages.tongue import N_

__all__ = ["DESK"]

DESK: Mapping[str, Mapping[str, str]] = {
    "side": {"us": N_("Us"), "them": N_("Them"), "sent": N_("Sent"), "received": N_("Received")},
    "clock": {
        "ack": N_("Acknowledgement"), "answer": N_("Answer"), "info": N_("Information asked for"),
        "clarify": N_("Explanation"), "consent": N_("Decision on a consent"), "revised": N_("Date named in the notice"),
    },
    "stage": {
        "queued": N_("Queued"), "accepted": N_("Accepted there"), "opened": N_("Opened there"),
        "rejected": N_("Rejected there"), "parked": N_("Parked"),
    },
    "role": {
        "officer": N_("Officer"), "approver": N_("Approver"), "liaison": N_("Liaison officer"),
        "auditor": N_("Auditor"), "keyholder": N_("Key holder"), "admin": N_("Administrator"),
    },
    "channel": {
        "letter": N_("Letter"), "note_verbale": N_("Note verbale"), "email": N_("E-mail"),
        "telephone": N_("Telephone"), "interpol": "INTERPOL", "iarms": "iARMS", "siena": "SIENA",
        "meeting": N_("Meeting"), "other": N_("Other"),
    },
    "limit.basis": {
        "treaty": N_("Treaty"), "agreed": N_("Agreed with the counterpart"), "internal": N_("Our own target"),
    },
    "match": {
        "traced": N_("Traced"), "exact": N_("Exact"), "folded": N_("After folding look-alike characters"),
    },
}  # fmt: skip
