"""Which addresses a connection may lead to: public ones, and those of our own networks that the settings allow.

Rules
- Judged is the very address a socket is made for (``gate``), after the name was looked up: what a name is made to say
  between two look-ups changes nothing, and a redirect would be judged like the rest.
- Public is what the registries of RFC 6890 call global, and for IPv6 only 2000::/3 without 6to4 (RFC 3056), whose
  addresses hold one of IPv4. An address that maps or translates one of IPv4 (::ffff:0:0/96; 64:ff9b::/96, RFC 6052) is
  judged as that one.

    connector = HearingConnector(most_bytes, socket_factory=gate(allowed))
"""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final

__all__ = ["AddressRefused", "Network", "gate", "is_public", "may_reach", "written"]

Network = IPv4Network | IPv6Network
GLOBAL_V6: Final = IPv6Network("2000::/3")
TRANSLATED: Final = IPv6Network("64:ff9b::/96")
HELD_BACK: Final = (IPv6Network("2002::/16"), IPv6Network("3fff::/20"))


class AddressRefused(OSError):
    """A name led to an address of a network of ours that the settings do not allow; nothing was connected."""


def written(host: str) -> IPv4Address | IPv6Address | None:
    """The address that ``host`` is, in any form a system takes one (``0x7f.1``, ``2130706433``); None for a name."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it belongs to nobody's inner network, nor to many at once."""
    address = _meant(address)
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    held_back = any(address in network for network in HELD_BACK)
    return address in GLOBAL_V6 and address.is_global and not held_back


def may_reach(address: IPv4Address | IPv6Address, allowed: Sequence[Network]) -> bool:
    """Whether a connection may lead there."""
    meant = _meant(address)
    return is_public(meant) or any(meant in network for network in allowed if network.version == meant.version)


def gate(allowed: Sequence[Network]) -> Callable[[tuple[Any, ...]], socket.socket]:
    """What makes the sockets of aiohttp's connector, and none to an address that may not be reached."""

    def make(info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _name, place = info
        if not may_reach(ip_address(place[0]), allowed):
            raise AddressRefused("the name leads to an inner address that the settings do not allow")
        return socket.socket(family, kind, protocol)

    return make


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFF_FFFF) if address in TRANSLATED else address
