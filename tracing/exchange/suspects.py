"""Finding the one item that makes posts fail: what failed together is halved until the cause stands alone.

One group is tried at a time, beside the ordinary posts, so neither the good ones in it nor those behind it wait long:
64 items take a dozen posts, not 64.

    suspects.split([7, 8, 9])      # these failed together
    suspects.take(suspects.groups[0], {7})
"""

from collections.abc import Collection, Iterable, Sequence

__all__ = ["Suspects"]

Group = frozenset[int]


class Suspects:
    """Groups of row ids, in the order they are tried. In memory only: after a restart everything is tried together."""

    def __init__(self) -> None:
        self._groups: list[Group] = []

    def __bool__(self) -> bool:
        return bool(self._groups)

    @property
    def groups(self) -> tuple[Group, ...]:
        """Those still to be tried."""
        return tuple(self._groups)

    @property
    def ids(self) -> set[int]:
        """All rows under suspicion that are not under way."""
        return set().union(*self._groups)

    def split(self, ids: Sequence[int]) -> None:
        """These failed together, or the only one failed."""
        middle = (len(ids) + 1) // 2
        halves = [frozenset(ids[:middle]), frozenset(ids[middle:])]
        self._groups[:0] = [half for half in halves if half]

    def isolate(self, ids: Iterable[int]) -> None:
        """Each of these is to be tried by itself, after the others."""
        self._groups.extend(frozenset({one}) for one in ids)

    def take(self, group: Group, ids: Collection[int]) -> None:
        """``ids`` of a group are under way; the rest of it waits its turn again."""
        self._groups.remove(group)
        if rest := group.difference(ids):
            self._groups.append(rest)
