"""Whose address counts where somebody signs in: behind proxies, and behind nobody."""

from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path

import aiohttp
import pytest

from tests.desk.station import Station, open_desk_again, serve
from tracing.desk.origin import address_of
from tracing.desk.pages import install as install_pages
from tracing.desk.throttle import FREE_BY_ADDRESS
from tracing.settings import ConfigInvalid, Settings

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.2.3.4, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["1.2.3.4", "198.51.100.1, 10.0.0.7"], "198.51.100.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.1", ["1.2.3.4, unknown, 10.0.0.7"], "10.0.0.7"),
        ("10.0.0.1", ["," * 5000], "10.0.0.1"),
        ("10.0.0.1", ["10.0.0.2, " * 500 + "10.0.0.3"], "10.0.0.2"),
        ("::ffff:10.0.0.1", ["[2001:db8::7]"], "2001:db8::7"),
        ("fd00::1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        (None, ["198.51.100.1"], ""),
        ("", ["198.51.100.1"], ""),
    ],
)
def test_only_what_a_trusted_proxy_saw_is_believed(peer: str | None, forwarded: Sequence[str], address: str) -> None:
    assert address_of(peer, forwarded, PROXIES) == address


def test_without_trusted_proxies_the_header_means_nothing() -> None:
    assert address_of("10.0.0.1", ["198.51.100.1"], ()) == "10.0.0.1"


@pytest.mark.parametrize(("trusted", "status"), [((), 429), (("127.0.0.0/8",), 401)])
async def test_guessing_behind_a_proxy_is_counted_by_who_guesses(
    br: Station, http: aiohttp.ClientSession, trusted: tuple[str, ...], status: int
) -> None:
    settings = br.settings.model_copy(update={"trusted_proxies": tuple(map(ip_network, trusted))})
    async with serve(open_desk_again(br, settings=settings), install_pages) as (url, _):
        for number in range(FREE_BY_ADDRESS + 1):
            form = {"name": f"nobody{number}", "password": "x"}
            headers = {"X-Forwarded-For": f"198.51.100.{number}"}
            async with http.post(f"{url}/sign-in", data=form, headers=headers) as response:
                last = response.status
    assert last == status


def test_a_network_that_is_none_is_refused(tmp_path: Path) -> None:
    known = home_with_a_slip(tmp_path)
    with pytest.raises(ConfigInvalid, match="trusted_proxies"):
        Settings.load(known)


def home_with_a_slip(home: Path) -> Path:
    Settings(authority="br", country="BRA", name="Bureau", net="training").write(home)
    text = (home / "node.toml").read_text("utf-8")
    (home / "node.toml").write_text(text.replace("trusted_proxies = []", 'trusted_proxies = ["10.0.0.1/8"]'), "utf-8")
    return home
