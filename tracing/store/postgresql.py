"""PostgreSQL under a node: how a connection is made, how a transaction begins, and what the server must promise.

Rules
- Writers take turns: a transaction that writes takes one lock of the whole database before it reads anything, as
  ``BEGIN IMMEDIATE`` does on SQLite. So heads, counters and constraints are never judged on what is stale, in however
  many processes; and no two writers can deadlock.
- Under that lock ``READ COMMITTED`` sees all that was committed before. Readers get a snapshot and cannot write.
- A writer that stops in the middle (a frozen machine, a cut cable) loses its turn after ``IDLE_S``: the server ends
  its transaction.
- The password is asked for at each connection and kept nowhere.
- A commit whose answer was lost is asked about by its transaction id: done or not done, never "perhaps".
- Text is compared byte by byte, as on SQLite and in this program: the locale of the database must be C.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url

__all__ = ["CHANNEL", "Password", "begin", "make_engine", "require_promises", "transaction_of", "was_committed"]

Password = Callable[[], str | None]

TURN = 0x1711_7841  # of all writers of one database; any number, as long as nobody else takes it there
CHANNEL = "tracing"  # of NOTIFY
LOCK_S, IDLE_S, CONNECT_S = 10, 30, 5
_TRANSACTION = "transaction"  # under this key a connection remembers the id of its transaction


def make_engine(url: str, password: Password | None) -> Engine:
    """An engine that has not connected yet."""
    settings = {"lock_timeout": f"{LOCK_S}s", "idle_in_transaction_session_timeout": f"{IDLE_S}s"}
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        connect_args={
            "connect_timeout": CONNECT_S,
            "keepalives_idle": IDLE_S,
            "tcp_user_timeout": IDLE_S * 1000,
            "application_name": "tracing",
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        },
        hide_parameters=True,
    )
    if password is not None:
        event.listen(engine, "do_connect", _with(password))
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", begin)
    return engine


def _with(password: Password) -> Callable[..., None]:
    def give(_dialect: Any, _record: Any, _args: Any, named: dict[str, Any]) -> None:
        if (secret := password()) is not None:
            named["password"] = secret

    return give


def _prepare(connection: Any, _record: Any) -> None:
    connection.autocommit = True  # we say BEGIN ourselves


def begin(conn: Connection) -> None:
    """A writer waits for its turn; a reader gets a snapshot."""
    if not conn.get_execution_options().get("write"):
        conn.exec_driver_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return
    conn.exec_driver_sql("BEGIN ISOLATION LEVEL READ COMMITTED")
    turn = f"SELECT pg_advisory_xact_lock({TURN}), pg_current_xact_id()::text"
    conn.info[_TRANSACTION] = conn.exec_driver_sql(turn).one()[1]


def transaction_of(conn: Connection) -> str:
    """The number of the transaction a writer is in, by which the server knows it for ever after."""
    return str(conn.info[_TRANSACTION])


def was_committed(engine: Engine, transaction: str) -> bool:
    """What became of a transaction whose connection was lost. OperationalError while the server is away."""
    with engine.connect() as asking:
        said = asking.exec_driver_sql(f"SELECT pg_xact_status('{int(transaction)}')").scalar()
    return said == "committed"


def require_promises(conn: Connection) -> list[str]:
    """What this server or database does not promise, each with what to do."""
    shown = {name: str(conn.exec_driver_sql(f"SHOW {name}").scalar()) for name in _PROMISES}
    wrong = [f"{name} is {shown[name]}: {said}" for name, (ok, said) in _PROMISES.items() if not ok(shown[name])]
    if not conn.exec_driver_sql("SELECT 'B' < 'a'").scalar():
        made = "CREATE DATABASE ... TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
        wrong.append(f"it orders text as a language does, and this program byte by byte: make it with {made}")
    return wrong


_PROMISES: dict[str, tuple[Callable[[str], bool], str]] = {
    "fsync": (lambda value: value == "on", "a receipt promises what a power cut must not take; turn it on"),
    "full_page_writes": (lambda value: value == "on", "a torn page is a lost message; turn it on"),
    "synchronous_commit": (lambda value: value != "off", "a receipt promises what is on disk; turn it on"),
    "server_encoding": (lambda value: value == "UTF8", "make the database with ENCODING 'UTF8'"),
    "server_version_num": (lambda value: int(value) >= 140_000, "PostgreSQL 14 or later is needed"),
}
