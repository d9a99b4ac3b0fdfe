"""``tracing webhook``: receivers of reminders named, tried, given another secret or address, removed."""

from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

from tracing.channels import standing
from tracing.channels.claims import try_parked_again
from tracing.channels.ways import WAYS
from tracing.channels.webhooks import hooks as kept
from tracing.channels.webhooks.hooks import Hook
from tracing.channels.webhooks.reach import check_url, shown
from tracing.channels.webhooks.sending import call_test
from tracing.cli.call import Call, by_command, call_of, work_at
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import table
from tracing.node import Node
from tracing.phrases import PHRASES
from tracing.store import Tx, View

__all__ = ["webhooks"]

T = TypeVar("T")
DAY_MS = 86_400_000
webhooks = typer.Typer(no_args_is_help=True, help="Webhooks of reminders: whom they are for, how it stands with them.")
Name = Annotated[str, typer.Argument(help="The webhook.")]
How = Annotated[str, typer.Option(help=", ".join(WAYS), metavar="HOW")]
Url = Annotated[str, typer.Argument(help="Its address, https://...")]


@webhooks.command("add")
def add(
    context: typer.Context,
    name: Name,
    url: Url,
    user: Annotated[str, typer.Option(help="What this person is reminded of.")] = "",
    role: Annotated[str, typer.Option(help=f"What goes to all of it: {', '.join(kept.ROLES)}.")] = "",
    language: Annotated[str, typer.Option(help=", ".join(PHRASES))] = "en",
) -> None:
    """Name a receiver, of a person, of a role or of every reminder, and print its secret once."""
    call = call_of(context)
    where = _url(call, url)
    try:
        hook = Hook(name, user or None, role or None, language)
    except ValueError as error:
        raise Ends(Exit.USAGE, str(error)) from error
    secret = _write(call, lambda tx: kept.add(tx, hook, where, by_command()))
    call.out.say(f"The secret that signs what goes to {name}, shown once:")
    call.out.result({"webhook": name, "host": shown(where), "secret": secret}, secret)


@webhooks.command("list")
def show_all(context: typer.Context) -> None:
    """Every webhook, and how it stands with each."""
    call = call_of(context)
    found = work_at(call, lambda node: node.store.read(_all))
    rows = [(one["webhook"], one["for"], one["host"], one["trouble"] or "takes what it is given") for one in found]
    call.out.result(found, table(("webhook", "for", "host", ""), rows))


@webhooks.command("test")
def test(context: typer.Context, name: Name) -> None:
    """Call it now with a body that says that it is reached; nothing is kept."""
    call = call_of(context)

    async def work(node: Node) -> None:
        await call_test(node.store, node.settings, name, node.ids.uuid7().hex)

    _found(name, lambda: work_at(call, work))
    call.out.result({"webhook": name, "taken": True}, f"{name} took the test")


@webhooks.command("choose")
def choose(
    context: typer.Context, name: Name, near: How = "", passed: How = "", again: How = "", escalated: How = ""
) -> None:
    """Say which reminders it is told: at once, in a digest of the day, or not."""
    call = call_of(context)
    given = {"near": near, "passed": passed, "again": again, "escalated": escalated}

    def work(tx: Tx) -> dict[str, str]:
        hook = kept.named(tx, name)
        ways = dict(hook.ways) | {event: way for event, way in given.items() if way}
        if ways != hook.ways:
            kept.change_ways(tx, hook, ways, by_command())
        return ways

    ways = _found(name, lambda: _write(call, work))
    call.out.result({"webhook": name, **ways}, table(("", ""), list(ways.items())))


@webhooks.command("rotate")
def rotate(
    context: typer.Context,
    name: Name,
    days: Annotated[int, typer.Option(help="How long the former secret signs too; 0: no longer.")] = 7,
) -> None:
    """Make another secret and print it once; until the former one ends, both sign."""
    call = call_of(context)
    secret = _found(
        name, lambda: _write(call, lambda tx: kept.rotate(tx, kept.named(tx, name), days * DAY_MS, by_command()))
    )
    call.out.say(f"The new secret of {name}, shown once; the former one signs too for {days} day(s):")
    call.out.result({"webhook": name, "secret": secret, "overlap_days": days}, secret)


@webhooks.command("move")
def move(context: typer.Context, name: Name, url: Url) -> None:
    """Give it another address; what was parked is tried there."""
    call = call_of(context)
    where = _url(call, url)
    _found(name, lambda: _write(call, lambda tx: kept.move(tx, kept.named(tx, name), where, by_command())))
    call.out.result({"webhook": name, "host": shown(where)}, f"{name} leads to {shown(where)}")


@webhooks.command("again")
def again(context: typer.Context, name: Name) -> None:
    """Try again at once, also what was parked."""
    call = call_of(context)

    def work(tx: Tx) -> int:
        hook = kept.named(tx, name)
        standing.forget(tx, hook.target)
        return try_parked_again(tx, hook.target)

    count = _found(name, lambda: _write(call, work))
    call.out.result({"webhook": name, "again": count}, f"{count} parked notice(s) of {name} are due again")


@webhooks.command("remove")
def remove(context: typer.Context, name: Name) -> None:
    """Remove it: nothing goes there any more."""
    call = call_of(context)
    call.confirm(f"Remove the webhook {name}, its address and its secrets?")
    _found(name, lambda: _write(call, lambda tx: kept.remove(tx, kept.named(tx, name), by_command())))
    call.out.result({"webhook": name, "removed": True}, f"{name} is removed")


def _all(view: View) -> list[dict[str, str | None]]:
    return [
        {
            "webhook": hook.name, "for": hook.to_user or hook.to_role or "every reminder", "language": hook.language,
            "host": shown(kept.private_of(view, hook).url), **hook.ways,
            "trouble": standing.standing_of(view, hook.target).trouble("it"),
        }
        for hook in kept.all_hooks(view)
    ]  # fmt: skip


def _url(call: Call, text: str) -> str:
    try:
        return check_url(text, call.settings)
    except ValueError as error:
        raise Ends(Exit.USAGE, f"URL: {error}") from error


def _write(call: Call, work: Callable[[Tx], T]) -> T:
    try:
        return work_at(call, lambda node: node.store.write(work))
    except ValueError as error:
        raise Ends(Exit.FAILED, str(error)) from error


def _found(name: str, work: Callable[[], T]) -> T:
    try:
        return work()
    except LookupError as error:
        raise Ends(Exit.FAILED, f"there is no webhook {name!r}; `tracing webhook list` shows all") from error
