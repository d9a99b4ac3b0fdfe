"""The words of the desk for the closed lists of the wire, one table each.

Rules
- A wire word without an entry here is shown as it is, its underscores as blanks: lists may grow before words do.
- Texts are marked for the catalogues and translated when shown (filter ``words``).
"""

from typing import Any

from tracing.desk.pages.tongue import N_, _

__all__ = ["GROUNDS", "KINDS", "STATES", "VERBS", "WORDS", "words"]

STATES = {
    "draft": N_("Draft"), "sent": N_("Sent, not yet opened"), "delivered": N_("Delivered"),
    "acknowledged": N_("Acknowledged"),
    "in_progress": N_("In progress"), "partial": N_("Partly answered"), "answered": N_("Answered"),
    "refused": N_("Refused"),
    "closed": N_("Closed"), "rejected_invalid": N_("Could not be read there"),
    "misdirected": N_("Not their competence"),
    "withdrawn": N_("Withdrawn"), "lapsed": N_("Lapsed"),
}  # fmt: skip
OVERLAYS = {
    "information_pending": N_("Information asked for"), "delayed": N_("Delay announced"),
    "clarification_pending": N_("Clarification asked for"),
    "consent_pending": N_("Consent asked for"), "urgency_disputed": N_("Urgency disputed"),
}  # fmt: skip
KINDS = {
    "trace_request": N_("Tracing request"), "acknowledgement": N_("Acknowledgement"),
    "information_request": N_("Question"),
    "information_supply": N_("Information supplied"), "delay_notice": N_("Delay announced"),
    "interim_response": N_("Interim answer"),
    "final_response": N_("Answer"), "refusal": N_("Refusal"), "withdrawal": N_("Withdrawal"),
    "closure": N_("Closure and feedback"),
}  # fmt: skip
VERBS = {
    "request": N_("Send the request"), "acknowledge": N_("Acknowledge"), "ask": N_("Ask for information"),
    "supply": N_("Supply information"),
    "answer": N_("Answer"), "delay": N_("Announce a delay"), "refuse": N_("Refuse"),
    "withdraw": N_("Withdraw the request"),
    "close": N_("Close with feedback"), "record": N_("Record a reply"), "approve": N_("Release"),
}  # fmt: skip
GROUNDS = {
    "ongoing_investigation": N_("(i) would compromise ongoing criminal investigations"),
    "confidentiality_law": N_("(ii) would breach legislation protecting confidential information"),
    "confidentiality_not_guaranteed": N_("(iii) the requesting State cannot guarantee confidentiality"),
    "national_security": N_("(iv) national security, consistent with the Charter"),
}
ILLICIT = {
    "domestic_law": N_("(a) Illicit under the law of the State where it was found"),
    "unsc_embargo": N_("(b) Transferred in breach of a Security Council arms embargo"),
    "unmarked": N_("(c) Not marked as the Instrument requires"),
    "unlicensed_manufacture": N_("(d) Made or assembled without a licence"),
    "unauthorised_transfer": N_("(e) Transferred without a licence or authorisation"),
}
OUTCOMES = {
    "traced_diversion_point": N_("Traced to the point of diversion"),
    "traced_last_legal_holder": N_("Traced to the last legal holder"),
    "traced_exported": N_("Traced: exported to another State"), "traced_state_stock": N_("Traced to State stock"),
    "recorded_lost": N_("Recorded as lost"), "recorded_stolen": N_("Recorded as stolen"),
    "recorded_destroyed": N_("Recorded as destroyed"),
    "recorded_deactivated": N_("Recorded as deactivated"),
    "manufacture_confirmed_no_further_record": N_("Manufacture confirmed, no further record"),
    "no_record": N_("No record found"), "misidentified": N_("Misidentified; suggestion given"),
    "not_made_or_imported_here": N_("Not made or imported here"),
    "insufficient_identification": N_("Not enough to identify the weapon"),
    "marks_unrecoverable": N_("Marks cannot be recovered"),
    "multiple_candidates": N_("Several weapons fit"), "craft_or_counterfeit": N_("Craft-made or counterfeit"),
    "not_competent": N_("Not our competence"),
}  # fmt: skip
OTHERS = {
    "us": N_("Us"), "them": N_("Them"), "sent": N_("Sent"), "received": N_("Received"), "urgent": N_("Urgent"),
    "routine": N_("Routine"), "low": N_("Low"),
    "can_guarantee": N_("Can be guaranteed"), "cannot_guarantee": N_("Cannot be guaranteed"), "partly": N_("Partly"),
    "designated_authorities": N_("Designated authorities only (ITI 15a)"),
    "iti_purposes": N_("Purposes of the Instrument only (ITI 15b)"),
    "no_onward_without_consent": N_("Not to be passed on without consent (ITI 15c)"),
    "no_court_use": N_("Not for use in court"),
    "no_dissemination": N_("No dissemination"), "no_statistics": N_("Not for statistics"),
    "ack": N_("Acknowledgement"), "answer": N_("Answer"), "info": N_("Information asked for"),
    "revised": N_("Date named in the notice"),
    "form": N_("Reply form"), "manufacturer": N_("Manufacturer"), "licensing": N_("Licensing authority"),
    "queued": N_("Queued"), "accepted": N_("Accepted there"), "opened": N_("Opened there"),
    "rejected": N_("Rejected there"), "parked": N_("Parked"),
    "pistol_self_loading": N_("Self-loading pistol"), "submachine_gun": N_("Sub-machine gun"),
    "pistol_other": N_("Other pistol"), "printed_3d": N_("3D-printed"),
    "mortar_lt_100mm": N_("Mortar below 100 mm"), "aa_gun_portable": N_("Portable anti-aircraft gun"),
    "at_gun_portable": N_("Portable anti-tank gun"),
    "at_missile_launcher": N_("Portable launcher of anti-tank missiles"),
    "manpads_launcher": N_("Portable launcher of anti-aircraft missiles"),
    "personal_data": N_("Holds personal data"), "commercial": N_("Commercially sensitive"),
    "not_to_interpol": N_("Not to INTERPOL"), "not_to_europol": N_("Not to Europol"),
    "iti": N_("International Tracing Instrument"), "firearms_protocol": N_("Firearms Protocol"),
    "ecowas_convention": N_("ECOWAS Convention"),
    "kinshasa_convention": N_("Kinshasa Convention"), "nairobi_protocol": N_("Nairobi Protocol"),
    "sadc_protocol": N_("SADC Protocol"), "cifta": "CIFTA",
    "osce_document": N_("OSCE Document"), "eu_2023_977": N_("Directive (EU) 2023/977"),
    "arms_trade_treaty": N_("Arms Trade Treaty"), "bilateral": N_("Bilateral agreement"),
    "interpol": "INTERPOL", "email": N_("E-mail"), "lost_stolen_status": N_("Whether lost or stolen"),
    "state_stock_status": N_("Whether State stock"),
    "destruction_status": N_("Whether destroyed"), "deactivation_status": N_("Whether deactivated"),
    "export_record": N_("Export record and licence"), "related_weapons": N_("Related weapons (same lot)"),
    "re_stamped": N_("Re-stamped"), "illegible_part": N_("Partly illegible"),
    "treaty": N_("Treaty"), "agreed": N_("Agreed with the counterpart"), "internal": N_("Our own target"),
    "officer": N_("Officer"), "approver": N_("Approver"), "liaison": N_("Liaison officer"), "auditor": N_("Auditor"),
    "keyholder": N_("Key holder"), "admin": N_("Administrator"),
    "note_verbale": N_("Note verbale"), "iarms": "iARMS", "siena": "SIENA", "e_mail": N_("E-mail"),
    "letter": N_("Letter"),
    "full": N_("Full"), "partial": N_("Partial"), "original": N_("Original"), "obliterated": N_("Obliterated"),
    "never_marked": N_("Never marked"),
    "traced": N_("Traced"), "exact": N_("Exact"), "folded": N_("After folding look-alike characters"),
}  # fmt: skip
FOUND = {
    "found": N_("Found"), "not_found": N_("Searched and not found"), "unknown": N_("Not known: it cannot be searched"),
}  # fmt: skip
TOLD = {
    "country_of_manufacture": N_("Made in"), "requester": N_("Which State asks"),
    "found": N_("Circumstances of the find"), "illicit": N_("Why it is illicit"),
}  # fmt: skip
ENTRIES = {
    "env.out": N_("Envelope sent"), "env.in": N_("Envelope received"), "rcpt.out": N_("Receipt given"),
    "rcpt.in": N_("Receipt got"), "key": N_("Keys"), "op": N_("Act"), "read": N_("Reading"),
    "cfg": N_("Administration"), "ckpt.peer": N_("Head of a counterpart"),
    "private.head": N_("Head of this node"), "refused": N_("Refused"),
}  # fmt: skip
WORDS: dict[str, dict[str, str]] = {
    "state": STATES, "overlay": OVERLAYS, "kind": KINDS, "verb": VERBS, "ground": GROUNDS, "illicit": ILLICIT,
    "outcome": OUTCOMES, "entry": ENTRIES, "found": FOUND, "told": TOLD,
}  # fmt: skip


def words(value: Any, of: str = "") -> str:
    """What people say for a wire word; ``of`` names the list it belongs to."""
    wire = str(value or "")
    known = WORDS.get(of, {}).get(wire) or OTHERS.get(wire)
    if known:
        return _(known)
    plain = wire.replace("_", " ")
    return plain[:1].upper() + plain[1:]
