"""Bundles made to do harm, and spoilt ones: each is refused, or what is bad in it left out, with its reason."""

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from protocol import strictjson
from protocol.bundle import INDEX, TRUST
from protocol.errors import ProtocolError
from tests.bundles.bags import Bag, by_file, everything
from tests.bundles.forging import Forged, Raw, entry, packed
from tests.world import OFFICER, World, ask
from tracing.clock import SystemClock
from tracing.exchange.bundles.container import NoBundle
from tracing.partners import set_status

ZEROS = bytes(64 << 20)
PK = b"PK\x03\x04"


@dataclass
class Case:
    """A real bundle with a request and its attachment, which at has not taken yet."""

    w: World
    bag: Bag
    good: bytes
    forged: Forged

    @property
    def trust(self) -> bytes:
        return self.forged.trust

    @property
    def post(self) -> bytes:
        return next(content for name, content in self.forged.contents.items() if name.startswith("posts/"))

    @property
    def blob(self) -> tuple[str, bytes]:
        return next((name, content) for name, content in self.forged.contents.items() if name.startswith("blobs/"))

    @property
    def first(self) -> list[tuple[str, bytes]]:
        return [(TRUST, self.trust), (INDEX, strictjson.dump(self.forged.index()))]

    def patched(self, offset: int, new: bytes) -> bytes:
        """The good bundle with other bytes at a place of its first header."""
        return self.good[:offset] + new + self.good[offset + len(new) :]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def case(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Case]:
    folder = tmp_path_factory.mktemp("hostile")
    w = by_file(World(folder, SystemClock()), "br", "at")
    bag = Bag(w, folder / "bag")
    film = await bag.bring("br", bytes(range(256)) * 4096, "film.bin", "application/octet-stream")
    await w["br"].office.request(OFFICER, ask("at") | {"attachments": [film]})
    [file] = (await bag.pack("br", "at")).files
    yield Case(w, bag, file.place.read_bytes(), Forged.of(w, file.place))
    for authority in list(w.nodes):
        await w.stop(authority)


def _tar(case: Case) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        about = tarfile.TarInfo(TRUST)
        about.size = len(case.trust)
        archive.addfile(about, io.BytesIO(case.trust))
    return out.getvalue()


def _linked(about: zipfile.ZipInfo) -> None:
    about.create_system, about.external_attr = 3, 0o120777 << 16


def _extra(about: zipfile.ZipInfo) -> None:
    about.extra = struct.pack("<HH4s", 0x7855, 4, b"root")


def _index(case: Case, **members: Any) -> bytes:
    """A well-made bundle whose index is signed and says something else."""
    return case.forged.saying(**members).file()


def _member(case: Case, **members: Any) -> bytes:
    [one, *rest] = case.forged.said["members"]
    return case.forged.listing(one | members, *rest).file()


def _signature(case: Case, change: Callable[[dict[str, Any]], Any]) -> bytes:
    return case.forged.file(change(case.forged.index()))


def _flipped(item: dict[str, Any]) -> dict[str, Any]:
    [one] = item["signatures"]
    text = one["signature"]
    return item | {"signatures": [one | {"signature": ("A" if text[0] != "A" else "B") + text[1:]}]}


def _another_payload(case: Case) -> bytes:
    other = case.forged.saying(part=2, of=2).index()["payload"]
    return _signature(case, lambda item: item | {"payload": other})


REFUSED: dict[str, tuple[str, Callable[[Case], bytes]]] = {
    # ---- what is no bundle
    "nothing": ("not-a-bundle", lambda _: b""),
    "a text": ("not-a-bundle", lambda _: b"Dear colleagues,\n" * 100),
    "zeros": ("not-a-bundle", lambda _: bytes(1 << 16)),
    "an endless beginning": ("not-a-bundle", lambda _: PK * 100_000),
    "a tar": ("not-a-bundle", _tar),
    "a gzip of the bundle": ("not-a-bundle", lambda case: gzip.compress(case.good)),
    "a program before the bundle": ("not-a-bundle", lambda case: b"MZ" + bytes(510) + case.good),
    "an empty ZIP": ("not-a-bundle", lambda _: Raw([]).file()),
    # ---- half-copied
    "cut in the first header": ("not-a-bundle", lambda case: case.good[:20]),
    "cut in the trust documents": ("not-a-bundle", lambda case: case.good[:500]),
    "cut behind the trust documents": ("not-a-bundle", lambda case: case.good[: 30 + len(TRUST) + len(case.trust)]),
    "cut in the index": ("not-a-bundle", lambda case: case.good[: 200 + len(case.trust)]),
    # ---- other containers
    "a bomb of zeros": ("not-a-bundle", lambda _: Raw([(TRUST, ZEROS)], zipfile.ZIP_DEFLATED).file()),
    "compressed by bzip2": ("not-a-bundle", lambda case: Raw(case.first, zipfile.ZIP_BZIP2).file()),
    "compressed by lzma": ("not-a-bundle", lambda case: Raw(case.first, zipfile.ZIP_LZMA).file()),
    "a link for the first member": ("schema", lambda _: Raw([(TRUST, b"/etc/passwd")], change=_linked).file()),
    "an extra field": ("not-a-bundle", lambda case: Raw(case.first, change=_extra).file()),
    "said to be encrypted": ("not-a-bundle", lambda case: case.patched(6, b"\x01\x00")),
    "a size that comes later": ("not-a-bundle", lambda case: case.patched(6, b"\x08\x00")),
    "sizes of a large ZIP": ("not-a-bundle", lambda case: case.patched(18, b"\xff" * 8)),
    "two sizes": ("not-a-bundle", lambda case: case.patched(18, b"\x01\x00\x00\x00")),
    "a name longer than it is": ("not-a-bundle", lambda case: case.patched(26, b"\xff\xff")),
    "trust documents of 9 MiB": ("not-a-bundle", lambda _: packed([(TRUST, bytes(9 << 20))])),
    "an index of 17 MiB": ("not-a-bundle", lambda case: packed([(TRUST, case.trust), (INDEX, bytes(17 << 20))])),
    # ---- path tricks
    "a path that climbs": ("not-a-bundle", lambda case: Raw([(f"../{TRUST}", case.trust)]).file()),
    "a path from the root": ("not-a-bundle", lambda case: Raw([(f"/{TRUST}", case.trust)]).file()),
    "the name in capitals": ("not-a-bundle", lambda case: Raw([(TRUST.upper(), case.trust)]).file()),
    "a name with a zero byte": ("not-a-bundle", lambda case: packed([("trust\0json", case.trust)])),
    "a folder": ("not-a-bundle", lambda _: Raw([("posts/", b"")]).file()),
    # ---- order
    "no trust documents": ("not-a-bundle", lambda case: packed(case.first[1:])),
    "no index": ("not-a-bundle", lambda case: packed([case.first[0], ("posts/000001.json", case.post)])),
    "the index first": ("not-a-bundle", lambda case: packed(case.first[::-1])),
    "two lists of trust documents": ("not-a-bundle", lambda case: packed([case.first[0], *case.first])),
    # ---- what stands in the two
    "trust documents that are no JSON": ("schema", lambda case: case.forged.file(trust=b"trust me")),
    "trust documents twice": ("schema", lambda case: case.forged.file(trust=b'{"trust":[],"trust":[]}')),
    "trust documents as a list": ("schema", lambda case: case.forged.file(trust=b"[1]")),
    "65 trust documents": ("too-large", lambda case: case.forged.file(trust=b'{"trust":[' + b"1," * 64 + b"1]}")),
    "100,000 brackets": ("schema", lambda case: case.forged.file(trust=b"[" * 100_000)),
    "an index that is no JSON": ("schema", lambda case: case.forged.file(b"index")),
    "an index as a list": ("schema", lambda case: case.forged.file([])),
    "an index with more in it": ("schema", lambda case: _signature(case, lambda item: item | {"note": 1})),
    "an index without a signature": ("schema", lambda case: _signature(case, lambda item: item | {"signatures": []})),
    "an index with two signatures": (
        "schema",
        lambda case: _signature(case, lambda item: item | {"signatures": item["signatures"] * 2}),
    ),
    "a hello for an index": ("schema", lambda case: Forged(**vars(case.forged) | {"typ": "itx-hello+json"}).file()),
    # ---- what the index says
    "of a newer version": ("unsupported-version", lambda case: _index(case, v=2)),
    "something that must be understood": ("unsupported-extension", lambda case: _index(case, crit=["later"])),
    "of the other network": ("wrong-network", lambda case: _index(case, net="real")),
    "for another authority": ("wrong-recipient", lambda case: _index(case, to="ke")),
    "of somebody nobody knows": ("unknown-key", lambda case: _index(case, **{"from": "xb", "id": _id("xb")})),
    "of this node itself": ("unknown-key", lambda case: _index(case, **{"from": "at", "id": _id("at")})),
    "the id of another": ("mismatch", lambda case: _index(case, id=_id("at"))),
    "an id that is none": ("schema", lambda case: _index(case, id="br:1")),
    "part 3 of 2": ("schema", lambda case: _index(case, part=3, of=2)),
    "part 0": ("schema", lambda case: _index(case, part=0)),
    "no time": ("schema", lambda case: case.forged.without("iat").file()),
    "receipts that are no ids": ("schema", lambda case: _index(case, taken=["../../etc"])),
    "too much that was taken": ("schema", lambda case: _index(case, taken=[_id("at")] * 20_001)),
    "too much that is wanted": ("schema", lambda case: _index(case, want=["0" * 64] * 1_001)),
    "signed by a key of another use": (
        "unknown-key",
        lambda case: Forged(**vars(case.forged) | {"use": "env"}).file(),
    ),
    "a signature of other bytes": ("bad-signature", lambda case: _signature(case, _flipped)),
    "another payload under the signature": ("bad-signature", _another_payload),
    # ---- what it says of members
    "17,000 members": ("schema", lambda case: _index(case, members=[entry("posts/000001.json", b"{}")] * 17_000)),
    "a member twice": ("schema", lambda case: case.forged.listing(*case.forged.said["members"] * 2).file()),
    "a member whose path climbs": ("schema", lambda case: _member(case, name="posts/../../../home/keys.json")),
    "a member from the root": ("schema", lambda case: _member(case, name="/etc/cron.d/x")),
    "a member with a backslash": ("schema", lambda case: _member(case, name="posts\\000001.json")),
    "a post without a number": ("schema", lambda case: _member(case, name="posts/one.json")),
    "a post of 9 MiB": ("schema", lambda case: _member(case, len=9 << 20)),
    "a member of no length": ("schema", lambda case: _member(case, len=0)),
    "a member of less than nothing": ("schema", lambda case: _member(case, len=-1)),
    "a length that is a text": ("schema", lambda case: _member(case, len="1")),
    "an attachment under another digest": ("schema", lambda case: _member(case, name=f"blobs/{'0' * 64}")),
    "a piece of nothing": ("schema", lambda case: _member(case, name=f"blobs/{'0' * 64}.0")),
    "a piece behind the end": ("schema", lambda case: _member(case, name=f"blobs/{'0' * 64}.9", whole=5, len=1)),
    "a piece of another length": ("schema", lambda case: _member(case, name=f"blobs/{'0' * 64}.0", whole=5, len=4)),
    "a post that says it is a piece": ("schema", lambda case: _member(case, whole=5)),
    "more than a disc": (
        "schema",
        lambda case: case.forged.listing(
            *({"name": f"blobs/{n:064}", "len": 250 << 20, "sha256": f"{n:064}"} for n in range(8))
        ).file(),
    ),
}


def _id(authority: str) -> str:
    return f"{authority}:01939bd0-0000-7000-8000-000000000000"


async def _refusal(case: Case, content: bytes) -> str:
    place = case.bag.folder / "hostile.itx"
    place.write_bytes(content)
    with pytest.raises((NoBundle, ProtocolError)) as caught:
        await case.bag.take("at", place)
    return str(getattr(caught.value, "code", None))


@pytest.mark.parametrize("name", REFUSED)
async def test_a_hostile_bundle_is_refused_with_its_reason_and_changes_nothing(case: Case, name: str) -> None:
    code, make = REFUSED[name]
    before = await everything(case.w, "at")
    assert await _refusal(case, make(case)) == code
    assert await everything(case.w, "at") == before


async def test_a_bundle_of_one_that_is_suspended_is_refused_and_changes_nothing(case: Case) -> None:
    node = case.w["at"]
    for status, code in (("suspended", "policy"), ("active", None)):
        node.store.write_now(lambda tx, status=status: set_status(tx, "br", status, "admin"))
        node.partners.reload()
        if code is not None:
            before = await everything(case.w, "at")
            assert await _refusal(case, case.good) == code
            assert await everything(case.w, "at") == before


# ---------------------------------------------------------------- what is bad in a bundle that is not


def _envelope(case: Case, change: Callable[[dict[str, Any]], dict[str, Any]]) -> bytes:
    post = strictjson.load(case.post, len(case.post))
    return case.forged.bearing(post=strictjson.dump(post | {"envelopes": [change(post["envelopes"][0])]})).file()


def _damaged(case: Case, content: bytes) -> bytes:
    """One byte of it is another one; the index does not know."""
    at = case.good.index(content) + len(content) // 2
    return case.good[:at] + bytes([case.good[at] ^ 1]) + case.good[at + 1 :]


def _renamed(case: Case) -> bytes:
    """The header of the post bears another name."""
    return case.good.replace(b"posts/000001.json", b"posts/000002.json", 1)


def _flip(text: str) -> str:
    return ("A" if text[0] != "A" else "B") + text[1:]


_NOTHING = b'{"receipts":[]}'
LEFT_OUT: dict[str, tuple[list[str], Callable[[Case], bytes]]] = {
    "a post that is damaged": (["damaged", "not-named"], lambda case: _damaged(case, case.post)),
    "an attachment of which nothing tells": (
        ["schema", "not-named"],
        lambda case: case.forged.bearing(post=_NOTHING).file(),
    ),
    "a post under another name": (["damaged", "not-named"], _renamed),
    "cut in the post": (["damaged", "damaged"], lambda case: case.good[: case.good.index(case.post) + 100]),
    "cut before the post": (["damaged", "damaged"], lambda case: case.good[: case.good.index(case.post) - 10]),
    "a post that is no JSON": (["schema", "not-named"], lambda case: case.forged.bearing(post=b"post").file()),
    "a post as a list": (["schema", "not-named"], lambda case: case.forged.bearing(post=b"[1]").file()),
    "a post of brackets": (["too-large", "not-named"], lambda case: case.forged.bearing(post=b"[" * 200_000).file()),
    "a post of 65 items": (
        ["too-large", "not-named"],
        lambda case: case.forged.bearing(post=b'{"receipts":[' + b"1," * 64 + b"1]}").file(),
    ),
    "an envelope that is none": (["schema", "not-named"], lambda case: _envelope(case, lambda _: {})),
    "an envelope with another inside": (
        ["mismatch", "not-named"],
        lambda case: _envelope(case, lambda one: one | {"ct": _flip(one["ct"])}),
    ),
    "an envelope that another signed": (
        ["bad-signature", "not-named"],
        lambda case: _envelope(
            case,
            lambda one: (
                one | {"signatures": [one["signatures"][0] | {"signature": _flip(one["signatures"][0]["signature"])}]}
            ),
        ),
    ),
    "a receipt for nothing": (
        ["schema", "not-named"],
        lambda case: case.forged.bearing(post=b'{"receipts":[{}]}').file(),
    ),
    "a post that is not there": (
        ["damaged", "damaged"],
        lambda case: packed([*case.first, case.blob]),
    ),
}


@pytest.mark.parametrize("name", LEFT_OUT)
async def test_what_is_bad_in_a_bundle_is_left_out_with_its_reason_and_changes_nothing(case: Case, name: str) -> None:
    codes, make = LEFT_OUT[name]
    place = case.bag.folder / "hostile.itx"
    place.write_bytes(make(case))
    before = await everything(case.w, "at")
    [report] = await case.bag.take("at", place)
    assert [one.code for one in report.faults] == codes
    assert await everything(case.w, "at") == before


@pytest.fixture
async def taken(case: Case, tmp_path: Path) -> AsyncIterator[Case]:
    """The same, for what is taken in part: at a pair of its own."""
    w = by_file(World(tmp_path, SystemClock()), "br", "at")
    bag = Bag(w, tmp_path / "bag")
    film = await bag.bring("br", bytes(range(256)) * 4096, "film.bin", "application/octet-stream")
    await w["br"].office.request(OFFICER, ask("at") | {"attachments": [film]})
    [file] = (await bag.pack("br", "at")).files
    yield Case(w, bag, file.place.read_bytes(), Forged.of(w, file.place))
    for authority in list(w.nodes):
        await w.stop(authority)


async def test_a_damaged_attachment_takes_nothing_else_with_it_and_comes_whole_the_next_time(taken: Case) -> None:
    place, name = taken.bag.folder / "copy.itx", taken.blob[0]
    for content in (_damaged(taken, taken.blob[1]), taken.good[: taken.good.index(taken.blob[1]) + 1000]):
        place.write_bytes(content)
        [report] = await taken.bag.take("at", place)
        assert [(one.where, one.code) for one in report.faults] == [(name, "damaged")]
        assert list(taken.w["at"].folder.path.iterdir()) == []
    place.write_bytes(taken.good)
    [report] = await taken.bag.take("at", place)
    assert (report.known, report.attachments, report.faults) == (1, 1, [])


async def test_a_directory_that_lies_changes_nothing_of_what_is_taken(taken: Case) -> None:
    """The directory at the end of a ZIP is not read: what people see there is theirs to wonder about."""
    place = taken.bag.folder / "copy.itx"
    place.write_bytes(taken.good[: taken.good.index(b"PK\x01\x02")] + b"PK\x01\x02" + b"\xff" * 10_000)
    [report] = await taken.bag.take("at", place)
    assert (report.accepted, report.attachments, report.faults) == (1, 1, [])


def test_there_are_at_least_sixty_hostile_bundles() -> None:
    assert len(REFUSED) + len(LEFT_OUT) >= 60
