"""The statement: what one authority says to another, signed as evidence (wire specification, section 5).

Rules
- Its payload names sender, recipient, case, kind and time, and the digests of the message's elements. The message
  itself travels beside it as disclosures, so that one fact can be shown later with the rest hidden.
- ``re`` lists every head of the thread the sender had seen, sorted, each once: what all can agree on later must not
  depend on the order of arrival.
- One statement has one recipient.
- ``att`` names sealed attachments by their digests; what they are is disclosed beside the elements.
- Signed by a classical key and ML-DSA-65; the sender's keyset says what is required.

    composed = compose(message, net="real", mid=mid, sender="ke", to="at", iat=now, thread=case, re=(), due=None,
                       hand=(), salt=random_bytes)
    jws.sign(composed.payload, TYP, signers)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Final, Protocol, Self

from pydantic import ConfigDict, Field, model_validator

from protocol import attachments, elements
from protocol.attachments import Attachment, NamedList
from protocol.elements import Disclosure
from protocol.names import CaseId, DossierId, MatterId, MessageId
from protocol.payload import VERSION, Crit, Digest, Millis, Part, Payload, Word

__all__ = ["TYP", "Composed", "Speech", "Statement", "compose"]

TYP: Final = "itx-stmt+json"
MAX_RE: Final = 1024  # an acknowledgement may answer for a whole dossier
STC_SALT_BYTES: Final = 32


class Speech(Protocol):
    """What a message must offer to be said: see ``protocol.messages.Message``."""

    TYPE: ClassVar[str]
    SINGLES: ClassVar[tuple[str, ...]]
    LISTS: ClassVar[tuple[str, ...]]

    def to_elements(self) -> dict[str, Any]: ...


class Body(Part):
    """The signed list of element digests; nothing else, so that nothing else is shown with a part of it."""

    model_config = ConfigDict(extra="forbid")

    elements: Annotated[tuple[Digest, ...], Field(strict=False, min_length=1, max_length=elements.MAX_ELEMENTS)]


class Statement(Payload):
    """The signed payload of a statement."""

    MAX_BYTES: ClassVar[int] = 256 * 1024  # 1,024 digests and 1,024 mids at their longest

    crit: Crit
    type: Annotated[str, Field(pattern=r"^urn:itx:[a-z][a-z-]{0,63}:[1-9][0-9]{0,3}$")]
    mid: MessageId
    iat: Millis
    thread: CaseId | DossierId | MatterId
    re: Annotated[tuple[MessageId, ...], Field(strict=False, max_length=MAX_RE)]
    due: Millis | None
    hand: Annotated[tuple[Word, ...], Field(strict=False, max_length=elements.MAX_RESTRICTIONS)]
    body: Body
    att: NamedList

    @model_validator(mode="after")
    def _re_is_a_sorted_set(self) -> Self:
        if list(self.re) != sorted(set(self.re)):
            raise ValueError("re must be sorted, each once")
        return self

    @property
    def elements(self) -> tuple[str, ...]:
        """The digests of the elements, in order."""
        return self.body.elements

    @property
    def digests(self) -> tuple[str, ...]:
        """The digests of everything disclosed beside it, in order: its elements, then its attachments."""
        return (*self.elements, *(one.disclosure for one in self.att))


@dataclass(frozen=True, slots=True)
class Composed:
    """A statement about to be signed, with what will be sealed beside it: its elements, then its attachments."""

    statement: Statement
    payload: bytes
    disclosures: tuple[Disclosure, ...]
    salt: bytes

    @property
    def digest(self) -> str:
        """``st``: what receipts call this statement."""
        return sha256(self.payload).hexdigest()


def compose(
    message: Speech,
    *,
    net: str,
    mid: str,
    sender: str,
    to: str,
    iat: int,
    thread: str,
    re: Sequence[str],
    due: int | None,
    hand: Sequence[str],
    salt: Callable[[int], bytes],
    att: Sequence[Attachment] = (),
) -> Composed:
    """Put ``message`` into a statement; ``salt`` gives random bytes. ValidationError if a part is ill-formed.

    The attachments stand under the restrictions of the message.
    """
    members = message.to_elements()
    disclosures = elements.split(members, message.SINGLES, message.LISTS, salt)
    described = attachments.describe(att, tuple(members.get("restrictions") or ()), salt)
    statement = Statement.model_validate(
        {
            "v": VERSION,
            "net": net,
            "crit": (),
            "type": message.TYPE,
            "mid": mid,
            "from": sender,
            "to": to,
            "iat": iat,
            "thread": thread,
            "re": tuple(sorted(set(re))),
            "due": due,
            "hand": tuple(hand),
            "body": {"elements": tuple(disclosure.digest for disclosure in disclosures)},
            "att": tuple(one.sealed | {"disclosure": told.digest} for one, told in zip(att, described, strict=True)),
        }
    )
    return Composed(statement, statement.payload(), (*disclosures, *described), salt(STC_SALT_BYTES))
