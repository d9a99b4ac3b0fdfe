"""Evidence from the page of a case: what would be withheld is shown first; both downloads; nobody who may not."""

import pytest

from tests.dossiers.exhibits import lacking
from tests.pages.browsing import Visitor
from tests.pages.scene import PASSWORD, Scene
from tests.pages.test_pages import mistakes
from tests.pages.test_reading_leaves import read_since, size
from tracing.desk.papers import press
from tracing.desk.papers.embedded import evidence_in

Patch = pytest.MonkeyPatch


async def test_what_would_be_withheld_is_shown_before_and_looking_is_noted(world: Scene, approver: Visitor) -> None:
    case, before = world.cases["answered"], size(world.nodes["br"])
    assert f"/cases/{case}/evidence" in (await approver.get(f"/cases/{case}")).html
    first = size(world.nodes["br"])
    page = await approver.get(f"/cases/{case}/evidence?to=Ministry&purpose=third_state")
    assert (page.status, mistakes(page), size(world.nodes["br"]) - first) == (200, [], 1)
    assert read_since(world.nodes["br"], first) == {case}
    assert "elements withheld: Not to be passed on without consent" in page.text
    assert before < first  # the page of the case was a reading


async def test_the_file_comes_from_the_page_and_is_noted(world: Scene, approver: Visitor) -> None:
    case, first = world.cases["answered"], size(world.nodes["br"])
    page = await approver.get(f"/cases/{case}/evidence")
    got = await approver.send(page, f"/cases/{case}/evidence", **{"as": ["file"]})
    assert (got.status, got.headers["Content-Type"], got.html[:13]) == (200, "application/jsonl", '{"inventory":')
    assert read_since(world.nodes["br"], first) == {case}


async def test_what_cannot_be_understood_is_said_at_its_field(world: Scene, approver: Visitor) -> None:
    case = world.cases["answered"]
    page = await approver.get(f"/cases/{case}/evidence?to=x&purpose=fun")
    assert (page.status, mistakes(page)) == (422, [])
    assert "purpose" in [one.attrs.get("id") for one in page.tree.all("select")]


async def test_where_nothing_can_be_printed_the_page_says_why(
    world: Scene, approver: Visitor, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(press, "MOST_WAITING", 0)
    case = world.cases["answered"]
    page = await approver.get(f"/cases/{case}/evidence")
    got = await approver.send(page, f"/cases/{case}/evidence", **{"as": ["pdf"]})
    assert (got.status, mistakes(got), "other papers are being printed" in got.text) == (503, [], True)


async def test_the_document_comes_from_the_page_in_the_language_chosen(world: Scene, approver: Visitor) -> None:
    if said := lacking():
        pytest.skip(said)
    case = world.cases["answered"]
    page = await approver.get(f"/cases/{case}/evidence")
    fields = page.form(f"/cases/{case}/evidence")
    data = await approver.fetch(f"/cases/{case}/evidence", fields | {"as": ["pdf"], "language": ["zh"]})
    assert evidence_in(data)[:13] == b'{"inventory":'


@pytest.mark.parametrize("name", ["lee", "ann", "kay"])
async def test_who_may_not_release_is_shown_nothing(world: Scene, name: str) -> None:
    case = world.cases["answered"]
    async with Visitor(world.url("br")) as reader:
        await reader.sign_in(name, PASSWORD)
        assert (await reader.get(f"/cases/{case}/evidence")).status == 403
