"""Where a person is written to and what of; and settings that are wrong, each refused in one sentence."""

from datetime import time
from pathlib import Path

import pytest

from tests.channels.conftest import Posted
from tests.domain.walked import utc
from tests.node.test_settings import GOOD, home_with, problem
from tracing.casework.attendance import ALWAYS, Hours
from tracing.casework.telling import event_of
from tracing.channels.mail.choices import Choice, choice_of, choose
from tracing.channels.notices import digest_ms
from tracing.channels.ways import SOUND
from tracing.clock import from_ms, to_ms
from tracing.settings import Mailbox, MailSettings, Settings

SERVER = '\n[mail]\nserver = "mail.example.org:587"\nsender = "node@tracing.example"\n'


def test_a_server_and_a_sender_are_all_that_mail_needs(tmp_path: Path) -> None:
    mail = Settings.load(home_with(tmp_path, GOOD + SERVER)).mail
    assert (mail.at.host, mail.at.port, mail.security, mail.names_counterparts) == (
        "mail.example.org", 587, "starttls", False,
    )  # fmt: skip


def test_without_the_section_the_node_sends_no_mail(tmp_path: Path) -> None:
    assert Settings.load(home_with(tmp_path, GOOD)).mail.server == ""


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ('\n[mail]\nserver = "mail.example.org"\n', "HOST:PORT"),
        ('\n[mail]\nserver = "mail.example.org:587"\n', "sender is missing"),
        (SERVER + 'security = "none"\n', "on this machine"),
        (SERVER + 'security = "ssl"\n', "'starttls', 'tls' or 'none'"),
        (SERVER + 'names_counterparts = "perhaps"\n', "true or false"),
        (SERVER + 'officers = "team"\n', "one plain mail address"),
        (SERVER + 'authorities_file = "ca.pem"\n', "absolute path"),
        (SERVER + 'language = "de"\n', "'ar'"),
        (SERVER + 'sendr = "a@b.c"\n', 'did you mean "sender"'),
    ],
)
def test_mail_settings_that_cannot_be_are_refused_in_one_sentence(tmp_path: Path, more: str, expected: str) -> None:
    assert expected in problem(home_with(tmp_path, GOOD + more))


@pytest.mark.parametrize("server", ["127.0.0.1:25", "[::1]:25", "localhost:25"])
def test_a_server_on_this_machine_may_be_spoken_to_plainly(server: str) -> None:
    assert MailSettings(server=server, sender=Mailbox("a@b.c"), security="none").at.port == 25


def test_settings_of_mail_are_written_as_they_are_read(tmp_path: Path) -> None:
    mail = MailSettings(server="localhost:25", sender=Mailbox("a@b.c"), security="none", names_counterparts=True)
    made = Settings(
        authority="ke", country="KEN", name="x", net="real", mail=mail, desk_url="https://desk.example",
        database=f"sqlite:///{tmp_path.resolve()}/node.db",
    )  # fmt: skip
    made.write(tmp_path)
    assert "names_counterparts = true" in (tmp_path / "node.toml").read_text()
    assert Settings.load(tmp_path).model_dump() == made.model_dump()


# ---------------------------------------------------------------- choices


def test_a_rung_is_an_event_by_whom_it_goes_to() -> None:
    rung = "7 calendar days after to approver"
    assert event_of("near", "owner") == "near"
    assert [event_of(rung, to) for to in ("owner", "approver", "deputy")] == ["again", "escalated", "escalated"]


@pytest.mark.parametrize("ways", [{"near": "off"}, dict(SOUND) | {"near": "weekly"}, dict(SOUND) | {"more": "off"}])
def test_a_choice_that_is_none_cannot_be_built(ways: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="at_once, digest, off"):
        Choice(Mailbox("a@b.c"), ways)


def test_whatever_is_urgent_goes_at_once_unless_it_is_off() -> None:
    choice = Choice(Mailbox("a@b.c"), dict(SOUND) | {"again": "off"})
    assert [choice.way("near", is_urgent=urgent) for urgent in (False, True)] == ["digest", "at_once"]
    assert choice.way("again", is_urgent=True) == "off"
    assert Choice().way("passed", is_urgent=True) == "off"


async def test_a_choice_is_kept_with_a_leaf_that_holds_no_address(posted: Posted) -> None:
    await posted.reader()
    before = len(await posted.leaves("choose mail"))
    choice = Choice(Mailbox("cy@other.example"), dict(SOUND) | {"near": "off"})
    await posted.store.write(lambda tx: choose(tx, "cy", choice, "cy"))
    assert await posted.store.read(lambda view: choice_of(view, "cy")) == choice
    (leaf,) = (await posted.leaves("choose mail"))[before:]
    assert (b"@" in leaf, b'"near":"off"' in leaf, b'"has_address":true' in leaf) == (False, True, True)
    assert await posted.store.read(lambda view: choice_of(view, "nobody")) == Choice()


VIENNA = Hours("Europe/Vienna", time(9), time(16))


@pytest.mark.parametrize(
    ("hours", "after", "expected"),
    [
        (VIENNA, "2026-11-26T10:00", "2026-11-27T08:00"),
        (VIENNA, "2026-11-26T06:00", "2026-11-26T08:00"),
        (VIENNA, "2026-11-26T08:00", "2026-11-26T08:00"),
        (VIENNA, "2026-11-27T10:00", "2026-11-30T08:00"),
        (VIENNA, "2026-03-27T10:00", "2026-03-30T07:00"),
        (ALWAYS, "2026-11-27T10:00", "2026-11-27T11:00"),
        (ALWAYS, "2026-11-27T12:00", "2026-11-30T11:00"),
    ],
)
def test_a_digest_leaves_when_the_next_working_day_begins(hours: Hours, after: str, expected: str) -> None:
    assert from_ms(digest_ms(hours, "America/Sao_Paulo", to_ms(utc(after)))) == utc(expected)
