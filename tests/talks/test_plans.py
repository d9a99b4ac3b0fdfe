"""Nothing that is said, taken, delivered or watched makes a node look through a table that grows with its cases."""

import asyncio
import logging
import re
from collections.abc import Iterator

import pytest
import structlog

from tests.plans import Plans, explained
from tests.talks.pair import Pair
from tests.talks.running import run
from tests.world import OFFICER
from tracing.calendar.watch import look
from tracing.casework.tallies import overdue
from tracing.reports.ledger import read_ledger
from tracing.store.cases import CaseQuery, list_cases

GROWING = (
    "cases", "messages", "envelopes", "receipts", "deadlines", "reminders", "search_tokens", "leaves", "tree_tiles",
    "attachments", "drafts", "enquiries", "passed_elements", "case_links", "case_channels", "deletions", "tallies",
)  # fmt: skip
OF_FEW = ("INDEX cases_uncounted", "INDEX envelopes_to_open")
LOOKS_THROUGH = re.compile(rf"SCAN ({'|'.join(GROWING)})\b")
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plans]:
    """The plans of all statements of two nodes that talked at random, whose watch looked and whose ledger was read."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with explained() as seen, Pair(tmp_path_factory.mktemp("planned")) as pair:
        seen.clear()  # what migrations did
        asyncio.run(run(pair, range(12)))
        for side in pair.sides.values():
            store = side.node.store
            store.write_now(lambda tx: look(tx, late_after_ms=0))
            store.read_now(lambda view: overdue(view, 0))
            for year in (None, 2026):
                store.read_now(lambda view, of=side.other, year=year: read_ledger(view, of, year, 0))  # type: ignore[misc]
            some = store.read_now(lambda view: list_cases(view, CaseQuery(limit=3), 0))
            for case in [item["case"] for item in some.items]:
                asyncio.run(side.node.office.read_case(OFFICER, case))
        yield dict(seen)
    structlog.configure(**before)


def test_no_statement_of_a_talking_node_looks_through_a_table_that_grows(plans: Plans) -> None:
    assert len(plans) > 80
    assert {sql: plan for sql, plan in plans.items() if any(map(looks_through, plan))} == {}


def test_the_ledger_reads_tallies_and_the_few_dates_that_nobody_was_told_of(plans: Plans) -> None:
    found = {line for sql, plan in plans.items() if "FROM tallies" in sql or "counted LIKE" in sql for line in plan}
    found = {line.partition(" (")[0] for line in found if line.startswith(("SEARCH", "SCAN"))}
    assert found == {
        "SEARCH tallies USING PRIMARY KEY",
        "SCAN counterparts USING COVERING INDEX sqlite_autoindex_counterparts_1",
        "SEARCH deadlines USING INDEX deadlines_to_tell_passed",
        "SEARCH cases USING INDEX sqlite_autoindex_cases_1",
    }


def looks_through(line: str) -> bool:
    """Whether a table is looked through; to walk an index of the few rows that wait for something is no such look."""
    return LOOKS_THROUGH.match(line) is not None and not line.endswith(OF_FEW)
