"""Evidence with whatever messages a test wants said, also such as no node of ours would say; and the press for it."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from tests.wire import cast, provers
from tests.wire.cast import AT, IAT, KE, RECIPIENT, SENDER
from tests.wire.exhibits import PINS, File, Tree, carried, note, written
from tests.wire.keyring import grains
from tracing.desk.papers import fonts
from tracing.desk.papers.press import Paper, Press

__all__ = ["HOSTILE", "NAME", "PINS", "REQUEST", "Pages", "evidence_of", "lacking", "pages_of", "printed"]

NAME = "case.itx-evidence"
REQUEST: dict[str, Any] = {
    "weapon": {
        "class": "small_arm", "type": "pistol_self_loading", "make": "Glock", "model": "17", "calibre": "9x19 mm",
        "country_of_manufacture": "AUT",
        "serial": {"text": "KX-40417/2", "status": "original", "component": "frame"},
        "markings": [{"kind": "import_mark", "text": "BRA 2016", "component": "frame", "status": "original"}],
    },
    "found": {"mode": "seized", "context": "search", "date": "2021-06-11", "place": "Mombasa"},
    "illicit": [{"ground": "domestic_law", "citation": "Art. 16"}], "intended_use": ["criminal_investigation"],
    "restrictions": ["iti_purposes"], "note": "ABCDEFGH",
}  # fmt: skip
"""What is usual."""
HOSTILE = (
    '#let x = read("/etc/passwd"); #x #include "evidence" ',
    "*strong* _soft_ `raw` $x^2$ = Heading\n- item\n+ item\n/ term: x \\ #pagebreak() // gone /* gone */ @ref <label>",
    "#" * 40 + "[" * 500 + "]" * 3 + "{" * 200 + '"' * 9,
    "AB\u202e12-345/67\u202c CD \u2066\u2067\u2068 unclosed \u202d\u202b",
    "nothing\x00 seen\x01\x1b[31m \ufeff \ufffe \ud7ff \ue000 \U000f0000 \U0010ffff",
    "\U0001f52b \u0e01\u0e33 \u0939\u093f \u05d0\u05d1 \u200f\u200e zero\u200bwidth \u0301\u0301\u0301 a"
    + "\u0301" * 300,
    "\u0645\u0633\u062f\u0633 12-345/67 \u0648 AB-9 (x",
    "W" * 3_000,
    "\n" * 3_000 + "end",
    "\u4e2d" * 3_000,
    "x" * 100_000,
    "%(who)s %s {0} ${x} {{ x }} {% x %} </text> &amp; <b>",
)
"""Texts made to do something else than to be read."""


@dataclass(frozen=True)
class Speech:
    """A message of any members at all."""

    members: Mapping[str, Any]
    TYPE: str = "urn:itx:trace-request:1"
    SINGLES: ClassVar[tuple[str, ...]] = ("weapon", "found")
    LISTS: ClassVar[tuple[str, ...]] = ("illicit", "outcomes")

    def to_elements(self) -> dict[str, Any]:
        return dict(self.members)


def evidence_of(*bodies: Mapping[str, Any], withheld: Sequence[tuple[int, int]] = (), **inventory: Any) -> bytes:
    """A whole file of evidence of ke in which these were said; ``withheld`` are (message, place), both from 0."""
    cards = {KE: provers.card(SENDER), AT: provers.card(RECIPIENT)}
    tree, messages = Tree(), {}
    for at, body in enumerate(bodies):
        mid = f"{KE}:{cast.uuid7(1000 + at)}"
        stated = cast.composed(Speech(body), mid=mid, iat=IAT + 60_000 * at, salt=grains(mid))  # type: ignore[arg-type]
        messages[mid] = carried(stated, tree, cards, whole=at not in {one for one, _ in withheld})
    file = File(cards, tree, note(tree.head), messages)
    for each in messages.values():
        for one in (each["envelope"], *each["receipts"]):
            one["entry"] = None if one["entry"] is None else tree.entry(one["entry"])
    for message, place in withheld:
        file.withhold(list(messages)[message], place)
    file.inventory |= {"at": IAT + 60_000 * (len(bodies) + 1)} | inventory
    return written(file)


def lacking() -> str:
    """What this machine lacks for printing and looking at what was printed, "" where nothing."""
    try:
        fonts.found()
    except fonts.FontsMissing as error:
        return str(error)
    tools = [each for each in ("pdftotext", "pdfdetach", "pdfinfo", "qpdf") if shutil.which(each) is None]
    return f"no {', '.join(tools)} here" if tools else ""


async def printed(data: bytes, language: str = "en") -> Paper:
    """The paper of this evidence."""
    return await Press().paper(data, NAME, PINS, language)


@dataclass(frozen=True)
class Pages:
    """What programs that are not ours say of a PDF."""

    text: str
    files: Mapping[str, bytes]
    facts: str
    objects: str


def pages_of(pdf: bytes, folder: Path) -> Pages:
    """The text, the embedded files and the facts of a PDF, by poppler's programs."""
    file, out = folder / "paper.pdf", folder / "taken"
    file.write_bytes(pdf)
    out.mkdir(exist_ok=True)
    _said("pdfdetach", "-saveall", "-o", str(out), str(file))
    files = {each.name: each.read_bytes() for each in out.iterdir()}
    return Pages(_said("pdftotext", "-layout", str(file), "-"), files, _said("pdfinfo", str(file)), _objects(file))


def _objects(file: Path) -> str:
    """Its objects as they are written, once qpdf found nothing wrong with it."""
    _said("qpdf", "--check", str(file))
    plain = subprocess.run(
        ["qpdf", "--qdf", "--object-streams=disable", str(file), "-"], check=True, capture_output=True, timeout=60
    )
    return plain.stdout.decode("latin-1")


def _said(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, timeout=60).stdout.decode()
