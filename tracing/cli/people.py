"""``tracing user`` and ``tracing token``: who may come to the desk, and with what. Secrets are shown once."""

import re
import unicodedata
from typing import Annotated, Any

import typer
from sqlalchemy.exc import IntegrityError

from tracing.casework.attendance import lead
from tracing.casework.policy import ROLES
from tracing.cli.call import Call, by_command, call_of, work_at
from tracing.cli.exits import Ends, Exit
from tracing.cli.mails import set_mail
from tracing.cli.output import table
from tracing.clock import from_ms
from tracing.desk.passwords import hash_password, new_password
from tracing.node import Node
from tracing.store import people

__all__ = ["tokens", "users"]

users = typer.Typer(no_args_is_help=True, help="Officers and others who sign in at the desk.")
tokens = typer.Typer(no_args_is_help=True, help="Bearer tokens for programs that use the API.")

users.command("mail")(set_mail)

Name = Annotated[str, typer.Argument(help="The name to sign in with.")]
LANGUAGES = ("ar", "en", "es", "fr", "ru", "zh")
LONGEST_NAME = 64
SIGNS = frozenset(".-_@")


@users.command("add")
def add(
    context: typer.Context,
    name: Name,
    role: Annotated[str, typer.Option(help=", ".join(ROLES))],
    language: Annotated[str, typer.Option(help=", ".join(LANGUAGES))] = "en",
) -> None:
    """Make an account and print its password once."""
    call = call_of(context)
    if role not in ROLES:
        raise Ends(Exit.USAGE, f"{role!r} is no role; roles: {', '.join(ROLES)}")
    if language not in LANGUAGES:
        raise Ends(Exit.USAGE, f"{language!r} is no language of the desk; languages: {', '.join(LANGUAGES)}")
    if not _is_name(name):
        msg = (
            f"a name is 1 to {LONGEST_NAME} letters of any script, digits, or . - _ @, and begins with none of the last"
        )
        raise Ends(Exit.USAGE, msg)
    password = work_at(call, lambda node: _add(node, name, role, language))
    text = f"{name} ({role}) may sign in with this password, shown once:\n{password}"
    call.out.result({"user": name, "role": role, "language": language, "password": password}, text)


def _is_name(text: str) -> bool:
    """Letters with their marks and decimal digits (Unicode L, M, Nd), and ``SIGNS`` but in front."""
    plain = all(one in SIGNS or unicodedata.category(one)[0] in "LM" or one.isdecimal() for one in text)
    return plain and 1 <= len(text) <= LONGEST_NAME and text[0] not in SIGNS


async def _add(node: Node, name: str, role: str, language: str) -> str:
    password = new_password(node.ids)
    digest = hash_password(password)
    try:
        await node.store.write(lambda tx: people.add_user(tx, name, role, digest, language, by_command()))
    except IntegrityError as error:
        raise Ends(Exit.FAILED, f"there is a user {name!r} already; choose another name") from error
    return password


@users.command("list")
def show_all(context: typer.Context) -> None:
    """Every account."""
    call = call_of(context)
    known = work_at(call, lambda node: node.store.read(people.all_users))
    rows = [(one["name"], one["role"], one["language"], "" if one["active"] else "closed") for one in known]
    call.out.result(known, table(("name", "role", "language", ""), rows))


@users.command("close")
def close(context: typer.Context, name: Name) -> None:
    """Close an account: its sessions end and its tokens sleep, from the next HTTP request on."""
    _set_active(call_of(context), name, active=False)


@users.command("reopen")
def reopen(context: typer.Context, name: Name) -> None:
    """Open a closed account again; its tokens serve again, unless they were revoked."""
    _set_active(call_of(context), name, active=True)


@users.command("head")
def head(
    context: typer.Context,
    name: Name,
    off: Annotated[bool, typer.Option("--off", help="No longer.")] = False,  # noqa: FBT002 - a switch
) -> None:
    """Name who leads the office: the last rungs of reminders go there."""
    call = call_of(context)

    async def work(node: Node) -> None:
        try:
            await node.store.write(lambda tx: lead(tx, name, by_command(), is_head=not off))
        except LookupError as error:
            raise Ends(Exit.FAILED, f"there is no active user {name!r}; `tracing user list` shows all") from error

    work_at(call, work)
    call.out.result({"user": name, "head": not off}, f"{name} {'no longer leads' if off else 'leads'} the office")


def _set_active(call: Call, name: str, *, active: bool) -> None:
    async def work(node: Node) -> None:
        try:
            await node.store.write(lambda tx: people.set_active(tx, name, active=active, by=by_command()))
        except LookupError as error:
            raise Ends(Exit.FAILED, f"there is no user {name!r}; `tracing user list` shows all") from error

    work_at(call, work)
    call.out.result({"user": name, "active": active}, f"{name} is {'open again' if active else 'closed'}")


@tokens.command("create")
def create(context: typer.Context, name: Name) -> None:
    """Make a bearer token for an account and print it once."""
    call = call_of(context)
    token = work_at(call, lambda node: _token(node, name))
    call.out.say(f"A bearer token of {name}, shown once:")
    call.out.result({"token": token}, token)


async def _token(node: Node, name: str) -> str:
    try:
        return await node.store.write(lambda tx: people.new_token(tx, name, by_command()))
    except LookupError as error:
        raise Ends(
            Exit.FAILED, f"there is no active user {name!r}: `tracing user add {name} --role officer` makes one"
        ) from error


@tokens.command("list")
def show_tokens(context: typer.Context) -> None:
    """Every token, by the mark it may be revoked by."""
    call = call_of(context)
    known = work_at(call, lambda node: node.store.read(people.all_tokens))
    rows = [
        (one["mark"], one["user_name"], f"{from_ms(one['created_ms']):%Y-%m-%d %H:%M}", _state(one)) for one in known
    ]
    call.out.result(known, table(("mark", "user", "made", ""), rows))


def _state(token: dict[str, Any]) -> str:
    return "revoked" if token["revoked_ms"] is not None else "" if token["active"] else "closed with its account"


@tokens.command("revoke")
def revoke(
    context: typer.Context,
    name: Name,
    mark: Annotated[
        str, typer.Option(help="Only this one, by its mark in `token list`; else all of the account.")
    ] = "",
) -> None:
    """Revoke tokens of an account, from the next HTTP request on. What is revoked never serves again."""
    call = call_of(context)
    if not re.fullmatch(r"[0-9a-f]{8,64}|", mark):
        raise Ends(Exit.USAGE, "--mark: expected the mark that `tracing token list` shows, 12 digits of 0-9 and a-f")
    count = work_at(call, lambda node: node.store.write(lambda tx: people.revoke_tokens(tx, name, by_command(), mark)))
    if not count:
        raise Ends(Exit.FAILED, f"{name} has no such token that serves; `tracing token list` shows all")
    call.out.result({"user": name, "revoked": count}, f"revoked: {count}")
