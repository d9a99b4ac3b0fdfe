"""The mail server that reminders leave through, and addresses as RFC 5321 (section 4.1.2) spells the plain ones.

Rules
- An address is ASCII, without quotes, comments or a display name: nothing in it can end a line or a header.
- A connection that is not encrypted is for a server on this machine alone; STARTTLS that is asked for is never skipped.
- The password is in a file of its own, or in the systemd credential ``tracing-mail``; never here.
"""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, field_validator, model_validator
from pydantic_core import CoreSchema, core_schema

from tracing.settings.values import Address

__all__ = ["MailSettings", "Mailbox"]

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_FORM = re.compile(rf"(?=.{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?P<domain>{_LABEL}(?:\.{_LABEL})*)")
LONGEST = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets


class Mailbox(str):
    """One address that mail goes to, or "" for none. Building it from anything else raises ValueError."""

    __slots__ = ()

    def __new__(cls, text: Any) -> Self:
        if not isinstance(text, str) or (text and (len(text) > LONGEST or _FORM.fullmatch(text) is None)):
            raise ValueError("expected one plain mail address such as desk@tracing.example")
        return super().__new__(cls, text)

    @property
    def domain(self) -> str:
        """What stands behind the @."""
        return self.rpartition("@")[2]

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(cls)


class MailSettings(BaseModel):
    """Where reminders leave by mail, and what may stand in them. Without ``server`` the node sends none."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
    server: Annotated[str, Field(max_length=260)] = ""  # HOST:PORT, e.g. mail.example.org:587
    security: Literal["starttls", "tls", "none"] = "starttls"  # tls: from the first byte, usually at port 465
    sender: Mailbox = Mailbox("")  # what mails come from, and where a server sends them back
    user: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""  # empty: no sign-in
    password_file: Annotated[str, Field(max_length=500)] = ""  # or the systemd credential tracing-mail
    authorities_file: Annotated[str, Field(max_length=500)] = ""  # PEM, who vouches for the server; empty: the system's
    names_counterparts: bool = False  # whether mails and calendar feeds may name the State a case is with
    officers: Mailbox = Mailbox("")  # of the team: what goes to all officers goes there and not to each of them
    approvers: Mailbox = Mailbox("")  # the same of all approvers
    bounces: Annotated[str, Field(max_length=500)] = ""  # Maildir where what comes back to the sender is put
    language: Literal["ar", "en", "es", "fr", "ru", "zh"] = "en"  # what the teams are written to in

    @field_validator("server")
    @classmethod
    def _is_address(cls, text: str) -> str:
        return str(Address(text)) if text else text

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.server:
            return self
        if not self.sender:
            raise ValueError("sender is missing in [mail]: add the address that mails come from")
        if self.security == "none" and not self._is_here:
            raise ValueError('security = "none" in [mail] is for a server on this machine: say "starttls" or "tls"')
        for name in ("authorities_file", "bounces"):
            if (place := getattr(self, name)) and not Path(place).is_absolute():
                raise ValueError(f"expected an absolute path in {name} of [mail]")
        return self

    @property
    def at(self) -> Address:
        """The server; only where there is one."""
        return Address(self.server)

    @property
    def _is_here(self) -> bool:
        host = self.at.host
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"
