"""What a weapon is: class, type, action, condition (ITI 4, domain 7a).

A type belongs to one class (``TYPES``); ``other`` and ``unknown`` fit every class.
"""

from collections.abc import Mapping
from types import MappingProxyType

from protocol.vocabulary.sources import Source
from protocol.vocabulary.word import Word

__all__ = ["TYPES", "Action", "Condition", "Inapplicable", "WeaponClass", "WeaponType"]


class WeaponClass(Word):
    """The two classes of the instrument, parts, and what is neither."""

    SMALL_ARM = "small_arm", Source.ITI_4A
    LIGHT_WEAPON = "light_weapon", Source.ITI_4B
    PART = "part", Source.ITI_10
    OTHER = "other", Source.NODE


class WeaponType(Word):
    """The families of ITI 4, and those that registers and reports need beside them."""

    REVOLVER = "revolver", Source.ITI_4A
    PISTOL_SELF_LOADING = "pistol_self_loading", Source.ITI_4A
    RIFLE = "rifle", Source.ITI_4A
    CARBINE = "carbine", Source.ITI_4A
    SUBMACHINE_GUN = "submachine_gun", Source.ITI_4A
    ASSAULT_RIFLE = "assault_rifle", Source.ITI_4A
    LIGHT_MACHINE_GUN = "light_machine_gun", Source.ITI_4A
    SHOTGUN = "shotgun", Source.SDG_16_4_2
    PISTOL_OTHER = "pistol_other", Source.PRACTICE
    COMBINATION = "combination", Source.PRACTICE
    CONVERTED = "converted", Source.PRACTICE
    CRAFT = "craft", Source.PRACTICE
    PRINTED_3D = "printed_3d", Source.PRACTICE
    KIT_BUILT = "kit_built", Source.PRACTICE
    HEAVY_MACHINE_GUN = "heavy_machine_gun", Source.ITI_4B
    GRENADE_LAUNCHER_UNDERBARREL = "grenade_launcher_underbarrel", Source.ITI_4B
    GRENADE_LAUNCHER_MOUNTED = "grenade_launcher_mounted", Source.ITI_4B
    GRENADE_LAUNCHER_HANDHELD = "grenade_launcher_handheld", Source.ITI_4B
    AA_GUN_PORTABLE = "aa_gun_portable", Source.ITI_4B
    AT_GUN_PORTABLE = "at_gun_portable", Source.ITI_4B
    RECOILLESS_RIFLE = "recoilless_rifle", Source.ITI_4B
    AT_MISSILE_LAUNCHER = "at_missile_launcher", Source.ITI_4B
    ROCKET_LAUNCHER = "rocket_launcher", Source.ITI_4B
    MANPADS_LAUNCHER = "manpads_launcher", Source.ITI_4B
    MORTAR_LT_100MM = "mortar_lt_100mm", Source.ITI_4B
    GENERAL_PURPOSE_MACHINE_GUN = "general_purpose_machine_gun", Source.PRACTICE
    FRAME = "frame", Source.ITI_10
    RECEIVER = "receiver", Source.ITI_10
    BARREL = "barrel", Source.ITI_10
    SLIDE = "slide", Source.ITI_10
    CYLINDER = "cylinder", Source.ITI_10
    BOLT = "bolt", Source.ITI_10
    OTHER = "other", Source.NODE
    UNKNOWN = "unknown", Source.NODE


class Action(Word):
    """How it loads and fires."""

    SINGLE_SHOT = "single_shot", Source.PRACTICE
    BOLT = "bolt", Source.PRACTICE
    LEVER = "lever", Source.PRACTICE
    PUMP = "pump", Source.PRACTICE
    BREAK = "break", Source.PRACTICE
    BREAK_SIDE_BY_SIDE = "break_side_by_side", Source.PRACTICE
    BREAK_OVER_UNDER = "break_over_under", Source.PRACTICE
    BREAK_COMBINATION = "break_combination", Source.PRACTICE
    REVOLVING = "revolving", Source.PRACTICE
    SEMI_AUTO = "semi_auto", Source.PRACTICE
    FULL_AUTO = "full_auto", Source.PRACTICE
    SELECT_FIRE = "select_fire", Source.PRACTICE
    MUZZLE_LOADING = "muzzle_loading", Source.PRACTICE
    LAUNCH_TUBE = "launch_tube", Source.PRACTICE
    UNKNOWN = "unknown", Source.PRACTICE


class Condition(Word):
    """The state it was found in."""

    COMPLETE = "complete", Source.PRACTICE
    INCOMPLETE = "incomplete", Source.PRACTICE
    FRAME_ONLY = "frame_only", Source.PRACTICE
    DEACTIVATED = "deactivated", Source.PRACTICE
    REACTIVATED = "reactivated", Source.PRACTICE
    CONVERTED = "converted", Source.PRACTICE
    DESTROYED = "destroyed", Source.PRACTICE
    RUSTED = "rusted", Source.PRACTICE
    MODIFIED = "modified", Source.PRACTICE


class Inapplicable(Word):
    """What a weapon cannot have, which is another thing than what nobody knows (null)."""

    MAKE = "make", Source.ITI_17B
    MODEL = "model", Source.ITI_17B
    CALIBRE = "calibre", Source.ITI_17B
    COUNTRY_OF_MANUFACTURE = "country_of_manufacture", Source.ITI_17B
    SERIAL = "serial", Source.ITI_17B
    MARKINGS = "markings", Source.ITI_17B
    YEAR_OF_MANUFACTURE = "year_of_manufacture", Source.ITI_8A
    COUNTRY_OF_IMPORT = "country_of_import", Source.ITI_8B
    ACTION = "action", Source.ITI_17B


_ANY = frozenset({WeaponType.OTHER, WeaponType.UNKNOWN})
_PARTS = frozenset(word for word in WeaponType if word.source is Source.ITI_10)
_LIGHT = frozenset(word for word in WeaponType if word.source is Source.ITI_4B) | {
    WeaponType.GENERAL_PURPOSE_MACHINE_GUN
}

TYPES: Mapping[WeaponClass, frozenset[WeaponType]] = MappingProxyType(
    {
        WeaponClass.SMALL_ARM: frozenset(WeaponType) - _PARTS - _LIGHT,
        WeaponClass.LIGHT_WEAPON: _LIGHT | _ANY,
        WeaponClass.PART: _PARTS | _ANY,
        WeaponClass.OTHER: frozenset(WeaponType),
    }
)
"""Class -> the types that belong to it."""
