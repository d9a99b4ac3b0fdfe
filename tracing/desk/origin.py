"""Where an HTTP request comes from, when reverse proxies stand before the desk.

Rules
- Only a proxy that ``trusted_proxies`` names is believed; from anybody else ``X-Forwarded-For`` is not even read.
- The header is read from its end: each trusted proxy wrote down whom it heard from, so the first address from the right
  that is no trusted proxy is the one that cannot be made up by whoever stands behind it.
- What is no address ends the reading: the last proxy that is known stands for what it hides.

    address_of(http_request.remote, headers.getall("X-Forwarded-For", ()), networks)
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

__all__ = ["Network", "address_of"]

Network = IPv4Network | IPv6Network
MOST_HOPS = 10  # nobody builds a longer chain


def address_of(peer: str | None, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The address to hold to account, as text; the peer's own where no trusted proxy speaks for another."""
    at = _address(peer or "")
    if at is None or not _is_trusted(at, trusted):
        return peer or ""
    for hop in reversed(",".join(forwarded).rsplit(",", MOST_HOPS)[-MOST_HOPS:]):
        said = _address(hop)
        if said is None:
            break
        at = said
        if not _is_trusted(at, trusted):
            break
    return str(at)


def _is_trusted(address: IPv4Address | IPv6Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
