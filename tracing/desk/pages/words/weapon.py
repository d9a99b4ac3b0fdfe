"""The words of weapons and their marks (ITI 4, 8, 10)."""

from collections.abc import Mapping

from tracing.desk.pages.tongue import N_

__all__ = ["WEAPON"]

WEAPON: Mapping[str, Mapping[str, str]] = {
    "weapon.class": {
        "small_arm": N_("Small arm"), "light_weapon": N_("Light weapon"), "part": N_("Part"), "other": N_("Other"),
    },
    "weapon.type": {
        "revolver": N_("Revolver"), "pistol_self_loading": N_("Self-loading pistol"), "rifle": N_("Rifle"),
        "carbine": N_("Carbine"), "submachine_gun": N_("Sub-machine gun"), "assault_rifle": N_("Assault rifle"),
        "light_machine_gun": N_("Light machine gun"), "shotgun": N_("Shotgun"), "pistol_other": N_("Other pistol"),
        "combination": N_("Combination gun"), "converted": N_("Converted blank or alarm weapon"),
        "craft": N_("Craft-made weapon"), "printed_3d": N_("3D-printed weapon"),
        "kit_built": N_("Built from a kit"), "heavy_machine_gun": N_("Heavy machine gun"),
        "grenade_launcher_underbarrel": N_("Under-barrel grenade launcher"),
        "grenade_launcher_mounted": N_("Mounted grenade launcher"),
        "grenade_launcher_handheld": N_("Hand-held grenade launcher"),
        "aa_gun_portable": N_("Portable anti-aircraft gun"), "at_gun_portable": N_("Portable anti-tank gun"),
        "recoilless_rifle": N_("Recoilless rifle"),
        "at_missile_launcher": N_("Portable launcher of anti-tank missiles"),
        "rocket_launcher": N_("Rocket launcher"),
        "manpads_launcher": N_("Portable launcher of anti-aircraft missiles"),
        "mortar_lt_100mm": N_("Mortar below 100 mm"),
        "general_purpose_machine_gun": N_("General-purpose machine gun"), "frame": N_("Frame"),
        "receiver": N_("Receiver"), "barrel": N_("Barrel"), "slide": N_("Slide"), "cylinder": N_("Cylinder"),
        "bolt": N_("Bolt"), "other": N_("Other"), "unknown": N_("Unknown"),
    },
    "weapon.action": {
        "single_shot": N_("Single-shot"), "bolt": N_("Bolt action"), "lever": N_("Lever action"),
        "pump": N_("Pump action"), "break": N_("Break action"), "break_side_by_side": N_("Break action, side by side"),
        "break_over_under": N_("Break action, over and under"),
        "break_combination": N_("Break action, combination"), "revolving": N_("Revolving"),
        "semi_auto": N_("Semi-automatic"), "full_auto": N_("Fully automatic"), "select_fire": N_("Selective fire"),
        "muzzle_loading": N_("Muzzle-loading"), "launch_tube": N_("Launch tube"), "unknown": N_("Unknown"),
    },
    "weapon.condition": {
        "complete": N_("Complete"), "incomplete": N_("Incomplete"), "frame_only": N_("Frame or receiver only"),
        "deactivated": N_("Deactivated"), "reactivated": N_("Reactivated"), "converted": N_("Converted"),
        "destroyed": N_("Destroyed"), "rusted": N_("Rusted"), "modified": N_("Modified"),
    },
    "serial.status": {
        "original": N_("Original"), "altered": N_("Altered"), "obliterated": N_("Obliterated"),
        "restored": N_("Restored"), "re_stamped": N_("Re-stamped"), "counterfeit": N_("Counterfeit"),
        "illegible_part": N_("Partly illegible"), "absent": N_("Absent"), "never_marked": N_("Never marked"),
        "not_looked_for": N_("Not looked for"), "see_notes": N_("See notes"), "unknown": N_("Unknown"),
    },
    "markings.kind": {
        "manufacturer_name": N_("Name of the manufacturer"), "manufacturer_logo": N_("Logo of the manufacturer"),
        "country_of_manufacture": N_("Country of manufacture"), "serial": N_("Serial"),
        "factory_symbol_code": N_("Factory symbol and code (ITI 8a)"), "model": N_("Model"),
        "calibre": N_("Calibre"), "year": N_("Year"), "import_mark": N_("Import mark (ITI 8b)"),
        "state_stock_transfer": N_("Transfer from State stock (ITI 8c)"), "state_property": N_("State property"),
        "arsenal": N_("Arsenal mark"), "post_find_mark": N_("Marked after the find (ITI 9)"),
        "regional_mark": N_("Regional mark"), "proof_mark": N_("Proof mark"), "inspector": N_("Inspector's mark"),
        "acceptance": N_("Acceptance mark"), "assembly_number": N_("Assembly number"),
        "part_number": N_("Part number"), "patent_number": N_("Patent number"), "selector": N_("Selector mark"),
        "refurbishment": N_("Refurbishment mark"), "deactivation": N_("Deactivation mark"),
        "unit": N_("Unit mark"), "rack": N_("Rack number"), "covert": N_("Covert mark"), "micro": N_("Micro-mark"),
        "tool_marks": N_("Tool marks"), "other": N_("Other"), "unknown": N_("Unknown"),
    },
    "markings.component": {
        "frame": N_("Frame"), "receiver": N_("Receiver"), "upper_receiver": N_("Upper receiver"),
        "lower_receiver": N_("Lower receiver"), "embedded_plate": N_("Plate embedded in the frame"),
        "barrel": N_("Barrel"), "slide": N_("Slide"), "cylinder": N_("Cylinder"), "bolt": N_("Bolt"),
        "breech_block": N_("Breech block"), "trigger_guard": N_("Trigger guard"), "stock": N_("Stock"),
        "grip": N_("Grip"), "magazine": N_("Magazine"), "launch_tube": N_("Launch tube"),
        "grip_stock": N_("Grip stock"), "baseplate": N_("Baseplate"), "mount": N_("Mount"), "sight": N_("Sight"),
        "packaging": N_("Packaging"), "other": N_("Other"), "unknown": N_("Unknown"),
    },
    "markings.face": {
        "left": N_("Left"), "right": N_("Right"), "top": N_("Top"), "bottom": N_("Bottom"), "front": N_("Front"),
        "rear": N_("Rear"), "inside": N_("Inside"),
    },
    "weapon.not_applicable": {
        "make": N_("Make"), "model": N_("Model"), "calibre": N_("Calibre"),
        "country_of_manufacture": N_("Country of manufacture"), "serial": N_("Serial"), "markings": N_("Markings"),
        "year_of_manufacture": N_("Year made"), "country_of_import": N_("Country of import"), "action": N_("Action"),
    },
    "confidence": {"certain": N_("Certain"), "probable": N_("Probable"), "possible": N_("Possible")},
    "normal.source": {
        "examiner": N_("The examiner"), "maker": N_("The maker"), "reference_table": N_("A reference table"),
        "notation": N_("The notation itself"), "other": N_("Another source"),
    },
}  # fmt: skip
