"""The acts on domestic enquiries: what pages and API call. Each is judged, then one transaction.

asked, token = await enquiries.ask(actor, case_id, {"addressee": {...}, "question": "...", "told": ["make"]})
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from protocol import base64url
from protocol.deadlines import due_on
from protocol.lifecycle import Kind
from protocol.messages.members import Day
from protocol.messages.part import Part, plain
from tracing.casework.acts import House
from tracing.casework.elements.gate import note_refusal
from tracing.casework.enquiries import tasks
from tracing.casework.enquiries.entered import USUALLY_TOLD, Addressee, Question, Renewal, Reply, Withdrawn, whole_part
from tracing.casework.enquiries.tasks import EnquiryFile, Task
from tracing.casework.enquiries.telling import told_of
from tracing.casework.errors import IllegalMove, NotFound, Restricted
from tracing.casework.particulars import particulars
from tracing.casework.policy import Actor, permit
from tracing.casework.thread import Thread, load
from tracing.clock import Clock, Ids, rfc3339, to_ms
from tracing.store import AnyRow, Store, Tx, View
from tracing.store.content import case_key
from tracing.store.people import digest_of

__all__ = ["Enquiries", "EnquiryOutcome", "Form"]

TOKEN_BYTES = 32
USUAL_SPAN = timedelta(days=14)  # domain 7b.3 suggests as much for what the other State is asked
BY_FORM = "form"


@dataclass(frozen=True, slots=True)
class Form:
    """What the holder of a link sees: his own enquiry while it is ``open``, nothing once ``answered`` or ``ended``."""

    state: str
    addressee: str = ""
    question: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    due: str = ""


@dataclass(frozen=True, slots=True)
class EnquiryOutcome:
    """What an act on an enquiry came to. ``token`` is that of a new link: shown to the officer now, and never again."""

    file: EnquiryFile
    token: str | None = None


class Enquiries:
    """The domestic enquiries of one node. Beside what each method says: Forbidden, and Erased for an erased case."""

    def __init__(self, store: Store, house: House, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._house = house
        self._clock = clock
        self._ids = ids

    # ------------------------------------------------------------ officers

    async def ask(self, actor: Actor, case_id: str, body: dict[str, Any]) -> EnquiryOutcome:
        """Open an enquiry, with a link to its reply form.

        Raises NotFound, IllegalMove (not ours to answer now), Incomplete, or Restricted where a restriction of the
        requester forbids telling what was chosen; that leaves its leaf.
        """
        permit(actor, "enquire")
        await self._store.read(lambda view: _require_room(view, load(view, case_id)))
        question = whole_part(Question, body, self._today())
        due_ms = self._end_of(question.due) or self._end_of(str(self._today() + USUAL_SPAN))
        await self._require_told(actor, case_id, question)
        token = self._new_token()

        def begin(tx: Tx) -> EnquiryFile:
            thread = load(tx, case_id)
            _require_room(tx, thread)
            asked, sha256 = self._asked(tx, thread, question), digest_of(token)
            enquiry = tasks.add(tx, actor.name, thread.case, asked, due_ms=due_ms or tx.now_ms, link_sha256=sha256)
            return tasks.task(tx, enquiry).file(tx, tx.now_ms)

        return EnquiryOutcome(await self._store.write(begin), token)

    async def of_case(self, actor: Actor, case_id: str) -> tuple[EnquiryFile, ...]:
        """Every enquiry of a case, in the order they were asked."""
        permit(actor, "enquire")

        def look(view: View) -> tuple[EnquiryFile, ...]:
            case = load(view, case_id).case
            return tasks.of_case(view, case_key(view, case), case_id, self._clock.now_ms())

        return await self._store.read(look)

    async def reply(self, actor: Actor, enquiry: str, body: dict[str, Any]) -> EnquiryOutcome:
        """Record a reply that came by letter or telephone: ``{"channel", "received", ...}`` beside its own members."""
        await self._begin(actor, enquiry, "reply")
        channel, received, _ = particulars(
            {"channel": body.get("channel"), "received": body.get("received")}, self._now()
        )
        reply = self._fit(Reply, {name: value for name, value in body.items() if name not in ("channel", "received")})
        return await self._change(
            lambda tx: tasks.answer(tx, actor.name, enquiry, reply, channel=channel, received_ms=to_ms(received))
        )

    async def withdraw(self, actor: Actor, enquiry: str, body: dict[str, Any]) -> EnquiryOutcome:
        """The reply is no longer needed; the link ends."""
        await self._begin(actor, enquiry, "withdraw")
        why = self._fit(Withdrawn, body)
        return await self._change(lambda tx: tasks.withdraw(tx, actor.name, enquiry, why))

    async def renew(self, actor: Actor, enquiry: str, body: dict[str, Any]) -> EnquiryOutcome:
        """A new link in the place of the old one, and perhaps a new date."""
        await self._begin(actor, enquiry, "renew")
        due_ms, token = self._end_of(self._fit(Renewal, body).get("due")), self._new_token()
        return await self._change(
            lambda tx: tasks.renew(tx, actor.name, enquiry, due_ms=due_ms, link_sha256=digest_of(token)), token
        )

    async def asked_since(self, actor: Actor, case_id: str, since_ms: int) -> EnquiryOutcome | None:
        """The first enquiry this person opened in the case since then: for a call cut off before its answer."""
        files = await self.of_case(actor, case_id)
        since = rfc3339(since_ms)
        found = next((one for one in files if one.opened_by == actor.name and one.opened >= since), None)
        return EnquiryOutcome(found) if found else None

    async def ended_since(self, actor: Actor, enquiry: str, state: str, since_ms: int) -> EnquiryOutcome | None:
        """The enquiry, if this person ended it so since then."""
        permit(actor, "enquire")
        file = await self._store.read(lambda view: tasks.task(view, enquiry).file(view, self._clock.now_ms()))
        is_his = (file.state, file.replied_by) == (state, actor.name) and (file.ended or "") >= rfc3339(since_ms)
        return EnquiryOutcome(file) if is_his else None

    # ------------------------------------------------------------ addressees

    async def by_link(self, token: str) -> Form:
        """What stands behind a link; the reading is a leaf before it is shown. NotFound for one that leads nowhere."""

        def look(view: View) -> tuple[Form, Task]:
            found, now_ms = _behind(view, token), self._clock.now_ms()
            if (state := _link_state(found.row, now_ms)) != "open":
                return Form(state), found
            file = found.file(view, now_ms)
            return Form(state, file.addressee["name"], file.question, file.told, file.due), found

        form, found = await self._store.read(look)
        if form.state == "open":
            await self._store.write(lambda tx: tasks.note_shown(tx, found))
        return form

    async def reply_by_link(self, token: str, body: dict[str, Any]) -> None:
        """The addressee's own reply, once. NotFound, IllegalMove when the link has ended, or Incomplete."""
        await self._store.read(lambda view: _require_live(_behind(view, token), self._clock.now_ms()))
        reply = self._fit(Reply, body)

        def take(tx: Tx) -> None:
            enquiry = _require_live(_behind(tx, token), tx.now_ms)
            tasks.answer(tx, f"enquiry:{enquiry}", enquiry, reply, channel=BY_FORM, received_ms=tx.now_ms)

        await self._store.write(take)

    # ------------------------------------------------------------ inside

    def _asked(self, view: View, thread: Thread, question: Question) -> dict[str, Any]:
        """What is kept of an enquiry: the question, to whom, and what he is told of the weapon. Restricted."""
        entered, chosen, to = plain(question), question.told or USUALLY_TOLD, question.addressee or Addressee()
        asked, me, today = entered["question"], self._house.authority, self._today()
        told = told_of(view, thread, to, chosen, asked, me=me, today=today)
        return {"addressee": entered["addressee"], "question": asked, "told": told}

    async def _require_told(self, actor: Actor, case_id: str, question: Question) -> None:
        """What may not be told is refused, and the refusal noted, before anything is opened."""
        try:
            await self._store.read(lambda view: self._asked(view, load(view, case_id), question))
        except Restricted as refused:
            leaf = refused
            await self._store.write(lambda tx: note_refusal(tx, actor, leaf))
            raise

    async def _begin(self, actor: Actor, enquiry: str, verb: str) -> None:
        """Who may not, or what the enquiry does not allow, is refused before the body is read."""
        permit(actor, "enquire")
        await self._store.read(lambda view: tasks.require_open(tasks.task(view, enquiry).row, verb))

    async def _change(self, work: Callable[[Tx], Task], token: str | None = None) -> EnquiryOutcome:
        return EnquiryOutcome(await self._store.write(lambda tx: work(tx).file(tx, tx.now_ms)), token)

    def _fit(self, model: type[Part], body: dict[str, Any]) -> dict[str, Any]:
        return plain(whole_part(model, body, self._today()))

    def _new_token(self) -> str:
        return base64url.encode(self._ids.random_bytes(TOKEN_BYTES))

    def _today(self) -> date:
        return self._now().date()

    def _now(self) -> datetime:
        return self._clock.now()

    def _end_of(self, day: str | None) -> int | None:
        """The end of a named day in the zone of the node."""
        named = Day().first(day) if day else None
        return None if named is None else to_ms(due_on(named, self._house.timetable.calendar).due_at)


def _require_room(view: View, thread: Thread) -> None:
    """Only a request that waits for our answer is enquired about, and not without end."""
    if Kind.FINAL_RESPONSE not in thread.view.allowed(thread.us) or not thread.said:
        msg = f"enquire: the case is {thread.state}, and no answer of ours is awaited in it"
        raise IllegalMove(msg)
    if (held := tasks.count(view, thread.case.id)) >= tasks.MOST_IN_A_CASE:
        msg = f"enquire: the case has {held} enquiries; no more are opened"
        raise IllegalMove(msg)


def _behind(view: View, token: str) -> Task:
    found = tasks.by_link(view, digest_of(token))
    if found is None or found.case.content_key is None:
        raise NotFound("this link leads to no enquiry; whoever sent it can give a new one")
    return found


def _link_state(row: AnyRow, now_ms: int) -> str:
    if row.state == "open":
        return "open" if row.link_until_ms > now_ms else "ended"
    return "answered" if row.state == "answered" else "ended"


def _require_live(found: Task, now_ms: int) -> str:
    """The id of the enquiry while its link may still be used."""
    if (state := _link_state(found.row, now_ms)) != "open":
        msg = f"reply: the enquiry behind this link is {state}; whoever sent it can give a new one"
        raise IllegalMove(msg)
    return str(found.row.id)
