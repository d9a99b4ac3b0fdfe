"""A real PostgreSQL for tests: one server for each process of tests, a database of its own for each place.

``DATABASE=postgresql`` in the environment puts the databases of all nodes of a run there (``make postgres``); without
it they are SQLite files. Nothing is mocked: initdb in a temporary folder, a unix socket, fsync on.
"""

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tracing.store import bring_up_to_date, open_engine

__all__ = ["Server", "copy_home", "database_of", "needs_postgresql", "of_this_run", "on_sqlite", "server"]

OWNER = "itx"
PASSWORD = "a password for tests"
TEMPLATE = "migrated"


def _folder_of_binaries() -> Path | None:
    """Debian keeps them beside the path, a folder for each version."""
    found = [Path(place).resolve().parent for place in (shutil.which("initdb"),) if place]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in found if (folder / "postgres").exists()), None)


BINARIES = _folder_of_binaries()
needs_postgresql = pytest.mark.skipif(BINARIES is None, reason="needs PostgreSQL (on Debian: apt install postgresql)")

on_sqlite = pytest.mark.skipif(
    os.environ.get("DATABASE") == "postgresql", reason="looks into SQLite itself: its file, its plans"
)


@dataclass
class Server:
    """A server that runs until ``stop``; from the system's user who runs the tests it takes no password."""

    folder: Path
    _made: dict[str, str] = field(default_factory=dict)

    def _run(self, *command: str) -> None:
        """As nobody who could do harm: a server refuses to run as root."""
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        assert BINARIES is not None
        subprocess.run(
            [*user, str(BINARIES / command[0]), *command[1:]], check=True, capture_output=True, cwd=self.folder
        )

    def make(self, settings: Sequence[str] = ()) -> None:
        """Make and start it."""
        if os.geteuid() == 0:
            found = pwd.getpwnam("postgres")
            os.chown(self.folder, found.pw_uid, found.pw_gid)
        self.folder.chmod(0o755)
        data = self.folder / "data"
        how = ("-U", OWNER, "-E", "UTF8", "--locale=C", "--no-sync", "-A", "scram-sha-256")
        self._run("initdb", "-D", str(data), *how, f"--pwfile={self._password_file()}")
        me = pwd.getpwuid(os.geteuid()).pw_name
        (data / "pg_hba.conf").write_text(f"local all guest,visitor scram-sha-256\nlocal all {OWNER} peer map=tests\n")
        (data / "pg_ident.conf").write_text(f"tests {me} {OWNER}\n")
        options = [
            "listen_addresses=''", f"unix_socket_directories='{self.folder}'", "fsync=on", "shared_buffers=32MB",
            "max_connections=300", "wal_level=replica", *settings,
        ]  # fmt: skip
        with (data / "postgresql.conf").open("a") as conf:
            conf.write("\n".join(options) + "\n")
        self.start()

    def _password_file(self) -> Path:
        file = self.folder / "password"
        file.write_text(PASSWORD + "\n")
        file.chmod(0o644)
        return file

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-w", "start")

    def stop(self, how: str = "immediate") -> None:
        """``immediate`` is what a power cut leaves: the next start recovers."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", how, "stop")

    @property
    def pid(self) -> int:
        """The process whose children do the work."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split("\n", 1)[0])

    def url(self, database: str, user: str = OWNER) -> str:
        """The address of a database."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def execute(self, *statements: str) -> None:
        """As the owner, outside any transaction."""
        engine = open_engine(self.url("postgres"))
        with engine.connect() as conn:
            raw = conn.connection.dbapi_connection
            assert raw is not None
            for statement in statements:
                raw.cursor().execute(statement)
        engine.dispose()

    def migrated(self) -> str:
        """The address of a fresh database at the newest schema."""
        if TEMPLATE not in self._made:
            self._made[TEMPLATE] = self.empty(TEMPLATE)
            engine = open_engine(self._made[TEMPLATE])
            bring_up_to_date(engine)
            engine.dispose()
        return self.empty(template=TEMPLATE)

    def empty(self, name: str | None = None, template: str = "template0") -> str:
        """The address of a fresh database with nothing in it, or what ``template`` holds."""
        name = name or f"n{len(self._made)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        self._made[name] = self.url(name)
        return self._made[name]


@contextmanager
def server(*settings: str) -> Iterator[Server]:
    """A server of its own, e.g. one that is to be killed."""
    with tempfile.TemporaryDirectory() as folder:
        made = Server(Path(folder))
        made.make(settings)
        try:
            yield made
        finally:
            made.stop()


@cache
def of_this_run() -> Server | None:
    """The server of this run of tests; None where databases are SQLite files."""
    if os.environ.get("DATABASE") != "postgresql":
        return None
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(server())


@cache
def database_of(folder: Path) -> str:
    """The address of the database that belongs to a folder of a test: always the same, made when first asked for."""
    shared = of_this_run()
    return f"sqlite:///{folder / 'node.db'}" if shared is None else shared.migrated()


def copy_home(home: Path, to: Path) -> Path:
    """A home that no process has open, copied together with what its database holds."""
    shutil.copytree(home, to)
    if (shared := of_this_run()) is not None:
        settings, former = to / "node.toml", database_of(home)
        said = settings.read_text()
        assert former in said, "the home keeps its data elsewhere"
        settings.write_text(said.replace(former, shared.empty(template=make_url(former).database or "")))
    return to
