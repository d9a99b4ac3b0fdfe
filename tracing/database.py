"""The database an administrator named in ``node.toml``, and its password.

The password comes from the systemd credential ``tracing-database`` or from ``database_password_file``; where there is
neither the server knows us otherwise (the user of a local socket, a client certificate). It is read at each connection,
so that a new one needs no restart, and is kept nowhere.

    engine = engine_of(settings)
"""

from typing import Final

from sqlalchemy import Engine

from tracing.secretfile import Unusable, first_line, place_of
from tracing.settings import Settings
from tracing.store import DatabaseInvalid, open_engine

__all__ = ["CREDENTIAL", "engine_of", "password_of"]

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
