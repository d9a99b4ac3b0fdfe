"""``tracing db``: the schema of the node's database looked at, and brought up while the node runs."""

from typing import Annotated, Any

import typer
from sqlalchemy import Engine

from tracing.cli.call import call_of
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import counted, table
from tracing.database import engine_of, who_runs
from tracing.store.schema import (
    HEAD,
    Step,
    bring_up_to_date,
    differences,
    first_damage,
    pending,
    require_database,
    require_reach,
    schema_version,
)

__all__ = ["databases"]

databases = typer.Typer(
    no_args_is_help=True, help="The database: is it sound, and does it stand at this program's schema."
)


@databases.command("check")
def check(context: typer.Context) -> None:
    """Whether the database stands at this program's schema, table by table, and is sound; 3 where not."""
    call = call_of(context)
    engine = engine_of(call.settings)
    try:
        found = _look(engine)
    finally:
        engine.dispose()
    if found["ok"]:
        newer = f", newer than this program ({HEAD}), which can work on it" if found["schema"] > HEAD else ""
        call.out.result(found, f"schema {found['schema']}{newer}, sound.")
        return
    lacks = [f"schema {one['revision']} is missing: {one['what']}" for one in found["pending"]]
    wrong = [f"differs: {one}" for one in found["differences"]]
    damage = [f"damaged: {found['damage']}"] if found["damage"] else []
    raise Ends(Exit.PROBLEMS, "; ".join((*damage, *lacks, *wrong)), document=found)


@databases.command("upgrade")
def upgrade(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,  # noqa: FBT002 - a switch
) -> None:
    """Bring the database to this program's schema, a step at a time, while the node of the version before goes on.

    A step that programs at work cannot go on with is named, and not begun while one is (75).
    """
    call = call_of(context)
    engine = engine_of(call.settings)
    try:
        require_database(engine)
        before = schema_version(engine)
        steps, done = pending(before), list[Step]()
        if steps and not dry_run:
            with call.out.bar("schema", len(steps)) as bar:

                def told(step: Step) -> None:
                    done.append(step)
                    bar(len(done))

                bring_up_to_date(engine, lambda: who_runs(call.home, engine), told)
        after = schema_version(engine)
    finally:
        engine.dispose()
    shown = steps if dry_run else done
    document = {"from": before, "to": after, "steps": [_document(one) for one in shown], "dry_run": dry_run}
    if not shown:
        call.out.result(document, f"schema {after}: nothing is to be done.")
    elif dry_run:
        rows = [(one.revision, one.what, "yes" if one.online else "no: stop all parts first") for one in shown]
        call.out.result(document, table(("schema", "what", "while the node runs"), rows))
    else:
        call.out.result(document, f"schema {before} to {after}: {counted(len(shown), 'step is', 'steps are')} done.")


def _look(engine: Engine) -> dict[str, Any]:
    require_database(engine)
    version = schema_version(engine) or ""
    require_reach(engine, version)
    lacks, damage = pending(version), first_damage(engine, whole=True)
    differs = differences(engine) if version == HEAD else []
    about = {"schema": version, "newest": HEAD, "pending": [_document(one) for one in lacks]}
    return about | {"differences": differs, "damage": damage, "ok": not (lacks or differs or damage)}


def _document(step: Step) -> dict[str, Any]:
    return {"revision": step.revision, "what": step.what, "online": step.online}
