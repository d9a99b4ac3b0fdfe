"""What the audit trail calls an act or a reading, in words: by the member ``act`` or ``what`` of an entry."""

from collections.abc import Mapping

from tracing.casework.matters.relations import SAYS
from tracing.casework.verbs import VERBS
from tracing.desk.pages.tongue import N_
from tracing.desk.pages.words.cases import CASES

__all__ = ["DEEDS"]

_SAID = {verb: CASES["kind"].get(str(one.kind), "") for verb, one in VERBS.items()} | {
    verb: CASES["kind"].get(str(kind), "") for verb, kind in SAYS.items()
}
"""What was said to a counterpart is called as it is in a case."""

DEEDS: Mapping[str, Mapping[str, str]] = {
    "deed": {verb: said for verb, said in _SAID.items() if said} | {
        "request": CASES["kind"]["trace_request"],
        "activate user": N_("Account opened again"), "active": N_("Exchange resumed"), "add": N_("Webhook added"),
        "add user": N_("Account made"), "address": N_("Address of a counterpart changed"),
        "alarm": N_("Alarm about keys"), "alarm-done": N_("Alarm closed"), "anew": N_("Made anew"),
        "ask for attachment": N_("Original of an attachment asked for"), "attend": N_("Hours of a person set"),
        "bring in": N_("File brought in"), "card-dropped": N_("Card dropped"),
        "change password": N_("Password changed"), "choose language": N_("Language chosen"),
        "choose mail": N_("Mail chosen"), "choose": N_("Webhook set"), "compare": N_("Digest compared"),
        "contact": N_("Contact card edited"), "contact-dropped": N_("Edits of the contact card dropped"),
        "contact-seen": N_("Change of a contact card seen"), "correct-calendar": N_("Calendar corrected"),
        "create token": N_("Token made"), "deactivate user": N_("Account closed"), "destroy": N_("Keys destroyed"),
        "disowned": N_("Message disowned by its sender"), "confirmed": N_("Message confirmed by its sender"),
        "dossier": N_("Dossier opened"), "draft": N_("Prepared"), "enquire": N_("Enquiry opened"),
        "enquiry-erase": N_("Enquiry erased"), "enquiry-overdue": N_("Enquiry overdue"),
        "enquiry-renew": N_("Link of an enquiry made anew"), "enquiry-reply": N_("Reply to an enquiry"),
        "enquiry-withdraw": N_("Enquiry withdrawn"), "erase": N_("Erased for good"), "found": N_("Node founded"),
        "import records": N_("Records imported"), "introduce": N_("Counterpart introduced"),
        "issue": N_("Keys issued"), "keyset": N_("Keyset"), "leave-date": N_("Old date left"), "link": N_("Link"),
        "mail-alarm": N_("The mail server takes nothing"), "mail-alarm-over": N_("The mail server takes mails again"),
        "mail-parked": N_("Mails not taken"), "mail-returned": N_("Mails came back"), "move": N_("Webhook moved"),
        "note-channel": N_("Other channel noted"), "passphrase": N_("Passphrase changed"), "pin": N_("Card pinned"),
        "propose-date": N_("Other date proposed"), "readmit-address": N_("Address readmitted"),
        "receive": N_("Message received"), "record": N_("Reply recorded"), "recover": N_("Recovery ordered"),
        "recovery": N_("Recovery"), "redate": N_("New date taken"), "release": N_("Released"),
        "release-refused": N_("Release refused"), "remind": N_("Reminded"), "remove": N_("Webhook removed"),
        "revoke": N_("Revoked"), "revoke tokens": N_("Tokens revoked"), "revoked": N_("Keys revoked"),
        "root": N_("Root"), "rotate": N_("Keys rotated"), "search records": N_("Records searched"),
        "set-targets": N_("Own targets set"), "sign in": N_("Signed in"), "sign out": N_("Signed out"),
        "snooze": N_("Reminder put off"), "start": N_("Node started"), "subscribe": N_("Calendar subscribed to"),
        "suspended": N_("Exchange suspended"), "unsubscribe": N_("Address of a calendar revoked"),
        "webhook-alarm": N_("A webhook takes nothing"), "webhook-alarm-over": N_("A webhook takes calls again"),
        "webhook-parked": N_("Calls not taken"),
        "approvals": N_("Approvals read"), "case": N_("Case read"), "cases": N_("Cases read"),
        "counterpart": N_("Counterpart read"), "deadlines": N_("Deadlines read"), "dossiers": N_("Dossiers read"),
        "enquiry": N_("Enquiry read"), "home": N_("Home read"), "matter": N_("Matter read"), "proof": N_("Proof made"),
        "received": N_("Received requests read"), "reminders": N_("Reminders read"), "route": N_("Supply route read"),
        "sent": N_("Sent requests read"), "outcomes": N_("Outcomes read"), "ledger": N_("Ledger read"),
        "attachment": N_("Attachment read"), "feed": N_("Calendar read"),
        "elements": N_("Elements read"), "enquiries": N_("Enquiries read"), "list": N_("Cases read"),
        "channels": N_("Other channels read"), "evidence": N_("Evidence taken out"),
        "evidence-preview": N_("Evidence looked at"),
        "reconciliation": N_("Reconciliation read"), "entries": N_("Entries taken out as a file"),
        "ask-content": N_("Content of a case asked for"), "give-content": N_("Case released to an auditor"),
        "refuse-content": N_("Case not released to an auditor"), "end-content": N_("Release to an auditor ended"),
        "own": N_("Owner of a case set"), "verify": N_("Trail verified"), "cosign": N_("Head cosigned"),
        "carriage": N_("Carriage of a counterpart set"), "bundle.in": N_("Bundle taken in"),
        "bundle.out": N_("Bundle made"), "mail": N_("Mail sent"), "webhook": N_("Webhook called"),
        "mark-anew": N_("Marks of entries made anew"),
    }
}  # fmt: skip
