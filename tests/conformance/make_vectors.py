"""Makes the vectors of messages, of the life of a case and of cards: ``python -m tests.conformance.make_vectors``.

Like those of the wire (``tests/wire/make_vectors.py``): fixed seeds, the same files each time, what a library makes
differently each time kept in ``hedged.json``. Messages and conversations come out of the tables (``BY_KIND``,
``TABLE``), so a new kind or a new cell has its vectors at once.
"""

import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from keys.card import Card as CardFile
from keys.errors import KeysError
from keys.trust import TrustSet
from protocol import lifecycle, strictjson
from protocol.errors import ProtocolError
from protocol.lifecycle import TABLE, Kind, Role, Said, State
from protocol.lifecycle import conditions as conditions_of
from protocol.lifecycle.fold import _Case
from protocol.lifecycle.table import OPEN, PRECEDENCE, WAITING_ON
from protocol.messages import BY_KIND, parse
from tests.conformance import schemas
from tests.conformance.author import Author
from tests.conformance.cards import cards
from tests.domain.bodies import body
from tests.wire.cast import IAT
from tests.wire.hedged import Kept, KeptSigner
from tests.wire.keyring import grains
from tests.wire.make_vectors import text_of

__all__ = ["FOLDER", "documents"]

FOLDER = Path(__file__).parent / "vectors"
KEPT = "hedged_cards.json"
Vector = dict[str, Any]


# ---------------------------------------------------------------- messages


def message_vectors() -> Iterator[Vector]:
    """For every kind: a good body, each of its members left out, newer members, and other shapes."""
    for kind, model in BY_KIND.items():
        good = model.model_validate(body(kind)).to_elements()
        yield of_body(f"{kind}: whole", model.TYPE, good)
        yield of_body(f"{kind}: nothing at all", model.TYPE, {})
        yield of_body(f"{kind}: with a member of a later version", model.TYPE, good | {"news": {"at": [1]}})
        for name in good:
            less = {member: value for member, value in good.items() if member != name}
            yield of_body(f"{kind}: without {name}", model.TYPE, less)
            for what, value in misshapen(good[name]):
                yield of_body(f"{kind}: {name} as {what}", model.TYPE, good | {name: value})
        yield of_body(f"{kind}: a list", model.TYPE, [good])
        yield of_body(f"{kind}: another major version", model.TYPE.replace(":1", ":2"), good)
    yield of_body("a text over its size", BY_KIND[Kind.WITHDRAWAL].TYPE, {"note": "x" * 20_001})
    yield of_body("a kind nobody knows", "urn:itx:poem:1", {})
    yield of_body("a type that is none", "trace-request", {})


def misshapen(value: Any) -> Iterator[tuple[str, Any]]:
    """The member in another JSON type, over its size, and blank; what holds is for the schema to say."""
    yield "null", None
    if isinstance(value, str):
        yield from (("a number", 7), ("blank text", " "), ("501 characters", "x" * 501), ("with a NUL", "a\0b"))
    elif isinstance(value, list):
        item: Any = {} if isinstance(value[0], dict) else ""
        yield from (("a text", "x"), ("an empty list", []), ("a list of numbers", [7]), ("a long list", [item] * 401))
    elif isinstance(value, dict):
        yield from (("a list", [value]), ("an empty object", {}))
        for name, inner in value.items():
            yield f"an object whose {name} is of another type", value | {name: "x" if isinstance(inner, int) else 7}
            yield f"an object without {name}", {member: one for member, one in value.items() if member != name}
    else:
        yield from (("a text", "x"), ("a list", [value]))


def of_body(name: str, urn: str, given: Any) -> Vector:
    """What parsing comes to: what it lacks and what is not understood, or the code."""
    vector: Vector = {"name": name, "in": {"type": urn, "body": given}}
    try:
        message = parse(urn, given)
    except ProtocolError as error:
        return vector | {"code": error.code}
    lacks = [{"member": one.member, "paragraph": one.paragraph, "question": one.question} for one in message.lacks()]
    unknown = sorted(name for name in message.not_understood())
    return vector | {"out": {"unknown": unknown}, "lacks": lacks}


# ---------------------------------------------------------------- the life of a case


def law() -> dict[str, Any]:
    """The table of section 18 as data."""
    return {
        "about": "the table of section 18: who may say what, when, and where it leads",
        "states": [state.value for state in State],
        "kinds": [kind.value for kind in Kind],
        "cells": [
            {"state": state, "kind": kind, "sender": role, "leads_to": rule.leads_to, "when": rule.when.name.lower()}
            for (state, kind, role), rule in TABLE.items()
        ],
        "open": list(OPEN),
        "precedence": list(PRECEDENCE),
        "waiting_on": {state.value: role for state, role in WAITING_ON.items()},
        "ends_work": sorted(conditions_of._ENDS_WORK),
        "ends_case": sorted(conditions_of._ENDS_CASE),
        "answers": sorted(conditions_of._ANSWERS),
        "to_explain": sorted(conditions_of._TO_EXPLAIN),
    }  # fmt: skip


FACTS: dict[Kind, tuple[str, ...]] = {
    Kind.INFORMATION_REQUEST: ("blocking",), Kind.ACKNOWLEDGEMENT: ("urgency_declined",), Kind.CLOSURE: ("lapsed",),
    Kind.HANDLING_NOTICE: ("prior_disclosure",), Kind.TRACE_REQUEST: ("priority:routine",),
    Kind.PRIORITY_CHANGE: ("priority:urgent",),
}  # fmt: skip
ANSWERING = (Kind.CLARIFICATION_REPLY, Kind.CLARIFICATION_REQUEST, Kind.CONSENT_DECISION, Kind.OBJECTION)
ROUNDS = 60
_ASKS, _ASKED = Role.REQUESTER, Role.REQUESTED
Cell = tuple[State, Kind, Role]


def case_vectors() -> Iterator[Vector]:
    """Told ones for each rule of the section, some drawn at random, and walks that use every cell of the table."""
    yield from told()
    chance = random.Random(3)
    for number in range(ROUNDS):
        yield of_case(f"drawn {number}", *drawn(chance))
    left = set(TABLE)
    for number in itertools.count():
        if not left:
            return
        said, opened = walk(chance, left, opened=number % 6 != 0)
        if used := cells_of(said, opened) & left:
            left -= used
            yield of_case(f"walk {number}", said, opened)


def walk(chance: random.Random, left: set[Cell], *, opened: bool) -> tuple[list[Said], list[str]]:
    """A conversation in turn that looks for cells that are left, else moves on."""
    said = [say("00", Kind.TRACE_REQUEST, Role.REQUESTER, facts=FACTS[Kind.TRACE_REQUEST])]
    receipts = ["br:00"] if opened else []
    for number in range(1, 14):
        view = lifecycle.fold(said, opened=receipts)
        moves = [(kind, role) for kind in Kind for role in Role if view.allows(role, kind, facts_of(kind))]
        wanted = [move for move in moves if (view.state, *move) in left]
        if not moves or (not opened and number > 4):
            break
        kind, role = chance.choice(wanted or moves)
        said.append(Said(f"br:{number:02}", kind, role, view.heads, facts_of(kind)))
    return said, receipts


def facts_of(kind: Kind) -> frozenset[str]:
    return frozenset(FACTS.get(kind, ()))


def cells_of(said: list[Said], opened: list[str]) -> set[Cell]:
    """The cells that made a message of a conversation effective."""
    case = _Case({one.mid: one for one in said}, opened, ())
    return {(met, case.said[mid].kind, case.said[mid].sender) for mid, (met, _) in case.reached.items()}


def told() -> Iterator[Vector]:
    """The rules of domain 7b.2, one by one."""
    ask, answer = say("1", Kind.TRACE_REQUEST, _ASKS), say("2", Kind.FINAL_RESPONSE, _ASKED, "1")
    closed = say("3", Kind.CLOSURE, _ASKS, "1", "2")
    question = say("2", Kind.INFORMATION_REQUEST, _ASKED, "1", facts=("blocking",))
    consent = say("3", Kind.CONSENT_REQUEST, _ASKS, "2")
    yield of_case("nothing", [])
    yield of_case("a request that nobody opened", [ask])
    yield of_case("a request that was opened", [ask], opened=["br:1"])
    yield of_case("a request that was rejected", [ask], rejected=["br:1"])
    for name, more in {
        "an answer implies an acknowledgement": [answer],
        "an acknowledgement twice": [say("2", Kind.ACKNOWLEDGEMENT, _ASKED, "1"),
                                     say("3", Kind.ACKNOWLEDGEMENT, _ASKED, "1", "2")],
        "withdrawal and answer cross": [answer, say("3", Kind.WITHDRAWAL, _ASKS, "1")],
        "a late answer reopens": [answer, closed, say("4", Kind.FINAL_RESPONSE, _ASKED, "3")],
        "an answer given anew after a reopening is not late": [
            answer, closed, say("4", Kind.FINAL_RESPONSE, _ASKED, "3"), say("5", Kind.CLOSURE, _ASKS, "4"),
            say("6", Kind.REOPENING, _ASKS, "5"), say("7", Kind.FINAL_RESPONSE, _ASKED, "6")],
        "a closure and a new answer cross": [answer, closed, say("4", Kind.FINAL_RESPONSE, _ASKED, "2")],
        "a blocking question": [question],
        "a blocking question answered": [question, say("3", Kind.INFORMATION_SUPPLY, _ASKS, "2")],
        "a supply that had not seen the question": [question, say("3", Kind.INFORMATION_SUPPLY, _ASKS, "1")],
        "a closure before any answer": [say("2", Kind.CLOSURE, _ASKS, "1")],
        "re names what is not held": [say("2", Kind.ACKNOWLEDGEMENT, _ASKED, "1", "9")],
        "two name each other": [say("2", Kind.ACKNOWLEDGEMENT, _ASKED, "3"), say("3", Kind.WITHDRAWAL, _ASKS, "2")],
        "a message of the wrong side": [say("2", Kind.ACKNOWLEDGEMENT, _ASKS, "1")],
        "a question that crossed the end is over when the case is opened again": [
            question, say("3", Kind.FINAL_RESPONSE, _ASKED, "1"), say("4", Kind.CLOSURE, _ASKS, "3"),
            say("5", Kind.REOPENING, _ASKS, "4")],
        "an explanation is owed beyond the answer": [answer, say("3", Kind.CLARIFICATION_REQUEST, _ASKS, "2")],
        "an explanation is owed no longer once the case is closed": [
            answer, say("3", Kind.CLARIFICATION_REQUEST, _ASKS, "2"), say("4", Kind.CLOSURE, _ASKS, "3"),
            say("5", Kind.FINAL_RESPONSE, _ASKED, "4")],
        "consent asked for, and silence": [answer, consent],
        "consent decided": [answer, consent, say("4", Kind.CONSENT_DECISION, _ASKED, "3", facts=("about:br:3",))],
        "consent decided about something else": [
            answer, consent, say("4", Kind.CONSENT_DECISION, _ASKED, "3", facts=("about:br:9",))],
    }.items():  # fmt: skip
        yield of_case(name, [ask, *more])
    yield of_case("an answer before its request", [answer])


def say(number: str, kind: Kind, sender: Role, *re: str, facts: tuple[str, ...] = ()) -> Said:
    return Said(f"br:{number}", kind, sender, tuple(f"br:{one}" for one in re), frozenset(facts))


def drawn(chance: random.Random) -> tuple[list[Said], list[str], list[str]]:
    """A conversation: mostly what is allowed, by senders who had seen some of it, and some of what is not."""
    said = [say("00", Kind.TRACE_REQUEST, Role.REQUESTER, facts=FACTS[Kind.TRACE_REQUEST])]
    for number in range(1, chance.randint(2, 12)):
        seen = chance.sample(said, chance.randint(1, len(said))) if chance.random() < 0.4 else said
        sender = chance.choice(list(Role))
        allowed = sorted(lifecycle.fold(seen, opened={"br:00"}).allowed(sender))
        kind = chance.choice(allowed) if allowed and chance.random() < 0.8 else chance.choice(list(Kind))
        heads = lifecycle.fold(seen, opened={"br:00"}).heads
        facts = [fact for fact in FACTS.get(kind, ()) if chance.random() < 0.5]
        if kind in ANSWERING and chance.random() < 0.5:
            facts.append(f"about:{chance.choice(said).mid}")
        said.append(Said(f"br:{number:02}", kind, sender, tuple(sorted(heads)), frozenset(facts)))
    opened = ["br:00"] if chance.random() < 0.7 else []
    rejected = [chance.choice(said).mid] if chance.random() < 0.1 else []
    return said, opened, rejected


def of_case(name: str, said: list[Said], opened: list[str] | None = None, rejected: list[str] | None = None) -> Vector:
    view = lifecycle.fold(said, opened=opened or [], rejected=rejected or [])
    messages = [
        {"mid": one.mid, "kind": one.kind, "sender": one.sender, "re": list(one.re), "facts": sorted(one.facts)}
        for one in said
    ]
    out = {
        "state": view.state, "beside": {overlay.value: list(mids) for overlay, mids in view.pending.items()},
        "waiting_on": view.waiting_on, "effects": dict(view.effects), "heads": list(view.heads),
        "priority": view.priority, "late": view.late,
        "allowed": {role.value: [kind for kind in Kind if kind in view.allowed(role)] for role in Role},
    }  # fmt: skip
    given = {"messages": messages, "opened": opened or [], "rejected": rejected or []}
    return {"name": name, "in": given, "out": out}


# ---------------------------------------------------------------- cards


def kit(kept: Kept, word: str) -> Author:
    """The authority of the cards, from fixed seeds."""
    return Author.made(
        "kit", "XXA", "training", None, at_ms=IAT, random=grains(word), wrap=lambda key: KeptSigner(key, kept)
    )


def card_vectors(kept: Kept) -> Iterator[Vector]:
    """What differs from the good card; its members stand in the context."""
    author = kit(kept, "kit")
    base = json.loads(author.card())
    for one in cards(author, kit(kept, "another kit"), IAT):
        card = json.loads(one.card)
        usual = {name: base[name] for name in base if card[name] == base[name]}
        given = {name: value for name, value in card.items() if name not in usual}
        vector: Vector = {"name": f"{one.rule}: {one.name}", "in": {"card": given, "pin": one.pin}}
        try:
            trust = TrustSet.of_card(CardFile.read(one.card), one.pin, "training", at_ms=IAT)
        except KeysError:
            yield vector | {"code": "invalid"}
        else:
            assert trust.keyset is not None
            yield vector | {"out": {"ver": trust.keyset.ver, "sha256": trust.keyset_sha256}}


# ---------------------------------------------------------------- the documents


def documents() -> dict[str, Any]:
    """Every document by its file name."""
    path = FOLDER / KEPT
    kept = Kept(json.loads(path.read_bytes()) if path.exists() else {})
    made = {
        "messages": (19, "the type and the body of a message, its elements joined", list(message_vectors())),
        "lifecycle": (18, "the messages of a case, what was opened, what was rejected", list(case_vectors())),
        "cards": (0, "members of a card other than the context's, and the digest it is believed by",
                  list(card_vectors(kept))),
    }  # fmt: skip
    found = {f"{name}.json": {"section": section, "about": about, "context": {}, "vectors": vectors}
             for name, (section, about, vectors) in made.items()}  # fmt: skip
    card = json.loads(kit(kept, "kit").card())
    found["cards.json"]["context"] = {"card": card, "authority": "kit", "net": "training"}
    kinds = {model.TYPE: schemas.of(model) for model in BY_KIND.values()}
    return found | {"lifecycle_table.json": law(), "kinds.json": kinds, KEPT: dict(sorted(kept.used.items()))}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, document in documents().items():
        (FOLDER / name).write_text(text_of(json.loads(strictjson.dump(document))), "utf-8")


if __name__ == "__main__":
    main()
