"""A copy of the node with one deviation planted.

    python -m tests.conformance.deviant NAME run --home FOLDER      any words of ``tracing`` behind the name

One function is replaced in the running program, then the command runs as ever. ``faithful`` replaces nothing. Each
deviation is one that a fair implementer could make; ``BREAKS`` says which rules it breaks.
"""

import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

import protocol.payload
from keys import admission, edwards
from protocol import envelope, hello, messages, receipts, strictjson
from protocol.errors import PolicyRefused, SchemaInvalid, WrongNetwork
from tracing.casework import thread as thread_of_casework
from tracing.casework.matters.rows import is_matter
from tracing.cli import app
from tracing.exchange import inbox, judging, known
from tracing.exchange.problems import Refusal
from tracing.seals import opening
from tracing.tables import Receipt, table_of

__all__ = ["BREAKS", "DEVIATIONS", "main"]

DEVIATIONS: dict[str, Callable[[], None]] = {}
BREAKS: dict[str, frozenset[str]] = {}

_receipts = table_of(Receipt)


def deviation(name: str, *breaks: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Put a deviation into the table, with the rules it breaks."""

    def put(plant: Callable[[], None]) -> Callable[[], None]:
        DEVIATIONS[name], BREAKS[name] = plant, frozenset(breaks)
        return plant

    return put


@deviation("signs-too-early", "W-03-01", "W-04-07", "W-07-05", "W-07-06")
def sign_too_early() -> None:
    """It signs rejections before a signature or the sealed bytes hold."""

    def judge(self: Any, judged: Any, index: int, item: Any, me: Any) -> None:
        doubtful = len(judged.doubtful)
        judge_honestly(self, judged, index, item, me)
        for one in judged.doubtful[doubtful:]:
            if one.error.code in {"bad-signature", "mismatch"}:
                judged.doubtful.remove(one)
                judged.sure.append(inbox.Sure(one.index, one.envelope, one.error))

    judge_honestly = judging.Judge._envelope
    judging.Judge._envelope = judge  # type: ignore[method-assign]


@deviation("answers-anew", "W-07-02", "W-07-17", "W-10-05")
def answer_anew() -> None:
    """It signs a new receipt when an envelope comes again."""

    def store(self: Any, tx: Any, one: Any, me: Any, *more: Any) -> None:
        store_honestly(self, tx, one, me, *more)
        outcome = more[-1]
        for at, wire in enumerate(outcome.receipts[one.index]):
            said = receipts.parse(strictjson.load(wire, 1 << 20)).receipt
            if said.at == tx.now_ms:
                continue
            members = strictjson.load(said.payload(), 1 << 20) | {
                "at": tx.now_ms,
                "rid": f"{me.authority}:{tx.ids.uuid7()}",
            }
            again = receipts.issue(receipts.Receipt.model_validate_json(strictjson.dump(members)), self._signer())
            outcome.receipts[one.index][at] = strictjson.dump(again)

    store_honestly = inbox.Inbox._store_envelope
    inbox.Inbox._store_envelope = store  # type: ignore[method-assign]


@deviation("takes-low-order-keys", "K-02", "K-07")
def take_low_order_keys() -> None:
    """It does not look at the order of an Ed25519 key; whom it pinned by a bad card then, it takes no good one of."""
    edwards.is_of_prime_order = admission.edwards.is_of_prime_order = lambda _: True


@deviation("ignores-stc", "W-06-02")
def ignore_stc() -> None:
    """It does not compare the statement with what the manifest commits to."""

    class Whatever(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __ne__(self, _: object) -> bool:
            return False

    honest = envelope.Inner.stc.fget
    assert honest is not None
    envelope.Inner.stc = property(lambda self: Whatever(honest(self)))  # type: ignore[assignment]


@deviation("takes-any-crit", "W-07-08", "W-07-14", "W-08-03")
def take_any_crit() -> None:
    """It does not refuse what crit names."""

    class Everything(frozenset[str]):
        __slots__ = ()

        def issuperset(self, _: object) -> bool:
            return True

    protocol.payload.UNDERSTOOD = Everything()  # type: ignore[misc]


@deviation("takes-members-twice", "W-02-01")
def take_members_twice() -> None:
    """It reads JSON as the library does: of two members the last counts."""
    strictjson._decode = strictjson.json.JSONDecoder(  # type: ignore[attr-defined]
        parse_int=strictjson._integer, parse_float=strictjson._no_float, parse_constant=strictjson._no_float,
        object_pairs_hook=_last_counts,
    ).decode  # fmt: skip


def _last_counts(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return strictjson._members(list(dict(pairs).items()))


@deviation("is-anybody", "W-07-10", "W-07-14", "W-09-06", "W-10-02", "W-10-04")
def be_anybody() -> None:
    """It does not look whom an object is addressed to."""

    def check(payload: Any, *, me: str, net: str) -> None:
        del me
        if payload.net != net:
            raise WrongNetwork("of the other network")

    envelope.check_addressee = receipts.check_addressee = hello.check_addressee = check  # type: ignore[attr-defined]


@deviation("wants-whole-requests", "W-08-09")
def want_whole_requests() -> None:
    """It rejects a request that lacks contents of ITI 17."""

    def parse(type_urn: str, body: Any) -> Any:
        message = parse_honestly(type_urn, body)
        if message.lacks():
            raise SchemaInvalid("expected the contents of ITI 17")
        return message

    parse_honestly = messages.parse
    messages.parse = parse


@deviation("rejects-what-is-not-allowed", "C-02", "C-06")
def reject_what_is_not_allowed() -> None:
    """It rejects a message that is not allowed now."""

    def receive(tx: Any, house: Any, verified: Any) -> str:
        thread = receive_honestly(tx, house, verified)
        if is_matter(thread):
            return thread
        view = thread_of_casework.load(tx, thread).view
        if view.effects.get(str(verified.statement.mid)) == "kept":
            raise PolicyRefused("not allowed now")
        return thread

    receive_honestly = opening.receive
    opening.receive = receive


@deviation("fails-together", "W-07-04", "W-10-04")
def fail_together() -> None:
    """One bad item fails the whole request."""

    async def judge(self: Any, batch: Any, me: Any) -> Any:
        judged = await judge_honestly(self, batch, me)
        if judged.refused or judged.doubtful:
            first = judged.refused[0][1] if judged.refused else judged.doubtful[0].error
            raise Refusal(400, first.code, str(first))
        return judged

    judge_honestly = judging.Judge.batch
    judging.Judge.batch = judge  # type: ignore[method-assign]


@deviation("takes-ids-twice", "W-07-16", "W-07-18", "W-07-17")
def take_ids_twice() -> None:
    """It takes another envelope under a mid that is taken as if it were the first."""

    stored_honestly = known.stored

    def stored(view: Any, parsed: Any) -> list[bytes]:
        found = stored_honestly(view, parsed)
        query = select(_receipts.c.wire).where(_receipts.c.mid == parsed.manifest.mid, _receipts.c.direction == "out")
        return found or list(view.conn.execute(query).scalars())

    known.stored = stored


@deviation("takes-what-is-late", "W-07-14", "W-07-15", "W-07-17")
def take_what_is_late() -> None:
    """It does not look at exp."""
    judging.Judge._expired = lambda *_: None  # type: ignore[method-assign]


def main() -> None:
    """Plant, then be the command."""
    name, *words = sys.argv[1:]
    if name != "faithful":
        DEVIATIONS[name]()
    sys.argv = ["tracing", *words]
    app.main()


if __name__ == "__main__":
    main()
