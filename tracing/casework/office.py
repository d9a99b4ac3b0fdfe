"""The office: what pages, API and commands call to make something happen in a case.

Each act is load, decide, commit. Deciding signs and seals outside the transaction; the commit checks that the case is
still the one decided on and decides anew if it is not.

    outcome = await office.request(actor, body, wait_s=5)
    outcome = await office.move(actor, case_id, "acknowledge", {"reference": "AT-77"})
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from protocol.messages.part import plain
from protocol.names import CaseId
from tracing.casework import channels, dossiers, recording
from tracing.casework.acts import Act, House, decide_move, decide_request
from tracing.casework.arrival import Arrival
from tracing.casework.casefile import CaseFile, read_file
from tracing.casework.dossiers import DossierOutcome
from tracing.casework.elements import erasing, proving
from tracing.casework.elements.erasing import enter_erasure
from tracing.casework.elements.gate import note_refusal
from tracing.casework.elements.prepared import ERASE, PreparedErasure, do_prepared, prepare_erasure
from tracing.casework.elements.proving import Proof, build_proof, enter_release, note_release
from tracing.casework.elements.route import Route, read_route
from tracing.casework.enquiries import Enquiries
from tracing.casework.enquiries.entered import whole_part
from tracing.casework.errors import Forbidden, IllegalMove, NotFound, Restricted, Stale, Unavailable
from tracing.casework.evidence import Exported, Stamper, ask_stamp, build_evidence, enter_export, note_export
from tracing.casework.insight import note_reading
from tracing.casework.outcome import Outcome, imported_case
from tracing.casework.policy import NODE, Actor, may, permit
from tracing.casework.release import check_meant
from tracing.casework.thread import Thread, drafts, load
from tracing.casework.verbs import VERBS
from tracing.casework.writing import store_draft, store_released
from tracing.clock import Clock, Ids
from tracing.signals import Signals
from tracing.store import Store, StoreUnavailable, Tx, View
from tracing.store.content import case_key, show_json
from tracing.store.dossiers import dossiers_of
from tracing.tables import ImportedRow, table_of

__all__ = ["DOSSIER_VERBS", "Office", "Outcome"]

T = TypeVar("T")
R = TypeVar("R")
DOSSIER_VERBS = (*dossiers.SAID_OF_ALL, "approve", "record")
Also = Callable[[Tx, str], None]
Decided = Act | recording.Recording | PreparedErasure
TRIES = 12  # decisions taken again because somebody else moved the case in between
_imported = table_of(ImportedRow)


class Office:
    """The acts of one node's officers."""

    def __init__(self, store: Store, house: House, clock: Clock, ids: Ids, signals: Signals) -> None:
        self.store = store
        self.house = house
        self._clock = clock
        self._ids = ids
        self.signals = signals
        self.stamper: Stamper | None = None  # of evidence, where the node has one
        self.enquiries = Enquiries(store, house, clock, ids)

    # ------------------------------------------------------------ acts

    async def request(
        self,
        actor: Actor,
        body: dict[str, Any],
        *,
        wait_s: float = 0.0,
        row_digest: str | None = None,
        dossier: str | None = None,
    ) -> Outcome:
        """Open a case and, where the node asks for no second person, send it (contract: POST /api/v1/requests).

        ``row_digest`` names the row of a list it came from: the same row opens one case, however often it is imported.
        """
        permit(actor, "request")
        if row_digest and (known := await self.store.read(lambda view: imported_case(view, row_digest))):
            return known
        case_id = CaseId.new(self.house.authority, self._ids.uuid7())
        release = not self.house.two_persons

        def decide(view: View) -> Act:
            act = decide_request(self.house, view, body, case_id, self.today(), release=release)
            return replace(act, dossier=dossier)

        return await self._anew(
            actor, decide, lambda act: self._commit(actor, act, wait_s, row_digest), f"the parent of case {case_id}"
        )

    async def move(
        self,
        actor: Actor,
        case_id: str,
        verb: str,
        body: dict[str, Any],
        *,
        if_match: int | None = None,
        wait_s: float = 0.0,
        also: Also | None = None,
    ) -> Outcome:
        """One verb of the lifecycle in an existing case (contract: POST /api/v1/cases/{case}/{verb}).

        ``also`` is done in the transaction that stores what was said, with its mid.
        """
        if verb not in VERBS and verb not in ("approve", "record"):
            msg = f"{verb!r} is not a verb of a case; verbs: {', '.join(sorted([*VERBS, 'approve', 'record']))}"
            raise NotFound(msg)
        permit(actor, verb)
        looked_at: str | None = None

        def decide(view: View) -> Decided:
            nonlocal looked_at
            act = self._decide(view, actor, case_id, verb, body, if_match)
            draft = None if isinstance(act, recording.Recording) else act.draft
            if looked_at not in (None, draft):
                msg = f"another draft in case {case_id} took the place of the one you were releasing"
                raise Stale(msg)
            looked_at = draft
            return act

        return await self._anew(
            actor, decide, lambda act: self._commit(actor, act, wait_s, also=also), f"case {case_id}"
        )

    async def dossier(self, actor: Actor, body: dict[str, Any]) -> DossierOutcome:
        """One seizure, many weapons, sent as one, a dossier for each counterpart (contract: POST /api/v1/dossiers)."""
        permit(actor, "request")
        release = not self.house.two_persons

        def decide(view: View) -> dossiers.Seizure:
            return dossiers.decide_seizure(self.house, view, body, self.today(), self._ids, release=release)

        async def commit(decided: dossiers.Seizure) -> DossierOutcome:
            threads = await self._write(lambda tx: dossiers.store_seizure(tx, self.house, actor, decided))
            return DossierOutcome.of(decided.seizure or decided.dossiers[0].dossier, threads)

        return await self._anew(actor, decide, commit, "the parent of one of these cases")

    async def dossier_move(self, actor: Actor, dossier: str, verb: str, body: dict[str, Any]) -> DossierOutcome:
        """One act for all of a dossier, or of a seizure (contract: POST /api/v1/dossiers/{id}/{verb})."""
        if verb not in DOSSIER_VERBS:
            msg = f"{verb!r} is not a verb of a dossier; verbs: {', '.join(DOSSIER_VERBS)}"
            raise NotFound(msg)
        permit(actor, verb)
        for _ in range(TRIES):
            work = await self._judged(actor, lambda view: self._decide_dossier(view, actor, dossier, verb, body))
            try:
                return DossierOutcome.of(dossier, await self._write(work))
            except Stale:  # a receipt may have moved a case: decide anew, but release only what was looked at
                if verb == "approve":
                    raise
        msg = f"the cases of dossier {dossier} are being moved by somebody else; try again"
        raise Unavailable(msg)

    def _decide_dossier(
        self, view: View, actor: Actor, dossier: str, verb: str, body: dict[str, Any]
    ) -> Callable[[Tx], tuple[Thread, ...]]:
        """What the act comes to, as the work of one transaction."""
        house = self.house
        if not dossiers_of(view, dossier):
            msg = f"no dossier {dossier!r} at this node"
            raise NotFound(msg)
        if verb == "approve":
            acts = self._approve_all(view, actor, dossier)
            return lambda tx: tuple(_store(tx, house, actor, act, None) for act in acts)
        if verb == "record":
            made = dossiers.decide_recordings(house, view, dossier, body, self._clock.now(), self._ids)
            return lambda tx: tuple(recording.store(tx, house, actor, one) for one in made)
        said = dossiers.decide_for_all(house, view, dossier, verb, body, self.today())
        return lambda tx: dossiers.store_for_all(tx, house, actor, said)

    async def note_channel(self, actor: Actor, case_id: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        """Note another channel used for the weapon, for our own file; returns all that are noted."""
        permit(actor, "record")
        noted = plain(whole_part(channels.Noted, body, self.today()))
        return await self._write(lambda tx: channels.add(tx, actor, case_id, noted))

    async def read_case(self, actor: Actor, case_id: str) -> CaseFile:
        """Everything about one case; the reading is a leaf of the private tree before it is shown."""
        (file,) = await self.read_cases(actor, (case_id,))
        return file

    async def read_cases(self, actor: Actor, case_ids: tuple[str, ...], what: str = "case") -> tuple[CaseFile, ...]:
        """Everything about some cases, in one reading."""
        permit(actor, "read", *case_ids)
        verbs = frozenset(verb for verb in (*VERBS, "approve", "record", "enquire") if may(actor.role, verb))
        now_ms = self._clock.now_ms()
        files = await self._read(lambda view: tuple(read_file(view, one, actor, verbs, now_ms) for one in case_ids))
        await self.note_read(actor, case_ids, what)
        return files

    async def read_route(self, actor: Actor, case_id: str) -> Route:
        """The way of a weapon across all linked cases; one leaf for the reading of them all."""
        permit(actor, "read")
        route = await self._read(lambda view: read_route(view, case_id))
        await self.note_read(actor, tuple(one["case"] for one in route.cases), "route")
        return route

    async def note_read(self, actor: Actor, case_ids: tuple[str, ...], what: str = "case") -> None:
        """One leaf for one reading, however many cases it showed."""
        if case_ids:
            await self._write(lambda tx: note_reading(tx, actor, case_ids, what))

    # ------------------------------------------------------------ elements

    async def elements(self, actor: Actor, case_id: str) -> list[dict[str, Any]]:
        """The elements of every signed message of a case (contract: GET /api/v1/cases/{case}/elements)."""
        permit(actor, "read", case_id)
        found = await self._read(lambda view: proving.list_elements(view, case_id))
        await self.note_read(actor, (case_id,), "elements")
        return found

    async def release(self, actor: Actor, case_id: str, body: dict[str, Any]) -> Proof:
        """A proof of some elements for a third (contract: POST /api/v1/cases/{case}/elements/proof)."""
        permit(actor, "release")
        release = enter_release(case_id, body, self.house.authority)

        async def commit(made: Proof) -> Proof:
            await self._write(lambda tx: note_release(tx, actor, release, made))
            return made

        build = partial(build_proof, release=release, me=self.house.authority, today=self.today())
        return await self._anew(actor, build, commit, f"case {case_id}")

    async def evidence(self, actor: Actor, case_id: str, body: dict[str, Any]) -> Exported:
        """Evidence of a case or of one message for a third (contract: GET /api/v1/cases/{case}/evidence)."""
        permit(actor, "release", case_id)
        asked = enter_export(case_id, body, self.house.authority)

        async def commit(made: Exported) -> Exported:
            made = await ask_stamp(self.stamper, self.house, made)
            await self._write(lambda tx: note_export(tx, actor, asked, made))
            return made

        build = partial(build_evidence, house=self.house, asked=asked, now=self._clock.now())
        return await self._anew(actor, build, commit, f"case {case_id}")

    async def erase(self, actor: Actor, case_id: str, body: dict[str, Any]) -> None:
        """Erase one element of a stored message for good; where two persons release, it waits for the second."""
        permit(actor, "ask-erase")
        asked, work = enter_erasure(case_id, body), prepare_erasure if self.house.two_persons else erasing.erase
        if not self.house.two_persons:
            permit(actor, "erase")
        await self._write(lambda tx: work(tx, actor, asked))
        self.signals.ring("sweeping")

    # ------------------------------------------------------------ deciding

    def _decide(  # noqa: PLR0917 - what an officer hands in, and the view it is judged in
        self, view: View, actor: Actor, case_id: str, verb: str, body: dict[str, Any], if_match: int | None
    ) -> Decided:
        thread = load(view, case_id)
        if if_match is not None and if_match != thread.case.version:
            msg = f"you read version {if_match} of case {case_id}; it is now version {thread.case.version}"
            raise Stale(msg)
        if verb == "approve":
            check_meant(view, actor, thread, body, if_match)
            return self._approve(view, actor, thread)
        if verb == "record":
            if self.house.two_persons and recording.opens_the_gate(body):
                permit(actor, "approve")
            return recording.decide(self.house, view, thread, body, self._clock.now(), self._ids)
        release = not (self.house.two_persons and VERBS[verb].two_persons(body))
        by_node = actor is NODE
        return decide_move(self.house, view, thread, verb, body, self.today(), release=release, by_node=by_node)

    def _approve(self, view: View, actor: Actor, thread: Thread) -> Act | PreparedErasure:
        """Release what another person drafted: decided anew from the same body, in the same version of the case."""
        draft = thread.pending
        if draft is None:
            msg = f"approve: nothing in case {thread.case.id} waits for a second person"
            raise IllegalMove(msg)
        if draft.drafted_by == actor.name:
            msg = f"approve: {actor.name} drafted this; a second person releases it"
            raise Forbidden(msg)
        body = show_json(view, case_key(view, thread.case), draft.body, thread.case.id, "draft", draft.id)
        if draft.verb == ERASE:
            return PreparedErasure.of(thread, draft, body)
        if draft.verb == "request":
            act = decide_request(self.house, view, body, CaseId(thread.case.id), self.today(), release=True)
            return replace(act, version=thread.case.version, dossier=thread.case.dossier, draft=draft.id)
        act = decide_move(self.house, view, thread, draft.verb, body, self.today(), release=True)
        return replace(act, draft=draft.id)

    def _approve_all(self, view: View, actor: Actor, dossier: str) -> tuple[Act, ...]:
        threads = [load(view, case) for cases in dossiers_of(view, dossier).values() for case in cases]
        waiting = [one for one in threads if one.pending is not None and one.pending.verb != ERASE]
        if not waiting:
            msg = f"approve: nothing in the dossier {dossier} waits for a second person"
            raise IllegalMove(msg)
        for thread in waiting:
            check_meant(view, actor, thread, {}, None)
        return tuple(act for one in waiting if isinstance(act := self._approve(view, actor, one), Act))

    def today(self) -> date:
        """The day acts are judged on."""
        return self._clock.now().date()

    # ------------------------------------------------------------ committing

    async def _commit(
        self, actor: Actor, act: Decided, wait_s: float, row_digest: str | None = None, also: Also | None = None
    ) -> Outcome:
        if isinstance(act, recording.Recording):
            thread = await self._write(lambda tx: recording.store(tx, self.house, actor, act))
            return Outcome(act.case_id, thread.state, thread.case.counterpart, act.mid, "recorded")
        if isinstance(act, PreparedErasure):
            thread = await self._write(lambda tx: do_prepared(tx, actor, act))
            self.signals.ring("sweeping")
            return Outcome(thread.case.id, thread.state, thread.case.counterpart, None, "recorded")
        mid = act.prepared.mid if act.prepared else None
        arrival = Arrival.of(self.signals, str(mid), wait_s if mid and not act.by_letter else 0.0)
        try:
            thread = await self._write(lambda tx: _store(tx, self.house, actor, act, row_digest, also))
        except BaseException as error:  # whatever it was flies on, unless the row was taken beside us
            arrival.drop()
            if isinstance(error, IntegrityError) and row_digest:
                known = await self.store.read(lambda view: imported_case(view, row_digest))
                if known:
                    return known
            raise
        if mid is None:
            return Outcome(act.case_id, thread.state, act.counterpart, None, "draft")
        if act.by_letter:
            return Outcome(act.case_id, thread.state, act.counterpart, mid, "recorded")
        return Outcome(act.case_id, thread.state, act.counterpart, mid, await arrival.stage(self.store))

    async def _anew(
        self, actor: Actor, decide: Callable[[View], T], commit: Callable[[T], Awaitable[R]], what: str
    ) -> R:
        """Decide and commit; where ``what`` was moved in between (a receipt, a restriction), decide anew."""
        for _ in range(TRIES):
            decided = await self._judged(actor, decide)
            try:
                return await commit(decided)
            except Stale:
                continue
        msg = f"{what} is being moved by somebody else; try again"
        raise Unavailable(msg)

    # ------------------------------------------------------------ the store's moods

    async def _read(self, look: Callable[[View], T]) -> T:
        try:
            return await self.store.read(look)
        except StoreUnavailable as error:
            raise _unavailable(error) from error

    async def _judged(self, actor: Actor, look: Callable[[View], T]) -> T:
        """Decide; a release that a restriction forbids leaves its leaf before it is refused."""
        try:
            return await self._read(look)
        except Restricted as refused:
            leaf = refused
            await self._write(lambda tx: note_refusal(tx, actor, leaf))
            raise

    async def _write(self, work: Callable[[Tx], T]) -> T:
        try:
            return await self.store.write(work)
        except StoreUnavailable as error:
            raise _unavailable(error) from error


def _unavailable(error: Exception) -> Unavailable:
    return Unavailable(f"the database took nothing ({error}); nothing was done; make room or mend it, then try again")


def _store(  # noqa: PLR0917 - one act, and what belongs into its transaction
    tx: Tx, house: House, actor: Actor, act: Act, row_digest: str | None, also: Also | None = None
) -> Thread:
    """The transaction of one act."""
    if act.draft is not None:
        released = {"status": "released", "released_by": actor.name}
        tx.conn.execute(update(drafts).where(drafts.c.id == act.draft).values(released))
    thread = store_draft(tx, actor, act) if act.prepared is None else store_released(tx, house, actor, act)
    if row_digest:
        tx.conn.execute(insert(_imported).values(row_digest=row_digest, case_id=act.case_id, imported_ms=tx.now_ms))
    if also is not None and act.prepared is not None:
        also(tx, act.prepared.mid)
    return thread
