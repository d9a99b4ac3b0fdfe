"""Photographs: what their cameras wrote into them stays here, and large ones travel as review copies first."""

import io
import zipfile
from pathlib import Path

import pytest

from tests.attachments.officers import Officer, reached
from tests.attachments.pictures import as_picture, bomb, large, photograph
from tests.world import World

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def files(w: World) -> set[str]:
    """The sealed files of br."""
    return {file.name for file in (Path(w["br"].home) / "attachments").iterdir()}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_what_a_camera_wrote_into_a_picture_is_removed_and_named(pair: World, br: Officer, kind: str) -> None:
    brought = await br.bring(photograph(kind=kind), "frame.jpg", "image/jpeg")
    assert brought["http"] == 201
    assert {"exif.Model", "exif.GPSInfo"} <= set(brought["removed"])
    sent = await br.ask("at", brought)
    mid = (await pair.case("br", sent["case"])).messages[0]["mid"]
    clean = as_picture((await br.take(sent["case"], mid, 0))[1])
    assert (clean.format, clean.size, dict(clean.getexif()), "exif" in clean.info) == (kind, (320, 240), {}, False)


async def test_a_picture_is_cleaned_whatever_it_is_called(br: Officer) -> None:
    brought = await br.bring(photograph(), "report.pdf", "application/pdf")
    assert (brought["type"], "exif.GPSInfo" in brought["removed"]) == ("image/jpeg", True)


async def test_a_review_copy_travels_first_and_the_original_when_it_is_asked_for(
    pair: World, br: Officer, at: Officer
) -> None:
    brought = await br.bring(large(), "frame.jpg", "image/jpeg")
    assert 0 < brought["copy"]["length"] <= 200_000 < brought["length"]
    sent = await br.ask("at", brought)
    file = await reached(pair, "at", sent["case"], ["here", "on_demand"])
    mid = file.messages[0]["mid"]
    copy, original = file.messages[0]["attachments"]
    assert (copy["copy_of"], copy["name"], original["name"]) == (1, "frame (review copy).jpg", "frame.jpg")
    assert (await at.take(sent["case"], mid, 1))[0] == 409
    await pair.reached("br", sent["case"], "delivered")
    asked = await at.post(f"/api/v1/cases/{sent['case']}/attachments/{mid}/1")
    assert (asked["http"], asked["state"]) == (202, "waiting")
    await reached(pair, "at", sent["case"], ["here", "here"])
    status, data, headers = await at.take(sent["case"], mid, 1)
    assert (status, len(data), headers["Content-Type"]) == (200, brought["length"], "image/jpeg")


async def test_an_attachment_that_is_not_held_back_is_not_asked_for(pair: World, br: Officer, at: Officer) -> None:
    sent = await br.ask("at", await br.bring(b"x", "a.bin"))
    file = await reached(pair, "at", sent["case"], ["here"])
    asked = await at.post(f"/api/v1/cases/{sent['case']}/attachments/{file.messages[0]['mid']}/0")
    assert (asked["http"], asked["code"]) == (409, "illegal-move")


async def test_the_original_is_kept_as_it_came_only_when_its_officer_says_so(pair: World, br: Officer) -> None:
    data = photograph()
    brought = await br.bring(data, "frame.jpg", "image/jpeg", original="keep")
    assert brought["removed"] == []
    assert "exif.GPSInfo" in brought["notice"]
    sent = await br.ask("at", brought)
    mid = (await pair.case("br", sent["case"])).messages[0]["mid"]
    assert (await br.take(sent["case"], mid, 0))[1] == data


@pytest.mark.parametrize(
    "data",
    [bomb(), photograph()[:900], b"\xff\xd8\xff" + bytes(500), b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP" + bytes(40)],
    ids=["a bomb", "cut short", "a head alone", "nothing after the head", "no WebP at all"],
)
async def test_a_picture_that_cannot_be_decoded_is_refused_and_leaves_nothing(
    pair: World, br: Officer, data: bytes
) -> None:
    before = files(pair)
    refused = await br.bring(data, "frame.jpg", "image/jpeg")
    assert (refused["http"], refused["code"]) == (422, "not-a-photograph")
    assert files(pair) == before
    kept = await br.bring(data, "frame.jpg", "image/jpeg", original="keep")
    assert (kept["http"], kept["type"], kept["copy"]) == (201, "application/octet-stream", None)


async def test_what_hides_behind_a_picture_does_not_come_along(pair: World, br: Officer) -> None:
    hidden = io.BytesIO()
    with zipfile.ZipFile(hidden, "w") as archive:
        archive.writestr("evil.exe", b"MZ" * 100)
    sent = await br.ask("at", await br.bring(photograph() + hidden.getvalue(), "frame.jpg", "image/jpeg"))
    mid = (await pair.case("br", sent["case"])).messages[0]["mid"]
    data = (await br.take(sent["case"], mid, 0))[1]
    assert (as_picture(data).size, b"evil.exe" in data) == ((320, 240), False)


async def test_a_drawing_with_a_program_in_it_is_a_file_of_unknown_kind(pair: World, br: Officer, at: Officer) -> None:
    brought = await br.bring(SVG, "x.svg", "image/svg+xml")
    assert (brought["http"], brought["removed"]) == (201, [])
    sent = await br.ask("at", brought)
    file = await reached(pair, "at", sent["case"], ["here"])
    _, data, headers = await at.take(sent["case"], file.messages[0]["mid"], 0)
    assert (data, headers["Content-Type"]) == (SVG, "application/octet-stream")
    assert headers["Content-Disposition"].startswith("attachment;")
    assert (headers["X-Content-Type-Options"], "sandbox" in headers["Content-Security-Policy"]) == ("nosniff", True)
