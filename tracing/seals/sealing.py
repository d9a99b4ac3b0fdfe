"""From a message to a sealed envelope in the outbox, in two steps.

1. ``prepare``: body into salted elements, statement signed with every key the keyset requires (classical and
   ML-DSA-65), sealed to the counterpart's current KEM key. About 2 ms; outside any transaction.
2. ``issue``: inside the transaction that stores the message: the next place in the sequence to this counterpart, the
   manifest, one signature, envelope row, audit leaf, outbox row.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from protocol import envelope, jws, statement
from protocol.attachments import Sealed
from protocol.messages import Message
from protocol.names import AuthorityId, MessageId
from tracing import post
from tracing.casework.errors import Unavailable
from tracing.casework.ports import Address, Prepared
from tracing.clock import Clock, Ids
from tracing.partners import Partners
from tracing.post import Identity
from tracing.sequence import Held
from tracing.signals import Signals
from tracing.store import Tx

__all__ = ["Sealer"]

CLASS = "message"


@dataclass(frozen=True, slots=True)
class _Sealed:
    """What ``issue`` needs to finish the envelope."""

    ct: bytes
    suite: str
    kid: str
    stc: str
    att: tuple[Sealed, ...]


class Sealer:
    """This node's voice. ``statement_keys`` gives all keys a statement carries now, ``envelope_key`` the outer one."""

    def __init__(
        self,
        *,
        me: Callable[[], Identity],
        statement_keys: Callable[[], Sequence[jws.Signer]],
        envelope_key: Callable[[], jws.Signer],
        partners: Partners,
        clock: Clock,
        ids: Ids,
        signals: Signals,
    ) -> None:
        self._me = me
        self._statement_keys = statement_keys
        self._envelope_key = envelope_key
        self._partners = partners
        self._clock = clock
        self._ids = ids
        self._signals = signals

    def prepare(self, message: Message, address: Address, *, by_letter: bool) -> Prepared:
        """Sign the statement, and seal it unless it goes by letter."""
        me = self._me()
        mid = MessageId.new(AuthorityId(me.authority), self._ids.uuid7())
        iat_ms = self._clock.now_ms()
        composed = statement.compose(
            message,
            net=me.net,
            mid=mid,
            sender=AuthorityId(me.authority),
            to=address.to,
            iat=iat_ms,
            thread=address.thread,
            re=tuple(MessageId(one) for one in address.re),
            due=address.due_ms,
            hand=address.hand,
            salt=self._ids.random_bytes,
            att=address.attachments,
        )
        signed = jws.sign(composed.payload, "itx-stmt+json", self._statement_keys())
        inner = envelope.inner_bytes(composed, signed)
        stc = envelope.stc(composed, signed)
        sealed = None if by_letter else self._seal(me, composed.statement, inner, stc, address.to)
        return Prepared(mid, message, address, iat_ms, inner, composed.digest, sealed)

    def issue(self, tx: Tx, prepared: Prepared, case_id: str) -> None:
        """Finish and post the envelope in the caller's transaction."""
        sealed = prepared.sealed
        if not isinstance(sealed, _Sealed):
            msg = "a letter is not issued as an envelope"
            raise TypeError(msg)
        me, to = self._me(), prepared.address.to
        try:
            seq, prev = post.next_seq(tx, to)
        except Held as error:
            raise Unavailable(str(error)) from error
        manifest = envelope.build_manifest(
            net=me.net,
            mid=prepared.mid,
            sender=AuthorityId(me.authority),
            to=to,
            cls=CLASS,
            prio=prepared.address.priority,
            iat=prepared.iat_ms,
            exp=None,
            seq=seq,
            prev=prev,
            stc=sealed.stc,
            kem_suite=sealed.suite,
            kem_kid=sealed.kid,
            ct=sealed.ct,
            att=sealed.att,
            ks_ver=me.keyset_version,
            ks_sha256=me.keyset_sha256,
        )
        finished = envelope.finish(manifest, sealed.ct, self._envelope_key())
        post.advance(tx, to, seq, finished.digest)
        post.post_envelope(tx, finished, case_id=case_id, signals=self._signals)

    def attest(self, payload: bytes, typ: str) -> dict[str, Any]:
        """Sign it with every key a statement carries now; ``typ`` keeps it from passing for one."""
        return jws.sign(payload, typ, self._statement_keys())

    def _seal(self, me: Identity, said: statement.Statement, inner: bytes, stc: str, to: AuthorityId) -> _Sealed:
        partner = self._partners.get(to)
        if partner is None or partner.trust is None:
            msg = f"the keys of {to} are not at hand in this process; try again"
            raise Unavailable(msg)
        suite, kid, _ = partner.trust.kem(partner.carriage)
        info = envelope.info(me.net, said.mid, me.authority, to, kid, CLASS)
        _, ct = partner.trust.seal(info, envelope.pad(inner), partner.carriage)
        return _Sealed(ct, suite, kid, stc, said.att)
