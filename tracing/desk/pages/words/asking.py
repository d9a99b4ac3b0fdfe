"""The words of a request: why, for what, how it may be handled, and what is asked about it (ITI 6, 15, 17, 21)."""

from collections.abc import Mapping

from tracing.desk.pages.tongue import N_

__all__ = ["ASKING"]

ASKING: Mapping[str, Mapping[str, str]] = {
    "priority": {
        "urgent": N_("Urgent"), "routine": N_("Routine"), "low": N_("Low"),
    },
    "illicit.ground": {
        "domestic_law": N_("(a) Illicit under the law of the State where it was found"),
        "unsc_embargo": N_("(b) Transferred in breach of a Security Council arms embargo"),
        "unmarked": N_("(c) Not marked as the Instrument requires"),
        "unlicensed_manufacture": N_("(d) Made or assembled without a licence"),
        "unauthorised_transfer": N_("(e) Transferred without a licence or authorisation"),
    },
    "found.mode": {
        "seized": N_("Seized"), "found": N_("Found"), "surrendered": N_("Surrendered"),
    },
    "found.context": {
        "crime_scene": N_("Crime scene"), "border": N_("Border control"), "customs": N_("Customs"),
        "search": N_("Search of premises or persons"), "conflict_recovery": N_("Conflict recovery"),
        "peace_operation": N_("Peace operation"), "collection": N_("Collection programme"),
        "amnesty": N_("Amnesty"), "stockpile_audit": N_("Stockpile audit"),
        "sea_interdiction": N_("Sea interdiction"), "post": N_("Post"), "parcel": N_("Parcel"),
        "other": N_("Other"),
    },
    "exceptions": {
        "amnesty_collection": N_("Handed in under an amnesty"), "destruction_urgent": N_("Destruction is urgent"),
        "made_before_1946": N_("Made before 1946"),
    },
    "intended_use": {
        "criminal_investigation": N_("Criminal investigation"), "prosecution_evidence": N_("Evidence in court"),
        "trafficking_analysis": N_("Analysis of trafficking"),
        "embargo_monitoring": N_("Monitoring of an embargo"),
        "stock_loss_inquiry": N_("Inquiry into a loss of stock"),
        "export_risk_review": N_("Review of export risks"), "statistics": N_("Statistics"),
        "disposal_decision": N_("Decision on disposal"), "other": N_("Another use"),
    },
    "sought": {
        "manufacture_confirmation": N_("Confirmation of manufacture"), "first_recipient": N_("First recipient"),
        "import_record": N_("Import record"), "export_record": N_("Export record and licence"),
        "chain_of_ownership": N_("Chain of ownership"), "last_legal_holder": N_("Last legal holder"),
        "lost_stolen_status": N_("Whether lost or stolen"), "state_stock_status": N_("Whether State stock"),
        "destruction_status": N_("Whether destroyed"), "deactivation_status": N_("Whether deactivated"),
        "related_weapons": N_("Related weapons (same lot)"), "other": N_("Other information"),
    },
    "confidentiality": {
        "can_guarantee": N_("Can be guaranteed"), "cannot_guarantee": N_("Cannot be guaranteed"),
        "partly": N_("Partly"),
    },
    "restrictions": {
        "designated_authorities": N_("Designated authorities only (ITI 15a)"),
        "iti_purposes": N_("Purposes of the Instrument only (ITI 15b)"),
        "no_onward_without_consent": N_("Not to be passed on without consent (ITI 15c)"),
        "no_court_use": N_("Not for use in court"), "no_dissemination": N_("No dissemination"),
        "text": N_("As said in words"), "personal_data": N_("Holds personal data"),
        "commercial": N_("Commercially sensitive"), "delete_by": N_("To be deleted by a date"),
        "no_statistics": N_("Not for statistics"), "not_to_interpol": N_("Not to INTERPOL"),
        "not_to_europol": N_("Not to Europol"),
    },
    "instruments": {
        "iti": N_("International Tracing Instrument"), "firearms_protocol": N_("Firearms Protocol"),
        "ecowas_convention": N_("ECOWAS Convention"), "kinshasa_convention": N_("Kinshasa Convention"),
        "nairobi_protocol": N_("Nairobi Protocol"), "sadc_protocol": N_("SADC Protocol"), "cifta": "CIFTA",
        "osce_document": N_("OSCE Document"), "eu_2023_977": N_("Directive (EU) 2023/977"),
        "arms_trade_treaty": N_("Arms Trade Treaty"), "bilateral": N_("Bilateral agreement"), "other": N_("Other"),
    },
    "items.code": {
        "illicit_ground": N_("Why it is illicit"), "legal_citation": N_("The law it offends"),
        "circumstances": N_("Circumstances"), "place_of_find": N_("Place of the find"),
        "date_of_find": N_("Date of the find"), "markings": N_("Other markings"), "serial": N_("Serial"),
        "make": N_("Make"), "model": N_("Model"), "calibre": N_("Calibre"), "type": N_("Type"),
        "country_of_manufacture": N_("Country of manufacture"), "import_mark": N_("Import mark"),
        "photograph": N_("Photograph"), "examination": N_("How it was examined"),
        "intended_use": N_("Intended use"), "confidentiality": N_("Whether confidentiality can be guaranteed"),
        "justification": N_("Why it is urgent"), "contact": N_("Whom to contact"), "other": N_("Other"),
    },
    "amendment.reason": {
        "serial_read_again": N_("The serial was read again"), "mark_recovered": N_("A mark was recovered"),
        "identified_anew": N_("The weapon was identified anew"), "legal_ground": N_("The legal ground changed"),
        "circumstances": N_("More is known of the circumstances"), "use_changed": N_("The intended use changed"),
        "clerical_error": N_("Clerical error"), "other": N_("Another reason"),
    },
    "withdrawal.reason": {
        "no_longer_needed": N_("No longer needed"), "answered_otherwise": N_("Answered in another way"),
        "sent_in_error": N_("Sent in error"), "duplicate": N_("Duplicate"),
        "misidentified": N_("The weapon was misidentified"), "superseded": N_("Replaced by another request"),
        "other": N_("Another reason"),
    },
    "withdrawal.data": {
        "keep": N_("May be kept"), "delete": N_("To be deleted"),
    },
}  # fmt: skip
