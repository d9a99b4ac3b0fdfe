"""What stands in a mail, in six languages: enough to act on, and nothing of what is in a case."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from tests.channels.conftest import Posted
from tests.world import OFFICER, ask
from tracing.channels.mail.envelope import envelope
from tracing.channels.mail.posting import Post
from tracing.channels.mail.sending import Sending
from tracing.channels.subjects import Subject
from tracing.channels.wording import Written, write
from tracing.clock import to_ms
from tracing.phrases import PHRASES, House, Reader
from tracing.settings import Mailbox

AT = datetime(2026, 11, 27, tzinfo=UTC)
PLAIN = House(is_training=False, names_counterparts=False, desk_url="")
ONE = Subject(
    reminder=7, case_id="br.0123456789abcdef0123456789abcdef", case="456789abcdef", counterpart="Tracing point of br",
    clock="answer", owed_by="us", due_ms=to_ms(datetime(2026, 12, 24, 23, tzinfo=UTC)), is_binding=True, event="near",
    to_role="officer", is_late=False, is_open=True, from_ms=0,
)  # fmt: skip


def body(one: Subject = ONE, language: str = "en", zone: str = "UTC", house: House = PLAIN) -> str:
    return write([one], Reader(language, zone), house, is_digest=False).body


@pytest.mark.parametrize("language", PHRASES)
def test_every_language_says_which_case_what_when_why_and_what_to_do(language: str) -> None:
    written, say = write([ONE], Reader(language, "Europe/Vienna"), PLAIN, is_digest=False), PHRASES[language]
    assert "456789abcdef" in written.subject
    for part in ("456789abcdef", say.clocks["answer"], say.by_us, "2026-12-24, 24:00 (Europe/Vienna)", say.near,
                 say.do_ours):  # fmt: skip
        assert part in written.body
    assert ("{" in written.body + written.subject, "Tracing point" in written.body) == (False, False)


def test_every_language_has_words_for_every_clock() -> None:
    assert {frozenset(say.clocks) for say in PHRASES.values()} == {frozenset(PHRASES["en"].clocks)}
    assert [name for name, say in PHRASES.items() if not say.unread] == ["en"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"event": "passed"}, "the limit binds both sides"),
        ({"event": "passed", "is_binding": False}, "our own target"),
        ({"event": "again"}, "still open"),
        ({"event": "escalated", "to_role": "approver"}, "nothing was done in time"),
        ({"event": "escalated", "to_role": "deputy"}, "as deputy"),
        ({"is_late": True}, "the node was not running"),
        ({"owed_by": "them"}, "remind the other side"),
    ],
)
def test_a_mail_says_why_it_comes_now(changed: dict[str, object], expected: str) -> None:
    assert expected in body(replace(ONE, **changed))  # type: ignore[arg-type]


@pytest.mark.parametrize("clock", ["lapse", "retention"])
def test_a_date_that_is_nobodys_duty_is_owed_by_nobody(clock: str) -> None:
    say, written = PHRASES["en"], body(replace(ONE, clock=clock))
    assert (say.clocks[clock] in written, "owed by" in written) == (True, False)


def test_a_date_is_told_in_the_zone_of_its_reader() -> None:
    assert "2026-12-24, 23:00 (UTC)" in body()
    assert "2026-12-25, 08:00 (Asia/Tokyo)" in body(zone="Asia/Tokyo")


def test_a_link_leads_to_the_reminder_and_names_no_state() -> None:
    assert "https://desk.example/reminders/7-456789abcdef\n" in body(
        house=replace(PLAIN, desk_url="https://desk.example")
    )
    assert "://" not in body()


def test_a_training_node_says_so_first() -> None:
    written = write([ONE], Reader("en", "UTC"), replace(PLAIN, is_training=True), is_digest=False)
    assert (written.subject.startswith("TRAINING: "), written.body.startswith("TRAINING\n")) == (True, True)


def test_a_long_digest_names_fifty_and_counts_the_others() -> None:
    written = write([ONE] * 60, Reader("en", "UTC"), PLAIN, is_digest=True)
    assert (written.body.count("Why now"), "stand at the desk: 10" in written.body) == (50, True)


def test_a_state_is_named_only_where_the_settings_say_so_and_on_one_line() -> None:
    hostile = replace(ONE, counterpart="Bureau\r\nBcc: all@tracing.example\r\n\r\n\u202egnp" + "x" * 500)
    (line,) = [one for one in body(hostile, house=replace(PLAIN, names_counterparts=True)).split("\n") if "Bcc" in one]
    assert line == "Counterpart: Bureau Bcc: all@tracing.example gnp" + "x" * 85
    assert "Bureau" not in body(hostile)


@pytest.mark.parametrize(
    "name", ["A\r\nBcc: x@y.example", 'Q" <evil@y.example>, "', "Bürö <x@y.example>", "\u202eabc", ""]
)
def test_no_name_of_an_authority_breaks_out_of_its_header(name: str) -> None:
    written = Written("A subject", "A body\n.\nBcc: nobody@y.example\n")
    data = envelope(written, (name, Mailbox("node@tracing.example")), Mailbox("cy@tracing.example"), "1@x", AT)
    read = message_from_bytes(data, policy=default)
    assert sorted(read.keys()) == sorted([
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding",
        "MIME-Version",
    ])  # fmt: skip
    assert [one.addr_spec for one in read["From"].addresses] == ["node@tracing.example"]
    assert data.isascii()


def test_a_line_end_in_a_subject_is_refused() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        envelope(Written("A\r\nBcc: x@y.example", ""), ("A", Mailbox("a@b.c")), Mailbox("a@b.c"), "1@x", AT)


@pytest.mark.parametrize(
    "text",
    ["cy", "cy@", "@x", "a@b\r\nBcc: x@y.z", "a@b c", "<a@b.c>", "a@b.c, d@e.f", '"a"@b.c', "a..b@c.d", "é@b.c",
     "a@-b.c", "a" * 65 + "@b.c", "a@" + "b" * 64 + ".c", "a@" + "b." * 130 + "c", 7, None],
)  # fmt: skip
def test_an_address_that_is_none_cannot_be_built(text: object) -> None:
    with pytest.raises(ValueError, match="one plain mail address"):
        Mailbox(text)


async def test_no_mail_in_any_language_holds_anything_of_a_case(posted: Posted) -> None:
    """Canaries in every member of a request that is text, searched in every mail as its reader sees it."""
    body = ask("at", "CANARYSERIAL7", reference="CANARYREFERENCE", contact="CANARYPERSON", dossier="CANARYDOSSIER")
    body["weapon"] |= {"make": "CANARYMAKE", "model": "CANARYMODEL"}
    body["found"] |= {"place": "CANARYPLACE", "circumstances": "CANARYCIRCUMSTANCES"}
    w = posted.waiting.w
    asked = await w["br"].office.request(OFFICER, body, wait_s=10)
    await w.reached("at", asked.case, "delivered")
    settings = posted.settings.model_copy(update={"desk_url": "https://desk.example"})
    for language in PHRASES:
        await posted.reader(f"now.{language}", language)
        await posted.reader(f"day.{language}", language, near="digest", passed="digest")
        await posted.store.write(lambda tx, who=f"now.{language}": Post(settings).put_test(tx, who))  # type: ignore[misc]
    await posted.waiting.until_near("answer")
    await posted.waiting.watch(tell=Post(settings).tell).tick()
    for _ in range(2):
        await Sending(posted.store, settings, posted.sending().pace).look()
        posted.waiting.clock.turn(timedelta(days=4))
    assert {row.state for row in await posted.rows()} == {"sent"}
    texts = posted.office.texts()
    assert len(texts) >= 3 * len(PHRASES)
    named = ("CANARY", "Tracing point of br", "br.0", asked.case, "Demonstration")
    found = [(word, text) for text in texts for word in named if word in text]
    assert found == []
    for language, say in PHRASES.items():
        mine = posted.office.texts(f"now.{language}@tracing.example")
        assert any(say.near in text or say.passed_own in text for text in mine)
