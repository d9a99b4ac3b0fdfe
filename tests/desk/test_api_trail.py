"""Entries by filters, taken out as a file; who read a case: by the API, held against every entry there is."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.desk.conftest import As
from tests.desk.station import Station, request_body
from tracing import audit
from tracing.clock import to_ms
from tracing.desk.api.said import EntryList, ReaderList

RUNS = '=HYPERLINK("http://198.51.100.7","x")'
ENTRIES = "/api/v1/audit/entries"
Entry = dict[str, Any]


async def everything(at_br: As, tree: str = "private") -> list[Entry]:
    """All entries of a tree, without a filter."""
    found: list[Entry] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"tree": tree, "limit": "200"} | ({"cursor": cursor} if cursor else {})
        _, said = await at_br("ted").get(ENTRIES, params=query)
        found, cursor = found + said["items"], said["next"]
    return found


async def asked(at_br: As, **more: Any) -> str:
    """A request of br, by letter where nobody else is named, read by two people."""
    _, said = await at_br("ada").post("/api/v1/requests", request_body(**({"to": "ke"} | more)))
    for name in ("ada", "lin"):
        await at_br(name).get(f"/api/v1/cases/{said['case']}")
    return str(said["case"])


def names(entry: Entry) -> set[str]:
    what = entry["object"] or {}
    return {entry["ref"], what.get("case"), *what.get("cases", ())}


async def test_every_filter_finds_exactly_the_entries_it_fits(at_br: As) -> None:
    case = await asked(at_br, reference="FILTER-1")
    fits: dict[tuple[tuple[str, str], ...], Callable[[Entry], bool]] = {
        (("kind", "read"),): lambda one: one["kind"] == "read",
        (("who", "lin"),): lambda one: one["object"].get("actor") == "lin",
        (("act", "request"),): lambda one: one["object"].get("act") == "request",
        (("case", case),): lambda one: case in names(one),
        (("case", "filter-1"),): lambda one: case in names(one),
        (("case", case), ("who", "ada"), ("kind", "read")): lambda one: (
            case in names(one) and one["kind"] == "read" and one["object"].get("actor") == "ada"
        ),
        (("ref", case), ("kind", "read")): lambda one: one["ref"] == case and one["kind"] == "read",
    }
    for query, fit in fits.items():
        _, said = await at_br("ted").get(ENTRIES, params=[*query, ("limit", "200")])
        found = EntryList.model_validate(said).items
        expected = [one for one in await everything(at_br) if fit(one)][:200]
        assert [one.index for one in found] == [one["index"] for one in expected] != [], query


async def test_the_entries_of_a_counterparts_tree_are_found_by_case(at_br: As) -> None:
    case = await asked(at_br, to="at")
    _, whole = await at_br("ada").get(f"/api/v1/cases/{case}")
    _, said = await at_br("ted").get(ENTRIES, params={"tree": "at", "case": case})
    assert [one["ref"] for one in said["items"]] == [one["mid"] for one in whole["messages"]]
    _, none = await at_br("ted").get(ENTRIES, params={"tree": "at", "who": "ada"})
    assert none["items"] == []


async def test_with_whom_an_act_has_to_do_is_a_filter(at_br: As) -> None:
    case = await asked(at_br, to="at")
    _, letter = await at_br("ada").post("/api/v1/requests", request_body(to="ke"))
    _, said = await at_br("ted").get(ENTRIES, params={"counterpart": "at", "limit": "200"})
    found = {name for one in said["items"] for name in names(one)}
    assert (case in found, letter["case"] in found) == (True, False)


async def test_days_bound_the_entries_also_where_the_clock_went_back(at_br: As, br: Station) -> None:
    """Entries of other days are put between those of today, as a clock that was set would."""
    now = br.desk.clock.now()
    days = [now - timedelta(days=9), now - timedelta(days=400), now - timedelta(days=10)]
    made = [br.store.write_now(lambda tx, at=at: _noted_on(tx, at)) for at in days]
    zone = br.settings.zone
    assert zone == "UTC"

    async def found(**query: str) -> set[int]:
        _, said = await at_br("ted").get(ENTRIES, params={"limit": "200", "act": "dated"} | query)
        return {one["index"] for one in said["items"]}

    def day(at: datetime) -> str:
        return at.astimezone(UTC).date().isoformat()

    assert await found(**{"from": day(days[2]), "until": day(days[0])}) == {made[0], made[2]}
    assert await found(until=day(days[1])) == {made[1]}
    assert await found(**{"from": day(days[0]), "until": day(days[0])}) == {made[0]}
    assert await found(**{"from": day(now)}) == set()
    instant = f"{days[2]:%Y-%m-%dT%H:%M:%S}Z"
    assert await found(until=instant) == {made[1]}


def _noted_on(tx: Any, at: datetime) -> int:
    tx.now_ms = to_ms(at.replace(microsecond=0))
    return audit.note(tx, "op", "dated", {"act": "dated", "actor": "test"})


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"case": "NO-SUCH"}, 404, "not-found"),
        ({"from": "tomorrow"}, 400, "bad-query"),
        ({"until": "9999-12-31"}, 400, "bad-query"),
        ({"counterpart": "A T"}, 400, "bad-query"),
        ({"what": "x"}, 400, "bad-query"),
        ({"who": "\0"}, 400, "bad-query"),
        ({"case": "\0"}, 404, "not-found"),
        ({"cursor": "x", "kind": "read"}, 400, "bad-cursor"),
    ],
)
async def test_a_filter_that_cannot_be_understood_is_refused(
    at_br: As, query: dict[str, str], status: int, code: str
) -> None:
    got, problem = await at_br("ted").get(ENTRIES, params=query)
    assert (got, problem["code"]) == (status, code)


async def test_a_reference_of_several_cases_names_them_and_shows_no_entries(at_br: As) -> None:
    cases = [await asked(at_br, reference="TWICE") for _ in range(2)]
    status, problem = await at_br("ted").get(ENTRIES, params={"case": "twice"})
    assert (status, all(case in problem["detail"] for case in cases)) == (400, True)


async def test_a_serial_finds_no_case_for_an_auditor(at_br: As) -> None:
    """He knows references; what is in a case he does not learn by trying."""
    await asked(at_br)
    status, _ = await at_br("ted").get(ENTRIES, params={"case": "ABC123"})
    assert status == 404


# ---------------------------------------------------------------- files


async def test_a_file_of_lines_is_what_the_list_says_and_is_an_entry_itself(at_br: As) -> None:
    case = await asked(at_br)
    _, listed = await at_br("ted").get(ENTRIES, params={"case": case, "limit": "200"})
    async with at_br("ted").call("GET", f"{ENTRIES}/file", params={"case": case}) as answer:
        body, kind = await answer.text(), answer.content_type
    assert (kind, [json.loads(line) for line in body.splitlines()]) == ("application/jsonl", listed["items"])
    newest = (await everything(at_br))[0]
    said = {"tree": "private", "case": case}
    assert (newest["kind"], newest["object"]["what"], newest["object"]["asked"]) == ("read", "entries", said)
    assert (newest["object"]["actor"], newest["object"]["below"]) == ("ted", newest["index"])


async def test_a_file_for_spreadsheets_runs_no_formula(at_br: As, br: Station) -> None:
    br.store.write_now(lambda tx: audit.note(tx, "op", "+49 1", {"act": "formula", "actor": RUNS}))
    async with at_br("ted").call("GET", f"{ENTRIES}/file", params={"act": "formula", "as": "csv"}) as answer:
        body, name = await answer.text(), answer.headers["Content-Disposition"]
    (row,) = csv.DictReader(io.StringIO(body.removeprefix("\ufeff")))
    assert (row["who"], row["about"], row["act"]) == (f"'{RUNS}", "+49 1", "formula")
    assert (name, json.loads(row["object"])["actor"]) == ('attachment; filename="audit-private.csv"', RUNS)


async def test_a_file_has_every_entry_of_a_trail_longer_than_a_page(at_br: As, br: Station) -> None:
    def many(tx: Any) -> None:
        for n in range(450):
            audit.note(tx, "op", f"n{n}", {"act": "many", "actor": "test"})

    br.store.write_now(many)
    async with at_br("ted").call("GET", f"{ENTRIES}/file", params={"act": "many"}) as answer:
        refs = [json.loads(line)["ref"] for line in (await answer.text()).splitlines()]
    assert refs == [f"n{n}" for n in reversed(range(450))]


async def test_a_form_that_there_is_not_makes_no_entry(at_br: As) -> None:
    before = (await everything(at_br))[0]["index"]
    status, problem = await at_br("ted").get(f"{ENTRIES}/file", params={"as": "xlsx"})
    assert (status, problem["code"], (await everything(at_br))[0]["index"]) == (400, "bad-query", before)


# ---------------------------------------------------------------- readers


async def test_who_read_a_case_is_told_by_person(at_br: As) -> None:
    case = await asked(at_br, reference="READ-BY")
    await at_br("lin").get(f"/api/v1/cases/{case}/route")
    for query in ({"case": case}, {"case": "read-by"}):
        _, said = await at_br("ted").get("/api/v1/audit/readers", params=query)
        found = ReaderList.model_validate(said)
        assert {one.who: (one.times, one.ways) for one in found.items} == {
            "lin": (2, ["case", "route"]), "ada": (1, ["case"]),
        }  # fmt: skip
        assert (found.case, found.whole) == (case, True)


async def test_readers_are_asked_for_of_one_case(at_br: As) -> None:
    status, problem = await at_br("ted").get("/api/v1/audit/readers")
    assert (status, problem["code"]) == (400, "bad-query")
