"""Which addresses are public, in whatever form they are written."""

import socket
from ipaddress import ip_address, ip_network

import pytest

from tracing.connecting.addresses import AddressRefused, gate, is_public, may_reach, written

INNER = [
    "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "192.0.0.1",
    "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:10.0.0.1", "fe80::1",
    "fc00::1", "fd12::1", "fec0::1", "ff02::1", "64:ff9b::a00:1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::",
    "2002:808:808::", "2001::1", "2001:db8::1", "3fff::1", "5f00::1", "100::1",
]  # fmt: skip
PUBLIC = ["9.9.9.9", "193.0.6.139", "2606:4700::1", "2a00:1450::1", "::ffff:9.9.9.9", "64:ff9b::909:909"]


def test_addresses_of_inner_networks_are_not_public() -> None:
    assert [one for one in INNER if is_public(ip_address(one))] == []


def test_addresses_of_anybody_else_are_public() -> None:
    assert [one for one in PUBLIC if not is_public(ip_address(one))] == []


@pytest.mark.parametrize("text", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "127.0.0.1"])
def test_an_address_is_known_in_every_form_a_system_takes(text: str) -> None:
    address = written(text)
    assert address is not None
    assert not is_public(address)


@pytest.mark.parametrize("text", ["desk.example", "localhost", "", "1.2.3.4.5", "::g"])
def test_a_name_is_no_address(text: str) -> None:
    assert written(text) is None


def test_a_network_that_is_allowed_is_reached_and_no_other() -> None:
    allowed = (ip_network("10.1.2.0/30"), ip_network("fd00::/64"))
    reached = ["10.1.2.3", "::ffff:10.1.2.3", "fd00::9", "9.9.9.9"]
    refused = ["10.1.2.4", "fd00:0:0:1::", "127.0.0.1"]
    assert [may_reach(ip_address(one), allowed) for one in reached] == [True] * len(reached)
    assert [may_reach(ip_address(one), allowed) for one in refused] == [False] * len(refused)


def test_no_socket_is_made_to_an_address_that_is_refused() -> None:
    make = gate(())
    with pytest.raises(AddressRefused, match="inner address"):
        make((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80)))
    make((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("9.9.9.9", 443))).close()
