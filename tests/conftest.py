"""What every process of tests does once, so that the thousands of homes it founds cost little.

A home in a test is a real one. Two things of it are made cheaper, and nothing else: its database is a copy of one that
the migrations made in this process, not made by them anew; and its passphrase is stretched at the lowest cost a header
may name. Commands that run as processes of their own pay both in full.
"""

import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import Engine

from keys import lockbox
from tests import given
from tracing import founding
from tracing.store import bring_up_to_date, open_engine, schema_version

LEAST_MEMORY_KIB = 8 * 1024


@pytest.fixture(scope="session", autouse=True)
def logs_are_no_result() -> None:
    """As ``tracing.log`` does: what a node in this process logs stands in no document of a command."""
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))


@pytest.fixture(scope="session", autouse=True)
def homes_cost_little(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """For the whole process."""
    with pytest.MonkeyPatch.context() as patch:
        copying = _copying(tmp_path_factory.mktemp("migrated"))
        patch.setattr(founding, "bring_up_to_date", copying)
        patch.setattr(given, "bring_up_to_date", copying)
        patch.setattr(lockbox, "MEMORY_KIB", LEAST_MEMORY_KIB)
        patch.setattr(lockbox, "PASSES", 1)
        yield


def _copying(folder: Path) -> Callable[[Engine], None]:
    """What brings a new SQLite file up to date by copying one, and everything else by its migrations."""
    made: list[sqlite3.Connection] = []

    def template() -> sqlite3.Connection:
        if not made:
            engine = open_engine(f"sqlite:///{folder / 'node.db'}")
            bring_up_to_date(engine)
            engine.dispose()
            made.append(sqlite3.connect(folder / "node.db", check_same_thread=False))
        return made[0]

    def bring(engine: Engine) -> None:
        if engine.dialect.name != "sqlite" or schema_version(engine) is not None:
            bring_up_to_date(engine)
            return
        with engine.connect() as conn:
            into = conn.connection.dbapi_connection
            assert isinstance(into, sqlite3.Connection)
            template().backup(into)

    return bring
