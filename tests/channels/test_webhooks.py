"""Reminders by webhook: from the row to a real receiver, signed, once; and what must never stand in a body."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from tests.calendar_.conftest import deadlines
from tests.channels.conftest import AT_ONCE, Posted
from tests.channels.receiving import Receiving, receiving
from tracing.channels import standing
from tracing.channels.claims import CLAIM_MS, claim
from tracing.channels.webhooks import hooks as kept
from tracing.channels.webhooks.caller import opened
from tracing.channels.webhooks.calls import Calls, Receiver
from tracing.channels.webhooks.hooks import Hook
from tracing.channels.webhooks.payload import body
from tracing.channels.webhooks.sending import MOST_WAIT_MS, Calling
from tracing.channels.webhooks.signing import headers
from tracing.settings import Settings, WebhookSettings
from tracing.store import Tx, people

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Called:
    """A case at at, and the webhooks of its node to a receiver."""

    def __init__(self, posted: Posted, receiver: Receiving) -> None:
        self.posted, self.receiver, self.settings = posted, receiver, posted.settings
        self.store = posted.store

    def set(self, **more: Any) -> None:
        """Other settings of webhooks."""
        self.settings = self.settings.model_copy(update={"webhooks": WebhookSettings(**more)})

    async def add(self, name: str = "chat", url: str = "", **more: Any) -> str:
        """A webhook that is told everything at once, unless said otherwise; its secret."""
        hook = Hook(name, **({"ways": AT_ONCE} | more))
        return str(await self.store.write(lambda tx: kept.add(tx, hook, url or self.receiver.url, "test")))

    async def remind(self) -> None:
        await self.posted.waiting.until_near("ack")
        await self.posted.waiting.watch(tell=Calls(self.settings).tell).tick()

    async def look(self) -> int:
        return await Calling(self.store, self.settings).look()

    async def hook(self, name: str = "chat") -> Hook:
        return await self.store.read(lambda view: kept.named(view, name))

    async def standing(self, name: str = "chat") -> standing.Standing:
        target = (await self.hook(name)).target
        return await self.store.read(lambda view: standing.standing_of(view, target))

    def turn(self, by: timedelta) -> None:
        self.posted.waiting.clock.turn(by)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiving]:
    async with receiving() as one:
        yield one


@pytest.fixture
async def called(posted: Posted, receiver: Receiving) -> Called:
    return Called(posted, receiver)


async def test_a_reminder_is_called_once_signed_and_leaves_a_leaf(called: Called) -> None:
    secret = await called.add()
    await called.remind()
    assert (await called.look(), await called.look()) == (1, 0)
    (call,) = called.receiver.calls
    (row,) = await called.posted.rows()
    assert (call.is_signed(secret), call.id, row.state) == (True, row.message_id, "sent")
    assert abs(int(call.headers["webhook-timestamp"]) * 1000 - called.store.clock.now_ms()) < 5000
    (leaf,) = [one for one in await called.posted.leaves("webhook") if row.message_id.encode() in one]
    assert b'"to":"chat"' in leaf
    assert b"http" not in leaf


async def test_a_body_says_what_a_mail_says_and_nothing_of_the_case(called: Called) -> None:
    called.settings = called.settings.model_copy(update={"desk_url": "https://desk.example"})
    await called.add()
    await called.remind()
    await called.look()
    (call,) = called.receiver.calls
    case, (duty,) = called.posted.waiting.case, call.json["data"]["duties"]
    assert (call.json["type"], duty["clock"], duty["owed_by"], duty["event"]) == ("reminder", "ack", "us", "near")
    assert (duty["case"], duty["link"].endswith(f"-{case[-12:]}")) == (case[-12:], True)
    assert "acknowledgement" in call.json["text"]
    assert "counterpart" not in duty
    text = json.dumps(call.json).lower()
    assert not [one for one in ("abc123", "glock", "rio de janeiro", "brazil", "brasil", case.lower()) if one in text]
    assert '"br"' not in text


async def test_the_other_state_is_named_only_where_the_settings_say_so(called: Called) -> None:
    called.set(names_counterparts=True)
    await called.add()
    await called.remind()
    await called.look()
    (duty,) = called.receiver.calls[0].json["data"]["duties"]
    assert duty["counterpart"]


async def test_a_duty_done_before_the_call_stops_it(called: Called) -> None:
    await called.add()
    await called.remind()
    await called.store.write(lambda tx: tx.conn.execute(update(deadlines).values(ended_ms=tx.now_ms)))
    assert (await called.look(), called.receiver.calls, await called.posted.states()) == (0, [], ["unsent"])


async def test_a_process_that_dies_before_it_notes_a_call_repeats_it_once_under_its_id(called: Called) -> None:
    await called.add()
    await called.remind()
    mine = Receiver(await called.hook(), called.settings)
    (one,) = await called.store.write(lambda tx: claim(tx, mine))
    async with opened(called.settings) as caller:
        data = body(one, called.settings)
        await caller.post(one.to.private.url, headers(one.to.private.valid(0), one.message_id, 1, data), data)
    assert await called.look() == 0, "the claim holds"
    called.turn(timedelta(milliseconds=CLAIM_MS))
    assert (await called.look(), await called.look()) == (1, 0)
    assert (len(called.receiver.ids), len(set(called.receiver.ids))) == (2, 1)


async def test_a_receiver_that_fails_loses_nothing_and_is_an_alarm_after_half_an_hour(called: Called) -> None:
    await called.add()
    await called.remind()
    called.receiver.answers = 500
    await called.look()
    assert (await called.look(), (await called.standing()).said) == (0, "the receiver answered 500")
    for _ in range(6):
        called.turn(timedelta(minutes=20))
        await called.look()
    found = await called.standing()
    assert (found.is_alarmed, found.waiting) == (True, 1)
    assert len(await called.posted.leaves("webhook-alarm")) == 1
    called.receiver.answers = 200
    called.turn(HOUR)
    await called.look()
    assert (set(called.receiver.ids), (await called.standing()).trouble("it")) == ({called.receiver.ids[0]}, None)
    assert await called.posted.states() == ["sent"]


async def test_what_is_not_taken_in_three_days_is_parked_and_tried_again_when_asked(called: Called) -> None:
    await called.add()
    await called.remind()
    called.receiver.answers = 404
    await called.look()
    called.turn(timedelta(milliseconds=MOST_WAIT_MS))
    await called.look()
    assert (await called.posted.states(), (await called.standing()).parked) == (["parked"], 1)
    called.receiver.answers, hook = 200, await called.hook()
    await called.store.write(lambda tx: kept.move(tx, hook, called.receiver.url, "test"))
    await called.look()
    assert (await called.posted.states(), (await called.standing()).parked) == (["sent"], 0)


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_notice_that_is_refused_stops_no_other(called: Called, status: int) -> None:
    await called.add()
    await called.remind()
    called.receiver.answers = status
    await called.look()
    assert ((await called.standing()).failing_ms, await called.posted.states()) == (None, ["waiting"])
    called.turn(timedelta(milliseconds=MOST_WAIT_MS))
    await called.look()
    assert await called.posted.states() == ["parked"]


async def test_after_a_rotation_both_secrets_sign_until_the_former_one_ends(called: Called) -> None:
    former = await called.add()
    hook = await called.hook()
    newest = await called.store.write(lambda tx: kept.rotate(tx, hook, 86_400_000, "test"))
    for _ in range(2):
        await called.store.write(lambda tx: Receiver(hook, called.settings).put_test(tx))
        await called.look()
        called.turn(DAY)
    signed = [(call.is_signed(former), call.is_signed(newest)) for call in called.receiver.calls]
    assert signed == [(True, True), (False, True)]


async def test_secrets_and_addresses_rest_encrypted(called: Called) -> None:
    secret = await called.add()

    def look(tx: Tx) -> str:
        (row,) = tx.conn.exec_driver_sql("SELECT * FROM webhooks").all()
        return repr(tuple(row))

    row = await called.store.write(look)
    assert not [one for one in (secret, "t0ken", "127.0.0.1") if one in row]
    entries = await called.posted.leaves("add-webhook")
    assert (b"t0ken" in b"".join(entries), secret.encode() in b"".join(entries)) == (False, False)


async def test_a_webhook_of_a_role_stands_for_all_of_it_and_one_of_a_person_for_him(called: Called) -> None:
    def work(tx: Tx) -> None:
        if people.person(tx, "cy") is None:
            people.add_user(tx, "cy", "officer", "x", "en", "test")

    await called.store.write(work)
    await called.add("mine", to_user="cy")
    await called.add("all")
    await called.add("none", to_role="approver")
    await called.remind()
    await called.look()
    assert sorted(one.target for one in await called.posted.rows()) == sorted(
        [(await called.hook("mine")).target, (await called.hook("all")).target]
    )
    await called.add("team", to_role="officer")
    await called.posted.waiting.until_due("ack")
    await called.posted.waiting.watch(tell=Calls(called.settings).tell).tick()
    team, mine = (await called.hook("team")).target, (await called.hook("mine")).target
    targets = [one.target for one in await called.posted.rows()]
    assert (targets.count(team) >= 1, targets.count(mine)) == (True, 1)


async def test_a_digest_gathers_what_a_webhook_is_told_once_a_day(called: Called) -> None:
    await called.add(ways=dict.fromkeys(AT_ONCE, "digest"))
    await called.remind()
    assert await called.look() == 0
    called.turn(4 * DAY)
    await called.look()
    assert [call.json["type"] for call in called.receiver.calls] == ["digest"]


async def test_what_is_off_is_told_nobody(called: Called) -> None:
    await called.add(ways=dict.fromkeys(AT_ONCE, "off"))
    await called.remind()
    assert (await called.posted.rows(), await called.look()) == ([], 0)


async def test_a_webhook_that_is_removed_ends_what_waits(called: Called) -> None:
    await called.add()
    await called.remind()
    hook = await called.hook()
    await called.store.write(lambda tx: kept.remove(tx, hook, "test"))
    assert (await called.look(), await called.posted.states(), called.receiver.calls) == (0, ["unsent"], [])


async def test_two_workers_at_once_call_each_receiver_once(called: Called) -> None:
    for name in ("one", "two", "three"):
        await called.add(name)
    await called.remind()
    await asyncio.gather(called.look(), called.look())
    assert (len(called.receiver.ids), len(set(called.receiver.ids))) == (3, 3)


@pytest.mark.parametrize(
    "wrong",
    [{"to_role": "admin"}, {"to_user": "nobody"}, {"to_user": "cy", "to_role": "officer"}, {"language": "de"},
     {"ways": {"near": "off"}}],
)  # fmt: skip
async def test_a_webhook_that_cannot_be_is_refused_and_nothing_is_kept(called: Called, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"expected|no active user"):
        await called.add(**wrong)
    assert await called.store.read(kept.all_hooks) == []


async def test_a_name_stands_for_one_webhook_only(called: Called) -> None:
    await called.add()
    with pytest.raises(ValueError, match="already"):
        await called.add()
    for name in ("", " chat", "a\nb", "x" * 61):
        with pytest.raises(ValueError, match="a name of 1 to 60"):
            await called.add(name)
    assert len(await called.store.read(kept.all_hooks)) == 1


def test_settings_of_webhooks_take_networks_that_are_narrow() -> None:
    made: Any = Settings(authority="br", country="BRA", name="x", net="real", webhooks={"allow": ["10.1.2.3/32"]})
    assert str(made.webhooks.allow[0]) == "10.1.2.3/32"
    for wrong in ({"allow": ["0.0.0.0/0"]}, {"allow": ["10.1.2.3/24"]}, {"authorities_file": "ca.pem"}):
        with pytest.raises(ValueError, match=r"10\.1\.2\.3|host bits|absolute path"):
            WebhookSettings(**wrong)  # type: ignore[arg-type] # as a file has it
