"""Another State that can say anything: real keys and real envelopes, posted by its own node, whatever its desk allows.

mid = await voice.says("withdrawal", {"reason": "duplicate"}, thread=case_id)
await voice.heard(mid) == ("opened", None)
"""

import copy
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from protocol import envelope, jws, messages, statement
from protocol.attachments import Attachment, Sealed
from protocol.lifecycle import Kind
from protocol.names import AuthorityId, CaseId, DossierId, MessageId
from tests.world import TABLES, World, ask
from tracing import post
from tracing.store import Tx

BODIES: dict[str, dict[str, Any]] = {
    "trace_request": {name: value for name, value in ask("xx").items() if name != "to"},
    "acknowledgement": {"reference": "X-1"},
    "information_request": {"items": [{"code": "calibre", "question": "9x19?", "blocking": True}]},
    "information_supply": {"answers": [{"code": "calibre", "answer": "9x19 mm"}]},
    "delay_notice": {"ground": "ongoing_investigation", "reason": "Arrests.", "new_date": "2030-01-15"},
    "final_response": {"outcomes": [{"code": "manufacture_confirmed_no_further_record"}], "completeness": "full",
                       "basis": ["registry"]},
    "refusal": {"ground": "national_security", "reason": "Closed by law."},
    "withdrawal": {"reason": "duplicate"},
    "closure": {"code": "not_traced"},
}  # fmt: skip


def attachment(n: int = 0, length: int = 100) -> Attachment:
    """One that was never sealed anywhere: nothing of it will come."""
    return Attachment(f"{n}.bin", "application/octet-stream", length, "0" * 64, bytes(32), f"{n:064x}")


@dataclass
class Voice:
    """What the node of ``me`` says to ``to``, below its desk."""

    w: World
    me: str
    to: str

    def case_id(self, requester: str | None = None) -> CaseId:
        return CaseId.new(AuthorityId(requester or self.me), self._uuid())

    def dossier_id(self, requester: str | None = None) -> DossierId:
        return DossierId.new(AuthorityId(requester or self.me), self._uuid())

    def mid(self) -> MessageId:
        return MessageId.new(AuthorityId(self.me), self._uuid())

    def _uuid(self) -> UUID:
        return self.w.ids.uuid7()

    async def says(self, kind: str, body: dict[str, Any] | None = None, **how: Any) -> MessageId:
        """Say one message; ``how`` is what ``made`` takes."""
        return await self.posts(self.made(kind, body, **how))

    async def asks(self, **changed: Any) -> tuple[CaseId, MessageId]:
        """A request of its own, and the case it opens."""
        case_id = self.case_id()
        return case_id, await self.says("trace_request", BODIES["trace_request"] | changed, thread=case_id)

    async def posts(self, *made: "Made") -> MessageId:
        """Put envelopes into the outbox in one transaction; the id of the last one."""

        def work(tx: Tx) -> None:
            for one in made:
                seq, prev = post.next_seq(tx, self.to)
                finished = one.finish(self, seq, prev)
                post.advance(tx, self.to, seq, finished.digest)
                post.post_envelope(tx, finished, case_id=None, signals=self.w[self.me].signals)

        await self.w[self.me].store.write(work)
        return made[-1].mid

    def made(
        self, kind: str, body: dict[str, Any] | None = None, *, thread: str, re: tuple[str, ...] = (), **how: Any
    ) -> "Made":
        """One envelope. ``how``: ``to`` and ``mid`` inside, ``keys`` that sign, ``sealed_to``, ``spoil``, ``att``."""
        content = copy.deepcopy(BODIES[kind] if body is None else body)
        message = messages.parse(messages.BY_KIND[Kind(kind)].TYPE, content)
        mid = how.get("mid") or self.mid()
        composed = statement.compose(
            message, net="training", mid=how.get("inner_mid") or mid, sender=how.get("sender") or self.me,
            to=how.get("inner_to") or self.to, iat=how.get("iat") or self.w.clock.now_ms(), thread=thread,
            re=tuple(re), due=None, hand=(), salt=self.w.ids.random_bytes, att=how.get("att", ()),
        )  # fmt: skip
        signers = self.w[self.me].vault.signers("stmt")[how.get("keys") or slice(None)]
        inner = envelope.inner_bytes(composed, jws.sign(composed.payload, "itx-stmt+json", signers))
        return Made(mid, how.get("inner") or inner, how)

    async def heard(self, mid: str) -> tuple[str, str | None]:
        """What became of its message, as its own node knows: stage and code, once the other has judged it."""
        return await self._fate(mid, self.me, ("opened", "rejected"))

    async def there(self, mid: str) -> tuple[str, str | None]:
        """The same as the node of ``to`` knows it."""
        return await self._fate(mid, self.to, ("opened", "rejected", "held"))

    async def _fate(self, mid: str, authority: str, stages: tuple[str, ...]) -> tuple[str, str | None]:
        table = TABLES["envelope"]
        query = select(table.c.stage, table.c.code).where(table.c.mid == mid)
        found: list[tuple[str, str | None]] = []

        async def is_judged() -> bool:
            rows = await self.w[authority].store.read(lambda view: view.conn.execute(query).all())
            found[:] = [(row.stage, row.code) for row in rows]
            return bool(found) and found[0][0] in stages

        await self.w.until(is_judged, f"{mid} to be judged at {authority}, not only {found}")
        return found[0]


@dataclass(frozen=True)
class Made:
    """A signed statement that waits for its place in the sequence."""

    mid: MessageId
    inner: bytes
    how: dict[str, Any]

    def finish(self, voice: Voice, seq: int, prev: str | None) -> envelope.Envelope:
        """Sealed and signed outside."""
        node = voice.w[voice.me]
        me, keyset_of = node.identity(), voice.w[self.how.get("sealed_to") or voice.to].trust
        suite, kid, _ = keyset_of.kem("online")
        named = self.how.get("kem_kid") or kid
        info = envelope.info(me.net, self.mid, voice.me, voice.to, named, "message")
        padded = envelope.pad(self.inner)
        spoil = self.how.get("spoil")
        _, ct = keyset_of.seal(info, spoil(padded) if spoil else padded)
        ct = self.how["spoil_ct"](ct) if "spoil_ct" in self.how else ct
        manifest = envelope.build_manifest(
            net=me.net, mid=self.mid, sender=AuthorityId(voice.me), to=AuthorityId(voice.to), cls="message",
            prio="routine", iat=voice.w.clock.now_ms(), exp=None, seq=seq, prev=prev,
            stc=self.how.get("stc") or envelope.Inner.read(self.inner).stc, kem_suite=suite, kem_kid=named, ct=ct,
            ks_ver=me.keyset_version, ks_sha256=me.keyset_sha256,
            att=[Sealed.model_validate(one.sealed) for one in self.how.get("att", ())],
        )  # fmt: skip
        (signer, *_) = node.vault.signers("env")
        return envelope.finish(manifest, ct, signer)
