"""What a mapping may fill: the members of a request (contract, ITI 17) and the fields of a national record.

A member is named by its path. ``SERIALS`` are read by ``serials.py``, ``DATES`` as dates, ``LISTS`` hold several
values, and of ``REQUIRED`` the contract wants to hear even when they are not known (decision 28).
"""

__all__ = ["DATES", "LISTS", "REQUIRED", "SERIALS", "TARGETS"]

_WEAPON = (
    "class type make model calibre country_of_manufacture serial markings action condition brand designer factory_code"
    " country_of_design country_of_import importer year_of_manufacture year_of_import control_part description"
)
_FOUND = "mode date place circumstances context jurisdiction mission examined_by examination note"
_REST = (
    "priority justification illicit illicit.ground illicit.citation illicit.resolution intended_use intended_use_note"
    " sought sought_note confidentiality confidentiality_scope confidentiality_cause restrictions reply_by"
    " reference contact language note instruments dossier classification checks exceptions other_channels"
)
_RECORD = "registry serial make model calibre event event_date state licence party"

TARGETS: dict[str, tuple[str, ...]] = {
    "requests": (
        *(f"weapon.{name}" for name in _WEAPON.split()),
        *(f"found.{name}" for name in _FOUND.split()),
        *_REST.split(),
    ),
    "national_records": tuple(_RECORD.split()),
}
SERIALS = frozenset({"weapon.serial", "serial"})
DATES = frozenset({"found.date", "reply_by", "event_date"})
LISTS = frozenset(
    {
        "weapon.markings",
        "weapon.condition",
        "illicit",
        "intended_use",
        "sought",
        "restrictions",
        "instruments",
        "checks",
        "exceptions",
        "other_channels",
    }
)
REQUIRED = ("weapon.make", "weapon.model", "weapon.calibre", "weapon.country_of_manufacture")
