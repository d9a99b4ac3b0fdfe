"""No list of cases reads what it does not show: each combination of filters walks an index that knows all of them."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.given import new_store
from tests.plans import Plans, explained
from tracing.desk.pages import looks
from tracing.desk.pages.looks import VIEWS, BoxQuery
from tracing.store import Store, cursors
from tracing.store.cases import CaseQuery, list_cases

FILTERS = {"state": ("answered", "closed"), "counterpart": ("at",), "waiting_on": ("us",), "due_before_ms": (10**12,)}
CURSOR = cursors.encode(5, "br.1")


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[tuple[Store, Plans]]:
    with explained() as plans:
        store = new_store(tmp_path)
        yield store, plans
        store.close()


def list_queries() -> list[CaseQuery]:
    values = [(None, *some) for some in FILTERS.values()]
    return [
        CaseQuery(box=box, cursor=cursor, **dict(zip(FILTERS, some, strict=True)))  # type: ignore[arg-type]
        for box in ("sent", None)
        for cursor in (None, CURSOR)
        for some in itertools.product(*values)
    ]


def page_queries() -> list[BoxQuery]:
    return [
        BoxQuery("sent", view, state=state, counterpart=counterpart, cursor=cursor)
        for view, state, counterpart, cursor in itertools.product(VIEWS, ("", "answered"), ("", "at"), (None, CURSOR))
    ]


def walks(plans: Plans) -> list[tuple[str, str]]:
    """Each list of cases with how it finds them; what is looked up for each of the cases found is not the list."""
    own = {sql: itertools.takewhile(lambda line: "CORRELATED" not in line, plan) for sql, plan in plans.items()}
    return [(sql, line) for sql, plan in own.items() for line in plan if "\nFROM cases" in sql]


def is_narrow(line: str, sql: str) -> bool:
    """Whether an index is searched by every column compared with one value, and from the cursor on, in its order."""
    compared = set(re.findall(r"cases\.(\w+) = (?:\?|')", sql))
    begins = "?" in line.rpartition("=?")[2] if re.search(r" [<>]=? ?\(?\?", sql) else True
    if "WHERE 0 = 1" in sql:  # known to find nothing: SQLite does not begin
        return True
    return line.startswith("SEARCH cases") and compared <= set(re.findall(r"(\w+)=\?", line)) and begins


@pytest.mark.parametrize("query", list_queries(), ids=repr)
def test_a_list_of_the_api_walks_one_index_for_all_its_filters(asked: tuple[Store, Plans], query: CaseQuery) -> None:
    store, plans = asked
    store.read_now(lambda view: list_cases(view, query, 0))
    found = walks(plans)
    assert found
    assert [line for sql, line in found if not is_narrow(line, sql)] == []


@pytest.mark.parametrize("box", page_queries(), ids=repr)
def test_a_list_of_the_pages_walks_one_index_for_all_its_filters(asked: tuple[Store, Plans], box: BoxQuery) -> None:
    store, plans = asked
    store.read_now(lambda view: looks.box_lines(view, box, 0))
    found = walks(plans)
    assert found
    assert [line for sql, line in found if not is_narrow(line, sql)] == []
