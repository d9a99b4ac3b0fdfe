"""Faults planted in one rule: a copy of the lifecycle's source with a few words changed, held by one side or both.

with planted(FAULTS[0]):
    ...  # the nodes of this process fold their cases with the fault
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from protocol.lifecycle import Role
from tracing.casework import thread

__all__ = ["FAULTS", "Fault", "faulty", "planted"]

Fold = Callable[..., Any]
_COPIED = ("table", "conditions", "fold")
_BOTH = (Role.REQUESTER, Role.REQUESTED)


@dataclass(frozen=True)
class Fault:
    """What is wrong, who has it, and the words of the source that make it: (module, as it is, as it is then)."""

    what: str
    sides: tuple[Role, ...]
    changes: tuple[tuple[str, str, str], ...]


FAULTS = (
    Fault(
        "the order of arrival decides, not precedence",
        _BOTH,
        (
            ("fold", "for mid in sorted(said)", "for mid in said"),
            ("fold", "mid in self.moves if mid in past", "mid in self.said if mid in past and mid in self.moves"),
            ("fold", "max(latest, key=_RANK.__getitem__, default=State.SENT)", "[State.SENT, *latest][-1]"),
        ),
    ),
    Fault(
        "an answer outranks the withdrawal it crossed",
        (Role.REQUESTED,),
        (("table", "State.ANSWERED, State.WITHDRAWN,\n)", "State.WITHDRAWN, State.ANSWERED,\n)"),),
    ),
    Fault(
        "a withdrawal is confirmed as often as anybody likes",
        (Role.REQUESTER,),
        (("table", "When.UNCONFIRMED),  # of", "When.ALWAYS),  # of"),),
    ),
    Fault(
        "what the other side rejected counts all the same",
        (Role.REQUESTER,),
        (("fold", "self.held.items() if mid not in rejected}", "self.held.items()}"),),
    ),
    Fault(
        "any reply ends every question, whichever it names",
        (Role.REQUESTED,),
        (("conditions", 'and reply.fact("about") in (None, asked.mid)', ""),),
    ),
    Fault(
        "a receipt does not show that the request was delivered",
        (Role.REQUESTER,),
        (("fold", "or self.was_opened):", "or (seen_by is None and self.was_opened)):"),),
    ),
    Fault(
        "a question outlives the closure that it crossed",
        (Role.REQUESTED,),
        (("conditions", "if ended <= self.past[mid])", "if not any(mid in self.past[end] for end in ended))"),),
    ),
    Fault(
        "a late answer does not open the case again",
        (Role.REQUESTER,),
        (("table", "State.ANSWERED, When.ALWAYS),  # late", "State.CLOSED, When.ALWAYS),  # late"),),
    ),
    Fault(
        "only what a message names itself was seen by its sender",
        (Role.REQUESTED,),
        (("fold", "seen, new = 0, direct", "seen, new = direct, 0"),),
    ),
    Fault(
        "of two priorities that of the greater message id stands",
        (Role.REQUESTER,),
        (("fold", "(len(seen.past[one.mid]), one.mid), default=None", "one.mid, default=None"),),
    ),
)  # fmt: skip


@cache
def faulty(fault: Fault) -> Fold:
    """The fold with this fault."""
    name = f"tests_talks_fault_{FAULTS.index(fault)}"
    made: ModuleType | None = None
    for copied in _COPIED:
        source = _source(f"protocol.lifecycle.{copied}")
        for module, as_it_is, as_it_is_then in fault.changes:
            if module == copied:
                assert source.count(as_it_is) == 1, f"{fault.what}: {as_it_is!r} stands {source.count(as_it_is)} times"
                source = source.replace(as_it_is, as_it_is_then)
        for other in _COPIED:
            source = source.replace(f"from protocol.lifecycle.{other} import", f"from {name}_{other} import")
        made = sys.modules[f"{name}_{copied}"] = ModuleType(f"{name}_{copied}")
        exec(compile(source, f"<{fault.what}>", "exec"), made.__dict__)
    assert made is not None, "the fold is the last that is copied"
    fold: Fold = made.fold
    return fold


def _source(name: str) -> str:
    spec = find_spec(name)
    assert spec is not None, name
    assert spec.origin is not None, name
    return Path(spec.origin).read_text(encoding="utf-8")


@contextmanager
def planted(fault: Fault) -> Iterator[None]:
    """While it lasts, the nodes of this process that play a part of ``fault.sides`` fold their cases with it."""
    part = threading.local()
    delivered, fold = thread._delivered, thread.fold

    def delivered_to(case: Any, said: Any, rows: Any) -> Any:
        part.us = Role.REQUESTER if case.direction == "sent" else Role.REQUESTED
        return delivered(case, said, rows)

    def folded(said: Any, **seen: Any) -> Any:
        return (faulty(fault) if part.us in fault.sides else fold)(said, **seen)

    thread._delivered, thread.fold = delivered_to, folded  # type: ignore[assignment]
    try:
        yield
    finally:
        thread._delivered, thread.fold = delivered, fold
