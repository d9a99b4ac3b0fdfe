"""Envelopes and receipts as rows and leaves: numbers in order, gaps seen, receipts that fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exchange.conftest import MakeNode
from tests.exchange.world import Nation, Node, body_of
from tracing import post, tables
from tracing.sequence import Seen


@given(st.lists(st.integers(1, 40), min_size=1, max_size=40))
def test_gaps_are_the_numbers_that_did_not_come(seqs: list[int]) -> None:
    seen = Seen()
    for seq in seqs:
        seen = seen.and_(seq)
    missing = {number for low, high in seen.missing for number in range(low, high + 1)}
    assert (seen.hi, missing) == (max(seqs), set(range(1, max(seqs))) - set(seqs))


@given(st.lists(st.integers(1, 40), min_size=1, max_size=40))
def test_gaps_read_from_rows_are_those_counted_one_by_one(seqs: list[int]) -> None:
    seen = Seen()
    for seq in seqs:
        seen = seen.and_(seq)
    assert Seen.of(seqs, first=1) == seen


def test_gaps_are_bounded_by_the_newest() -> None:
    seen = Seen.of(list(range(2, 400, 2)), first=1)
    assert (len(seen.missing), seen.missing[-1]) == (64, (397, 397))


async def test_numbers_follow_each_other_and_name_the_one_before(br: Node, nations: dict[str, Nation]) -> None:
    said = await br.say("ke", 3)
    last = await br.store.write(lambda tx: post.next_seq(tx, "ke"))
    manifests = [one.manifest for one in said]
    assert [one.seq for one in manifests] == [1, 2, 3]
    assert [one.prev for one in manifests] == [None, said[0].digest, said[1].digest]
    assert last == (4, said[2].digest)


async def test_an_envelope_is_posted_with_its_row_and_leaf(br: Node, nations: dict[str, Nation]) -> None:
    (said,) = await br.say("ke", prio="urgent")
    (row,), (waiting,) = br.rows(tables.Envelope), br.rows(tables.Outbox)
    assert (row.direction, row.stage, row.wire) == ("out", "queued", said.wire)
    assert (waiting.item, waiting.ref, waiting.rank, waiting.state) == ("envelope", said.manifest.mid, 0, "due")
    assert [leaf.kind for leaf in br.rows(tables.Leaf, tree="ke")] == ["env.out"]


async def test_a_receipt_cannot_say_another_retry_than_its_code(br: Node, nations: dict[str, Nation]) -> None:
    said = nations["ke"].envelope("br")
    await br.post(body_of(said))
    with pytest.raises(ValueError, match="retry"):
        await br.store.write(
            lambda tx: post.issue_receipt(
                tx, me=nations["br"].identity, signer=nations["br"].signers["rcpt"], to="ke", mid=said.manifest.mid,
                env=said.digest, stage="rejected", st=None, code="busy", retry="never", late=False, queue=True,
                signals=None,
            )
        )  # fmt: skip


async def test_gaps_are_still_known_after_a_restart(node_of: MakeNode, nations: dict[str, Nation]) -> None:
    br = await node_of("br").open(deliver=False)
    await br.knows(nations["ke"])
    await br.post(body_of(nations["ke"].envelope("br", seq=3)))
    again = await node_of("br", on=br.store).open(deliver=False)
    await again.refresh()
    _, answer = await again.post(body_of(nations["ke"].envelope("br", seq=5)))
    seen = again.rows(tables.Counterpart)[0].in_hi
    assert (seen, len(answer["receipts"])) == (5, 1)


async def test_a_never_after_a_later_is_taken_and_kept(br: Node, nations: dict[str, Nation]) -> None:
    (said,) = await br.say("ke")
    for code in ("busy", "policy", "policy"):
        await br.post(body_of(receipts=(nations["ke"].receipt(said, "rejected", code=code),)))
    kept = [leaf.object is None for leaf in br.rows(tables.Leaf, tree="ke", kind="rcpt.in")]
    (row,) = br.rows(tables.Envelope)
    assert (row.stage, row.code, kept, br.rows(tables.Outbox)) == ("rejected", "policy", [True, False], [])
    assert [stage for _, stage, _ in br.told] == ["rejected"]
