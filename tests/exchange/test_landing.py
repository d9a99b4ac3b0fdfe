"""What strangers and counterparts can do to the place where attachments land: only what was named, and only once."""

import asyncio
import hashlib
import secrets
from typing import Any

import aiohttp
import pytest

from protocol.attachments import MAX_CT_BYTES
from tests.exchange.conftest import MakeNode
from tests.exchange.world import Nation, Node, body_of
from tracing import tables
from tracing.exchange import landing
from tracing.listening import Limits

SIZE = 300_000


class Sealed:
    """Noise in the place of a sealed attachment, named by an envelope that ``br`` accepted."""

    def __init__(self, size: int = SIZE) -> None:
        self.data = secrets.token_bytes(size)
        self.digest = hashlib.sha256(self.data).hexdigest()

    def named(self, **changed: Any) -> dict[str, Any]:
        return {"ct_len": len(self.data), "ct_sha256": self.digest, "on_demand": False} | changed


async def accepted(node: Node, sender: Nation, *some: dict[str, Any]) -> None:
    """An envelope that names these attachments, accepted."""
    said = sender.envelope(node.nation.authority, att=[_Named(one) for one in some])
    status, answer = await node.post(body_of(said))
    assert (status, len(answer["receipts"])) == (200, 1)


class _Named:
    """What ``build_manifest`` takes: something that tells its members."""

    def __init__(self, members: dict[str, Any]) -> None:
        self._members = members

    def model_dump(self, **_: Any) -> dict[str, Any]:
        return self._members


async def put(
    node: Node, digest: str, data: bytes, first: int, total: int, **headers: str
) -> tuple[int, str | None, str]:
    """PUT bytes; status, offset and code."""
    given = {
        "Content-Type": "application/octet-stream",
        "Content-Range": f"bytes {first}-{first + len(data) - 1}/{total}",
    } | headers
    async with (
        aiohttp.ClientSession() as session,
        session.put(f"{node.url}/itx/1/blobs/{digest}", data=data, headers=given) as answer,
    ):
        told = await answer.json(content_type=None) if answer.status >= 400 else {}
        return answer.status, answer.headers.get("Upload-Offset"), told.get("code", "")


async def head(node: Node, digest: str, total: int | str) -> tuple[int, str | None]:
    async with (
        aiohttp.ClientSession() as session,
        session.head(f"{node.url}/itx/1/blobs/{digest}", headers={"Upload-Length": str(total)}) as answer,
    ):
        return answer.status, answer.headers.get("Upload-Offset")


def here(node: Node) -> list[str]:
    """The files of its folder."""
    return sorted(file.name for file in node.blobs.path.iterdir())


def arrived(node: Node) -> list[bool]:
    return [row.arrived_ms is not None for row in node.rows(tables.Attachment)]


async def test_what_was_named_is_taken_in_two_parts_and_counts_when_it_is_whole(
    br: Node, nations: dict[str, Nation]
) -> None:
    blob = Sealed()
    await accepted(br, nations["ke"], blob.named())
    assert await head(br, blob.digest, SIZE) == (204, "0")
    assert await put(br, blob.digest, blob.data[:1000], 0, SIZE) == (204, "1000", "")
    assert (await head(br, blob.digest, SIZE), arrived(br)) == ((204, "1000"), [False])
    assert await put(br, blob.digest, blob.data[1000:], 1000, SIZE) == (204, str(SIZE), "")
    assert (here(br), arrived(br)) == ([blob.digest], [True])
    assert await head(br, blob.digest, SIZE) == (204, str(SIZE))


async def test_what_came_again_when_it_is_whole_changes_nothing(br: Node, nations: dict[str, Nation]) -> None:
    blob = Sealed()
    await accepted(br, nations["ke"], blob.named())
    for _ in range(2):
        assert await put(br, blob.digest, blob.data, 0, SIZE) == (204, str(SIZE), "")
    assert here(br) == [blob.digest]


@pytest.mark.parametrize(
    ("changed", "status"),
    [({}, 404), ({"ct_len": SIZE - 1}, 404), ({"on_demand": True}, 404), ({"ct_sha256": "0" * 64}, 404)],
    ids=["nobody named it", "named in another length", "not asked for", "another was named"],
)
async def test_what_no_envelope_names_is_never_written(
    br: Node, nations: dict[str, Nation], changed: dict[str, Any], status: int
) -> None:
    blob = Sealed()
    if changed:
        await accepted(br, nations["ke"], blob.named(**changed))
    before = br.state()
    assert await put(br, blob.digest, blob.data, 0, SIZE) == (status, None, "not-found")
    assert (await head(br, blob.digest, SIZE))[0] == status
    assert (here(br), br.state()) == ([], before)


@pytest.mark.parametrize("renamed", [False, True], ids=["before its check", "before its row"])
async def test_what_a_crash_left_complete_but_uncounted_counts_when_its_sender_asks(
    br: Node, nations: dict[str, Nation], *, renamed: bool
) -> None:
    blob = Sealed()
    await accepted(br, nations["ke"], blob.named())
    left = br.blobs.whole(blob.digest) if renamed else br.blobs.part(blob.digest, SIZE)
    left.write_bytes(blob.data)
    assert await head(br, blob.digest, SIZE) == (204, str(SIZE))
    assert (here(br), arrived(br)) == ([blob.digest], [True])


async def test_what_a_crash_left_complete_and_wrong_is_asked_for_again(br: Node, nations: dict[str, Nation]) -> None:
    blob = Sealed()
    await accepted(br, nations["ke"], blob.named())
    br.blobs.part(blob.digest, SIZE).write_bytes(bytes(SIZE))
    assert await head(br, blob.digest, SIZE) == (422, "0")
    assert (here(br), await head(br, blob.digest, SIZE)) == ([], (204, "0"))


async def test_other_bytes_than_the_named_ones_are_thrown_away(br: Node, nations: dict[str, Nation]) -> None:
    blob = Sealed()
    await accepted(br, nations["ke"], blob.named())
    assert await put(br, blob.digest, bytes(SIZE), 0, SIZE) == (422, "0", "mismatch")
    assert (here(br), arrived(br)) == ([], [False])
    assert await put(br, blob.digest, blob.data, 0, SIZE) == (204, str(SIZE), "")


@pytest.mark.parametrize("first", [1, 500, 999, 1001, SIZE - 10])
async def test_a_lie_about_the_offset_is_told_the_truth(br: Node, nations: dict[str, Nation], first: int) -> None:
    blob = Sealed()
    await accepted(br, nations["ke"], blob.named())
    await put(br, blob.digest, blob.data[:1000], 0, SIZE)
    assert await put(br, blob.digest, blob.data[first : first + 10], first, SIZE) == (409, "1000", "mismatch")
    assert await head(br, blob.digest, SIZE) == (204, "1000")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Content-Range": ""}, 400, "schema"),
        ({"Content-Range": "bytes */300000"}, 400, "schema"),
        ({"Content-Range": "bytes 0-9/5"}, 400, "schema"),
        ({"Content-Range": "bytes 9-0/300000"}, 400, "schema"),
        ({"Content-Range": "bytes 0-98/300000"}, 400, "schema"),
        ({"Content-Range": f"bytes 0-99/{'9' * 13}"}, 400, "schema"),
        ({"Content-Range": f"bytes 0-99/{MAX_CT_BYTES + 1}"}, 413, "too-large"),
        ({"Content-Range": "Bytes 0-99/３００"}, 400, "schema"),
        ({"Content-Type": "text/html"}, 415, "media-type"),
        ({"Content-Encoding": "gzip"}, 415, "media-type"),
    ],
)
async def test_headers_that_say_nonsense_are_refused(
    br: Node, nations: dict[str, Nation], headers: dict[str, str], status: int, code: str
) -> None:
    blob = Sealed()
    await accepted(br, nations["ke"], blob.named())
    encoded = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    assert await put(br, blob.digest, blob.data[:100], 0, SIZE, **encoded) == (status, None, code)
    assert here(br) == []


@pytest.mark.parametrize("length", ["", "0", "-1", "x", str(MAX_CT_BYTES + 1), "9" * 40])
async def test_a_length_that_is_none_is_refused(br: Node, length: str) -> None:
    assert await head(br, "0" * 64, length) == (400, None)


@pytest.mark.parametrize("path", ["x", "0" * 63, "0" * 65, "A" * 64, "..%2f..%2fnode.db", "0" * 60 + "/../"])
async def test_only_digests_are_names_here(br: Node, path: str) -> None:
    status, _, code = await put(br, path, b"x" * 100, 0, 100)
    assert (status, code, here(br)) == (404, "not-found", [])


async def test_more_than_fits_one_put_is_refused_before_it_is_read(br: Node, nations: dict[str, Nation]) -> None:
    blob = Sealed(landing.MOST_BYTES + 1)
    await accepted(br, nations["ke"], blob.named())
    try:
        status = (await put(br, blob.digest, blob.data, 0, len(blob.data)))[0]
    except aiohttp.ClientError:  # it closed while we were still sending
        status = 413
    assert (status, here(br)) == (413, [])


async def raw_put(node: Node, blob: Sealed, sent: bytes) -> asyncio.StreamWriter:
    """A PUT that promises all of it and sends a part."""
    host, port = node.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    lines = (
        f"PUT /itx/1/blobs/{blob.digest} HTTP/1.1", f"Host: {host}", "Content-Type: application/octet-stream",
        f"Content-Length: {len(blob.data)}", f"Content-Range: bytes 0-{len(blob.data) - 1}/{len(blob.data)}", "", "",
    )  # fmt: skip
    writer.write("\r\n".join(lines).encode() + sent)
    await writer.drain()
    return writer


async def test_half_a_body_stays_and_the_rest_follows(br: Node, nations: dict[str, Nation]) -> None:
    blob = Sealed()
    await accepted(br, nations["ke"], blob.named())
    writer = await raw_put(br, blob, blob.data[:100_000])
    await br.reaches(lambda: here(br) != [])
    writer.transport.abort()
    part = br.blobs.part(blob.digest, SIZE)
    await br.reaches(lambda: part.stat().st_size == 100_000)

    async def rest() -> int:
        return (await put(br, blob.digest, blob.data[100_000:], 100_000, SIZE))[0]

    status = await rest()
    while status == 503:  # the first connection is not over yet
        await asyncio.sleep(0.05)
        status = await rest()
    assert (status, here(br), arrived(br)) == (204, [blob.digest], [True])


async def test_a_body_that_stands_still_ends_and_what_came_stays(node_of: MakeNode, nations: dict[str, Nation]) -> None:
    node = await node_of("br", limits=Limits(pause_s=0.2, linger_s=0.1)).open(deliver=False)
    await node.knows(nations["ke"])
    blob = Sealed()
    await accepted(node, nations["ke"], blob.named())
    writer = await raw_put(node, blob, blob.data[:5000])
    await node.reaches(lambda: here(node) != [] and node.blobs.received(blob.digest, SIZE) == 5000)
    assert await head(node, blob.digest, SIZE) == (204, "5000")
    writer.close()


async def test_two_writers_at_once_do_not_mix(br: Node, nations: dict[str, Nation]) -> None:
    blob = Sealed()
    await accepted(br, nations["ke"], blob.named())
    first = await raw_put(br, blob, blob.data[:1000])
    await br.reaches(lambda: here(br) != [])
    assert (await put(br, blob.digest, bytes(SIZE), 0, SIZE))[0] in (409, 503)
    first.write(blob.data[1000:])
    await br.reaches(lambda: arrived(br) == [True])
    assert br.blobs.whole(blob.digest).read_bytes() == blob.data
    first.close()


async def test_what_one_counterpart_may_leave_here_is_bounded(node_of: MakeNode, nations: dict[str, Nation]) -> None:
    node = await node_of("br", quota_bytes=SIZE + 100).open(deliver=False)
    await node.knows(nations["ke"])
    await node.knows(nations["at"])
    one, two, other = Sealed(), Sealed(), Sealed()
    await accepted(node, nations["ke"], one.named(), two.named())
    await accepted(node, nations["at"], other.named())
    assert (await put(node, one.digest, one.data, 0, SIZE))[0] == 204
    assert await put(node, two.digest, two.data, 0, SIZE) == (507, None, "busy")
    assert (await put(node, other.digest, other.data, 0, SIZE))[0] == 204
    assert here(node) == sorted([one.digest, other.digest])
    assert [row.fault for row in node.rows(tables.Attachment, digest=two.digest)] == ["quota"]


async def test_a_lie_about_the_length_of_anothers_attachment_spoils_nothing(
    br: Node, nations: dict[str, Nation]
) -> None:
    await br.knows(nations["at"])
    blob = Sealed()
    await accepted(br, nations["ke"], blob.named())
    await accepted(br, nations["at"], blob.named(ct_len=1000))
    assert (await put(br, blob.digest, blob.data[:900], 0, SIZE))[0] == 204
    assert await put(br, blob.digest, bytes(1000), 0, 1000) == (422, "0", "mismatch")
    assert await head(br, blob.digest, SIZE) == (204, "900")


async def test_a_suspended_counterpart_brings_nothing(br: Node, nations: dict[str, Nation]) -> None:
    blob = Sealed()
    await accepted(br, nations["ke"], blob.named())
    table = tables.table_of(tables.Counterpart)
    await br.store.write(lambda tx: tx.conn.execute(table.update().values(status="suspended")))
    br.partners.reload()
    assert await put(br, blob.digest, blob.data, 0, SIZE) == (404, None, "not-found")


async def test_as_many_land_at_once_as_there_is_room_for(
    node_of: MakeNode, nations: dict[str, Nation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing, "MOST_AT_ONCE", 1)
    node = await node_of("br").open(deliver=False)
    await node.knows(nations["ke"])
    one, two = Sealed(), Sealed()
    await accepted(node, nations["ke"], one.named(), two.named())
    writer = await raw_put(node, one, one.data[:1000])
    await node.reaches(lambda: here(node) != [])
    assert await put(node, two.digest, two.data, 0, SIZE) == (503, None, "busy")
    writer.transport.abort()


async def test_who_drips_takes_no_place_of_another_counterpart(br: Node, nations: dict[str, Nation]) -> None:
    await br.knows(nations["at"])
    slow, other = [Sealed() for _ in range(landing.MOST_OF_ONE + 1)], Sealed()
    await accepted(br, nations["ke"], *(one.named() for one in slow))
    await accepted(br, nations["at"], other.named(), slow[-1].named())
    writers = [await raw_put(br, one, one.data[:1000]) for one in slow[:-1]]
    await br.reaches(lambda: len(here(br)) == landing.MOST_OF_ONE)
    more = Sealed()
    await accepted(br, nations["ke"], more.named())
    assert await put(br, more.digest, more.data, 0, SIZE) == (503, None, "busy")
    assert not br.blobs.part(more.digest, SIZE).exists()
    for named_by_another in (other, slow[-1]):
        data = named_by_another.data
        assert await put(br, named_by_another.digest, data, 0, SIZE) == (204, str(SIZE), "")
    for writer in writers:
        writer.transport.abort()


async def test_a_full_disk_is_said_and_nothing_counts(br: Node, nations: dict[str, Nation]) -> None:
    blob = Sealed()
    await accepted(br, nations["ke"], blob.named())
    br.blobs.part(blob.digest, SIZE).mkdir()  # nothing can be written there
    assert (await put(br, blob.digest, blob.data[:10], 0, SIZE))[0] in (409, 507)
    assert arrived(br) == [False]
