"""No list of cases reads what it does not show: each combination of filters walks an index that knows all of them."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.given import new_store
from tests.plans import Plans, explained
from tests.postgres import on_sqlite
from tracing.desk.pages import looks
from tracing.desk.pages.looks import VIEWS, BoxQuery
from tracing.store import Store, cursors
from tracing.store.cases import CaseQuery, list_cases

pytestmark = on_sqlite
FILTERS = {"state": ("answered", "closed"), "counterpart": ("at",), "waiting_on": ("us",), "due_before_ms": (10**12,)}
LOOKED_UP = tuple(
    f"SEARCH cases USING INDEX {name} ({column}=?"
    for name, column in (("cases_by_dossier", "dossier"), ("sqlite_autoindex_cases_1", "id"))
)
CURSOR = cursors.encode(5, "br.1")


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Plans]]:
    with explained() as plans:
        store = new_store(tmp_path_factory.mktemp("asked"))
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
    plans.clear()
    store.read_now(lambda view: list_cases(view, query, 0))
    found = walks(plans)
    assert found
    assert [line for sql, line in found if not is_narrow(line, sql)] == []


@pytest.mark.parametrize("box", page_queries(), ids=repr)
def test_a_list_of_the_pages_walks_one_index_for_all_its_filters(asked: tuple[Store, Plans], box: BoxQuery) -> None:
    store, plans = asked
    plans.clear()
    store.read_now(lambda view: looks.box_lines(view, box, 0))
    found = walks(plans)
    assert found
    assert [line for sql, line in found if not is_narrow(line, sql)] == []


@pytest.mark.parametrize("few", [{"words": frozenset({"qq1"})}, {"dossier": "br.dossier.1"}], ids=repr)
@pytest.mark.parametrize("query", list_queries(), ids=repr)
def test_a_search_and_a_dossier_look_their_cases_up_whatever_else_is_asked(
    asked: tuple[Store, Plans], query: CaseQuery, few: dict[str, Any]
) -> None:
    store, plans = asked
    plans.clear()
    store.read_now(lambda view: list_cases(view, replace(query, **few), 0))
    assert [line for _, line in walks(plans) if line.startswith("SCAN cases")] == []
    assert {line for _, line in walks(plans) if " cases " in line and not line.startswith(LOOKED_UP)} == set()
