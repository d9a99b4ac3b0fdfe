"""Over the API a header says whether the time-stamp that was asked for came; the file is handed out either way."""

import io

import pytest
from aiohttp import web

from keys import evidence
from tests.desk.conftest import As
from tests.desk.station import Station
from tests.desk.test_api_evidence import received as received  # noqa: PLC0414 - the same case
from tests.stamping.conftest import authority as authority  # noqa: PLC0414 - the same authority
from tests.stamping.conftest import counter as counter  # noqa: PLC0414 - the same
from tests.stamping.conftest import open_counter as open_counter  # noqa: PLC0414 - the same
from tests.stamping.counter import Counter
from tests.stamping.test_asking import stamper_at


@pytest.fixture(autouse=True)
def asking(at: Station, counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at.office, "stamper", stamper_at(counter))


async def test_a_stamped_file_says_so_in_a_header(
    at_at: As, br: Station, at: Station, received: tuple[str, str]
) -> None:
    async with at_at("ada").call("GET", f"/api/v1/cases/{received[0]}/evidence") as response:
        data, said = await response.read(), response.headers["X-Timestamp"]
    found = evidence.verify(io.BytesIO(data), {"br": br.card.digest, "at": at.card.digest})
    assert found.stamp is not None
    assert said.startswith("given: 20")


async def test_a_file_without_the_stamp_that_was_asked_for_says_why(
    at_at: As, br: Station, at: Station, received: tuple[str, str], counter: Counter
) -> None:
    async def away(_: web.Request, __: bytes) -> web.StreamResponse:
        return web.Response(status=500)

    counter.reply = away
    async with at_at("ada").call("GET", f"/api/v1/cases/{received[0]}/evidence") as response:
        data, said = await response.read(), response.headers["X-Timestamp"]
    assert "-not-stamped.itx-evidence" in response.headers["Content-Disposition"]
    found = evidence.verify(io.BytesIO(data), {"br": br.card.digest, "at": at.card.digest})
    assert (response.status, found.stamp, said) == (200, None, "not given: it answered with the status 500")
