"""Where pages lead: whoever follows any link of any page arrives at something he may see."""

from urllib.parse import urlsplit

import pytest

from tests.pages.browsing import Visitor
from tests.pages.scene import PASSWORD, Scene

MOST = 60  # pages of one person: those of the bar come first
ENDS_THE_WALK = "/sign-out"


def leads_to(href: str) -> str | None:
    """The address without what is only a place on the page; None where it leads out of the desk."""
    parts = urlsplit(href)
    inside = not parts.scheme and parts.path.startswith("/") and parts.path != ENDS_THE_WALK
    return parts._replace(fragment="").geturl() if inside else None


@pytest.mark.parametrize("name", ["ada", "bo", "lee", "ann", "kay"])
async def test_no_link_leads_a_person_to_what_he_may_not_see(world: Scene, name: str) -> None:
    seen: dict[str, int] = {}
    async with Visitor(world.url("br")) as visitor:
        await visitor.sign_in(name, PASSWORD)
        ahead = ["/"]
        while ahead and len(seen) < MOST:
            path = ahead.pop(0)
            if path in seen:
                continue
            shown = await visitor.get(path)
            seen[path] = shown.status
            if "text/html" in shown.headers.get("Content-Type", ""):
                ahead += [to for link in shown.tree.all("a") if (to := leads_to(link.attrs.get("href", "")))]
    assert len(seen) > 1
    assert {path: status for path, status in seen.items() if status != 200} == {}


async def test_who_only_reads_is_offered_to_open_a_case_and_no_act(world: Scene) -> None:
    async with Visitor(world.url("br")) as visitor:
        await visitor.sign_in("lee", PASSWORD)
        home = await visitor.get("/")
    offered = {link.text.partition(":")[0] for link in home.tree.all("a", class_="plain")}
    assert offered == {"Open"}
