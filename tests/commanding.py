"""The real command, run in this process: a process of its own would spend its time on imports."""

import contextlib
import io
import json
from dataclasses import dataclass
from typing import Any

from tracing.cli.app import hoist, run

__all__ = ["Ended", "command"]


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def document(self) -> Any:
        """The JSON document of one that ended well; of one that says nothing, an empty one."""
        assert not self.code, f"{self.code}: {self.err[-2000:]}"
        return self.json if self.out.strip() else {}


def command(*words: object) -> Ended:
    """Run ``tracing`` with these words."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(hoist([str(word) for word in words]))
    return Ended(int(code), out.getvalue(), err.getvalue())
