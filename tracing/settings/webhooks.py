"""Which receivers of reminders this node may call, beside those with a public address."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["WebhookSettings"]

WIDEST = {4: 8, 6: 7}  # 10.0.0.0/8, fc00::/7


class WebhookSettings(BaseModel):
    """Where webhooks may lead, and what may stand in them; administrators name the webhooks themselves at the desk."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
    allow: Annotated[tuple[IPv4Network | IPv6Network, ...], Field(max_length=100)] = ()  # e.g. ["10.1.2.3/32"]
    authorities_file: Annotated[str, Field(max_length=500)] = ""  # PEM, who vouches for receivers; empty: the system's
    names_counterparts: bool = False  # whether a webhook may name the State a case is with

    @model_validator(mode="after")
    def _is_narrow(self) -> Self:
        if any(network.prefixlen < WIDEST[network.version] for network in self.allow):
            raise ValueError('expected networks of your own in allow of [webhooks], e.g. "10.1.2.3/32"')
        if self.authorities_file and not Path(self.authorities_file).is_absolute():
            raise ValueError("expected an absolute path in authorities_file of [webhooks]")
        return self
