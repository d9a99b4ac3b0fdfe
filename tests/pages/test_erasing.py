"""Erasing from the page of a case: prepared by one person, done by another; gone from every page after it."""

from tests.pages.browsing import Visitor
from tests.pages.scene import OFFICER, PASSWORD, Scene, reached, request
from tests.pages.test_pages import mistakes


async def of_austria(world: Scene, serial: str) -> str:
    """A case that Austria opened at Brazil, arrived; two persons release in Brazil."""
    asked = await world.nodes["at"].office.request(OFFICER, request("br", serial), wait_s=10)
    await reached(world.nodes["br"], asked.case, "delivered")
    return asked.case


async def test_one_person_prepares_an_erasure_and_another_does_it(
    world: Scene, officer: Visitor, approver: Visitor
) -> None:
    case = await of_austria(world, "ERASE1")
    assert f"/cases/{case}/erase" in (await officer.get(f"/cases/{case}")).html
    form = await officer.get(f"/cases/{case}/erase")
    what = next(one.attrs["value"] for one in form.tree.all("option") if one.attrs.get("value", "").endswith(" found"))
    assert (form.status, mistakes(form), "Find" in form.text) == (200, [], True)
    page = await officer.send(form, f"/cases/{case}/erase", element=[what], why=["Order 7/2026"])
    assert (page.status, "Rio de Janeiro" in page.text, f"/cases/{case}/approve" in page.html) == (200, True, False)
    waiting = await approver.get(f"/cases/{case}")
    assert (mistakes(waiting), "Erase it for good" in waiting.text, "Order 7/2026" in waiting.text) == ([], True, True)
    done = await approver.send(waiting, f"/cases/{case}/approve")
    assert (done.status, "Rio de Janeiro" in done.text) == (200, False)


async def test_what_is_not_said_is_asked_for_and_nothing_is_erased(world: Scene, officer: Visitor) -> None:
    case = await of_austria(world, "ERASE2")
    form = await officer.get(f"/cases/{case}/erase")
    page = await officer.send(form, f"/cases/{case}/erase", element=[""], why=[""])
    assert (page.status, mistakes(page)) == (422, [])
    assert (await world.nodes["br"].office.read_case(OFFICER, case)).drafts == []


async def test_where_one_person_releases_an_officer_is_offered_no_erasure(world: Scene, austrian: Visitor) -> None:
    case = await of_austria(world, "ERASE3")
    assert f"/cases/{case}/erase" not in (await austrian.get(f"/cases/{case}")).html
    assert (await austrian.get(f"/cases/{case}/erase")).status == 403


async def test_who_only_reads_erases_nothing(world: Scene) -> None:
    case = await of_austria(world, "ERASE4")
    async with Visitor(world.url("br")) as reader:
        await reader.sign_in("lee", PASSWORD)
        assert (await reader.get(f"/cases/{case}/erase")).status == 403
