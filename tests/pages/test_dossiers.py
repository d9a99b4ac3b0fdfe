"""Dossiers on pages: the list, one dossier with its buttons, and a whole dossier as one letter."""

from typing import Any

from tests.pages.browsing import Page, Visitor
from tests.pages.scene import OFFICER, Scene, reached, request
from tracing.store.dossiers import dossiers_of


def seizure(*serials: str, to: str = "at", **more: Any) -> dict[str, Any]:
    common = {name: value for name, value in request(to, "X").items() if name != "weapon"}
    weapons = [{"weapon": request(to, serial)["weapon"], "reference": f"REF-{serial}"} for serial in serials]
    return common | {"title": "Warehouse <b>at the port</b>", "weapons": weapons} | more


async def drafted(world: Scene, *serials: str, **more: Any) -> str:
    return (await world.nodes["br"].office.dossier(OFFICER, seizure(*serials, **more))).dossier


async def released(world: Scene, approver: Visitor, *serials: str, **more: Any) -> str:
    name = await drafted(world, *serials, **more)
    page = await approver.send(await approver.get(f"/dossiers/{name}"), f"/dossiers/{name}/approve")
    assert (page.status, "Released in the name" in page.text) == (200, True)
    return name


async def test_a_dossier_is_listed_and_leads_to_its_cases(world: Scene, officer: Visitor) -> None:
    name = await drafted(world, "DOS1", "DOS2")
    listed = await officer.get("/dossiers")
    page = await officer.get(f"/dossiers/{name}")
    assert (f"/dossiers/{name}" in listed.html, "<b>at the port" in listed.html) == (True, False)
    links = [each.attrs["href"] for each in page.tree.all("a") if each.attrs["href"].startswith("/cases/br.")]
    assert (len(links), "DOS1" in page.text, "DOS2" in page.text, page.wrong) == (2, True, True, [])
    assert f'href="/dossiers/{name}"' in (await officer.get(links[0])).html


async def test_an_officer_is_not_offered_the_release_and_an_approver_is(
    world: Scene, officer: Visitor, approver: Visitor
) -> None:
    name = await drafted(world, "DOS3", "DOS4")
    assert f"/dossiers/{name}/approve" not in (await officer.get(f"/dossiers/{name}")).html
    page = await approver.send(await approver.get(f"/dossiers/{name}"), f"/dossiers/{name}/approve")
    assert (page.status, page.url.rpartition("=")[2], "Sent" in page.text) == (200, "approve", True)


async def test_a_dossier_is_acknowledged_and_reminded_of_with_one_button_each(
    world: Scene, officer: Visitor, approver: Visitor, austrian: Visitor
) -> None:
    name = await released(world, approver, "DOS5", "DOS6")
    cases = await cases_of(world, name)
    for case in cases:
        await reached(world.nodes["at"], case, "delivered")
    seen = await austrian.send(
        await austrian.get(f"/dossiers/{name}"), f"/dossiers/{name}/acknowledge", reference=["AT-D-5"]
    )
    assert ("Acknowledged, in one statement." in seen.text, "Warehouse" in seen.text) == (True, False)
    called = [link.text for link in (await austrian.get("/dossiers")).tree.all("a", href=f"/dossiers/{name}")]
    assert called[0].startswith("Brazil, 2 weapons, ")
    assert called[0] in seen.text
    for case in cases:
        await reached(world.nodes["br"], case, "acknowledged")
    page = await officer.send(await officer.get(f"/dossiers/{name}"), f"/dossiers/{name}/remind", note=["Please."])
    assert ("Reminded, in one statement." in page.text, page.status) == (True, 200)


async def cases_of(world: Scene, name: str) -> list[str]:
    return await world.nodes["br"].store.read(lambda view: dossiers_of(view, name)[name])


async def test_what_does_not_fit_now_is_refused_on_the_page(world: Scene, officer: Visitor) -> None:
    name = await drafted(world, "DOS7")
    page = await officer.post(f"/dossiers/{name}/remind", await token(officer, name))
    assert (page.status, "its cases are draft" in page.text) == (409, True)


async def token(officer: Visitor, name: str) -> dict[str, list[str]]:
    """The fields every form carries."""
    page: Page = await officer.get(f"/dossiers/{name}")
    return {"csrf": page.form("/sign-out")["csrf"]}


async def test_a_dossier_for_a_state_without_a_node_is_one_letter(
    world: Scene, officer: Visitor, approver: Visitor
) -> None:
    name = await released(world, approver, "DOS8", "DOS9", to="fj.police")
    letter = await officer.get(f"/dossiers/{name}/print")
    assert (letter.status, letter.wrong, letter.text.count("Rio de Janeiro")) == (200, [], 1)
    assert all(word in letter.text for word in ("DOS8", "DOS9", "REF-DOS8", "Fiji", "Requests to trace 2"))


async def test_one_letter_acknowledges_a_whole_dossier_on_its_page(
    world: Scene, officer: Visitor, approver: Visitor
) -> None:
    name = await released(world, approver, "DOS10", "DOS11", to="fj.police")
    action = f"/dossiers/{name}/record"
    wrong = await officer.send(await officer.get(f"/dossiers/{name}"), action)
    assert (wrong.status, wrong.tree.all("select", id="record-channel")[0].attrs["aria-invalid"]) == (422, "true")
    page = await officer.send(wrong, action, channel=["letter"], body__reference=["FJ-1"])
    states = {
        file.state for file in await world.nodes["br"].office.read_cases(OFFICER, tuple(await cases_of(world, name)))
    }
    assert (page.status, states) == (200, {"acknowledged"})


async def test_a_name_of_nothing_is_a_page_that_says_so(officer: Visitor) -> None:
    nothing = "br.d0198c5f0000070008000000000000000"
    for path in (f"/dossiers/{nothing}", f"/dossiers/{nothing}/print", "/dossiers/nonsense"):
        assert (await officer.get(path)).status == 404
