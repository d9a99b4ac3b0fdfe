"""Lists that tests make up: a small mapping and rows for it."""

from collections.abc import Iterable
from pathlib import Path

from tracing.records.importing import Row, read_requests
from tracing.records.mapping import Mapping
from tracing.records.sheets import Sheet

__all__ = ["HEADER", "MAPPING", "ROW", "requests", "row", "written"]

MAPPING = Mapping.parse(
    """
[constants]
"weapon.class" = "small_arm"
illicit = [{ ground = "domestic_law", citation = "Firearms Act, s. 12" }]
"found.place" = "Harbour"
"found.circumstances" = "search of premises"
intended_use = ["criminal_investigation"]
confidentiality = "can_guarantee"
[columns]
"weapon.type" = { column = "Kind", map = "types" }
"weapon.make" = { column = "Make", unknown = ["unknown"] }
"weapon.model" = "Model"
"weapon.serial" = "Serial"
"weapon.country_of_manufacture" = [
  { column = "Country", map = "countries" },
  { column = "Make", map = "makers", unmapped = "unknown" },
]
"found.mode" = { column = "Note", contains = { "Handed in" = "surrendered" }, default = "seized" }
"found.date" = { column = "Date", formats = ["%d/%m/%Y"] }
restrictions = { column = "Limits", optional = true, split = "+" }
[maps.types]
Pistol = "pistol_self_loading"
Home-made = "craft"
[maps.countries]
Austria = "AUT"
"?" = ""
[maps.makers]
Glock = "AUT"
[[aside]]
member = "weapon.type"
when = { "Kind" = ["home-made"] }
reason = "no maker to ask"
[[aside]]
member = "weapon"
lacking = ["weapon.make", "weapon.model", "weapon.serial"]
reason = "nothing to find it by"
[[remark]]
when = { "Note" = ["police"] }
note = "a service weapon?"
""",
    "small.toml",
)
HEADER = ("Kind", "Make", "Model", "Serial", "Country", "Date", "Note")
ROW = {
    "Kind": "Pistol",
    "Make": "Glock",
    "Model": "17",
    "Serial": "KXH411",
    "Country": "Austria",
    "Date": "11/06/2021",
    "Note": "",
}


def row(**cells: str) -> tuple[str, ...]:
    """A good row, with some cells changed."""
    return tuple((ROW | cells)[name] for name in HEADER)


def written(
    path: Path,
    rows: Iterable[tuple[str, ...]],
    header: tuple[str, ...] = HEADER,
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    above: str = "",
) -> Path:
    """A list on disk."""
    text = above + "".join(delimiter.join(cells) + "\r\n" for cells in (header, *rows))
    path.write_bytes(text.encode(encoding))
    return path


def requests(path: Path, mapping: Mapping = MAPPING) -> list[Row]:
    """Every row of a list as the import sees it."""
    with Sheet.open(path, mapping) as sheet:
        return list(read_requests(sheet, mapping, to="at"))
