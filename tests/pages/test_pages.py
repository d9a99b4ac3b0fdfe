"""Every page of a real desk, as a browser without any script gets it."""

import gzip
import re
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.pages.browsing import Page, Visitor
from tests.pages.paths import PAGES
from tests.pages.scene import HOSTILE, PASSWORD, Scene
from tracing.desk.pages.frame import static
from tracing.desk.pages.looks import BoxQuery, box_lines

BUDGET = 18 * 1024  # decision 40: HTML and blocking style, compressed


@pytest.fixture(params=PAGES)
async def page(request: pytest.FixtureRequest, approver: Visitor, world: Scene) -> Page:
    """Each page in turn."""
    return await approver.get(request.param.format(**world.cases))


def controls(page: Page) -> list[tuple[str, dict[str, str]]]:
    return [
        (tag, each.attrs)
        for tag in ("input", "select", "textarea")
        for each in page.tree.all(tag)
        if each.attrs.get("type") != "hidden"
    ]


def mistakes(page: Page) -> list[str]:
    """What would make a page hard to use or to read aloud; empty when it is sound."""
    ids = [each.attrs["id"] for each in everything(page) if "id" in each.attrs]
    labelled = {each.attrs["for"] for each in page.tree.all("label") if "for" in each.attrs}
    wrapped = {id(inner.attrs) for each in page.tree.all("label") for inner in each.all("input")}
    named = [attrs for _, attrs in controls(page) if attrs.get("id") not in labelled and id(attrs) not in wrapped]
    described = {
        name
        for each in everything(page)
        for name in each.attrs.get("aria-describedby", "").split() + each.attrs.get("aria-labelledby", "").split()
    }
    found = [
        *page.wrong,
        *(f"id twice: {one}" for one in set(ids) if ids.count(one) > 1),
        *(f"no label: {attrs}" for attrs in named),
    ]
    found += [f"no such id: {name}" for name in described - set(ids)]
    found += [f"{len(page.tree.all(tag))} <{tag}>" for tag in ("h1", "main", "title") if len(page.tree.all(tag)) != 1]
    found += [
        f"a form without a token: {form.attrs}"
        for form in page.tree.all("form", method="post")
        if not form.all("input", name="csrf")[:1] or not form.all("input", name="csrf")[0].attrs["value"]
    ]
    found += [
        f"inline code: {each.tag} {name}"
        for each in everything(page)
        for name in each.attrs
        if name == "style" or name.startswith("on")
    ]
    found += [
        "script or style inside the page" for tag in ("script", "style") for each in page.tree.all(tag) if each.text
    ]
    return found + [f"levels of headings: {pair}" for pair in skipped_levels(page)]


def everything(page: Page) -> list:  # type: ignore[type-arg]
    waiting, found = list(page.tree.inside), []
    while waiting:
        each = waiting.pop()
        found.append(each)
        waiting += each.inside
    return found


def skipped_levels(page: Page) -> list[tuple[int, int]]:
    levels = [int(level) for level in re.findall(r"<h([1-6])", page.html)]
    return [(a, b) for a, b in pairwise(levels) if b > a + 1]


async def test_a_page_is_served_and_sound(page: Page) -> None:
    assert (page.status, mistakes(page)) == (200, [])


async def test_a_page_and_its_style_stay_within_the_budget(approver: Visitor, world: Scene) -> None:
    both = {name: len(gzip.compress(static(name), 9)) for name in ("desk.css", "calendar.css")}
    weights = {path: await approver.weigh(path.format(**world.cases)) + both["desk.css"] for path in PAGES}
    weights |= {path: weight + both["calendar.css"] for path, weight in weights.items() if "/deadlines" in path}
    heavy = {path: weight for path, weight in weights.items() if weight > BUDGET}
    assert heavy == {}


def test_the_script_stays_within_its_budget() -> None:
    assert len(static("desk.js")) <= 5 * 1024


async def test_a_page_forbids_everything_that_is_not_of_this_node(officer: Visitor) -> None:
    policy = (await officer.get("/")).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy  # noqa: PT018 - one header


async def test_a_page_with_content_is_kept_by_no_cache(officer: Visitor, world: Scene) -> None:
    assert (await officer.get(f"/cases/{world.cases['theirs']}")).headers["Cache-Control"] == "no-store"


async def test_a_training_node_says_so_on_every_page(page: Page) -> None:
    assert "TRAINING" in page.tree.all("div", class_="drill")[0].text


async def test_no_page_names_an_address_outside_the_node(page: Page) -> None:
    addresses = [
        each.attrs[name] for each in everything(page) for name in ("href", "src", "action") if name in each.attrs
    ]
    assert [address for address in addresses if not address.startswith(("/", "#", "?"))] == []


async def test_hostile_text_is_shown_exactly_and_makes_nothing(officer: Visitor, world: Scene) -> None:
    page = await officer.get(f"/cases/{world.cases['hostile']}")
    drawn = HOSTILE.replace("\u202e", "U+202E").replace("\u202c", "U+202C").replace("\u200b", "U+200B")
    assert drawn in page.text and "<b>17</b>" in page.text  # noqa: PT018 - all of it


async def test_a_serial_of_two_scripts_is_flagged_where_it_is_listed(officer: Visitor) -> None:
    assert "letters of several scripts" in (await officer.get("/received?view=all")).text


# ---------------------------------------------------------------- home, lists


async def test_home_says_why_a_case_is_there_and_what_to_do(officer: Visitor) -> None:
    queue = (await officer.get("/")).tree.all("ol", class_="queue")[0].text
    assert "They ask for information and wait for it" in queue and "Supply it" in queue  # noqa: PT018 - one row


async def test_home_leads_to_the_form_of_the_next_step_in_one_click(officer: Visitor, world: Scene) -> None:
    home = await officer.get("/")
    href = next(
        each.attrs["href"] for each in home.tree.all("a", class_="plain") if world.cases["theirs"] in each.attrs["href"]
    )
    page = await officer.get(href)
    assert "open" in page.tree.all("details", id="do-acknowledge")[0].attrs


async def test_home_names_the_counterpart_that_cannot_be_reached(officer: Visitor) -> None:
    assert "Kenya does not answer" in (await officer.get("/")).text


async def test_home_shows_fourteen_days(officer: Visitor) -> None:
    assert len((await officer.get("/")).tree.all("li", class_="cell")) == 14


async def test_home_shows_what_waits_for_a_second_person(officer: Visitor) -> None:
    assert "Send the request: Beretta 92 FS, DRAFT77" in (await officer.get("/")).text


async def test_a_day_of_the_strip_leads_to_its_deadlines(officer: Visitor) -> None:
    home = await officer.get("/")
    busy = next(each for each in home.tree.all("li", class_="cell") if each.all("b")[0].text.isdecimal())
    rows = (await officer.get(busy.all("a")[0].attrs["href"])).tree.all("tbody")[0].inside
    assert str(len(rows)) == busy.all("b")[0].text


async def test_each_tab_counts_the_rows_it_shows(officer: Visitor) -> None:
    wrong = {}
    for tab in (await officer.get("/sent")).tree.all("nav", class_="tabs")[0].all("a"):
        page = await officer.get(tab.attrs["href"])
        rows = len(page.tree.all("tbody")[0].inside) if page.tree.all("tbody") else 0
        if str(rows) != tab.all("span")[0].text:
            wrong[tab.text] = rows
    assert wrong == {}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=ABC123", "delivered"),
        ("q=glock+17+abc123", "delivered"),
        ("counterpart=ke", "unreached"),
        ("state=refused", "refused"),
    ],
)
async def test_a_filter_in_the_address_finds_the_case(officer: Visitor, world: Scene, query: str, found: str) -> None:
    rows = (await officer.get(f"/sent?view=all&{query}")).tree.all("tbody")[0].inside
    assert [row.all("a")[0].attrs["href"] for row in rows] == [f"/cases/{world.cases[found]}"]


async def test_a_filter_that_finds_nothing_offers_the_whole_view(officer: Visitor) -> None:
    assert "Nothing fits this filter. Show all of this view" in (await officer.get("/sent?view=all&q=zzz")).text


@pytest.mark.parametrize(
    "path",
    [
        "/sent?view=mine",
        "/sent?page=2",
        "/deadlines?days=decade",
        "/deadlines?day=tomorrow",
        "/deadlines?month=2026-13",
        "/deadlines?month=1999-12",
        "/deadlines?month=2026-12-01",
        "/deadlines?week=2026-02-30",
        "/deadlines?week=9999-12-31",
        "/deadlines?week=now&month=now",
        "/deadlines?month=now&cursor=xx",
        "/deadlines?with=A%20B",
        "/deadlines?day=9999-12-31",
        "/sent?cursor=xx",
        "/deadlines?cursor=xx",
    ],
)
async def test_an_address_that_cannot_be_understood_is_refused_with_a_page(officer: Visitor, path: str) -> None:
    page = await officer.get(path)
    assert (page.status, page.headers.getone("Content-Type")) == (400, "text/html; charset=utf-8")


# ---------------------------------------------------------------- case, counterpart, letter


async def test_a_deadline_says_where_its_number_comes_from(officer: Visitor, world: Scene) -> None:
    why = (await officer.get(f"/cases/{world.cases['delivered']}")).tree.all("details", class_="why small")[0].text
    assert "Our own target" in why and "ITI" in why  # noqa: PT018 - basis and source


@pytest.mark.parametrize("path", ["/deadlines", "/cases/{}"])
async def test_whose_target_a_number_is_stands_there_once(officer: Visitor, world: Scene, path: str) -> None:
    page = await officer.get(path.format(world.cases["delivered"]))
    assert "Our own target" in page.text
    assert "own target of this node" not in page.text


async def test_a_message_of_ours_shows_how_far_it_came(officer: Visitor, world: Scene) -> None:
    assert "their node signed for it" in (await officer.get(f"/cases/{world.cases['delivered']}")).text


async def test_a_message_that_is_stuck_shows_why_and_when_it_is_tried_again(officer: Visitor, world: Scene) -> None:
    text = (await officer.get(f"/cases/{world.cases['unreached']}")).text
    assert "last try failed: connection" in text and "next try" in text  # noqa: PT018 - both


async def test_a_recorded_reply_is_marked_as_not_signed(officer: Visitor, world: Scene) -> None:
    assert (
        "not signed by the counterpart: came by note verbale"
        in (await officer.get(f"/cases/{world.cases['letter']}")).text
    )


async def test_the_question_of_the_other_side_stands_above_the_form_that_answers_it(
    officer: Visitor, world: Scene
) -> None:
    page = await officer.get(f"/cases/{world.cases['asked']}?do=supply")
    assert (
        "Is the fourth character 3 or 8?" in page.form(f"/cases/{world.cases['asked']}/supply")["answers.0.question"][0]
    )


async def test_the_letter_holds_what_paragraph_17_asks_for(officer: Visitor, world: Scene) -> None:
    letter = (await officer.get(f"/cases/{world.cases['letter']}/print")).tree.all("article")[0].text
    assert [
        part
        for part in (
            "DX-77120",
            "Lei 10.826/2003",
            "Search of premises",
            "Criminal investigation",
            "Can be guaranteed",
            "SHA-256",
        )
        if part not in letter
    ] == []


async def test_a_request_of_others_is_not_printed_as_ours(officer: Visitor, world: Scene) -> None:
    assert (await officer.get(f"/cases/{world.cases['theirs']}/print")).status == 404


async def test_a_counterpart_shows_its_digest_in_groups(officer: Visitor, world: Scene) -> None:
    digest = world.nodes["at"].trust.digest
    assert " ".join(digest[at : at + 4] for at in range(0, 64, 4)) in (await officer.get("/counterparts/at")).text


async def test_a_counterpart_nobody_pinned_is_not_found(officer: Visitor) -> None:
    assert (await officer.get("/counterparts/zz")).status == 404


# ---------------------------------------------------------------- who may see what


async def visit(world: Scene, name: str, path: str) -> Page:
    async with Visitor(world.url("br")) as visitor:
        await visitor.sign_in(name, PASSWORD)
        return await visitor.get(path)


async def test_a_stranger_is_led_to_the_sign_in_and_back(world: Scene) -> None:
    async with Visitor(world.url("br")) as stranger:
        page = await stranger.get("/sent")
        after = await stranger.send(page, "/sign-in", name=["ada"], password=[PASSWORD])
    assert (page.status, after.url.rpartition("/")[2]) == (200, "sent")


async def test_a_wrong_password_keeps_the_name_and_tells_nothing_more(world: Scene) -> None:
    async with Visitor(world.url("br")) as stranger:
        page = await stranger.sign_in("ada", "wrong")
    assert (page.status, page.form("/sign-in")["name"], page.form("/sign-in")["password"]) == (401, ["ada"], [""])


@pytest.mark.parametrize(
    "following", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
async def test_signing_in_leads_nowhere_else(world: Scene, following: str) -> None:
    async with Visitor(world.url("br")) as stranger:
        page = await stranger.get("/sign-in")
        after = await stranger.send(page, "/sign-in", name=["ada"], password=[PASSWORD], next=[following])
    assert after.url == f"{world.url('br')}/"


async def test_who_signs_out_is_a_stranger_again(world: Scene) -> None:
    async with Visitor(world.url("br")) as visitor:
        home = await visitor.sign_in("ada", PASSWORD)
        await visitor.send(home, "/sign-out")
        assert (await visitor.get("/")).url.endswith("/sign-in")


async def test_a_liaison_officer_reads_and_is_offered_no_act(world: Scene) -> None:
    page = await visit(world, "lee", f"/cases/{world.cases['theirs']}")
    assert (page.status, page.tree.all("details", name="act"), page.tree.all("a", href="/requests/new")) == (
        200,
        [],
        [],
    )


async def test_an_auditor_is_refused_the_content_of_a_case(world: Scene) -> None:
    page = await visit(world, "ann", f"/cases/{world.cases['theirs']}")
    assert (page.status, "TDX90210" in page.html) == (403, False)


async def test_a_key_holder_has_a_desk_without_cases(world: Scene) -> None:
    assert "Your role has no cases to look at" in (await visit(world, "kay", "/")).text


async def test_an_auditor_is_led_to_the_trail_and_finds_acts_without_content(world: Scene) -> None:
    page = await visit(world, "ann", "/")
    assert (page.status, page.url.endswith("/audit"), mistakes(page)) == (200, True, [])
    assert ("Acknowledgement" in page.text or "Reading" in page.text, "TDX90210" in page.html) == (True, False)


async def test_the_tree_of_a_counterpart_is_listed_page_by_page(world: Scene) -> None:
    async with Visitor(world.url("br")) as auditor:
        await auditor.sign_in("ann", PASSWORD)
        first = await auditor.get("/audit?tree=at")
        indices = [int(each.text) for each in first.tree.all("table")[0].all("th", scope="row")]
        assert (first.status, indices) == (200, sorted(indices, reverse=True))
        missing = await auditor.get("/audit?tree=zz")
        assert (missing.status, "no tree" in missing.text) == (404, True)


async def test_an_auditor_sees_who_read_which_case_and_who_vouches_for_the_trail(world: Scene) -> None:
    case = world.cases["theirs"]
    async with Visitor(world.url("br")) as auditor:
        await auditor.sign_in("ann", PASSWORD)
        page = await auditor.get(f"/audit?tree=private&kind=read&ref={case}")
        rows = page.tree.all("table")[0].all("tr")[1:]
        none = await auditor.get("/audit?kind=erase&ref=nothing")
    assert (page.status, mistakes(page), bool(rows)) == (200, [], True)
    assert all("Reading" in row.text and case in row.text for row in rows)
    assert ("Witnesses" in page.text, "Nothing fits this filter." in none.text, mistakes(none)) == (True, True, [])


async def test_an_auditor_has_the_whole_trail_recomputed(world: Scene) -> None:
    async with Visitor(world.url("br")) as auditor:
        await auditor.sign_in("ann", PASSWORD)
        page = await auditor.send(await auditor.get("/audit"), "/audit/verify")
        assert (page.status, "entries hold." in page.text, mistakes(page)) == (200, True, [])


async def test_an_officer_is_refused_the_trail(officer: Visitor) -> None:
    assert (await officer.get("/audit")).status == 403


async def test_an_auditor_sees_a_counterpart_without_its_ledger(world: Scene) -> None:
    page = await visit(world, "ann", "/counterparts/at")
    assert (page.status, "Ledger" in page.text) == (200, False)


async def test_what_is_not_there_is_answered_with_a_page_that_leads_back(officer: Visitor) -> None:
    page = await officer.get("/nowhere")
    assert (page.status, page.tree.all("main")[0].all("a", href="/") != []) == (404, True)


# ---------------------------------------------------------------- files


async def test_the_style_sheet_may_be_kept_for_ever(officer: Visitor) -> None:
    href = (await officer.get("/")).tree.all("link", rel="stylesheet")[0].attrs["href"]
    assert "immutable" in (await officer.get(href)).headers["Cache-Control"]


async def test_an_older_address_of_the_style_sheet_is_not_found(officer: Visitor) -> None:
    assert (await officer.get("/static/000000000000/desk.css")).status == 404


async def test_a_browser_that_unpacks_nothing_gets_the_style_sheet_plain(officer: Visitor) -> None:
    href = (await officer.get("/")).tree.all("link", rel="stylesheet")[0].attrs["href"]
    page = await officer.get(href, headers={"Accept-Encoding": "identity"})
    assert page.html == static("desk.css").decode()


# ---------------------------------------------------------------- paging


@pytest.mark.parametrize("view", ["all", "open"])
async def test_page_by_page_every_row_comes_once_and_in_the_same_order(world: Scene, view: str) -> None:
    node = world.nodes["br"]
    now_ms = node.clock.now_ms()
    whole, _ = await node.store.read(lambda look: box_lines(look, BoxQuery("sent", view, limit=200), now_ms))
    found: list[str] = []
    query: BoxQuery | None = BoxQuery("sent", view, limit=2)
    while query is not None:
        lines, cursor = await node.store.read(lambda look, query=query: box_lines(look, query, now_ms))
        found += [line.case for line in lines]
        query = replace(query, cursor=cursor) if cursor else None
    assert found == [line.case for line in whole]
