"""The auditor's pages: filters, who read a case, files, and the content of one case by a second person."""

import json
from collections.abc import AsyncIterator

import pytest

from tests.pages.browsing import Page, Visitor
from tests.pages.scene import PASSWORD, Scene
from tests.pages.test_pages import mistakes
from tests.pages.test_reading_leaves import read_since, size


@pytest.fixture
async def auditor(world: Scene) -> AsyncIterator[Visitor]:
    """Ann."""
    async with Visitor(world.url("br")) as visitor:
        await visitor.sign_in("ann", PASSWORD)
        yield visitor


def acts(page: Page) -> list[str]:
    """What the rows of entries say in their column of acts."""
    return [row.all("td", data_as="Act")[0].text.strip() for row in entries(page)]


def entries(page: Page) -> list:  # type: ignore[type-arg] # elements of the page
    return [row for row in page.tree.all("tr") if row.all("td", data_as="Act")]


async def test_who_read_a_case_is_seen_from_its_reference_alone(
    world: Scene, auditor: Visitor, approver: Visitor
) -> None:
    case = world.cases["delivered"]
    await approver.get(f"/cases/{case}")
    page = await auditor.get("/audit?case=br-2021-0815")
    (section,) = page.tree.all("section", aria_labelledby="readers")
    assert (page.status, mistakes(page), page.form("/audit")["case"]) == (200, [], [case])
    assert ("bo" in section.text, "Case read" in section.text, "ABC123" in page.html) == (True, True, False)
    only = await auditor.get(next(one.attrs["href"] for one in section.all("a") if "who=bo" in one.attrs["href"]))
    assert {row.all("td", data_as="Who")[0].text.strip() for row in entries(only)} == {"bo"}
    assert all(row.all("td", data_as="Kind")[0].text.strip() == "Reading" for row in entries(only))


async def test_a_filter_stands_in_the_address_and_leads_on_with_it(world: Scene, auditor: Visitor) -> None:
    page = await auditor.get("/audit?act=case&kind=read&from=2020-01-01")
    form = page.form("/audit")
    assert (form["act"], form["kind"], form["from"], mistakes(page)) == (["case"], ["read"], ["2020-01-01"], [])
    assert set(acts(page)) == {"Case read"}
    following = [one.attrs["href"] for one in page.tree.all("a", rel="next")]
    if following:
        assert "act=case" in following[0]
        assert set(acts(await auditor.get(following[0]))) == {"Case read"}
    none = await auditor.get("/audit?until=2020-01-01")
    assert (entries(none), "Nothing fits this filter." in none.text) == ([], True)


async def test_a_number_that_no_case_has_is_said_and_shows_no_entries(auditor: Visitor) -> None:
    page = await auditor.get("/audit?case=NO-SUCH-1")
    assert (page.status, entries(page), mistakes(page)) == (200, [], [])
    assert "No case here has this number or reference." in page.text


async def test_the_files_of_a_filter_hold_what_it_shows(world: Scene, auditor: Visitor) -> None:
    case = world.cases["delivered"]
    page = await auditor.get(f"/audit?case={case}")
    hrefs = [one.attrs["href"] for one in page.tree.all("a") if one.attrs["href"].startswith("/audit/file")]
    csv, lines = [await auditor.get(href) for href in hrefs]
    shown = [int(row.all("th")[0].text) for row in entries(page)]
    found = [json.loads(line)["index"] for line in lines.html.splitlines()]
    assert found[: len(shown)] == shown  # of a case that was read much the page shows the newest only
    assert (csv.headers["Content-Type"], csv.html.count("\r\n")) == ("text/csv; charset=utf-8", len(found) + 1)


async def test_an_officer_is_refused_files_and_releases(officer: Visitor) -> None:
    assert [(await officer.get(path)).status for path in ("/audit/file", "/audit/releases")] == [403, 403]


async def test_an_auditor_asks_an_approver_gives_and_the_case_opens_until_it_is_revoked(
    world: Scene, auditor: Visitor, approver: Visitor
) -> None:
    node, case = world.nodes["br"], world.cases["theirs"]
    form = await auditor.get(f"/audit/releases?case={case}")
    empty = await auditor.send(form, "/audit/releases")
    assert (empty.status, mistakes(empty), "reason" in empty.html) == (422, [], True)
    asked = await auditor.send(form, "/audit/releases", reason=["Spot check of March."])
    assert (asked.status, mistakes(asked), "Waits for an approver" in asked.text) == (200, [], True)
    assert "1 waits for an approver" in (await approver.get("/approvals")).text

    waiting = await approver.get("/audit/releases")
    (action,) = {one.attrs["action"] for one in waiting.tree.all("form") if "/audit/releases/" in one.attrs["action"]}
    assert (mistakes(waiting), waiting.form(action)["days"], "Spot check of March." in waiting.text) == (
        [],
        ["14"],
        True,
    )
    wrong = await approver.send(waiting, action, act=["give"], days=["1000"])
    assert (wrong.status, mistakes(wrong)) == (422, [])
    assert (await auditor.get(f"/cases/{case}")).status == 403
    given = await approver.send(waiting, action, act=["give"], days=["3"])
    assert (given.status, mistakes(given), "Released to the auditor" in given.text) == (200, [], True)

    before = size(node)
    page = await auditor.get(f"/cases/{case}")
    assert (page.status, mistakes(page), "TDX90210" in page.html) == (200, [], True)
    assert (read_since(node, before), page.tree.all("form", method="post")[1:]) == ({case}, [])
    led = {one.attrs["href"] for one in page.tree.all("a") if one.attrs["href"].startswith(f"/cases/{case}/")}
    for href in led:
        assert (await auditor.get(href)).status == 200, href
    mine = await auditor.get("/audit/releases")
    assert f"/cases/{case}" in {one.attrs["href"] for one in mine.tree.all("a")}
    trail = await auditor.get(f"/audit?case={case}&who=ann")
    assert ("released" in trail.text, mistakes(trail)) == (True, [])

    await approver.send(await approver.get("/audit/releases"), action, act=["end"])
    assert (await auditor.get(f"/cases/{case}")).status == 403
    assert "Revoked" in (await auditor.get("/audit/releases")).text


async def test_an_act_on_a_release_that_there_is_not_is_refused(world: Scene, approver: Visitor) -> None:
    csrf = (await approver.get("/language")).form("/language")["csrf"]
    unknown = await approver.post("/audit/releases/nothing", {"csrf": csrf, "act": ["give"], "days": ["3"]})
    odd = await approver.post("/audit/releases/nothing", {"csrf": csrf, "act": ["burn"]})
    assert (unknown.status, odd.status) == (404, 400)
