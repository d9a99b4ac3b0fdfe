"""Names of the wire: strings that cannot be malformed.

- ``AuthorityId``  ``ke``, ``xb.customs``: ``[a-z0-9][a-z0-9.-]{1,62}``, never reused.
- ``MessageId``    ``ke:0198c5f0-...``: the authority that made it and a UUIDv7 (RFC 9562) in its usual spelling.
- ``ReceiptId``    the same for receipts.
- ``CaseId``       ``ke.0198c5f0...``: the requesting authority and a UUIDv7 in 32 hex digits; safe in a URL.
- ``DossierId``    ``ke.d0198c5f0...``: the same with a ``d``.
- ``MatterId``     ``ke.m0198c5f0...``: the same with an ``m``, named after whichever authority began it.
- ``KeyId``        an RFC 7638 thumbprint: canonical base64url of a SHA-256.

Building one checks it (ValueError); models of pydantic may use them as types, and then take strings only.

    MessageId.new(AuthorityId("ke"), uuid).authority  ->  "ke"
"""

import re
from typing import Any, ClassVar, Self
from uuid import UUID

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

__all__ = ["AuthorityId", "CaseId", "DossierId", "KeyId", "MatterId", "MessageId", "ReceiptId"]

_AUTHORITY = r"[a-z0-9][a-z0-9.-]{1,62}"
_UUID7 = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_HEX7 = r"[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}"


class _Name(str):
    """A string of a given form, at most ``MOST`` characters."""

    __slots__ = ()
    FORM: ClassVar[re.Pattern[str]]
    MOST: ClassVar[int] = 128  # the longest form has 100; the bound keeps hostile input away from the pattern

    def __new__(cls, text: str) -> Self:
        if len(text) > cls.MOST or cls.FORM.fullmatch(text) is None:
            raise ValueError(f"not a well formed {cls.__name__}")
        return super().__new__(cls, text)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(strict=True, max_length=cls.MOST)
        return core_schema.no_info_after_validator_function(cls, text)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(schema) | {"pattern": f"^{cls.FORM.pattern}$"}


class AuthorityId(_Name):
    """One authority of one State."""

    __slots__ = ()
    FORM = re.compile(_AUTHORITY)


class KeyId(_Name):
    """The thumbprint of a public key."""

    __slots__ = ()
    FORM = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")


class _Numbered(_Name):
    """``<authority>:<uuid>``."""

    __slots__ = ()
    FORM = re.compile(f"{_AUTHORITY}:{_UUID7}")

    @classmethod
    def new(cls, authority: str, uuid: UUID) -> Self:
        return cls(f"{authority}:{uuid}")

    @property
    def authority(self) -> AuthorityId:
        return AuthorityId(self.partition(":")[0])


class MessageId(_Numbered):
    """One message, for ever. Its authority must be the sender."""

    __slots__ = ()


class ReceiptId(_Numbered):
    """One receipt. Its authority must be the one that signs it."""

    __slots__ = ()


class _Opened(_Name):
    """``<authority>.<hex>``: named after the authority that opened it."""

    __slots__ = ()
    MARK: ClassVar[str] = ""

    @classmethod
    def new(cls, authority: str, uuid: UUID) -> Self:
        return cls(f"{authority}.{cls.MARK}{uuid.hex}")

    @property
    def requester(self) -> AuthorityId:
        return AuthorityId(self.rpartition(".")[0])


class CaseId(_Opened):
    """One weapon asked about by one authority at another."""

    __slots__ = ()
    FORM = re.compile(rf"{_AUTHORITY}\.{_HEX7}")


class DossierId(_Opened):
    """One seizure: many cases."""

    __slots__ = ()
    MARK = "d"
    FORM = re.compile(rf"{_AUTHORITY}\.d{_HEX7}")


class MatterId(_Opened):
    """One matter between two authorities outside any case: a piece of information, a profile, a reconciliation."""

    __slots__ = ()
    MARK = "m"
    FORM = re.compile(rf"{_AUTHORITY}\.m{_HEX7}")
