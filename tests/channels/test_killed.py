"""A real process that sends, killed with a mail at the server and its answer on the way."""

import asyncio
import sys
from pathlib import Path

from sqlalchemy import select, update

from tests.channels.postoffice import PostOffice, opened
from tests.command.conftest import founded, home, kept
from tests.command.test_mails import with_mail
from tracing.channels.mail.choices import Choice, choose
from tracing.channels.mail.posting import Post
from tracing.node import Node
from tracing.secretfile import first_line
from tracing.settings import Mailbox
from tracing.store import Tx, people
from tracing.tables import Notice, table_of

__all__ = ["founded", "home", "kept"]

mails = table_of(Notice)
MAILS, EVERY = 9, 3  # killed at every third mail
ROOT = Path(__file__).resolve().parents[2]


async def killed_at_every_third(office: PostOffice, home: Path, passphrase: Path) -> int:
    """One run of the worker; its exit code."""
    command = (sys.executable, "-m", "tests.channels.worker", str(home), str(passphrase))
    worker = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    seen = len(office.kept)

    def hears() -> None:
        if len(office.kept) - seen == EVERY:
            worker.kill()

    office.hears = hears
    return await worker.wait()


async def test_a_killed_worker_loses_no_mail_and_repeats_at_most_one_a_kill_under_its_id(
    tmp_path: Path, home: Path, kept: Path
) -> None:
    async with opened(tmp_path) as office:
        with_mail(home, server=f"127.0.0.1:{office.port}", sender="a@b.example", authorities_file=office.authorities)
        node = Node.open(home, first_line(kept, "the passphrase"))

        def prepare(tx: Tx) -> None:
            for number in range(MAILS):
                people.add_user(tx, f"u{number}", "officer", "x", "en", "test")
                choose(tx, f"u{number}", Choice(Mailbox(f"u{number}@b.example")), "test")
                Post(node.settings).put_test(tx, f"u{number}")

        def let_claims_end(tx: Tx) -> bool:
            waiting = mails.c.state == "waiting"
            return bool(tx.conn.execute(update(mails).where(waiting).values(next_ms=0)).rowcount)

        await node.store.write(prepare)
        kills = 0
        while await node.store.write(let_claims_end):
            kills += await killed_at_every_third(office, home, kept) != 0
        states = await node.store.read(lambda view: list(view.conn.execute(select(mails.c.state)).scalars()))
        await asyncio.to_thread(node.close)
    readers = [to for to, _mail in office.kept]
    assert (kills >= 2, states) == (True, ["sent"] * MAILS)
    assert (len(set(readers)), len(set(office.ids))) == (MAILS, MAILS)
    assert len(readers) <= MAILS + kills
