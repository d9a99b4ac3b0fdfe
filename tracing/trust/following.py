"""A counterpart's newer trust documents: judged outside any transaction, then kept, or refused with an alarm.

Rules
- The judge is ``TrustSet``, which is pure: what is refused changes nothing, and the last good trust goes on.
- Roots come before the keyset, each judged by itself: a root that names other keyset keys counts at once, so that
  stolen ones are worth nothing from then on, whatever keeps the new keyset from us.
- One transaction: the documents, their leaf, what they revoke, the address, and the release of what was quarantined
  because the trust was too old.
- The address confirmed at enrolment may lie in a private range; a later keyset that moves it into one waits for an
  officer, who confirms it (``tracing counterpart update --address``).

    judged = judge(partner.trust, Shown(roots, keyset), at_ms=now_ms)
    await store.write(lambda tx: keep(tx, partner, judged, fetched=True))
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import update
from yarl import URL

from keys.errors import Equivocation, Frozen, HistoryRewritten, KeysError
from keys.keyset import Keyset
from keys.rotation import entries
from keys.trust import Freshness, TrustSet
from tracing import audit
from tracing.connecting.addresses import is_public, written
from tracing.partners import Partner, confirmed
from tracing.store import Tx
from tracing.store.inserting import insert
from tracing.tables import Counterpart, Envelope, Revocation, table_of
from tracing.trust.alarms import REVOKED, end_alarms, raise_alarm, restate
from tracing.trust.contacts import note_change
from tracing.trust.documents import add_document, all_named

__all__ = ["ADDRESS", "STALE", "Judged", "Outrun", "Shown", "believe_address", "judge", "keep"]

ADDRESS: Final = "address-moved"  # the code of an alarm: a new address that an officer must confirm
PROOFS: Final = (Equivocation, HistoryRewritten)  # signed by the authority, whoever shows them
STALE: Final = "stale"  # the code of an envelope that is quarantined because its sender's trust is too old
_counterparts, _envelopes, _revocations = map(table_of, (Counterpart, Envelope, Revocation))


class Outrun(Exception):
    """Somebody else kept documents of this counterpart meanwhile; look again."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown of a counterpart: roots above the one held, in order, and a keyset. Bytes, not yet judged."""

    roots: tuple[bytes, ...] = ()
    keyset: bytes | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A document that was not believed, and why."""

    error: KeysError
    document: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Judged:
    """What is believed after looking, and what was refused. ``before`` is what it was judged against."""

    before: TrustSet
    after: TrustSet
    refused: tuple[Refused, ...] = ()

    @property
    def is_news(self) -> bool:
        """Whether more is believed than before."""
        return self.after is not self.before

    def proved(self) -> "Judged":
        """The same, of what was refused only what its authority signed: the rest anybody may have brought."""
        return replace(self, refused=tuple(one for one in self.refused if isinstance(one.error, PROOFS)))


def judge(
    trust: TrustSet,
    shown: Shown,
    *,
    at_ms: int,
    promised: int = 0,
    fetched: bool = True,
    others: Iterable[TrustSet] = (),
) -> Judged:
    """Believe what can be believed. ``promised`` is the version of the keyset its owner spoke of in signed words.

    ``others`` are the authorities known here, ourselves among them: no key may be another's too.
    """
    after, refused = trust, []
    try:
        if shown.roots:
            after = _alone(after.update_roots(shown.roots, at_ms=at_ms), others)
    except KeysError as error:
        refused.append(Refused(error, shown.roots[-1]))
    try:
        if shown.keyset is not None:
            after = _alone(after.update_keyset(shown.keyset), others)
        if fetched and not refused:
            after.check_not_frozen(at_ms, promised)
    except KeysError as error:
        refused.append(Refused(error, None if isinstance(error, Frozen) else shown.keyset))
    return Judged(trust, after, tuple(refused))


def _alone(trust: TrustSet, others: Iterable[TrustSet]) -> TrustSet:
    trust.check_alone(others)
    return trust


def keep(tx: Tx, partner: Partner, judged: Judged, *, fetched: bool) -> None:
    """Keep what is newly believed, and say what was refused. Outrun if the rows are not those it was judged against."""
    before, after = judged.before, judged.after
    _check_not_outrun(tx, before)
    if fetched:
        _change(tx, partner.authority, refreshed_ms=tx.now_ms)
    if judged.is_news:
        _keep_documents(tx, before, after)
        _learn(tx, partner, before.keyset, after)
    if after.freshness(tx.now_ms, partner.carriage) is not Freshness.HELD:
        _release(tx, partner.authority)
    for one in judged.refused:
        raise_alarm(tx, partner.authority, one.error.code, str(one.error), one.document)
    if fetched and not any(isinstance(one.error, Frozen) for one in judged.refused):
        end_alarms(tx, partner.authority, Frozen.code)


def _check_not_outrun(tx: Tx, before: TrustSet) -> None:
    named = all_named(tx)[before.authority]
    held = before.keyset.ver if before.keyset else None
    if named.roots != len(before.roots) or (held is not None and named.keyset != held):
        raise Outrun(before.authority)


def _keep_documents(tx: Tx, before: TrustSet, after: TrustSet) -> None:
    authority, ver = after.authority, after.root.ver
    for signed in after.roots[len(before.roots) :]:
        add_document(
            tx, authority, "root", under=signed.root.ver, version=signed.root.ver, document=signed.document.data
        )
        audit.note(tx, "key", authority, {"act": "root", "ver": signed.root.ver, "digest": signed.sha256})
    keyset, document = after.keyset, after.keyset_document
    if keyset is not None and document is not None and after.keyset_sha256 != before.keyset_sha256:
        add_document(tx, authority, "keyset", under=ver, version=keyset.ver, document=document)
        what = {"act": "keyset", "ver": keyset.ver, "digest": after.keyset_sha256, "under": ver}
        audit.note(tx, "key", authority, what)


# ---------------------------------------------------------------- what follows from a newer keyset


def _learn(tx: Tx, partner: Partner, former: Keyset | None, after: TrustSet) -> None:
    keyset = after.keyset
    if keyset is None:
        return
    _note_revoked(tx, partner.authority, former, keyset)
    _note_address(tx, partner, keyset)
    if former is not None and former.contact != keyset.contact:
        note_change(tx, partner.authority, keyset.ver, former.contact, keyset.contact)


def _release(tx: Tx, authority: str) -> None:
    """What was quarantined because the trust was too old is opened now."""
    held = (_envelopes.c.sender == authority, _envelopes.c.stage == "held", _envelopes.c.code == STALE)
    tx.conn.execute(update(_envelopes).where(*held).values(stage="accepted", code=None))


def _note_revoked(tx: Tx, authority: str, former: Keyset | None, keyset: Keyset) -> None:
    """Remember since when each key is revoked, and when we came to know: messages in between are to be confirmed."""
    known, revoked = {} if former is None else dict(_revoked(former)), dict(_revoked(keyset))
    news = [(kid, since) for kid, since in revoked.items() if known.get(kid) != since]
    for kid, since in news:
        row = {"authority": authority, "kid": kid, "since_ms": since, "received_ms": tx.now_ms}
        adding = insert(_revocations).values(row)
        tx.conn.execute(adding.on_conflict_do_update(index_elements=["authority", "kid"], set_={"since_ms": since}))
    if news:
        kids = ", ".join(kid for kid, _ in news)
        audit.note(tx, "key", authority, {"act": "revoked", "keys": kids, "ver": keyset.ver})
        whole = "every key it had" if former is not None and _had(former, keyset) <= revoked.keys() else None
        if not raise_alarm(tx, authority, REVOKED, _said_revoked(whole or f"{len(news)} of its keys")):
            restate(tx, authority, REVOKED, _said_revoked(whole or f"{len(revoked)} of its keys in all"))


def _had(former: Keyset, keyset: Keyset) -> set[str]:
    """The kids that a keyset listed and its successor still lists: what was destroyed may be left out."""
    return {str(one.kid) for one in entries(former)} & {str(one.kid) for one in entries(keyset)}


def _said_revoked(keys: str) -> str:
    return f"it revoked {keys}; what came since the moment it names is to be confirmed with it"


def _revoked(keyset: Keyset) -> Iterator[tuple[str, int]]:
    return ((str(one.kid), one.since) for one in entries(keyset) if one.status == "revoked")


def _note_address(tx: Tx, partner: Partner, keyset: Keyset) -> None:
    url = keyset.urls.exchange
    if url is None or url == partner.url:
        return
    try:
        moved = str(confirmed(url))
    except ValueError as error:
        raise_alarm(tx, partner.authority, ADDRESS, f"its new address is none to connect to: {error}")
        return
    if moved == partner.url:
        return
    if lies_inside(moved) and not (partner.url and URL(partner.url).host == URL(moved).host):
        said = "its new address lies in a private range of ours: `tracing counterpart update --address` believes it"
        raise_alarm(tx, partner.authority, ADDRESS, said)
        return
    _change(tx, partner.authority, url=moved)
    audit.note(tx, "cfg", partner.authority, {"act": "address", "url": moved})


def lies_inside(url: str) -> bool:
    """Whether an address names this machine or a private network. Names are not looked up here."""
    host = URL(url).host or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = written(host)
    return address is not None and not is_public(address)


def believe_address(tx: Tx, partner: Partner, actor: str) -> str | None:
    """An officer confirmed the address the newest keyset names, wherever it lies; None where it names none."""
    url = None if partner.trust is None else partner.trust.url
    if url is not None:
        url = str(confirmed(url))
        _change(tx, partner.authority, url=url)
        audit.note(tx, "cfg", partner.authority, {"act": "address", "actor": actor, "url": url})
        end_alarms(tx, partner.authority, ADDRESS)
    return url


def _change(tx: Tx, authority: str, **values: Any) -> None:
    tx.conn.execute(update(_counterparts).where(_counterparts.c.authority == authority).values(values))
