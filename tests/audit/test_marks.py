"""By what entries are found: marks follow from entries, come after the fact, and cannot be taken away unseen."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.audit.conftest import Trail
from tests.given import new_store
from tests.plans import explained
from tests.postgres import on_sqlite
from tracing import audit
from tracing.audit import marks
from tracing.store import Store, Tx
from tracing.store.entries import EntryQuery, list_entries
from tracing.store.readers import read_by
from tracing.tables import LeafMark, table_of

CASE, OTHER = "br.0198c5f0000070008000000000000001", "br.0198c5f0000070008000000000000002"
_marks = table_of(LeafMark)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = new_store(tmp_path)
    made.write_now(lambda tx: audit.open_tree(tx, audit.PRIVATE, "itx.training/br/private"))
    return made


def read(store: Store, who: str, *cases: str, what: str = "case") -> None:
    ref = cases[0] if len(cases) == 1 else what
    store.write_now(lambda tx: audit.note(tx, "read", ref, {"actor": who, "what": what, "cases": list(cases)}))


def marked(store: Store) -> list[tuple[int, str]]:
    query = select(_marks.c.idx, _marks.c.mark).order_by(_marks.c.idx, _marks.c.mark)
    return [tuple(row) for row in store.read_now(lambda view: view.conn.execute(query).all())]


async def test_an_entry_is_found_by_who_which_act_and_every_case_it_names(store: Store) -> None:
    read(store, "ada", CASE, OTHER, what="list")
    assert await marks.catch_up(store, audit.PRIVATE) == 0
    assert marked(store) == [(0, one) for one in ("act:list", f"case:{CASE}", f"case:{OTHER}", "kind:read", "who:ada")]
    assert store.read_now(marks.first_wrong) is None
    store.close()


async def test_a_list_that_showed_a_case_is_among_its_readings(store: Store) -> None:
    read(store, "ada", CASE, OTHER, what="list")
    read(store, "bo", OTHER)
    read(store, "bo", CASE)
    read(store, "bo", CASE, what="attachment 0 of br:x")
    await marks.catch_up(store, audit.PRIVATE)
    found = store.read_now(lambda view: read_by(view, CASE))
    assert {one.who: (one.times, sorted(one.ways)) for one in found.items} == {
        "bo": (2, ["attachment", "case"]), "ada": (1, ["list"]),
    }  # fmt: skip
    store.close()


async def test_marks_are_made_some_at_a_time_and_none_is_made_twice(store: Store) -> None:
    for _ in range(7):
        read(store, "ada", CASE)
    done = [store.write_now(lambda tx: marks.mark_some(tx, audit.PRIVATE, 3)) for _ in range(4)]
    assert (done, store.read_now(lambda view: marks.unmarked(view, audit.PRIVATE))) == ([3, 3, 1, 0], 0)
    assert len(marked(store)) == len(set(marked(store))) == 7 * 4
    store.close()


async def test_what_is_left_when_there_are_more_than_one_waits_for_is_said(store: Store) -> None:
    for _ in range(5):
        read(store, "ada", CASE)
    assert await marks.catch_up(store, audit.PRIVATE, 0) == 5
    with pytest.raises(KeyError):
        await marks.catch_up(store, "nobody")
    store.close()


def test_marks_of_a_real_exchange_hold_and_days_are_kept_of_every_tree(trail: Trail) -> None:
    for tree in ("private", "br"):
        while trail.write(lambda tx, tree=tree: marks.mark_some(tx, tree)):
            pass
    assert trail.verify().ok
    assert trail.one("SELECT count(*) FROM leaf_days WHERE tree = 'br'") == 1
    assert trail.one("SELECT count(*) FROM leaf_marks WHERE mark = 'with:br'") > 0


@pytest.mark.parametrize(
    "change",
    [
        f"DELETE FROM leaf_marks WHERE mark = 'case:{CASE}' AND idx = (SELECT max(idx) FROM leaf_marks)",
        "UPDATE leaf_marks SET mark = 'who:nobody' WHERE mark = 'kind:op' AND idx = (SELECT max(idx) FROM leaf_marks)",
        "INSERT INTO leaf_marks (mark, idx) VALUES ('who:eve', 1)",
        "UPDATE leaf_days SET last = last - 1 WHERE tree = 'private'",
        "DELETE FROM leaf_days",
        "UPDATE leaves_marked SET size = size - 1 WHERE tree = 'private'",
    ],
)
def test_marks_and_days_that_were_altered_are_found(trail: Trail, change: str) -> None:
    trail.write(lambda tx: audit.note(tx, "read", CASE, {"actor": "ada", "what": "case", "cases": [CASE]}))
    trail.write(lambda tx: audit.note(tx, "op", CASE, {"actor": "ada", "act": "own", "case": CASE}))
    while trail.write(lambda tx: marks.mark_some(tx, "private")):
        pass
    assert trail.verify().ok
    trail.spoil(change)
    result = trail.verify()
    assert (result.ok, "by which its entries are found" in str(result.first_bad)) == (False, True)


def test_an_entry_that_was_spoiled_is_named_before_its_marks(trail: Trail) -> None:
    while trail.write(lambda tx: marks.mark_some(tx, "private")):
        pass
    trail.spoil("UPDATE leaves SET object = x'7b7d' WHERE tree = 'private' AND idx = 3")
    assert str(trail.verify().first_bad).startswith("private:3 ")


async def test_a_day_is_found_where_the_clock_went_back(store: Store) -> None:
    now_ms = store.clock.now_ms()
    for back in (0, 5, 1):
        at_ms = now_ms - int(timedelta(days=back).total_seconds()) * 1000

        def dated(tx: Tx, at_ms: int = at_ms) -> None:
            tx.now_ms = at_ms
            audit.note(tx, "op", "x", {"act": "dated"})

        store.write_now(dated)
    await marks.catch_up(store, audit.PRIVATE)
    day_ms = marks.DAY_MS
    since = EntryQuery(audit.PRIVATE, since_ms=now_ms - 2 * day_ms, until_ms=now_ms - day_ms // 2)
    found = store.read_now(lambda view: list_entries(view, since))
    assert [item["index"] for item in found.items] == [2]
    store.close()


@on_sqlite
def test_no_filter_looks_through_all_entries(tmp_path: Path) -> None:
    """Whatever is asked for, entries and marks are searched by an index, and come in its order: nothing is sorted."""
    with explained() as plans:
        made = new_store(tmp_path)
        made.write_now(lambda tx: audit.open_tree(tx, audit.PRIVATE, "itx.training/br/private"))
        read(made, "ada", CASE)
        made.write_now(lambda tx: marks.mark_some(tx, audit.PRIVATE))
        plans.clear()
        for query in (
            {}, {"kind": "read"}, {"case": CASE, "who": "ada", "kind": "read"}, {"act": "case", "since_ms": 0},
            {"counterpart": "at", "until_ms": 1 << 50}, {"ref": CASE},
        ):  # fmt: skip
            asked = EntryQuery(audit.PRIVATE, **query)  # type: ignore[arg-type] # each of its own kind
            made.read_now(lambda view, asked=asked: list_entries(view, asked))  # type: ignore[misc]
        made.close()
    lines = [line for plan in plans.values() for line in plan]
    assert len(lines) > 6
    assert [line for line in lines if line.startswith("SCAN leaf") or "TEMP B-TREE" in line] == []
