"""Reminders by mail to a real server: each once, whatever the server or the process does meanwhile."""

import asyncio
from datetime import time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, text, update

from tests.calendar_.conftest import deadlines, reminders
from tests.channels.conftest import QUICK, Posted, mails
from tests.channels.postoffice import knows, opened
from tests.postgres import on_sqlite
from tracing.casework.attendance import Hours, attend
from tracing.channels import standing
from tracing.channels.claims import CLAIM_MS, claim
from tracing.channels.faults import NoticeRefused, TargetAway
from tracing.channels.mail.choices import Choice, choose
from tracing.channels.mail.posting import Post
from tracing.channels.mail.sending import Sending, send_test
from tracing.channels.mail.server import connected, probe
from tracing.channels.standing import ALARM_MS, MAIL, standing_of
from tracing.settings import Mailbox
from tracing.store import Store, Tx
from tracing.tables import Case, NoticeReminder, table_of

cases, mailed = table_of(Case), table_of(NoticeReminder)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def test_a_reminder_is_mailed_once_however_often_it_is_looked(posted: Posted) -> None:
    await posted.reader()
    await posted.remind()
    for _ in range(3):
        await posted.sending().look()
        await posted.remind()
    assert [to for to, _mail in posted.office.kept] == ["cy@tracing.example"]
    (row,) = await posted.rows()
    assert (row.state, f"<{row.message_id}>") == ("sent", posted.office.ids[0])


async def test_the_trail_says_to_whom_and_holds_no_address(posted: Posted) -> None:
    await posted.reader()
    before = len(await posted.leaves("mail"))
    await posted.remind()
    await posted.sending().look()
    new = (await posted.leaves("mail"))[before:]
    assert [b'"to":"cy"' in one for one in new] == [True]
    assert not [one for one in await posted.waiting.leaves_of_case() if b"cy@" in one]


async def test_without_an_address_or_switched_off_no_mail_is_made(posted: Posted) -> None:
    await posted.reader("off.one", near="off")
    await posted.remind()
    assert await posted.rows() == []


async def test_a_line_that_breaks_after_the_mail_was_taken_repeats_it_once_under_its_id(posted: Posted) -> None:
    await posted.reader()
    await posted.remind()
    posted.office.ends = "closes"
    await posted.sending().look()
    assert await posted.states() == ["waiting"]
    posted.office.ends = ""
    posted.waiting.clock.turn(HOUR)
    await posted.sending().look()
    assert (len(posted.office.ids), len(set(posted.office.ids))) == (2, 1)
    assert await posted.states() == ["sent"]


async def test_a_process_that_dies_before_it_notes_the_sending_repeats_it_once_under_its_id(posted: Posted) -> None:
    await posted.reader()
    await posted.remind()
    (mine,) = await posted.store.write(lambda tx: claim(tx, Post(posted.settings)))
    async with connected(posted.settings.mail, QUICK) as line:
        await line.send(mine.to.address, posted.sending()._written(mine))
    await posted.sending().look()
    assert len(posted.office.ids) == 1, "the claim holds"
    posted.waiting.clock.turn(timedelta(milliseconds=CLAIM_MS))
    await posted.sending().look()
    await posted.sending().look()
    assert (len(posted.office.ids), len(set(posted.office.ids))) == (2, 1)


async def test_two_workers_at_once_send_each_mail_once(posted: Posted) -> None:
    for name in ("cy", "dee", "eve"):
        await posted.reader(name)
    await posted.remind()
    await asyncio.gather(posted.sending().look(), posted.sending().look())
    assert sorted(to for to, _mail in posted.office.kept) == [
        "cy@tracing.example", "dee@tracing.example", "eve@tracing.example",
    ]  # fmt: skip


async def test_a_duty_done_before_the_sending_stops_its_mail(posted: Posted) -> None:
    await posted.reader()
    await posted.remind()
    store: Store = posted.store
    await store.write(lambda tx: tx.conn.execute(update(deadlines).values(ended_ms=tx.now_ms)))
    await posted.sending().look()
    assert (posted.office.kept, await posted.states()) == ([], ["unsent"])


async def test_a_reminder_put_off_is_mailed_when_its_time_comes(posted: Posted) -> None:
    await posted.reader()
    await posted.remind()
    later = posted.waiting.clock.now_ms() + 3_600_000
    await posted.store.write(lambda tx: tx.conn.execute(update(reminders).values(from_ms=later)))
    await posted.sending().look()
    assert (posted.office.kept, await posted.states()) == ([], ["waiting"])
    posted.waiting.clock.turn(HOUR)
    await posted.sending().look()
    assert len(posted.office.kept) == 1


async def test_no_mail_leaves_before_the_hours_of_its_reader(posted: Posted) -> None:
    await posted.reader()
    await posted.waiting.until_near("ack")
    near = posted.waiting.clock.now()
    opens = (near + 2 * HOUR).time().replace(second=0, microsecond=0)
    if opens < near.time():
        opens = time(23)
    hours = Hours("UTC", opens, opens.replace(minute=59), frozenset(range(7)))
    await posted.store.write(lambda tx: attend(tx, "cy", hours, "test"))
    await posted.remind()
    await posted.sending().look()
    assert posted.office.kept == []
    posted.waiting.clock.turn(2 * HOUR)
    await posted.sending().look()
    assert len(posted.office.kept) == 1


async def test_a_digest_gathers_the_reminders_of_a_day_in_one_mail(posted: Posted) -> None:
    await posted.reader("dig", near="digest", passed="digest")
    await posted.remind("answer")  # the date of the acknowledgement has passed by then
    assert [row.kind for row in await posted.rows()] == ["digest"]
    await posted.sending().look()
    assert posted.office.kept == []
    posted.waiting.clock.turn(4 * DAY)  # over any weekend
    await posted.sending().look()
    await posted.sending().look()
    ((_to, mail),) = posted.office.kept
    assert mail["Subject"].endswith("Reminders of the day: 2")
    assert (mail.get_content().count("Why now"), await posted.states()) == (2, ["sent"])


async def test_a_reminder_put_off_leaves_its_digest_for_a_later_one(posted: Posted) -> None:
    await posted.reader("dig", near="digest", passed="digest")
    await posted.remind("answer")
    later = posted.waiting.clock.now_ms() + 10 * 86_400_000
    near = reminders.c.event == "near"
    await posted.store.write(lambda tx: tx.conn.execute(update(reminders).where(near).values(from_ms=later)))
    for expected in (["sent", "waiting"], ["sent", "sent"]):
        posted.waiting.clock.turn(4 * DAY if expected[1] == "waiting" else 10 * DAY)
        await posted.sending().look()
        assert await posted.states() == expected
    assert [one["Subject"][-1] for _to, one in posted.office.kept] == ["1", "1"]


async def test_a_reminder_of_a_moved_date_is_mailed_whatever_number_it_has(posted: Posted) -> None:
    """SQLite gives the number of the last row that was deleted again."""
    await posted.reader()
    await posted.remind()
    await posted.sending().look()

    def move(tx: Tx) -> None:
        tx.conn.execute(delete(mailed))
        tx.conn.execute(delete(reminders))
        near = {"near_ms": tx.now_ms + 1000, "near_told_ms": None}
        tx.conn.execute(
            update(deadlines).where(deadlines.c.clock == "ack", deadlines.c.ended_ms.is_(None)).values(near)
        )

    await posted.store.write(move)
    posted.waiting.clock.turn(timedelta(seconds=2))
    await posted.remind()
    await posted.sending().look()
    assert (await posted.states(), len(set(posted.office.ids))) == (["sent", "sent"], 2)


async def test_what_is_urgent_waits_for_no_digest(posted: Posted) -> None:
    await posted.reader("dig", near="digest", passed="digest")
    await posted.store.write(
        lambda tx: tx.conn.execute(update(cases).where(cases.c.id == posted.waiting.case).values(priority="urgent"))
    )
    await posted.remind()
    assert [row.kind for row in await posted.rows()] == ["reminder"]


async def test_what_goes_to_all_of_a_role_goes_to_its_team_where_that_has_an_address(posted: Posted) -> None:
    await posted.reader()
    mail = posted.office.settings(officers="team@tracing.example", language="es")
    team = posted.settings.model_copy(update={"mail": mail})
    await posted.waiting.until_near("ack")
    await posted.waiting.watch(tell=Post(team).tell).tick()
    await Sending(posted.store, team, QUICK).look()
    assert [to for to, _mail in posted.office.kept] == ["team@tracing.example"]
    assert "Recordatorio" in posted.office.kept[0][1]["Subject"]


async def test_an_owner_who_is_written_to_is_the_only_one(posted: Posted) -> None:
    await posted.reader("cy")
    await posted.reader("dee")
    await posted.store.write(
        lambda tx: tx.conn.execute(update(cases).where(cases.c.id == posted.waiting.case).values(owner="dee"))
    )
    await posted.remind()
    await posted.sending().look()
    assert [to for to, _mail in posted.office.kept] == ["dee@tracing.example"]


# ---------------------------------------------------------------- servers that fail


async def test_a_server_that_is_not_there_loses_nothing_and_alarms_after_a_while(posted: Posted) -> None:
    await posted.reader()
    await posted.remind()
    gone = posted.settings.model_copy(update={"mail": posted.office.settings(server="127.0.0.1:9")})
    before = len(await posted.leaves("mail-alarm"))
    await Sending(posted.store, gone, QUICK).look()
    assert (await posted.store.read(lambda view: standing_of(view, MAIL))).trouble("it") is None
    for _ in range(8):
        posted.waiting.clock.turn(timedelta(milliseconds=ALARM_MS))
        await Sending(posted.store, gone, QUICK).look()
    found = await posted.store.read(lambda view: standing_of(view, MAIL))
    assert (found.waiting, found.is_alarmed, len(await posted.leaves("mail-alarm"))) == (1, True, before + 1)
    assert "takes nothing since" in (found.trouble("the mail server") or "")
    posted.waiting.clock.turn(HOUR)
    await posted.sending().look()
    well = await posted.store.read(lambda view: standing_of(view, MAIL))
    assert (len(posted.office.kept), well.trouble("it")) == (1, None)


async def test_between_two_tries_the_server_is_left_alone(posted: Posted) -> None:
    await posted.reader()
    await posted.remind()
    gone = posted.settings.model_copy(update={"mail": posted.office.settings(server="127.0.0.1:9")})
    for _ in range(5):
        await Sending(posted.store, gone, QUICK).look()
    assert (await posted.standing()).tries == 1


async def test_a_server_that_hangs_costs_its_time_and_no_mail(posted: Posted) -> None:
    await posted.reader()
    await posted.remind()
    posted.office.ends = "hangs"
    await asyncio.wait_for(posted.sending().look(), 10)
    assert (await posted.states(), (await posted.standing()).tries) == (["waiting"], 1)
    posted.office.ends = ""
    posted.waiting.clock.turn(HOUR)
    await posted.sending().look()
    assert len(posted.office.kept) == 1


async def test_a_server_that_never_greets_costs_its_time_and_no_mail(posted: Posted) -> None:
    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await posted.reader()
    await posted.remind()
    dumb = posted.settings.model_copy(update={"mail": posted.office.settings(server=f"127.0.0.1:{port}")})
    await asyncio.wait_for(Sending(posted.store, dumb, QUICK).look(), 10)
    server.close()
    assert (await posted.states(), (await posted.standing()).said) == (["waiting"], "no answer in time")


@pytest.mark.parametrize("answer", ["to_readers", "to_mails"])
async def test_a_mail_refused_for_now_is_tried_again_after_pauses_that_grow(posted: Posted, answer: str) -> None:
    await posted.reader()
    await posted.remind()
    setattr(posted.office, answer, "451 try again later")
    pauses = []
    for _ in range(3):
        await posted.sending().look()
        (row,) = await posted.rows()
        pauses.append(row.next_ms - posted.waiting.clock.now_ms())
        posted.waiting.clock.turn(timedelta(milliseconds=pauses[-1]))
    assert (row.state, row.said, pauses) == ("waiting", "451 try again later", [60_000, 120_000, 240_000])
    setattr(posted.office, answer, "250 OK")
    await posted.sending().look()
    assert (await posted.states(), len(posted.office.kept)) == (["sent"], 1)


@pytest.mark.parametrize("answer", ["to_readers", "to_mails"])
async def test_a_mail_refused_for_good_is_parked_and_stops_no_other(posted: Posted, answer: str) -> None:
    await posted.reader()
    await posted.remind()
    setattr(posted.office, answer, "550 5.1.1 no such person")
    await posted.sending().look()
    (row,) = await posted.rows()
    assert (row.state, row.said) == ("parked", "550 5.1.1 no such person")
    found = await posted.store.read(lambda view: standing_of(view, MAIL))
    assert (found.parked, found.trouble("it")) == (1, "1 notice(s) were refused for good by it")
    posted.waiting.clock.turn(DAY)
    await posted.sending().look()
    assert posted.office.kept == []


async def test_what_was_parked_is_tried_again_at_another_address(posted: Posted) -> None:
    await posted.reader()
    await posted.remind()
    posted.office.to_readers = "550 no such person"
    await posted.sending().look()
    posted.office.to_readers = "250 OK"
    await posted.store.write(lambda tx: choose(tx, "cy", Choice(Mailbox("other@tracing.example")), "cy"))
    await posted.sending().look()
    assert [to for to, _mail in posted.office.kept] == ["other@tracing.example"]


# ---------------------------------------------------------------- the line


async def test_a_server_without_starttls_is_told_nothing(posted: Posted, tmp_path: Path) -> None:
    async with opened(tmp_path, speaks_tls=False) as plain:
        await posted.reader()
        await posted.remind()
        settings = posted.settings.model_copy(update={"mail": plain.settings()})
        await Sending(posted.store, settings, QUICK).look()
        assert (plain.kept, await posted.states()) == ([], ["waiting"])
        spoken = posted.settings.model_copy(update={"mail": plain.settings(security="none")})
        posted.waiting.clock.turn(HOUR)
        await Sending(posted.store, spoken, QUICK).look()
        assert len(plain.kept) == 1


async def test_a_server_nobody_vouches_for_is_told_nothing(posted: Posted) -> None:
    with pytest.raises(TargetAway, match="certificate verify failed"):
        await probe(posted.office.settings(authorities_file=""))


async def test_a_password_is_read_from_its_file_alone_and_a_wrong_one_is_the_servers_trouble(tmp_path: Path) -> None:
    async with opened(tmp_path, authenticator=knows("right"), auth_exclude_mechanism=["LOGIN"]) as office:
        kept = tmp_path / "password"
        kept.write_text("right\n")
        kept.chmod(0o600)
        settings = office.settings(user="node", password_file=str(kept))
        assert "signed in" in await probe(settings)
        kept.write_text("wrong\n")
        with pytest.raises(TargetAway, match="535"):
            await probe(settings)
        kept.chmod(0o644)
        with pytest.raises(TargetAway, match="open to others"):
            await probe(settings)
        with pytest.raises(TargetAway, match="no password for node"):
            await probe(office.settings(user="node"))


async def test_a_test_mail_is_sent_at_once_or_says_why_not(posted: Posted) -> None:
    await send_test(posted.settings, Mailbox("any@tracing.example"), "fr", "one", 0)
    assert "Essai" in posted.office.kept[0][1]["Subject"]
    posted.office.to_readers = "550 no such person"
    with pytest.raises(NoticeRefused, match="550 no such person") as refused:
        await send_test(posted.settings, Mailbox("any@tracing.example"), "fr", "two", 0)
    assert (refused.value.is_final, len(posted.office.kept)) == (True, 1)


@on_sqlite
@pytest.mark.parametrize("state", ["IS_WAITING", "IS_PARKED"])
async def test_mails_that_wait_or_were_refused_are_counted_by_an_index(posted: Posted, state: str) -> None:
    """However many were sent in the years before."""
    query = select(func.count()).select_from(mails).where(getattr(standing, state))
    plan = text(f"EXPLAIN QUERY PLAN {query.compile()}")
    found = await posted.store.read(lambda view: [row[3] for row in view.conn.execute(plan)])
    assert [one for one in found if " INDEX notices_" in one] == found
