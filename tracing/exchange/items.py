r"""What stands in one exchange: the object a node posts, and the object it answers.

Posted to ``/itx/1/envelopes`` (all members optional, not all absent; unknown members are not looked at):

    {"trust": [root or keyset, ...], "hello": hello, "envelopes": [envelope, ...], "receipts": [receipt, ...],
     "checkpoint": offer, "cosigned": note}

Answered, with 200 (or 409 when every envelope was in conflict):

    {"clock": ms, "receipts": [receipt, ...], "taken": [rid, ...],
     "refused": [{"in": "envelopes" | "receipts" | "hello", "index": n, "code": word, "retry": "never" | "later"}, ...],
     "hello": hello, "held": {"root": n, "keyset": n}, "returned": [object, ...],
     "checkpoint": offer, "cosigned": note}

- ``receipts``: one or more for every envelope that is authentic: for a new one its ``accepted`` (or a signed
  ``rejected``); for a known one **all** stored receipts, ``accepted`` first, byte for byte.
- ``taken``: the receipts that are now stored here, or were already. They need not be sent again.
- ``refused``: items that could not be believed. Unsigned, so it ends no message: the sender keeps it.
- ``hello``: answers a hello, with the same nonce.
- ``returned``: after a hello with ``have``, objects of its sender that it lost (section 22).
- ``held``: after ``trust``, which versions of its documents are believed here now; a hint only.
- ``checkpoint`` and ``cosigned``: of the log of whoever says it, and of the other's log; beside other items, never
  alone (section 23).
- ``clock``: this node's time; a hint only, the hello is signed.

Limits: 8 MiB, 64 items. Envelopes and receipts are joined and stored as text: their bytes never change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from protocol import strictjson
from protocol.errors import BY_CODE, SchemaInvalid, TooLarge

__all__ = [
    "MAX_BYTES", "MAX_ITEMS", "NOTHING", "Answered", "Batch", "Beside", "Refused", "answer_body", "post_body",
    "read_answer", "read_batch",
]  # fmt: skip

MAX_BYTES: Final = 8 * 1024 * 1024
MAX_ITEMS: Final = 64


@dataclass(frozen=True, slots=True)
class Beside:
    """What rides on a post or an answer: an offer of a checkpoint, and a note that its sender cosigned."""

    checkpoint: Any = None
    cosigned: Any = None

    @classmethod
    def of(cls, members: Mapping[str, Any]) -> "Beside":
        """What stands in a posted or answered object; nothing in it is looked into yet."""
        return cls(members.get("checkpoint"), members.get("cosigned"))

    def parts(self) -> list[bytes]:
        """Its members of an object, as text."""
        said = (("checkpoint", self.checkpoint), ("cosigned", self.cosigned))
        return [b'"%s":' % name.encode() + strictjson.dump(value) for name, value in said if value is not None]


NOTHING: Final = Beside()


@dataclass(frozen=True, slots=True)
class Batch:
    """What a counterpart posted; the items are not looked into yet."""

    envelopes: tuple[Any, ...] = ()
    receipts: tuple[Any, ...] = ()
    hello: Any = None
    trust: tuple[Any, ...] = ()
    beside: Beside = NOTHING


@dataclass(frozen=True, slots=True)
class Refused:
    """One item that was not believed: where it stood, and why."""

    where: str
    index: int
    code: str

    def as_members(self) -> dict[str, Any]:
        """Its form in an answer."""
        return {"in": self.where, "index": self.index, "code": self.code, "retry": BY_CODE[self.code].retry}


@dataclass(frozen=True, slots=True)
class Answered:
    """What a counterpart answered; nothing in it is verified yet."""

    receipts: tuple[Any, ...] = ()
    taken: frozenset[str] = frozenset()
    refused: tuple[Refused, ...] = ()
    hello: Any = None
    returned: tuple[Any, ...] = ()
    beside: Beside = NOTHING


def read_batch(body: bytes) -> Batch:
    """The posted object. SchemaInvalid or TooLarge."""
    members = _object(strictjson.load(body, MAX_BYTES))
    lists = (_list(members, "envelopes"), _list(members, "receipts"))
    batch = Batch(*lists, members.get("hello"), _list(members, "trust"), Beside.of(members))
    count = len(batch.envelopes) + len(batch.receipts) + len(batch.trust)
    if count > MAX_ITEMS:
        raise TooLarge(f"expected at most {MAX_ITEMS} items, got {count}")
    if count == 0 and batch.hello is None:
        raise SchemaInvalid("expected trust documents, envelopes, receipts or a hello")
    return batch


def post_body(
    envelopes: Sequence[bytes],
    receipts: Sequence[bytes] = (),
    hello: bytes | None = None,
    trust: Sequence[bytes] = (),
    beside: Beside = NOTHING,
) -> bytes:
    """The object to post, from stored wire bytes."""
    parts = beside.parts()
    if envelopes:
        parts.append(b'"envelopes":[' + b",".join(envelopes) + b"]")
    if hello is not None:
        parts.append(b'"hello":' + hello)
    if receipts:
        parts.append(b'"receipts":[' + b",".join(receipts) + b"]")
    if trust:
        parts.append(b'"trust":[' + b",".join(trust) + b"]")
    return b"{" + b",".join(parts) + b"}"


def answer_body(
    receipts: Sequence[bytes],
    taken: Sequence[str],
    refused: Sequence[Refused],
    hello: bytes | None,
    clock_ms: int,
    *,
    held: Mapping[str, int] | None = None,
    returned: Sequence[bytes] = (),
    beside: Beside = NOTHING,
) -> bytes:
    """The object to answer. The receipts go in as the text they are stored as."""
    parts = [b'{"clock":%d' % clock_ms, *beside.parts()]
    if held is not None:
        parts.append(b'"held":' + strictjson.dump(dict(held)))
    if hello is not None:
        parts.append(b'"hello":' + hello)
    parts.append(b'"receipts":[' + b",".join(receipts) + b"]")
    parts.append(b'"refused":' + strictjson.dump([one.as_members() for one in refused]))
    if returned:
        parts.append(b'"returned":[' + b",".join(returned) + b"]")
    parts.append(b'"taken":' + strictjson.dump(list(taken)) + b"}")
    return b",".join(parts)


def read_answer(body: bytes, max_bytes: int = MAX_BYTES) -> Answered:
    """The answered object. SchemaInvalid or TooLarge."""
    members = _object(strictjson.load(body, max_bytes))
    taken = [rid for rid in _list(members, "taken") if isinstance(rid, str)]
    refused = [_refused(one) for one in _list(members, "refused")]
    returned = _list(members, "returned")
    return Answered(
        _list(members, "receipts"), frozenset(taken), tuple(refused), members.get("hello"), returned, Beside.of(members)
    )


def _refused(one: Any) -> Refused:
    where, index, code = (one.get("in"), one.get("index"), one.get("code")) if isinstance(one, dict) else (None,) * 3
    if not isinstance(where, str) or not isinstance(index, int) or code not in BY_CODE:
        raise SchemaInvalid("expected refused items as objects of in, index and code")
    return Refused(where, index, code)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SchemaInvalid("expected an object")
    return value


def _list(members: dict[str, Any], name: str) -> tuple[Any, ...]:
    value = members.get(name, [])
    if not isinstance(value, list):
        raise SchemaInvalid(f"expected {name} to be a list")
    return tuple(value)
