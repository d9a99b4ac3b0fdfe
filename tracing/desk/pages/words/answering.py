"""The words of an answer, of its limits, and of what became of the case (ITI 9, 18 to 23)."""

from collections.abc import Mapping

from tracing.desk.pages.tongue import N_

__all__ = ["ANSWERING"]

ANSWERING: Mapping[str, Mapping[str, str]] = {
    "outcomes.code": {
        "traced_diversion_point": N_("Traced to the point of diversion"),
        "traced_last_legal_holder": N_("Traced to the last legal holder"),
        "traced_exported": N_("Traced: exported to another State"),
        "traced_state_stock": N_("Traced to State stock"), "recorded_lost": N_("Recorded as lost"),
        "recorded_stolen": N_("Recorded as stolen"), "recorded_destroyed": N_("Recorded as destroyed"),
        "recorded_deactivated": N_("Recorded as deactivated"),
        "manufacture_confirmed_no_further_record": N_("Manufacture confirmed, no further record"),
        "no_record": N_("No record found"), "misidentified": N_("Misidentified; suggestion given"),
        "not_made_or_imported_here": N_("Not made or imported here"),
        "insufficient_identification": N_("Not enough to identify the weapon"),
        "marks_unrecoverable": N_("Marks cannot be recovered"), "multiple_candidates": N_("Several weapons fit"),
        "craft_or_counterfeit": N_("Craft-made or counterfeit"), "not_competent": N_("Not our competence"),
    },
    "outcomes.reason": {
        "retention_expired": N_("Retention period expired (ITI 12)"), "records_lost": N_("Records were lost"),
        "firm_closed": N_("The firm closed"), "never_recorded": N_("Never recorded"),
        "serial_out_of_range": N_("Serial outside the known range"),
    },
    "outcomes.stock": {
        "held": N_("Held in State stock"), "lost": N_("Lost from State stock"), "disposed": N_("Disposed of"),
    },
    "completeness": {
        "full": N_("Full"), "partial": N_("Partial"),
    },
    "basis": {
        "registry": N_("A register"), "maker_record": N_("Records of the maker"),
        "dealer_record": N_("Records of a dealer"), "customs": N_("Customs records"),
        "military": N_("Military records"), "interview": N_("Interviews"),
    },
    "evaluation.source": {
        "a": N_("A: reliable beyond doubt"), "b": N_("B: mostly reliable"), "c": N_("C: mostly unreliable"),
        "x": N_("X: cannot be assessed"),
    },
    "evaluation.information": {
        "1": N_("1: certain"), "2": N_("2: known to the source itself"),
        "3": N_("3: not known to the source, corroborated"),
        "4": N_("4: not known to the source, not corroborated"),
    },
    "transactions.type": {
        "manufacture": N_("Manufacture"), "sale": N_("Sale"), "export": N_("Export"), "import": N_("Import"),
        "transfer": N_("Transfer"), "re_export": N_("Re-export"), "re_export_consent": N_("Consent to re-export"),
        "delivery_verification": N_("Verification of delivery"), "state_issue": N_("Issue by the State"),
        "loss": N_("Loss"), "theft": N_("Theft"), "deactivation": N_("Deactivation"),
        "destruction": N_("Destruction"), "disposal": N_("Disposal"), "other": N_("Other"),
    },
    "transactions.precision": {
        "day": N_("To the day"), "month": N_("To the month"), "year": N_("To the year"),
        "approximate": N_("Approximate"),
    },
    "limit.kind": {
        "delay": N_("Delay"), "restrict": N_("Restrict"), "refuse": N_("Refuse"),
    },
    "limit.ground": {
        "ongoing_investigation": N_("(i) would compromise ongoing criminal investigations"),
        "confidentiality_law": N_("(ii) would breach legislation protecting confidential information"),
        "confidentiality_not_guaranteed": N_("(iii) the requesting State cannot guarantee confidentiality"),
        "national_security": N_("(iv) national security, consistent with the Charter"),
    },
    "delay.cause": {
        "awaiting_manufacturer": N_("Waiting for the manufacturer"), "awaiting_dealer": N_("Waiting for a dealer"),
        "awaiting_other_agency": N_("Waiting for another agency"),
        "awaiting_judicial_authorisation": N_("Waiting for a judicial authorisation"),
        "awaiting_third_state": N_("Waiting for a third State"), "archive_search": N_("Search in archives"),
        "translation": N_("Translation"), "workload": N_("Workload"),
        "awaiting_requester": N_("Waiting for the requester"),
    },
    "withheld": {
        "manufacture": N_("Manufacture"), "transfer": N_("Transfers"), "licence": N_("Licences"),
        "consignee": N_("Consignees"), "holder": N_("Holders"), "personal_data": N_("Personal data"),
        "commercial": N_("Commercial information"), "state_stock": N_("State stock"),
        "investigation": N_("An investigation"), "other": N_("Something else"),
    },
    "not_competent.reason": {
        "not_made_here": N_("Not made here"), "not_imported_here": N_("Not imported here"),
        "successor_state": N_("A successor State holds the records"),
        "licensed_production_elsewhere": N_("Made elsewhere under licence"),
        "other_authority": N_("Another authority of this State"), "other": N_("Another reason"),
    },
    "correction.cause": {
        "record_corrected": N_("The record itself was corrected"), "wrong_weapon": N_("It was another weapon"),
        "clerical_error": N_("Clerical error"), "new_information": N_("There is new information"),
        "other": N_("Another cause"),
    },
    "closure.code": {
        "diversion_point_established": N_("Point of diversion established"),
        "last_legal_holder_established": N_("Last legal holder established"),
        "traced_onward": N_("Traced onward to another State"), "not_traced": N_("Not traced"),
        "refused": N_("The answer was refused"), "misdirected": N_("Went to the wrong authority"),
        "no_response_lapsed": N_("Nobody answered"), "superseded": N_("Replaced by another request"),
        "other": N_("Another result"),
    },
    "closure.usefulness": {
        "useful": N_("Useful"), "confirmed_known": N_("Confirmed what was known"), "not_useful": N_("Not useful"),
        "preventive_action_taken": N_("Led to preventive action"),
    },
    "closure.disposition": {
        "marked_and_recorded": N_("Marked and recorded"), "destroyed": N_("Destroyed"),
        "stored_pending": N_("Stored, pending a decision"), "returned": N_("Returned"),
        "retained_as_evidence": N_("Retained as evidence"),
    },
    "requester.outcome": {
        "no_response_lapsed": N_("Nobody answered"), "withdrawn": N_("Withdrawn"),
        "superseded": N_("Replaced by another request"),
    },
}  # fmt: skip
