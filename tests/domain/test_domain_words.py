"""Every word of the domain's lists (its sections 7a and 9) is in a list here, in the spelling of the wire."""

import pytest

from protocol.vocabulary import LISTS

# The rows of the domain page in its order; / and + of the page are words of their own here.
PAGE: dict[str, str] = {
    "weapon.class": "small_arm light_weapon part other",
    "weapon.type": (
        "revolver pistol_self_loading rifle carbine submachine_gun assault_rifle light_machine_gun shotgun pistol_other"
        " combination converted craft heavy_machine_gun grenade_launcher_underbarrel grenade_launcher_mounted"
        " grenade_launcher_handheld aa_gun_portable at_gun_portable recoilless_rifle at_missile_launcher"
        " rocket_launcher manpads_launcher mortar_lt_100mm general_purpose_machine_gun"
        " frame receiver barrel slide cylinder bolt printed_3d kit_built"
    ),
    "weapon.action": (
        "single_shot bolt lever pump break break_side_by_side break_over_under break_combination revolving semi_auto"
        " full_auto select_fire muzzle_loading launch_tube unknown"
    ),
    "weapon.condition": ("complete incomplete frame_only deactivated reactivated converted destroyed rusted modified"),
    "markings.kind": (
        "manufacturer_name manufacturer_logo country_of_manufacture serial factory_symbol_code model calibre year"
        " import_mark state_stock_transfer state_property arsenal post_find_mark regional_mark proof_mark inspector"
        " acceptance assembly_number part_number patent_number selector refurbishment deactivation unit rack covert"
        " micro tool_marks other unknown"
    ),
    "markings.component": (
        "frame receiver upper_receiver lower_receiver embedded_plate barrel slide cylinder bolt breech_block"
        " trigger_guard stock grip magazine launch_tube grip_stock baseplate mount sight packaging"
    ),
    "markings.face": "left right top bottom front rear inside",
    "markings.status": "original altered obliterated restored re_stamped counterfeit illegible_part absent",
    "serial.status": "never_marked not_looked_for see_notes unknown",
    "illicit.ground": "domestic_law unsc_embargo unmarked unlicensed_manufacture unauthorised_transfer",
    "found.mode": "seized found surrendered",
    "found.context": (
        "crime_scene border customs search conflict_recovery peace_operation collection amnesty stockpile_audit"
        " sea_interdiction post parcel other"
    ),
    "exceptions": "amnesty_collection destruction_urgent made_before_1946",
    "intended_use": (
        "criminal_investigation prosecution_evidence trafficking_analysis embargo_monitoring stock_loss_inquiry"
        " export_risk_review statistics disposal_decision other"
    ),
    "priority": "urgent routine low",
    "sought": (
        "manufacture_confirmation first_recipient import_record export_record chain_of_ownership last_legal_holder"
        " lost_stolen_status state_stock_status destruction_status deactivation_status related_weapons other"
    ),
    "outcomes.code": (
        "traced_diversion_point traced_last_legal_holder traced_exported traced_state_stock recorded_lost"
        " recorded_stolen recorded_destroyed recorded_deactivated manufacture_confirmed_no_further_record no_record"
        " misidentified not_made_or_imported_here insufficient_identification marks_unrecoverable multiple_candidates"
        " craft_or_counterfeit not_competent"
    ),
    "outcomes.reason": "retention_expired records_lost firm_closed never_recorded serial_out_of_range",
    "outcomes.stock": "held lost disposed",
    "completeness": "full partial",
    "basis": "registry maker_record dealer_record customs military interview",
    "evaluation.source": "a b c x",
    "evaluation.information": "1 2 3 4",
    "requester.outcome": "no_response_lapsed withdrawn superseded",
    "limit.kind": "delay restrict refuse",
    "limit.ground": "ongoing_investigation confidentiality_law confidentiality_not_guaranteed national_security",
    "delay.cause": (
        "awaiting_manufacturer awaiting_dealer awaiting_other_agency awaiting_judicial_authorisation"
        " awaiting_third_state archive_search translation workload awaiting_requester"
    ),
    "restrictions": (
        "designated_authorities iti_purposes no_onward_without_consent no_court_use no_dissemination text"
        " personal_data commercial delete_by no_statistics not_to_interpol not_to_europol"
    ),
    "confidentiality": "can_guarantee cannot_guarantee partly",
    "closure.disposition": "marked_and_recorded destroyed stored_pending returned retained_as_evidence",
    "closure.usefulness": "useful confirmed_known not_useful preventive_action_taken",
    "consent.decision": "granted granted_with_conditions denied",
    "transactions.type": "re_export_consent delivery_verification",
}


@pytest.mark.parametrize(("name", "words"), PAGE.items(), ids=PAGE.keys())
def test_every_word_of_the_page_is_in_its_list(name: str, words: str) -> None:
    assert set(words.split()) - {word.value for word in LISTS[name]} == set()
