"""Bugs planted in one function each: what the simulation must find.

with planted(BUGS[0]):
    ...  # every node of this process has it
"""

import inspect
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import CodeType, FunctionType
from typing import Any, Final

__all__ = ["BUGS", "Bug", "function_of", "planted"]


@dataclass(frozen=True)
class Bug:
    """What is wrong; the function, as ``module:name``; its words as they are, and as they are then."""

    what: str
    where: str
    as_it_is: str
    as_it_is_then: str


BUGS: Final = (
    Bug(
        "a commit that failed is told as done",
        "tracing.store.unit:Store._fail",
        "unit.error = unit.error or error",
        "pass",
    ),
    Bug(
        "what a failed act had read of the trees is believed by the next one in its commit",
        "tracing.store.unit:Store._run",
        "commit.carry.clear()",
        "saved = dict(commit.carry)",
    ),
    Bug(
        "the receipt that it was opened is signed and not sent",
        "tracing.seals.opening:Opener._answer",
        "queue=True",
        "queue=False",
    ),
    Bug(
        "what came before its request stays held for ever",
        "tracing.seals.opening:Opener._take",
        '_RELEASE.run(tx.conn, {"case": case_id, "sender": row.sender})',
        "0",
    ),
    Bug(
        "an item that failed is never due again",
        "tracing.exchange.fates:put_off",
        "int(seconds * 1000)",
        "10**13",
    ),
    Bug(
        "after a post that failed its rows count as under way",
        "tracing.exchange.courier:Courier._landed",
        "self._posts.pop(task)",
        "self._posts[task]",
    ),
    Bug(
        "what may have been taken leaves the outbox unanswered",
        "tracing.exchange.courier:Courier._note_loss",
        "waiting.mark_sent(tx, self._means.me().authority, rows)",
        "waiting.leave(tx, {row.id for row in rows})",
    ),
    Bug(
        "the ledger does not hear of what a case counts under no longer",
        "tracing.casework.tallies.keeping:keep",
        'difference.subtract(marks(thread.case.counted or ""))',
        "pass",
    ),
    Bug(
        "no clock starts after the case has begun",
        "tracing.casework.standing:stand",
        "clocks.follow(tx, timetable, thread)",
        "clocks._rows_of(tx, thread.case.id)",
    ),
    Bug(
        "a receipt does not move its case",
        "tracing.casework.delivery:receipt_taken",
        "stand(tx, timetable, judged(tx, row.case_id))",
        "pass",
    ),
    Bug(
        "that a date passed is noted and nobody is told",
        "tracing.calendar.watch:_write",
        '_note(tx, _Said(event.name, "owner", manner.tell), row, late=late)',
        "False",
    ),
    Bug(
        "nobody looks for dates that passed",
        "tracing.calendar.watch:_look",
        "_say(tx, PASSED, manner) + _say(tx, NEAR, manner)",
        "_say(tx, NEAR, manner)",
    ),
    Bug(
        "what comes twice is a conflict",
        "tracing.exchange.inbox:Inbox._store_envelope",
        "known.stored(tx, one.envelope) if key in digests else []",
        "[]",
    ),
    Bug(
        "the head of a tree is not written",
        "tracing.audit.trees:append",
        'tx.at_commit(("tree", tree), _write_head(tree))',
        "pass",
    ),
    Bug(
        "that a message was opened is answered in a transaction of its own",
        "tracing.seals.opening:Opener._take",
        'self._answer(tx, row, "opened", verified.statement_digest, None)',
        "tx.after_commit(lambda: asyncio.ensure_future(self._store.write("
        'lambda tx: self._answer(tx, row, "opened", verified.statement_digest, None))))',
    ),
    Bug(
        "a message is marked as opened in a transaction of its own",
        "tracing.seals.opening:Opener._take",
        '_settle(tx, row, "opened" if is_whole else "waiting", case_id=case_id)',
        "tx.after_commit(lambda: asyncio.ensure_future("
        'self._store.write(lambda tx: _settle(tx, row, "opened", case_id=case_id))))',
    ),
    Bug(
        "that it was opened ends the sending before it is known when it was accepted",
        "tracing.post:take_receipt",
        '(receipt.stage != "opened" or ours.accepted_ms is not None)',
        "True",
    ),
    Bug(
        "a node whose way is cut does not try again",
        "tracing.exchange.courier:Courier._seek",
        "await self._rest(max(delay, min(self._retry_after_s, pace.longest_s)))",
        "await self._rest(10**9)",
    ),
    Bug(
        "every message to a counterpart has the same number",
        "tracing.post:advance",
        "change_counterpart(tx, counterpart, out_seq=seq, out_prev=digest)",
        "pass",
    ),
    Bug(
        "after the start nobody looks at the dates again",
        "tracing.calendar.watch:Watch._look_again",
        "await self.tick()",
        "pass",
    ),
)


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """While it lasts, the function does what the bug says, for whoever holds it."""
    function = function_of(bug)
    before = function.__code__
    function.__code__ = _changed(function, bug)
    try:
        yield
    finally:
        function.__code__ = before


def function_of(bug: Bug) -> FunctionType:
    """The function it is planted in."""
    module, names = bug.where.split(":")
    found: Any = import_module(module)
    for name in names.split("."):
        found = inspect.getattr_static(found, name)
    found = getattr(found, "__func__", found)
    assert isinstance(found, FunctionType), f"{bug.where} is no function"
    return found


def _changed(function: FunctionType, bug: Bug) -> CodeType:
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(bug.as_it_is) == 1, f"{bug.where}: {bug.as_it_is!r} stands {source.count(bug.as_it_is)} times"
    lines = source.splitlines()
    while lines[0].lstrip().startswith("@"):
        del lines[0]
    whole = "\n".join(lines)
    as_it_is, changed = (
        _code_of(function, text, bug) for text in (whole, whole.replace(bug.as_it_is, bug.as_it_is_then))
    )
    assert _said_in(changed) != _said_in(as_it_is), f"{bug.where}: {bug.what}: it changes nothing"
    return changed


def _code_of(function: FunctionType, text: str, bug: Bug) -> CodeType:
    made: dict[str, Any] = {}
    exec(compile(text, f"<{bug.what}>", "exec"), function.__globals__, made)
    code: CodeType = made[function.__name__].__code__
    return code


def _said_in(code: CodeType) -> tuple[Any, ...]:
    """What it does, without where it stands."""
    inner = (_said_in(one) if isinstance(one, CodeType) else one for one in code.co_consts)
    return code.co_code, code.co_names, tuple(inner)
