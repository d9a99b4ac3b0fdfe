"""Who stamps the time on evidence that leaves, if anybody."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["EvidenceSettings"]

WIDEST = {4: 8, 6: 7}  # 10.0.0.0/8, fc00::/7


class EvidenceSettings(BaseModel):
    """A time-stamp authority (RFC 3161). Without one nothing is asked; where it is away evidence leaves without."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
    timestamp_url: Annotated[str, Field(max_length=500)] = ""  # e.g. "http://tsa.example.org/"; its answers are signed
    timestamp_ca: Annotated[str, Field(max_length=500)] = ""  # PEM: who must vouch for it; empty: any certificate
    allow: Annotated[tuple[IPv4Network | IPv6Network, ...], Field(max_length=100)] = ()  # inner networks it may be in

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        if self.timestamp_url:
            parts = urlsplit(self.timestamp_url)
            plain = self.timestamp_url.isascii() and self.timestamp_url.isprintable() and " " not in self.timestamp_url
            if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or not plain:
                raise ValueError("expected an address such as http://tsa.example.org/ in timestamp_url of [evidence]")
        if self.timestamp_ca and not Path(self.timestamp_ca).is_absolute():
            raise ValueError("expected an absolute path in timestamp_ca of [evidence]")
        if any(network.prefixlen < WIDEST[network.version] for network in self.allow):
            raise ValueError('expected networks of your own in allow of [evidence], e.g. "10.1.2.3/32"')
        return self
