"""The verbs and nouns of the command, each in a module that loads when it is used: ``tracing --help`` needs no node.

A row of ``VERBS`` says where one stands and what a list of them says of it; a test holds both to the modules.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

__all__ = ["VERBS", "LoadedOnUse", "Verb", "add_verbs", "loaded", "plain_typer"]


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb (a function) or a noun with its verbs (a Typer), by name in a module beside this one."""

    module: str
    name: str
    help: str


VERBS: dict[str, Verb] = {
    "init": Verb("nodes", "init", "Make a node's home: settings, keys, database."),
    "run": Verb("nodes", "run", "Run the node until SIGTERM."),
    "doctor": Verb(
        "doctor",
        "doctor",
        "Check configuration, keys, permissions, clock, database, schema, disk, attachments and counterparts.",
    ),
    "card": Verb("nodes", "card", "Write the card counterparts pin this node by, and print the digest to compare."),
    "demo": Verb(
        "demonstration",
        "demo",
        "Nodes of three States exchange sample requests on this machine; everything says TRAINING.",
    ),
    "root": Verb("roots", "roots", "The root of an authority, and the ceremony of its holders."),
    "keys": Verb("passphrase", "keys", "The keys of this node: their state, their age, what comes next."),
    "counterpart": Verb("trust", "counterparts", "Other States' authorities."),
    "contact": Verb("contacts", "contacts", "Our contact card of ITI paras 25 and 31."),
    "user": Verb("people", "users", "Officers and others who sign in at the desk."),
    "token": Verb("people", "tokens", "Bearer tokens for programs that use the API."),
    "request": Verb("requests", "requests", "Tracing requests of our own."),
    "case": Verb("cases", "cases", "Cases, sent and received."),
    "element": Verb("elements", "elements", "Single elements of signed messages, and proofs of them."),
    "evidence": Verb("evidence", "evidence", "Evidence of a case for somebody without a node, and its verification."),
    "records": Verb("records", "records", "The national records that answers come from."),
    "deadline": Verb("dates", "deadlines", "Due dates, and where they come from."),
    "mail": Verb("mails", "mails", "Mail of reminders: try an address, and how it stands with the server."),
    "webhook": Verb("hooks", "webhooks", "Webhooks of reminders: whom they are for, how it stands with them."),
    "bundle": Verb("bundles", "bundles", "What waits for a counterpart as a file, and such files taken in."),
    "audit": Verb("entries", "audit", "The audit trail, and its witnesses."),
    "db": Verb("databases", "databases", "The database: is it sound, and does it stand at this program's schema."),
    "backup": Verb("backups", "backups", "Backups of the whole home, sealed under a passphrase of their own."),
}


class LoadedOnUse(TyperGroup):
    """A group that knows its commands by name, and loads the one that is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, found, rest = super().resolve_command(ctx, args)
        return name, found if found is None or name is None else loaded(name), rest


def plain_typer(**about: Any) -> typer.Typer:
    """A Typer as all of ours are: words only, and faults end at our own border."""
    return typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, **about)


def add_verbs(app: typer.Typer) -> None:
    """Name every verb to a Typer made with ``cls=LoadedOnUse``."""
    for name, verb in VERBS.items():
        app.command(name, help=verb.help)(_loads)


def _loads() -> None:
    """Stands for a verb in lists."""


@cache
def loaded(name: str) -> Any:
    """The command behind a name."""
    verb = VERBS[name]
    made: typer.Typer | Callable[..., Any] = getattr(import_module(f"tracing.cli.{verb.module}"), verb.name)
    shelf = plain_typer()
    if isinstance(made, typer.Typer):
        shelf.add_typer(made, name=name)
    else:
        shelf.command(name)(made)
    shelf.callback()(_loads)
    return get_group(shelf).commands[name]
