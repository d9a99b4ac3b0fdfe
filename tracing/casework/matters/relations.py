"""Relations: what officers say to a counterpart outside any case, and what they read of it.

No second person is asked for: nothing here answers, limits or releases anything of a case. A profile is accepted by
whoever may approve; what an agreement then is, both sides compute from the signed statements.

    told = await relations.say(actor, "at", "inform", {"subject": "weapon_stolen", "information": "..."}, wait_s=5)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

from protocol.lifecycle import Kind
from protocol.messages import Message
from protocol.names import AuthorityId, CaseId, MatterId
from tracing import audit
from tracing.casework.acts import House, build_message, find_counterpart
from tracing.casework.arrival import Arrival
from tracing.casework.errors import ByLetterOnly, IllegalMove, Incomplete, Problem, Unavailable
from tracing.casework.matters.agreed import MOST_OPEN, open_of, proposal, proposed_with
from tracing.casework.matters.reconciling import standings
from tracing.casework.matters.rows import MatterThread, add_message, load_matter, mark_read, open_matter
from tracing.casework.offices import corrections_of
from tracing.casework.policy import Actor, permit
from tracing.casework.ports import Address, Prepared
from tracing.clock import Clock, Ids
from tracing.signals import Signals
from tracing.store import Store, StoreUnavailable, Tx, View

__all__ = ["SAYS", "Relations", "Told"]

T = TypeVar("T")

SAYS: Mapping[str, Kind] = MappingProxyType(
    {
        "inform": Kind.SPONTANEOUS_INFORMATION,
        "propose-profile": Kind.PROFILE_PROPOSAL,
        "decide-profile": Kind.PROFILE_DECISION,
        "reconcile": Kind.RECONCILIATION,
        "update-directory": Kind.DIRECTORY_UPDATE,
    }
)
"""What is said to a counterpart outside any case, by verb."""

MOST_SHOWN = 80
_MAY_REPLY = frozenset({"inform", "propose-profile"})


@dataclass(frozen=True, slots=True)
class Told:
    """What an act came to. ``delivery``: queued, sent, accepted, opened or rejected."""

    matter: str
    kind: str
    counterpart: str
    mid: str
    delivery: str


@dataclass(frozen=True, slots=True)
class _Decided:
    """A signed statement, and the matter it goes to; ``is_new`` when it opens that matter."""

    matter: str
    is_new: bool
    counterpart: str
    message: Message
    prepared: Prepared


@dataclass(frozen=True, slots=True)
class Relations:
    """The acts and readings of one node's officers outside cases."""

    store: Store
    house: House
    clock: Clock
    ids: Ids
    signals: Signals

    async def say(
        self,
        actor: Actor,
        authority: str,
        verb: str,
        body: dict[str, Any],
        *,
        wait_s: float = 0.0,
        once: str | None = None,
    ) -> Told:
        """Say it now. ``once`` names something the node says a single time; IntegrityError when it was said before."""
        permit(actor, verb)
        decided = await self.read(lambda view: self._decide(view, authority, verb, body))
        arrival = Arrival.of(self.signals, decided.prepared.mid, wait_s)
        try:
            await self._write(partial(_store, self.house, actor, verb, decided, once))
        except BaseException:  # whatever it was flies on
            arrival.drop()
            raise
        stage = await arrival.stage(self.store)
        return Told(decided.matter, str(decided.message.KIND), authority, decided.prepared.mid, stage)

    async def read(self, look: Callable[[View], T]) -> T:
        """Read, or Unavailable."""
        try:
            return await self.store.read(look)
        except StoreUnavailable as error:
            msg = f"the database gives nothing ({error}); try again"
            raise Unavailable(msg) from error

    async def note_read(self, actor: Actor, ref: str, what: str, shown: Any = None) -> None:
        """The leaf of a reading, before anything is shown; a matter that was read waits on Home no more.

        ``shown``: whatever is shown, of which every case it names is named by the leaf too.
        """
        named = [ref, *sorted(_cases_in(shown))]

        def note(tx: Tx) -> None:
            audit.note(tx, "read", ref, {"actor": actor.name, "what": what, "cases": named})
            if what == "matter":
                mark_read(tx, ref)

        await self._write(note)

    async def _write(self, work: Callable[[Tx], T]) -> T:
        try:
            return await self.store.write(work)
        except StoreUnavailable as error:
            msg = f"the database took nothing ({error}); nothing was done; make room or mend it, then try again"
            raise Unavailable(msg) from error

    # ------------------------------------------------------------ deciding

    def _decide(self, view: View, authority: str, verb: str, body: dict[str, Any]) -> _Decided:
        to = find_counterpart(view, authority)
        if not to.on_node:
            msg = f"{authority} has no node: what is said to it outside cases goes by letter, and is not kept here"
            raise ByLetterOnly(msg)
        content, matter = self._content(view, authority, verb, dict(body))
        message = build_message(self.house, SAYS[verb], content, self._today())
        thread = None if matter is None else load_matter(view, matter)
        matter_id = matter or MatterId.new(self.house.authority, self.ids.uuid7())
        priority = "low" if verb == "reconcile" else "routine"
        address = Address(AuthorityId(authority), matter_id, thread.heads if thread else (), priority)
        prepared = self.house.seal.prepare(message, address, by_letter=False)
        return _Decided(matter_id, thread is None, authority, message, prepared)

    def _content(
        self, view: View, authority: str, verb: str, body: dict[str, Any]
    ) -> tuple[dict[str, Any], str | None]:
        """The body of the message, and the matter it is said in (None: one of its own)."""
        if verb == "reconcile":
            return self._reconciliation(view, authority, body), None
        if verb == "update-directory":
            return self._office(view) | body, None
        if verb == "decide-profile":
            return _decision(view, authority, self.house.authority, body)
        if body.get("passed_on"):
            expected = "nothing: another authority's words are passed on in a case that goes on from theirs"
            raise Incomplete((Problem("passed_on", expected, "a list"),))
        if verb == "propose-profile" and (held := open_of(view, authority, self.house.authority)) >= MOST_OPEN:
            msg = f"propose-profile: {held} proposals of ours wait for {authority}; end those that are not wanted first"
            raise IllegalMove(msg)
        matter = body.pop("matter", None) if verb in _MAY_REPLY else None
        if matter is not None:
            _require_theirs(load_matter(view, str(matter)), authority)
        return body, None if matter is None else str(matter)

    def _reconciliation(self, view: View, authority: str, body: dict[str, Any]) -> dict[str, Any]:
        """The list is the node's own: an officer adds words to it, never cases."""
        entered = [name for name in ("month", "cases", "not_listed") if name in body]
        if entered:
            raise Incomplete(tuple(Problem(name, "nothing: the node lists it itself", "a value") for name in entered))
        listed, not_listed = standings(view, authority)
        more = {"not_listed": not_listed} if not_listed else {}
        return body | {"month": f"{self._today():%Y-%m}", "cases": listed} | more

    def _office(self, view: View) -> dict[str, Any]:
        """How our own days count, as far as whoever speaks leaves it out: both sides then count by the same days."""
        corrections = corrections_of(view, self.house.authority)
        return self.house.timetable.almanac.announces(corrections, self._today())

    def _today(self) -> date:
        return self.clock.now().date()


def _require_theirs(thread: MatterThread, authority: str) -> None:
    if thread.row.counterpart != authority:
        msg = f"the matter {thread.row.id} is not one with {authority}"
        raise IllegalMove(msg)


def _decision(view: View, authority: str, me: str, body: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """A decision names the proposal it decides; left out, it is the only one of theirs that waits."""
    found = proposed_with(view, authority)
    waiting = [one for one in found if one.status == "proposed" and one.term.sender == authority]
    about = body.get("about") or (waiting[0].term.mid if len(waiting) == 1 else None)
    decided = proposal(view, authority, str(about))
    if decided is None:
        known = ", ".join(one.term.mid for one in waiting) or "none"
        expected = f"the id of a proposal between the two (waiting now: {known})"
        raise Incomplete((Problem("about", expected, str(about)[:MOST_SHOWN]),))
    ends = body.get("decision") == "ended"
    if decided.status not in ({"proposed", "accepted"} if ends else {"proposed"}):
        msg = f"decide-profile: the proposal {about} was {decided.status}; propose anew what is still wanted"
        raise IllegalMove(msg)
    if not ends and decided.term.sender == me:
        msg = f"decide-profile: the proposal {about} is our own; the other side accepts or declines it"
        raise IllegalMove(msg)
    return body | {"about": decided.term.mid}, decided.term.matter


def _store(house: House, actor: Actor, verb: str, decided: _Decided, once: str | None, tx: Tx) -> None:  # noqa: PLR0917 - one act
    """The transaction of one statement: matter (when new), message, envelope, outbox, leaf."""
    prepared, kind = decided.prepared, str(decided.message.KIND)
    if decided.is_new:
        open_matter(tx, decided.matter, decided.counterpart, direction="sent", kind=kind, once=once)
    row = {
        "mid": prepared.mid,
        "direction": "out",
        "sender": prepared.mid.authority,
        "kind": kind,
        "effect": "effective",
        "re": " ".join(prepared.address.re),
        "facts": " ".join(sorted(decided.message.facts())),
        "iat_ms": prepared.iat_ms,
        "statement_digest": prepared.statement_digest,
        "actor": actor.name,
    }
    add_message(tx, decided.matter, row, prepared.inner, {"act": verb, "actor": actor.name})
    house.seal.issue(tx, prepared, decided.matter)


def _cases_in(value: Any) -> set[str]:
    """The cases that a document names, wherever in it."""
    if isinstance(value, str):
        return {value} if CaseId.FORM.fullmatch(value) else set()
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return {case for one in inner for case in _cases_in(one)}
