"""Looks a received request's weapon up in the national records and proposes an answer, with its reasons.

Rules
- A proposal is for an officer: nothing is sent by it, and every statement in it has a reason in words.
- One weapon in the records gives its outcome; several give ``multiple_candidates``, with each listed. Nothing is chosen
  by chance: an exact serial stands before a folded one, that before a partial one, and an equal make before none.
- No record is only said of the registers that were searched, with the years they span (ITI 20; domain 9).
- Where the records show something for which there is no outcome, no body is proposed, only what was seen.
- ``not_made_or_imported_here`` is never proposed: records that do not show a weapon do not prove that.

    propose(view, request_body["weapon"]).body   # an answer in the contract's form, or None
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from protocol.vocabulary.calibres import alike
from tracing.records.answering import next_state_of, outcomes_of, sentence_of, transaction_of
from tracing.records.grades import Grade, bare, match_key, words_key
from tracing.records.makes import make_key
from tracing.records.national import Found, Record, Register, by_serial, registers
from tracing.store.unit import View

__all__ = ["Candidate", "Proposed", "propose"]

MOST_LISTED = 20  # candidates in an answer: beyond that the identification was too weak to list at all


@dataclass(frozen=True)
class Candidate:
    """One weapon of the national records, with its events in order of date."""

    grade: Grade
    serial: str
    make: str
    model: str
    calibre: str
    records: tuple[Record, ...]

    def __str__(self) -> str:
        name = " ".join(part for part in (self.make, self.model, self.calibre) if part) or "make not recorded"
        return f"{self.serial} ({name})"


@dataclass(frozen=True)
class Proposed:
    """An answer to confirm (``None``: the officer must word it), and why."""

    body: dict[str, Any] | None
    reasons: tuple[str, ...]
    candidates: tuple[Candidate, ...] = ()


def propose(view: View, weapon: Mapping[str, Any], known: Sequence[Register] | None = None) -> Proposed:
    """An answer to the question for this weapon. ``known``: registers whose coverage people have declared."""
    covered = tuple(known) if known is not None else registers(view)
    if not covered:
        return Proposed(None, ("No national records are held at this node; nothing could be searched.",))
    asked = _serials(weapon)
    if not asked:
        return _unidentified(weapon)
    found = [each for text in asked for each in by_serial(view, text, weapon.get("make") or "")]
    candidates, reasons = _best(_candidates(found), weapon)
    reasons = [_searched_for(asked, weapon), *reasons]
    if not candidates:
        return _no_record(covered, reasons)
    if len(candidates) > 1:
        return _several(covered, reasons, candidates)
    return _traced(covered, reasons, candidates[0], weapon)


# ---------------------------------------------------------------- what was asked


def _serials(weapon: Mapping[str, Any]) -> tuple[str, ...]:
    """The serial of the weapon and those on its other parts, each once."""
    serial = weapon.get("serial") or {}
    marks = [mark for mark in weapon.get("markings") or () if mark.get("kind") == "serial"]
    return tuple(dict.fromkeys(mark["text"] for mark in (serial, *marks) if mark.get("text")))


def _searched_for(asked: Sequence[str], weapon: Mapping[str, Any]) -> str:
    make = f" of make {weapon['make']}" if weapon.get("make") else ""
    return f"Searched for {' and '.join(f'“{text}”' for text in asked)}{make}."


def _unidentified(weapon: Mapping[str, Any]) -> Proposed:
    status = (weapon.get("serial") or {}).get("status") or "not given"
    reasons = (
        f"The request gives no serial number that could be read (status: {status}).",
        "The records are kept by serial number; other marks or photographs may identify the weapon.",
    )
    body = {"outcomes": [{"code": "insufficient_identification"}], "completeness": "partial", "basis": ["registry"]}
    return Proposed(body, reasons)


# ---------------------------------------------------------------- which weapon it is


def _candidates(found: Sequence[Found]) -> list[Candidate]:
    """Records of one serial and make are one weapon."""
    weapons: dict[tuple[str, str], list[Found]] = {}
    for each in found:
        weapons.setdefault((bare(each.record.serial_text), make_key(each.record.make)), []).append(each)
    return [_candidate(each) for each in weapons.values()]


def _candidate(found: Sequence[Found]) -> Candidate:
    records = tuple(sorted(dict.fromkeys(each.record for each in found), key=lambda record: record.event_date))
    said = {name: next((v for r in records if (v := getattr(r, name))), "") for name in ("make", "model", "calibre")}
    best = min((each.grade for each in found), key=list(Grade).index)
    return Candidate(best, records[0].serial_text, said["make"], said["model"], said["calibre"], records)


def _best(candidates: Sequence[Candidate], weapon: Mapping[str, Any]) -> tuple[list[Candidate], list[str]]:
    """The candidates that agree best, and why the others were left."""
    make = make_key(weapon.get("make") or "")
    fitting = [each for each in candidates if not make or make_key(each.make) in {make, ""}]
    reasons = [f"Left out {each}: the serial agrees, the make does not." for each in candidates if each not in fitting]
    if not fitting:
        return [], reasons
    rank = min(_rank(each, make) for each in fitting)
    best = [each for each in fitting if _rank(each, make) == rank]
    weaker = [each for each in fitting if each not in best]
    reasons += [f"Left out {each}: agrees less well ({each.grade} match)." for each in weaker[:MOST_LISTED]]
    return best, reasons


def _rank(candidate: Candidate, make: str) -> tuple[int, bool]:
    return list(Grade).index(candidate.grade), bool(make) and make_key(candidate.make) != make


# ---------------------------------------------------------------- what to answer


def _no_record(covered: Sequence[Register], reasons: Sequence[str]) -> Proposed:
    searched, told = _coverage(covered)
    if not searched:
        return Proposed(None, (*reasons, "Nothing was found.", *told))
    body = {"outcomes": [{"code": "no_record"}], "completeness": "full", "basis": ["registry"], "searched": searched}
    return Proposed(body, (*reasons, "No record agrees.", *told))


def _several(covered: Sequence[Register], reasons: Sequence[str], candidates: Sequence[Candidate]) -> Proposed:
    searched, told = _coverage(covered)
    listed = [str(each) for each in candidates[:MOST_LISTED]]
    outcome = {"code": "multiple_candidates", "candidates": listed}
    body = {"outcomes": [outcome], "completeness": "partial", "basis": ["registry"], "searched": searched}
    why = f"{len(candidates)} weapons agree equally well ({candidates[0].grade} match): {'; '.join(listed)}."
    return Proposed(body, (*reasons, why, *told), tuple(candidates))


def _traced(
    covered: Sequence[Register], reasons: Sequence[str], candidate: Candidate, weapon: Mapping[str, Any]
) -> Proposed:
    searched, told = _coverage(covered)
    doubts = _doubts(candidate, weapon)
    events = [f"{sentence_of(record)} ({record.registry}; {record.source})." for record in candidate.records]
    outcomes = outcomes_of(candidate.records)
    why = (*reasons, f"Found {candidate}: {candidate.grade} match.", *doubts, *events)
    if not outcomes:
        return Proposed(None, (*why, "No outcome follows from these events: the answer must be worded."), (candidate,))
    body: dict[str, Any] = {
        "outcomes": outcomes,
        "completeness": "partial" if doubts else "full",
        "basis": ["registry"],
        "searched": searched,
        "transactions": [transaction_of(record) for record in candidate.records],
    }
    if next_state := next_state_of(candidate.records):
        body["next_state"] = next_state
    return Proposed(body, (*why, *told), (candidate,))


def _doubts(candidate: Candidate, weapon: Mapping[str, Any]) -> list[str]:
    """What an officer must weigh before this weapon is taken for the one asked about."""
    doubts = []
    if candidate.grade is not Grade.EXACT:
        doubts.append(f"The serial agrees only as a {candidate.grade} match: compare the marks.")
    if not make_key(weapon.get("make") or "") or not candidate.make:
        doubts.append("The make is not known on both sides.")
    if len(candidate.records) > 1 and not all(record.event_date for record in candidate.records):
        doubts.append("Some events bear no date: which came last is not certain.")
    for name, recorded, key in (("model", candidate.model, words_key), ("calibre", candidate.calibre, match_key)):
        asked = weapon.get(name) or ""
        if asked and recorded and not (key(asked) in key(recorded) or key(recorded) in key(asked)):
            said = f"The {name} differs: asked “{asked}”, recorded “{recorded}”."
            doubts.append(said + _one_cartridge(asked, recorded))
    return doubts


def _one_cartridge(asked: str, recorded: str) -> str:
    """Whether two texts are names of one cartridge: a hint beside both, which stay as they are."""
    shared = [one.name for one in alike(asked) if one in alike(recorded)]
    return f" Both are names of {' or '.join(shared)}." if shared else ""


def _coverage(covered: Sequence[Register]) -> tuple[list[dict[str, Any]], list[str]]:
    """The registers as ``searched`` members, and in words."""
    dated = [each for each in covered if each.first and each.last]
    searched = [{"register": r.name, "from": r.first, "to": r.last, "complete": r.complete} for r in dated]
    told = [
        f"Searched {r.name}: {r.records} record{'' if r.records == 1 else 's'} from {r.first} to {r.last}"
        f"{', complete.' if r.complete else '; gaps are not excluded.'}"
        for r in dated
    ]
    return searched, told + [
        f"{r.name} was searched too, but its records bear no dates." for r in covered if r not in dated
    ]
