"""A home whose duties are told of by mail and by webhook: what campaigns of reminding start from and count.

One officer, written to at once, owns every case. Duties are rows that nobody's message started; a reminder of each is
one row with one leaf, and is told by one mail and one call, with a leaf each.

    home = Reminded(folder, url, office, receiver)
    await home.found()
    await asyncio.to_thread(home.add, [{"started_by": "m1", "near_ms": now_ms}])
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, text

from tests.channels.postoffice import PostOffice
from tests.channels.receiving import Receiving
from tests.world import OFFICER, PASSPHRASE, World, ask
from tracing import audit
from tracing.channels.mail.choices import Choice, choose
from tracing.channels.ways import SOUND
from tracing.channels.webhooks import hooks
from tracing.channels.webhooks.hooks import Hook
from tracing.clock import Clock, SystemClock
from tracing.node import Node
from tracing.settings import Mailbox
from tracing.store import Tx, open_engine, people
from tracing.tables import Deadline, Leaf, Notice, Reminder, table_of

__all__ = ["HOME", "Reminded"]

HOME = "br"
CASES = 20
MONTH_MS = 30 * 86_400_000
AT_ONCE = dict.fromkeys(SOUND, "at_once")
deadlines, leaves, notices, reminders = map(table_of, (Deadline, Leaf, Notice, Reminder))
WAITING = "SELECT count(*) FROM notices WHERE state = 'waiting'"


@dataclass
class Reminded:
    """A training node at ``folder / HOME``, its database, and what takes its mails and calls."""

    folder: Path
    url: str
    office: PostOffice
    receiver: Receiving
    engine: Engine = field(init=False)
    cases: Sequence[str] = ()

    @property
    def home(self) -> Path:
        return self.folder / HOME

    async def found(self) -> None:
        """With an officer who is written to, a webhook, and some cases whose own duties are done."""
        mail = self.office.settings(security="none", authorities_file="")
        world = World(self.folder, SystemClock(), mail=mail)
        world.found(HOME, database=self.url)
        world.add_by_letter(HOME, "fr")
        node = world[HOME]

        def work(tx: Tx) -> None:
            people.add_user(tx, "ada", "officer", "-", "en", "test")
            choose(tx, "ada", Choice(Mailbox("ada@tracing.example"), AT_ONCE), "test")
            hooks.add(tx, Hook("chat", to_user="ada", ways=AT_ONCE), self.receiver.url, "test")

        await node.store.write(work)
        asked = [await node.office.request(OFFICER, ask("fr", f"X{number}")) for number in range(CASES)]
        self.cases = [one.case for one in asked]
        await asyncio.to_thread(node.close)
        passphrase = self.home / "secrets" / "passphrase"
        passphrase.parent.mkdir(mode=0o700)
        passphrase.write_bytes(PASSPHRASE)
        passphrase.chmod(0o600)
        self.engine = open_engine(self.url)
        self.write("UPDATE cases SET owner = 'ada'", "UPDATE deadlines SET ended_ms = 1")

    def write(self, *statements: Any) -> None:
        """In one transaction; words or statements."""
        with self.engine.connect().execution_options(write=True) as conn, conn.begin():
            for one in statements:
                conn.execute(text(one) if isinstance(one, str) else one)

    def add(self, duties: Iterable[Mapping[str, Any]]) -> None:
        """Duties of ours, ``started_by`` names each; what is not said is a month ahead of ``near_ms``."""
        rows = [self._row(number, one) for number, one in enumerate(duties)]
        with self.engine.connect().execution_options(write=True) as conn, conn.begin():
            conn.execute(insert(deadlines), rows)

    def _row(self, number: int, duty: Mapping[str, Any]) -> dict[str, Any]:
        due_ms = duty.get("due_ms", duty["near_ms"] + MONTH_MS)
        return {
            "case_id": self.cases[number % CASES], "clock": "answer", "owed_by": "us", "started_ms": duty["near_ms"],
            "counted_by": "[]", "due_ms": due_ms, "original_due_ms": due_ms, "basis": "internal", "source": "a test",
            "steps": "[]", "rules": "", "near_told_ms": None,
        } | duty  # fmt: skip

    def left(self, due: int) -> tuple[int, int]:
        """Of so many duties those without a reminder, and the notices that wait."""
        with self.engine.connect() as conn, conn.begin():
            reminded = conn.execute(text("SELECT count(*) FROM reminders")).scalar_one()
            return due - int(reminded), int(conn.execute(text(WAITING)).scalar_one())

    @property
    def told(self) -> int:
        """What came to both servers."""
        return len(self.office.kept) + len(self.receiver.calls)

    # ------------------------------------------------------------ counting

    def reckon(self, clock: Clock | None = None) -> dict[str, Any]:
        """The record and what came, held to each other, and whether the trees are what their entries come to.

        For a home that no process has open; ``clock``: what a process of it would read now.
        """
        node = Node.open(self.home, PASSPHRASE, clock=clock)
        try:
            trees_ok = node.store.read_now(lambda view: audit.verify(view, node.checkpoints.check)).ok
            return {"trees_ok": trees_ok} | node.store.read_now(lambda view: self._count(view.conn))
        finally:
            node.close()

    def _count(self, conn: Connection) -> dict[str, Any]:
        of = Counter(conn.execute(select(reminders.c.deadline_id)).scalars())
        objects = list(conn.execute(select(leaves.c.object).where(leaves.c.tree == "private")).scalars())
        sent = conn.execute(select(notices.c.target, notices.c.message_id).where(notices.c.state == "sent")).all()
        noted = {
            "mail": [f"<{row.message_id}>" for row in sent if row.target == "mail"],
            "webhook": [row.message_id for row in sent if row.target != "mail"],
        }
        came = {"mail": [str(one) for one in self.office.ids], "webhook": self.receiver.ids}
        return {
            "reminded": len(of), "doubled": sum(of.values()) - len(of),
            "leaves": {act: sum(f'"act":"{act}"'.encode() in (one or b"") for one in objects)
                       for act in ("remind", "mail", "webhook")},
            "sent": {name: len(ids) for name, ids in noted.items()},
            "came": {name: len(set(ids)) for name, ids in came.items()},
            "strangers": sum(len(set(came[name]) - set(noted[name])) for name in came),
            "repeats": {name: len(ids) - len(set(ids)) for name, ids in came.items()},
        }  # fmt: skip
