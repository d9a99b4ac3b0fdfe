"""The line between the kit and the node under test, both ways, and what is judged on it.

async with Link(author, node, url).open(listen) as link:
    answer = await link.send(message)
    answer.expect_receipt(message, "accepted")
    await link.expect_fate(message, "opened")
"""

import asyncio
import shlex
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from keys.trust import TrustSet
from protocol import envelope, hello, receipts, strictjson
from protocol.errors import BY_CODE, ProtocolError
from protocol.receipts import Receipt
from tests.conformance.author import Author, Members, Message, Picture, now_ms

__all__ = ["Answer", "Brought", "Command", "Failed", "Link", "expect"]

Command = Callable[..., int]
"""What a command given as words does, done by a test in this process: its words by name, and how it ended."""
MOST = 8 * 1024 * 1024
JSON = "application/json"


class Failed(AssertionError):
    """The node did something else than the rule says."""


def expect(holds: object, otherwise: str) -> None:
    """Fail, saying what was seen, unless it holds."""
    if not holds:
        raise Failed(otherwise)


@dataclass(frozen=True)
class Answer:
    """What came back for one post."""

    status: int
    media_type: str
    members: Members
    link: "Link"

    def items(self, message: Message) -> list[Members]:
        """The receipts for one envelope, as they came; each is proved first."""
        found = self.members.get("receipts", [])
        expect(isinstance(found, list), "receipts of an answer are no list")
        return [item for item in found if self.link.prove(item).for_.env == message.env]

    def expect_receipt(self, message: Message, stage: str, code: str | None = None) -> Receipt:
        """Exactly one receipt for it, of this stage and code, which agrees with it in all it says."""
        found = [self.link.prove(item) for item in self.items(message)]
        expect(len(found) == 1, f"expected one receipt ({stage}), got {self.told(message)}")
        self.link.check_receipt(found[0], message, stage, code)
        return found[0]

    def expect_unsigned(self, code: str, message: Message | None = None, *, index: int = 0) -> None:
        """No receipt, and a refusal with this code: of the whole request, or of the item at ``index``."""
        seen = self.told(message)
        expect(message is None or not self.items(message), f"expected a refusal that nobody signed, got {seen}")
        refused = [one for one in self.members.get("refused", []) if one.get("index") == index]
        codes = [one.get("code") for one in refused] or [self.members.get("code")]
        expect(codes == [code], f"expected an unsigned {code}, got {seen}")
        if self.status >= 400 and self.status != 409:
            self.expect_problem()

    def expect_problem(self) -> None:
        """A problem document (RFC 9457) with a code."""
        is_problem = self.media_type == "application/problem+json" and isinstance(self.members.get("code"), str)
        expect(self.status >= 400 and is_problem, f"expected a problem document, got {self.status} {self.media_type}")

    def told(self, message: Message | None = None) -> str:
        """The answer in a few words."""
        found = [self.link.prove(item) for item in (self.items(message) if message else [])]
        stages = [f"{one.stage} {one.code or ''}".strip() for one in found]
        refused = [str(one.get("code")) for one in self.members.get("refused", [])]
        code = self.members.get("code")
        return f"{self.status} {code or ''} receipts {stages} refused {refused}"


@dataclass(frozen=True)
class Brought:
    """What the node says of a blob."""

    status: int
    offset: str | None


@dataclass
class Link:
    """Our side of the exchange with one node. What it brings us is kept by the envelope it is about."""

    author: Author
    node: TrustSet
    url: str
    patience_s: float = 5.0
    commands: Mapping[str, str | Command] = field(default_factory=dict)
    brought: dict[str, list[Members]] = field(default_factory=dict)
    posts: list[Members] = field(default_factory=list)
    envelopes: list[Members] = field(default_factory=list)
    deaf: int = 0  # how many of the next receipts we do not hear
    proved: dict[bytes, Receipt] = field(default_factory=dict)
    cards: list[Any] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _session: aiohttp.ClientSession | None = None

    # ------------------------------------------------------------ opening

    @asynccontextmanager
    async def open(self, host: str, port: int) -> AsyncIterator["Link"]:
        """Listen for the node, and say hello so that it brings what waits."""
        app = web.Application(client_max_size=2 * MOST)
        app.router.add_post("/itx/1/envelopes", self._take)
        app.router.add_get("/itx/1/root/1", self._root)
        app.router.add_get("/itx/1/keyset", self._keyset)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        await web.TCPSite(runner, host, port).start()
        timeout = aiohttp.ClientTimeout(total=30)
        async with aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as self._session:
            await self.post({"hello": self.author.hello(self.node)})
            yield self
        await runner.cleanup()

    # ------------------------------------------------------------ towards the node

    async def post(self, what: Members | bytes, **headers: str) -> Answer:
        """Post an object, or any bytes."""
        body = what if isinstance(what, bytes) else strictjson.dump(what)
        return await self.ask("POST", "envelopes", body, {"Content-Type": JSON} | headers)

    async def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Any request below /itx/1/."""
        status, media_type, raw = await self.raw(method, path, body, headers)
        try:
            members = strictjson.load(raw, MOST) if raw else {}
        except ProtocolError as error:
            raise Failed(f"answered {status} with what is not strict JSON") from error
        return Answer(status, media_type, members if isinstance(members, dict) else {}, self)

    async def raw(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str, bytes]:
        """Status, media type and bytes of an answer."""
        assert self._session is not None, "open the link first"
        url = f"{self.url.rstrip('/')}/itx/1/{path}"
        async with self._session.request(method, url, data=body, headers=headers, allow_redirects=False) as answer:
            return answer.status, answer.content_type, await answer.read()

    async def bring(
        self, picture: Picture, first: int = 0, last: int | None = None, data: bytes | None = None
    ) -> Brought:
        """Put bytes of an attachment (the rest from ``first`` on), or others in their place."""
        size, end = len(picture.sealed), len(picture.sealed) if last is None else last
        headers = {"Content-Type": "application/octet-stream", "Content-Range": f"bytes {first}-{end - 1}/{size}"}
        body = picture.sealed[first:end] if data is None else data
        return await self._blob("PUT", picture, headers, body)

    async def held(self, picture: Picture) -> Brought:
        """How much of an attachment the node holds."""
        return await self._blob("HEAD", picture, {"Upload-Length": str(len(picture.sealed))})

    async def _blob(
        self, method: str, picture: Picture, headers: Mapping[str, str], body: bytes | None = None
    ) -> Brought:
        assert self._session is not None, "open the link first"
        url = f"{self.url.rstrip('/')}/itx/1/blobs/{picture.digest}"
        async with self._session.request(method, url, data=body, headers=headers) as answer:
            return Brought(answer.status, answer.headers.get("Upload-Offset"))

    async def send(self, *messages: Message) -> Answer:
        """Post envelopes; the sequence follows those that were taken."""
        answer = await self.post({"envelopes": [one.item for one in messages]})
        for one in messages:
            if answer.items(one) and one.manifest["seq"] > self.author.seq:
                self.author.seq, self.author.prev = one.manifest["seq"], one.env
        return answer

    async def accept(self, message: Message) -> Message:
        """Send what the node must accept."""
        (await self.send(message)).expect_receipt(message, "accepted")
        return message

    def write(self, body: Any = None, **parts: Any) -> Message:
        """A message to the node, see ``Author.write``."""
        return self.author.write(self.node, body, **parts)

    async def fate(self, message: Message) -> Receipt:
        """What the node says once it has opened or rejected it: as it brings it, or else as it repeats it."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self.patience_s
        while loop.time() < until:
            for item in self.brought.get(message.env, []):
                if (found := self.prove(item)).stage != "accepted":
                    return found
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), min(1.0, max(0.0, until - loop.time())))
            except TimeoutError:
                repeated = (await self.send(message)).items(message)
                self.brought.setdefault(message.env, []).extend(repeated)
        raise Failed(f"expected it opened or rejected within {self.patience_s:.0f} s, heard nothing")

    async def expect_fate(self, message: Message, stage: str, code: str | None = None) -> Receipt:
        """It is accepted, and then opened, or rejected with a code."""
        await self.accept(message)
        return await self.expect_end(message, stage, code)

    async def expect_end(self, message: Message, stage: str, code: str | None = None) -> Receipt:
        """What was accepted is opened, or rejected with a code."""
        found = await self.fate(message)
        self.check_receipt(found, message, stage, code)
        return found

    async def expect_refusal(self, message: Message, code: str) -> None:
        """Refused by nobody's signature."""
        (await self.send(message)).expect_unsigned(code, message)

    async def expect_rejection(self, message: Message, code: str) -> Receipt:
        """Rejected with a signature at once."""
        return (await self.send(message)).expect_receipt(message, "rejected", code)

    # ------------------------------------------------------------ judging

    def prove(self, item: Any) -> Receipt:
        """A receipt of the node for one of ours, with its signature and all its members."""
        wire = strictjson.dump(item)
        if wire not in self.proved:
            try:
                signed = receipts.parse(item)
                me, verify = self.author.authority, self.node.verifier("rcpt")
                self.proved[wire] = receipts.authenticate(signed, me=me, net=self.author.net, verify=verify)
            except ProtocolError as error:
                raise Failed(f"a receipt of the node does not hold: {error.code}: {error}") from error
        return self.proved[wire]

    def check_receipt(self, found: Receipt, message: Message, stage: str, code: str | None) -> None:
        """It says what it must about this message."""
        said = f"{found.stage} {found.code or ''}".strip()
        expect((found.stage, found.code) == (stage, code), f"expected {stage} {code or ''}, got {said}")
        expect(found.for_.mid == message.mid and found.for_.env == message.env, "a receipt about something else")
        expect(found.stage != "opened" or found.st == message.st, "st is not the digest of the statement")
        expect(code is None or found.retry == BY_CODE[code].retry, f"retry of {code} is {found.retry}")

    async def command(self, name: str, **words: str) -> int:
        """Run the command given for ``name``; how it ended."""
        given = self.commands[name]
        if not isinstance(given, str):
            return await asyncio.to_thread(given, **words)
        argv = [word.format(**words) for word in shlex.split(given)]
        quiet = asyncio.subprocess.DEVNULL
        return await (await asyncio.create_subprocess_exec(*argv, stdout=quiet, stderr=quiet)).wait()

    # ------------------------------------------------------------ from the node

    async def _take(self, http_request: web.Request) -> web.Response:
        """What an honest counterpart does: keep and answer. What we are deaf for is answered as if it never came."""
        posted = strictjson.load(await http_request.read(), MOST)
        self.posts.append(posted)
        answer: Members = {"clock": now_ms(), "receipts": [], "refused": [], "taken": []}
        if "hello" in posted:
            answer["hello"] = self._answer_hello(posted["hello"])
        for item in posted.get("receipts", []):
            self._hear(item, answer["taken"])
        for item in posted.get("envelopes", []):
            self.envelopes.append(item)
            answer["receipts"] += self._receipt_for(item)
        self._news.set()
        return web.Response(body=strictjson.dump(answer), content_type=JSON)

    def _answer_hello(self, item: Members) -> Members:
        verify = self.node.verifier("rcpt")
        said = hello.authenticate(hello.parse(item), me=self.author.authority, net=self.author.net, verify=verify)
        return self.author.hello(self.node, nonce=said.nonce)

    def _hear(self, item: Members, taken: list[str]) -> None:
        receipt = receipts.parse(item).receipt
        self.brought.setdefault(receipt.for_.env, []).append(item)
        if self.deaf:
            self.deaf -= 1
        else:
            taken.append(receipt.rid)

    def _receipt_for(self, item: Members) -> list[Members]:
        """Our *accepted* for what the node sends us, unless we are deaf."""
        found = envelope.parse(item)
        if self.deaf:
            self.deaf -= 1
            return []
        return [self.author.receipt(self.node, found.manifest.mid, found.digest)]

    async def hears(self, count: int, of: list[Any]) -> bool:
        """Wait until a list has so many items."""
        try:
            async with asyncio.timeout(self.patience_s):
                while len(of) < count:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    async def _root(self, _: web.Request) -> web.Response:
        return web.Response(body=self.author.root, content_type=JSON)

    async def _keyset(self, _: web.Request) -> web.Response:
        return web.Response(body=self.author.keyset, content_type=JSON)
