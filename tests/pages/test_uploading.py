"""Files attached on the pages, as a browser posts them: kept, ticked, sent; and what is refused with nothing kept."""

import asyncio
import io
from urllib.parse import urlsplit

import aiohttp
import pytest
from PIL import Image

from tests.pages.browsing import Page, Visitor
from tests.pages.scene import OFFICER, PASSWORD, Scene
from tests.pages.test_acts import asked_of_brazil, opened
from tracing.attachments import uploads
from tracing.desk import parts

PDF = ("report.pdf", b"%PDF-1.7 a report", "application/pdf")
Picked = tuple[str, bytes, str]


def photograph() -> bytes:
    """A small JPEG whose camera wrote its model and place into it."""
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x0110] = "Model X"
    Image.new("RGB", (40, 30), "red").save(out, "JPEG", exif=exif)
    return out.getvalue()


def form_of(page: Page, action: str, *files: Picked, **changed: list[str]) -> aiohttp.FormData:
    """What a browser sends with the button "Attach": the fields in their order, then the files."""
    data = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
    for name, values in (page.form(action) | changed).items():
        for value in values if name != "file" else ():
            data.add_field(name, value)
    for name, content, kind in files or (("", b"", "application/octet-stream"),):
        data.add_field("file", content, filename=name, content_type=kind)
    return data


async def attach(visitor: Visitor, page: Page, action: str, *files: Picked, **changed: list[str]) -> Page:
    """Press "Attach" in the form with this action."""
    where = "/requests/attachments" if action == "/requests/check" else f"{action.rpartition('/')[0]}/attachments"
    return await visitor.upload(where, form_of(page, action, *files, **changed))


def lying(world: Scene, name: str = "ada") -> list[str]:
    """The names of what waits for a message of this officer."""
    found = world.nodes["br"].store.read_now(lambda view: uploads.waiting(view, name))
    return [one.attachments[-1].name for one in found]


def ticked(page: Page, action: str) -> list[str]:
    return page.form(action).get("attachments", [])


async def attached_to_case(world: Scene, case_id: str) -> list[list[str]]:
    file = await world.nodes["br"].office.read_case(OFFICER, case_id)
    return [[one["name"] for one in message["attachments"]] for message in file.messages]


async def test_a_file_attached_is_ticked_and_what_was_typed_is_kept(world: Scene, officer: Visitor) -> None:
    case_id = await asked_of_brazil(world, "UPL1")
    action = f"/cases/{case_id}/acknowledge"
    page = await attach(officer, await opened(officer, case_id), action, PDF, reference=["BR-77"])
    assert (page.status, page.form(action)["reference"], len(ticked(page, action))) == (200, ["BR-77"], 1)
    assert "Attached, and ticked below. Nothing is sent yet." in page.text
    done = await officer.send(page, action)
    assert (done.status, done.text.count("report.pdf")) == (200, 1)
    assert (await attached_to_case(world, case_id))[-1] == ["report.pdf"]


async def test_a_photograph_leaves_its_metadata_here_and_the_page_says_what(world: Scene, officer: Visitor) -> None:
    case_id = await asked_of_brazil(world, "UPL2")
    picture = ("weapon.jpg", photograph(), "image/jpeg")
    page = await attach(officer, await opened(officer, case_id), f"/cases/{case_id}/acknowledge", picture)
    assert "what stood beside the pixels was removed" in page.text
    assert "exif.Model" in page.text


async def test_a_photograph_may_be_kept_as_it_is_and_the_page_says_so(world: Scene, officer: Visitor) -> None:
    case_id = await asked_of_brazil(world, "UPL3")
    action, picture = f"/cases/{case_id}/acknowledge", ("scene.jpg", photograph(), "image/jpeg")
    page = await attach(officer, await opened(officer, case_id), action, picture, **{"keep-original": ["yes"]})
    assert "kept as it came; beside the pixels it holds: dpi, exif.Model" in page.text


async def test_a_file_is_ticked_only_where_it_was_attached(world: Scene, officer: Visitor) -> None:
    first, second = await asked_of_brazil(world, "UPL4"), await asked_of_brazil(world, "UPL5")
    await attach(officer, await opened(officer, first), f"/cases/{first}/acknowledge", ("only.pdf", b"x", "a/b"))
    page = await opened(officer, second)
    assert "only.pdf" in page.text
    assert ticked(page, f"/cases/{second}/acknowledge") == []


async def test_the_files_of_one_officer_are_no_others(world: Scene, officer: Visitor, approver: Visitor) -> None:
    case_id = await asked_of_brazil(world, "UPL6")
    action = f"/cases/{case_id}/acknowledge"
    page = await attach(officer, await opened(officer, case_id), action, ("mine.pdf", b"x", "a/b"))
    theirs = await opened(approver, case_id)
    assert "mine.pdf" not in theirs.text
    refused = await approver.post(action, theirs.form(action) | {"attachments": ticked(page, action)})
    assert (refused.status, "a file that you attached" in refused.text) == (422, True)
    assert "mine.pdf" in lying(world)


async def test_a_file_chosen_and_not_attached_stops_the_act(world: Scene, officer: Visitor) -> None:
    case_id = await asked_of_brazil(world, "UPL7")
    action = f"/cases/{case_id}/acknowledge"
    refused = await officer.send(await opened(officer, case_id), action, file=["forgotten.pdf"], reference=["BR-78"])
    assert (refused.status, refused.form(action)["reference"]) == (422, ["BR-78"])
    assert "the chosen file to be attached first" in refused.text
    assert len(await attached_to_case(world, case_id)) == 1


async def test_a_new_request_bears_what_was_attached_and_its_check_shows_it(world: Scene, officer: Visitor) -> None:
    like = await officer.get(f"/requests/new?like={world.cases['delivered']}")
    filled: dict[str, list[str]] = {
        "weapon.type": ["revolver"], "weapon.serial.text": ["UPL8"], "weapon.make": ["Taurus"],
        "weapon.class": ["small_arm"], "weapon.serial.status": ["original"],
    }  # fmt: skip
    page = await attach(officer, like, "/requests/check", PDF, **filled)
    assert (page.status, page.form("/requests/check")["weapon.serial.text"]) == (200, ["UPL8"])
    checked = await officer.post("/requests/check", page.form("/requests/check"))
    assert (checked.status, "report.pdf" in checked.text) == (200, True)
    back = await officer.post("/requests/check", checked.form("/requests") | {"back": ["yes"]})
    assert ticked(back, "/requests/check") == ticked(page, "/requests/check")
    before = len(lying(world))
    sent = await officer.send(checked, "/requests")
    assert (sent.status, len(lying(world))) == (200, before - 1)


# ---------------------------------------------------------------- what is refused


async def refused_with(world: Scene, officer: Visitor, serial: str, *files: Picked) -> Page:
    """The page after files that cannot all be taken."""
    case_id = await asked_of_brazil(world, serial)
    action = f"/cases/{case_id}/acknowledge"
    page = await attach(officer, await opened(officer, case_id), action, *files, reference=["BR-79"])
    assert page.form(action)["reference"] == ["BR-79"]
    return page


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ((), "Choose a file first"),
        ((("none.pdf", b"", "a/b"),), "none.pdf is empty."),
        ((("bad.jpg", b"\xff\xd8\xff\xe0" + b"x" * 90, "image/jpeg"),), "bad.jpg cannot be cleaned as a photograph"),
    ],
    ids=["none", "empty", "damaged"],
)
async def test_what_cannot_be_attached_is_said_in_a_sentence(
    world: Scene, officer: Visitor, files: tuple[Picked, ...], words: str
) -> None:
    before = lying(world)
    page = await refused_with(world, officer, f"UPX{len(words)}", *files)
    assert (page.status, words in page.text, lying(world)) == (422, True, before)


async def test_a_file_that_is_too_long_is_refused_and_leaves_nothing(
    world: Scene, officer: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("protocol.attachments.MAX_BYTES", 1000)
    before, folder = lying(world), world.nodes["br"].folder.path
    rests = len(list(folder.iterdir()))
    page = await refused_with(world, officer, "UPL10", ("long.bin", bytes(600_000), "a/b"))
    assert (page.status, "long.bin is too long" in page.text) == (422, True)
    assert (lying(world), len(list(folder.iterdir()))) == (before, rests)


async def test_the_sixty_fifth_file_is_one_too_many(world: Scene, approver: Visitor) -> None:
    case_id = await asked_of_brazil(world, "UPL11")
    action = f"/cases/{case_id}/acknowledge"
    some = [(f"{number}.bin", bytes([number]), "a/b") for number in range(65)]
    page = await attach(approver, await opened(approver, case_id), action, *some)
    assert (page.status, "64.bin is one too many" in page.text) == (422, True)
    assert (len(ticked(page, action)), len(lying(world, "bo"))) == (64, 64)


async def test_a_name_with_a_path_and_signs_that_deceive_becomes_a_plain_one(world: Scene, officer: Visitor) -> None:
    case_id = await asked_of_brazil(world, "UPL12")
    hostile = ("../..\\etc/\u202egpj.exe", b"MZ", "text/html; charset=x")
    page = await attach(officer, await opened(officer, case_id), f"/cases/{case_id}/acknowledge", hostile)
    assert (page.status, lying(world)[-1]) == (200, "_gpj.exe")


@pytest.mark.parametrize("token", [None, "wrong", "late"])
async def test_a_form_without_its_token_first_is_refused_and_keeps_nothing(
    world: Scene, officer: Visitor, token: str | None
) -> None:
    case_id, before = await asked_of_brazil(world, f"UPT{len(token or '')}"), lying(world)
    right = (await opened(officer, case_id)).form(f"/cases/{case_id}/acknowledge")["csrf"][0]
    data = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
    if token == "wrong":
        data.add_field("csrf", "wrong")
    data.add_field("file", b"x", filename="x.pdf")
    if token == "late":
        data.add_field("csrf", right)
    page = await officer.upload(f"/cases/{case_id}/attachments", data)
    assert (page.status, lying(world)) == (403, before)


async def test_a_role_that_may_not_act_attaches_nothing(world: Scene, officer: Visitor) -> None:
    case_id = await asked_of_brazil(world, "UPL13")
    action = f"/cases/{case_id}/acknowledge"
    page = await opened(officer, case_id)
    async with Visitor(world.url("br")) as liaison:
        await liaison.sign_in("lee", PASSWORD)
        token = (await liaison.get("/")).tree.all("input", name="csrf")[0].attrs["value"]
        refused = await attach(liaison, page, action, PDF, csrf=[token])
    assert (refused.status, lying(world, "lee")) == (403, [])


async def test_a_case_that_is_not_here_takes_no_files(world: Scene, officer: Visitor) -> None:
    case_id, before = await asked_of_brazil(world, "UPL14"), lying(world)
    data = form_of(await opened(officer, case_id), f"/cases/{case_id}/acknowledge", PDF)
    page = await officer.upload(f"/cases/{case_id[:-4]}0000/attachments", data)
    assert (page.status, lying(world)) == (404, before)


ILL = {
    "a field instead of a file": (b'--B\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--B--\r\n', 422),
    "a file in another field": (
        b'--B\r\nContent-Disposition: form-data; name="note"; filename="x"\r\n\r\nx\r\n--B--\r\n', 400),
    "a part that ends nowhere": (b'--B\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nx', 400),
    "a boundary that is none": (b"--C\r\nx", 400),
    "parts inside a part": (b"--B\r\nContent-Type: multipart/mixed; boundary=C\r\n\r\n--C\r\n\r\nx\r\n--C--\r\n", 400),
    "a field that is no text": (b'--B\r\nContent-Disposition: form-data; name="note"\r\n\r\n\xff\r\n--B--\r\n', 400),
    "a header without end": (b"--B\r\nX: " + b"x" * 20_000, 400),
    "nothing more": (b"", 400),
}  # fmt: skip


@pytest.mark.parametrize("what", ILL)
async def test_a_form_that_is_none_is_refused_and_keeps_nothing(world: Scene, officer: Visitor, what: str) -> None:
    body, status = ILL[what]
    before = lying(world)
    page = await officer.get("/requests/new")
    token = page.form("/requests/check")["csrf"][0].encode()
    head = b'--B\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n' + token + b"\r\n"
    sent = await officer.upload(
        "/requests/attachments", head + body, {"Content-Type": "multipart/form-data; boundary=B"}
    )
    assert (sent.status, lying(world)) == (status, before)


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=" + "x" * 80, "text/plain"])
async def test_a_form_of_another_kind_is_refused(world: Scene, officer: Visitor, kind: str) -> None:
    token = (await officer.get("/requests/new")).form("/requests/check")["csrf"][0]
    headers = {"Content-Type": kind, "X-CSRF-Token": token}
    assert (await officer.upload("/requests/attachments", b"x", headers)).status in {400, 415}


async def test_more_fields_than_any_form_has_are_refused(
    world: Scene, officer: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "MOST_BODY_BYTES", 1000)
    before = lying(world)
    page = await officer.get("/requests/new")
    sent = await attach(officer, page, "/requests/check", PDF, note=["x" * 2000])
    assert (sent.status, lying(world)) == (413, before)


async def test_half_a_body_keeps_nothing_and_holds_up_nobody(world: Scene, officer: Visitor) -> None:
    before = lying(world)
    page = await officer.get("/requests/new")
    at = urlsplit(world.url("br"))
    _, writer = await asyncio.open_connection(at.hostname, at.port)
    writer.write(_half_a_form(officer.cookie(), page.form("/requests/check")["csrf"][0], at.netloc))
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    await asyncio.sleep(0.2)
    assert lying(world) == before
    assert (await officer.get("/requests/new")).status == 200


def _half_a_form(cookie: str, token: str, host: str) -> bytes:
    head = f"POST /requests/attachments HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nContent-Length: 100000\r\n"
    body = f'--B\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{token}\r\n--B\r\n'
    file = 'Content-Disposition: form-data; name="file"; filename="half.bin"\r\n\r\n' + "x" * 5000
    return (head + "Content-Type: multipart/form-data; boundary=B\r\n\r\n" + body + file).encode()


async def test_a_long_file_goes_through_in_pieces(world: Scene, officer: Visitor) -> None:
    case_id = await asked_of_brazil(world, "UPL15")
    action, content = f"/cases/{case_id}/acknowledge", bytes(range(256)) * 12_000 + b"\r\n--not the boundary\r\n"
    page = await attach(officer, await opened(officer, case_id), action, ("long.bin", content, "a/b"))
    found = world.nodes["br"].store.read_now(lambda view: uploads.waiting(view, "ada"))[-1]
    assert (page.status, found.attachments[-1].length) == (200, len(content))
