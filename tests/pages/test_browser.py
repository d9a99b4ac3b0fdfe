"""The desk in a real Chromium: narrow and wide, with the script and without it."""

import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, async_playwright
from playwright.async_api import Page as Tab

from tests.pages.scene import HOSTILE, OFFICER, PASSWORD, Scene, reached, request
from tests.pages.test_reminders import Open, opened
from tracing.casework.attendance import hours_of
from tracing.casework.nudges import off_until
from tracing.casework.owning import hand_over, owner_of

__all__ = ["opened"]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")]

LOOKED_AT = (
    "/", "/received?view=all", "/sent?view=all", "/deadlines", "/counterparts", "/counterparts/at", "/requests/new",
    "/approvals", "/reminders", "/feeds", "/deadlines?month=now&with=at", "/deadlines?week=now&with=at",
    "/keys", "/keys/at", "/audit/releases", "/cases/{asked}?do=supply",
    "/cases/{answered}?do=close", "/cases/{hostile}", "/cases/{theirs}?do=answer&use=proposal", "/cases/{letter}",
    "/cases/{delivered}?do=amend", "/cases/{answered}?do=consent-request", "/cases/{waiting}?do=correct",
    "/cases/{theirs}?do=notify-restriction-change", "/cases/{letter}?do=record-answer",
    "/cases/{letter}/print", "/cases/{draft}", "/nowhere", "/cases/{answered}/evidence?to=Court&purpose=third_state",
)  # fmt: skip
# What one must tell apart: ratios of WCAG 2.2, success criteria 1.4.3 and 1.4.11, computed from the painted colours.
CONTRAST = """() => {
  const part = (c) => { const v = c / 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const behind = (at) => {
    for (; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const low = new Set();
  for (const at of document.querySelectorAll("body *")) {
    const own = [...at.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !at.checkVisibility() || at.closest(".hide, .skip")) continue;
    const style = getComputedStyle(at), px = parseFloat(style.fontSize);
    const [a, b] = [light(parse(style.color)), light(behind(at))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05), large = px >= 24 || (px >= 18.66 && +style.fontWeight >= 700);
    const name = `${at.tagName}.${at.className} ${ratio.toFixed(2)} ${at.textContent.trim().slice(0, 30)}`;
    if (ratio < (large ? 3 : 4.5)) low.add(name);
  }
  return [...low];
}"""
TOO_WIDE = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as driver:
        started = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        await started.close()


class Desk:
    """A signed-in tab, and everything its console said."""

    def __init__(self, context: BrowserContext, tab: Tab, url: str) -> None:
        self.context, self.tab, self.url = context, tab, url
        self.complaints: list[str] = []
        tab.on("console", self._hear)
        tab.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "404" not in message.text:
            self.complaints.append(message.text)

    async def go(self, path: str) -> None:
        await self.tab.goto(self.url + path)


async def sit_down(
    browser: Browser,
    world: Scene,
    name: str = "ada",
    *,
    width: int = 1280,
    script: bool = True,
    first: str = "/",
    **options: Any,
) -> Desk:
    context = await browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script, **options)
    desk = Desk(context, await context.new_page(), world.url("br"))
    await desk.go("/sign-in")
    await desk.tab.fill("#name", name)
    await desk.tab.fill("#password", PASSWORD)
    await desk.tab.click("main button")
    await desk.tab.wait_for_url(f"{desk.url}{first}")
    return desk


@dataclass
class Tour:
    """What was found on a walk through all pages."""

    wide: list[str] = field(default_factory=list)
    pale: dict[str, list[str]] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)


WAYS = {
    "narrow": (360, True, "dark"),
    "narrow without script": (360, False, "light"),
    "wide": (1280, True, "light"),
    "wide without script": (1280, False, "dark"),
}


@pytest.fixture(scope="session", params=WAYS.values(), ids=WAYS)
async def tour(request: pytest.FixtureRequest, browser: Browser, world: Scene) -> Tour:
    """Bo walks through all pages, at each width, with and without the script, by day and by night."""
    width, script, scheme = request.param
    desk, found = await sit_down(browser, world, "bo", width=width, script=script, color_scheme=scheme), Tour()
    for path in LOOKED_AT:
        await desk.go(path.format(**world.cases))
        if await desk.tab.evaluate(TOO_WIDE):
            found.wide.append(path)
        if pale := await desk.tab.evaluate(CONTRAST):
            found.pale[path] = pale
    found.complaints = desk.complaints
    await desk.context.close()
    return found


async def test_no_page_scrolls_sideways(tour: Tour) -> None:
    assert tour.wide == []


async def test_nothing_is_complained_of_in_the_console(tour: Tour) -> None:
    assert tour.complaints == []


async def test_every_text_stands_out_from_what_is_behind_it(tour: Tour) -> None:
    assert tour.pale == {}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_the_auditors_pages_fit_and_are_to_be_read(
    browser: Browser, world: Scene, way: tuple[int, bool, str]
) -> None:
    width, script, scheme = way
    desk = await sit_down(browser, world, "ann", width=width, script=script, first="/audit", color_scheme=scheme)
    found = []
    for path in ("/audit?case={theirs}&from=2020-01-01", "/audit?case=NONE", "/audit?tree=at", "/audit/releases"):
        await desk.go(path.format(**world.cases))
        found += [(path, await desk.tab.evaluate(TOO_WIDE), await desk.tab.evaluate(CONTRAST))]
    await desk.context.close()
    assert [one for one in found if one[1] or one[2]] == []
    assert desk.complaints == []


async def test_a_planted_pale_text_is_found(browser: Browser, world: Scene) -> None:
    desk = await sit_down(browser, world)
    await desk.tab.evaluate("document.querySelector('h1').style.color = '#ccc'")
    found = await desk.tab.evaluate(CONTRAST)
    await desk.context.close()
    assert [line for line in found if line.startswith("H1")] != []


async def test_hostile_text_is_drawn_as_text_and_runs_nothing(browser: Browser, world: Scene) -> None:
    desk = await sit_down(browser, world)
    dialogs: list[str] = []
    desk.tab.on("dialog", lambda dialog: dialogs.append(dialog.message))
    await desk.go(f"/cases/{world.cases['hostile']}")
    seen = await desk.tab.locator("section[aria-labelledby=asked]").inner_text()
    await desk.context.close()
    drawn = HOSTILE.replace("\u202e", "U+202E").replace("\u202c", "U+202C").replace("\u200b", "U+200B")
    assert (drawn in seen, dialogs) == (True, [])


async def test_copying_a_drawn_text_copies_what_it_stands_for(browser: Browser, world: Scene) -> None:
    desk = await sit_down(browser, world)
    await desk.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=desk.url)
    await desk.go(f"/cases/{world.cases['hostile']}")
    await desk.tab.locator("section[aria-labelledby=asked] bdi.code", has_text="12-345/67").first.evaluate(
        "(at) => getSelection().selectAllChildren(at)"
    )
    await desk.tab.keyboard.press("Control+c")
    copied = await desk.tab.evaluate("navigator.clipboard.readText()")
    await desk.context.close()
    assert copied == "12-345/67\u202eX\u0410B"


async def test_the_first_key_reaches_the_way_past_the_navigation(browser: Browser, world: Scene) -> None:
    desk = await sit_down(browser, world)
    await desk.tab.keyboard.press("Tab")
    await desk.tab.keyboard.press("Enter")
    await desk.tab.keyboard.press("Tab")
    is_inside = await desk.tab.evaluate("document.querySelector('main').contains(document.activeElement)")
    await desk.context.close()
    assert is_inside


async def test_where_the_keyboard_is_can_be_seen(browser: Browser, world: Scene) -> None:
    desk = await sit_down(browser, world)
    outlines = []
    for _ in range(12):
        await desk.tab.keyboard.press("Tab")
        outlines.append(await desk.tab.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
    await desk.context.close()
    assert set(outlines) == {"solid"}


async def test_after_a_refusal_the_summary_is_read_first(browser: Browser, world: Scene) -> None:
    desk = await sit_down(browser, world)
    await desk.go(f"/cases/{world.cases['theirs']}?do=refuse")
    await desk.tab.click("#do-refuse button.press")
    await desk.tab.wait_for_selector("#problems:focus")
    focused = await desk.tab.evaluate("document.activeElement.id")
    await desk.tab.click("#problems a >> nth=0")
    reached_field = await desk.tab.evaluate("document.activeElement.id")
    await desk.context.close()
    assert (focused, reached_field) == ("problems", "refuse-ground")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
async def test_acknowledging_takes_two_clicks_from_home(browser: Browser, world: Scene, script: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    outcome = await world.nodes["at"].office.request(
        OFFICER,
        request("br", f"CLICK{script:d}", make="Taurus", model="G3", priority="urgent", justification="Hearing."),
    )
    await reached(world.nodes["br"], outcome.case, "delivered")
    desk = await sit_down(browser, world, script=script)
    await desk.tab.click(f".queue a.plain[href*='{outcome.case}']")
    await desk.tab.click("#do-acknowledge button.press")
    said = await desk.tab.locator("[role=status]").inner_text()
    await desk.context.close()
    assert said == "Acknowledged."


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
async def test_subscribing_to_my_dates_takes_two_clicks_from_home(browser: Browser, world: Scene, script: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    desk = await sit_down(browser, world, script=script)
    await desk.tab.click("nav a[href='/deadlines']")
    await desk.tab.click("button[name=whose][value=mine]")
    address = await desk.tab.locator("#new").inner_text()
    await desk.tab.click("button.grave >> nth=0")
    await desk.context.close()
    assert re.fullmatch(rf"{re.escape(world.url('br'))}/calendar/[\w-]{{43}}\.ics", address)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
async def test_an_extension_takes_three_clicks_from_home_and_why_two(
    browser: Browser,
    world: Scene,
    script: bool,  # noqa: FBT001 - a parameter of pytest
) -> None:
    wanted = request("br", f"LATER{script:d}", make="Rossi", priority="urgent", justification="Hearing.")
    outcome = await world.nodes["at"].office.request(OFFICER, wanted)
    await reached(world.nodes["br"], outcome.case, "delivered")
    desk = await sit_down(browser, world, script=script)
    await desk.tab.click(f".queue a[href*='{outcome.case}'] >> nth=0")
    await desk.tab.click("details.why summary >> nth=0")
    why = await desk.tab.locator("details.why[open] ol li").count()
    await desk.tab.click("#do-delay summary")
    await desk.tab.fill("#delay-reason", "The workshop has a list of those who wait.")
    await desk.tab.select_option("#delay-cause", index=1)
    await desk.tab.fill("#delay-new_date", "2099-01-15")
    await desk.tab.click("#do-delay button.press")
    said = await desk.tab.locator("[role=status]").inner_text()
    await desk.context.close()
    assert (said, why > 0) == ("Prepared: it waits for a second person to release it.", True)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
async def test_putting_off_takes_three_clicks_a_deputy_three_and_taking_a_case_two(
    browser: Browser,
    world: Scene,
    opened: Open,
    script: bool,  # noqa: FBT001 - a parameter of pytest
) -> None:
    store = world.nodes["br"].store
    desk = await sit_down(browser, world, script=script)
    for done in ("button[name=for][value='1d'] >> nth=0", "form[action='/reminders/hours'] button.press"):
        await desk.go("/")
        await desk.tab.click("nav a[href='/deadlines']")
        await desk.tab.click("a.plain[href='/reminders']")
        await desk.tab.fill("#deputy", "bo")
        await desk.tab.click(done)
        await desk.tab.wait_for_url(f"{desk.url}/reminders")
    hours, until_ms = await store.read(lambda view: (hours_of(view, "ada"), off_until(view, opened.reminder)))
    await desk.go(f"/cases/{opened.case}")
    await desk.tab.click("button[name=take]")
    taken = await desk.tab.locator("[role=status]").inner_text()
    owner = await store.read(lambda view: owner_of(view, opened.case))
    await store.write(lambda tx: hand_over(tx, OFFICER, opened.case, None))
    await desk.context.close()
    assert hours is not None
    assert (hours.deputy, (until_ms or 0) > store.clock.now_ms(), taken, owner) == (
        "bo", True, "The case is yours.", "ada",
    )  # fmt: skip


async def test_colours_forced_by_the_person_leave_every_badge_its_frame(browser: Browser, world: Scene) -> None:
    desk = await sit_down(browser, world, forced_colors="active")
    borders = await desk.tab.evaluate(
        "[...document.querySelectorAll('.badge')].map((at) => getComputedStyle(at).borderTopStyle)"
    )
    await desk.context.close()
    assert set(borders) == {"solid"}


async def test_nothing_moves_for_who_wants_no_motion(browser: Browser, world: Scene) -> None:
    desk = await sit_down(browser, world, reduced_motion="reduce")
    moving = await desk.tab.evaluate(
        "[...document.querySelectorAll('*')].filter((at) => getComputedStyle(at).transitionDuration !== '0s').length"
    )
    await desk.context.close()
    assert moving == 0


async def test_a_letter_prints_without_the_navigation(browser: Browser, world: Scene, tmp_path: Path) -> None:
    desk = await sit_down(browser, world)
    await desk.go(f"/cases/{world.cases['letter']}/print")
    await desk.tab.emulate_media(media="print")
    shown = await desk.tab.evaluate(
        "[...document.querySelectorAll('.nav, .who, .crumbs')].filter((at) => at.checkVisibility()).length"
    )
    await desk.context.close()
    assert shown == 0


async def test_a_page_read_from_right_to_left_keeps_its_codes_from_left_to_right(
    browser: Browser, world: Scene
) -> None:
    desk = await sit_down(browser, world, width=360)
    await desk.go(f"/cases/{world.cases['letter']}")
    await desk.tab.evaluate("document.documentElement.dir = 'rtl'")
    directions = await desk.tab.evaluate(
        "[...document.querySelectorAll('bdi.code')].map((at) => getComputedStyle(at).direction)"
    )
    too_wide = await desk.tab.evaluate(TOO_WIDE)
    await desk.context.close()
    assert (set(directions), too_wide) == ({"ltr"}, False)
