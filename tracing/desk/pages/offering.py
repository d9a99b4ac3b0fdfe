"""Which acts the page of a case offers, in which order, and what each form begins with.

Rules
- What the case asks of us comes first, then what is usual for our side; the rest is one click away, by its name.
- Nothing is offered that the case does not allow or this person may not do; nor a form that has nothing to point at.
- A form that was refused comes back as it was typed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from protocol.lifecycle import TABLE, Kind, Role, State, When
from tracing.casework.casefile import CaseFile
from tracing.casework.verbs import VERBS
from tracing.desk.pages.acts import ACTS, GIVEN
from tracing.desk.pages.failures import Failure, filled
from tracing.desk.pages.forms import Form, flatten
from tracing.desk.pages.moments import Here
from tracing.desk.pages.pending import asks_us
from tracing.desk.pages.pointing import pointing
from tracing.desk.pages.posted import Typed
from tracing.desk.pages.prefilling import prefilled
from tracing.desk.pages.steps import step_of
from tracing.desk.pages.tongue import N_, _
from tracing.desk.pages.uploading import Files

__all__ = ["RECORD", "Asked", "Group", "Offer", "Offered", "offered"]

USUAL = {
    "received": ("acknowledge", "answer", "ask", "delay", "refuse"),
    "sent": ("supply", "close", "clarify", "remind"),
}
ABOUT_HANDLING = tuple(name for name in ACTS if name.startswith(("consent", "notify", "object")))
SHORT = frozenset({"acknowledge", "consent-decision", "explain"})  # may stand open above what was asked
RECORD = "record-"


@dataclass(frozen=True, slots=True)
class Offer:
    """One form on the page. ``given``: how a recorded reply came."""

    id: str
    act: str
    name: str
    label: str
    explain: str
    button: str
    form: Form
    grave: bool = False
    open: bool = False
    second: bool = False
    given: Form | None = None

    def placed(self, failure: Failure) -> Failure:
        """A failure with the fields of this form."""
        parts = (*self.form.parts, *(self.given.parts if self.given else ()))
        return failure.placed(replace(self.form, parts=parts), f"{self.id}-")


@dataclass(frozen=True, slots=True)
class Group:
    """Acts one click away: their links under one heading."""

    title: str
    links: tuple[tuple[str, str, str], ...]  # id, label, explanation


@dataclass(frozen=True, slots=True)
class Offered:
    """What the page offers."""

    forms: tuple[Offer, ...]
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """The case and what of it was asked for: the form to open, what to fill it with, what was typed before."""

    file: CaseFile
    request: Mapping[str, Any]
    here: Here
    role_may_close: bool
    two: bool
    do: str = ""
    use: str = ""
    typed: Typed | None = None
    files: tuple[Files, ...] = ()  # the field for attachments, which every form ends with


def offered(asked: Asked) -> Offered:
    """The forms of what is next and usual, of what was asked for, and the names of all others."""
    names = list(_allowed(asked))
    wanted = asked.typed.verb if asked.typed else asked.do
    first = [name for name in _next(asked.file) if name in names]
    usual = [name for name in USUAL[asked.file.direction] if name in names and name not in first]
    recorded = [f"{RECORD}{name}" for name in ACTS if ACTS[name].act in asked.file.recordable]
    apart = [wanted] if wanted in (*names, *recorded) and wanted not in (*first, *usual) else []
    opened = wanted or next((name for name in first if name in SHORT), "")
    shown = [each for name in (*apart, *first, *usual) if (each := _offer(name, asked, is_open=name == opened))]
    rest = [name for name in names if name not in {each.id for each in shown}]
    return Offered(tuple(shown), tuple(_groups(rest, recorded, asked)))


def _allowed(asked: Asked) -> Iterator[str]:
    """The acts allowed now; the closing of a case nobody answered by its own rule of the table."""
    state, file = asked.file.state, asked.file
    rule = TABLE.get((State(state), Kind.CLOSURE, Role.REQUESTER)) if file.direction == "sent" else None
    lapses = rule is not None and rule.when is When.LAPSED and asked.role_may_close
    for name, form in ACTS.items():
        if lapses if name == "close-unanswered" else form.act in file.allowed:
            yield name


def _next(file: CaseFile) -> list[str]:
    step = step_of(file.direction, file.state, file.overlays, file.waiting_on).verb
    return list(dict.fromkeys([*asks_us(file), *([step] if step else [])]))


def _groups(rest: Sequence[str], recorded: Sequence[str], asked: Asked) -> Iterator[Group]:
    """What is rare, what is about handling, what came by another channel; empty ones are left out."""
    handling = [name for name in rest if name in ABOUT_HANDLING]
    other = [name for name in rest if name not in ABOUT_HANDLING]
    for title, names in (
        (N_("More acts"), other), (N_("Handling and consent"), handling),
        (N_("Record what came by another channel"), recorded),
    ):  # fmt: skip
        offers = [each for name in names if (each := _offer(name, asked, is_open=False))]
        if offers:
            yield Group(_(title), tuple((each.id, each.label, each.explain) for each in offers))


def _offer(id_: str, asked: Asked, *, is_open: bool) -> Offer | None:
    """One form, or None where it would have nothing to point at."""
    is_record = id_.startswith(RECORD)
    act = ACTS[id_.removeprefix(RECORD)]
    parts = pointing(act, asked.file, asked.here, swapped=is_record)
    if parts is None:
        return None
    mine = asked.typed if asked.typed and asked.typed.verb == id_ else None
    use = asked.use if asked.do == id_ else ""
    values = mine.form if mine else flatten(prefilled(act, asked.file, asked.request, parts, use))
    failure, more = (mine.failure, mine.more) if mine else (None, "")
    form = filled((*parts, *asked.files), values, failure, more)
    if is_record:
        given = filled(_GIVEN, values, failure)
        return Offer(id_, "record", act.name, _(act.theirs), "", _("Record the reply"), form, open=is_open, given=given)
    second = asked.two and VERBS[act.act].two_persons(dict(act.says))
    return Offer(
        id_, act.act, act.name, _(act.label), _(act.explain), _(act.button), form, act.grave, is_open, second
    )  # fmt: skip


_GIVEN = tuple(replace(each, name=f"given.{each.name}") for each in GIVEN)
