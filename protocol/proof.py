"""A proof of elements: some elements of one signed statement for somebody who has no node (wire specification, 16).

Rules
- A file shows a statement with its signatures, some of its disclosures, the sender's card, and perhaps the carriage:
  what shows that the recipient took the statement over. Of the other elements it holds digests and nothing else.
- An element with restrictions is shown with what these need (``restriction_details``), or not at all.
- This room reads and writes the file; whose keys count is judged in ``keys/proof.py``.

    chosen = choose(envelope.Inner.at_rest(inner), ["outcomes.0"])
    data = write(chosen, sender_card, carriage=None)
    ProofFile.read(data).disclosures
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from protocol import base64url, elements, envelope, jws, strictjson
from protocol import statement as statements
from protocol.elements import CONDITIONS, REST, Disclosure
from protocol.envelope import Inner, Manifest
from protocol.errors import Mismatch, SchemaInvalid, UnsupportedVersion
from protocol.jws import Jws
from protocol.payload import check_understood
from protocol.statement import STC_SALT_BYTES, Statement

__all__ = [
    "MAX_PROOF_BYTES", "VERSION", "Carriage", "Chosen", "ProofFile", "Shown", "Unshowable", "choose", "read_manifest",
    "read_statement", "shown", "write",
]  # fmt: skip

VERSION: Final = 1
MAX_PROOF_BYTES: Final = 16 * 1024 * 1024  # two cards of 8 MiB are more than any State has
_MARK: Final = "itx_elements"
_MEMBERS: Final = frozenset({_MARK, "statement", "disclosures", "sender"})
_CARRIAGE: Final = "carriage"
_CARRIAGE_MEMBERS: Final = frozenset({"salt", "manifest", "receipts", "recipient"})
_MOST_RECEIPTS: Final = 2  # accepted and opened


class Unshowable(ValueError):
    """The elements asked for cannot be shown so."""


# ---------------------------------------------------------------- the file


@dataclass(frozen=True, slots=True)
class Carriage:
    """What shows that the recipient took the statement over. Signed objects and card as they came."""

    salt: bytes
    manifest: Any
    receipts: tuple[Any, ...]
    recipient: Any

    @classmethod
    def read(cls, members: Any) -> Self:
        """The carriage in its shape, or SchemaInvalid."""
        if not isinstance(members, dict) or members.keys() != _CARRIAGE_MEMBERS:
            raise SchemaInvalid(f"expected a carriage of {sorted(_CARRIAGE_MEMBERS)}")
        salt, receipts = base64url.decode(members["salt"]), members["receipts"]
        if len(salt) != STC_SALT_BYTES:
            raise SchemaInvalid(f"expected a salt of {STC_SALT_BYTES} bytes")
        if not isinstance(receipts, list) or not 1 <= len(receipts) <= _MOST_RECEIPTS:
            raise SchemaInvalid(f"expected 1 to {_MOST_RECEIPTS} receipts")
        return cls(salt, members["manifest"], tuple(receipts), members["recipient"])

    def members(self) -> dict[str, Any]:
        """The carriage as JSON."""
        return {
            "salt": base64url.encode(self.salt),
            "manifest": self.manifest,
            "receipts": list(self.receipts),
            "recipient": self.recipient,
        }


@dataclass(frozen=True, slots=True)
class ProofFile:
    """A proof in its shape. Nothing in it is believed yet; what is signed stands as it came."""

    statement: Any
    disclosures: tuple[Any, ...]
    sender: Any
    carriage: Carriage | None

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Step 1. SchemaInvalid, TooLarge, or UnsupportedVersion for a file of another version."""
        members = strictjson.load(data, MAX_PROOF_BYTES)
        if not isinstance(members, dict) or type(members.get(_MARK)) is not int:
            raise SchemaInvalid("expected a proof of elements")
        if members[_MARK] != VERSION:
            raise UnsupportedVersion(f"expected a proof of version {VERSION}")
        if members.keys() - {_CARRIAGE} != _MEMBERS:
            raise SchemaInvalid(f"expected an object of {sorted(_MEMBERS)}, and {_CARRIAGE} where there is one")
        texts = members["disclosures"]
        if not isinstance(texts, list) or not 1 <= len(texts) <= elements.MAX_ELEMENTS:
            raise SchemaInvalid(f"expected 1 to {elements.MAX_ELEMENTS} disclosures")
        carriage = Carriage.read(members[_CARRIAGE]) if _CARRIAGE in members else None
        return cls(members["statement"], tuple(texts), members["sender"], carriage)


def write(chosen: "Chosen", sender: Any, carriage: Carriage | None) -> bytes:
    """The file. ``sender`` is the card of the statement's sender, as JSON."""
    members = {
        _MARK: VERSION,
        "statement": chosen.statement,
        "disclosures": [one.text for one in chosen.disclosures],
        "sender": sender,
    }
    return strictjson.dump(members if carriage is None else members | {_CARRIAGE: carriage.members()})


# ---------------------------------------------------------------- choosing what is shown


@dataclass(frozen=True, slots=True)
class Chosen:
    """A statement and those of its disclosures that are to be shown; ``salt`` is that of ``stc``."""

    statement: Any
    salt: bytes
    disclosures: tuple[Disclosure, ...]


def choose(inner: Inner, names: Iterable[str]) -> Chosen:
    """The elements of these names, and the conditions they stand under. Unshowable, in a sentence, if not possible."""
    wanted, held = set(names), {one.name: one for one in inner.disclosures}
    erased = {name for _, name in inner.gone}
    if not wanted:
        raise Unshowable("expected the name of at least one element")
    if missing := sorted(wanted - held.keys()):
        raise Unshowable(f"{missing[0]}: {'it was erased' if missing[0] in erased else _not_here(held)}")
    wanted |= _conditions({name: held[name] for name in wanted}, held, erased)
    item = strictjson.load(inner.raw, len(inner.raw))["statement"]
    return Chosen(item, inner.salt, tuple(one for one in inner.disclosures if one.name in wanted))


def _not_here(held: Iterable[str]) -> str:
    return f"the statement has no element of this name; it has {', '.join(held)}"


def _conditions(wanted: dict[str, Disclosure], held: dict[str, Disclosure], erased: set[str]) -> set[str]:
    """The name of the element that says what the restrictions of the wanted ones need, if they have any."""
    bound = next((name for name, one in wanted.items() if one.restrictions), None)
    if bound is None or CONDITIONS in wanted:
        return set()
    if CONDITIONS in held:
        return {CONDITIONS}
    if CONDITIONS in erased or (REST in erased and REST not in wanted):
        raise Unshowable(f"{bound}: the conditions it was given under were erased, so it cannot be shown alone")
    if REST not in wanted and CONDITIONS in held[REST].value:
        raise Unshowable(f"{bound}: the conditions it was given under stand in {REST}; show {REST} with it")
    return set()


# ---------------------------------------------------------------- what needs no keys


def read_statement(item: Any) -> tuple[Jws, Statement]:
    """Step 2: the statement in its shape, understood, between the parties its ids name."""
    signed = jws.parse(item, statements.TYP, max_payload_bytes=Statement.MAX_BYTES)
    said = Statement.read(signed.payload)
    check_understood(said.v, said.crit)
    if said.mid.authority != said.from_:
        raise Mismatch("expected the message id to begin with its sender")
    if said.thread.requester not in {said.from_, said.to}:
        raise Mismatch("expected a case of one of the two")
    return signed, said


@dataclass(frozen=True, slots=True)
class Shown:
    """One element that is shown; ``position`` counts from 1 in the signed order."""

    position: int
    name: str
    value: Any
    restrictions: tuple[str, ...]


def shown(texts: Sequence[Any], signed: Sequence[str]) -> tuple[Shown, ...]:
    """Step 5: the elements these disclosures spell, all of them signed. SchemaInvalid, TooLarge or Mismatch."""
    found = [elements.read(text) for text in texts]
    if len({one.name for one in found}) != len(found):
        raise SchemaInvalid("expected each element once")
    elements.check(found, signed)
    at = {one.name: signed.index(one.digest) for one in found}
    if any((one.name == REST) != (at[one.name] == len(signed) - 1) for one in found):
        raise SchemaInvalid(f"expected {REST}, and only {REST}, to be the last element")
    items = [one.name.partition(".") for one in found if "." in one.name]
    numbers = [(name, int(number)) for name, _, number in items]
    if any(now[0] == then[0] and now[1] < then[1] for then, now in _pairs(numbers)):
        raise SchemaInvalid("expected the items of a list in their order")
    return tuple(Shown(at[one.name] + 1, one.name, one.value, one.restrictions) for one in found)


def _pairs(numbers: Sequence[tuple[str, int]]) -> Iterable[tuple[tuple[str, int], tuple[str, int]]]:
    """Each item with the one of the same list shown before it."""
    last: dict[str, tuple[str, int]] = {}
    for one in numbers:
        if one[0] in last:
            yield last[one[0]], one
        last[one[0]] = one


def read_manifest(item: Any) -> tuple[Jws, Manifest]:
    """An envelope's manifest with its signature, without the sealed bytes."""
    signed = jws.parse(item, envelope.TYP, most=1, max_payload_bytes=Manifest.MAX_BYTES)
    manifest = Manifest.read(signed.payload)
    check_understood(manifest.v, manifest.crit)
    return signed, manifest
