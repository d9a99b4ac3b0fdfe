"""The database an administrator named in ``node.toml``, and its password.

The password comes from the systemd credential ``tracing-database`` or from ``database_password_file``; where there is
neither the server knows us otherwise (the user of a local socket, a client certificate). It is read at each connection,
so that a new one needs no restart, and is kept nowhere.

    engine = engine_of(settings)
"""

from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from tracing.claim import RUNNING, is_claimed
from tracing.secretfile import Unusable, first_line, place_of
from tracing.settings import Settings
from tracing.store import DatabaseInvalid, open_engine
from tracing.store.leases import living

__all__ = ["CREDENTIAL", "engine_of", "password_of", "who_runs"]

CREDENTIAL: Final = "tracing-database"


def engine_of(settings: Settings) -> Engine:
    """Nothing is connected to yet. DatabaseInvalid for an address that is none."""
    return open_engine(settings.database, lambda: password_of(settings))


def password_of(settings: Settings) -> str | None:
    """As it stands now; None where the server knows us otherwise. DatabaseInvalid for a file that will not do."""
    place = place_of(CREDENTIAL, settings.database_password_file)
    if place is None:
        return None
    try:
        return first_line(place, "the password of the database").decode()
    except Unusable as error:
        raise DatabaseInvalid(str(error)) from error


def who_runs(home: Path, engine: Engine) -> str | None:
    """What of a node is at work, from this home or, where several processes share its database, anywhere; or None."""
    if count := living(engine):
        return f"{count} of its processes are at work on the database"
    return f"a node runs from {home}" if (home / RUNNING).exists() and is_claimed(home) else None
