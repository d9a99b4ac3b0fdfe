"""Mails that come back: noticed, their address parked and told; and what a stranger may put into the folder."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.channels.conftest import Posted
from tracing.channels.mail.bounces import Bounces
from tracing.channels.mail.choices import Choice, choose
from tracing.channels.mail.posting import Post
from tracing.channels.mail.reports import MOST_BYTES, Report, read_report
from tracing.channels.mail.returned import readmit, whose
from tracing.channels.standing import MAIL, standing_of
from tracing.settings import Mailbox
from tracing.tables import ReturnedAddress, table_of

returned = table_of(ReturnedAddress)


def report(
    message_id: str,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    kind: str = "message/rfc822",
    to: str = "cy@x.org",
) -> bytes:
    """As a mail server writes one (RFC 3464)."""
    return (
        "From: MAILER-DAEMON@mail.example\r\nTo: node@tracing.example\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status;\r\n boundary="b1"\r\n\r\n'
        "--b1\r\nContent-Type: text/plain\r\n\r\nI am sorry.\r\n\r\n"
        "--b1\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n\r\n"
        f"Final-Recipient: rfc822; {to}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 no {to} here\r\n\r\n"
        f"--b1\r\nContent-Type: {kind}\r\n\r\nSubject: Reminder\r\nMessage-ID: <{message_id}>\r\n\r\nx\r\n--b1--\r\n"
    ).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "Maildir"
    for name in ("new", "cur", "tmp"):
        (place / name).mkdir(parents=True)
    return place


def names(place: Path) -> list[str]:
    return sorted(one.name for one in place.iterdir())


def bounces(posted: Posted, folder: Path) -> Bounces:
    mail = posted.settings.mail.model_copy(update={"bounces": str(folder)})
    return Bounces(posted.store, posted.settings.model_copy(update={"mail": mail}))


async def sent(posted: Posted) -> str:
    """A mail that the server took; its Message-ID."""
    await posted.reader()
    await posted.remind()
    await posted.sending().look()
    return str((await posted.rows())[-1].message_id)


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
async def test_a_mail_that_comes_back_parks_its_address_and_is_an_alarm(
    posted: Posted, folder: Path, kind: str
) -> None:
    (folder / "new" / "1.x").write_bytes(report(await sent(posted), kind=kind))
    looking = bounces(posted, folder)
    assert (await looking.look(), await looking.look(), names(folder / "cur")) == (1, 0, ["1.x:2,S"])
    assert (await posted.states(), await posted.store.read(whose)) == (["parked"], {"cy": "it came back (5.1.1)"})
    assert (await posted.store.read(lambda view: standing_of(view, MAIL))).parked == 1
    (leaf,) = (await posted.leaves("mail-returned"))[-1:]
    assert (b'"to":"cy"' in leaf, b"@" in leaf) == (True, False)


async def test_nothing_is_sent_to_an_address_that_came_back_until_it_is_right(posted: Posted, folder: Path) -> None:
    (folder / "new" / "1.x").write_bytes(report(await sent(posted)))
    await bounces(posted, folder).look()
    await posted.store.write(lambda tx: Post(posted.settings).put_test(tx, "cy"))
    await posted.sending().look()
    assert (len(posted.office.kept), await posted.states()) == (1, ["parked", "parked"])
    choice = Choice(Mailbox("cy@tracing.example"))
    await posted.store.write(lambda tx: choose(tx, "cy", choice, "cy"))
    await posted.sending().look()
    assert (len(posted.office.kept), await posted.states()) == (3, ["sent", "sent"])
    assert await posted.store.read(whose) == {}


async def test_a_report_of_an_address_he_has_no_more_parks_no_other(posted: Posted, folder: Path) -> None:
    (folder / "new" / "1.x").write_bytes(report(await sent(posted)))
    posted.waiting.clock.turn(timedelta(seconds=5))
    await posted.reader("cy")
    assert await bounces(posted, folder).look() == 1
    assert (await posted.states(), await posted.store.read(whose)) == (["parked"], {})


async def test_the_address_of_a_team_is_right_again_when_an_administrator_says_so(posted: Posted, folder: Path) -> None:
    mail = posted.settings.mail.model_copy(update={"officers": Mailbox("team@tracing.example")})
    posted.settings = posted.settings.model_copy(update={"mail": mail})
    await posted.remind()
    await posted.sending().look()
    (folder / "new" / "1.x").write_bytes(report((await posted.rows())[-1].message_id))
    await bounces(posted, folder).look()
    held = await posted.store.read(lambda view: view.conn.execute(select(returned.c.address)).scalars().all())
    assert held == ["team@tracing.example"]
    assert await posted.store.write(lambda tx: readmit(tx, "team@tracing.example", None, "test"))
    await posted.sending().look()
    assert (await posted.states(), len(posted.office.kept)) == (["sent"], 2)


@pytest.mark.parametrize(
    "more", [{"action": "delayed"}, {"status": "4.4.1"}, {"action": "delivered", "status": "2.0.0"}, {"status": "five"}]
)
async def test_a_report_of_no_failure_for_good_changes_nothing(
    posted: Posted, folder: Path, more: dict[str, Any]
) -> None:
    (folder / "new" / "1.x").write_bytes(report(await sent(posted), **more))
    assert (await bounces(posted, folder).look(), await posted.states()) == (0, ["sent"])


async def test_a_report_of_a_mail_nobody_sent_changes_nothing(posted: Posted, folder: Path) -> None:
    await sent(posted)
    (folder / "new" / "1.x").write_bytes(report("0123@tracing.example"))
    assert (await bounces(posted, folder).look(), await posted.states()) == (0, ["sent"])


NESTED = b"".join(
    b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (depth, depth) for depth in range(2000)
)
WHOLE = report("a@b")


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\0" * 1000, b"Subject: hello\r\n\r\nI am away.", b"\xff" * MOST_BYTES, NESTED, WHOLE[:300],
        WHOLE.replace(b'boundary="b1"', b"boundary="), WHOLE.replace(b"message/delivery-status", b"text/plain"),
        WHOLE.replace(b"Message-ID:", b"X-ID:"), WHOLE.replace(b"<a@b>", b"a@b"), WHOLE.replace(b"<a@b>", b"<\xe4@b>"),
        WHOLE.replace(b"<a@b>", b"<" + b"a" * 5000 + b">"), b"x: y\r\n" * 20000,
        WHOLE.replace(b"Status: 5", b"Status: =?utf-8?b?" + b"A" * 4000 + b"?= 5"),
    ],
)  # fmt: skip
def test_what_is_no_report_is_read_as_none(data: bytes) -> None:
    assert read_report(data) is None


def test_a_report_is_read_whatever_follows_it() -> None:
    assert read_report(WHOLE + b"z" * 10 * MOST_BYTES) == Report("a@b", "5.1.1")


async def test_what_is_no_plain_file_is_moved_aside_unread(posted: Posted, folder: Path, tmp_path: Path) -> None:
    message_id = await sent(posted)
    (tmp_path / "outside").write_bytes(report(message_id))
    (folder / "new" / "link").symlink_to(tmp_path / "outside")
    os.mkfifo(folder / "new" / "pipe")
    (folder / "new" / "folder").mkdir()
    (folder / "new" / ".hidden").write_bytes(report(message_id))
    assert (await bounces(posted, folder).look(), await posted.states()) == (0, ["sent"])
    assert names(folder / "new") == [".hidden"]


async def test_a_folder_that_is_not_there_stops_nothing_else(posted: Posted, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await bounces(posted, tmp_path / "gone").look()
