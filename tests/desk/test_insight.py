"""The content of one case released to one auditor: by whom, for how long, what opens by it and what does not."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select, update

from tests.desk.conftest import As
from tests.desk.station import PASSWORD, Caller, Station, open_desk_again, request_body, serve
from tracing.casework import insight
from tracing.casework.errors import Forbidden
from tracing.casework.policy import Actor, Opened
from tracing.desk.api.said import ReleaseList, ReleaseSaid
from tracing.desk.app import make_app
from tracing.desk.pages import install as install_pages
from tracing.desk.passwords import hash_password
from tracing.desk.routes import ROUTES
from tracing.store import people
from tracing.tables import ContentRelease, Leaf, User, table_of

RELEASES = "/api/v1/audit/releases"
WHY = "Spot check of March, ABC123."
_leaves, _releases, _users = map(table_of, (Leaf, ContentRelease, User))


@pytest.fixture
async def case(at_br: As) -> str:
    """A request of br with a file, by letter: what other tests see at at stays as it is."""
    headers = {"Content-Type": "application/octet-stream"}
    where = {"data": b"marks of ABC123", "params": {"name": "marks.bin"}, "headers": headers}
    _, brought = await at_br("ada").json("POST", "/api/v1/attachments", **where)
    _, said = await at_br("ada").post("/api/v1/requests", request_body(to="ke", attachments=[brought["attachment"]]))
    return str(said["case"])


async def given(at_br: As, case: str, **body: Any) -> str:
    """A release of that case to ted."""
    _, asked = await at_br("ted").post(RELEASES, {"case": case, "reason": WHY})
    status, said = await at_br("eva").post(f"{RELEASES}/{asked['release']}/give", body)
    assert (status, said["state"]) == (200, "given"), said
    return str(asked["release"])


async def paths_of(at_br: As, case: str) -> list[str]:
    """Everything that a release opens."""
    _, whole = await at_br("ada").get(f"/api/v1/cases/{case}")
    mid = whole["messages"][0]["mid"]
    of_case = ("", "/elements", "/evidence", f"/attachments/{mid}/0")
    return [*(f"/api/v1/cases/{case}{one}" for one in of_case), *(f"/cases/{case}{one}" for one in ("", "/evidence"))]


def leaves(br: Station, case: str) -> list[dict[str, Any]]:
    query = select(_leaves.c.kind, _leaves.c.object).where(_leaves.c.tree == "private", _leaves.c.object.is_not(None))
    rows = br.store.read_now(lambda view: view.conn.execute(query.order_by(_leaves.c.idx)).all())
    said = [{"kind": row.kind} | json.loads(row.object) for row in rows]
    return [one for one in said if case in (one.get("case"), one.get("ref"), *one.get("cases", ()))]


@pytest.fixture
async def everywhere(br: Station, http: aiohttp.ClientSession) -> AsyncIterator[As]:
    """The desk with its pages."""
    async with serve(open_desk_again(br), install_pages) as (url, _):
        yield lambda name=None: Caller(http, url, br.tokens[name] if name else None)


async def test_a_released_case_opens_to_its_auditor_and_each_reading_names_the_release(
    at_br: As, everywhere: As, br: Station, case: str
) -> None:
    paths = await paths_of(at_br, case)
    for path in paths:
        async with everywhere("ted").call("GET", path) as answer:
            assert answer.status == 403, path
    release = await given(at_br, case)
    before = len(leaves(br, case))
    for path in paths:
        async with everywhere("ted").call("GET", path) as answer:
            assert answer.status == 200, (path, await answer.text())
    read = leaves(br, case)[before:]
    assert [(one["kind"], one["actor"], one["release"]) for one in read] == [("read", "ted", release)] * len(paths)


async def test_nothing_else_opens_by_it_and_nothing_can_be_done(
    at_br: As, everywhere: As, br: Station, at: Station, case: str
) -> None:
    _, other = await at_br("ada").post("/api/v1/requests", request_body(to="ke", reference="OTHER"))
    await given(at_br, case)
    _, before = await at_br("ada").get(f"/api/v1/cases/{case}")
    table = {one for one in make_app(open_desk_again(br), install_pages)[ROUTES].values() if not one.opens}
    opened = []
    for one in table:
        if "{case}" not in one.path:
            continue
        path = one.path.replace("{case}", case).replace("{mid}", "br:0198c5f0-0000-7000-8000-000000000000")
        for name, value in {"verb": "close", "n": "0", "draft": "x"}.items():
            path = path.replace(f"{{{name}}}", value)
        async with everywhere("ted").call(one.method, path) as answer:
            if answer.status not in (403, 404, 415):  # 415: a page that wants a form
                opened.append((one.method, one.path, answer.status))
    assert opened == []
    for path in (
        f"/api/v1/cases/{other['case']}",
        "/api/v1/cases",
        "/received",
        f"/cases/{other['case']}",
        "/deadlines",
    ):
        async with everywhere("ted").call("GET", path) as answer:
            assert answer.status == 403, path
    _, after = await at_br("ada").get(f"/api/v1/cases/{case}")
    assert (after["version"], after["state"]) == (before["version"], before["state"])


async def test_another_auditor_does_not_get_in_by_it(at_br: As, br: Station, case: str) -> None:
    await given(at_br, case)
    br.store.write_now(lambda tx: people.add_user(tx, "tom", "auditor", hash_password(PASSWORD), "en", "test"))
    token = br.store.write_now(lambda tx: people.new_token(tx, "tom", "test"))
    status, _ = await at_br("ted").get(f"/api/v1/cases/{case}")
    other, _ = await at_br().get(f"/api/v1/cases/{case}", headers={"Authorization": f"Bearer {token}"})
    _, listed = await at_br().get(RELEASES, headers={"Authorization": f"Bearer {token}"})
    assert (status, other, listed["items"]) == (200, 403, [])


async def test_a_revoked_release_and_one_that_expired_close_at_once(at_br: As, br: Station, case: str) -> None:
    release, path = await given(at_br, case), f"/api/v1/cases/{case}"
    assert (await at_br("ted").get(path))[0] == 200
    status, said = await at_br("eva").post(f"{RELEASES}/{release}/end")
    assert (status, said["state"], said["ended_by"], (await at_br("ted").get(path))[0]) == (200, "ended", "eva", 403)
    second = await given(at_br, case, days=1)
    assert (await at_br("ted").get(path))[0] == 200
    expired = update(_releases).where(_releases.c.id == second).values(until_ms=br.desk.clock.now_ms() - 1)
    br.store.write_now(lambda tx: tx.conn.execute(expired))
    assert (await at_br("ted").get(path))[0] == 403
    _, listed = await at_br("ted").get(RELEASES)
    states = {one.release: one.state for one in ReleaseList.model_validate(listed).items}
    assert (states[release], states[second]) == ("ended", "expired")


async def test_a_release_that_ends_between_the_gate_and_the_leaf_shows_nothing(
    at_br: As, br: Station, case: str
) -> None:
    release = await given(at_br, case)
    ted = Actor("ted", "auditor", "en", Opened(case, release))
    assert (await br.office.read_case(ted, case)).case == case
    br.store.write_now(lambda tx: insight.end(tx, Actor("eva", "approver"), release))
    before = len(leaves(br, case))
    with pytest.raises(Forbidden):
        await br.office.read_case(ted, case)
    assert len(leaves(br, case)) == before


async def test_it_stands_for_fourteen_days_or_for_those_the_giver_chose(at_br: As, br: Station, case: str) -> None:
    now_ms = br.desk.clock.now_ms()
    for body, days in (({}, 14), ({"days": 3}, 3)):
        release = await given(at_br, case, **body)
        query = select(_releases.c.until_ms).where(_releases.c.id == release)
        until_ms = br.store.read_now(lambda view, query=query: view.conn.execute(query).scalar_one())
        assert round((until_ms - now_ms) / 86_400_000) == days


@pytest.mark.parametrize("body", [{"days": 0}, {"days": 91}, {"days": "3"}, {"days": True}, {"day": 3}])
async def test_days_that_are_none_give_nothing(at_br: As, case: str, body: dict[str, Any]) -> None:
    _, asked = await at_br("ted").post(RELEASES, {"case": case, "reason": WHY})
    status, _ = await at_br("eva").post(f"{RELEASES}/{asked['release']}/give", body)
    _, listed = await at_br("eva").get(RELEASES)
    assert (status in (400, 422), listed["items"][0]["state"]) == (True, "asked")


async def test_who_asked_never_gives_though_he_became_an_approver(at_br: As, br: Station, case: str) -> None:
    _, asked = await at_br("ted").post(RELEASES, {"case": case, "reason": WHY})

    def role(name: str) -> None:
        br.store.write_now(lambda tx: tx.conn.execute(update(_users).where(_users.c.name == "ted").values(role=name)))

    role("approver")
    try:
        status, problem = await at_br("ted").post(f"{RELEASES}/{asked['release']}/give")
    finally:
        role("auditor")
    assert (status, "another person gives it" in problem["detail"]) == (403, True)
    assert (await at_br("ted").get(f"/api/v1/cases/{case}"))[0] == 403


@pytest.mark.parametrize("name", ["ada", "lin", "kay", "max", "ted"])
async def test_nobody_but_an_approver_gives_and_nobody_but_an_auditor_asks(
    at_br: As, br: Station, case: str, name: str
) -> None:
    _, asked = await at_br("ted").post(RELEASES, {"case": case, "reason": WHY})
    for verb in ("give", "refuse"):
        assert (await at_br(name).post(f"{RELEASES}/{asked['release']}/{verb}"))[0] == 403
    if name != "ted":
        assert (await at_br(name).post(RELEASES, {"case": case, "reason": WHY}))[0] == 403
        assert (await at_br(name).post(f"{RELEASES}/{asked['release']}/end"))[0] == 403


async def test_what_was_decided_is_decided_and_what_was_refused_opens_nothing(at_br: As, case: str) -> None:
    _, asked = await at_br("ted").post(RELEASES, {"case": case, "reason": WHY})
    where = f"{RELEASES}/{asked['release']}"
    assert (await at_br("ted").post(RELEASES, {"case": case, "reason": WHY}))[0] == 409
    _, said = await at_br("eva").post(f"{where}/refuse")
    assert (said["state"], (await at_br("ted").get(f"/api/v1/cases/{case}"))[0]) == ("refused", 403)
    assert [(await at_br("eva").post(f"{where}/{verb}"))[0] for verb in ("give", "refuse", "end")] == [409, 409, 409]


async def test_an_auditor_gives_back_his_own(at_br: As, case: str) -> None:
    release = await given(at_br, case)
    status, said = await at_br("ted").post(f"{RELEASES}/{release}/end")
    assert (status, ReleaseSaid.model_validate(said).ended_by) == (200, "ted")
    assert (await at_br("ted").get(f"/api/v1/cases/{case}"))[0] == 403


async def test_each_step_is_an_entry_without_the_reason_in_words(at_br: As, br: Station, case: str) -> None:
    release = await given(at_br, case)
    await at_br("eva").post(f"{RELEASES}/{release}/end")
    said = [one for one in leaves(br, case) if one.get("release") == release]
    assert [(one["kind"], one["act"], one["actor"]) for one in said] == [
        ("op", "ask-content", "ted"), ("op", "give-content", "eva"), ("op", "end-content", "eva"),
    ]  # fmt: skip
    row = br.store.read_now(lambda view: view.conn.execute(select(_releases.c.reason)).scalars().all())
    assert not [one for one in (*map(str, said), *map(str, row)) if "Spot check" in one]
    _, listed = await at_br("eva").get(RELEASES)
    assert WHY in {one["reason"] for one in listed["items"]}


async def test_evidence_by_a_release_is_for_our_own_authority_alone(at_br: As, br: Station, case: str) -> None:
    await given(at_br, case)
    before, path = len(leaves(br, case)), f"/api/v1/cases/{case}/evidence"
    status, problem = await at_br("ted").get(path, params={"to": "Court of Rio", "purpose": "court"})
    assert (status, problem["code"], len(leaves(br, case))) == (403, "forbidden", before)
    async with at_br("ted").call("GET", path) as answer:
        assert (answer.status, (await answer.text())[:13]) == (200, '{"inventory":')


async def test_what_is_asked_for_wrongly_is_refused_and_nothing_waits(at_br: As, case: str) -> None:
    nowhere = "br.0198c5f0000070008000000000000000"
    assert (await at_br("eva").post(f"{RELEASES}/%00/give"))[0] == 404
    bodies = (
        {"case": case},
        {"case": case, "reason": " "},
        {"case": nowhere, "reason": WHY},
        {"case": 1, "reason": WHY},
        {"case": "\0", "reason": WHY},
    )
    _, before = await at_br("ted").get(RELEASES)
    statuses = [(await at_br("ted").post(RELEASES, body))[0] for body in bodies]
    _, after = await at_br("ted").get(RELEASES)
    assert (statuses, after) == ([400, 422, 404, 400, 404], before)
    assert (await at_br("eva").post(f"{RELEASES}/nothing/give"))[0] == 404


async def test_a_key_asks_once(at_br: As, case: str) -> None:
    headers, body = {"Idempotency-Key": f"ask-{case}"}, {"case": case, "reason": WHY}
    first = await at_br("ted").post(RELEASES, body, headers=headers)
    second = await at_br("ted").post(RELEASES, body, headers=headers)
    assert (first, first[0]) == (second, 201)
