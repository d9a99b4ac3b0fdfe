"""Whatever somebody sends, the answer is a problem document of 4xx and never a fault."""

import asyncio
import gzip
import itertools
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.desk.conftest import As
from tests.desk.station import NOWHERE, Station, open_desk_again, request_body
from tests.shared import SHARED, needs_shared
from tracing.desk.app import make_app
from tracing.desk.routes import ROUTES, Route

SUITE = SHARED / "vectors" / "jsontestsuite"
JSON = {"Content-Type": "application/json"}


def suite() -> list[Path]:
    return sorted(SUITE.rglob("*.json")) if SUITE.exists() else []


def api_routes(station: Station) -> list[Route]:
    app = make_app(open_desk_again(station))
    return sorted(
        {each for each in app[ROUTES].values() if each.path.startswith("/api/")},
        key=lambda each: (each.path, each.method),
    )


def filled(path: str, case: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: (NOWHERE | {"case": case, "authority": "at"})[match[1]], path)


async def a_case(at_br: As) -> str:
    return str((await at_br("eva").post("/api/v1/requests", request_body()))[1]["case"])


def is_problem(status: int, said: Any) -> bool:
    return 400 <= status < 500 and said["status"] == status and bool(said["code"]) and "Traceback" not in said["detail"]


@needs_shared("vectors", "jsontestsuite")
async def test_no_file_of_the_json_test_suite_makes_any_route_fail(at_br: As, br: Station) -> None:
    case, failed, files = await a_case(at_br), [], {file.name: file.read_bytes() for file in suite()}

    async def send(each: Route, name: str) -> None:
        async with at_br("eva").call(each.method, filled(each.path, case), data=files[name], headers=JSON) as response:
            if response.status >= 500:
                failed.append((each.method, each.path, name, response.status))

    for each in api_routes(br):
        names = list(files) if each.method == "POST" else list(files)[::10]  # a GET takes no body: some, to be sure
        for some_names in batches(names, 16):
            await asyncio.gather(*(send(each, name) for name in some_names))
    assert (len(files) > 300, failed) == (True, [])


@needs_shared("vectors", "jsontestsuite")
async def test_what_must_not_be_taken_as_json_is_refused_as_such(at_br: As) -> None:
    taken = []
    for file in suite():
        if file.name.startswith("n_") and file.stat().st_size:
            _, said = await at_br("eva").json("POST", "/api/v1/requests", data=file.read_bytes(), headers=JSON)
            if said["code"] != "bad-json":
                taken.append((file.name, said["code"]))
    assert taken == []


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (b"{}", {"Content-Type": "text/plain"}, "unsupported-media-type"),
        (b"{}", {"Content-Type": "application/json; charset=utf-16"}, "unsupported-media-type"),
        (b"{}", {"Content-Type": "application/json; charset=nonsense"}, "unsupported-media-type"),
        (b"{}", {"Content-Type": "\xff/\xff"}, "unsupported-media-type"),
        (b"not gzip at all", JSON | {"Content-Encoding": "gzip"}, "unsupported-media-type"),
        (gzip.compress(b"{}" * 10, mtime=0), JSON | {"Content-Encoding": "gzip"}, "unsupported-media-type"),
        (b"{}", JSON | {"Content-Encoding": "br, deflate"}, "unsupported-media-type"),
        (b"[" * 100_000, JSON, "bad-json"),
        (b"[" * 50_000 + b"]" * 50_000, JSON, "bad-json"),
        (b'{"to": "\\ud800"}', JSON, "bad-json"),
        (b'{"to": "\xff"}', JSON, "bad-json"),
        (b'{"to": NaN}', JSON, "bad-json"),
        (b'{"to": 1.5}', JSON, "bad-json"),
        (b'{"to": ' + b"9" * 5000 + b"}", JSON, "bad-json"),
        (b'{"to": "at", "to": "at"}', JSON, "bad-json"),
        (b"\xef\xbb\xbf{}", JSON, "bad-json"),
        (b"[]", JSON, "bad-body"),
        (b"null", JSON, "bad-body"),
        (b'"text"', JSON, "bad-body"),
        (b"17", JSON, "bad-body"),
        (b"true", JSON, "bad-body"),
        (b'{"to": "\\u0000"}', JSON, "unknown-counterpart"),
        (b'{"to": 17}', JSON, "incomplete"),
        (b'{"to": ["at"]}', JSON, "incomplete"),
        (b" " * (2 * 1024 * 1024 + 1), JSON, "too-large"),
    ],
)
async def test_a_body_that_cannot_be_taken_is_refused_by_name(
    at_br: As, body: bytes, headers: dict[str, str], code: str
) -> None:
    status, said = await at_br("ada").json("POST", "/api/v1/requests", data=body, headers=headers)
    assert (is_problem(status, said), said["code"]) == (True, code)


async def test_a_number_with_a_fraction_is_refused_with_what_to_write_instead(at_br: As) -> None:
    _, said = await at_br("ada").json("POST", "/api/v1/requests", data=b'{"to": 1.5}', headers=JSON)
    assert "write them as text" in said["detail"]


WRONG = [
    None,
    17,
    -1,
    True,
    "",
    "\x00",
    "x" * 10_000,
    [],
    [[]],
    [None],
    {},
    {"": {}},
    {"text": []},
    ["\u202e"],
    9007199254740991,
]


@pytest.mark.parametrize(
    "member",
    sorted({*request_body(), "checks", "restrictions", "reply_by", "instruments", "dossier", "contact", "language"}),
)
async def test_a_member_of_the_wrong_kind_is_a_named_problem(at_br: As, member: str) -> None:
    wrong = []
    for value in WRONG:
        status, said = await at_br("ada").post("/api/v1/requests", request_body(**{member: value}))
        if status >= 500 or (status >= 400 and not is_problem(status, said)):
            wrong.append((value, status))
    assert wrong == []


@pytest.mark.parametrize("verb", ["withdraw", "supply", "record", "approve", "answer"])
async def test_a_move_with_a_body_of_the_wrong_kind_is_a_problem(at_br: As, verb: str) -> None:
    case, wrong = await a_case(at_br), []
    for value in WRONG:
        for body in (
            {"reason": value},
            {"kind": value, "body": value, "received": value, "channel": value},
            {"answers": value, "final": value},
        ):
            status, said = await at_br("eva").post(f"/api/v1/cases/{case}/{verb}", body)
            if status >= 400 and not is_problem(status, said):
                wrong.append((body, status))
    assert wrong == []


PATHS = some.sampled_from(
    [
        "/api/v1/cases",
        "/api/v1/deadlines",
        "/api/v1/audit/entries",
        "/api/v1/counterparts/at/ledger",
        "/api/v1/audit/checkpoint",
    ]
)
NAMES = some.sampled_from(
    [
        "box",
        "state",
        "counterpart",
        "due_before",
        "q",
        "cursor",
        "limit",
        "from",
        "to",
        "mine",
        "year",
        "tree",
        "kind",
        "ref",
        "x",
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=PATHS, pairs=some.lists(some.tuples(NAMES, some.text(max_size=30)), max_size=3), raw=some.binary(max_size=20)
)
async def test_no_query_makes_a_list_fail(at_br: As, path: str, pairs: list[tuple[str, str]], raw: bytes) -> None:
    query = "&".join(f"{name}={percent(value.encode('utf-8', 'surrogatepass'))}" for name, value in pairs)
    caller = at_br("ted") if "audit" in path else at_br("ada")
    status, said = await caller.get(f"{path}?{query}&{percent(raw)}")
    assert status == 200 or is_problem(status, said)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=some.binary(min_size=1, max_size=40))
async def test_no_path_makes_the_desk_fail(at_br: As, raw: bytes) -> None:
    for path in (
        "/api/v1/cases/{}",
        "/api/v1/cases/{}/answer",
        "/api/v1/counterparts/{}/ledger",
        "/api/v1/dossiers/{}/approve",
        "/{}",
    ):
        async with at_br("eva").call("GET", path.format(percent(raw))) as response:
            assert response.status < 500


def batches(names: Iterable[str], size: int) -> Iterator[list[str]]:
    waiting = iter(names)
    while some_names := list(itertools.islice(waiting, size)):
        yield some_names


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of lines of log that nobody reads would take longer than the calls."""
    with structlog.testing.capture_logs():
        yield


def percent(raw: bytes) -> str:
    return "".join(f"%{byte:02X}" for byte in raw)


@needs_shared("vectors", "naughty-strings")
async def test_naughty_strings_come_back_as_they_went_or_are_refused(at_br: As) -> None:
    texts = json.loads((SHARED / "vectors" / "naughty-strings" / "blns.json").read_bytes())
    changed, sent = [], [text for text in texts if text.strip()]
    for at in range(0, len(sent), 40):
        checks = [{"register": "national", "result": text} for text in sent[at : at + 40]]
        status, said = await at_br("ada").post("/api/v1/requests", request_body(checks=checks))
        if status == 201:
            _, whole = await at_br("ada").get(f"/api/v1/cases/{said['case']}")
            changed += [one for one in checks if one not in whole["messages"][0]["body"]["checks"]]
        elif not is_problem(status, said):
            changed += checks
    assert (len(sent) > 500, changed) == (True, [])
