"""Bundles at the desk: made and taken in on a page, by nodes that run and reach each other by file only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.bundles.bags import everything
from tests.pages.browsing import Page, Visitor
from tests.pages.test_pages import mistakes
from tests.world import OFFICER, World, ask
from tracing.desk.passwords import hash_password
from tracing.store import Tx, people

PASSWORD = "correct horse battery staple"


@pytest.fixture
async def running(w: World) -> World:
    hashed = hash_password(PASSWORD)
    for name in ("br", "at"):

        def add(tx: Tx) -> None:
            for user, role in (("ada", "officer"), ("len", "liaison"), ("sys", "admin")):
                people.add_user(tx, user, role, hashed, "en", "test")

        w[name].store.write_now(add)
        await w[name].start()
    return w


@asynccontextmanager
async def at_desk(w: World, authority: str, name: str = "ada") -> AsyncIterator[Visitor]:
    async with Visitor(f"http://{w[authority].settings.desk}") as visitor:
        await visitor.sign_in(name, PASSWORD)
        yield visitor


async def made(visitor: Visitor, to: str) -> tuple[bytes, Any]:
    """The download for a counterpart, and its headers."""
    form = (await visitor.get("/bundles")).form(f"/bundles/{to}")
    session, url = visitor._session, f"{visitor.url}/bundles/{to}"
    async with session.post(url, data={"csrf": form["csrf"][0]}) as response:
        assert response.status == 200, await response.text()
        return await response.read(), response.headers


async def brought(visitor: Visitor, content: bytes, field: str = "bundle") -> Page:
    form = (await visitor.get("/bundles")).form("/bundles")
    data = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
    data.add_field("csrf", form["csrf"][0])
    data.add_field(field, content, filename="br-at.itx", content_type="application/octet-stream")
    return await visitor.upload("/bundles", data)


async def test_a_request_and_its_receipts_go_by_files_made_and_taken_at_the_desk(running: World) -> None:
    case = (await running["br"].office.request(OFFICER, ask("at"))).case
    async with at_desk(running, "br") as br, at_desk(running, "at", "sys") as at:
        there, headers = await made(br, "at")
        assert headers["Content-Disposition"].startswith('attachment; filename="br-at-')
        page = await brought(at, there)
        assert (page.status, mistakes(page), "What came from Brazil" in page.text) == (200, [], True)
        back, _ = await made(at, "br")
        page = await brought(br, back)
        assert (page.status, mistakes(page)) == (200, [])
    assert (await running.case("br", case)).state == "delivered"
    assert not [one for one in running["at"].folder.path.iterdir() if one.name.startswith((".", "new-"))]


async def test_a_case_shows_that_its_message_goes_by_file_and_in_which_bundle(running: World) -> None:
    case = (await running["br"].office.request(OFFICER, ask("at"))).case
    async with at_desk(running, "br") as br:
        assert "goes by file" in (await br.get(f"/cases/{case}")).text
        await made(br, "at")
        page = await br.get(f"/cases/{case}")
        assert (mistakes(page), "in the bundle br:" in page.text) == ([], True)
    [one] = (await running.case("br", case)).delivery
    assert (one["stage"], one["carrier"], one["next_try"]) == ("sent", "file", None)


async def test_a_file_that_is_no_bundle_is_refused_on_the_page_and_changes_nothing(running: World) -> None:
    before = await everything(running, "at")
    async with at_desk(running, "at") as at:
        page = await brought(at, b"Dear colleagues")
        assert (page.status, mistakes(page), "not-a-bundle" in page.text) == (422, [], True)
        assert (await brought(at, b"")).status == 422
        assert (await brought(at, b"x", "card")).status == 400
    assert await everything(running, "at") == before


async def test_nothing_is_made_for_a_counterpart_that_is_not_known(running: World) -> None:
    async with at_desk(running, "br") as br:
        form = (await br.get("/bundles")).form("/bundles/at")
        page = await br.post("/bundles/xb", form)
        assert (page.status, "xb is no counterpart with a node" in page.text) == (422, True)


async def test_who_only_reads_carries_nothing(running: World) -> None:
    async with at_desk(running, "br", "len") as br:
        assert (await br.get("/bundles")).status == 403
        assert "/bundles" not in (await br.get("/counterparts")).html
