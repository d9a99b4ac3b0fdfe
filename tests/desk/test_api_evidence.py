"""Evidence over the API: one file that verifies offline, noted as a read; and what anybody may ask instead."""

import hashlib
import io
from typing import Any

import pytest
from sqlalchemy import func, select

from keys import evidence
from protocol import strictjson
from tests.desk.conftest import As
from tests.desk.station import Station
from tests.desk.test_api_cases import opened
from tests.dossiers.exhibits import lacking
from tracing.desk.papers import press
from tracing.desk.papers.embedded import evidence_in
from tracing.tables import Leaf, table_of

leaves = table_of(Leaf)


@pytest.fixture
async def received(at_br: As, br: Station, at: Station) -> tuple[str, str]:
    """A case that at received, and the id of its request."""
    case = await opened(at_br)
    await br.send_to(at)
    _, whole = await at_br("ada").get(f"/api/v1/cases/{case}")
    return case, whole["messages"][0]["mid"]


async def reads(at: Station, case: str) -> list[dict[str, Any]]:
    """The leaves of kind read about a case, the oldest first."""
    about = (leaves.c.tree == "private", leaves.c.kind == "read", leaves.c.ref == case)
    query = select(leaves.c.object).where(*about).order_by(leaves.c.idx)
    rows = await at.store.read(lambda view: view.conn.execute(query).scalars().all())
    return [dict(strictjson.load(row, 1 << 20)) for row in rows]


async def count(at: Station) -> int:
    return int(await at.store.read(lambda view: view.conn.execute(select(func.count(leaves.c.idx))).scalar_one()))


async def test_evidence_comes_as_a_file_that_verifies_offline_and_leaves_a_read_leaf(
    at_at: As, br: Station, at: Station, received: tuple[str, str]
) -> None:
    case, mid = received
    path = f"/api/v1/cases/{case}/evidence"
    async with at_at("ada").call("GET", path, params={"to": "Court of Vienna", "purpose": "court"}) as response:
        data, headers = await response.read(), response.headers
    found = evidence.verify(io.BytesIO(data), {"br": br.card.digest, "at": at.card.digest})
    assert (response.status, found.case, found.to, found.messages) == (200, case, "Court of Vienna", 1)
    assert (headers["Content-Type"], headers["Content-Disposition"].startswith("attachment")) == (
        "application/jsonl", True,
    )  # fmt: skip
    last = (await reads(at, case))[-1]
    assert (last["what"], last["actor"], last["mids"], last["to"]) == ("evidence", "ada", [mid], "Court of Vienna")
    assert last["file"] == headers["X-Content-SHA256"]


async def test_one_message_is_asked_for_by_its_id(
    at_at: As, br: Station, at: Station, received: tuple[str, str]
) -> None:
    case, mid = received
    async with at_at("ada").call("GET", f"/api/v1/cases/{case}/evidence", params={"message": mid}) as response:
        found = evidence.verify(io.BytesIO(await response.read()), {"br": br.card.digest, "at": at.card.digest})
    assert (found.scope, found.to, found.purpose) == ("message", "at", "own_authority")


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ({"message": "br:nothing"}, (404, "not-found")),
        ({"message": "x" * 300}, (422, "incomplete")),
        ({"to": " "}, (422, "incomplete")),
        ({"to": "x" * 201}, (422, "incomplete")),
        ({"purpose": "fun"}, (422, "incomplete")),
        ({"for": "fun"}, (400, "bad-query")),
        ({"as": "doc"}, (400, "bad-query")),
        ({"as": "pdf", "language": "de"}, (400, "bad-query")),
        ({"as": "pdf", "purpose": "fun"}, (422, "incomplete")),
    ],
)
async def test_what_cannot_be_exported_is_refused_and_leaves_no_entry(
    at_at: As, at: Station, received: tuple[str, str], query: dict[str, str], refusal: tuple[int, str]
) -> None:
    case, _ = received
    before = await count(at)
    got, problem = await at_at("ada").get(f"/api/v1/cases/{case}/evidence", params=query)
    assert ((got, problem["code"]), await count(at)) == (refusal, before)


@pytest.fixture
def fonts_here() -> None:
    if said := lacking():
        pytest.skip(said)


async def test_the_same_comes_as_a_pdf_with_the_file_in_it_and_leaves_the_same_leaf(
    at_at: As, br: Station, at: Station, received: tuple[str, str], fonts_here: None
) -> None:
    case, mid = received
    params = {"as": "pdf", "language": "ar", "to": "Court of Vienna", "purpose": "court"}
    async with at_at("ada").call("GET", f"/api/v1/cases/{case}/evidence", params=params) as response:
        data, headers = await response.read(), response.headers
    inside = evidence_in(data)
    found = evidence.verify(io.BytesIO(inside), {"br": br.card.digest, "at": at.card.digest})
    assert (response.status, headers["Content-Type"], found.case) == (200, "application/pdf", case)
    last = (await reads(at, case))[-1]
    assert (last["what"], last["mids"], last["file"]) == ("evidence", [mid], hashlib.sha256(inside).hexdigest())
    assert last["file"] == headers["X-Content-SHA256"]


async def test_where_fonts_are_lacking_nothing_is_exported_and_the_packages_are_named(
    at_at: As, at: Station, received: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(press, "_PROGRAM", "tests.dossiers.fontless")
    anew = press.Press.ready
    monkeypatch.setattr(press.Press, "ready", lambda _known: anew(press.Press()))
    case, _ = received
    before = await reads(at, case)
    status, problem = await at_at("ada").get(f"/api/v1/cases/{case}/evidence", params={"as": "pdf"})
    assert (status, problem["code"], await reads(at, case)) == (503, "unavailable", before)
    assert "apt install fonts-noto-core" in problem["detail"]


async def test_who_may_not_release_content_exports_none(at_at: As, at: Station, received: tuple[str, str]) -> None:
    case, _ = received
    before = await count(at)
    for params in ({}, {"as": "pdf"}):
        status, problem = await at_at("ted").get(f"/api/v1/cases/{case}/evidence", params=params)
        assert (status, problem["code"], await count(at)) == (403, "forbidden", before)
