"""A mapping file is read whole, or refused with one message that names the place."""

from pathlib import Path

import pytest

from protocol.messages import TraceRequest
from tracing.records.mapping import Mapping, MappingInvalid
from tracing.records.targets import TARGETS

GOOD = """
kind = "requests"
[constants]
"weapon.class" = "small_arm"
[columns]
"weapon.make" = { column = "Make", unknown = "none" }
"weapon.type" = [{ column = "Kind", map = "types" }, "Fallback"]
"found.circumstances" = { template = ["Offence: {Offence}", "seal {Seal}"], join = ", " }
[maps.types]
PISTOL = "pistol_self_loading"
[[aside]]
when = { "Kind" = ["home-made"] }
reason = "nobody to ask"
[[remark]]
lacking = "weapon.make"
note = "no make"
"""


def test_a_good_mapping_names_the_columns_it_needs() -> None:
    assert Mapping.parse(GOOD).columns == {"Make", "Kind", "Fallback", "Offence", "Seal"}


@pytest.mark.parametrize("kind", sorted(TARGETS))
def test_the_mappings_we_ship_are_good(kind: str) -> None:
    assert Mapping.standard(kind).kind == kind


def test_every_member_a_mapping_may_fill_is_a_member_of_the_request() -> None:
    def paths(model: type, prefix: str = "") -> set[str]:
        named = {field.alias or name: field for name, field in model.model_fields.items()}  # type: ignore[attr-defined]
        inner = {"weapon": "Weapon", "found": "Found"}
        found = {prefix + name for name in named}
        for name in set(named) & set(inner):
            found |= paths(next(a for a in named[name].annotation.__args__ if hasattr(a, "model_fields")), f"{name}.")
        return found

    pleas = {"illicit.ground", "illicit.citation", "illicit.resolution"}
    assert set(TARGETS["requests"]) - pleas - paths(TraceRequest) == set()


@pytest.mark.parametrize(
    ("text", "line", "key", "says"),
    [
        ('[columns]\n"weapon.make" = "Make', 2, "", "is not TOML"),
        ("", None, "columns", "names no column"),
        ("[file]\ndelimiter = ';'", None, "columns", "names no column"),
        ("[maps.types]\nREVÓLVER = 'x'", 2, "", "quotation marks"),
        ("kind = 'request'", 1, "kind", "requests, national_records"),
        ("[column]\nx = 1", 1, "column", "did you mean “columns”?"),
        ('[columns]\n"weapon.mak" = "Make"', 2, "columns.weapon.mak", "did you mean “weapon.make”?"),
        ('[constants]\n"zzz" = "Make"', 2, "constants.zzz", "known are: weapon.class"),
        ('[columns]\n\n"weapon.make" = { colum = "Make" }', 3, "columns.weapon.make", "did you mean “column”?"),
        ('[columns]\n"weapon.make" = { join = "," }', 2, "columns.weapon.make", "either “column” or “template”"),
        ('[columns]\n"weapon.make" = 3', 2, "columns.weapon.make", "column's name"),
        ('[columns]\n"weapon.make" = { column = 3 }', 2, "columns.weapon.make", "name of one column"),
        ('[columns]\n"weapon.make" = { column = "a", join = 3 }', 2, "columns.weapon.make", "“join” must be a text"),
        ('[columns]\n"weapon.make" = { column = "a", unknown = 3 }', 2, "columns.weapon.make", "list of texts"),
        (
            '[columns]\n"weapon.make" = { column = "a", map = "type" }\n[maps.types]\n',
            2,
            "columns.weapon.make",
            "did you mean [maps.types]?",
        ),
        ('[columns]\n"weapon.make" = { column = "a", map = "m" }', 2, "columns.weapon.make", "add [maps.m]"),
        (
            '[columns]\n"weapon.make" = { column = "a", unmapped = "drop" }',
            2,
            "columns.weapon.make",
            "reject, keep, unknown",
        ),
        ('[columns]\n"weapon.make" = { template = "a {b" }', 2, "columns.weapon.make", "must name its columns"),
        (
            '[constants]\n"weapon.make" = "x"\n[columns]\n"weapon.make" = "Make"',
            4,
            "columns.weapon.make",
            "given twice",
        ),
        ('[columns]\nillicit = "a"\n"illicit.citation" = "b"', 3, "columns.illicit.citation", "given twice"),
        ("[maps]\ntypes = 3", 2, "maps.types", "table of texts"),
        ("[maps.types]\na = 3", 1, "maps.types", "table of texts"),
        ("[file]\nheader_row = '3'", 2, "file.header_row", "a whole number"),
        ("[file]\nheader_rov = 3", 2, "file.header_rov", "did you mean “header_row”?"),
        ("columns = 3", 1, "columns", "must be a table"),
        ("[aside]\nreason = 'x'", 1, "aside", "must be written as [[aside]]"),
        ("[[aside]]\nreason = 'x'", 1, "aside.when", "needs “when”"),
        (
            "[[aside]]\nlacking = 'weapon.make'\nreason = 'x'\n[[aside]]\nlacking = 'weapon.make'",
            4,
            "aside.reason",
            "says why",
        ),
        ("[[aside]]\nlacking = 'weapon.mark'\nreason = 'x'", 1, "aside.weapon.mark", "did you mean"),
        ("[[remark]]\nnot = 'x'", 2, "remark.not", "unknown key “not”"),
    ],
)
def test_a_slip_is_told_with_its_line_and_what_was_meant(text: str, line: int | None, key: str, says: str) -> None:
    with pytest.raises(MappingInvalid) as caught:
        Mapping.parse(text, "list.toml")
    assert (caught.value.line, caught.value.key, says in str(caught.value)) == (line, key, True)


def test_the_message_begins_with_the_file_and_the_line() -> None:
    with pytest.raises(MappingInvalid, match=r"^list\.toml, line 2, columns\.weapon\.mak: there is no such member"):
        Mapping.parse('[columns]\n"weapon.mak" = "Make"', "list.toml")


def test_a_missing_mapping_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(MappingInvalid, match=r"none\.toml: cannot be read"):
        Mapping.load(tmp_path / "none.toml")


def test_a_mapping_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    (tmp_path / "old.toml").write_bytes("title = 'São'".encode("cp1252"))
    with pytest.raises(MappingInvalid, match="save it as UTF-8"):
        Mapping.load(tmp_path / "old.toml")


def test_a_mapping_saved_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_bytes("kind = 'requests'".encode("utf-8-sig"))
    assert Mapping.load(tmp_path / "m.toml").name == "m.toml"
