"""How a counterpart is known, on its page: its contact card before and after until seen, and who introduced it."""

from collections.abc import AsyncIterator

import pytest

from keys.keyset import Contact
from tests.desk.station import PASSWORD, Station, open_desk_again, open_station, serve
from tests.pages.browsing import Page, Visitor
from tests.pages.scene import HOSTILE
from tests.pages.test_pages import mistakes
from tracing.desk.pages import install
from tracing.trust.contacts import changes_of, note_change
from tracing.trust.introductions import Introduced, hear_introductions

BEFORE = Contact(name="Desk of ng", phone="+234 9 1")
AFTER = Contact(name="Desk of ng", phone="+234 9 2", holidays=("2026-12-25",))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Station]:
    folder = tmp_path_factory.mktemp("known")
    nations = (("ke", "KEN"), ("ng", "NGA"), ("at", "AUT"))
    stations = {name: open_station(folder, name, country) for name, country in nations}
    stations["ke"].knows(stations["ng"])
    stations["ke"].knows(stations["at"])
    return stations


@pytest.fixture
def ke(made: dict[str, Station]) -> Station:
    return made["ke"]


@pytest.fixture
async def url(ke: Station) -> AsyncIterator[str]:
    async with serve(open_desk_again(ke), install) as (url, _):
        yield url


@pytest.fixture
async def eva(url: str) -> AsyncIterator[Visitor]:
    async with Visitor(url) as visitor:
        await visitor.sign_in("eva", PASSWORD)
        yield visitor


def change(station: Station, after: Contact = AFTER) -> None:
    station.store.write_now(lambda tx: note_change(tx, "ng", 2, BEFORE, after))
    station.partners.reload()


def unseen(station: Station) -> int:
    return sum(one.seen_by is None for one in station.store.read_now(lambda view: changes_of(view, "ng")))


async def seen(visitor: Visitor, page: Page) -> Page:
    return await visitor.send(page, "/counterparts/ng/contact-seen")


async def test_a_changed_card_shows_old_and_new_until_an_officer_has_seen_it(ke: Station, eva: Visitor) -> None:
    change(ke)
    page = await eva.get("/counterparts/ng")
    assert (page.status, mistakes(page), "not seen yet" in page.text) == (200, [], True)
    assert all(words in page.text for words in ("+234 9 1", "+234 9 2", "2026-12-25", "its contact card has changed"))
    page = await seen(eva, page)
    assert (page.status, unseen(ke), "seen by eva" in page.text) == (200, 0, True)
    assert "its contact card has changed" not in page.text


async def test_a_change_that_came_meanwhile_stays_unseen(ke: Station, eva: Visitor) -> None:
    change(ke)
    page = await eva.get("/counterparts/ng")
    change(ke, Contact(name="Somebody else"))
    await seen(eva, page)
    assert unseen(ke) == 1
    await seen(eva, await eva.get("/counterparts/ng"))
    assert unseen(ke) == 0


@pytest.mark.parametrize("last", ["", "x", "-1", "9" * 30, "\u0663"])
async def test_what_is_no_number_of_a_change_sees_nothing(ke: Station, eva: Visitor, last: str) -> None:
    change(ke)
    page = await eva.get("/counterparts/ng")
    form = page.form("/counterparts/ng/contact-seen") | {"last": [last]}
    assert ((await eva.post("/counterparts/ng/contact-seen", form)).status, unseen(ke)) == (400, 1)
    await seen(eva, page)


async def test_a_hostile_card_is_shown_and_acts_not(ke: Station, eva: Visitor) -> None:
    change(ke, Contact.model_validate({"name": "ng", "phone": HOSTILE, "radio": {"a": ["<b>", {"c": 1}]}}))
    page = await eva.get("/counterparts/ng")
    assert (page.status, mistakes(page), "U+202E" in page.text) == (200, [], True)
    await seen(eva, page)


async def test_who_only_reads_marks_nothing_as_seen(ke: Station, url: str) -> None:
    change(ke)
    async with Visitor(url) as lin:
        await lin.sign_in("lin", PASSWORD)
        page = await lin.get("/counterparts/ng")
        csrf = page.tree.all("input", name="csrf")[0].attrs["value"]
        refused = await lin.post("/counterparts/ng/contact-seen", {"csrf": [csrf], "last": ["1"]})
        assert (page.status, refused.status, unseen(ke)) == (200, 403, 1)


async def test_who_introduced_it_is_shown_with_what_differs(
    made: dict[str, Station], ke: Station, eva: Visitor
) -> None:
    for who, digest in (("at", made["ng"].card.digest), ("fj", "ab" * 32)):
        said = [Introduced("ng", "NGA", "Centre", digest)]
        ke.store.write_now(lambda tx, who=who, said=said: hear_introductions(tx, who, f"{who}:1", said, tx.now_ms))
    ke.partners.reload()
    page = await eva.get("/counterparts/ng")
    assert (mistakes(page), "the same digest" in page.text, "another digest" in page.text) == ([], True, True)
    assert "somebody was deceived or deceives" in page.text


async def test_a_counterpart_is_introduced_to_another_with_one_signature(ke: Station, eva: Visitor) -> None:
    page = await eva.send(await eva.get("/counterparts/ng"), "/counterparts/ng/introduce", to=["at"])
    assert (page.status, "/matters/ke.m" in page.url, "Digest of its card" in page.text) == (200, True, True)
    for to in ("ng", "zz", ""):
        form = (await eva.get("/counterparts/ng")).form("/counterparts/ng/introduce") | {"to": [to]}
        assert (await eva.post("/counterparts/ng/introduce", form)).status == 422
