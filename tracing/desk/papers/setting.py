"""Setting a paper: a program of its own, run by ``press`` for one paper, then gone.

What others wrote may be made to harm whoever lays it out. So it is laid out here: no key, no database, no file to
write, no network to ask, a bound on memory, processor time and what a text may take. It verifies the evidence anew:
what it cannot prove is not on paper.

    python -m tracing.desk.papers.setting < order      ->  {"ready": true}, then, with the order, the paper
    order: {"language": "ar", "name": "br.01.itx-evidence", "pins": {...}} and one LF, then the evidence
    paper: {"bytes": 180211, "cut": 0} and one LF, then the PDF     or {"refused": "too-large", "why": "..."}
"""

import contextlib
import io
import json
import resource
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from keys import evidence
from keys.evidence import Evidence, EvidenceRefused, Proved
from protocol.evidence import MAX_FILE_BYTES
from tracing.desk.pages.tongue import speak
from tracing.desk.papers import fonts
from tracing.desk.papers.contents import Embedded, contents
from tracing.desk.papers.fonts import Face, FontsMissing
from tracing.desk.papers.runs import Writer

__all__ = ["Unprintable", "main", "paper"]

MEMORY_BYTES: Final = 3 * 1024 * 1024 * 1024  # of addresses: fonts are mapped, each thread reserves a stack
CPU_S: Final = 150
MOST_HEAD_BYTES: Final = 16 * 1024
MOST_MESSAGES: Final = 1_000  # some 1.5 GB to set
MOST_SIGNS: Final = 1_500_000  # of others on one paper: some 900 pages
MOST_DATA_BYTES: Final = 6_000_000  # a megabyte of contents takes up to 400 of memory to set
CUTS: Final = (20_000, 4_000, 1_000, 200)  # characters of each text: the first with which the whole fits
STANDARD: Final = "a-3a"
TEMPLATE: Final = Path(__file__).with_name("paper.typ")
PLAIN: Final = ((0x20, 0x17F), (0x400, 0x4FF), (0x621, 0x64A), (0x2010, 0x2026), (0x4E00, 0x9FFF))


class Unprintable(Exception):
    """There is no paper of this; ``code`` is a word for programs."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


class Unsettable(Exception):
    """What typst refused."""


@dataclass(frozen=True, slots=True)
class Writing:
    """The fonts, and which characters are drawn because none of them has a glyph."""

    faces: Sequence[Face]
    unknown: frozenset[str]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be printed, in which language, and whose roots are known."""

    language: str
    name: str
    pins: dict[str, str]
    data: bytes


def main() -> int:
    """Say what is lacking, or that the order may come; print it."""
    _bound()
    out = sys.stdout.buffer
    try:
        faces = fonts.found()
        _say(out, {"ready": True})
        head, body = _printed(_order(sys.stdin.buffer), faces)
    except FontsMissing as error:
        head, body = {"refused": "fonts", "why": str(error)}, b""
    except Unprintable as error:
        head, body = {"refused": error.code, "why": str(error)}, b""
    except MemoryError:
        head, body = {"refused": "too-large", "why": "it takes more memory than a paper may"}, b""
    _say(out, head)
    out.write(body)
    out.flush()
    return 0


def _say(out: Any, head: dict[str, Any]) -> None:
    out.write(json.dumps(head, sort_keys=True).encode() + b"\n")
    out.flush()


def _bound() -> None:
    """From here on it cannot take more."""
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_CPU, CPU_S), (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 256), (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        resource.setrlimit(what, (most, most))


def _order(source: Any) -> Order:
    head = json.loads(source.readline(MOST_HEAD_BYTES))
    data = source.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise Unprintable("too-large", "the evidence is larger than a file of evidence may be")
    return Order(head["language"], head["name"], head["pins"], data)


# ---------------------------------------------------------------- one paper


def _printed(order: Order, faces: Sequence[Face]) -> tuple[dict[str, Any], bytes]:
    speak(order.language)
    heard: list[Proved] = []
    try:
        found = evidence.verify(io.BytesIO(order.data), order.pins, heard.append)
    except EvidenceRefused as error:
        raise Unprintable("no-evidence", f"what does not hold is not printed: {error}") from error
    if len(heard) > MOST_MESSAGES:
        raise Unprintable("too-large", f"a paper has at most {MOST_MESSAGES} messages: export this case one by one")
    file, unusual = Embedded(order.name, order.data), _unusual(heard, found)
    for unknown in (fonts.without_glyph(faces, unusual), unusual):
        laid, write = _laid(found, heard, file, Writing(faces, frozenset(unknown)))
        with contextlib.suppress(Unsettable):  # a font whose table promised too much: only common letters then
            pdf = paper(laid, order.data, found.at_ms // 1000)
            return {"bytes": len(pdf), "cut": write.cut}, pdf
    raise Unprintable("unprintable", "it cannot be set as PDF/A with the fonts of this machine")


def _laid(found: Evidence, heard: Sequence[Proved], file: Embedded, writing: Writing) -> tuple[bytes, Writer]:
    """The contents with the longest texts that fit. Unprintable where none do."""
    for most in CUTS:
        write = Writer(most, writing.unknown)
        made = contents(found, heard, file, write) | {"fonts": fonts.families(writing.faces)}
        said = json.dumps(made, ensure_ascii=True).encode()
        if write.wrote <= MOST_SIGNS and len(said) <= MOST_DATA_BYTES:
            return said, write
    raise Unprintable("too-large", "the case is too large for one paper: export it message by message")


def _unusual(heard: Sequence[Proved], found: Evidence) -> set[str]:
    """Every character in what others said that fonts may lack."""
    seen = {sign for text in _texts([*heard, found]) for sign in text if ord(sign) > 0x7E}
    return {sign for sign in seen if not any(first <= ord(sign) <= last for first, last in PLAIN)}


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value, however deep."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple):
            waiting += one
        elif hasattr(one, "__dataclass_fields__"):
            waiting += [getattr(one, name) for name in one.__dataclass_fields__]


def paper(laid: bytes, data: bytes, at_s: int) -> bytes:
    """The PDF/A of these contents with the evidence in it. Unsettable."""
    import typst

    files = {"main.typ": TEMPLATE.read_bytes(), "contents.json": laid, "evidence": data}
    try:
        made = typst.compile(files, format="pdf", pdf_standards=[STANDARD], timestamp=at_s)  # type: ignore[call-overload] # its types know no files by name
    except typst.TypstError as error:
        raise Unsettable from error
    assert isinstance(made, bytes), "one document is one PDF"
    return made


if __name__ == "__main__":
    sys.exit(main())
