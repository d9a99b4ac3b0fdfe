"""Whom this node talks to: the pinned counterparts with their keys, as a snapshot in memory.

Rules
- ``pin`` and ``add_off_node`` write rows in the caller's transaction; the snapshot is renewed by ``reload``.
- A counterpart is pinned by the digest of its first root, which two officers compared over another channel.
- What is stored is verified again when it is loaded; a counterpart whose documents do not hold keeps its name and has
  no keys (``trust`` is None), so nothing passes and an officer sees why.

    partners = Partners(store, net="real")
    partners.reload()
    partners.get("br").trust.verifier("env")
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy import insert, select, update
from yarl import URL

from keys.card import Card
from keys.errors import KeysError
from keys.lookalikes import check_apart
from keys.trust import Carriage, Freshness, TrustSet
from protocol.errors import UnknownKey
from protocol.jws import Verify
from protocol.names import AuthorityId
from tracing import audit, tables
from tracing.store import AnyRow, Store, Tx, View
from tracing.store.spelt import Spelt
from tracing.trust.alarms import Alarm, open_alarms
from tracing.trust.documents import Kept, Named, add_document, all_named, read_kept
from tracing.trust.introductions import check_introductions
from tracing.trust.twins import TWINS

__all__ = [
    "ACTIVE", "SUSPENDED", "AlreadyPinned", "Partner", "Partners", "add_off_node", "confirmed", "judge_card", "pin",
    "set_carriage", "set_status",
]  # fmt: skip

ACTIVE, SUSPENDED = "active", "suspended"
_counterparts = tables.Counterpart.__table__  # type: ignore[attr-defined]
_revocations, _outbox = tables.table_of(tables.Revocation), tables.table_of(tables.Outbox)


class AlreadyPinned(Exception):
    """The counterpart is known already; ``digest`` is the one it is pinned by (None for one reached by letter)."""

    def __init__(self, authority: str, digest: str | None) -> None:
        super().__init__(f"{authority} is a counterpart already")
        self.digest = digest


@dataclass(frozen=True, slots=True)
class Partner:
    """Another State's authority as this node knows it. ``on_node`` is false for one reached by letter only."""

    authority: str
    country: str
    name: str
    on_node: bool
    status: str
    url: str | None
    trust: TrustSet | None
    refreshed_ms: int | None = None  # when its documents were last looked for
    recovery: str | None = None  # how far we are in learning what it holds of us and we do not
    gave_back: bool = False  # it once gave back what this node had lost
    carriage: Carriage = "online"  # how it is reached: by it go the key to seal to, and how long former keys count
    revoked: Mapping[str, int] = field(default_factory=dict)  # kid -> when we came to know that it is

    def verifier_of(self, use: str, accepted_ms: int) -> Verify:
        """For what was accepted then: a key counts until we came to know that it is revoked. UnknownKey without trust.

        What its message says of its time does not count: whoever stole a key can date anything back.
        """
        if self.trust is None:
            raise UnknownKey(f"the keys of {self.authority} are not known here")
        known, then, now = self.revoked, self.trust.evidence_verifier(use), self.trust.verifier(use)

        def check(kid: str, alg: str, data: bytes, signature: bytes) -> None:
            (then if accepted_ms < known.get(kid, 0) else now)(kid, alg, data, signature)

        return check

    def freshness(self, at_ms: int) -> Freshness:
        """How far what is held of it may be relied on; what was never believed is held."""
        return Freshness.HELD if self.trust is None else self.trust.freshness(at_ms, self.carriage)

    @property
    def is_reachable(self) -> bool:
        """Whether messages may be sent to it just now, on line."""
        return self.may_be_written_to and self.url is not None and self.carriage == "online"

    @property
    def may_be_written_to(self) -> bool:
        """Whether messages may be sent to it just now, whoever carries them."""
        return self.on_node and self.status == ACTIVE and self.trust is not None

    @property
    def is_suspended(self) -> bool:
        """Whether an officer stopped the exchange with it."""
        return self.status == SUSPENDED


class Partners:
    """All counterparts. ``reload`` swaps the snapshot; whoever holds a Partner keeps a consistent old one."""

    def __init__(self, store: Store, net: str) -> None:
        self._store = store
        self._net = net
        self._by_authority: dict[str, Partner] = {}
        self._read: dict[str, tuple[Named, TrustSet | None]] = {}
        self._turn = threading.Lock()
        self.alarms: tuple[Alarm, ...] = ()

    def get(self, authority: str) -> Partner | None:
        """The counterpart of that name, or None."""
        return self._by_authority.get(authority)

    def all(self) -> tuple[Partner, ...]:
        """Every counterpart, by name."""
        return tuple(self._by_authority[name] for name in sorted(self._by_authority))

    @property
    def is_doubled(self) -> bool:
        """Whether another node was heard with our keys and no officer decided yet: nothing is sent meanwhile."""
        return any(one.code == TWINS and one.authority not in self._by_authority for one in self.alarms)

    def is_told(self, authority: str, code: str) -> bool:
        """Whether this alarm about it is open."""
        return any((one.authority, one.code) == (authority, code) for one in self.alarms)

    def trusts(self) -> tuple[TrustSet, ...]:
        """What is believed of each that is believed."""
        return tuple(one.trust for one in self.all() if one.trust is not None)

    def reload(self) -> None:
        """Read the rows again (a few milliseconds for each whose documents changed). In any thread.

        One after the other: who looked earlier must not write over what was seen later.
        """
        with self._turn:
            self._reload()

    def _reload(self) -> None:
        found, revoked = self._store.read_now(lambda view: (self._look(view), _revoked(view)))
        self._read = {row.authority: (named, self._trust(row, named, kept)) for row, named, kept in found}
        self._by_authority = {row.authority: self._partner(row, revoked.get(row.authority, {})) for row, _, _ in found}

    def _look(self, view: View) -> list[tuple[AnyRow, Named, Kept | None]]:
        """Every row with its documents; their bytes only where they are not those read last."""
        self.alarms, named = open_alarms(view), all_named(view)
        found: list[tuple[AnyRow, Named, Kept | None]] = []
        for row in view.conn.execute(select(_counterparts)).all():
            theirs = named.get(row.authority, Named(0, None, None, ()))
            known = self._read.get(row.authority)
            kept = None if known is not None and known[0] == theirs else read_kept(view, row.authority, theirs)
            found.append((row, theirs, kept))
        return found

    def _partner(self, row: AnyRow, revoked: Mapping[str, int]) -> Partner:
        trust = self._read[row.authority][1] if row.on_node else None
        return Partner(
            row.authority, row.country, row.name, row.on_node, row.status, row.url, trust, row.refreshed_ms,
            row.recovery, row.recovered_ms is not None, row.carriage, revoked,
        )  # fmt: skip

    def _trust(self, row: AnyRow, named: Named, kept: Kept | None) -> TrustSet | None:
        known = self._read.get(row.authority)
        if kept is None:
            return known[1] if known is not None and known[0] == named else None
        if not row.on_node:
            return None
        try:
            return kept.trust(row.root_digest, self._net)
        except KeysError as error:
            structlog.get_logger().error("partners.documents_refused", counterpart=row.authority, reason=str(error))
            return None


_REVOKED = Spelt(select(_revocations.c.authority, _revocations.c.kid, _revocations.c.received_ms))


def _revoked(view: View) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for row in _REVOKED.rows(view.conn):
        found.setdefault(row.authority, {})[row.kid] = row.received_ms
    return found


def confirmed(url: str) -> URL:
    """The address if it is one to connect to: http or https, a host, nothing hidden in it. ValueError otherwise."""
    parsed = URL(url)
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ValueError("expected an address like https://host:port")
    if parsed.user is not None or parsed.password is not None or parsed.query_string or parsed.fragment:
        raise ValueError("expected an address without user, query or fragment")
    return parsed


# ---------------------------------------------------------------- changes


def pin(
    tx: Tx,
    card: Card,
    digest: str,
    actor: str,
    *,
    net: str,
    log_origin: str,
    known: Sequence[TrustSet] = (),
    alike_ok: bool = False,
) -> TrustSet:
    """Make the authority of ``card`` a counterpart, believed by ``digest``: rows, its tree, a leaf in the private tree.

    ``log_origin`` is that of this node's log; the tree of the counterpart is named below it. The rest, and what is
    raised, is as in ``judge_card``.
    """
    trust = judge_card(tx, card, digest, at_ms=tx.now_ms, net=net, known=known, alike_ok=alike_ok)
    url = None if trust.url is None else str(confirmed(trust.url))
    row = _row(trust.authority, trust.country, trust.name, actor, tx.now_ms)
    _write(tx, row | {"url": url, "root_digest": digest, "on_node": True, "refreshed_ms": tx.now_ms})
    for version, document in enumerate(card.root_documents, 1):
        add_document(tx, trust.authority, "root", under=version, version=version, document=document)
    ver = trust.keyset.ver if trust.keyset else 0
    add_document(tx, trust.authority, "keyset", under=trust.root.ver, version=ver, document=card.keyset_document)
    audit.open_tree(tx, trust.authority, f"{log_origin}/{trust.authority}")
    note = {"act": "pin", "actor": actor, "authority": trust.authority, "digest": digest, "url": url}
    audit.note(tx, "cfg", trust.authority, note)
    check_introductions(tx, trust.authority)
    return trust


def judge_card(
    view: View,
    card: Card,
    digest: str,
    *,
    at_ms: int,
    net: str,
    known: Sequence[TrustSet] = (),
    alike_ok: bool = False,
) -> TrustSet:
    """What ``card`` would make this node believe, by ``digest``. Nothing is written.

    ``known`` are ourselves and the authorities believed already: none may share a key with the new one, nor have an
    id that the eye takes for its own (unless ``alike_ok``: officers looked twice). A counterpart that was reached by
    letter becomes one on a node. Raises AlreadyPinned, what TrustSet raises (DigestMismatch, ...), LookAlike, or
    ValueError for an address that is none.
    """
    trust = TrustSet.of_card(card, digest, net, at_ms=at_ms)
    trust.check_alone(known)
    if not alike_ok:
        rows = view.conn.execute(select(_counterparts.c.authority)).scalars().all()
        check_apart(trust.authority, [*rows, *(one.authority for one in known)])
    if trust.url is not None:
        confirmed(trust.url)
    pinned = view.conn.execute(select(_counterparts).where(_counterparts.c.authority == trust.authority)).first()
    if pinned is not None and pinned.on_node:
        raise AlreadyPinned(trust.authority, pinned.root_digest)
    return trust


def add_off_node(tx: Tx, authority: str, country: str, name: str, actor: str) -> None:
    """Make a State's authority that has no node a counterpart, reached by letter. Raises AlreadyPinned."""
    row = _row(AuthorityId(authority), country, name, actor, tx.now_ms) | {"on_node": False}
    _write(tx, row)
    audit.note(tx, "cfg", authority, {"act": "add", "actor": actor, "authority": authority, "country": country})


def set_status(tx: Tx, authority: str, status: str, actor: str, why: str | None = None) -> None:
    """Suspend or resume the exchange with a counterpart. KeyError if there is none of that name."""
    done = tx.conn.execute(update(_counterparts).where(_counterparts.c.authority == authority).values(status=status))
    if done.rowcount != 1:
        raise KeyError(authority)
    audit.note(tx, "cfg", authority, {"act": status, "actor": actor, "authority": authority, "why": why})


def set_carriage(tx: Tx, authority: str, carriage: Carriage, actor: str) -> None:
    """From now on it is reached on line, or by file. KeyError if there is none of that name."""
    where = (_counterparts.c.authority == authority, _counterparts.c.on_node)
    if tx.conn.execute(update(_counterparts).where(*where).values(carriage=carriage)).rowcount != 1:
        raise KeyError(authority)
    afresh = {"state": "due", "next_ms": tx.now_ms, "attempts": 0}  # what failed on the former way
    afresh |= {"last_error": None, "parked_ms": None}
    tx.conn.execute(update(_outbox).where(_outbox.c.counterpart == authority).values(afresh))
    audit.note(tx, "cfg", authority, {"act": "carriage", "actor": actor, "authority": authority, "carriage": carriage})


def _row(authority: str, country: str, name: str, actor: str, now_ms: int) -> dict[str, Any]:
    row = {"authority": authority, "country": country, "name": name, "pinned_by": actor, "pinned_ms": now_ms}
    return row | {"status": ACTIVE, "out_seq": 0, "in_hi": 0}


def _write(tx: Tx, row: dict[str, Any]) -> None:
    """Insert the counterpart; one reached by letter until now is moved to its node."""
    known = tx.conn.execute(select(_counterparts).where(_counterparts.c.authority == row["authority"])).first()
    if known is None:
        tx.conn.execute(insert(_counterparts).values(row))
    elif known.on_node or not row["on_node"]:
        raise AlreadyPinned(row["authority"], known.root_digest)
    else:
        tx.conn.execute(update(_counterparts).where(_counterparts.c.authority == row["authority"]).values(row))
