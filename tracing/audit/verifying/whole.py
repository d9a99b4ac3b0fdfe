"""The course of a verification: tree by tree, entry by entry, to the first that does not hold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select

from protocol import merkle
from tracing.audit.trees import PRIVATE, read_head
from tracing.audit.verifying.found import AuditResult, Bad, CheckNote
from tracing.audit.verifying.leaves import Carried, check_leaf, check_vouched, leaves_of
from tracing.audit.verifying.marks import Mark, Marks, Passed
from tracing.audit.verifying.objects import Objects
from tracing.audit.verifying.promises import Links, Promised, check_promises, is_linking, promises
from tracing.audit.verifying.strays import check_nothing_is_gone, check_nothing_slipped_in, check_peers
from tracing.audit.vouched import Vouched
from tracing.store import AnyRow, View
from tracing.tables import Tree, table_of

__all__ = ["verify"]

TELL: Final = 1000  # entries between two words of progress
_trees = table_of(Tree)


def verify(
    view: View,
    check_note: CheckNote,
    progress: Callable[[int], None] | None = None,
    against: Sequence[Vouched] = (),
    marks: Marks | None = None,
) -> AuditResult:
    """Recompute everything, also ``against`` what somebody outside holds. ``progress`` hears how many are done.

    With ``marks`` it goes on where an earlier run was cut short; what that leaves unseen stands there. Where the mark
    does not fit, or anything is bad, all is done afresh: the first bad entry is the first of all.
    """
    hear = progress or _nobody
    earlier = marks.read() if marks is not None else None
    if marks is not None and earlier is not None:
        try:
            found = _Run(view, check_note, hear, against, marks, earlier).result()
        except _Unfit:
            found = None
        if found is not None and found.ok:
            return found
        marks.forget()
    return _Run(view, check_note, hear, against, marks, None).result()


def _nobody(_done: int) -> None:
    """Hears the progress where nobody else does."""


class _Unfit(Exception):
    """The entries are not those that the mark of the earlier run was set over."""


@dataclass(slots=True)
class _Run:
    """One verification from beginning to end."""

    view: View
    check_note: CheckNote
    hear: Callable[[int], None]
    against: Sequence[Vouched]
    marks: Marks | None
    earlier: Mark | None
    sizes: dict[str, int] = field(default_factory=dict)
    passed: dict[str, Passed] = field(default_factory=dict)
    unmarked: int = 0  # entries since the last mark

    def result(self) -> AuditResult:
        try:
            self._all()
        except Bad as bad:
            return self._result(str(bad))
        self.hear(sum(self.sizes.values()))
        return self._result(None)

    def _result(self, bad: str | None) -> AuditResult:
        before = self.earlier
        resumed = {} if before is None else {name: one.size for name, one in before.trees.items()}
        since = None if before is None else before.since_ms
        return AuditResult(sum(self.sizes.values()), bad is None, bad, self.sizes, resumed, since)

    def _all(self) -> None:
        self.passed |= self.earlier.trees if self.earlier is not None else {}
        links, objects = Links(), Objects.of(self.view)
        try:
            for tree in self.view.conn.execute(select(_trees).order_by(_trees.c.name != PRIVATE, _trees.c.name)).all():
                vouched = [one for one in self.against if one.tree == tree.name]
                promised = promises(self.view, tree, self.check_note, links, vouched)
                carried = None if self.marks is None else Carried()
                before = self.passed.get(tree.name)
                self._tree(_Course(self.view, tree, before, promised, links, objects, vouched, carried))
        finally:
            self._mark()
        check_nothing_is_gone(self.view, set(self.sizes), links)
        check_nothing_slipped_in(self.view)
        if objects.disagrees is not None:
            raise Bad(objects.disagrees)
        check_peers(self.view, links)

    def _tree(self, course: "_Course") -> None:
        name = course.tree.name
        self.sizes[name] = 0
        try:
            for leaves in leaves_of(self.view, name):
                course.follow(leaves)
                self.sizes[name] = course.size
                self._pass(course, len(leaves))
                if course.size % TELL == 0:
                    self.hear(sum(self.sizes.values()))
        finally:
            self.sizes[name] = course.size
        course.end()

    def _pass(self, course: "_Course", count: int) -> None:
        """Objects that hold so far are marked now and then; once columns disagree with one, nothing is any more."""
        if self.marks is None or course.size <= course.known or course.objects.disagrees is not None:
            return
        self.unmarked += count
        self.passed[course.tree.name] = course.passed()
        if self.unmarked >= self.marks.every:
            self._mark()

    def _mark(self) -> None:
        if self.marks is not None and self.unmarked:
            since = self.marks.now_ms if self.earlier is None else self.earlier.since_ms
            self.marks.keep(Mark(since, self.passed))
            self.unmarked = 0


@dataclass(slots=True)
class _Course:
    """One tree, and all it is held against. ``size`` entries hold so far."""

    view: View
    tree: AnyRow
    before: Passed | None
    promised: Promised
    links: Links
    objects: Objects
    vouched: Sequence[Vouched]
    carried: Carried | None  # None where nothing is marked
    size: int = 0
    frontier: merkle.CompactRange = field(default_factory=merkle.CompactRange)
    hashes: list[bytes] = field(default_factory=list)  # of entries behind the frontier
    sure: int = 0

    def __post_init__(self) -> None:
        if self.before is not None and self.before.origin != self.tree.origin:
            raise _Unfit

    @property
    def known(self) -> int:
        """How many entries an earlier run held their objects against."""
        return 0 if self.before is None else self.before.size

    def follow(self, leaves: Sequence[Any]) -> None:
        """Some entries more."""
        name, known, check = self.tree.name, self.known, None
        for leaf in leaves:
            check_leaf(name, leaf, self.size)
            linking = is_linking(name, leaf)
            if linking or self.size >= known:
                check = check or self.objects.check_of(name, leaves)
                check(leaf)
            if self.vouched:
                check_vouched(name, leaf, self.vouched)
            if self.carried is not None:
                self.carried.add(leaf)
            self.hashes.append(leaf.hash)
            self.size += 1
            if linking:
                self.links.learn(name, leaf, self.root)
            if self.size == known:
                self._fit()
            if self.size in self.promised:
                self._keep(self.promised.pop(self.size))

    def root(self) -> bytes:
        """Of the entries so far."""
        return self._grown().root()

    def _grown(self) -> merkle.CompactRange:
        if self.hashes:
            self.frontier = self.frontier.extend(self.hashes)
            self.hashes.clear()
        return self.frontier

    def passed(self) -> Passed:
        """The entries so far, as a mark tells of them."""
        carried = b"" if self.carried is None else self.carried.digest()
        return Passed(self.tree.origin, self.size, self.root(), carried)

    def _fit(self) -> None:
        if self.before is not None and self.passed() != self.before:
            raise _Unfit

    def _keep(self, promised: list[tuple[str, bytes]]) -> None:
        check_promises(self.tree.name, self._grown(), promised, self.sure)
        self.sure = self.size

    def end(self) -> None:
        """Nothing follows that was promised, and the head that is kept is that of the entries."""
        name = self.tree.name
        if self.size < self.known:
            raise _Unfit
        for size in sorted(size for size in self.promised if size > self.size):
            raise Bad(f"{name}:{self.size}: missing; {self.promised[size][0][0]} was signed over {size} entries")
        if _stored_head(self.view, name) != self._grown():
            raise Bad(
                f"{name}:{self.size}: the head of the tree says {self.tree.size} entries, and does not follow from"
                f" the {self.size} that are here"
            )


def _stored_head(view: View, tree: str) -> merkle.CompactRange | None:
    """The head that is kept, None for one that is not even of the right form."""
    try:
        return read_head(view, tree).range
    except ValueError:
        return None
