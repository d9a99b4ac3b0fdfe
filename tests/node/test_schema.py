"""The migrations make exactly the tables of ``tracing/tables``, there and back."""

import ast
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

from protocol.deadlines import ClockName
from tracing import tables
from tracing.store import HEAD, bring_up_to_date, open_engine, schema_version
from tracing.store.schema import MIGRATIONS
from tracing.tables.deadlines import is_duty


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def test_the_migrations_make_the_tables_and_nothing_else(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'node.db'}")
    bring_up_to_date(engine)
    with engine.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn), SQLModel.metadata) == []
    assert set(SQLModel.metadata.tables) == {tables.table_of(getattr(tables, name)).name for name in MODELS}


def test_the_indexes_are_spelt_as_the_tables_spell_them(tmp_path: Path) -> None:
    """What ``compare_metadata`` cannot compare: expressions, and the conditions of partial indexes."""
    spelt = []
    for name, make in (("migrated", bring_up_to_date), ("declared", SQLModel.metadata.create_all)):
        engine = open_engine(f"sqlite:///{tmp_path / name}.db")
        make(engine)
        with engine.connect() as conn:
            rows = conn.execute(text("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"))
            spelt.append({row.name: " ".join(row.sql.split()) for row in rows})
    assert spelt[0] == spelt[1]


MODELS = [name for name in tables.__all__ if name[0].isupper()]


FLOOR_KEPT_SINCE = "0026"
ADDING = {"create_table", "create_index", "add_column"}


def _calls_of_upgrade(source: str) -> list[ast.Call]:
    """What a migration asks of alembic."""
    (upgrade,) = (one for one in ast.parse(source).body if isinstance(one, ast.FunctionDef) and one.name == "upgrade")
    calls = (one for one in ast.walk(upgrade) if isinstance(one, ast.Call))
    return [one for one in calls if isinstance(one.func, ast.Attribute) and ast.unparse(one.func.value) == "op"]


def _only_adds(call: ast.Call) -> bool:
    """A column may be left out where it may be NULL or the database fills it."""
    assert isinstance(call.func, ast.Attribute)
    spelt = ast.unparse(call)
    left_out = call.func.attr != "add_column" or "nullable=False" not in spelt or "server_default=" in spelt
    return call.func.attr in ADDING and left_out


@pytest.mark.parametrize(
    ("does", "adds"),
    [
        ("op.create_table('new', sa.Column('it', sa.Text()))", True),
        ("op.add_column('cases', sa.Column('it', sa.Text(), nullable=True))", True),
        ("op.add_column('cases', sa.Column('it', sa.Text(), nullable=False, server_default=''))", True),
        ("op.add_column('cases', sa.Column('it', sa.Text(), nullable=False))", False),
        ("op.drop_column('cases', 'owner')", False),
        ("op.execute('DELETE FROM cases')", False),
    ],
)
def test_a_migration_that_only_adds_is_told_from_others(does: str, adds: bool) -> None:  # noqa: FBT001 - of a table
    (call,) = _calls_of_upgrade(f"def upgrade():\n    {does}\n")
    assert _only_adds(call) is adds


def test_a_migration_that_does_more_than_add_says_which_programs_can_still_work() -> None:
    floor = ""
    for one in reversed(list(ScriptDirectory.from_config(_config()).walk_revisions())):
        said = getattr(one.module, "oldest", None)
        if one.revision < FLOOR_KEPT_SINCE:
            assert said is None
            continue
        assert floor <= said <= one.revision, one.revision
        calls = _calls_of_upgrade(Path(one.path).read_text(encoding="utf-8"))
        assert said > floor or all(map(_only_adds, calls)), f"{one.revision} does more than add: raise `oldest`"
        floor = said


def test_the_newest_migration_is_the_one_the_program_expects(tmp_path: Path) -> None:
    assert ScriptDirectory.from_config(_config()).get_current_head() == HEAD
    engine = open_engine(f"sqlite:///{tmp_path / 'node.db'}")
    assert schema_version(engine) is None
    bring_up_to_date(engine)
    assert schema_version(engine) == HEAD


def test_the_migrations_can_be_taken_back(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'node.db'}")
    bring_up_to_date(engine)
    config = _config()
    with engine.connect().execution_options(write=True) as conn, conn.begin():
        config.attributes["connection"] = conn
        command.downgrade(config, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}


def test_cases_of_an_older_schema_are_there_after_the_upgrade_and_not_counted_yet(tmp_path: Path) -> None:
    engine, config = open_engine(f"sqlite:///{tmp_path / 'node.db'}"), _config()
    peer = "INSERT INTO counterparts (authority, country, name, on_node, status, pinned_ms, pinned_by, out_seq, in_hi)"
    columns = "id, counterpart, direction, state, overlays, priority, version, summary, opened_ms, updated_ms"
    with engine.connect().execution_options(write=True) as conn, conn.begin():
        config.attributes["connection"] = conn
        command.upgrade(config, "0007")
        conn.exec_driver_sql(f"{peer} VALUES ('at', 'AUT', 'at', 1, 'active', 0, 'x', 0, 0)")
        conn.exec_driver_sql(
            f"INSERT INTO cases ({columns}) VALUES ('br.1', 'at', 'sent', 'sent', '', 'routine', 1, x'00', 1, 1)"
        )
    bring_up_to_date(engine)
    with engine.connect() as conn:
        assert conn.exec_driver_sql("SELECT id, counted FROM cases").all() == [("br.1", None)]


def test_what_the_tables_call_a_duty_is_what_the_protocol_calls_one() -> None:
    spelt = str(is_duty())
    assert [one for one in ClockName if repr(one.value) in spelt] == [one for one in ClockName if not one.is_duty]


def test_deadlines_of_an_older_schema_get_the_owner_of_their_case_and_late_answers_are_looked_at_again(
    tmp_path: Path,
) -> None:
    engine, config = open_engine(f"sqlite:///{tmp_path / 'node.db'}"), _config()
    peer = "INSERT INTO counterparts (authority, country, name, on_node, status, pinned_ms, pinned_by, out_seq, in_hi)"
    of_case = "id, counterpart, direction, state, overlays, priority, version, summary, opened_ms, updated_ms, owner"
    of_date = (
        "case_id, clock, owed_by, started_by, started_ms, counted_by, rules, due_ms, original_due_ms, basis, source,"
        " steps, near_ms, passed_told_ms, moves"
    )
    with engine.connect().execution_options(write=True) as conn, conn.begin():
        config.attributes["connection"] = conn
        command.upgrade(config, "0018")
        conn.exec_driver_sql(f"{peer} VALUES ('at', 'AUT', 'at', 1, 'active', 0, 'x', 0, 0)")
        conn.exec_driver_sql(
            f"INSERT INTO cases ({of_case}) VALUES ('br.1', 'at', 'sent', 'sent', '', 'routine', 1, x'00', 1, 1, 'ada')"
        )
        for clock in ("ack", "answer"):
            values = f"'br.1', '{clock}', 'them', 'br:1', 1, '', '', 9, 9, 'internal', 'x', '[]', 8, 9, 0"
            conn.exec_driver_sql(f"INSERT INTO deadlines ({of_date}) VALUES ({values})")
    bring_up_to_date(engine)
    with engine.connect() as conn:
        rows = conn.exec_driver_sql("SELECT clock, owner, passed_told_ms FROM deadlines ORDER BY clock").all()
    assert rows == [("ack", "ada", 9), ("answer", "ada", None)]
