"""Our own card on the desk: the digest in groups and as a QR code that a reader reads; the contact card edited."""

from collections.abc import AsyncIterator

import pytest

from keys import card as cards
from tests.desk.station import PASSWORD, Station, open_desk_again, open_station, serve
from tests.pages.browsing import Visitor
from tests.pages.test_pages import mistakes
from tracing.desk.pages import install
from tracing.trust.contacts import edited_contact, own_contact


@pytest.fixture(scope="module")
def ke(tmp_path_factory: pytest.TempPathFactory) -> Station:
    return open_station(tmp_path_factory.mktemp("card"), "ke", "KEN")


@pytest.fixture
async def url(ke: Station) -> AsyncIterator[str]:
    async with serve(open_desk_again(ke), install) as (url, _):
        yield url


@pytest.fixture
async def eva(url: str) -> AsyncIterator[Visitor]:
    """An approver of Kenya."""
    async with Visitor(url) as visitor:
        await visitor.sign_in("eva", PASSWORD)
        yield visitor


async def test_the_digest_stands_in_sixteen_groups_beside_a_qr_code(ke: Station, eva: Visitor) -> None:
    page = await eva.get("/card")
    assert (page.status, mistakes(page)) == (200, [])
    lines = [each.text for each in page.tree.all("bdi", class_="code")]
    assert cards.groups(ke.card.digest) in " ".join(lines)
    (code,) = page.tree.all("svg", class_="qr")
    assert (code.attrs["role"], code.attrs["aria-label"]) == ("img", "The digest as a QR code")
    assert "href" not in str([each.attrs for each in code.all("path")])


async def test_the_file_offered_is_the_card_of_the_command(ke: Station, eva: Visitor) -> None:
    page = await eva.get("/card/file")
    assert cards.Card.read(page.html.encode()).digest == ke.card.digest
    assert page.headers["Content-Disposition"] == 'attachment; filename="ke.card"'


async def test_an_edited_contact_card_counts_from_then_on(ke: Station, eva: Visitor) -> None:
    form = await eva.get("/card/contact")
    assert (form.status, mistakes(form)) == (200, [])
    page = await eva.send(
        form, "/card/contact", name=["Trace desk"], phone=["+254 20 1"], languages=["en\r\nsw"],
        holidays=["2026-12-25\r\n2026-12-26"], marking_practices=["Import marks: KE and the year."],
        points__0__name=["Night desk"], points__0__phone=["+254 20 2"], points__0__languages=["sw"],
    )  # fmt: skip
    assert (page.status, page.url.endswith("/card"), "Night desk" in page.text, mistakes(page)) == (200, True, True, [])
    contact = ke.store.read_now(lambda view: own_contact(view, ke.settings))
    assert (contact.languages, contact.holidays, contact.points[0].phone) == (
        ("en", "sw"), ("2026-12-25", "2026-12-26"), "+254 20 2",
    )  # fmt: skip
    again = (await eva.get("/card/contact")).form("/card/contact")
    assert again["holidays"] == ["2026-12-25\n2026-12-26"]


async def test_one_more_point_is_one_more_row(eva: Visitor) -> None:
    page = await eva.send(
        await eva.get("/card/contact"),
        "/card/contact",
        name=["Trace desk"],
        points__0__name=["Night desk"],
        more=["points"],
    )
    assert (page.status, "points.1.name" in page.form("/card/contact")) == (200, True)


@pytest.mark.parametrize(
    ("field", "value"),
    [("languages", "english"), ("holidays", "Christmas"), ("email", "x" * 201), ("marking_practices", "x" * 4001)],
)
async def test_what_is_no_contact_card_comes_back_and_changes_nothing(
    ke: Station, eva: Visitor, field: str, value: str
) -> None:
    before = ke.store.read_now(edited_contact)
    page = await eva.send(await eva.get("/card/contact"), "/card/contact", name=["Other"], **{field: [value]})
    assert (page.status, mistakes(page), value in page.html) == (422, [], True)
    assert ke.store.read_now(edited_contact) == before


async def test_an_officer_sees_the_card_and_edits_it_not(ke: Station, url: str) -> None:
    async with Visitor(url) as ada:
        await ada.sign_in("ada", PASSWORD)
        assert ((await ada.get("/card")).status, (await ada.get("/card/contact")).status) == (200, 403)
