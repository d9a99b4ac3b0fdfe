"""The fonts of this machine that paper is set in, and which characters they have a glyph for.

Rules
- Nothing is fetched and no font comes with the program: the system has them, or the error names the packages.
- PDF/A refuses a character without a glyph, so what no font has must be known before: the table ``cmap`` of each font
  is read (ISO/IEC 14496-22, formats 4 and 12). What no table has is drawn as its code point.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

__all__ = ["CODES", "FURTHER", "NEEDED", "FontsMissing", "families", "found", "without_glyph"]

NEEDED: Final = {  # family -> the package of Debian that brings it
    "Noto Sans": "fonts-noto-core",
    "Noto Sans Arabic": "fonts-noto-core",
    "Noto Sans CJK SC": "fonts-noto-cjk",
    "Noto Sans Mono CJK SC": "fonts-noto-cjk",
}
CODES: Final = "Noto Sans Mono CJK SC"  # tells 0 from O and 1 from l
FURTHER: Final = tuple(
    f"Noto Sans {script}"
    for script in (
        "Hebrew", "Devanagari", "Bengali", "Thai", "Armenian", "Georgian", "Ethiopic", "Khmer", "Lao", "Myanmar",
        "Tamil", "Telugu", "Sinhala", "Thaana", "Gujarati", "Gurmukhi", "Kannada", "Malayalam", "Symbols", "Symbols2",
    )
)  # fmt: skip
"""Used for what others wrote, where they are here."""
REGULAR: Final = 400
MOST_TABLE_BYTES: Final = 4 * 1024 * 1024
Ranges = list[tuple[int, int]]


class FontsMissing(Exception):
    """Families this machine lacks; the text names the packages."""

    def __init__(self, lacking: Sequence[str]) -> None:
        packages = " ".join(sorted({NEEDED[each] for each in lacking}))
        super().__init__(
            f"this machine lacks the fonts {', '.join(lacking)}: install them (on Debian: apt install {packages})"
        )


@dataclass(frozen=True, slots=True)
class Face:
    """The regular font of a family: its file and its place in it."""

    family: str
    path: Path
    index: int


def found() -> list[Face]:
    """The faces that are here, those that are needed first. FontsMissing."""
    import typst

    here: dict[str, Face] = {}
    for font in typst.Fonts(include_system_fonts=True, include_embedded_fonts=False).fonts():
        if font.weight == REGULAR and font.style == "normal" and font.path is not None:
            here.setdefault(font.family, Face(font.family, Path(font.path), font.index))
    if lacking := [each for each in NEEDED if each not in here]:
        raise FontsMissing(lacking)
    return [here[each] for each in (*NEEDED, *FURTHER) if each in here]


def families(faces: Sequence[Face]) -> dict[str, list[str]]:
    """In which order the template asks the families: for words, and for codes."""
    names = [face.family for face in faces if face.family != CODES]
    return {"words": names, "codes": [CODES, *names]}


def without_glyph(faces: Iterable[Face], characters: Iterable[str]) -> frozenset[str]:
    """Those of these characters that no face has."""
    left = {ord(each) for each in characters}
    for face in faces:
        if not left:
            break
        ranges = sorted(_covered(face))
        left = {each for each in left if not _within(ranges, each)}
    return frozenset(map(chr, left))


def _within(ranges: Ranges, point: int) -> bool:
    at = bisect_right(ranges, (point, 0x110000)) - 1
    return at >= 0 and ranges[at][0] <= point <= ranges[at][1]


# ---------------------------------------------------------------- cmap


def _covered(face: Face) -> Ranges:
    with face.path.open("rb") as file:
        table = _cmap(file, face.index)
    (count,) = struct.unpack_from(">H", table, 2)
    places = {struct.unpack_from(">HHI", table, 4 + 8 * at)[2] for at in range(count)}
    ranges: Ranges = []
    for place in places:
        (form,) = struct.unpack_from(">H", table, place)
        ranges += _form_4(table, place) if form == 4 else _form_12(table, place) if form == 12 else []
    return ranges


def _cmap(file: IO[bytes], index: int) -> bytes:
    """The table of one font of a file, or of a collection."""
    head, start = file.read(12), 0
    if head[:4] == b"ttcf":
        file.seek(12 + 4 * index)
        (start,) = struct.unpack(">I", file.read(4))
        file.seek(start)
        head = file.read(12)
    (tables,) = struct.unpack_from(">H", head, 4)
    directory = file.read(16 * tables)
    for at in range(tables):
        name, _sum, offset, length = struct.unpack_from(">4sIII", directory, 16 * at)
        if name == b"cmap":
            file.seek(offset)
            return file.read(min(length, MOST_TABLE_BYTES))
    msg = "the font has no table of its characters"
    raise ValueError(msg)


def _form_4(table: bytes, at: int) -> Ranges:
    count = struct.unpack_from(">H", table, at + 6)[0] // 2
    lasts = struct.unpack_from(f">{count}H", table, at + 14)
    firsts = struct.unpack_from(f">{count}H", table, at + 16 + 2 * count)
    return [(first, last) for first, last in zip(firsts, lasts, strict=True) if first != 0xFFFF]


def _form_12(table: bytes, at: int) -> Ranges:
    (count,) = struct.unpack_from(">I", table, at + 12)
    groups = struct.iter_unpack(">III", table[at + 16 : at + 16 + 12 * count])
    return [(first, last) for first, last, _glyph in groups]
