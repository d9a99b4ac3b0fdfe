"""What is said outside cases, on the pages of two real nodes: told, proposed, decided, compared, and refused."""

from tests.pages.browsing import Visitor
from tests.pages.scene import Scene
from tests.pages.test_pages import mistakes
from tracing.casework.matters.relations import Relations
from tracing.casework.matters.rows import load_matter
from tracing.casework.policy import Actor

BO = Actor("bo", "approver")


def at_brazil(world: Scene) -> Relations:
    node = world.nodes["br"]
    return Relations(node.store, node.house, node.clock, node.ids, node.signals)


async def test_an_officer_tells_something_and_is_led_to_its_matter(officer: Visitor) -> None:
    form = await officer.get("/counterparts/at/tell/inform")
    page = await officer.send(
        form, "/counterparts/at/tell/inform", subject=["weapon_stolen"], information=["Stolen on 3 May."]
    )
    assert (page.status, "/matters/br.m" in page.url, mistakes(form), mistakes(page)) == (200, True, [], [])
    assert "Stolen on 3 May." in page.text
    listed = await officer.get("/counterparts/at")
    assert any(link.attrs["href"] in page.url for link in listed.tree.all("a") if "/matters/" in link.attrs["href"])


async def test_what_is_missing_is_said_beside_its_field_and_nothing_is_sent(officer: Visitor) -> None:
    form = await officer.get("/counterparts/at/tell/inform")
    page = await officer.send(form, "/counterparts/at/tell/inform", subject=["weapon_stolen"], information=[""])
    assert (page.status, mistakes(page)) == (422, [])
    assert page.form("/counterparts/at/tell/inform")["subject"] == ["weapon_stolen"]


async def test_an_approver_proposes_deadlines_and_ends_them_again(approver: Visitor, world: Scene) -> None:
    form = await approver.get("/counterparts/at/tell/propose-profile")
    more = await approver.send(form, "/counterparts/at/tell/propose-profile", more=["limits"], name=["br-at"])
    assert (more.status, more.form("/counterparts/at/tell/propose-profile")["name"]) == (200, ["br-at"])
    page = await approver.send(
        form, "/counterparts/at/tell/propose-profile", name=["br-at"], limits__0__clock=["answer"],
        limits__0__priority=["routine"], limits__0__amount=["20"], limits__0__unit=["working_days"],
    )  # fmt: skip
    assert (page.status, mistakes(page), "/matters/" in page.url) == (200, [], True)
    action = "/matters/" + page.url.rpartition("/")[2]
    refused = await approver.send(page, action, decision=["accepted"])
    assert (refused.status, mistakes(refused)) == (409, [])
    ended = await approver.send(page, action, decision=["ended"], reason=["No longer wanted."])
    assert (ended.status, ended.tree.all("form", action=action)) == (200, [])
    thread = await world.nodes["br"].store.read(lambda view: load_matter(view, action.rpartition("/")[2]))
    assert [(one.kind, one.effect) for one in thread.said] == [
        ("profile_proposal", "effective"), ("profile_decision", "effective"),
    ]  # fmt: skip


async def test_an_amount_that_is_no_number_is_refused_by_name(approver: Visitor) -> None:
    form = await approver.get("/counterparts/at/tell/propose-profile")
    page = await approver.send(
        form, "/counterparts/at/tell/propose-profile", name=["br-at"], limits__0__clock=["answer"],
        limits__0__priority=["routine"], limits__0__amount=["many"], limits__0__unit=["working_days"],
    )  # fmt: skip
    assert (page.status, mistakes(page)) == (422, [])


async def test_an_officer_sees_no_form_for_what_binds_the_authority(officer: Visitor) -> None:
    page = await officer.get("/counterparts/at")
    tells = [link.attrs["href"] for link in page.tree.all("a") if "/tell/" in link.attrs["href"]]
    assert tells == ["/counterparts/at/tell/inform"]
    assert (await officer.get("/counterparts/at/tell/propose-profile")).status == 403


async def test_a_list_that_came_is_shown_with_what_differs(austrian: Visitor, world: Scene) -> None:
    told = await at_brazil(world).say(BO, "at", "reconcile", {}, wait_s=10)
    for _ in range(200):
        page = await austrian.get(f"/matters/{told.matter}")
        if page.status == 200:
            break
    assert (page.status, mistakes(page)) == (200, [])
    assert "when it came" in page.text.lower()


async def test_what_came_outside_cases_stands_on_home_until_somebody_read_it(austrian: Visitor, world: Scene) -> None:
    told = await at_brazil(world).say(BO, "at", "inform", {"subject": "other", "information": "Look here."}, wait_s=10)
    link = f"/matters/{told.matter}"
    for _ in range(200):
        home = await austrian.get("/")
        if link in home.html:
            break
    assert (mistakes(home), "Outside cases" in home.text, "not read yet" in home.text) == ([], True, True)
    assert "Look here." not in home.text
    assert (await austrian.get(link)).status == 200
    assert link not in (await austrian.get("/")).html


async def test_a_proposal_stands_on_home_until_it_is_decided(austrian: Visitor, world: Scene) -> None:
    limits = [{"clock": "answer", "priority": "routine", "amount": 20, "unit": "working_days"}]
    told = await at_brazil(world).say(BO, "at", "propose-profile", {"name": "br-at", "limits": limits}, wait_s=10)
    link = f"/matters/{told.matter}"
    for _ in range(200):
        if (await austrian.get(link)).status == 200:
            break
    home = await austrian.get("/")
    assert (mistakes(home), link in home.html, "waits for a decision" in home.text) == ([], True, True)
    node = world.nodes["at"]
    relations = Relations(node.store, node.house, node.clock, node.ids, node.signals)
    await relations.say(BO, "br", "decide-profile", {"about": told.mid, "decision": "declined", "reason": "No."})
    assert link not in (await austrian.get("/")).html


async def test_points_of_contact_stand_on_the_page_of_their_counterpart(approver: Visitor, world: Scene) -> None:
    update = {"contacts": [{"name": "National tracing point", "languages": ["en"]}]}
    await at_brazil(world).say(BO, "at", "update-directory", update)
    page = await approver.get("/counterparts/at")
    assert (mistakes(page), "National tracing point" in page.text) == ([], True)


async def test_a_matter_nobody_knows_is_not_found(officer: Visitor) -> None:
    page = await officer.get("/matters/br.m0198c5f0000070008000000000000001")
    assert page.status == 404
