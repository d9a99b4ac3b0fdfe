"""Two States' desks, founded once; every test opens cases of its own."""

from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from tests.desk.station import Caller, Station, add_letter_state, open_station, serve


@pytest.fixture(scope="session")
async def stations(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Station]]:
    folder = tmp_path_factory.mktemp("stations")
    made = {"br": open_station(folder, "br", "BRA"), "at": open_station(folder, "at", "AUT", release="two")}
    made["br"].knows(made["at"])
    made["at"].knows(made["br"])
    add_letter_state(made["br"])
    yield made
    for station in made.values():
        station.close()


@pytest.fixture(scope="session")
def br(stations: dict[str, Station]) -> Station:
    """A node that releases with one person."""
    return stations["br"]


@pytest.fixture(scope="session")
def at(stations: dict[str, Station]) -> Station:
    """A node that releases with two persons."""
    return stations["at"]


As = Callable[..., Caller]


@pytest.fixture(scope="session")
async def urls(br: Station, at: Station) -> AsyncIterator[dict[str, str]]:
    async with serve(br.desk) as (br_url, _), serve(at.desk) as (at_url, _):
        yield {"br": br_url, "at": at_url}


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


@pytest.fixture
def at_br(http: aiohttp.ClientSession, urls: dict[str, str], br: Station) -> As:
    """``at_br("ada")`` calls Brazil's desk as ada; ``at_br()`` as nobody."""
    return lambda name=None: Caller(http, urls["br"], br.tokens[name] if name else None)


@pytest.fixture
def at_at(http: aiohttp.ClientSession, urls: dict[str, str], at: Station) -> As:
    """The same at Austria's desk."""
    return lambda name=None: Caller(http, urls["at"], at.tokens[name] if name else None)
