"""A person with a browser that knows no script: follows links and fills in forms, and reads pages as a tree."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Self
from urllib.parse import urljoin

import aiohttp

__all__ = ["Page", "Visitor"]

VOID = {"meta", "link", "input", "br", "rect", "img", "hr"}


@dataclass
class Element:
    """One element with its text."""

    tag: str
    attrs: dict[str, str]
    inside: list["Element"] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.texts)).strip()

    def all(self, tag: str, **attrs: str) -> list["Element"]:
        """Every element below with this tag and these attributes."""
        found = [
            each
            for each in self.inside
            if each.tag == tag
            and all(each.attrs.get(name.rstrip("_").replace("_", "-")) == value for name, value in attrs.items())
        ]
        return found + [deeper for each in self.inside for deeper in each.all(tag, **attrs)]


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("root", {})
        self.path = [self.root]
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.path[-1].inside.append(element)
        if tag not in VOID:
            self.path.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if self.path[-1].tag != tag:
            self.wrong.append(f"</{tag}> closes <{self.path[-1].tag}>")
            return
        self.path.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.path[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        for element in self.path:
            element.texts.append(data)


@dataclass
class Page:
    """An answer as a browser got it."""

    url: str
    status: int
    headers: Any
    html: str
    sent_bytes: int = 0

    def __post_init__(self) -> None:
        tree = _Tree()
        tree.feed(self.html)
        self.tree, self.wrong = tree.root, tree.wrong + [f"<{each.tag}> stays open" for each in tree.path[1:]]

    @property
    def text(self) -> str:
        return self.tree.text

    def form(self, action: str) -> dict[str, list[str]]:
        """What the form with this action would send as it stands."""
        form = self.tree.all("form", action=action)[0]
        sent: dict[str, list[str]] = {}
        for each in form.all("input"):
            kind = each.attrs.get("type", "text")
            if "name" in each.attrs and (kind not in ("checkbox", "radio") or "checked" in each.attrs):
                sent.setdefault(each.attrs["name"], []).append(
                    each.attrs.get("value", "on" if kind in ("checkbox", "radio") else "")
                )
        for each in form.all("textarea"):
            sent.setdefault(each.attrs["name"], []).append("".join(each.texts).removeprefix("\n"))
        for each in form.all("select"):
            options = each.all("option")
            chosen = next((one for one in options if "selected" in one.attrs), options[0])
            sent.setdefault(each.attrs["name"], []).append(chosen.attrs.get("value", ""))
        return sent


class Visitor:
    """Somebody at a desk, with a cookie and nothing else."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def __aenter__(self) -> Self:
        jar = aiohttp.CookieJar(unsafe=True)
        self._session = aiohttp.ClientSession(cookie_jar=jar, auto_decompress=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def sign_in(self, name: str, password: str) -> Page:
        page = await self.get("/sign-in")
        return await self.send(page, "/sign-in", name=[name], password=[password])

    async def get(self, path: str, **options: Any) -> Page:
        async with self._session.get(urljoin(self.url, path), **options) as response:
            return Page(str(response.url), response.status, response.headers, await response.text())

    async def send(
        self, page: Page, action: str, *, through: str = "", follow: bool = True, **changed: list[str] | None
    ) -> Page:
        """Fill in a form of a page and send it. ``changed`` has ``__`` for dots; None leaves a field out."""
        sent = page.form(action) | {
            name.replace("__", "."): value for name, value in changed.items() if value is not None
        }
        for name in [name for name, value in changed.items() if value is None]:
            sent.pop(name.replace("__", "."), None)
        return await self.post(through or action, sent, follow=follow)

    async def post(self, path: str, fields: dict[str, list[str]], *, follow: bool = True) -> Page:
        """Send fields as a form would."""
        pairs = [(name, value) for name, values in fields.items() for value in values]
        async with self._session.post(urljoin(self.url, path), data=pairs, allow_redirects=follow) as response:
            return Page(str(response.url), response.status, response.headers, await response.text())

    async def fetch(self, path: str, fields: dict[str, list[str]]) -> bytes:
        """What a form gives for download."""
        pairs = [(name, value) for name, values in fields.items() for value in values]
        async with self._session.post(urljoin(self.url, path), data=pairs) as response:
            return await response.read()

    async def upload(self, path: str, data: Any, headers: dict[str, str] | None = None) -> Page:
        """Send a form with files, or what pretends to be one."""
        async with self._session.post(urljoin(self.url, path), data=data, headers=headers) as response:
            return Page(str(response.url), response.status, response.headers, await response.text())

    def cookie(self) -> str:
        """What a browser sends as ``Cookie``."""
        return "; ".join(f"{one.key}={one.value}" for one in self._session.cookie_jar)

    async def weigh(self, path: str) -> int:
        """How many bytes an answer has on the wire."""
        async with (
            aiohttp.ClientSession(cookie_jar=self._session.cookie_jar, auto_decompress=False) as raw,
            raw.get(urljoin(self.url, path), headers={"Accept-Encoding": "gzip"}) as response,
        ):
            return len(await response.read())
