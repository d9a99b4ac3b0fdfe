"""What every signed payload shares: its version, its network, its bounds, and how it is read and judged.

Rules
- Models are strict and frozen; every list and every text has a bound.
- Members of a later minor version are kept (``unknown``) and shown as not understood. What must be understood is named
  in ``crit``: nothing is yet, so any name there is refused.
- A payload of another major version is refused as such, even where its shape is one we do not know.
- Refusals name the member and the rule, never the value.
"""

from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from protocol import strictjson
from protocol.errors import SchemaInvalid, UnsupportedExtension, UnsupportedVersion, WrongNetwork, WrongRecipient
from protocol.names import AuthorityId

__all__ = [
    "VERSION", "Content", "Count", "Crit", "Digest", "Keyset", "Millis", "Net", "Part", "Payload", "Word",
    "check_addressee", "check_understood", "first_fault",
]  # fmt: skip

VERSION: Final = 1
UNDERSTOOD: Final[frozenset[str]] = frozenset()  # names ``crit`` may bear

Net = Literal["real", "training"]
Word = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.:-]{0,63}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Millis = Annotated[int, Field(ge=0, le=strictjson.MAX_INTEGER)]
Count = Annotated[int, Field(ge=0, le=strictjson.MAX_INTEGER)]
# strict=False: JSON has lists only, and a frozen model wants tuples. What is inside stays strict.
Crit = Annotated[tuple[Word, ...], Field(strict=False, max_length=16)]


class Part(BaseModel):
    """An object inside a payload."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow", hide_input_in_errors=True)

    @property
    def unknown(self) -> dict[str, Any]:
        """Members this version does not define."""
        return dict(self.model_extra or {})


class Keyset(Part):
    """Which version of its sender's keyset an object was made under."""

    ver: Annotated[int, Field(ge=1, le=strictjson.MAX_INTEGER)]
    sha256: Digest


class Content(Part):
    """The signed content of one slot, said by one authority. ``MAX_BYTES`` bounds it before it is read."""

    MAX_BYTES: ClassVar[int]
    OPTIONAL: ClassVar[tuple[str, ...]] = ()  # members that are left out, not null, when there is nothing to say

    v: int
    net: Net
    from_: AuthorityId = Field(alias="from")

    def payload(self) -> bytes:
        """The canonical bytes, as its writer signs them."""
        members = self.model_dump(by_alias=True)
        for name in self.OPTIONAL:
            if members[name] is None:
                del members[name]
        return strictjson.dump(members)

    @classmethod
    def read(cls, data: bytes) -> Self:
        """The payload these bytes spell. SchemaInvalid, TooLarge, or UnsupportedVersion if it is another version's."""
        members = strictjson.load(data, cls.MAX_BYTES)
        try:
            return cls.model_validate(members)
        except ValidationError as error:
            if isinstance(members, dict) and type(members.get("v")) is int and members["v"] != VERSION:
                raise UnsupportedVersion(f"expected version {VERSION}") from error
            raise SchemaInvalid(first_fault(cls.__name__, error)) from error


class Payload(Content):
    """What is said to one other authority."""

    to: AuthorityId


def first_fault(name: str, error: ValidationError) -> str:
    """Where a model does not fit and by which rule, without the value."""
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    known = fault["loc"][:-1] if fault["type"] == "extra_forbidden" else fault["loc"]  # the last is its sender's word
    where = ".".join(str(step) for step in known)
    return f"{name}: {where}: {fault['type']}"


def check_understood(v: int, crit: tuple[str, ...]) -> None:
    """UnsupportedVersion or UnsupportedExtension unless this node speaks it."""
    if v != VERSION:
        raise UnsupportedVersion(f"expected version {VERSION}, got {v}")
    if not UNDERSTOOD.issuperset(crit):
        raise UnsupportedExtension(f"expected crit to name only {sorted(UNDERSTOOD)}")


def check_addressee(payload: Payload, *, me: str, net: str) -> None:
    """WrongNetwork or WrongRecipient unless it is for this node."""
    if payload.net != net:
        raise WrongNetwork(f"expected network {net}, got {payload.net}")
    if payload.to != me:
        raise WrongRecipient(f"expected recipient {me}, got {payload.to}")
