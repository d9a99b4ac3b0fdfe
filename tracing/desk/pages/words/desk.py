"""The words of the desk itself: sides, roles, channels, how far a message came, where a date comes from."""

from collections.abc import Mapping

from tracing.desk.pages.tongue import N_

__all__ = ["DESK"]

DESK: Mapping[str, Mapping[str, str]] = {
    "side": {"us": N_("Us"), "them": N_("Them"), "sent": N_("Sent"), "received": N_("Received")},
    "clock": {
        "ack": N_("Acknowledgement"), "answer": N_("Answer"), "info": N_("Information asked for"),
        "clarify": N_("Explanation"), "consent": N_("Decision on a consent"), "revised": N_("Date named in the notice"),
        "lapse": N_("The request may lapse"), "retention": N_("Information must go"),
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
        "meeting": N_("Meeting"), "form": N_("Reply form"), "other": N_("Other"),
    },
    "limit.basis": {
        "treaty": N_("Treaty"), "agreed": N_("Agreed with the counterpart"), "internal": N_("Our own target"),
        "unverified": N_("Treaty, number not verified"), "provider": N_("Set by who gave the information"),
    },
    "addressee": {
        "manufacturer": N_("Manufacturer"), "dealer": N_("Dealer"), "customs": N_("Customs"),
        "military": N_("Military"), "police": N_("Police"), "licensing": N_("Licensing authority"),
        "other": N_("Other"),
    },
    "found": {
        "found": N_("Found"), "not_found": N_("Searched and not found"),
        "unknown": N_("Not known: it cannot be searched"),
    },
    "told": {
        "class": N_("Class"), "type": N_("Type"), "make": N_("Make"), "model": N_("Model"), "calibre": N_("Calibre"),
        "serial": N_("Serial"), "markings": N_("Markings"), "country_of_manufacture": N_("Made in"),
        "requester": N_("Which State asks"),
        "found": N_("Circumstances of the find"), "illicit": N_("Why it is illicit"),
    },
    "entry": {
        "env.out": N_("Envelope sent"), "env.in": N_("Envelope received"), "rcpt.out": N_("Receipt given"),
        "rcpt.in": N_("Receipt got"), "key": N_("Keys"), "op": N_("Act"), "read": N_("Reading"), "erase": N_("Erasure"),
        "cfg": N_("Administration"), "ckpt.peer": N_("Head of a counterpart"),
        "private.head": N_("Head of this node"), "refused": N_("Refused"),
    },
    "witness": {
        "current": N_("Current"), "late": N_("For two days nothing cosigned"), "never": N_("Never cosigned"),
    },
    "proof": {
        "of_its_statement": N_("It belongs to the statement it names"),
        "unsigned": N_("Given without its statement"), "does_not_match": N_("It does not match its statement"),
        "none": N_("Not given"),
    },
    "match": {
        "traced": N_("Traced"), "exact": N_("Exact"), "folded": N_("After folding look-alike characters"),
    },
}  # fmt: skip
