"""What tests start from: a store on a real database, a clock one can turn, fixed and real randomness."""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from keys.rest import ContentCipher
from tests.postgres import database_of
from tracing.clock import Ids, SystemClock
from tracing.store import Store, bring_up_to_date, open_engine

__all__ = ["TurnedClock", "cipher", "new_store"]


class TurnedClock:
    """A clock that stands until it is turned."""

    def __init__(self, at: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)) -> None:
        self._at = at
        self._steady = 0.0

    def now(self) -> datetime:
        return self._at

    def now_ms(self) -> int:
        return int(self._at.timestamp() * 1000)

    def monotonic(self) -> float:
        return self._steady

    def turn(self, by: timedelta) -> None:
        """Let time pass, on both clocks."""
        self._at += by
        self._steady += by.total_seconds()


def cipher() -> ContentCipher:
    """A cipher with secrets of its own."""
    return ContentCipher(secrets.token_bytes(32), secrets.token_bytes(32), secrets.token_bytes)


def new_store(folder: Path, clock: SystemClock | TurnedClock | None = None) -> Store:
    """A store on a fresh database brought to the newest schema."""
    clock = clock or SystemClock()
    engine = open_engine(database_of(folder))
    bring_up_to_date(engine)
    return Store(engine, cipher(), clock, Ids(clock))
