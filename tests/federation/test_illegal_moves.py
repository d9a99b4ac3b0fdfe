"""Every verb in every state a case can stand in, on both sides, through the API: the table decides, and a refusal
changes nothing.

The states are reached by real messages between the nodes; the verbs are posted to the desk's listener.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy import select

from protocol import receipts
from protocol.lifecycle import Kind, Role, State
from protocol.messages import BY_KIND, parse
from tests.domain.bodies import body
from tests.domain.ledger import BEGUN
from tests.domain.reach import OPENED
from tests.talks.acts import VERB_OF
from tests.world import OFFICER, TABLES, World, ask, world
from tracing.casework.office import Office
from tracing.casework.verbs import VERBS
from tracing.desk.passwords import hash_password
from tracing.signals import Signals
from tracing.store import people


@dataclass(frozen=True)
class Sides:
    """The world, and a signed-in client for each node that runs."""

    w: World
    client: dict[str, aiohttp.ClientSession]

    async def post(self, authority: str, case_id: str, verb: str) -> tuple[int, str]:
        """Status and problem code of a move with an empty body."""
        desk = self.w[authority].settings.desk
        url = f"http://{desk}/api/v1/cases/{case_id}/{verb}"
        async with self.client[authority].post(url, json={}) as reply:
            return reply.status, str((await reply.json()).get("code"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sides(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sides]:
    """br and at running; ke pinned by br and never started."""
    async with world(tmp_path_factory.mktemp("moves"), "br", "at") as w:
        w.found("ke")
        w.introduce("br", "ke")
        client = {}
        for authority in ("br", "at"):
            token = await w[authority].store.write(_account)
            client[authority] = aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"})
        yield Sides(w, client)
        for one in client.values():
            await one.close()


def _account(tx: object) -> str:
    people.add_user(tx, "ada", "officer", hash_password("unused"), "en", "test")  # type: ignore[arg-type]
    return people.new_token(tx, "ada", "test")  # type: ignore[arg-type]


# ---------------------------------------------------------------- how a case comes to stand where it stands


async def _sent(w: World) -> str:
    return (await w["br"].office.request(OFFICER, ask("ke"))).case


async def _delivered(w: World) -> str:
    case_id = (await w["br"].office.request(OFFICER, ask("at"), wait_s=10)).case
    await w.reached("br", case_id, "delivered")
    return case_id


async def _case_after(w: World, *acts: tuple[str, Kind]) -> str:
    """A case in which this was said, both sides having all of it."""
    case_id = await _delivered(w)
    for authority, kind in acts:
        said = body(kind) | ({"final": False} if kind is Kind.INTERIM_RESPONSE else {})
        await w[authority].office.move(OFFICER, case_id, VERB_OF[kind], said)
        await w.settled()
    return case_id


async def _rejected(w: World) -> str:
    """ke, which never runs, rejects the request for good: a receipt signed with its real key, over the wire."""
    case_id = await _sent(w)
    table = TABLES["envelope"]
    query = select(table.c.mid, table.c.digest).where(table.c.case_id == case_id)
    mid, env = await w["br"].store.read(lambda view: view.conn.execute(query).one())
    ke = w["ke"]
    me = ke.identity()
    said = receipts.build(
        net=me.net, rid=f"ke:{w.ids.uuid7()}", sender="ke", to="br", mid=mid, env=env, stage="rejected",
        at=w.clock.now_ms(), hi=1, missing=(), origin="itx.training/ke", index=0, code="schema",
        ks_ver=me.keyset_version, ks_sha256=me.keyset_sha256,
    )  # fmt: skip
    (signer,) = ke.vault.signers("rcpt")
    url = f"http://{w['br'].settings.exchange}/itx/1/envelopes"
    async with (
        aiohttp.ClientSession() as client,
        client.post(url, json={"receipts": [receipts.issue(said, signer)]}) as reply,
    ):
        assert reply.status == 200, await reply.text()
    await w.reached("br", case_id, "rejected_invalid")
    return case_id


BR, AT = "br", "at"
ROLES = {BR: Role.REQUESTER, AT: Role.REQUESTED}
SAID: dict[State, tuple[tuple[str, Kind], ...]] = {
    State.DELIVERED: (),
    State.ACKNOWLEDGED: ((AT, Kind.ACKNOWLEDGEMENT), (AT, Kind.INFORMATION_REQUEST)),
    State.IN_PROGRESS: ((AT, Kind.ACKNOWLEDGEMENT), (AT, Kind.PROGRESS)),
    State.PARTIAL: ((AT, Kind.RESTRICTION_NOTICE),),
    State.ANSWERED: ((AT, Kind.INTERIM_RESPONSE), (AT, Kind.FINAL_RESPONSE)),
    State.REFUSED: ((AT, Kind.REFUSAL),),
    State.MISDIRECTED: ((AT, Kind.NOT_COMPETENT),),
    State.WITHDRAWN: ((BR, Kind.WITHDRAWAL), (AT, Kind.ACKNOWLEDGEMENT)),
    State.CLOSED: ((AT, Kind.FINAL_RESPONSE), (BR, Kind.CLOSURE)),
}
"""What is said until a case stands in a state; some with more than the state needs, for the conditions."""


async def _reach(w: World, state: State) -> str:
    early = {State.SENT: _sent, State.REJECTED_INVALID: _rejected}
    return await (early[state](w) if state in early else _case_after(w, *SAID[state]))


def _legal(state: State, role: Role) -> set[str]:
    """The verbs that the domain page allows now, whatever they say: by the second reading of it, not by the code."""
    if state is State.REJECTED_INVALID:
        return set()
    ledger = BEGUN if state is State.SENT else OPENED
    for authority, kind in SAID.get(state, ()):
        ledger = ledger.say(kind, ROLES[authority], parse(BY_KIND[kind].TYPE, body(kind)).facts())
    assert ledger.state is state
    return {verb for verb, entry in VERBS.items() if ledger.allows(entry.kind, role)}


REACHED = [State.SENT, State.REJECTED_INVALID, *SAID]


@pytest.mark.parametrize("state", REACHED)
async def test_every_illegal_verb_is_409_and_changes_nothing(sides: Sides, state: State) -> None:
    case_id = await _reach(sides.w, state)
    judged = 0
    for authority, role in ROLES.items():
        if authority == AT and state in (State.SENT, State.REJECTED_INVALID):
            continue  # at never saw this case
        before = await sides.w.counts(authority)
        for verb in set(VERBS) - _legal(state, role):
            assert await sides.post(authority, case_id, verb) == (409, "illegal-move"), (state, verb, role)
            judged += 1
        assert await sides.w.counts(authority) == before
        assert (await sides.w.case(authority, case_id)).state == state
    assert judged >= 5


@pytest.mark.parametrize("state", REACHED)
async def test_the_verbs_shown_as_allowed_are_those_of_the_page(sides: Sides, state: State) -> None:
    case_id = await _reach(sides.w, state)
    for authority, role in ROLES.items():
        if authority == BR or state not in (State.SENT, State.REJECTED_INVALID):
            allowed = set((await sides.w.case(authority, case_id)).allowed) & set(VERBS)
            assert allowed == _legal(state, role)


@pytest.mark.parametrize("verb", [*VERBS, "record"])
async def test_a_draft_takes_no_move_but_its_release(verb: str, sides: Sides) -> None:
    office = sides.w["br"].office
    of_two = Office(office.store, replace(office.house, two_persons=True), sides.w.clock, sides.w.ids, Signals())
    case_id = (await of_two.request(OFFICER, ask("at"))).case
    before = await sides.w.counts("br")
    assert await sides.post("br", case_id, verb) == (409, "illegal-move")
    assert await sides.w.counts("br") == before


async def test_a_case_nobody_has_is_not_found(sides: Sides) -> None:
    unknown = "br.01a20a1bcc37703c91a8c6e909b60a5f"
    assert await sides.post("br", unknown, "acknowledge") == (404, "not-found")
