"""What becomes of an envelope that is posted: stored and receipted, rejected with a signature, or refused without."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from protocol import jws, receipts, strictjson
from protocol.envelope import TYP, Envelope
from protocol.envelope import parse as parse_envelope
from tests.exchange.conftest import MakeNode
from tests.exchange.world import NET, Nation, Node, body_of
from tests.given import TurnedClock
from tracing import post, tables
from tracing.exchange import known
from tracing.exchange.recovering import RUNNING
from tracing.partners import set_status
from tracing.store import Tx

_envelopes = tables.table_of(tables.Envelope)


def signed_by(nation: Nation, answer: dict[str, Any], to: str) -> list[receipts.Receipt]:
    """The receipts of an answer, each proved."""
    verify = nation.trust.verifier("rcpt")
    return [receipts.authenticate(receipts.parse(item), me=to, net=NET, verify=verify) for item in answer["receipts"]]


def altered(nation: Nation, envelope: Envelope, **members: Any) -> Envelope:
    """The same sealed bytes under a manifest no writer of ours would make, properly signed."""
    manifest = strictjson.load(envelope.jws.payload, 40_000) | members
    item = jws.sign(strictjson.dump(manifest), TYP, [nation.signers["env"]])
    return parse_envelope({**item, "ct": envelope.item["ct"]})


async def test_an_authentic_envelope_gets_a_signed_receipt(br: Node, nations: dict[str, Nation]) -> None:
    said = nations["ke"].envelope("br")
    status, answer = await br.post(body_of(said))
    (receipt,) = signed_by(nations["br"], answer, "ke")
    assert (status, receipt.stage, receipt.for_.env) == (200, "accepted", said.digest)


async def test_what_was_accepted_is_stored_with_its_leaves(br: Node, nations: dict[str, Nation]) -> None:
    said = nations["ke"].envelope("br")
    _, answer = await br.post(body_of(said))
    (row,) = br.rows(tables.Envelope)
    leaves = [(leaf.kind, leaf.ref) for leaf in br.rows(tables.Leaf, tree="ke")]
    rid = signed_by(nations["br"], answer, "ke")[0].rid
    assert (row.wire, row.stage, row.direction) == (said.wire, "accepted", "in")
    assert leaves == [("env.in", said.manifest.mid), ("rcpt.out", rid)]


async def test_the_receipt_names_the_leaf_of_its_envelope(br: Node, nations: dict[str, Nation]) -> None:
    await br.post(body_of(nations["ke"].envelope("br")))
    second = nations["ke"].envelope("br", seq=2)
    _, answer = await br.post(body_of(second))
    (leaf,) = br.rows(tables.Leaf, tree="ke", kind="env.in", ref=second.manifest.mid)
    (receipt,) = signed_by(nations["br"], answer, "ke")
    assert (receipt.log.origin, receipt.log.index) == ("br.example/itx/ke", leaf.idx)


async def test_the_opening_is_rung_for_what_was_accepted(br: Node, nations: dict[str, Nation]) -> None:
    await br.post(body_of(nations["ke"].envelope("br")))
    assert await br.signals.wait("opening", 5.0)


async def test_the_same_envelope_again_draws_the_same_bytes(br: Node, nations: dict[str, Nation]) -> None:
    said = nations["ke"].envelope("br")
    _, first = await br.post(body_of(said))
    before = br.state()
    _, second = await br.post(body_of(said))
    assert strictjson.dump(second["receipts"]) == strictjson.dump(first["receipts"])
    assert br.state() == before


async def test_a_receipt_stands_in_the_answer_byte_for_byte(br: Node, nations: dict[str, Nation]) -> None:
    said = nations["ke"].envelope("br")
    await br.post(body_of(said))
    (stored,) = br.rows(tables.Receipt)
    _, raw = await raw_answer(br, body_of(said))
    assert stored.wire in raw


async def raw_answer(node: Node, body: bytes) -> tuple[int, bytes]:
    """The bytes of an answer, as they travel."""
    host, port = node.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = "POST /itx/1/envelopes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    answer = await reader.read()
    writer.close()
    return int(answer.split(b" ", 2)[1]), answer


async def test_a_known_envelope_draws_its_receipts_though_the_signature_is_broken(
    br: Node, nations: dict[str, Nation]
) -> None:
    said = nations["ke"].envelope("br")
    _, first = await br.post(body_of(said))
    item = dict(said.item, signatures=nations["ke"].envelope("br").item["signatures"])
    status, second = await br.post(strictjson.dump({"envelopes": [item]}))
    assert (status, second["receipts"]) == (200, first["receipts"])


async def test_a_known_envelope_draws_its_receipt_after_it_expired(
    node_of: MakeNode, nations: dict[str, Nation]
) -> None:
    clock = TurnedClock(datetime.now(UTC))
    br = await node_of("br", clock=clock).open(deliver=False)
    await br.knows(nations["ke"])
    said = nations["ke"].envelope("br", exp=clock.now_ms() + 60_000)
    _, first = await br.post(body_of(said))
    clock.turn(timedelta(hours=1))
    _, second = await br.post(body_of(said))
    assert second["receipts"] == first["receipts"]


async def test_all_receipts_of_a_known_envelope_come_back_accepted_first(br: Node, nations: dict[str, Nation]) -> None:
    said = nations["ke"].envelope("br")
    await br.post(body_of(said))
    await br.store.write(lambda tx: br.issue(tx, said, stage="opened", st="a" * 64))
    _, answer = await br.post(body_of(said))
    assert [receipt.stage for receipt in signed_by(nations["br"], answer, "ke")] == ["accepted", "opened"]


async def test_an_envelope_that_was_lost_is_taken_again_and_never_answered_without(
    br: Node, nations: dict[str, Nation]
) -> None:
    """An older copy may be given back its receipts before the envelopes: their sender must keep these until then."""
    said = nations["ke"].envelope("br")
    _, first = await br.post(body_of(said))
    await br.store.write(lambda tx: lose(tx, said))
    await br.refresh()
    before = br.state()
    status, refused = await br.post(body_of(said))
    assert (status, refused["code"], br.state()) == (429, "busy", before)
    await br.store.write(lambda tx: post.change_counterpart(tx, "ke", recovery=None))
    await br.refresh()
    status, again = await br.post(body_of(said))
    assert (status, again["receipts"]) == (200, first["receipts"])
    assert [row.wire for row in br.rows(tables.Envelope)] == [said.wire]


def lose(tx: Tx, said: Envelope) -> None:
    """The database is an older copy now, in the midst of being given back what it lost."""
    tx.conn.execute(delete(_envelopes).where(_envelopes.c.mid == said.manifest.mid))
    post.change_counterpart(tx, str(said.manifest.from_), recovery=RUNNING, recovered_ms=tx.now_ms)


async def test_an_envelope_twice_in_one_request_has_one_effect(br: Node, nations: dict[str, Nation]) -> None:
    said = nations["ke"].envelope("br")
    _, answer = await br.post(body_of(said, said))
    assert answer["receipts"][0] == answer["receipts"][1]
    assert len(br.rows(tables.Envelope)) == 1


# ---------------------------------------------------------------- an id that is taken


async def test_another_envelope_under_the_same_id_is_a_conflict(br: Node, nations: dict[str, Nation]) -> None:
    said = nations["ke"].envelope("br")
    await br.post(body_of(said))
    other = nations["ke"].envelope("br", mid=said.manifest.mid)
    status, answer = await br.post(body_of(other))
    (receipt,) = signed_by(nations["br"], answer, "ke")
    assert (status, receipt.stage, receipt.code, receipt.retry) == (409, "rejected", "mid-conflict", "never")
    assert receipt.for_.env == other.digest


async def test_both_sides_of_a_conflict_are_kept_as_evidence(br: Node, nations: dict[str, Nation]) -> None:
    said = nations["ke"].envelope("br")
    other = nations["ke"].envelope("br", mid=said.manifest.mid)
    await br.post(body_of(said))
    await br.post(body_of(other))
    assert [row.wire for row in br.rows(tables.Envelope)] == [said.wire]
    assert [leaf.object for leaf in br.rows(tables.Leaf, kind="env.in")] == [None, other.wire]


async def test_a_conflict_again_draws_the_same_rejection(br: Node, nations: dict[str, Nation]) -> None:
    said = nations["ke"].envelope("br")
    other = nations["ke"].envelope("br", mid=said.manifest.mid)
    await br.post(body_of(said))
    _, first = await br.post(body_of(other))
    before = br.state()
    status, second = await br.post(body_of(other))
    assert (status, second["receipts"]) == (409, first["receipts"])
    assert br.state() == before


async def test_a_conflict_beside_a_good_envelope_does_not_colour_the_status(
    br: Node, nations: dict[str, Nation]
) -> None:
    said = nations["ke"].envelope("br")
    await br.post(body_of(said))
    other = nations["ke"].envelope("br", mid=said.manifest.mid)
    status, answer = await br.post(body_of(other, nations["ke"].envelope("br")))
    assert status == 200
    assert [one.stage for one in signed_by(nations["br"], answer, "ke")] == ["rejected", "accepted"]


# ---------------------------------------------------------------- authentic, and not to be taken


async def expect_rejection(br: Node, nations: dict[str, Nation], said: Envelope, code: str) -> None:
    """A signed rejection, its envelope kept, its leaves in the tree, nothing to open."""
    status, answer = await br.post(body_of(said))
    (receipt,) = signed_by(nations["br"], answer, "ke")
    (row,) = br.rows(tables.Envelope)
    kinds = [leaf.kind for leaf in br.rows(tables.Leaf, tree="ke")]
    assert (status, receipt.stage, receipt.code) == (200, "rejected", code)
    assert (row.stage, row.code, kinds) == ("rejected", code, ["env.in", "rcpt.out"])


async def test_an_envelope_for_another_is_rejected_with_a_signature(br: Node, nations: dict[str, Nation]) -> None:
    await expect_rejection(br, nations, nations["ke"].envelope("at"), "wrong-recipient")


async def test_an_envelope_of_the_other_network_is_rejected(br: Node, nations: dict[str, Nation]) -> None:
    await expect_rejection(br, nations, nations["ke"].envelope("br", net="real"), "wrong-network")


async def test_an_expired_envelope_is_rejected(br: Node, nations: dict[str, Nation]) -> None:
    await expect_rejection(br, nations, nations["ke"].envelope("br", exp=1), "expired")


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"v": 2}, "unsupported-version"),
        ({"crit": ["postage"]}, "unsupported-extension"),
        ({"kem": {"suite": "rsa", "kid": "A" * 43}}, "unsupported-suite"),
    ],
)
async def test_what_this_node_does_not_speak_is_rejected(
    br: Node, nations: dict[str, Nation], members: dict[str, Any], code: str
) -> None:
    await expect_rejection(br, nations, altered(nations["ke"], nations["ke"].envelope("br"), **members), code)


# ---------------------------------------------------------------- not authentic


async def test_an_unknown_sender_is_refused_and_leaves_nothing(br: Node, nations: dict[str, Nation]) -> None:
    before = br.state()
    status, answer = await br.post(body_of(nations["at"].envelope("br")))
    assert (status, answer["code"], answer["status"]) == (401, "unknown-key", 401)
    assert br.state() == before


async def test_a_broken_signature_is_refused_without_a_signature(br: Node, nations: dict[str, Nation]) -> None:
    before = br.state()
    forged = nations["ke"].envelope("br", signer=nations["at"].signers["env"])
    mended = strictjson.load(forged.wire, 1 << 20)
    mended["signatures"][0]["protected"] = nations["ke"].envelope("br").item["signatures"][0]["protected"]
    status, answer = await br.post(strictjson.dump({"envelopes": [mended]}))
    assert (status, answer["code"]) == (400, "bad-signature")
    assert br.state() == before


async def test_a_key_of_another_use_is_refused(br: Node, nations: dict[str, Nation]) -> None:
    said = nations["ke"].envelope("br", signer=nations["ke"].signers["rcpt"])
    status, answer = await br.post(body_of(said))
    assert (status, answer["code"]) == (400, "unknown-key")


async def test_other_sealed_bytes_than_the_manifest_names_are_refused(br: Node, nations: dict[str, Nation]) -> None:
    said, other = nations["ke"].envelope("br"), nations["ke"].envelope("br")
    status, answer = await br.post(strictjson.dump({"envelopes": [{**said.item, "ct": other.item["ct"]}]}))
    assert (status, answer["code"]) == (400, "mismatch")


async def test_a_suspended_sender_is_refused_and_keeps_its_message(br: Node, nations: dict[str, Nation]) -> None:
    await br.store.write(lambda tx: set_status(tx, "ke", "suspended", "ada"))
    await br.refresh()
    status, answer = await br.post(body_of(nations["ke"].envelope("br")))
    assert (status, answer["code"], br.rows(tables.Envelope)) == (403, "policy", [])


# ---------------------------------------------------------------- several at once


async def test_every_item_of_a_request_is_judged_by_itself(br: Node, nations: dict[str, Nation]) -> None:
    ke = nations["ke"]
    good, strange, other = ke.envelope("br"), nations["at"].envelope("br"), ke.envelope("at")
    body = strictjson.dump({"envelopes": [good.item, strange.item, {"payload": "x"}, other.item]})
    status, answer = await br.post(body)
    assert status == 200
    assert [one.stage for one in signed_by(nations["br"], answer, "ke")] == ["accepted", "rejected"]
    assert sorted((one["index"], one["code"]) for one in answer["refused"]) == [(1, "unknown-key"), (2, "schema")]


async def test_all_items_of_a_request_share_one_commit(br: Node, nations: dict[str, Nation]) -> None:
    before = br.store.commits
    said = [nations["ke"].envelope("br", seq=seq) for seq in range(1, 65)]
    _, answer = await br.post(body_of(*said))
    assert (len(answer["receipts"]), br.store.commits - before) == (64, 1)


async def test_more_than_64_items_are_refused(br: Node, nations: dict[str, Nation]) -> None:
    said = nations["ke"].envelope("br")
    status, answer = await br.post(body_of(*[said] * 65))
    assert (status, answer["code"]) == (413, "too-large")


async def test_gaps_in_the_sequence_are_told_in_the_receipt(br: Node, nations: dict[str, Nation]) -> None:
    await br.post(body_of(nations["ke"].envelope("br", seq=2)))
    _, answer = await br.post(body_of(nations["ke"].envelope("br", seq=5)))
    (receipt,) = signed_by(nations["br"], answer, "ke")
    assert (receipt.sack.hi, receipt.sack.missing) == (5, ((1, 1), (3, 4)))


# ---------------------------------------------------------------- receipts and hellos that arrive


@pytest.fixture
async def ke(node_of: MakeNode, nations: dict[str, Nation]) -> Node:
    """Kenya's node, which has sent something to Brazil's, and is quiet otherwise."""
    node = await node_of("ke").open(deliver=False)
    await node.knows(nations["br"])
    return node


async def test_a_receipt_is_taken_and_told_once(ke: Node, nations: dict[str, Nation]) -> None:
    (said,) = await ke.say("br")
    opened = nations["br"].receipt(said)
    first = await ke.post(body_of(receipts=(opened,)))
    second = await ke.post(body_of(receipts=(opened,)))
    assert [answer["taken"] for _, answer in (first, second)] == [[opened.receipt.rid]] * 2
    assert ke.told == [(said.manifest.mid, "opened", opened.receipt.at)]
    assert [leaf.kind for leaf in ke.rows(tables.Leaf, tree="br")] == ["env.out", "rcpt.in"]


async def test_a_second_receipt_for_a_stage_changes_nothing(ke: Node, nations: dict[str, Nation]) -> None:
    (said,) = await ke.say("br")
    await ke.post(body_of(receipts=(nations["br"].receipt(said),)))
    _, answer = await ke.post(body_of(receipts=(nations["br"].receipt(said),)))
    assert (len(answer["taken"]), len(ke.rows(tables.Receipt)), len(ke.told)) == (1, 1, 1)


async def test_an_accepted_receipt_ends_the_wait_of_its_message(ke: Node, nations: dict[str, Nation]) -> None:
    (said,) = await ke.say("br")
    await ke.post(body_of(receipts=(nations["br"].receipt(said, "accepted"),)))
    assert (ke.stage(said), ke.rows(tables.Outbox)) == ("accepted", [])


async def test_an_opened_receipt_that_overtook_leaves_its_message_to_be_posted_until_the_accepted_one_comes(
    ke: Node, nations: dict[str, Nation]
) -> None:
    (said,) = await ke.say("br")
    waits = []
    for stage in ("opened", "accepted"):
        await ke.post(body_of(receipts=(nations["br"].receipt(said, stage),)))
        waits.append((ke.stage(said), [row.ref for row in ke.rows(tables.Outbox)]))
    assert waits == [("opened", [said.manifest.mid]), ("opened", [])]


async def test_an_overtaken_receipt_moves_nothing_back(ke: Node, nations: dict[str, Nation]) -> None:
    (said,) = await ke.say("br")
    await ke.post(body_of(receipts=(nations["br"].receipt(said),)))
    accepted = nations["br"].receipt(said, "accepted")
    await ke.post(body_of(receipts=(accepted,)))
    (row,) = ke.rows(tables.Envelope)
    assert (row.stage, row.accepted_ms) == ("opened", accepted.receipt.at)


async def test_a_rejection_for_ever_ends_its_message(ke: Node, nations: dict[str, Nation]) -> None:
    (said,) = await ke.say("br")
    await ke.post(body_of(receipts=(nations["br"].receipt(said, "rejected", code="schema"),)))
    (row,) = ke.rows(tables.Envelope)
    assert (row.stage, row.code, ke.rows(tables.Outbox)) == ("rejected", "schema", [])


async def test_a_rejection_for_now_is_kept_and_ends_nothing(ke: Node, nations: dict[str, Nation]) -> None:
    (said,) = await ke.say("br")
    await ke.post(body_of(receipts=(nations["br"].receipt(said, "rejected", code="busy"),)))
    assert (ke.stage(said), len(ke.rows(tables.Receipt)), len(ke.rows(tables.Outbox))) == ("queued", 1, 1)
    assert ke.told == []


async def test_a_receipt_for_nothing_we_sent_is_refused(ke: Node, nations: dict[str, Nation]) -> None:
    before = ke.state()
    status, answer = await ke.post(body_of(receipts=(nations["br"].receipt(nations["ke"].envelope("br")),)))
    assert (status, [one["code"] for one in answer["refused"]]) == (200, ["mismatch"])
    assert ke.state() == before


async def test_a_receipt_by_a_stranger_is_refused(ke: Node, nations: dict[str, Nation]) -> None:
    (said,) = await ke.say("br")
    status, _ = await ke.post(body_of(receipts=(nations["at"].receipt(said),)))
    assert (status, ke.stage(said)) == (401, "queued")


async def test_a_receipt_by_another_counterpart_is_refused(ke: Node, nations: dict[str, Nation]) -> None:
    await ke.knows(nations["at"])
    (said,) = await ke.say("br")
    _, answer = await ke.post(body_of(receipts=(nations["at"].receipt(said),)))
    assert ([one["code"] for one in answer["refused"]], ke.stage(said)) == (["mismatch"], "queued")


async def test_a_hello_is_answered_and_noted(br: Node, nations: dict[str, Nation]) -> None:
    item = nations["ke"].hello("br")
    status, answer = await br.post(strictjson.dump({"hello": item}))
    (row,) = br.rows(tables.Counterpart)
    assert status == 200
    assert nations["br"].answers(answer["hello"], item)
    assert row.last_hello_ms is not None


async def test_a_replayed_hello_is_answered_and_changes_nothing(br: Node, nations: dict[str, Nation]) -> None:
    item = nations["ke"].hello("br")
    await br.post(strictjson.dump({"hello": item}))
    before = br.store.commits
    status, _ = await br.post(strictjson.dump({"hello": item}))
    assert (status, br.store.commits) == (200, before)


async def test_a_hello_by_a_stranger_is_refused(br: Node, nations: dict[str, Nation]) -> None:
    status, answer = await br.post(strictjson.dump({"hello": nations["at"].hello("br")}))
    assert (status, answer["code"], "hello" in answer) == (401, "unknown-key", False)


async def test_an_authentic_item_carries_a_request_with_a_bad_hello(br: Node, nations: dict[str, Nation]) -> None:
    said = nations["ke"].envelope("br")
    status, answer = await br.post(strictjson.dump({"hello": {}, "envelopes": [said.item]}))
    assert (status, [one["in"] for one in answer["refused"]]) == (200, ["hello"])


async def test_of_whom_too_much_waits_unopened_nothing_new_is_taken_until_some_was_opened(
    br: Node, nations: dict[str, Nation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "MOST_UNOPENED", 2)
    first, second, third = (nations["ke"].envelope("br", seq=seq) for seq in (1, 2, 3))
    status, answer = await br.post(body_of(first, second, third))
    assert (status, len(answer["receipts"])) == (200, 2)
    assert answer["refused"] == [{"in": "envelopes", "index": 2, "code": "busy", "retry": "later"}]
    before = br.state()
    status, answer = await br.post(body_of(third))
    assert (status, answer["code"], br.state()) == (429, "busy", before)
    status, answer = await br.post(body_of(first, third))
    assert (status, len(answer["receipts"]), br.state()) == (200, 1, before)
    await br.store.write(lambda tx: tx.conn.exec_driver_sql("UPDATE envelopes SET stage = 'opened' WHERE seq = 1"))
    status, answer = await br.post(body_of(third))
    assert (status, len(answer["receipts"])) == (200, 1)
