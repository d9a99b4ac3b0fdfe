"""Hello: an authentic "I am up". Whoever hears it sends what is waiting without delay (wire specification, section 10).

It changes nothing else, so a replayed hello costs one early attempt at most. ``nonce`` makes two hellos of one
millisecond different. ``want`` names sealed attachments that wait on demand and that its sender asks for now; ``ks``
says which keyset its sender has now, so that whoever holds an older one looks for it. ``run`` names this start of the
node: two runs that go on speaking are two nodes with one set of keys, and ``also`` in an answer names the other one.
``have`` says how far its sender's own record of this exchange goes; the answer then says in ``knows`` how far the other
one's goes, so that a node that came back from an older copy learns it before it sends anything (section 22).

    item = say(net="real", sender="ke", to="at", at=now, nonce=random_bytes(16), signer=signer)
    authenticate(parse(item), me="at", net="real", verify=verify).at
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from protocol import base64url, jws
from protocol.errors import SchemaInvalid
from protocol.jws import Jws, Signer, Verify
from protocol.names import MessageId, ReceiptId
from protocol.payload import VERSION, Count, Digest, Keyset, Millis, Part, Payload, check_addressee, check_understood
from protocol.receipts import Sack

__all__ = [
    "MAX_TWICE", "MAX_UNSURE", "MAX_WANT", "NONCE_BYTES", "TYP", "After", "Have", "Hello", "Knows", "Numbered",
    "SignedHello", "authenticate", "parse", "say",
]  # fmt: skip

TYP: Final = "itx-hello+json"
NONCE_BYTES: Final = 16
MAX_WANT: Final = 32  # with the rest below 4 KiB; what is left is asked for in the next one
MAX_TWICE: Final = 16  # the same, with ids of the longest names
MAX_UNSURE: Final = 8


Run = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Numbered = Annotated[tuple[Count, MessageId], Field(strict=False)]


def _left_out(members: dict[str, Any], optional: frozenset[str]) -> dict[str, Any]:
    """Without those that there is nothing to say in, as their older readers expect."""
    return {name: value for name, value in members.items() if value is not None or name not in optional}


class After(Part):
    """Up to where its sender has what was given back beside the order of numbers; null, 0: nothing yet.

    ``seq`` and ``mid``: of messages under numbers that were used twice. ``rid``: of receipts below the ``rid`` it has,
    for messages that did not come to it.
    """

    seq: Count
    mid: MessageId | None
    rid: ReceiptId | None


class Have(Part):
    """What its sender holds of this exchange: the last ``seq`` and the last receipt it issued.

    ``sack``: what came to it, said only when it looked once more after an answer and does not have what the other one
    knows of; to gather that from a long exchange takes its time. ``after``: how far it has what was said under
    numbers that were used twice. ``unsure``: the lowest of its messages above that for which it waits for a receipt.
    """

    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"after", "unsure"})

    seq: Count
    rid: ReceiptId | None
    sack: Sack | None
    after: After | None = None
    unsure: Annotated[tuple[Numbered, ...], Field(strict=False, min_length=1, max_length=MAX_UNSURE)] | None = None

    @model_serializer(mode="wrap")
    def _said(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _left_out(handler(self), self.OPTIONAL)


class Knows(Part):
    """What its sender holds of the one it answers, beyond what that one said it has.

    ``seq``, ``rid`` and ``ks``: the highest seen. ``back``: own objects of the other that can be given back. ``lost``:
    messages that the other accepted and does not have. ``twice``: of the messages above ``after`` under numbers that
    the other used for several, the first, by number and id.
    """

    OPTIONAL: ClassVar[frozenset[str]] = frozenset({"twice"})

    seq: Count
    rid: ReceiptId | None
    ks: Keyset | None
    back: Count
    lost: Count
    twice: Annotated[tuple[Numbered, ...], Field(strict=False, min_length=1, max_length=MAX_TWICE)] | None = None

    @model_serializer(mode="wrap")
    def _said(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _left_out(handler(self), self.OPTIONAL)


class Hello(Payload):
    """The signed payload of a hello."""

    MAX_BYTES: ClassVar[int] = 4 * 1024
    OPTIONAL: ClassVar[tuple[str, ...]] = ("want", "ks", "run", "also", "have", "knows")

    at: Millis
    nonce: Annotated[str, Field(max_length=22)]
    want: Annotated[tuple[Digest, ...], Field(strict=False, min_length=1, max_length=MAX_WANT)] | None = None
    ks: Keyset | None = None
    run: Run | None = None
    also: Run | None = None
    have: Have | None = None
    knows: Knows | None = None


@dataclass(frozen=True, slots=True)
class SignedHello:
    """A hello of the right shape, from anyone."""

    hello: Hello
    jws: Jws
    wire: bytes
    item: dict[str, Any]


def say(
    *,
    net: str,
    sender: str,
    to: str,
    at: int,
    nonce: bytes,
    signer: Signer,
    want: Sequence[str] = (),
    ks: tuple[int, str] | None = None,
    run: str | None = None,
    also: str | None = None,
    have: Have | None = None,
    knows: Knows | None = None,
) -> dict[str, Any]:
    """A signed hello, as it travels. ``ks`` is version and digest of the sender's keyset."""
    members: dict[str, Any] = {
        "v": VERSION, "net": net, "from": sender, "to": to, "at": at, "nonce": base64url.encode(nonce),
        "want": tuple(want) or None, "ks": None if ks is None else {"ver": ks[0], "sha256": ks[1]},
        "run": run, "also": also, "have": have, "knows": knows,
    }  # fmt: skip
    return jws.sign(Hello.model_validate(members).payload(), TYP, [signer])


def parse(item: Any) -> SignedHello:
    """Shape and limits of one hello. Any refusal here is of something unauthenticated."""
    signed = jws.parse(item, TYP, most=1, max_payload_bytes=Hello.MAX_BYTES)
    hello = Hello.read(signed.payload)
    if len(base64url.decode(hello.nonce)) != NONCE_BYTES:
        raise SchemaInvalid(f"expected a nonce of {NONCE_BYTES} bytes")
    return SignedHello(hello, signed, jws.wire(signed), item)


def authenticate(signed: SignedHello, *, me: str, net: str, verify: Verify) -> Hello:
    """The hello, once its signature holds and it is meant for this node."""
    jws.verify_each(signed.jws, verify)
    check_understood(signed.hello.v, ())
    check_addressee(signed.hello, me=me, net=net)
    return signed.hello
