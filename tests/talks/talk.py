"""One conversation at random: what both sides try to say, what the wire does with it, and how it must end.

Everything follows from the seed alone, whatever other conversations run beside it on the same pair of nodes.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from protocol import messages
from protocol.lifecycle import Kind, Role
from protocol.names import AuthorityId
from tests.domain.bodies import body
from tests.talks.acts import VERB_OF, choose_body
from tests.talks.pair import ASKS, GIVES, Item, Pair
from tests.talks.standing import Standing
from tests.world import OFFICER, ask
from tracing.casework.acts import Act
from tracing.casework.errors import IllegalMove, Incomplete
from tracing.casework.ports import Address
from tracing.casework.thread import Thread, load
from tracing.casework.writing import store_released
from tracing.exchange.waiting import Row
from tracing.store import View

__all__ = ["Differs", "Talk"]

SPOKEN_BY: dict[str, list[Kind]] = {
    ASKS: [
        Kind.INFORMATION_SUPPLY, Kind.AMENDMENT, Kind.PRIORITY_CHANGE, Kind.CLARIFICATION_REQUEST, Kind.WITHDRAWAL,
        Kind.CLOSURE, Kind.CLOSURE, Kind.CLOSURE, Kind.REOPENING, Kind.REOPENING, Kind.REMINDER, Kind.CONSENT_REQUEST,
        Kind.CONSENT_DECISION, Kind.HANDLING_NOTICE, Kind.OBJECTION, Kind.SPONTANEOUS_INFORMATION,
    ],
    GIVES: [
        Kind.ACKNOWLEDGEMENT, Kind.ACKNOWLEDGEMENT, Kind.PROGRESS, Kind.NOT_COMPETENT, Kind.INFORMATION_REQUEST,
        Kind.INFORMATION_REQUEST, Kind.DELAY_NOTICE, Kind.INTERIM_RESPONSE, Kind.FINAL_RESPONSE, Kind.FINAL_RESPONSE,
        Kind.RESTRICTION_NOTICE, Kind.REFUSAL, Kind.CLARIFICATION_REPLY, Kind.REFERRAL, Kind.CORRECTION,
        Kind.REOPENING, Kind.REMINDER, Kind.CONSENT_REQUEST, Kind.CONSENT_DECISION, Kind.HANDLING_NOTICE,
        Kind.OBJECTION, Kind.SPONTANEOUS_INFORMATION,
    ],
}  # fmt: skip
"""What each side says, the more often the more often it stands here."""


_ROWS = "SELECT mid, effect FROM messages WHERE case_id = ? ORDER BY position"


class Differs(AssertionError):
    """The two sides do not end in the same shared state."""


@dataclass(eq=False)
class Talk:
    """One case between the two nodes. ``script`` is what happened, for whoever looks for the cause."""

    pair: Pair
    seed: int
    chance: random.Random = field(init=False)
    case: str = ""
    mids: list[str] = field(default_factory=list)
    script: list[str] = field(default_factory=list)
    kept: dict[str, list[Row]] = field(default_factory=lambda: {ASKS: [], GIVES: []})
    said: int = 0
    refused: int = 0
    unruly: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    # ------------------------------------------------------------ what is said

    async def begin(self) -> None:
        """The request."""
        outcome = await self.pair.sides[ASKS].node.office.request(OFFICER, ask(GIVES))
        self.case = outcome.case
        self._note(f"{ASKS}: request", outcome.mid)

    async def try_to_say(self, authority: str, kind: Kind | None = None) -> None:
        """An officer's act: done, or refused with nothing changed."""
        side = self.pair.sides[authority]
        before = self.thread(authority)
        if before is None:
            return
        kind = kind or self._kind(authority, before)
        said = choose_body(kind, self.chance, self.mids)
        try:
            outcome = await side.node.office.move(OFFICER, self.case, VERB_OF[kind], said)
        except (IllegalMove, Incomplete) as refusal:
            self.refused += 1
            if self._rows(authority) != (before.case.version, [(row.mid, row.effect) for row in before.rows]):
                raise Differs(f"{authority} was refused {kind} ({refusal}), and its case changed") from refusal
            return
        self._note(f"{authority}: {kind}", outcome.mid)

    def _kind(self, authority: str, thread: Thread) -> Kind:
        """One it may say now, most of the time."""
        kinds = SPOKEN_BY[authority]
        now = thread.view.allowed(thread.us) | ({Kind.CLOSURE} if thread.us is Role.REQUESTER else set())
        legal = [kind for kind in kinds if kind in now]
        return self.chance.choice(legal if legal and self.chance.random() < 0.85 else kinds)

    async def blurt(self, authority: str, kind: Kind | None = None) -> None:
        """A signed message its own office would never let out: any kind, naming any messages, whatever the state."""
        kind = kind or self.chance.choice([one for one in Kind if one is not Kind.TRACE_REQUEST])
        before = self.thread(authority)
        if before is None:
            return
        named = tuple(mid for mid in self.mids if self.chance.random() < 0.5)
        about = {"about": self.chance.choice(self.mids)} if "about" in body(kind) else {}
        message = messages.parse(messages.BY_KIND[kind].TYPE, body(kind) | about)
        side = self.pair.sides[authority]
        address = Address(AuthorityId(side.other), self.case, named, "routine")
        prepared = side.node.house.seal.prepare(message, address, by_letter=False)
        act = Act(self.case, VERB_OF.get(kind, str(kind)), side.other, message, {}, prepared, before.case.version)
        await side.node.store.write(lambda tx: store_released(tx, side.node.house, OFFICER, act))
        self.unruly += 1
        self._note(f"{authority}: {kind} unbidden, re {', '.join(map(self._short, named))}", prepared.mid)

    def _note(self, what: str, mid: str | None) -> None:
        self.said += 1
        self.mids.append(str(mid))
        self.script.append(f"{what} = {self._short(str(mid))}")

    def _short(self, mid: str) -> str:
        return f"{mid[:2]}{self.mids.index(mid)}" if mid in self.mids else mid

    # ------------------------------------------------------------ what the wire does

    def pick(self, authority: str, waiting: list[Item]) -> tuple[list[int], bool]:
        """Which of its rows the wire takes now, in which order, and whether the answer is lost."""
        mine = [item for item in waiting if item.mid in self.mids]
        taken = [item for item in mine if self.chance.random() < 0.6]
        self.chance.shuffle(taken)
        is_deaf = self.chance.random() < 0.15
        if taken:
            what = ", ".join(self._short(item.mid) for item in taken)
            self.script.append(f"wire from {authority}: {what}{', answer lost' if is_deaf else ''}")
        return [item.row for item in taken], is_deaf

    def remember(self, authority: str, sent: list[Row]) -> None:
        """Some of what was handed over comes once more later."""
        self.kept[authority] += [row for row in sent if self.chance.random() < 0.3]

    def repeats(self) -> Iterator[tuple[str, Row]]:
        """What comes once more now."""
        for authority, rows in self.kept.items():
            for row in [one for one in rows if self.chance.random() < 0.5]:
                rows.remove(row)
                yield authority, row

    # ------------------------------------------------------------ how it stands

    def thread(self, authority: str) -> Thread | None:
        """The case at one side, or None where it has not begun."""
        return self.pair.sides[authority].node.store.read_now(lambda view: _thread(view, self.case))

    def _rows(self, authority: str) -> tuple[int, list[tuple[str, str]]]:
        """The version of the case at one side, and each of its messages with its effect."""

        def look(view: View) -> tuple[int, list[tuple[str, str]]]:
            version = view.conn.exec_driver_sql("SELECT version FROM cases WHERE id = ?", (self.case,)).scalar_one()
            rows = view.conn.exec_driver_sql(_ROWS, (self.case,))
            return version, [(row.mid, row.effect) for row in rows]

        return self.pair.sides[authority].node.store.read_now(look)

    def difference(self, ours: Standing, theirs: Standing) -> Differs | None:
        """What both sides see differently, or what one has that does not follow from its messages."""
        differing = [name for name in ours.shared if ours.shared[name] != theirs.shared[name]]
        told = [f"{name}: {ours.shared[name]} at {ASKS}, {theirs.shared[name]} at {GIVES}" for name in differing]
        for side, one in ((ASKS, ours), (GIVES, theirs)):
            if one.clocks != one.anew:
                differing.append(f"clocks of {side}")
                told.append(f"clocks of {side}: {one.clocks}, and from its messages alone {one.anew}")
        if not told:
            return None
        lines = [f"  {line}" for line in told] + [f"    {line}" for line in self.script]
        return Differs("\n".join([f"seed {self.seed}: the two sides differ in {', '.join(differing)}", *lines]))


def _thread(view: View, case_id: str) -> Thread | None:
    is_here = view.conn.exec_driver_sql("SELECT 1 FROM cases WHERE id = ?", (case_id,)).first()
    return load(view, case_id) if is_here else None
