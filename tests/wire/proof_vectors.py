"""The vectors of proofs of elements: a few that hold, and every alteration as what it changes in the first of them."""

from collections.abc import Iterator
from typing import Any

from keys import proof
from protocol import strictjson
from tests.wire import provers
from tests.wire.alterations import Case, changed_at
from tests.wire.cast import IAT, RECIPIENT, SENDER
from tests.wire.hedged import Kept, KeptSigner
from tests.wire.provers import DAY, Members

__all__ = ["applied", "outcome", "proof_vectors"]

Vector = dict[str, Any]
Path = list[Any]


def proof_vectors(kept: Kept) -> Iterator[Vector]:
    case = Case(lambda key: KeptSigner(key, kept))
    for name, members in _that_hold(case).items():
        given = {"proof": members, "pins": provers.their_pins()}
        yield {"name": name, "in": given, "out": outcome(given)}
    for one in case.all():
        put, take = _difference(case.whole, one.proof)
        given = {"of": WHOLE, "put": put, "take": take, "pins": one.pins}
        yield {"name": one.name, "in": given, "step": one.step, "code": one.code}


WHOLE = "weapon and find, taken over and read"


def _that_hold(case: Case) -> dict[str, Members]:
    """Small or large, before and after keys changed: all of these are proved."""
    ours, theirs = provers.card(SENDER, case.wrap), provers.card(RECIPIENT, case.wrap)
    revoked = provers.statuses(SENDER, "stmt", status="revoked", since=IAT + 5000)
    later = provers.card(SENDER, case.wrap, ver=2, keys=revoked)
    return {
        WHOLE: case.whole,
        "the mark alone, nothing of the carriage": provers.made(["markings.0"], case.inside, case.wrap, carried=False),
        "everything, accepted": provers.made(
            ["weapon", "found", "markings.0", "rest"], case.inside, case.wrap, stages=("accepted",)
        ),
        "a key revoked after it was taken over": provers.made(["found"], case.inside, case.wrap, cards=(ours, theirs))
        | {"sender": later},
        "a key retired since, under a second root": provers.made(["found"], case.inside, case.wrap, carried=False)
        | {"sender": _second(case, status="retired", since=IAT + DAY)},
    }


def _second(case: Case, **changed: Any) -> Members:
    """The sender's card after its root was followed by another that names other keyset keys."""
    first = provers.root(SENDER.name, case.wrap)
    keys = [{"kid": key.kid, "alg": key.alg, "pub": provers.pub(key)} for key in provers.pair("second online")]
    second = provers.root(SENDER.name, case.wrap, ver=2, prev=provers.digest(first), keyset=keys)
    keyset = provers.keyset(SENDER, case.wrap, signers="second", keys=provers.statuses(SENDER, "stmt", **changed))
    return {"itx_card": 1, "roots": [first, second], "keyset": keyset}


# ---------------------------------------------------------------- what a vector says


def outcome(given: Vector) -> dict[str, Any]:
    """What such a file proves, as a vector says it."""
    proved = proof.verify(strictjson.dump(given["proof"]), given["pins"])
    taken = proved.taken
    return {
        "net": proved.net, "from": proved.sender.authority, "to": proved.recipient, "thread": proved.thread,
        "mid": proved.mid, "type": proved.type, "iat": proved.said_ms, "st": proved.statement, "total": proved.total,
        "elements": [
            {"position": one.position, "name": one.name, "value": one.value, "restrictions": list(one.restrictions)}
            for one in proved.elements
        ],
        "accepted": taken and taken.accepted_ms, "opened": taken and taken.opened_ms, "env": taken and taken.envelope,
    }  # fmt: skip


def applied(whole: Members, given: Vector) -> Members:
    """The proof of another vector with what this one changes in it: ``put`` sets places, ``take`` empties them."""
    for path, value in given["put"]:
        whole = changed_at(whole, path, value)
    for path in given["take"]:
        whole = changed_at(whole, path, gone=True)
    return whole


def _difference(old: Any, new: Any, at: Path | None = None) -> tuple[list[Any], list[Path]]:
    """(places to put, places to take away) that make ``new`` of ``old``."""
    at = at or []
    if isinstance(old, dict) and isinstance(new, dict):
        found = [_difference(old[name], new[name], [*at, name]) for name in sorted(old.keys() & new.keys())]
        put = [[[*at, name], new[name]] for name in sorted(new.keys() - old.keys())]
        gone = [[*at, name] for name in sorted(old.keys() - new.keys())]
        return [one for some, _ in found for one in some] + put, [one for _, some in found for one in some] + gone
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        found = [_difference(one, other, [*at, place]) for place, (one, other) in enumerate(zip(old, new, strict=True))]
        return [one for some, _ in found for one in some], [one for _, some in found for one in some]
    same = type(old) is type(new) and old == new
    return ([] if same else [[at, new]]), []
