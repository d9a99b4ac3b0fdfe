"""Reads what an officer wrote where a serial number should stand, and claims no more than was written.

Rules
- Only characters that were read become a serial. Words never do, whatever language they are in (see ``words.py``); a
  number spelt out in words is left to a person.
- Unread positions stay, each as ``?``: stripping them would make different weapons collide.
- What is said of several parts is kept apart: one reading per part and number. The reading on the frame or receiver,
  the control part (ITI 10), is the serial of the weapon; where several numbers differ and none is said to be there,
  none is chosen.
- Restored, re-stamped and altered numbers say so in their status. Owner marks are split off.
- What was not understood is flagged in ``notes``, in the officer's own words, for a person to read.

    read_serial("BDTG999 (armação) BBXG909 (cano e ferrolho revelados)")
      -> text "BDTG999" original on the frame; others: "BBXG909" restored on the barrel, and on the slide
    read_serial("ELIMINADO") -> text None, status "obliterated"
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from protocol.messages.serial import WITH_TEXT
from tracing.records.grades import Grade, bare, grade, is_partial, match_key
from tracing.records.readings import Mark, finding, readings

__all__ = ["Grade", "Mark", "SerialReading", "grade", "is_partial", "match_key", "read_serial"]

CONTROL_PARTS = ("frame", "receiver", "lower_receiver", "embedded_plate", "upper_receiver")
OF_A_PLACE = frozenset({"obliterated", "altered", "re_stamped", "illegible_part"})  # what was found there, somewhere
ORDINARY = re.compile(r"[A-WYZa-wyz]{0,4}(?!0+[a-zA-Z]*$)[0-9]{3,12}[A-WYZa-wyz]{0,2}")  # X may stand for "not read"
LONGEST = 24  # characters; the longest serial schemes known have below 20, so what is longer is something else
FEWEST = 3  # characters; shorter numbers are assembly or rack numbers more often than serials


@dataclass(frozen=True)
class SerialReading:
    """The serial of a weapon as far as a cell tells it. ``text`` keeps ``?`` at unread positions."""

    verbatim: str
    text: str | None
    status: str
    component: str | None = None
    others: tuple[Mark, ...] = ()
    owner_marks: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def is_identifying(self) -> bool:
        """Whether there is a number, on whatever part, by which a record could be found."""
        return any(_has_digit(text or "") for text in (self.text, *(mark.text for mark in self.others)))

    def serial(self) -> dict[str, Any]:
        """The member ``weapon.serial`` of a request (contract, decision 28).

        The wire wants a text with some statuses; a mark of which nothing could be read is ``unknown`` there, and the
        note tells what it is.
        """
        status = "unknown" if self.text is None and self.status in WITH_TEXT else self.status
        note = " ".join(self.notes) or None
        members = {"text": self.text, "status": status, "component": self.component, "note": note}
        return {name: value for name, value in members.items() if value is not None or name == "text"}

    def markings(self) -> list[dict[str, Any]]:
        """What else the cell tells, as members of ``weapon.markings`` (ITI 17(b))."""
        others = [
            {"kind": "serial", "text": mark.text, "status": mark.status}
            | ({"component": mark.component} if mark.component else {})
            for mark in self.others
        ]
        owners = [{"kind": "state_property", "text": text, "status": "original"} for text in self.owner_marks]
        return others + owners


def read_serial(cell: str, owners: Iterable[str] = ()) -> SerialReading:
    """Read one cell. ``owners`` are marks of owners that may stand before a number (``PCERJ949799``)."""
    verbatim = clean(cell)
    owners = frozenset(owner.upper() for owner in owners)
    if ORDINARY.fullmatch(verbatim) and not verbatim.upper().startswith(tuple(owners)):
        return SerialReading(verbatim, verbatim, "original")  # nine rows of ten: nothing to take apart
    damaged = _damage(verbatim)
    if damaged is not None:
        return damaged
    marks, owner_marks = readings(verbatim, owners)
    marks = [_checked(mark) for mark in marks]
    if any(mark.text for mark in marks):
        return _of_numbers(verbatim, marks, owner_marks)
    return _of_words(verbatim, marks, owner_marks)


def clean(cell: str) -> str:
    """The cell without control characters, spreadsheet wrapping (``="0123"``) and strokes that close a field."""
    text = unicodedata.normalize("NFC", "".join(char if char.isprintable() else " " for char in cell))
    text = re.sub(r'^=\s*"(.*)"$', r"\1", " ".join(text.split()))
    return re.sub(r"[\s.,;]*/{2,}\s*$", "", text).strip(" .,;:'\"")


def _damage(text: str) -> SerialReading | None:
    """Numbers that a spreadsheet has already spoilt: what is gone cannot be read back."""
    if re.fullmatch(r"\d[.,]\d+E\+\d+", text, re.IGNORECASE):
        note = f"A spreadsheet rounded the number to “{text}”; its digits are lost. Ask for the original."
        return SerialReading(text, None, "unknown", notes=(note,))
    if re.fullmatch(r"\d{4}-\d\d-\d\d[ T]00:00(:00)?", text):
        return SerialReading(text, None, "unknown", notes=(f"A spreadsheet turned the number into the date “{text}”.",))
    if match := re.fullmatch(r"(\d+)\.0", text):
        note = f"Recorded as “{text}”: a spreadsheet took it for a number; leading zeros may be gone."
        return SerialReading(text, match[1], "original", notes=(note,))
    return None


def _of_words(verbatim: str, marks: list[Mark], owner_marks: tuple[str, ...]) -> SerialReading:
    """Nothing was read: the kind of absence, and where, when the words name one part."""
    note = f"The serial field says “{verbatim}”."
    if not verbatim:
        note = "The serial field is empty: nothing says whether a mark was looked for."
    if any(mark.wildcards for mark in marks):
        return SerialReading(verbatim, None, "illegible_part", None, (), owner_marks, (note,))
    status = finding(verbatim)
    component = next((mark.component for mark in marks if mark.component), None) if status in OF_A_PLACE else None
    return SerialReading(verbatim, None, status, component, (), owner_marks, (note,))


def _of_numbers(verbatim: str, marks: list[Mark], owner_marks: tuple[str, ...]) -> SerialReading:
    numbers = [mark for mark in marks if mark.text]
    main = _control(numbers)
    others = tuple(mark for mark in marks if mark is not main and not _says_nothing(mark))
    notes = _notes(verbatim, numbers, main)
    if main is None:
        return SerialReading(verbatim, None, "see_notes", None, others, owner_marks, notes)
    return SerialReading(verbatim, main.text, main.status, main.component, others, owner_marks, notes)


def _control(numbers: list[Mark]) -> Mark | None:
    """The reading on the control part; else the only number there is; else none (ITI 10)."""
    for part in CONTROL_PARTS:
        for mark in numbers:
            if mark.component == part:
                return mark
    same = {match_key(mark.text or "") for mark in numbers}
    return numbers[0] if len(same) == 1 else None


def _says_nothing(mark: Mark) -> bool:
    return mark.text is None and (mark.component is None or mark.status == "unknown")


def _notes(verbatim: str, numbers: list[Mark], main: Mark | None) -> tuple[str, ...]:
    notes = []
    if main is None:
        notes.append(f"Several numbers and none is said to be on the frame: “{verbatim}”.")
    elif verbatim != main.text:
        notes.append(f"The serial field says “{verbatim}”.")
    if main is not None and len(bare(main.text or "")) < FEWEST:
        notes.append(f"“{main.text}” is very short for a serial: an assembly or rack number?")
    notes.extend(note for mark in numbers for note in mark.notes)
    return tuple(dict.fromkeys(notes))


def _checked(mark: Mark) -> Mark:
    """Take back a number that cannot be one: zeros or crosses only, far too long, nothing read at all."""
    key = bare(mark.text or "")
    if not key:
        return mark if mark.text is None else replace(mark, text=None, status="unknown")
    if set(key) == {"?"}:
        return replace(mark, text=None, status="illegible_part", wildcards=True)
    if len(key) > LONGEST or set(key) in ({"0"}, {"X"}):
        return replace(mark, text=None, status="unknown")
    return mark if _has_digit(key) or "?" in key else replace(mark, text=None, status="unknown")


def _has_digit(text: str) -> bool:
    return any(char.isdigit() for char in text)
