"""What a command says: its result on standard output, once; what happens on the way on standard error.

Foreign text (names, markings, file names) is printed with escapes for everything that would act on a terminal.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from tracing.log import printable

WIDE = 240  # for tables into a file or a pipe, where nothing wraps

__all__ = ["Bar", "Output", "counted", "table"]


class Bar(Protocol):
    """A progress bar that is told how far it is."""

    def __call__(self, done: int) -> None: ...


class Output:
    """One command's voice. ``result`` is called once, by every command that succeeds."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._said = Console(file=sys.stderr, highlight=False, markup=False, soft_wrap=True)

    def result(self, document: Any, text: str | Table) -> None:
        """The result: the document with ``--json``, else the text."""
        if self.as_json:
            self.document(document)
        elif isinstance(text, Table):
            Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else WIDE).print(text)
        else:
            sys.stdout.write(text if text.endswith("\n") else f"{text}\n")

    def document(self, document: Any) -> None:
        """One JSON document and nothing else."""
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n")

    def say(self, text: str) -> None:
        """Something for the person at the terminal, beside the result."""
        self._said.print(printable_lines(text))

    @contextmanager
    def bar(self, title: str, total: int, *, silent: bool = False) -> Iterator[Bar]:
        """A bar on a terminal; elsewhere one line at the end, or nothing where it is to be ``silent``."""
        if not sys.stderr.isatty():
            yield lambda _done: None
            if not silent:
                self.say(f"{title}: {total}")
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self._said, transient=True) as progress:
            task = progress.add_task(title, total=total)
            yield lambda done: progress.update(task, completed=done)


def printable_lines(text: str) -> str:
    """The text with its own line ends, and nothing else that acts on a terminal."""
    return "\n".join(printable(line) for line in text.split("\n"))


def counted(count: int, one: str, many: str) -> str:
    """A number with its noun and verb: "1 key is", "3 keys are"."""
    return f"{count} {one if count == 1 else many}"


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """A plain table; None shows as a dash."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for head in heads:
        made.add_column(head, overflow="fold")
    for row in rows:
        made.add_row(*(Text("-" if cell is None else printable(str(cell))) for cell in row))
    return made
