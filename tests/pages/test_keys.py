"""Keys that need somebody, on the desk: alarms closed with a reason, counterparts suspended, senders asked."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from protocol import strictjson
from tests.pages.browsing import Visitor
from tests.pages.scene import OFFICER, PASSWORD, Scene, reached, request
from tests.pages.test_pages import BUDGET, mistakes
from tracing.tables import Counterpart, Leaf, TrustAlarm, table_of
from tracing.trust.alarms import open_alarms, raise_alarm
from tracing.trust.contested import contested

_alarms, _counterparts, _leaves = map(table_of, (TrustAlarm, Counterpart, Leaf))
REASON = "Telephoned Ms Huber: an old card was played back"


@pytest.fixture
async def keyholder(world: Scene) -> AsyncIterator[Visitor]:
    async with Visitor(world.url("br")) as visitor:
        await visitor.sign_in("kay", PASSWORD)
        yield visitor


def alarm(world: Scene, authority: str, code: str, said: str) -> str:
    """Raise one at Brazil's node; its id."""
    node = world.nodes["br"]
    node.store.write_now(lambda tx: raise_alarm(tx, authority, code, said))
    node.partners.reload()
    return next(str(one.id) for one in node.partners.alarms if (one.authority, one.code) == (authority, code))


def acts(world: Scene, ref: str) -> list[dict[str, object]]:
    """What the private tree says of an authority or a message, in order."""
    query = select(_leaves.c.object).where(_leaves.c.ref == ref, _leaves.c.object.is_not(None)).order_by(_leaves.c.idx)
    rows = world.nodes["br"].store.read_now(lambda view: view.conn.execute(query).scalars().all())
    return [found for row in rows if isinstance(found := strictjson.load(row, 1 << 20), dict)]


def status(world: Scene, authority: str) -> str:
    query = select(_counterparts.c.status).where(_counterparts.c.authority == authority)
    return str(world.nodes["br"].store.read_now(lambda view: view.conn.execute(query).scalar()))


async def test_an_alarm_is_shown_with_what_to_do_and_closed_with_a_reason(world: Scene, approver: Visitor) -> None:
    number = alarm(world, "at", "rollback", "keyset 7 is held, 6 was shown")
    home = await approver.get("/")
    assert "keyset 7 is held, 6 was shown" in home.tree.all("div", role="alert")[0].text
    every = await approver.get("/keys")
    assert (mistakes(every), "It shows something older than we hold" in every.text) == ([], True)
    one = await approver.get("/keys/at")
    assert (one.status, mistakes(one), one.sent_bytes < BUDGET) == (200, [], True)
    assert "Ask it by telephone which version is its newest" in one.text
    done = await approver.send(one, "/keys/at/alarms", alarm=[number], why=[REASON])
    assert (done.status, "The alarm is closed" in done.text, "keyset 7" in done.text) == (200, True, False)
    last = acts(world, "at")[-1]
    assert (last["act"], last["actor"], last["why"]) == ("alarm-done", "bo", REASON)


async def test_without_a_reason_no_alarm_is_closed(world: Scene, approver: Visitor) -> None:
    number = alarm(world, "at", "freeze", "nothing newer is shown")
    one = await approver.get("/keys/at")
    for why in ([""], [" "], ["x" * 2001]):
        page = await approver.send(one, "/keys/at/alarms", alarm=[number], why=why)
        assert (page.status, mistakes(page), "There is something to mend" in page.text) == (422, [], True)
    assert number in {str(each.id) for each in world.nodes["br"].store.read_now(open_alarms)}
    assert (await approver.send(one, "/keys/at/alarms", alarm=["0"], why=[REASON])).status == 409
    ours = await approver.get("/keys/br")
    assert ours.tree.all("form", action="/keys/br/alarms") == []
    assert (await approver.send(one, "/keys/at/alarms", alarm=[number], why=[REASON])).status == 200


async def test_a_key_holder_decides_on_trust_and_an_officer_only_looks(
    world: Scene, keyholder: Visitor, officer: Visitor
) -> None:
    number = alarm(world, "br", "root-ends", "our root 1 ends soon")
    looked = await officer.get("/keys/br")
    assert ("An approver or a key holder closes it" in looked.text, '<button class="press"' in looked.html) == (
        True,
        False,
    )
    assert (
        await officer.send(looked, "/sign-out", through="/keys/br/alarms", alarm=[number], why=[REASON])
    ).status == 403
    one = await keyholder.get("/keys/br")
    assert (mistakes(one), "This node" in one.text, "Suspend the exchange" in one.text) == ([], True, False)
    assert (
        await keyholder.send(one, "/sign-out", through="/keys/br/status", status=["suspended"], why=[REASON])
    ).status == 409
    assert (await keyholder.send(one, "/keys/br/alarms", alarm=[number], why=[REASON])).status == 200
    assert "No alarm is open" in (await keyholder.get("/keys/br")).text


async def test_a_counterpart_is_suspended_and_resumed_and_what_waited_goes(
    world: Scene, approver: Visitor, officer: Visitor
) -> None:
    one = await approver.get("/keys/at")
    page = await approver.send(one, "/keys/at/status", status=["suspended"], why=["speaks twice"])
    assert (mistakes(page), status(world, "at"), "suspended here" in (await officer.get("/keys")).text) == (
        [],
        "suspended",
        True,
    )
    assert "Resume the exchange" in page.text
    resumed = await approver.send(page, "/keys/at/status", status=["active"], why=["a new root came"])
    assert (status(world, "at"), "the exchange with it goes on" in resumed.text) == ("active", True)
    changes = [act["why"] for act in acts(world, "at") if act.get("act") in {"suspended", "active"}]
    assert changes == ["speaks twice", "a new root came"]
    asked = await world.nodes["at"].office.request(OFFICER, request("br", "RESUMED1"), wait_s=10)
    await reached(world.nodes["br"], asked.case, "delivered")
    assert (await approver.send(page, "/keys/at/status", status=["gone"], why=["x"])).status == 422


async def test_messages_of_a_lost_key_are_asked_about_and_a_disowned_one_says_so_on_its_case(
    world: Scene, officer: Visitor, keyholder: Visitor
) -> None:
    br, at = world.nodes["br"], world.nodes["at"]
    since_ms = at.clock.now_ms()
    cases = []
    for serial in ("CONTEST1", "CONTEST2"):
        asked = await at.office.request(OFFICER, request("br", serial), wait_s=10)
        await reached(br, asked.case, "delivered")
        cases.append(asked.case)
    await asyncio.to_thread(at.keyring.revoke, [at.keyring.voice.signer("env").kid], since_ms, "ada")
    at.ring_all()
    async with asyncio.timeout(60):
        while not br.partners.get("at").revoked:  # type: ignore[union-attr]
            await asyncio.sleep(0.05)
    waiting = {one.case: one.mid for one in br.store.read_now(lambda view: contested(view, "at"))}
    assert set(cases) <= set(waiting)
    only_looks = await keyholder.get("/keys/at")
    assert (mistakes(only_looks), "An officer asks their sender" in only_looks.text) == ([], True)
    assert "it is to be asked whether it is its own" in (await officer.get(f"/cases/{cases[0]}")).text
    one = await officer.get("/keys/at")
    assert (one.status, mistakes(one), waiting[cases[0]] in one.text) == (200, [], True)
    (alarm,) = (each for each in br.store.read_now(open_alarms) if each.code == "keys-revoked")
    early = await keyholder.send(only_looks, "/keys/at/alarms", alarm=[str(alarm.id)], why=["Looked."])
    assert (early.status, mistakes(early), "is still to be asked about the messages listed here" in early.text) == (
        409,
        [],
        True,
    )
    path = "/keys/at/messages"
    for given in ({"mid": [], "answer": ["confirmed"]}, {"mid": [waiting[cases[0]]], "answer": [""]}):
        page = await officer.send(one, path, why=["Ms Huber"], **given)
        assert (page.status, mistakes(page)) == (422, [])
    await officer.send(one, path, mid=[waiting[cases[0]]], answer=["confirmed"], why=["Ms Huber, 10:15"])
    page = await officer.send(one, path, mid=[waiting[cases[1]]], answer=["disowned"], why=["Ms Huber, 10:20"])
    assert (page.status, mistakes(page), "It is not theirs" in page.text) == (200, [], True)
    assert (await officer.send(one, path, mid=[waiting[cases[1]]], answer=["confirmed"], why=["x"])).status == 409
    assert "says that 1 message here is not its own" in (await officer.get(f"/cases/{cases[1]}")).text
    assert "not its own" not in (await officer.get(f"/cases/{cases[0]}")).text
    assert acts(world, waiting[cases[1]])[-1]["act"] == "disowned"
    shown = [(await br.office.read_case(OFFICER, case)).messages[0]["doubt"] for case in cases]
    assert shown == [None, "disowned"]
    named = await keyholder.get("/keys/at")
    assert (cases[1] in named.text, named.tree.all("a", href=f"/cases/{cases[1]}")) == (True, [])
    assert page.tree.all("a", href=f"/cases/{cases[1]}") != []


async def test_who_is_nobody_here_has_no_page_of_keys(officer: Visitor) -> None:
    assert [(await officer.get(path)).status for path in ("/keys/zz", "/keys/x%00")] == [404, 404]
