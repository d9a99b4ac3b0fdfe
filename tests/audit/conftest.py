"""The trail of a real exchange, made once and copied for each test that spoils it."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.given import cipher, new_store
from tests.world import OFFICER, ask, world
from tracing import audit
from tracing.audit import AuditResult, Checkpoints
from tracing.clock import Ids, SystemClock
from tracing.store import Store, open_engine

NO_RECORD = {
    "outcomes": [{"code": "no_record", "reason": "never_recorded"}],
    "completeness": "full",
    "basis": ["registry"],
    "searched": [{"register": "exports", "from": "1998", "to": "2026", "complete": True}],
}


@dataclass(frozen=True)
class Trail:
    """One copy of the database of ``at`` after an exchange with ``br``: to be spoiled and verified."""

    file: Path
    checkpoints: Checkpoints

    def spoil(self, *statements: str, **values: Any) -> None:
        """Change the file behind the node's back."""
        with sqlite3.connect(self.file) as db:
            db.execute("PRAGMA foreign_keys=OFF")
            for statement in statements:
                assert db.execute(statement, values).rowcount != 0, statement
        db.close()

    def one(self, query: str) -> Any:
        """One value of the file."""
        with sqlite3.connect(self.file) as db:
            (value,) = db.execute(query).fetchone()
        db.close()
        return value

    def opened(self) -> Store:
        """The store of the file."""
        clock = SystemClock()
        return Store(open_engine(f"sqlite:///{self.file}"), cipher(), clock, Ids(clock))

    def verify(self) -> AuditResult:
        """Recompute all of it."""
        store = self.opened()
        try:
            return store.read_now(lambda view: audit.verify(view, self.checkpoints.check))
        finally:
            store.close()

    def write(self, work: Callable[[Any], Any]) -> Any:
        """Do something as the node itself would."""
        store = self.opened()
        try:
            return store.write_now(work)
        finally:
            store.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def exchanged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trail]:
    """The databases of two nodes after requests, answers, a day's links and checkpoints."""
    folder = tmp_path_factory.mktemp("exchanged")
    trails = {}
    async with world(folder, "br", "at") as w:
        for serial in ("AAA111", "BBB222"):
            asked = await w["br"].office.request(OFFICER, ask("at", serial), wait_s=10)
            await w.reached("at", asked.case, "delivered")
            await w["at"].office.move(OFFICER, asked.case, "acknowledge", {"reference": "AT-1"})
            await w.reached("br", asked.case, "acknowledged")
        await w["at"].office.move(OFFICER, asked.case, "answer", NO_RECORD)
        await w.reached("br", asked.case, "answered")
        await w.settled()
        for node in w.nodes.values():
            await node.store.write(node.checkpoints.sign_due)
        await w["br"].office.request(OFFICER, ask("at", "CCC333"), wait_s=10)
        await w.settled()
        nodes = dict(w.nodes)
    for authority, node in nodes.items():
        trails[authority] = Trail(folder / authority / "node.db", node.checkpoints)
    return trails


@pytest.fixture
def trail(exchanged: dict[str, Trail], tmp_path: Path) -> Trail:
    """A copy of at's database that a test may spoil."""
    file = tmp_path / "spoiled.db"
    with sqlite3.connect(exchanged["at"].file) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    shutil.copy(exchanged["at"].file, file)
    return Trail(file, exchanged["at"].checkpoints)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    """A store with a private tree and one of a counterpart, both empty."""
    store = new_store(tmp_path)

    def begin(tx: Any) -> None:
        audit.open_tree(tx, audit.PRIVATE, "itx.training/br/private")
        audit.open_tree(tx, "at", "itx.training/br/at")

    store.write_now(begin)
    yield store
    store.close()
