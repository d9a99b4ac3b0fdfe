"""First contact on the pages of a real desk: two officers, one digest, and nothing believed in between."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from sqlalchemy import select

from keys import card as cards
from tests.desk.station import PASSWORD, Station, open_desk_again, open_station, serve
from tests.pages.browsing import Page, Visitor
from tests.pages.test_pages import mistakes
from tracing.desk.pages import install
from tracing.store import View
from tracing.tables import Counterpart, FirstContact, Leaf, table_of
from tracing.trust.first_contact import MOST_WAITING
from tracing.trust.introductions import Introduced, hear_introductions

_rows = [table_of(table) for table in (Counterpart, FirstContact)]
OTHER = "00" * 32


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Station]:
    folder = tmp_path_factory.mktemp("strangers")
    return {
        name: open_station(folder, name, country) for name, country in (("ke", "KEN"), ("ng", "NGA"), ("k.e", "KEN"))
    }


@pytest.fixture
async def url(made: dict[str, Station]) -> AsyncIterator[str]:
    """Kenya's desk, which knows nobody."""
    async with serve(open_desk_again(made["ke"]), install) as (url, _):
        yield url
    for table in _rows:
        made["ke"].store.write_now(lambda tx, table=table: tx.conn.execute(table.delete()))
    made["ke"].partners.reload()


@pytest.fixture
async def ada(url: str) -> AsyncIterator[Visitor]:
    async with Visitor(url) as visitor:
        await visitor.sign_in("ada", PASSWORD)
        yield visitor


@pytest.fixture
async def kay(url: str) -> AsyncIterator[Visitor]:
    async with Visitor(url) as visitor:
        await visitor.sign_in("kay", PASSWORD)
        yield visitor


def file_of(station: Station) -> bytes:
    return cards.make(station.card.root_documents, station.card.keyset_document)


async def bring(visitor: Visitor, content: bytes, digest: str, **ticked: str) -> Page:
    """Fill in the form of the first officer and send it."""
    form = (await visitor.get("/first-contact")).form("/first-contact")
    data = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
    for name, value in ({"csrf": form["csrf"][0], "digest": digest} | ticked).items():
        data.add_field(name, value)
    data.add_field("card", content, filename="ng.card", content_type="application/octet-stream")
    return await visitor.upload("/first-contact", data)


async def enter(visitor: Visitor, digest: str) -> Page:
    """The second officer's form."""
    return await visitor.send(await visitor.get("/first-contact/ng"), "/first-contact/ng", digest=[digest])


def known(station: Station) -> tuple[list[str], list[str]]:
    """Who is pinned, and whose card waits."""

    def look(view: View) -> tuple[list[str], ...]:
        return tuple(list(view.conn.execute(select(table.c.authority)).scalars()) for table in _rows)

    pinned, waiting = station.store.read_now(look)
    return pinned, waiting


def leaves(station: Station) -> int:
    """How many acts about ng the trail holds."""
    of = table_of(Leaf).c.ref
    return len(station.store.read_now(lambda view: view.conn.execute(select(of).where(of == "ng")).all()))


async def test_a_counterpart_is_pinned_when_two_officers_compared_its_digest(
    made: dict[str, Station], ada: Visitor, kay: Visitor
) -> None:
    ke, ng = made["ke"], made["ng"]
    digest, before = ng.card.digest, leaves(ke)
    page = await bring(ada, file_of(ng), cards.groups(digest).upper())
    assert (page.status, mistakes(page), known(ke), leaves(ke)) == (200, [], ([], ["ng"]), before + 1)
    second = await kay.get("/first-contact/ng")
    assert (second.status, mistakes(second), "Bureau of ng" in second.text) == (200, [], True)
    page = await enter(kay, f"\n{cards.groups(digest)}\r\n")
    assert (page.status, page.url.endswith("/counterparts/ng"), known(ke)) == (200, True, (["ng"], []))
    pinned_by = ke.store.read_now(lambda view: view.conn.execute(select(_rows[0].c.pinned_by)).scalar_one())
    assert (pinned_by, leaves(ke)) == ("ada and kay", before + 2)
    assert ke.partners.get("ng") is not None


async def test_the_same_officer_twice_pins_nobody(made: dict[str, Station], ada: Visitor) -> None:
    await bring(ada, file_of(made["ng"]), made["ng"].card.digest)
    page = await ada.get("/first-contact/ng")
    assert not [form for form in page.tree.all("form") if form.attrs["action"] == "/first-contact/ng"]
    csrf = page.form("/first-contact/ng/drop")["csrf"]
    page = await ada.post("/first-contact/ng", {"csrf": csrf, "digest": [made["ng"].card.digest]})
    assert (page.status, "somebody else" in page.text, known(made["ke"])) == (422, True, ([], ["ng"]))


async def test_the_page_of_the_second_officer_shows_no_digest(
    made: dict[str, Station], ada: Visitor, kay: Visitor
) -> None:
    digest = made["ng"].card.digest
    await bring(ada, file_of(made["ng"]), digest)
    for path in ("/first-contact", "/first-contact/ng"):
        html = (await kay.get(path)).html
        assert digest not in html
        assert cards.groups(digest)[:9] not in html
    refused = await enter(kay, OTHER)
    assert (refused.status, digest in refused.html, known(made["ke"])) == (422, False, ([], ["ng"]))


@pytest.mark.parametrize("typed", [OTHER, "12", "", "not hexadecimal at all"])
async def test_a_wrong_digest_of_the_first_officer_keeps_nothing(
    made: dict[str, Station], ada: Visitor, typed: str
) -> None:
    page = await bring(ada, file_of(made["ng"]), typed)
    assert (page.status, mistakes(page), known(made["ke"])) == (422, [], ([], []))
    assert made["ng"].card.digest not in page.html


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"\xff" * 100, b"[" * 10_000, b'{"itx_card":1,"roots":[{}],"keyset":{}}']
)
async def test_what_is_no_card_is_refused_and_nothing_kept(
    made: dict[str, Station], ada: Visitor, content: bytes
) -> None:
    page = await bring(ada, content, OTHER)
    assert (page.status, known(made["ke"])) == (422, ([], []))


async def test_our_own_card_is_no_counterpart(made: dict[str, Station], ada: Visitor) -> None:
    page = await bring(ada, file_of(made["ke"]), made["ke"].card.digest)
    assert (page.status, "this node itself" in page.text, known(made["ke"])) == (422, True, ([], []))


async def test_a_second_card_of_another_officer_waits_for_nobody(
    made: dict[str, Station], ada: Visitor, kay: Visitor
) -> None:
    await bring(ada, file_of(made["ng"]), made["ng"].card.digest)
    page = await bring(kay, file_of(made["ng"]), made["ng"].card.digest)
    assert (page.status, "confirm that one" in page.text, known(made["ke"])) == (422, True, ([], ["ng"]))


async def test_a_dropped_card_can_be_confirmed_no_more(made: dict[str, Station], ada: Visitor, kay: Visitor) -> None:
    await bring(ada, file_of(made["ng"]), made["ng"].card.digest)
    page = await kay.send(await kay.get("/first-contact/ng"), "/first-contact/ng/drop")
    assert (page.status, known(made["ke"])) == (200, ([], []))
    assert (await kay.get("/first-contact/ng")).status == 404


async def test_a_card_too_long_is_refused_before_it_is_read_whole(made: dict[str, Station], ada: Visitor) -> None:
    page = await bring(ada, b"x" * (cards.MAX_CARD_BYTES + 1), OTHER)
    assert (page.status, known(made["ke"])) == (413, ([], []))


@pytest.mark.parametrize("name", ["lin", "ted"])
async def test_who_only_reads_or_audits_compares_no_card(made: dict[str, Station], url: str, name: str) -> None:
    async with Visitor(url) as visitor:
        await visitor.sign_in(name, PASSWORD)
        for path in ("/first-contact", "/first-contact/ng"):
            assert (await visitor.get(path)).status == 403
    assert known(made["ke"]) == ([], [])


async def test_an_introduction_is_shown_and_pins_nobody(made: dict[str, Station], ada: Visitor) -> None:
    said = [Introduced("tz", "TZA", "Firearms Registry", "ab" * 32)]
    made["ke"].store.write_now(lambda tx: hear_introductions(tx, "ng", "ng:1", said, tx.now_ms))
    page = await ada.get("/first-contact")
    assert ("Firearms Registry" in page.text, "introduced by ng" in page.text, "abab" in page.html) == (
        True,
        True,
        False,
    )
    assert known(made["ke"]) == ([], [])


async def test_an_id_that_looks_like_ours_is_kept_only_when_an_officer_insists(
    made: dict[str, Station], ada: Visitor
) -> None:
    twin = made["k.e"]
    page = await bring(ada, file_of(twin), twin.card.digest)
    assert (page.status, "easily taken for" in page.text, known(made["ke"])) == (422, True, ([], []))
    assert page.tree.all("input", name="alike")
    page = await bring(ada, file_of(twin), twin.card.digest, alike="yes")
    assert (page.status, known(made["ke"])) == (200, ([], ["k.e"]))


async def test_no_more_cards_wait_than_anybody_compares(made: dict[str, Station], ada: Visitor) -> None:
    row = {"country": "KEN", "name": "n", "digest": OTHER, "card": b"", "alike": False, "compared_by": "ada"}
    rows = [row | {"authority": f"x{number}", "compared_ms": 1} for number in range(MOST_WAITING)]
    made["ke"].store.write_now(lambda tx: tx.conn.execute(table_of(FirstContact).insert(), rows))
    page = await bring(ada, file_of(made["ng"]), made["ng"].card.digest)
    assert (page.status, "confirm or drop some first" in page.text, len(known(made["ke"])[1])) == (
        422, True, MOST_WAITING,
    )  # fmt: skip
