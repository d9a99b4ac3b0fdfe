"""One call of the command: where the node is, how to speak, and where the passphrase comes from.

A command works at the node's database itself, beside a node that may be running: ``work_at`` opens it without starting
anything, does one thing and lets go. A running node notices.
"""

import asyncio
import getpass
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import typer

from keys.errors import WrongPassphrase
from tracing.casework.policy import Actor
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import Output
from tracing.founding import unfinished
from tracing.node import Node
from tracing.secretfile import Unusable, first_line, place_of
from tracing.settings import ConfigInvalid, Settings

__all__ = ["Call", "by_command", "call_of", "officer", "read_passphrase", "type_new_passphrase", "work_at"]

T = TypeVar("T")

CREDENTIAL = "tracing-passphrase"
PASSPHRASE_FILE = Path("secrets") / "passphrase"  # in the home, where there was nowhere else
LEAST_TYPED = 12  # characters: whoever finds the file it locks may try as long as he likes


@dataclass(frozen=True)
class Call:
    """The global options of a call, resolved."""

    home: Path
    as_json: bool
    yes: bool
    passphrase_file: Path | None

    @cached_property
    def out(self) -> Output:
        return Output(as_json=self.as_json)

    @cached_property
    def settings(self) -> Settings:
        """The settings of the node at ``--home``. Raises ConfigInvalid, also where its founding was not finished."""
        if (said := unfinished(self.home)) is not None:
            raise ConfigInvalid([said])
        return Settings.load(self.home)

    def passphrase(self) -> bytes:
        """The passphrase of this node's keys, from the first place that has one; a prompt is the last resort."""
        where = self.passphrase_place()
        if where is not None:
            return read_passphrase(where)
        if not sys.stdin.isatty():
            raise Ends(
                Exit.CONFIGURATION,
                "no passphrase: give --passphrase-file FILE, set TRACING_PASSPHRASE_FILE, or hand the service the "
                f"systemd credential {CREDENTIAL}",
            )
        return getpass.getpass(f"Passphrase of the node's keys in {self.home / 'keys'}: ", sys.stderr).encode()

    def unlocking(self, opens: Callable[[bytes], T], given: bytes | None = None) -> T:
        """What ``opens`` gives with the passphrase; where that is the wrong one, it is said where it came from.

        ``given`` is one that was asked for before.
        """
        given = self.passphrase() if given is None else given
        try:
            return opens(given)
        except WrongPassphrase as error:
            place = self.passphrase_place()
            source = f"in {place}" if place else "that was typed"
            keys = self.home / "keys"
            msg = f"the passphrase {source} does not open the keys in {keys}: give the one they were made with"
            raise WrongPassphrase(msg) from error

    def passphrase_place(self) -> Path | None:
        """The file the passphrase is read from, None when it must be asked for."""
        if self.passphrase_file is not None:
            return self.passphrase_file
        if name := os.environ.get("TRACING_PASSPHRASE_FILE"):
            return Path(name)
        place = self.home / PASSPHRASE_FILE
        return place_of(CREDENTIAL) or (place if place.exists() else None)

    def confirm(self, question: str) -> None:
        """Ask before something that cannot be taken back; ``--yes`` answers, and so must scripts."""
        if self.yes:
            return
        if not sys.stdin.isatty():
            raise Ends(Exit.USAGE, f"{question} There is no terminal to ask at: say --yes")
        if not typer.confirm(question, err=True):
            raise Ends(Exit.FAILED, "nothing was done")


def read_passphrase(where: Path) -> bytes:
    """The first line of a file. Raises Ends when it is missing or empty, LoosePermissions when it is open to others."""
    try:
        return first_line(where, "the passphrase")
    except Unusable as error:
        raise Ends(Exit.CONFIGURATION, str(error)) from error


def type_new_passphrase(question: str) -> bytes:
    """Asked twice at the terminal. Raises Ends where it is short, or the two differ."""
    first = getpass.getpass(question, sys.stderr)
    if len(first) < LEAST_TYPED:
        msg = f"a new passphrase has at least {LEAST_TYPED} characters (six words by dice are good); nothing was done"
        raise Ends(Exit.FAILED, msg)
    if first != getpass.getpass("Again: ", sys.stderr):
        raise Ends(Exit.FAILED, "the two differ; nothing was done")
    return first.encode()


def call_of(context: typer.Context) -> Call:
    """The call a command belongs to, made of the global options when first asked for."""
    root = context.find_root()
    if not isinstance(root.obj, Call):
        root.obj = Call(**root.obj)
    call: Call = root.obj
    return call


def by_command() -> str:
    """How the audit trail names whoever works with the command."""
    try:
        return f"command:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user has no name
        return f"command:{os.getuid()}"


def officer() -> Actor:
    """Whoever works with the command acts as an officer, under a name that says how."""
    return Actor(by_command(), "officer")


def work_at(call: Call, work: Callable[[Node], Awaitable[T]]) -> T:
    """Open the node at ``--home`` without starting it, do one thing with it, let go."""
    assert call.settings is not None  # read first: where there is no node, nobody is asked for a passphrase

    async def do() -> T:
        node = call.unlocking(lambda passphrase: Node.open(call.home, passphrase))
        try:
            return await work(node)
        finally:
            node.close()

    return asyncio.run(do())
