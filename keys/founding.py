"""The founding request: the small file a new node writes, so that its holders can make its first root elsewhere.

Rules
- It holds names and public keys only, and may travel on any stick.
- Nothing vouches for it but its digest: the node shows it, the ceremony's machine shows it, an officer compares. A
  request altered on the way would put a stranger's keys under the State's root.

Example
    request = found(vault, random, net="real", auth="ke", country="KEN", name="Kenya")
    (home / "founding.json").write_bytes(request.to_bytes())
    groups(request.digest)  # shown on both machines
"""

import hashlib
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from keys.algorithms import Random
from keys.documents import Name, SignedModel, admit_key, parse_payload, unique
from keys.errors import DocumentMalformed
from keys.roots import MOST_ONLINE_KEYS, Country, OnlineKey
from keys.uses import PublicKeyRecord, Use, first_keys
from keys.vault import Vault
from protocol.names import AuthorityId

__all__ = ["FoundingRequest", "found", "make_first_keys", "online_keys", "read_founding"]

Network = Literal["real", "training"]
MAX_FOUNDING_BYTES: Final = 128 * 1024


class FoundingRequest(SignedModel):
    """What the node asks its holders to put into the first root."""

    itx_founding: Literal[1]
    net: Network
    auth: AuthorityId
    country: Country
    name: Name
    keyset: Annotated[tuple[OnlineKey, ...], Field(min_length=1, max_length=MOST_ONLINE_KEYS)]

    @model_validator(mode="after")
    def _keys_differ(self) -> Self:
        unique("a key", [key.kid for key in self.keyset])
        return self

    def to_bytes(self) -> bytes:
        """The file."""
        return self.payload()

    @property
    def digest(self) -> str:
        """What to compare on both machines: SHA-256 of the file, hex."""
        return hashlib.sha256(self.payload()).hexdigest()


def found(vault: Vault, random: Random, *, net: str, auth: str, country: str, name: str) -> FoundingRequest:
    """Make the node's first keys in a new vault, and the request for a root over them."""
    make_first_keys(vault, random)
    members = {"itx_founding": 1, "net": net, "auth": auth, "country": country, "name": name}
    return FoundingRequest.model_validate(members | {"keyset": online_keys(vault.records(Use.KEYSET))})


def make_first_keys(vault: Vault, random: Random) -> None:
    """One key for each line of ``first_keys``."""
    for use, alg in first_keys(on_hardware=vault.hardware is not None):
        vault.new_key(use, alg, random)


def online_keys(records: tuple[PublicKeyRecord, ...]) -> tuple[OnlineKey, ...]:
    """The keys of the role keyset as a root lists them."""
    return tuple(OnlineKey.model_validate({"kid": each.kid, "alg": each.alg, "pub": each.pub}) for each in records)


def read_founding(data: bytes) -> FoundingRequest:
    """The request in these bytes, its keys admitted; DocumentMalformed or KeyRefused."""
    if len(data) > MAX_FOUNDING_BYTES:
        raise DocumentMalformed(f"a founding request has at most {MAX_FOUNDING_BYTES} bytes, this one {len(data)}")
    request = parse_payload(FoundingRequest, data)
    for key in request.keyset:
        admit_key(key.alg, key.pub, key.kid)
    return request
