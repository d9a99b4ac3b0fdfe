"""The elements of a message as rows of a table: labels and words as the pages of the desk have them.

A row is its depth, its label and its paragraphs.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from keys.evidence import Proved
from protocol.attachments import Attached
from protocol.proof import Shown
from tracing.desk.pages.content import Piece, describe
from tracing.desk.pages.moments import written_day
from tracing.desk.pages.tongue import _, ngettext
from tracing.desk.pages.words import words as worded
from tracing.desk.papers.runs import Paragraph, Runs, Writer, said, words

__all__ = ["Row", "elements", "kind_of", "why_withheld"]

Row = tuple[int, Runs, list[Paragraph]]


def kind_of(type_name: str) -> str:
    """The kind of a message from its type: ``trace_request`` from ``urn:itx:trace-request:1``."""
    return type_name.split(":")[2].replace("-", "_")


def elements(one: Proved, write: Writer) -> Iterator[Row]:
    """Everything signed of a message in its order: shown, or withheld with the words of why."""
    places: list[tuple[int, list[Row]]] = [(each.position, _element(one, each, write)) for each in one.elements]
    places += [(at + 1, [_withheld(at + 1, one.total, why, write)]) for at, why in one.withheld]
    left = sorted(set(range(1, one.total + 1)) - {place for place, _rows_of_it in places})
    attached = sorted(one.attachments, key=lambda each: each.n)
    places += [(place, _attachment(each, write)) for place, each in zip(left, attached, strict=True)]
    for _place, rows in sorted(places, key=lambda each: each[0]):
        yield from rows


def _restrictions(some: Sequence[str], write: Writer) -> Paragraph:
    """Under which restrictions something was given."""
    listed = _("; ").join(worded(each, "restrictions") for each in some)
    return {"d": "", "k": "note", "r": [*words(f"{_('Restrictions:')} "), *write.worded(listed)]}


def _element(one: Proved, each: Shown, write: Writer) -> list[Row]:
    """The rows of one element, headed by its place among all and its name on the wire."""
    head = said(_("Element %(place)s of %(all)s"), place=str(each.position), all=str(one.total))
    beside: list[Paragraph] = [{"d": "", "r": write.code(each.name)}]
    if each.restrictions:
        beside.append(_restrictions(each.restrictions, write))
    return [(0, head, beside), *_rows(_pieces(kind_of(one.type), each.name, each.value), write, 1)]


def _pieces(kind: str, name: str, value: Any) -> list[Piece]:
    member, _dot, place = name.partition(".")
    if name == "rest" and isinstance(value, dict):
        return describe(value, kind)
    found = describe({member: [value] if place else value}, kind)
    if not place:
        return found
    return [inner for piece in found for inner in (_inside(piece) if piece.kind == "list" else [piece])]


def _inside(piece: Piece) -> list[Piece]:
    """The one item of a list under the label of the list."""
    return [Piece(piece.label, one.kind, one.value, known=piece.known) for one in piece.value]


def _withheld(place: int, total: int, why: Sequence[str], write: Writer) -> Row:
    label = said(_("Element %(place)s of %(all)s"), place=str(place), all=str(total))
    text = said(_("Withheld; only its digest is in the file: %(why)s"), why=write.worded(why_withheld(why)))
    return 0, label, [{"d": "", "k": "withheld", "r": text}]


def why_withheld(why: Sequence[str]) -> str:
    """The words for which something is withheld."""
    return _("; ").join(map(_why, why))


def _why(word: str) -> str:
    own = {
        "erased": _("erased for good"),
        "superseded": _("superseded by a correction that is not shown"),
        "restriction_details": _("the conditions it stands under are not shown"),
    }
    return own.get(word) or worded(word, "restrictions")


def _attachment(each: Attached, write: Writer) -> list[Row]:
    label = said(_("Attachment %(place)s"), place=str(each.n + 1))
    size = ngettext("%(num)d byte", "%(num)d bytes", each.attachment.length) % {"num": each.attachment.length}
    beside: list[Paragraph] = [
        write.prose(each.attachment.name),
        {"d": "", "r": [*write.code(each.attachment.type), *words(f" \u00b7 {size}")]},
        {"d": "", "r": [*words("SHA-256 "), *write.code(each.attachment.sha256)]},
    ]
    if each.restrictions:
        beside.append(_restrictions(each.restrictions, write))
    return [(0, label, beside)]


# ---------------------------------------------------------------- pieces to rows


def _rows(pieces: Sequence[Piece], write: Writer, depth: int) -> Iterator[Row]:
    for piece in pieces:
        label = _label(piece, write)
        if piece.kind == "group":
            yield depth, label, []
            yield from _rows(piece.value, write, depth + 1)
        elif piece.kind == "list":
            yield from _list(piece, label, write, depth)
        else:
            yield depth, label, [_value(piece, write)]


def _list(piece: Piece, label: Runs, write: Writer, depth: int) -> Iterator[Row]:
    """Items that hold members of their own are numbered; others stand together."""
    if not piece.is_wide:
        yield depth, label, [_value(one, write) for one in piece.value]
        return
    for at, one in enumerate(piece.value):
        yield depth, [*label, *words(f" {at + 1}")], []
        yield from _rows(one.value if one.kind == "group" else [one], write, depth + 1)


def _label(piece: Piece, write: Writer) -> Runs:
    if piece.known:
        return words(piece.label)
    return [*write.code(piece.label), ("f", _("not understood"))]


def _value(piece: Piece, write: Writer) -> Paragraph:
    """A value in one paragraph."""
    if piece.kind == "line":
        made: Runs = []
        for one in piece.value:
            label = [*_label(one, write), *words(" ")] if one.said or not one.known else []
            made += [*words(" \u00b7 " if made else ""), *label, *_inline(one, write)]
        return {"d": "", "r": made}
    if piece.kind == "text":
        return write.prose(piece.value)
    return {"d": "", "r": _inline(piece, write)}


def _inline(piece: Piece, write: Writer) -> Runs:
    if piece.kind == "code":
        return write.code(piece.value)
    if piece.kind in {"list", "group", "line"}:
        made: Runs = []
        for one in piece.value:
            label = [*_label(one, write), *words(" ")] if one.label else []
            made += [*words(_("; ") if made else ""), *label, *_inline(one, write)]
        return made
    if piece.kind == "day":
        day = written_day(piece.value)
        return write.name(day) if day == piece.value else words(day)
    return write.worded(piece.value) if piece.kind in {"words", "none"} else write.name(piece.value)
