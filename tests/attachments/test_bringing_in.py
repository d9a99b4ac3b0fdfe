"""What officers may bring in and name, and what is refused with nothing changed."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from protocol.attachments import MAX_BYTES, Attachment
from tests.attachments.officers import Officer, officer_of, reached
from tests.world import APPROVER, TABLES, World, ask, world
from tracing.attachments import Folder, Sealing, TooLong, opened, uploads
from tracing.attachments.sweeping import sweep
from tracing.desk.pages.casepage import case_view
from tracing.desk.pages.moments import Here
from tracing.settings import AttachmentSettings
from tracing.settings.values import Size

KEY = b"k" * 32


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\\b", "a\nb", "\u202egpj.exe", "x" * 201, "..", "\x00"])
async def test_a_name_that_is_more_than_a_name_is_refused(br: Officer, name: str) -> None:
    refused = await br.bring(b"x", name)
    assert (refused["http"], refused["code"]) == (400, "bad-query")


@pytest.mark.parametrize("name", ['a"; filename="b.exe', "é ünï.pdf", "%2e%2e%2f", "<script>.txt", "a;b=c"])
async def test_a_strange_name_goes_out_in_one_header_and_whole(pair: World, br: Officer, name: str) -> None:
    sent = await br.ask("at", await br.bring(b"x", name))
    file = await pair.case("br", sent["case"])
    assert file.messages[0]["attachments"][0]["name"] == name
    headers = (await br.take(sent["case"], file.messages[0]["mid"], 0))[2]
    plain = headers["Content-Disposition"].removeprefix('attachment; filename="').partition('"')[0]
    assert set(plain) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._- ")


@pytest.mark.parametrize(("length", "status", "code"), [(MAX_BYTES + 1, 413, "too-large"), (0, 400, "bad-body")])
async def test_a_file_of_no_size_or_too_large_is_refused_before_it_comes(
    br: Officer, length: int, status: int, code: str
) -> None:
    headers = {"Content-Length": str(length), "Content-Type": "application/pdf", "Expect": "100-continue"}
    async with br.session.post(
        "/api/v1/attachments", data=b"" if not length else _Endless(), headers=headers
    ) as answer:
        assert (answer.status, (await answer.json())["code"]) == (status, code)


class _Endless:
    """A body that never has to come."""

    def __aiter__(self) -> "_Endless":
        return self

    async def __anext__(self) -> bytes:
        raise StopAsyncIteration


def test_one_byte_more_than_an_attachment_may_have_is_not_sealed(tmp_path: Path) -> None:
    sealing = Sealing(Folder(tmp_path), name="x", key=KEY, net="training")
    sealing.length = MAX_BYTES - 1
    sealing.write(b"a")
    with pytest.raises(TooLong):
        sealing.write(b"b")
    sealing.abandon()
    assert list(tmp_path.iterdir()) == []


def test_what_was_sealed_here_opens_again_and_nothing_plain_rests(tmp_path: Path) -> None:
    folder, data = Folder(tmp_path / "blobs").make(), b"a serial number " * 50_000
    sealing = Sealing(folder, name="x", key=KEY, net="training")
    for at in range(0, len(data), 100_000):
        sealing.write(data[at : at + 100_000])
    made = sealing.finish()
    assert b"".join(opened(folder, made, net="training")) == data
    rests = folder.whole(made.ct_sha256)
    assert (b"serial" in rests.read_bytes(), rests.stat().st_mode & 0o777) == (False, 0o600)
    assert (tmp_path / "blobs").stat().st_mode & 0o777 == 0o700


BAD: dict[str, Any] = {
    "no list": "x", "no texts": [1], "an id of nothing": ["0" * 32], "a path": ["../../node.db"],
    "a long text": ["x" * 99],
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
async def test_ids_that_name_nothing_are_refused_and_nothing_is_sent(pair: World, br: Officer, name: str) -> None:
    await pair.settled()
    before = [await pair.count("br", table) for table in ("case", "message", "envelope", "outbox")]
    refused = await br.post("/api/v1/requests", ask("at") | {"attachments": BAD[name]})
    assert (refused["http"], refused["code"]) == (422, "incomplete")
    assert [await pair.count("br", table) for table in ("case", "message", "envelope", "outbox")] == before


async def test_an_attachment_goes_with_one_message_only(pair: World, br: Officer) -> None:
    brought = await br.bring(b"once")
    twice = await br.ask("at", brought, brought)
    assert (twice["http"], twice["problems"][0]["member"]) == (422, "attachments.1")
    assert (await br.ask("at", brought))["http"] == 201
    again = await br.ask("at", brought)
    assert (again["http"], again["code"]) == (422, "incomplete")


async def test_sixty_four_attachments_go_and_one_more_does_not(pair: World, br: Officer) -> None:
    some = [await br.bring(bytes([number]) * 10, f"{number}.bin") for number in range(65)]
    refused = await br.ask("at", *some)
    assert (refused["http"], refused["code"]) == (422, "incomplete")
    sent = await br.ask("at", *some[:64])
    assert sent["http"] == 201
    await reached(pair, "at", sent["case"], ["here"] * 64)


async def test_who_may_not_act_brings_nothing_in(pair: World) -> None:
    async with officer_of(pair, "br", "lin", "liaison") as liaison:
        refused = await liaison.bring(b"x")
    assert (refused["http"], refused["code"]) == (403, "forbidden")


async def test_any_act_may_bear_attachments_both_ways(pair: World, br: Officer, at: Officer) -> None:
    sent = await br.ask("at", await br.bring(b"theirs"))
    await reached(pair, "at", sent["case"], ["here"])
    ids = [(await at.bring(b"ours"))["attachment"]]
    said = await at.post(f"/api/v1/cases/{sent['case']}/acknowledge", {"reference": "AT-1", "attachments": ids})
    assert said["http"] == 200
    await reached(pair, "br", sent["case"], ["there"], ["here"])


async def test_scans_of_a_recorded_reply_are_kept_with_it(pair: World, br: Officer) -> None:
    sent = await br.post("/api/v1/requests", ask("xb") | {"attachments": [(await br.bring(b"a map"))["attachment"]]})
    scan = (await br.bring(b"%PDF a letter", "letter.pdf", "application/pdf"))["attachment"]
    reply = {"kind": "acknowledge", "channel": "letter", "body": {"reference": "XB-1"}, "attachments": [scan]}
    assert (await br.post(f"/api/v1/cases/{sent['case']}/record", reply))["http"] == 200
    file = await reached(pair, "br", sent["case"], ["by_letter"], ["here"])
    status, data, _ = await br.take(sent["case"], file.messages[1]["mid"], 0)
    assert (status, data) == (200, b"%PDF a letter")


@pytest.mark.parametrize("path", ["0/0", "x/0", "MID/1", "MID/99", "MID/-1", "MID/x"])
async def test_what_is_not_there_is_not_found(pair: World, br: Officer, path: str) -> None:
    sent = await br.ask("at", await br.bring(b"x"))
    mid = (await pair.case("br", sent["case"])).messages[0]["mid"]
    status, _, _ = await br.take(sent["case"], *path.replace("MID", mid).split("/"))  # type: ignore[arg-type]
    assert status == 404


async def test_who_takes_an_attachment_out_is_in_the_audit_trail(pair: World, br: Officer) -> None:
    sent = await br.ask("at", await br.bring(b"x"))
    mid = (await pair.case("br", sent["case"])).messages[0]["mid"]
    readings = TABLES["leaf"].c.kind == "read"
    before = await pair.count("br", "leaf", readings)
    await br.take(sent["case"], mid, 0)
    assert await pair.count("br", "leaf", readings) == before + 1
    assert pair.audit("br").ok


async def test_what_waits_for_a_second_person_goes_when_he_releases_it(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at", release="two") as w, officer_of(w, "br", "ada") as ada:
        drafted = await ada.ask("at", await ada.bring(b"x"))
        assert drafted["delivery"] == "draft"
        (draft,) = (await w["br"].office.read_case(APPROVER, drafted["case"])).drafts
        assert [one["name"] for one in draft["attachments"]] == ["report.bin"]
        place = f"/api/v1/cases/{drafted['case']}/drafts/{draft['draft']}/attachments"
        async with officer_of(w, "br", "bea", "approver") as bea:
            async with bea.session.get(f"{place}/0") as answer:
                assert (answer.status, await answer.read()) == (200, b"x")
            async with bea.session.get(f"{place}/1") as answer:
                assert answer.status == 404
        file = await w["br"].office.read_case(APPROVER, drafted["case"])
        shown = case_view(file, Here(w.clock.now(), ZoneInfo("UTC")), w["br"].partners)["approve"]
        assert [(one["name"], one["href"]) for one in shown["attachments"]] == [("report.bin", f"{place}/0")]
        await w["br"].office.move(APPROVER, drafted["case"], "approve", {})
        await reached(w, "at", drafted["case"], ["here"])


async def test_what_an_officer_leaves_lying_is_bounded_and_forgotten_after_a_day(tmp_path: Path) -> None:
    small = AttachmentSettings(officer=Size("1 MiB"))
    async with world(tmp_path, "br", attachments=small) as w, officer_of(w, "br") as officer:
        brought = await officer.bring(bytes(600_000))
        refused = await officer.bring(bytes(600_000))
        assert (brought["http"], refused["http"], refused["code"]) == (201, 507, "no-room")
        node = w["br"]
        assert len(list(node.folder.path.iterdir())) == 1
        assert await sweep(node.store, node.folder) == 0
        later = node.store.clock.now_ms() + 2 * uploads.DAY_MS
        gone = node.folder.sweep(set(), later / 1000)
        assert (gone, list(node.folder.path.iterdir())) == (1, [])


async def test_a_lie_of_its_sender_about_an_attachment_is_shown_and_the_case_goes_on(
    pair: World, br: Officer, at: Officer
) -> None:
    node = pair["br"]
    sealing = Sealing(node.folder, name="lie", key=KEY, net="training")
    sealing.write(b"the truth")
    made = sealing.finish()
    lie = Attachment("a.txt", "text/plain", made.length, "0" * 64, KEY, made.ct_sha256)
    upload = await node.store.write(lambda tx: uploads.add(tx, "eve", [lie], 1 << 30))
    sent = await br.ask("at", {"attachment": upload.id})
    file = await reached(pair, "at", sent["case"], ["spoiled"])
    assert (await at.take(sent["case"], file.messages[0]["mid"], 0))[0] == 409
    await pair.reached("br", sent["case"], "delivered")
    assert (await at.post(f"/api/v1/cases/{sent['case']}/acknowledge", {}))["http"] == 200


async def test_an_attachment_that_never_comes_holds_up_neither_its_message_nor_the_case(
    pair: World, br: Officer, at: Officer
) -> None:
    lost, well = await br.bring(b"lost"), await br.bring(b"well")
    row = await pair["br"].store.read(lambda view: uploads.read(view, lost["attachment"]))
    assert row is not None
    pair["br"].folder.whole(row.attachments[0].ct_sha256).unlink()
    sent = await br.ask("at", lost, well)
    await reached(pair, "at", sent["case"], ["waiting", "here"])
    assert (await at.post(f"/api/v1/cases/{sent['case']}/acknowledge", {}))["http"] == 200
    await pair.reached("br", sent["case"], "acknowledged")
    told = (await reached(pair, "br", sent["case"], ["waiting", "there"], [])).messages[0]["attachments"]
    assert told[0]["fault"] == "the file is not at hand here"
    assert (await pair.case("br", sent["case"])).delivery[0]["stage"] == "accepted"
