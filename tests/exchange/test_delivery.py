"""Two nodes over real sockets: what one posts reaches the other, once, whatever happens on the way."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from protocol import strictjson
from tests.exchange.conftest import MakeNode
from tests.exchange.world import BRISK, SHORT, Middleman, Nation, Node, holds
from tracing import post, tables
from tracing.exchange.client import WireLimits
from tracing.exchange.pace import Pace
from tracing.exchange.recovering import BEHIND, allow
from tracing.partners import set_status


@pytest.fixture
async def middle() -> AsyncIterator[Middleman]:
    made = Middleman()
    yield made
    await made.close()


@pytest.fixture
async def ke(node_of: MakeNode) -> Node:
    return await node_of("ke").open()


@pytest.fixture
async def pair(br: Node, ke: Node, middle: Middleman, nations: dict[str, Nation]) -> tuple[Node, Node, Middleman]:
    """Kenya's node posts to Brazil's through the man in the middle; Brazil's only listens."""
    await middle.open(br.url)
    await ke.knows(nations["br"], middle.url)
    return ke, br, middle


Pair = tuple[Node, Node, Middleman]


def accepted_by(node: Node) -> int:
    return len(node.rows(tables.Envelope, stage="accepted", direction="in"))


# ---------------------------------------------------------------- the ordinary way


async def test_a_message_reaches_its_recipient_and_is_accepted(pair: Pair) -> None:
    ke, _, _ = pair
    (said,) = await ke.say("br")
    assert await ke.reaches(lambda: ke.stage(said) == "accepted")
    assert ke.rows(tables.Outbox) == []
    assert [(mid, stage) for mid, stage, _ in ke.told] == [(said.manifest.mid, "accepted")]


async def test_who_waits_for_a_message_is_told_when_it_is_accepted(pair: Pair) -> None:
    ke, _, _ = pair
    said = ke.nation.envelope("br")
    hope = ke.signals.expect(said.manifest.mid)
    await ke.send(said)
    assert await asyncio.wait_for(hope, 10) == "accepted"


async def test_the_receipt_is_kept_byte_for_byte_with_its_leaf(pair: Pair) -> None:
    ke, br, _ = pair
    (said,) = await ke.say("br")
    await ke.reaches(lambda: ke.stage(said) == "accepted")
    theirs, ours = br.rows(tables.Receipt), ke.rows(tables.Receipt)
    assert [row.wire for row in ours] == [row.wire for row in theirs]
    assert [leaf.kind for leaf in ke.rows(tables.Leaf, tree="br")] == ["env.out", "rcpt.in"]


async def test_a_later_receipt_comes_by_itself(node_of: MakeNode, nations: dict[str, Nation]) -> None:
    ke, br = await node_of("ke").open(), await node_of("br").open()
    await br.knows(nations["ke"], ke.url)
    await ke.knows(nations["br"], br.url)
    (said,) = await ke.say("br")
    await ke.reaches(lambda: ke.stage(said) == "accepted")
    await br.store.write(lambda tx: br.issue(tx, said, stage="opened", st="a" * 64))
    assert await ke.reaches(lambda: ke.stage(said) == "opened")
    assert await br.reaches(lambda: br.rows(tables.Outbox) == [])
    assert [stage for _, stage, _ in ke.told] == ["accepted", "opened"]


async def test_what_waits_goes_several_in_one_post_and_urgent_first(
    node_of: MakeNode, br: Node, middle: Middleman, nations: dict[str, Nation]
) -> None:
    ke = await node_of("ke").open(deliver=False)
    await middle.open(br.url)
    await ke.knows(nations["br"], middle.url)
    await ke.say("br", 50)
    (urgent,) = await ke.say("br", prio="urgent")
    await ke.exchange.start()
    assert await ke.reaches(lambda: accepted_by(br) == 51)
    posts = [body for body in middle.seen if b'"envelopes"' in body]
    assert len(posts) == 1
    assert strictjson.load(posts[0], 1 << 23)["envelopes"][0] == urgent.item


async def test_a_long_queue_goes_in_bounded_posts(
    node_of: MakeNode, br: Node, middle: Middleman, nations: dict[str, Nation]
) -> None:
    ke = await node_of("ke", pace=Pace(batch_bytes=200_000)).open(deliver=False)
    await middle.open(br.url)
    await ke.knows(nations["br"], middle.url)
    await ke.say("br", 20, ct=bytes(60_000))
    await ke.say("br", 150)
    await ke.exchange.start()
    assert await ke.reaches(lambda: accepted_by(br) == 170)
    posts = [strictjson.load(body, 1 << 23) for body in middle.seen if b'"envelopes"' in body]
    assert max(len(post["envelopes"]) for post in posts) <= 64
    assert max(map(len, middle.seen)) < 220_000


async def test_nothing_is_sent_before_the_hello_is_answered(pair: Pair) -> None:
    ke, _, middle = pair
    await ke.say("br")
    await ke.reaches(lambda: len(middle.seen) >= 2)
    assert b'"hello"' in middle.seen[0]
    assert b'"envelopes"' not in middle.seen[0]


# ---------------------------------------------------------------- losses


@pytest.mark.parametrize("loss", ["lose before", "lose after"])
async def test_a_lost_post_or_a_lost_answer_has_one_effect(pair: Pair, loss: str) -> None:
    ke, br, middle = pair
    lost = iter([loss] * 3)
    middle.rule = lambda body: next(lost, None) if b'"envelopes"' in body else None
    (said,) = await ke.say("br")
    assert await ke.reaches(lambda: ke.stage(said) == "accepted")
    assert [row.mid for row in br.rows(tables.Envelope)] == [said.manifest.mid]
    assert len(br.rows(tables.Receipt)) == len(ke.rows(tables.Receipt)) == len(ke.told) == 1


async def test_a_message_whose_answer_was_lost_counts_as_sent(pair: Pair) -> None:
    ke, br, middle = pair
    middle.rule = lambda body: "lose after" if b'"envelopes"' in body else None
    (said,) = await ke.say("br")
    assert await ke.reaches(lambda: ke.stage(said) == "sent")
    assert accepted_by(br) == 1


async def test_a_counterpart_that_comes_back_gets_what_waited(
    node_of: MakeNode, br: Node, ke: Node, nations: dict[str, Nation]
) -> None:
    await ke.knows(nations["br"], "http://127.0.0.1:9")
    said = await ke.say("br", 5)
    assert await ke.reaches(lambda: all(row.attempts for row in ke.rows(tables.Outbox)))
    assert {row.last_error for row in ke.rows(tables.Outbox)} == {"connection: the connection was refused"}
    await ke.finds("br", br.url)
    assert await ke.reaches(lambda: {ke.stage(one) for one in said} == {"accepted"})


async def test_an_authentic_word_ends_the_wait(node_of: MakeNode, br: Node, nations: dict[str, Nation]) -> None:
    ke = await node_of("ke", pace=Pace(first_s=600, soonest_s=0.02)).open()
    await ke.knows(nations["br"], "http://127.0.0.1:9")
    (said,) = await ke.say("br")
    await ke.reaches(lambda: ke.rows(tables.Outbox)[0].attempts > 0)
    await ke.finds("br", br.url)
    await ke.post(strictjson.dump({"hello": nations["br"].hello("ke")}))
    assert await ke.reaches(lambda: ke.stage(said) == "accepted")


async def test_an_older_copy_that_is_allowed_to_go_on_asks_at_once(
    node_of: MakeNode, br: Node, nations: dict[str, Nation]
) -> None:
    """Its courier may have come to rest for an hour by then."""
    ke = await node_of("ke", pace=Pace(first_s=600, soonest_s=0.02)).open()
    await ke.knows(nations["br"], "http://127.0.0.1:9")
    (said,) = await ke.say("br")
    await ke.reaches(lambda: ke.rows(tables.Outbox)[0].attempts > 0)
    await ke.store.write(lambda tx: post.change_counterpart(tx, "br", recovery=BEHIND))
    await ke.finds("br", br.url)
    assert await ke.store.write(lambda tx: allow(tx, "br", "ada"))
    await ke.refresh()
    ke.signals.ring("outbox:br")
    assert await ke.reaches(lambda: ke.stage(said) == "accepted")


async def test_a_dead_counterpart_delays_no_other(
    node_of: MakeNode, br: Node, ke: Node, nations: dict[str, Nation]
) -> None:
    await ke.knows(nations["at"], "http://127.0.0.1:9")
    await ke.knows(nations["br"], br.url)
    await ke.say("at", 20)
    said = await ke.say("br", 20)
    assert await ke.reaches(lambda: {ke.stage(one) for one in said} == {"accepted"})
    assert len(ke.rows(tables.Outbox, counterpart="at")) == 20


async def test_a_counterpart_that_hangs_delays_no_other(
    node_of: MakeNode, br: Node, ke: Node, middle: Middleman, nations: dict[str, Nation]
) -> None:
    await middle.open(br.url)
    middle.rule = lambda _: "hang"
    await ke.knows(nations["at"], middle.url)
    await ke.knows(nations["br"], br.url)
    await ke.say("at", 5)
    (said,) = await ke.say("br")
    assert await ke.reaches(lambda: ke.stage(said) == "accepted", within_s=2)


async def test_a_stranger_in_the_place_of_the_counterpart_gets_nothing(
    node_of: MakeNode, nations: dict[str, Nation]
) -> None:
    ke, at = await node_of("ke").open(), await node_of("at").open(deliver=False)
    await at.knows(nations["ke"])
    await ke.knows(nations["br"], at.url)
    await ke.say("br")
    assert await ke.reaches(lambda: ke.rows(tables.Outbox)[0].attempts > 2)
    assert at.rows(tables.Envelope) == []


async def test_who_is_not_known_there_waits_until_he_is(
    node_of: MakeNode, ke: Node, nations: dict[str, Nation]
) -> None:
    br = await node_of("br").open(deliver=False)
    await ke.knows(nations["br"], br.url)
    (said,) = await ke.say("br")
    assert await ke.reaches(lambda: ke.rows(tables.Outbox)[0].last_error == "answer: answered 401 unknown-key")
    await br.knows(nations["ke"], ke.url)
    assert await ke.reaches(lambda: ke.stage(said) == "accepted")


async def test_a_busy_counterpart_is_left_alone_as_long_as_it_asks(pair: Pair) -> None:
    ke, _, middle = pair
    middle.headers, middle.rule = {"Retry-After": "1"}, lambda body: 503 if b'"envelopes"' in body else None
    (said,) = await ke.say("br")
    await ke.reaches(lambda: any(b'"envelopes"' in body for body in middle.seen))
    posted = len(middle.seen)
    await asyncio.sleep(0.5)
    asked_meanwhile = len(middle.seen) - posted
    middle.rule = lambda _: None
    assert await ke.reaches(lambda: ke.stage(said) == "accepted")
    assert asked_meanwhile == 0


async def test_a_redirecting_counterpart_is_not_followed(
    node_of: MakeNode, br: Node, ke: Node, middle: Middleman, nations: dict[str, Nation]
) -> None:
    await middle.open(br.url)
    middle.headers, middle.rule = {"Location": br.url + "/itx/1/envelopes"}, lambda _: 307
    await ke.knows(nations["br"], middle.url)
    await ke.say("br")
    assert await ke.reaches(lambda: "307" in str(ke.rows(tables.Outbox)[0].last_error))
    assert br.rows(tables.Envelope) == []


async def test_a_counterpart_that_greets_and_loses_every_post_is_let_rest(
    node_of: MakeNode, br: Node, middle: Middleman, nations: dict[str, Nation]
) -> None:
    pace = replace(BRISK, first_s=600.0, longest_s=600.0)
    ke = await node_of("ke", pace=pace).open(deliver=False)
    await middle.open(br.url)
    middle.rule = lambda body: "lose before" if b'"envelopes"' in body else None
    await ke.knows(nations["br"], middle.url)
    await ke.say("br", 60)
    await ke.exchange.start()
    assert await ke.reaches(lambda: sum(b'"envelopes"' in body for body in middle.seen) > pace.free_losses)
    await asyncio.sleep(0.5)
    posted = sum(b'"envelopes"' in body for body in middle.seen)
    middle.rule = lambda _: None
    await ke.post(strictjson.dump({"hello": nations["br"].hello("ke")}))
    assert posted <= pace.free_losses + pace.window
    (said,) = await ke.say("br")
    assert await ke.reaches(lambda: ke.stage(said) == "accepted")


# ---------------------------------------------------------------- poison


@pytest.mark.parametrize("status", [400, 403, 413, 422])
async def test_an_item_that_fails_every_post_is_parked_and_the_others_flow(
    node_of: MakeNode, br: Node, middle: Middleman, nations: dict[str, Nation], status: int
) -> None:
    ke = await node_of("ke").open(deliver=False)
    await middle.open(br.url)
    await ke.knows(nations["br"], middle.url)
    (poison,) = await ke.say("br", prio="urgent")
    good = await ke.say("br", 30)
    middle.rule = lambda body: status if holds(body, poison) else None
    await ke.exchange.start()
    assert await ke.reaches(lambda: {ke.stage(one) for one in good} == {"accepted"})
    assert await ke.reaches(lambda: [row.state for row in ke.rows(tables.Outbox)] == ["parked"])
    assert ke.rows(tables.Outbox)[0].last_error == f"answered {status}"


@pytest.mark.parametrize("verdict", [500, "lose before"])
async def test_an_item_that_breaks_the_other_side_delays_nobody(
    node_of: MakeNode, br: Node, middle: Middleman, nations: dict[str, Nation], verdict: str | int
) -> None:
    ke = await node_of("ke").open(deliver=False)
    await middle.open(br.url)
    await ke.knows(nations["br"], middle.url)
    (poison,) = await ke.say("br", prio="urgent")
    good = await ke.say("br", 30)
    middle.rule = lambda body: verdict if holds(body, poison) else None
    await ke.exchange.start()
    assert await ke.reaches(lambda: {ke.stage(one) for one in good} == {"accepted"})
    later = await ke.say("br", 30)
    assert await ke.reaches(lambda: {ke.stage(one) for one in later} == {"accepted"})
    assert [(row.ref, row.state) for row in ke.rows(tables.Outbox)] == [(poison.manifest.mid, "due")]


async def test_an_item_the_other_side_cannot_believe_is_parked(
    node_of: MakeNode, br: Node, ke: Node, nations: dict[str, Nation]
) -> None:
    await ke.knows(nations["br"], br.url)
    forged = ke.nation.envelope("br", signer=nations["at"].signers["env"])
    item = strictjson.load(forged.wire, 1 << 20)
    item["signatures"][0]["protected"] = ke.nation.envelope("br").item["signatures"][0]["protected"]
    await ke.send(forged, wire=strictjson.dump(item))
    good = await ke.say("br", 10)
    assert await ke.reaches(lambda: {ke.stage(one) for one in good} == {"accepted"})
    assert await ke.reaches(lambda: [row.state for row in ke.rows(tables.Outbox)] == ["parked"])
    assert ke.stage(forged) == "queued"


async def test_a_parked_item_is_tried_again_when_the_counterpart_says_hello(
    node_of: MakeNode, br: Node, middle: Middleman, nations: dict[str, Nation]
) -> None:
    ke = await node_of("ke", pace=Pace(first_s=0.05, release_s=0)).open()
    await middle.open(br.url)
    await ke.knows(nations["br"], middle.url)
    middle.rule = lambda body: 400 if b'"envelopes"' in body else None
    (said,) = await ke.say("br")
    await ke.reaches(lambda: [row.state for row in ke.rows(tables.Outbox)] == ["parked"])
    middle.rule = lambda _: None
    await ke.post(strictjson.dump({"hello": nations["br"].hello("ke")}))
    assert await ke.reaches(lambda: ke.stage(said) == "accepted")


async def test_an_item_refused_for_now_waits_by_itself(
    node_of: MakeNode, br: Node, ke: Node, nations: dict[str, Nation]
) -> None:
    await ke.knows(nations["br"], br.url)
    strange = ke.nation.envelope("br", signer=nations["at"].signers["env"])
    await ke.send(strange)
    good = await ke.say("br", 10)
    assert await ke.reaches(lambda: {ke.stage(one) for one in good} == {"accepted"})
    assert await ke.reaches(lambda: ke.rows(tables.Outbox)[0].attempts > 2)
    assert [(row.state, row.last_error) for row in ke.rows(tables.Outbox)] == [("due", "answered 400 unknown-key")]


async def test_a_signed_rejection_ends_one_message(
    node_of: MakeNode, br: Node, ke: Node, nations: dict[str, Nation]
) -> None:
    await ke.knows(nations["br"], br.url)
    (bad,) = await ke.say("br", net="real")
    (good,) = await ke.say("br")
    assert await ke.reaches(lambda: (ke.stage(bad), ke.stage(good)) == ("rejected", "accepted"))
    assert ke.rows(tables.Outbox) == []


# ---------------------------------------------------------------- answers that say nothing, or lie


@pytest.mark.parametrize("answer", [b"", b"{}", b"[]", b"no JSON", b'{"receipts":7}', b'{"refused":[{"code":"?"}]}'])
async def test_an_answer_that_says_nothing_settles_nothing(pair: Pair, answer: bytes) -> None:
    ke, _, middle = pair
    middle.rule = lambda body: answer if b'"envelopes"' in body else None
    (said,) = await ke.say("br")
    assert await ke.reaches(lambda: ke.rows(tables.Outbox)[0].attempts > 1)
    middle.rule = lambda _: None
    assert await ke.reaches(lambda: ke.stage(said) == "accepted")


async def test_receipts_another_signed_settle_nothing(pair: Pair, nations: dict[str, Nation]) -> None:
    ke, _, middle = pair
    said = ke.nation.envelope("br")
    strange, foreign = nations["at"].receipt(said), nations["br"].receipt(ke.nation.envelope("br"), "accepted")
    lie = strictjson.dump({"receipts": [strange.item, {"payload": "x"}, foreign.item], "taken": [said.manifest.mid]})
    middle.rule = lambda body: lie if b'"envelopes"' in body else None
    await ke.send(said)
    assert await ke.reaches(lambda: ke.rows(tables.Outbox)[0].last_error == "unanswered")
    assert (ke.stage(said), ke.rows(tables.Receipt), ke.told) == ("queued", [], [])


async def test_a_refusal_that_points_at_nothing_parks_nothing(pair: Pair) -> None:
    ke, _, middle = pair
    wrong = [{"in": where, "index": index, "code": "schema"} for where, index in (("envelopes", 7), ("mail", 0))]
    middle.rule = lambda body: strictjson.dump({"refused": wrong}) if b'"envelopes"' in body else None
    await ke.say("br")
    assert await ke.reaches(lambda: ke.rows(tables.Outbox)[0].attempts > 2)
    assert [(row.state, row.last_error) for row in ke.rows(tables.Outbox)] == [("due", "unanswered")]


async def test_an_item_refused_beside_an_answer_is_parked_when_it_fails_alone(pair: Pair) -> None:
    ke, _, middle = pair
    refused = strictjson.dump({"refused": [{"in": "envelopes", "index": 0, "code": "schema"}]})
    middle.rule = lambda body: refused if b'"envelopes"' in body else None
    await ke.say("br")
    assert await ke.reaches(lambda: ke.rows(tables.Outbox)[0].state == "parked")
    assert ke.rows(tables.Outbox)[0].last_error == "schema"


async def test_what_is_refused_for_good_is_parked_again_soon_however_often_it_was_tried(
    node_of: MakeNode, br: Node, middle: Middleman, nations: dict[str, Nation]
) -> None:
    ke = await node_of("ke", pace=Pace(first_s=0.05, release_s=0)).open()
    await middle.open(br.url)
    await ke.knows(nations["br"], middle.url)
    refused = strictjson.dump({"refused": [{"in": "envelopes", "index": 0, "code": "schema"}]})
    middle.rule = lambda body: refused if b'"envelopes"' in body else None
    await ke.say("br")
    assert await ke.reaches(lambda: ke.rows(tables.Outbox)[0].state == "parked")
    since_ms = ke.rows(tables.Outbox)[0].parked_ms
    await ke.store.write(lambda tx: tx.conn.exec_driver_sql("UPDATE outbox SET attempts = 20"))
    await ke.post(strictjson.dump({"hello": nations["br"].hello("ke")}))
    assert await ke.reaches(lambda: [(row.state, row.attempts) for row in ke.rows(tables.Outbox)] == [("parked", 22)])
    assert ke.rows(tables.Outbox)[0].parked_ms == since_ms


async def test_a_rejection_for_now_keeps_its_message_in_the_outbox(pair: Pair, nations: dict[str, Nation]) -> None:
    ke, _, middle = pair
    said = ke.nation.envelope("br")
    later = strictjson.dump({"receipts": [nations["br"].receipt(said, "rejected", code="busy").item]})
    middle.rule = lambda body: later if b'"envelopes"' in body else None
    await ke.send(said)
    assert await ke.reaches(lambda: ke.rows(tables.Outbox)[0].attempts > 1)
    middle.rule = lambda _: None
    assert await ke.reaches(lambda: ke.stage(said) == "accepted")


async def test_a_database_that_takes_nothing_for_a_while_loses_no_receipt(pair: Pair) -> None:
    ke, br, middle = pair

    def fail_meanwhile(body: bytes) -> None:
        if b'"envelopes"' in body:
            middle.rule = lambda _: None
            ke.store.write_now(lambda tx: tx.conn.exec_driver_sql("ALTER TABLE receipts RENAME TO mislaid"))

    middle.rule = fail_meanwhile
    (said,) = await ke.say("br")
    await ke.reaches(lambda: accepted_by(br) == 1)
    await asyncio.sleep(0.1)
    await ke.store.write(lambda tx: tx.conn.exec_driver_sql("ALTER TABLE mislaid RENAME TO receipts"))
    assert await ke.reaches(lambda: ke.stage(said) == "accepted")
    assert accepted_by(br) == 1


# ---------------------------------------------------------------- beginnings and ends


async def test_what_was_left_is_delivered_after_a_restart(
    node_of: MakeNode, br: Node, ke: Node, nations: dict[str, Nation]
) -> None:
    await ke.knows(nations["br"], "http://127.0.0.1:9")
    (said,) = await ke.say("br")
    await ke.reaches(lambda: ke.rows(tables.Outbox)[0].attempts > 0)
    await ke.exchange.stop()
    again = node_of("ke", on=ke.store)
    await again.finds("br", br.url)
    await again.exchange.start()
    assert await again.reaches(lambda: again.stage(said) == "accepted")


async def test_a_parked_item_is_due_again_at_start(
    node_of: MakeNode, br: Node, ke: Node, nations: dict[str, Nation]
) -> None:
    await ke.exchange.stop()
    await ke.knows(nations["br"], br.url)
    (said,) = await ke.say("br")
    await ke.store.write(lambda tx: tx.conn.exec_driver_sql("UPDATE outbox SET state = 'parked', next_ms = 9e15"))
    again = node_of("ke", on=ke.store)
    await again.refresh()
    await again.exchange.start()
    assert await again.reaches(lambda: again.stage(said) == "accepted")


async def test_a_node_ends_soon_though_a_counterpart_hangs(
    node_of: MakeNode, br: Node, middle: Middleman, nations: dict[str, Nation]
) -> None:
    ke = await node_of("ke", wire_limits=WireLimits(answer_s=60)).open()
    await middle.open(br.url)
    await ke.knows(nations["br"], middle.url)
    middle.rule = lambda body: "hang" if b'"envelopes"' in body else None
    (said,) = await ke.say("br")
    await ke.reaches(lambda: any(holds(body, said) for body in middle.seen))
    async with asyncio.timeout(30):
        await ke.exchange.stop()
    assert len(ke.rows(tables.Outbox)) == 1


async def test_a_suspended_counterpart_gets_nothing_until_it_is_resumed(
    node_of: MakeNode, br: Node, ke: Node, nations: dict[str, Nation]
) -> None:
    await ke.knows(nations["br"], br.url)
    await ke.store.write(lambda tx: set_status(tx, "br", "suspended", "ada"))
    await ke.refresh()
    (said,) = await ke.say("br")
    await asyncio.sleep(0.3)
    held = accepted_by(br)
    await ke.store.write(lambda tx: set_status(tx, "br", "active", "ada"))
    await ke.refresh()
    assert await ke.reaches(lambda: ke.stage(said) == "accepted")
    assert held == 0


async def test_suspending_a_counterpart_in_the_middle_of_delivering_is_no_fault(
    br: Node, ke: Node, nations: dict[str, Nation]
) -> None:
    await ke.knows(nations["br"], br.url)
    (first,) = await ke.say("br")
    assert await ke.reaches(lambda: ke.stage(first) == "accepted")
    with capture_logs() as lines:
        await ke.store.write(lambda tx: set_status(tx, "br", "suspended", "ada"))
        await asyncio.to_thread(ke.partners.reload)
        (second,) = await ke.say("br")
        await asyncio.sleep(0.3)
        await ke.store.write(lambda tx: set_status(tx, "br", "active", "ada"))
        await ke.refresh()
        assert await ke.reaches(lambda: ke.stage(second) == "accepted")
    assert not [one for one in lines if one["log_level"] == "error"]


async def test_the_clock_of_a_counterpart_is_estimated(pair: Pair) -> None:
    ke, _, _ = pair
    assert await ke.reaches(lambda: ke.rows(tables.Counterpart)[0].clock_offset_ms is not None)
    assert abs(ke.rows(tables.Counterpart)[0].clock_offset_ms) < 5000


async def test_a_fault_of_ours_in_one_message_leaves_the_others_alone(
    node_of: MakeNode, br: Node, nations: dict[str, Nation]
) -> None:
    ke = node_of("ke")
    await ke.open(deliver=False)
    await ke.knows(nations["br"], br.url)
    said = await ke.say("br", 3)
    ke.stumbles_at.add(said[1].manifest.mid)
    await ke.exchange.start()
    assert await ke.reaches(lambda: [ke.stage(one) for one in said] == ["accepted", "queued", "accepted"])


@pytest.mark.parametrize(
    ("failures", "down_s", "expected"), [(1, 0, 1), (2, 0, 2), (5, 0, 16), (40, 0, 3600), (400, 700_000, 21_600)]
)
def test_the_wait_doubles_up_to_an_hour_and_after_a_week_up_to_six(
    failures: int, down_s: float, expected: float
) -> None:
    shortest, longest = Pace().delay(failures, down_s, 0.0), Pace().delay(failures, down_s, 1.0)
    assert (shortest, longest) == (expected * 0.75, expected)


def test_what_the_tests_shorten_is_longer_in_force() -> None:
    assert (Pace().first_s, Pace().longest_s) > (BRISK.first_s, BRISK.longest_s)
    assert WireLimits().answer_s > SHORT.answer_s
