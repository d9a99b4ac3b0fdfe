"""The other nouns of the API: deadlines, counterparts, the audit trail, and what machines ask."""

from typing import Any

import aiohttp
import pytest

from tests.desk.conftest import As
from tests.desk.station import Caller, Station, fixed_log, open_desk_again, request_body, serve
from tracing.desk.api.said import Checkpoint, CounterpartList, CounterpartWhole, DeadlineList, EntryList, LedgerSaid
from tracing.store import Store, StoreUnavailable


@pytest.fixture(scope="module")
async def received(br: Station, at: Station, urls: dict[str, str]) -> str:
    """A case that Austria received from Brazil."""
    async with aiohttp.ClientSession() as http:
        _, said = await Caller(http, urls["br"], br.tokens["ada"]).post("/api/v1/requests", request_body())
    await br.send_to(at)
    return str(said["case"])


# ---------------------------------------------------------------- deadlines


async def test_open_deadlines_say_where_their_number_comes_from(at_at: As, received: str) -> None:
    _, said = await at_at("ada").get("/api/v1/deadlines?limit=200")
    clocks = {item.clock: item for item in DeadlineList.model_validate(said).items if item.case == received}
    said_from = {"internal": "the ITI (18, 19) sets no number", "agreed": "agreed by both authorities"}
    assert clocks["ack"].owed_by == "us"
    assert said_from[clocks["ack"].basis] in clocks["ack"].source


async def test_deadlines_come_in_the_order_of_their_dates_page_by_page(
    at_at: As, at_br: As, br: Station, at: Station
) -> None:
    for _ in range(2):
        await at_br("ada").post("/api/v1/requests", request_body())
    await br.send_to(at)
    dates, cursor = [], ""
    while cursor is not None:
        _, said = await at_at("ada").get(f"/api/v1/deadlines?limit=2&cursor={cursor}")
        dates += [item["due"] for item in said["items"]]
        cursor = said["next"]
    assert (len(dates) >= 4, dates) == (True, sorted(dates))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("from=2000-01-01&to=2000-02-01", False),
        ("from=2020-01-01&to=2100-01-01", True),
        ("mine=yes", True),
        ("mine=no", True),
        ("counterpart=ke", False),
    ],
)
async def test_deadlines_are_narrowed_by_date_owner_and_counterpart(
    at_at: As, received: str, query: str, *, found: bool
) -> None:
    _, said = await at_at("ada").get(f"/api/v1/deadlines?limit=200&{query}")
    assert any(item["case"] == received for item in said["items"]) is found


# ---------------------------------------------------------------- counterparts


async def test_counterparts_are_listed_with_how_they_are_reached(at_br: As) -> None:
    _, said = await at_br("lin").get("/api/v1/counterparts")
    assert [(item.authority, item.on_node) for item in CounterpartList.model_validate(said).items] == [
        ("at", True),
        ("ke", False),
    ]


async def test_one_counterpart_is_shown_with_its_keyset(at_br: As) -> None:
    _, said = await at_br("lin").get("/api/v1/counterparts/at")
    whole = CounterpartWhole.model_validate(said)
    assert (whole.country, whole.keyset and whole.keyset["version"], len(whole.digest or "")) == ("AUT", 1, 64)


async def test_a_state_reached_by_letter_has_no_keyset(at_br: As) -> None:
    assert (await at_br("lin").get("/api/v1/counterparts/ke"))[1]["keyset"] is None


@pytest.mark.parametrize(
    "path", ["/api/v1/counterparts/zz", "/api/v1/counterparts/zz/ledger", "/api/v1/counterparts/NO"]
)
async def test_a_counterpart_that_is_not_here_is_not_found(at_br: As, path: str) -> None:
    status, problem = await at_br("lin").get(path)
    assert (status, problem["code"]) == (404, "not-found")


async def test_the_ledger_counts_what_was_sent(at_br: As, received: str) -> None:
    _, said = await at_br("lin").get("/api/v1/counterparts/at/ledger")
    ledger = LedgerSaid.model_validate(said)
    assert (ledger.sent["requests"] >= 1, ledger.sent["late"], "beyond_own_target" in ledger.sent) == (
        True,
        None,
        False,
    )


async def test_the_ledger_of_another_year_is_empty(at_br: As, received: str) -> None:
    _, said = await at_br("lin").get("/api/v1/counterparts/at/ledger?year=2007")
    assert (said["sent"]["requests"], said["sent"]["days"]["median"]) == (0, None)


@pytest.mark.parametrize("year", ["1999", "2201", "x", "20 26", "٢٠٢٦"])
async def test_a_year_that_is_none_is_refused(at_br: As, year: str) -> None:
    status, problem = await at_br("lin").get("/api/v1/counterparts/at/ledger", params={"year": year})
    assert (status, problem["code"]) == (400, "bad-query")


# ---------------------------------------------------------------- the audit trail


async def test_entries_of_the_private_tree_say_who_did_what(at_br: As, received: str) -> None:
    _, said = await at_br("ted").get("/api/v1/audit/entries", params={"ref": received, "kind": "read"})
    _, all_of_it = await at_br("ted").get("/api/v1/audit/entries?kind=op&limit=1")
    entry = EntryList.model_validate(all_of_it).items[0]
    assert (entry.object and "actor" in entry.object, entry.tree, isinstance(said["items"], list)) == (
        True,
        "private",
        True,
    )


async def test_entries_of_a_counterparts_tree_hold_no_object_but_the_daily_head(
    br: Station, at_br: As, received: str
) -> None:
    checkpoints = fixed_log(br.vault)
    await br.store.write(checkpoints.link_heads)
    _, said = await at_br("ted").get("/api/v1/audit/entries?tree=at")
    kept = {item["kind"]: item["object"] for item in said["items"]}
    root = kept.pop("private.head")["root"]
    assert (len(bytes.fromhex(root)), set(kept.values())) == (32, {None})


async def test_pages_of_entries_lead_back_to_the_first(at_br: As) -> None:
    indexes, cursor = [], ""
    while cursor is not None:
        _, said = await at_br("ted").get(f"/api/v1/audit/entries?limit=200&cursor={cursor}")
        indexes += [item["index"] for item in said["items"]]
        cursor = said["next"]
    assert indexes == list(range(len(indexes) - 1, -1, -1))


async def test_the_head_of_a_tree_says_its_origin_and_size(at_br: As) -> None:
    _, said = await at_br("ted").get("/api/v1/audit/checkpoint?tree=private")
    head = Checkpoint.model_validate(said)
    assert (head.origin, head.size > 0) == ("itx.training/br/private", True)


async def test_the_witnesses_of_the_trail_are_told_with_how_far_each_cosigned(at_br: As) -> None:
    status, said = await at_br("ted").get("/api/v1/audit/witnesses")
    (one,) = said["items"]
    assert (status, said["state"], said["needed"], said["current"]) == (200, "amber", 1, 0)
    assert (one["witness"], one["cosigned"], one["at"], one["state"]) == ("at", 0, None, "never")


@pytest.mark.parametrize("path", ["/api/v1/audit/entries?tree=zz", "/api/v1/audit/checkpoint?tree=%00"])
async def test_a_tree_that_is_not_here_is_not_found(at_br: As, path: str) -> None:
    status, problem = await at_br("ted").get(path)
    assert (status, problem["code"]) == (404, "not-found")


# ---------------------------------------------------------------- machines


async def test_a_node_is_alive_and_ready(at_br: As) -> None:
    assert (await at_br().get("/livez"), await at_br().get("/readyz")) == (
        (200, {"alive": True}),
        (200, {"ready": True, "waits_for": [], "authority": "br", "run": ""}),
    )


class SilentStore(Store):
    """A database that cannot be read just now."""

    async def read(self, look: Any) -> Any:
        raise StoreUnavailable("disk I/O error")


async def test_a_node_that_is_not_ready_says_what_it_waits_for(br: Station, http: aiohttp.ClientSession) -> None:
    desk = open_desk_again(br, waits_for=lambda: ("start",))
    async with serve(desk) as (url, _):
        status, said = await Caller(http, url).get("/readyz")
    assert (status, said["ready"], said["waits_for"]) == (503, False, ["start"])


async def test_a_node_without_its_database_is_unavailable_and_not_ready(
    br: Station, http: aiohttp.ClientSession
) -> None:
    store = SilentStore(br.store.engine, br.store.cipher, br.desk.clock, br.desk.ids)
    async with serve(open_desk_again(br, store=store)) as (url, _):
        ready = await Caller(http, url).get("/readyz")
        listed = await Caller(http, url, br.tokens["ada"]).get("/api/v1/counterparts")
    store._queue.put(None)
    assert (ready[1]["waits_for"], listed[0], listed[1]["code"]) == (["database"], 503, "unavailable")


async def test_figures_for_prometheus_name_routes_and_no_case(at_br: As, received: str) -> None:
    await at_br("ada").get(f"/api/v1/cases/{received}")
    async with at_br().call("GET", "/metrics") as response:
        text = await response.text()
    assert ('route="/api/v1/cases/{case}"' in text, "tracing_outbox_rows" in text, received in text) == (
        True,
        True,
        False,
    )


async def test_the_figures_cannot_be_grown_by_strangers(at_br: As) -> None:
    for number in range(3):
        await at_br().get(f"/nowhere{number}")
    async with at_br().call("GET", "/metrics") as response:
        assert "nowhere" not in await response.text()
