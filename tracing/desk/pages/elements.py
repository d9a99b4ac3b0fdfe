"""Messages and their elements in the words of officers, so that nobody has to point at ``outcomes.0``.

Rules
- An element is what stands in ``SINGLES`` and ``LISTS`` of its kind of message; ``rest`` is all that stands in none.
- A correction strikes through what it replaces; what was changed, asked and decided about an element is linked at it.

elements_of(message)  ->  {"outcomes.0": "Finding 1: traced: exported to another State, Brazil, 2016-04-02", ...}
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from protocol.elements import REST
from protocol.lifecycle import Effect, Kind
from protocol.messages import BY_KIND
from tracing.casework.casefile import CaseFile
from tracing.desk.pages.content import Around, Link, Mark
from tracing.desk.pages.countries import country_name
from tracing.desk.pages.members import MEMBERS
from tracing.desk.pages.moments import Here
from tracing.desk.pages.tongue import _
from tracing.desk.pages.words import words

__all__ = [
    "arounds_of",
    "body_shown",
    "consented",
    "element_links",
    "elements_of",
    "href_of",
    "is_effective",
    "message_words",
    "pointed_at",
]

Pointer = tuple[str, str]


def is_effective(one: Mapping[str, Any]) -> bool:
    """Whether a message counts, or is only kept and shown."""
    return bool(one["effect"] == Effect.EFFECTIVE)


def href_of(mid: str) -> str:
    """Where the page of its case shows a message."""
    return f"#m-{mid}"


def message_words(one: Mapping[str, Any], here: Here) -> str:
    """``Answer, 12 Jun 2026``."""
    return f"{words(one['kind'], 'kind')}, {here.day(one['sent']).striptags()}"


def pointed_at(one: Mapping[str, Any], member: str) -> list[Pointer]:
    """The elements a message names in one of its lists."""
    refs = one["body"].get(member) or []
    return [
        (ref["mid"], ref["element"])
        for ref in refs
        if isinstance(ref, Mapping) and isinstance(ref.get("mid"), str) and isinstance(ref.get("element"), str)
    ]


def consented(decision: Mapping[str, Any], requests: Mapping[str, Mapping[str, Any]]) -> list[Pointer]:
    """What a decision is about: the elements it names, else all that was asked for."""
    request = requests.get(str(decision["body"].get("about")))
    return pointed_at(decision, "elements") or (pointed_at(request, "elements") if request else [])


def body_shown(one: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a message; of what it passes on the value and how far it is proved, in place of the proof itself."""
    passed = [_passed(each) for each in one.get("passed_on") or ()]
    return {**one["body"], **({"passed_on": passed} if passed else {})}


def _passed(each: Mapping[str, Any]) -> dict[str, Any]:
    name, _dot, number = str(each["element"] or "").partition(".")
    value = {name: [each["value"]] if number else each["value"]} if each["value"] is not None else {}
    facts = ("provider", "restrictions", "conditions", "superseded_by", "proof")
    return {fact: each[fact] for fact in facts if each[fact]} | value


# ---------------------------------------------------------------- elements in words


def elements_of(one: Mapping[str, Any]) -> dict[str, str]:
    """The elements of a message with their words, in the order they are signed."""
    kind, body = BY_KIND[Kind(one["kind"])], one["body"]
    named = {name: _said(name, body[name]) for name in kind.SINGLES if isinstance(body.get(name), Mapping)}
    for name in kind.LISTS:
        for at, item in enumerate(_listed(body, name)):
            named[f"{name}.{at}"] = _said(name, item, at + 1)
    apart = (*kind.SINGLES, *kind.LISTS)
    rest = [_(MEMBERS[member][0]) for member in body if member in MEMBERS and member not in apart]
    return named | ({REST: _("The rest: %(members)s") % {"members": ", ".join(rest).lower()}} if rest else {})


def _listed(body: Mapping[str, Any], name: str) -> list[Any]:
    """The items of a list; marks stand under their weapon."""
    found = body.get(name)
    if found is None and name == "markings" and isinstance(body.get("weapon"), Mapping):
        found = body["weapon"].get("markings")
    return list(found) if isinstance(found, list | tuple) else []


def _said(name: str, value: Any, number: int = 0) -> str:
    label = f"{_element(name)} {number}" if number else _element(name)
    facts = [str(one) for one in _FACTS[name](value) if one] if isinstance(value, Mapping) and name in _FACTS else []
    return f"{label}: {', '.join(facts)}" if facts else label


def _element(name: str) -> str:
    return {
        "outcomes": _("Finding"), "transactions": _("Transaction"), "markings": _("Marking"), "illicit": _("Ground"),
        "weapon": _("Weapon"), "found": _("Find"), "passed_on": _("Passed on"), "diversion": _("Point of diversion"),
    }.get(name, words(name))  # fmt: skip


_FACTS: Mapping[str, Callable[[Mapping[str, Any]], Iterator[Any] | tuple[Any, ...]]] = {
    "outcomes": lambda of: (
        words(of.get("code"), "outcomes.code"), country_name(of.get("state")), of.get("date"), of.get("holder")
    ),
    "transactions": lambda of: (
        words(of.get("type"), "transactions.type"), of.get("date"), country_name(of.get("from_state")),
        country_name(of.get("to_state")),
    ),
    "markings": lambda of: (words(of.get("kind"), "markings.kind"), of.get("text")),
    "illicit": lambda of: (words(of.get("ground"), "illicit.ground"), of.get("citation")),
    "weapon": lambda of: (of.get("make"), of.get("model"), (of.get("serial") or {}).get("text")),
    "found": lambda of: (words(of.get("mode"), "found.mode"), of.get("date"), of.get("place")),
    "passed_on": lambda of: (of.get("provider"), of.get("element")),
    "diversion": lambda of: (country_name(of.get("state")), of.get("date"), of.get("event")),
}  # fmt: skip


# ---------------------------------------------------------------- what later messages made of them


def element_links(file: CaseFile, here: Here) -> dict[Pointer, Link]:
    """Every element of the case by name, linked to the message it stands in."""
    return {
        (one["mid"], name): Link(href_of(one["mid"]), _("%(element)s (%(message)s)") % {
            "element": said, "message": message_words(one, here)})
        for one in file.messages
        for name, said in elements_of(one).items()
    }  # fmt: skip


def arounds_of(file: CaseFile, here: Here) -> dict[str, Around]:
    """What stands around each message, by its mid."""
    messages = {one["mid"]: Link(href_of(one["mid"]), message_words(one, here)) for one in file.messages}
    elements, marks = element_links(file, here), _marks(file, here)
    return {
        mid: Around({name: mark for (of, name), mark in marks.items() if of == mid}, messages, elements)
        for mid in messages
    }


def _marks(file: CaseFile, here: Here) -> dict[Pointer, Mark]:
    marks: dict[Pointer, Mark] = {}
    by_mid = {one["mid"]: one for one in file.messages}
    for one in file.messages:
        if is_effective(one):
            for pointer, mark in _made_by(one, by_mid, here):
                before = marks.get(pointer, Mark())
                marks[pointer] = Mark(before.struck or mark.struck, (*before.links, *mark.links))
    return marks


def _made_by(
    one: Mapping[str, Any], by_mid: Mapping[str, Mapping[str, Any]], here: Here
) -> Iterator[tuple[Pointer, Mark]]:
    """What one message says of elements of others."""
    day, body, kind = {"day": here.day(one["sent"]).striptags()}, one["body"], one["kind"]
    pointers, sentence = pointed_at(one, "elements"), ""
    if kind == Kind.CORRECTION:
        pointers, sentence = pointed_at(one, "replaces"), _("superseded by the correction of %(day)s") % day
    elif kind == Kind.HANDLING_NOTICE:
        pointers = pointers or pointed_at(one, "changes")
        sentence = f"{words(body.get('notice'), 'notice')}, {day['day']}"
    elif kind == Kind.CONSENT_REQUEST:
        sentence = _("consent asked for %(day)s") % day
    elif kind == Kind.CONSENT_DECISION:
        pointers = consented(one, by_mid)
        sentence = _consent_words(body, day["day"])
    elif kind == Kind.REFERRAL and body.get("consent"):
        sentence = _consent_words({"decision": body["consent"]}, day["day"])
    if sentence:
        mark = Mark(kind == Kind.CORRECTION, (Link(href_of(one["mid"]), sentence),))
        yield from ((pointer, mark) for pointer in pointers)


def _consent_words(body: Mapping[str, Any], day: str) -> str:
    decision = words(body.get("decision"), "consent.decision").lower()
    return _("consent: %(decision)s, %(day)s") % {"decision": decision, "day": day}
