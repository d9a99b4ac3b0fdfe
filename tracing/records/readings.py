"""Takes the cell of a serial number apart: which characters were read, on which part, in what condition.

Rules
- A piece is a run of characters that were read, with the remark beside it in brackets or in words.
- Pieces are divided by ``;``, by `` / ``, by "and" between two numbers, and by a remark that another number follows.
- "Or" between two readings of one mark leaves ``?`` where they differ.
- A remark may speak of several parts in several ways ("removed on the frame and visible on the grip"): each part gets
  its own reading, and the number belongs to the part where it was seen.

    readings("322599 e AHE02?49", frozenset())[0] -> two marks, "322599" and "AHE02?49"
"""

import re
from dataclasses import dataclass, field

from tracing.records.words import FUNCTION_WORDS, Said, components, is_word, kinds, plain

__all__ = ["Mark", "finding", "readings"]


@dataclass(frozen=True)
class Mark:
    """One number, or its absence, on one part of the weapon."""

    text: str | None
    status: str
    component: str | None = None
    notes: tuple[str, ...] = field(default=())
    wildcards: bool = False  # there were unread positions


@dataclass(frozen=True)
class Piece:
    """Characters that were read, what was said of them, and what else stands there in words."""

    code: str
    remark: str
    notes: tuple[str, ...] = ()


# What the words of a cell mean for the mark when there is no number, strongest finding first.
FINDINGS: tuple[tuple[Said, str], ...] = (
    (Said.OBLITERATED, "obliterated"),
    (Said.ALTERED, "altered"),
    (Said.RE_STAMPED, "re_stamped"),
    (Said.WORN, "illegible_part"),
    (Said.NOT_LOOKED_FOR, "not_looked_for"),
    (Said.NEVER_MARKED, "never_marked"),
    (Said.ABSENT, "absent"),
    (Said.PARTIAL, "illegible_part"),
    (Said.UNKNOWN, "unknown"),
    (Said.SEE_NOTES, "see_notes"),
)
# What a remark means for the number it stands beside. A number that was read is not wholly obliterated.
CONDITIONS: tuple[tuple[frozenset[Said], str], ...] = (
    (frozenset({Said.RESTORED}), "restored"),
    (frozenset({Said.RE_STAMPED}), "re_stamped"),
    (frozenset({Said.ALTERED}), "altered"),
    (frozenset({Said.OBLITERATED, Said.PARTIAL, Said.WORN}), "illegible_part"),
)
ALTERNATIVES = re.compile(r"\b(ou|or|oder)\b")
AND = re.compile(r"\s+(?:e|y|[aA][nN][dD]|[uU][nN][dD]|[eE][tT])\s+")
CAPITAL_AND = re.compile(r"\s+[EY]\s+")  # also a letter of serials: taken for "and" only between numbers of one build
APART = re.compile(r",\s|\s[-–]\s")
SPELT_DIGITS = re.compile(
    r"\b(zero|um|uma|dois|duas|tres|quatro|cinco|seis|sete|oito|nove|uno|dos|cuatro|siete|ocho|nueve|one|two|three|four|five"
    r"|six|seven|eight|nine|un|deux|quatre|cinq|sept|huit|neuf|null|eins|zwei|drei|vier|funf|sechs|sieben|acht|neun)\b"
)


def finding(text: str) -> str:
    """The status of a mark of which only words speak (statuses of decision 28 and the vocabulary of markings)."""
    words = plain(text)
    if len(SPELT_DIGITS.findall(words)) >= 2:
        return "see_notes"
    said = kinds(words)
    hits = dict.fromkeys(status for kind, status in FINDINGS if kind in said)
    if len(hits) > 1 and ALTERNATIVES.search(words):
        return "unknown"
    if Said.WORN in said and Said.BY_HAND not in said:
        return "illegible_part"
    if hits:
        return next(iter(hits))
    return "absent" if Said.NOT_REMOVED in said else "unknown"


def readings(text: str, owners: frozenset[str]) -> tuple[list[Mark], tuple[str, ...]]:
    """Every mark that a cell speaks of, in its order, and the owner marks split off."""
    rest, owner_marks = _without_owners(text, owners)
    return [mark for piece in _pieces(_wildcards(rest)) for mark in _marks(piece)], owner_marks


def _without_owners(text: str, owners: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    """``23899/PMERJ`` is the number 23899 and the mark of its owner; so is ``PCERJ949799`` where PCERJ is known."""
    found = []
    for owner in sorted(owners, key=len, reverse=True):
        text, hits = re.subn(
            rf"[/\s-]*(?<![^\W\d_]){re.escape(owner)}(?![^\W\d_])[/\s-]*", " ", text, flags=re.IGNORECASE
        )
        found.extend([owner] * hits)
    if match := re.fullmatch(r"(\S*\d\S*)\s*/\s*([^\W\d_]{3,})", text):
        return match[1], (*found, match[2].upper())
    return text.strip(), tuple(dict.fromkeys(found))


# ---------------------------------------------------------------- unread positions


def _wildcards(text: str) -> str:
    """Write every unread position as ``?``: ``*``, ``#``, ``(?)``, ``(illegible)``, and X where it stands for one."""
    text = re.sub(r"\(\s*([?*#\s]+)\)", lambda match: re.sub(r"\s", "", match[1]), text)
    text = re.sub(r"\(([^()\d?*]{4,24})\)(?=\s*[\w?*])|(?<=[\w?*])\(([^()\d?*]{4,24})\)", _unread_stretch, text)
    text = re.sub(r"(?<=[\w?*#])[*#]|[*#](?=[\w?*#])|(?<!\S)[*#](?!\S)", "?", text)
    text = re.sub(r"(?<=\w)[-_]{3,}", lambda match: "?" * len(match[0]), text)
    return _crosses(text)


def _unread_stretch(match: re.Match[str]) -> str:
    remark = match[1] or match[2]
    joins = Said.WORN in kinds(remark) and not components(remark) and "obs" not in remark.lower()
    return "?" if joins else match[0]


def _crosses(text: str) -> str:
    """X as a sign for an unread character: said so, in a run after digits, standing alone twice, or all there is."""
    codes = re.split(r"[,(]", text)[0]
    if re.search(r"\b[xX]+\b\s+(representa|são|sao|is|are|stands|steht)", text):
        return text.replace(codes, re.sub("[xX]", "?", codes), 1)
    if len(re.findall(r"(?<!\S)[xX](?!\S)", codes)) >= 2 or re.fullmatch(r"(?=(.*[xX]){3})[xX\d]*\d[xX\d]*", codes):
        return text.replace(codes, re.sub("[xX]", "?", codes), 1)
    return re.sub(r"(?<=\d)\s?[xX]{2,}(?![a-zA-Z])", lambda match: "?" * len(match[0].strip()), text)


# ---------------------------------------------------------------- pieces


def _pieces(text: str) -> list[Piece]:
    """Divide a cell into numbers with their remarks. A cell of words alone is one piece without a number."""
    found: list[Piece] = []
    for part in re.split(r";|\s/\s", re.sub(r"^\[(.*)\]$", r"\1", text)):
        for code, remark in re.findall(r"([^()\[\]]*)(?:[(\[]([^()\[\]]*)[)\]]?)?", part):
            if not code.strip(" .,;:)]") and found and remark:
                found[-1] = Piece(found[-1].code, f"{found[-1].remark} {remark}".strip(), found[-1].notes)
            elif code.strip(" .,;:)]") or remark:
                found.extend(_divided(code, remark))
    return _joined(found)


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Words before a number that name no part speak of that number: "partly removed: T6499-17"."""
    found: list[Piece] = []
    for piece in pieces:
        if piece.code and found and not found[-1].code and not components(found[-1].remark):
            found[-1] = Piece(piece.code, f"{found[-1].remark} {piece.remark}".strip(), piece.notes)
        else:
            found.append(piece)
    return found


def _divided(text: str, remark: str) -> list[Piece]:
    """Two numbers joined by "and" or a comma are two pieces; two joined by "or" are two readings of one."""
    if alternatives := _alternatives(text):
        return [Piece(alternatives, remark, (f"Read as “{text.strip()}”.",))]
    parts = [text]
    for joint in (AND, CAPITAL_AND, re.compile(r",\s+")):
        parts = [each for part in parts for each in _split(part, joint)]
    pieces = [_piece(part, "") for part in parts]
    last = pieces[-1]
    return [*pieces[:-1], Piece(last.code, f"{last.remark} {remark}".strip(), last.notes)]


def _split(text: str, joint: re.Pattern[str]) -> list[str]:
    parts = joint.split(text)
    codes = [_code(part) for part in parts]
    divides = len(parts) > 1 and all(len(code) >= 3 for code in codes)
    if joint is CAPITAL_AND:
        divides = divides and len({re.sub(r"[^\W\d]", "A", re.sub(r"\d", "9", code)) for code in codes}) == 1
    return parts if divides else [text]


def _alternatives(text: str) -> str | None:
    parts = [_code(part) for part in re.split(r"\s+(?:ou|or|oder|o)\s+", text)]
    if len(parts) != 2 or not all(parts) or len(parts[0]) != len(parts[1]):
        return None
    return "".join(a if a == b else "?" for a, b in zip(*parts, strict=True))


def _piece(text: str, remark: str) -> Piece:
    code = _code(text)
    words = " ".join(token for token in _tokens(text) if token not in code.split())
    return Piece(code, f"{words} {remark}".strip())


def _tokens(text: str) -> list[str]:
    divided = re.sub(r"(?<=[^\W\d_]{4})[/:]|[/:](?=[^\W\d_]{6})", " ", text)
    return [token for token in (each.strip(".,:;'\"“”)]") for each in divided.split()) if token]


def _is_code(token: str) -> bool:
    return any(char.isdigit() or char == "?" for char in token)


def _code(text: str) -> str:
    """The characters that were read: tokens with digits or unread positions, and the short letters beside them."""
    tokens = [token for token in _tokens(text) if plain(token) not in {"no", "nr"}]
    prose = any(not _is_code(token) and len(token) > 1 and is_word(token) for token in tokens)
    if prose and (parts := APART.split(text))[1:]:
        return next(filter(None, map(_code, parts)), "")
    kept = [token for at, token in enumerate(tokens) if _is_code(token) or _belongs(tokens, at, prose=prose)]
    if prose:
        kept = _first_run(tokens, kept)
    if not any(_is_code(token) for token in kept):
        return ""
    # Up to two groups as they were written; more than that is one number written apart.
    apart = len(kept) <= 2 and all(token.strip("?") for token in kept)
    return (" " if apart else "").join(kept).strip("- ")


def _first_run(tokens: list[str], kept: list[str]) -> list[str]:
    """In prose a number ends where the words go on; later figures count something else."""
    run: list[str] = []
    for token in tokens:
        if token in kept:
            run.append(token)
        elif any(map(_is_code, run)):
            return run
        else:
            run = []
    return run


def _belongs(tokens: list[str], at: int, *, prose: bool) -> bool:
    """Do these letters beside a number belong to it? In prose only short ones that are no word of it."""
    token = tokens[at]
    beside = any(_is_code(tokens[near]) for near in (at - 1, at + 1) if 0 <= near < len(tokens))
    if prose:
        return beside and len(token) <= 3 and plain(token) not in FUNCTION_WORDS and not is_word(token)
    return len(token) <= 3 or (len(token) <= 5 and not is_word(token))


# ---------------------------------------------------------------- marks


def _marks(piece: Piece) -> list[Mark]:
    clauses = _clauses(piece.remark)
    if not piece.code:
        return [Mark(None, finding(piece.remark), part) for part in components(piece.remark) or (None,)]
    if len(clauses) == 1:
        parts = components(piece.remark) or (None,)
        return [Mark(piece.code, _condition(piece.code, piece.remark), part, piece.notes) for part in parts]
    return [mark for clause in clauses for mark in _clause_marks(piece, clause)]


def _clause_marks(piece: Piece, clause: str) -> list[Mark]:
    """One clause of a remark that speaks of several parts: where the mark is gone there is no number."""
    gone = Said.OBLITERATED in kinds(clause) and not kinds(clause) & {Said.VISIBLE, Said.RESTORED}
    if gone:
        return [Mark(None, "obliterated", part) for part in components(clause)]
    parts = components(clause)
    return [Mark(piece.code, _condition(piece.code, clause), part, piece.notes) for part in parts]


def _clauses(remark: str) -> list[str]:
    """The remark in clauses when each names a part and one of them says that the mark is gone there."""
    clauses = AND.split(remark)
    told = [kinds(clause) for clause in clauses]
    parted = all(components(clause) for clause in clauses)
    contrast = any(Said.OBLITERATED in each for each in told) and any(Said.VISIBLE in each for each in told)
    return clauses if len(clauses) > 1 and parted and contrast else [remark]


def _condition(code: str, remark: str) -> str:
    said = kinds(remark)
    for causes, status in CONDITIONS:
        if said & causes:
            return "illegible_part" if "?" in code and status != "re_stamped" else status
    if Said.LIKELY in said or "?" in code:
        return "illegible_part"
    return "original"
