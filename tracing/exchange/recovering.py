"""Coming back from an older copy: noticed before anything is sent, and mended with what counterparts hold of us.

Rules (wire specification, section 22)
- The first hello to a counterpart after each start says what this database has of the exchange; nothing is sent to it
  before it answered. If it knows of more than this database has once it answered, this is an older copy.
- A home that ``tracing backup restore`` made asks each counterpart before it takes or says anything (``asking``). Where
  something is missing it is given back at once (``running``). Any other old copy waits for somebody to say
  ``tracing counterpart recover`` (``behind``): it may be a second node with our keys.
- Nothing is given back while the counterpart holds a keyset of ours that is not in this home (``trust/foreign``): what
  it seals would be sealed to another node's keys. Once it holds one that is, the recovery goes on by itself.
- Nothing is signed on the former log of that counterpart any more: its tree goes on under a new name, with an entry
  that commits to where the copy ended and to the last checkpoint of the former.
- Where a copy of this home spoke under numbers of ours, the counterpart names what it holds under them; what is not
  here of that is lost as well, and is asked for (``samenumbers``). An alarm names the numbers and the cases.
- Given back are our receipts and our envelopes, each proved by our own signature. Numbers go on above the highest the
  counterpart knows. What it had said to us comes again by its outbox, and finds the receipt it was given before.

    greeting = await greet_whole(means, partner, trust)
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any, Final

import structlog
from sqlalchemy import func, select, update

from keys.trust import TrustSet
from protocol import base64url, envelope, receipts, strictjson
from protocol.errors import ProtocolError, SchemaInvalid
from protocol.hello import MAX_TWICE, Have, Knows
from protocol.receipts import Sack
from tracing import audit, post
from tracing.connecting.faults import WireError
from tracing.exchange import samenumbers
from tracing.exchange.greeting import Greeting, Unanswered, greet
from tracing.exchange.keeping import keep
from tracing.exchange.means import Means
from tracing.partners import Partner
from tracing.sequence import Seen
from tracing.store import Tx, View
from tracing.store.inserting import insert
from tracing.tables import Counterpart, Envelope, Outbox, Receipt, Returned, table_of
from tracing.trust.alarms import raise_alarm, restate
from tracing.trust.foreign import FOREIGN, hear_keyset
from tracing.trust.samenumbers import LOST, is_refounded, tell

__all__ = ["ASKING", "BEHIND", "LOST", "RUNNING", "allow", "greet_whole", "have_of"]

ASKING, BEHIND, RUNNING = "asking", "behind", "running"
MOST_RANGES: Final = 32  # of gaps told in a hello
PAUSE_S: Final = 0.2  # between two questions while something is being made ready for us
LONGEST_S: Final = 5.0
MOST_ROUNDS: Final = 10  # half a minute of questions that brought nothing
MOST_ANSWERS: Final = 3  # what it holds, whether that is ours, and no more
SILENT: Final = "holds more of this node, and gives nothing back"
MOST_GAP: Final = 100_000  # numbers given up at once: of envelopes that never left the lost node
_counterparts, _envelopes, _receipts = table_of(Counterpart), table_of(Envelope), table_of(Receipt)
_outbox, _returned = table_of(Outbox), table_of(Returned)


async def greet_whole(means: Means, partner: Partner, trust: Sequence[bytes]) -> Greeting:
    """Say hello, and take back what was lost, until nothing is. Unanswered where that waits for somebody."""
    me, of, lacks = means.me().authority, partner.authority, partner.recovery == RUNNING
    last: Have | None = None
    rid: str | None = None
    rounds = 0
    while True:
        asks = of not in means.whole or partner.recovery is not None or means.partners.is_told(of, FOREIGN)
        can = asks and not is_refounded(means.own())
        have = await means.store.read(partial(have_of, me=me, of=of, lacks=lacks, rid=rid)) if can else None
        greeting = await _greeted(means, partner, trust, have)
        if not asks:
            return greeting
        said, lacks = lacks, await means.store.read(partial(_lacks, me, of, greeting.knows))
        if lacks and not said:  # it is asked for what was lost, and nothing is taken of it from here on
            partner = await _hold(means, partner)
            continue
        now = await keep(means.store, partial(_settle, means=means, have=have, greeting=greeting, lacks=lacks, of=of))
        state, foreign, rid = now.state, now.foreign, now.rid
        if greeting.returned:
            means.signals.ring("returning")
        if state != partner.recovery or foreign != means.partners.is_told(of, FOREIGN):
            await asyncio.to_thread(means.partners.reload)
            means.signals.ring("opening")
        if state is None and partner.recovery is None and not now.more:
            means.whole.add(of)
            means.signals.ring(f"blobs:{of}")
            return greeting  # else once more: only now it takes what the other one has been refused meanwhile
        if state == BEHIND:
            raise Unanswered(200, LOST)
        if state is not None and foreign:
            raise Unanswered(200, FOREIGN)
        partner, trust = means.partners.get(of) or partner, ()
        here = have and have.model_copy(update={"after": None})
        rounds = 0 if now.moved or (greeting.returned and here != last) else rounds + 1
        if rounds > MOST_ROUNDS:
            raise Unanswered(200, SILENT)
        last = here
        await asyncio.sleep(min(LONGEST_S, PAUSE_S * 2.0**rounds) if rounds else 0)


async def _hold(means: Means, partner: Partner) -> Partner:
    """Noticed, before the other one hears of it: it would send again what we lost, and we would sign for it anew."""
    of = partner.authority
    if partner.recovery is None:
        await keep(means.store, lambda tx: _move(tx, of, None, BEHIND))
        await asyncio.to_thread(means.partners.reload)
    return means.partners.get(of) or partner


async def _greeted(means: Means, partner: Partner, trust: Sequence[bytes], have: Have | None) -> Greeting:
    """One hello, answered; where it tells that a witness holds something else of our log, that is answered at once."""
    for left in reversed(range(MOST_ANSWERS)):
        beside = await means.witnessing.beside(partner.authority, greeting=True)
        try:
            greeting = await greet(
                means.wire, partner, me=means.me(), signer=means.signer(), clock=means.clock, ids=means.ids,
                trust=trust, run=means.run, have=have, beside=beside,
            )  # fmt: skip
        except (WireError, Unanswered):
            means.witnessing.lost(partner.authority)
            raise
        again = await means.witnessing.answered(partner.authority, beside, greeting.beside)
        if not again or not left:
            break
    return greeting


def have_of(view: View, me: str, of: str, *, lacks: bool, rid: str | None = None) -> Have:
    """What this database has of the exchange with ``of``; what came of it as well where it ``lacks`` what was there."""
    ours = (_receipts.c.sender == me, _receipts.c.recipient == of)
    seq = view.conn.execute(select(_counterparts.c.out_seq).where(_counterparts.c.authority == of)).scalar_one()
    last = view.conn.execute(select(_receipts.c.rid).where(*ours).order_by(_receipts.c.rid.desc()).limit(1)).scalar()
    after = samenumbers.now_after(view, of, rid)
    unsure = samenumbers.unsure(view, me, of, after.seq)
    sack = _sack(view, me, of) if lacks else None
    return Have.model_validate({"seq": seq, "rid": last, "sack": sack, "after": after, "unsure": unsure})


def _lacks(me: str, of: str, knows: Knows | None, view: View) -> bool:
    """Whether ``of`` holds anything of ours that this database does not have, now that it answered.

    What we say is kept before it is said, so a database that is no older copy has all of it, and what came while the
    hello was on its way as well. An older copy lacks the latest: the greatest receipt or the highest number.
    """
    if knows is None:
        return False
    seq = view.conn.execute(select(_counterparts.c.out_seq).where(_counterparts.c.authority == of)).scalar_one()
    mine = (_receipts.c.sender == me, _receipts.c.recipient == of, _receipts.c.rid == knows.rid)
    is_held = knows.rid is None or view.conn.execute(select(_receipts.c.rid).where(*mine)).first() is not None
    return not is_held or knows.seq > seq or not samenumbers.has_all(view, me, of, knows.twice or ())


def _sack(view: View, me: str, of: str) -> Sack:
    theirs = (_envelopes.c.sender == of, _envelopes.c.recipient == me)
    bounds = select(func.count(_envelopes.c.seq.distinct()), func.max(_envelopes.c.seq)).where(*theirs)
    count, highest = view.conn.execute(bounds).one()
    missing: tuple[tuple[int, int], ...] = ()
    if count and count < highest:
        seqs = view.conn.execute(select(_envelopes.c.seq).where(*theirs)).scalars()
        missing = Seen.of(list(seqs), 1).missing[-MOST_RANGES:]
    return Sack(hi=highest or 0, missing=missing)


# ---------------------------------------------------------------- what the answer does


@dataclass(frozen=True, slots=True)
class _Now:
    """What an answer came to: how far the recovery is (None: whole), and whether a keyset of another home is held.

    ``moved``: something is here now that was not. ``more``: messages under one number are still to be named, or we said
    one meanwhile whose number it knows already.
    ``rid``: the last of the receipts that were given back beside the order.
    """

    state: str | None
    foreign: bool = False
    moved: bool = False
    more: bool = False
    rid: str | None = None


def _settle(tx: Tx, *, means: Means, of: str, have: Have | None, greeting: Greeting, lacks: bool) -> _Now:
    """What the answer to a hello with ``have`` comes to."""
    row = tx.conn.execute(select(_counterparts).where(_counterparts.c.authority == of)).one()
    knows, state = greeting.knows, row.recovery
    if have is None or knows is None:  # nothing to ask for, or an older program, which cannot say
        return _Now(_move(tx, of, state, None))
    me, named = means.me().authority, knows.twice or ()
    foreign = hear_keyset(tx, means.me(), of, knows.ks)
    if not lacks and state in {None, ASKING}:
        moved = samenumbers.pass_over(tx, me, of, have, named=named, items=())
        more = (moved and len(named) == MAX_TWICE) or knows.seq > have.seq
        return _Now(_move(tx, of, state, None), foreign, moved, more=more)
    if named and not samenumbers.has_all(tx, me, of, named):
        tell(tx, me, of)
    if state in {None, BEHIND}:
        _tell(tx, of, have, knows, f"nothing is sent to it: `tracing counterpart recover {of}`, or stop this copy")
        return _Now(_move(tx, of, state, BEHIND), foreign)
    if foreign:
        _tell(tx, of, have, knows, f"they are given back once it holds a keyset of this home: see {FOREIGN}")
        return _Now(state, foreign)
    if state == ASKING:
        _begin(tx, me, of, have, knows)
    rid = _take_back(tx, means, of, greeting.returned, have, knows.seq)
    moved = samenumbers.pass_over(tx, me, of, have, named=named, items=greeting.returned) or rid is not None
    if named:
        tell(tx, me, of, is_new=False)
    return _Now(_move(tx, of, state, RUNNING if knows.back else None), foreign, moved, rid=rid or _rid(have))


def _rid(have: Have) -> str | None:
    return have.after.rid if have.after else None


def _tell(tx: Tx, of: str, have: Have, knows: Knows, then: str) -> None:
    said = f"it holds message {knows.seq} of ours, this database ends at {have.seq}"
    said += f"; {knows.back} of our objects and {knows.lost} of its own are not here: an older copy; {then}"
    if not raise_alarm(tx, of, LOST, said):
        restate(tx, of, LOST, said)


def _move(tx: Tx, of: str, before: str | None, state: str | None) -> str | None:
    if before == state:
        return state
    values: dict[str, Any] = {"recovery": state}
    if state == RUNNING:
        values["recovered_ms"] = tx.now_ms
    post.change_counterpart(tx, of, **values)
    audit.note(tx, "op", of, {"act": "recovery", "from": before, "to": state})
    return state


def _begin(tx: Tx, me: str, of: str, have: Have, knows: Knows) -> None:
    """The former log ends; whatever of ours is not known to be opened is asked about once more."""
    _tell(tx, of, have, knows, "they are being given back")
    post.change_counterpart(tx, of, recovered_ms=tx.now_ms)
    audit.begin_anew(tx, of, {"with": of, "have": have.seq, "knows": knows.seq})
    ours = (_envelopes.c.sender == me, _envelopes.c.recipient == of, _envelopes.c.stage.in_(("sent", "accepted")))
    for mid in tx.conn.execute(select(_envelopes.c.mid).where(*ours)).scalars().all():
        _post_again(tx, of, mid)


def _post_again(tx: Tx, of: str, mid: str) -> None:
    """It draws every receipt there is, byte for byte, and has no other effect."""
    row = {"counterpart": of, "item": "envelope", "ref": mid, "rank": 1, "state": "due", "next_ms": tx.now_ms}
    tx.conn.execute(insert(_outbox).values(row | {"attempts": 0}).on_conflict_do_nothing())


# ---------------------------------------------------------------- what is given back


def _take_back(  # noqa: PLR0917 - what is given back, and to whom
    tx: Tx, means: Means, of: str, items: Sequence[Any], have: Have, highest: int
) -> str | None:
    """Each by itself; what does not hold is told in the log and left out.

    The last of the receipts that were given beside the order, where there is one further than said.
    """
    own = means.own()
    assert own is not None, "a node that speaks has documents"
    last = before = _rid(have) or ""
    for item in items[:64]:
        try:
            rid = _take_one(tx, own, means.me(), of, item, highest)
            last = max(last, rid) if rid and have.rid and rid <= have.rid else last
        except (ProtocolError, ValueError) as error:
            structlog.get_logger().warning("recovery.refused", counterpart=of, reason=str(error))
    return last if last > before else None


def _take_one(  # noqa: PLR0917 - what is given back, and to whom
    tx: Tx, own: TrustSet, me: post.Identity, of: str, item: Any, highest: int
) -> str | None:
    """The id of a receipt."""
    if not isinstance(item, dict):
        raise SchemaInvalid("expected an object that is given back")
    if "receipt" in item:
        return _take_receipt(tx, own, me, of, item["receipt"])
    if "envelope" in item:
        _take_envelope(tx, own, me, of, item["envelope"], item.get("back"))
    elif isinstance(item.get("gone"), dict):
        _skip(tx, of, item["gone"].get("seq"), highest)
    else:
        raise SchemaInvalid("expected a receipt or an envelope that is given back")
    return None


def _skip(tx: Tx, of: str, seq: Any, highest: int) -> None:
    """It cannot be given back; its number is not used again, nor are those below, which never came there."""
    before = have_seq(tx, of)
    if isinstance(seq, int) and before < seq <= min(highest, before + MOST_GAP):
        post.change_counterpart(tx, of, out_seq=seq)


def have_seq(tx: Tx, of: str) -> int:
    """The number of the last envelope to ``of``, as this transaction has it."""
    carried = tx.carry.get(("counterpart", of), {})
    if "out_seq" in carried:
        return int(carried["out_seq"])
    return int(tx.conn.execute(select(_counterparts.c.out_seq).where(_counterparts.c.authority == of)).scalar_one())


def _take_receipt(tx: Tx, own: TrustSet, me: post.Identity, of: str, item: Any) -> str:
    """A receipt of ours, proved by our own key, for an envelope of the counterpart."""
    signed = receipts.parse(item)
    receipts.authenticate(signed, me=of, net=me.net, verify=own.evidence_verifier("rcpt"))
    said = signed.receipt
    if said.from_ != me.authority:
        raise SchemaInvalid("expected a receipt of ours")
    row = {
        "sender": said.from_, "rid": said.rid, "recipient": of, "direction": "out", "mid": said.for_.mid,
        "env": said.for_.env, "stage": said.stage, "code": said.code, "wire": signed.wire, "at_ms": said.at,
        "stored_ms": tx.now_ms,
    }  # fmt: skip
    if tx.conn.execute(insert(_receipts).values(row).on_conflict_do_nothing()).rowcount:
        audit.append(tx, of, "rcpt.out", said.rid, h=sha256(signed.wire).hexdigest())
    return str(said.rid)


def _take_envelope(  # noqa: PLR0917 - what is given back, and to whom
    tx: Tx, own: TrustSet, me: post.Identity, of: str, item: Any, back: Any
) -> None:
    """An envelope of ours, proved by our own key. What was sealed back waits for the worker; its receipts are drawn."""
    parsed = envelope.parse(item)
    envelope.authenticate(parsed, me=of, net=me.net, verify=own.evidence_verifier("env"))
    manifest = parsed.manifest
    if manifest.from_ != me.authority:
        raise SchemaInvalid("expected an envelope of ours")
    row = {
        "sender": me.authority, "mid": manifest.mid, "recipient": of, "direction": "out", "digest": parsed.digest,
        "wire": parsed.wire, "seq": manifest.seq, "priority": manifest.prio, "stage": "sent", "code": None,
        "case_id": None, "stored_ms": min(manifest.iat, tx.now_ms), "accepted_ms": None, "opened_ms": None,
    }  # fmt: skip
    if tx.conn.execute(insert(_envelopes).values(row).on_conflict_do_nothing()).rowcount:
        audit.append(tx, of, "env.out", manifest.mid, h=sha256(parsed.wire).hexdigest())
        _post_again(tx, of, str(manifest.mid))
        if isinstance(back, dict):
            _keep_sealed(tx, of, str(manifest.mid), manifest.seq, back)
    if manifest.seq > have_seq(tx, of):
        post.change_counterpart(tx, of, out_seq=manifest.seq, out_prev=parsed.digest)


def _keep_sealed(tx: Tx, of: str, mid: str, seq: int, back: dict[str, Any]) -> None:
    if not isinstance(back.get("kid"), str) or not isinstance(back.get("ct"), str):
        raise SchemaInvalid("expected what was sealed to us beside the envelope")
    base64url.decode(back["ct"])
    sealed = strictjson.dump({"kid": back["kid"], "ct": back["ct"]})
    row = {"counterpart": of, "direction": "take", "mid": mid, "seq": seq, "sealed": sealed}
    tx.conn.execute(insert(_returned).values(row).on_conflict_do_nothing())


def allow(tx: Tx, of: str, actor: str) -> bool:
    """Somebody says that this is the node, though an older copy: False where nothing waits for that."""
    held = (_counterparts.c.authority == of, _counterparts.c.recovery == BEHIND)
    if tx.conn.execute(update(_counterparts).where(*held).values(recovery=ASKING)).rowcount != 1:
        return False
    audit.note(tx, "cfg", of, {"act": "recover", "actor": actor, "authority": of})
    return True
