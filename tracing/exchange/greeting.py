"""Saying hello: proof that the counterpart is there, is the one we pinned, and takes what we sign.

greeting = await greet(wire, partner, me=identity, signer=rcpt_key, clock=clock, ids=ids)
greeting.offset_ms  # its clock against ours
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from protocol import base64url, hello, strictjson
from protocol.errors import Mismatch, ProtocolError
from protocol.hello import Have, Hello, Knows
from protocol.jws import Signer
from tracing.clock import Clock, Ids
from tracing.exchange.client import Answer, Wire
from tracing.exchange.items import NOTHING, Beside, post_body, read_answer
from tracing.partners import Partner
from tracing.post import Identity

__all__ = ["Greeting", "Unanswered", "code_of", "greet"]

MAX_PROBLEM_BYTES = 64 * 1024


class Unanswered(Exception):
    """Something answered, but not this counterpart authentically. ``status`` and ``code`` are what it said."""

    def __init__(self, status: int, code: str, retry_after_s: float | None = None) -> None:
        super().__init__(f"answered {status} {code}".rstrip())
        self.status = status
        self.code = code
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Greeting:
    """An answered hello: how its clock stands against ours, the time it took, the keyset it spoke of (or 0).

    ``also`` is said to the run we named only.
    """

    offset_ms: int
    round_trip_ms: int
    keyset: int = 0
    also: str | None = None  # the run of another node with our keys, which it hears beside ours
    knows: Knows | None = None  # of us, where we said what we have; None from one that does not know the question
    returned: tuple[Any, ...] = ()
    beside: Beside = NOTHING


async def greet(
    wire: Wire,
    partner: Partner,
    *,
    me: Identity,
    signer: Signer,
    clock: Clock,
    ids: Ids,
    want: Sequence[str] = (),
    trust: Sequence[bytes] = (),
    run: str | None = None,
    have: Have | None = None,
    beside: Beside = NOTHING,
) -> Greeting:
    """Say hello to ``partner``, ask for the attachments in ``want``, and show it these trust documents of ours.

    ``beside`` rides on it.

    Raises WireError, or Unanswered if what came back does not prove the partner.
    """
    nonce, sent_ms, began = ids.random_bytes(hello.NONCE_BYTES), clock.now_ms(), clock.monotonic()
    item = hello.say(
        net=me.net, sender=me.authority, to=partner.authority, at=sent_ms, nonce=nonce, signer=signer, want=want,
        ks=(me.keyset_version, me.keyset_sha256), run=run, have=have,
    )  # fmt: skip
    body = post_body((), (), strictjson.dump(item), trust, beside)
    answer = await wire.post(partner.authority, partner.url or "", body)
    took_ms = int((clock.monotonic() - began) * 1000)
    if answer.status != 200:
        raise Unanswered(answer.status, code_of(answer), answer.retry_after_s)
    try:
        answered = read_answer(answer.body)
        said = _authentic(answered.hello, partner, me, nonce)
    except ProtocolError as error:
        raise Unanswered(answer.status, error.code) from error
    keyset, offset_ms = said.ks.ver if said.ks else 0, said.at - sent_ms - took_ms // 2
    return Greeting(offset_ms, took_ms, keyset, said.also, said.knows, answered.returned, answered.beside)


def _authentic(item: Any, partner: Partner, me: Identity, nonce: bytes) -> Hello:
    """An answered hello, once it is proved to answer ours."""
    signed = hello.parse(item)
    if partner.trust is None:
        raise Mismatch("expected the keys of the counterpart to hold")
    verify = partner.trust.verifier("rcpt")
    said = hello.authenticate(signed, me=me.authority, net=me.net, verify=verify)
    if said.from_ != partner.authority or base64url.decode(said.nonce) != nonce:
        raise Mismatch("expected an answer to our hello")
    return said


def code_of(answer: Answer) -> str:
    """The code of a problem document; empty if the answer is something else."""
    try:
        document = strictjson.load(answer.body, MAX_PROBLEM_BYTES)
    except ProtocolError:
        return ""
    code = document.get("code") if isinstance(document, dict) else None
    return code[:32] if isinstance(code, str) and code.isascii() and code.isprintable() else ""
