"""Statements run on the driver itself give what the connection would give."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, bindparam, create_engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from tracing.store.spelt import Spelt
from tracing.tables import Outbox, table_of

OUTBOX = table_of(Outbox)
ADD = Spelt(insert(OUTBOX))
ROW = {"counterpart": "at", "item": "envelope", "rank": 1, "state": "due", "next_ms": 7, "attempts": 0}
OF = (OUTBOX.c.ref == bindparam("of")) & (OUTBOX.c.item == "envelope")
FIND = Spelt(select(OUTBOX.c.ref, OUTBOX.c.next_ms).where(OF))


@pytest.fixture
def conn() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.connect() as made:
        OUTBOX.create(made)
        yield made
    engine.dispose()


def test_a_row_is_read_by_the_names_of_its_columns(conn: Connection) -> None:
    ADD.run(conn, ROW | {"ref": "br:1"})
    found = FIND.first(conn, {"of": "br:1"})
    assert (found.ref, found.next_ms) == ("br:1", 7)


def test_rows_come_in_the_order_asked_for(conn: Connection) -> None:
    for ref in ("br:2", "br:3", "br:1"):
        ADD.run(conn, ROW | {"ref": ref})
    rows = Spelt(select(OUTBOX.c.ref).order_by(OUTBOX.c.ref)).rows(conn)
    assert [row.ref for row in rows] == ["br:1", "br:2", "br:3"]


def test_nothing_found_is_none_and_no_rows(conn: Connection) -> None:
    nobody = {"of": "nobody"}
    assert (FIND.first(conn, nobody), FIND.scalar(conn, nobody), FIND.rows(conn, nobody)) == (None, None, [])


def test_what_stands_in_the_statement_itself_is_bound_too(conn: Connection) -> None:
    ADD.run(conn, ROW | {"ref": "br:1", "item": "receipt"})
    assert FIND.first(conn, {"of": "br:1"}) is None


def test_an_insert_takes_the_columns_it_is_given_in_any_order(conn: Connection) -> None:
    ADD.run(conn, ROW | {"ref": "br:1"})
    ADD.run(conn, {"last_error": "no answer", "ref": "br:2"} | ROW)
    errors = Spelt(select(OUTBOX.c.last_error).order_by(OUTBOX.c.ref)).rows(conn)
    assert [row.last_error for row in errors] == [None, "no answer"]


@pytest.mark.parametrize(("refs", "count"), [(("br:1",), 1), (("nobody",), 0)])
def test_a_change_says_how_many_rows_it_was(conn: Connection, refs: tuple[str], count: int) -> None:
    ADD.run(conn, ROW | {"ref": "br:1"})
    change = Spelt(update(OUTBOX).where(OF).values(attempts=bindparam("times")))
    assert change.run(conn, {"of": refs[0], "times": 3}) == count


def test_a_deletion_says_how_many_rows_it_was(conn: Connection) -> None:
    ADD.run(conn, ROW | {"ref": "br:1"})
    assert Spelt(delete(OUTBOX).where(OF)).run(conn, {"of": "br:1"}) == 1


def test_a_broken_constraint_is_told_as_every_other_statement_tells_it(conn: Connection) -> None:
    ADD.run(conn, ROW | {"ref": "br:1"})
    with pytest.raises(IntegrityError):
        ADD.run(conn, ROW | {"ref": "br:1"})


def test_many_rows_go_in_one_call_and_none_in_no_call(conn: Connection) -> None:
    ADD.run_each(conn, [])
    ADD.run_each(conn, [ROW | {"ref": f"br:{number}"} for number in range(3)])
    rows = Spelt(select(OUTBOX.c.ref).order_by(OUTBOX.c.ref)).rows(conn)
    assert [row.ref for row in rows] == ["br:0", "br:1", "br:2"]


def test_one_of_many_rows_that_breaks_a_constraint_is_told_as_if_it_came_alone(conn: Connection) -> None:
    with pytest.raises(IntegrityError):
        ADD.run_each(conn, [ROW | {"ref": "br:1"}] * 2)


def test_an_error_of_the_database_does_not_repeat_the_values(conn: Connection) -> None:
    ADD.run(conn, ROW | {"ref": "br:1"})
    OUTBOX.drop(conn)
    with pytest.raises(OperationalError) as told:
        ADD.run(conn, ROW | {"ref": "a-secret"})
    assert "a-secret" not in str(told.value)


def test_a_missing_value_is_a_fault_and_not_a_null(conn: Connection) -> None:
    with pytest.raises(KeyError):
        FIND.first(conn)
