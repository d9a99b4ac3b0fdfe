"""Nodes of several authorities, made by the real command, each in a process; any can be behind a proxy.

    with Several(folder, authorities=("br", "at", "ke"), urls={"ke": "http://127.0.0.1:PORT"}) as nodes:
        nodes.found()
        nodes.start("br")

``urls`` are where others look for an authority, when that is not its own door. One that is never started is dead.
"""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import spending
from tests.bench.pair import BOTH, TRACING, Pair
from tests.faults.lists import write_list
from tests.world import COUNTRIES, free_port

__all__ = ["QUIET", "Several", "peak_mb", "until"]

QUIET = (
    "SELECT (SELECT count(*) FROM outbox)"
    " + (SELECT count(*) FROM envelopes WHERE stage = 'accepted' AND direction = 'in')"
)


@dataclass
class Several(Pair):
    """A ``Pair`` of any number, all known to each other, with an officer and a token at each."""

    authorities: tuple[str, ...] = BOTH
    urls: Mapping[str, str] = field(default_factory=dict)
    hub: str | None = None  # who alone knows everybody; the others know it. Without one, all know all
    doors: dict[str, int] = field(default_factory=dict)  # the port where each listens for counterparts
    tokens: dict[str, str] = field(default_factory=dict)

    def found(self) -> None:
        """Homes, cards, officers."""
        self.passphrase_file.write_text("for measuring only\n")
        self.passphrase_file.chmod(0o600)
        digests = {one: self._found_one(one) for one in self.authorities}
        for one in self.authorities:
            for other in self._known_to(one):
                card = self.folder / f"{other}.card"
                self.call(one, "counterpart", "add", card, "--confirm", digests[other])
            self.call(one, "user", "add", "ada", "--role", "officer")
            self.tokens[one] = self.call(one, "token", "create", "ada")["token"]

        self._token = self.tokens[self.authorities[0]]

    def _known_to(self, one: str) -> Sequence[str]:
        known = self.authorities if self.hub in {None, one} else (str(self.hub),)
        return [other for other in known if other != one]

    def _found_one(self, authority: str) -> str:
        door, desk = free_port(), free_port()
        self.doors[authority], self.desk[authority] = door, f"http://127.0.0.1:{desk}"
        who = ("--authority", authority, "--country", COUNTRIES[authority], "--name", f"Point of {authority}")
        where = ("--exchange", f"127.0.0.1:{door}", "--desk", f"127.0.0.1:{desk}")
        url = ("--exchange-url", self.urls[authority]) if authority in self.urls else ()
        self.call(authority, "init", *who, *where, *url, "--training")
        return str(self.call(authority, "card", "-o", self.folder / f"{authority}.card")["digest"])

    @contextmanager
    def importing(self, authority: str, to: str, count: int, name: str) -> Iterator[Callable[[], int]]:
        """A list of so many requests on its way into a node, by the command; a call waits for how many it took."""
        source = self.folder / f"{name}.csv"
        write_list(source, count, name)
        argv = [*TRACING, *self.words(authority, "request", "import", source, "--to", to)]
        command = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            yield lambda: int(json.loads(command.communicate()[0])["accepted"])
        finally:
            command.kill()
            command.wait()

    def take_list(self, authority: str, to: str, count: int, name: str) -> None:
        """All of a list, in this process."""
        source = self.folder / f"{name}.csv"
        write_list(source, count, name)
        taken = self.call(authority, "request", "import", source, "--to", to)["accepted"]
        assert taken == count, f"{taken} of {count} were taken"

    def unfinished(self) -> int:
        """What waits to be sent or opened, anywhere."""
        return sum(spending.number(self.database(one), QUIET) for one in self.authorities)

    def trees_ok(self) -> bool:
        """Whether every tree of every node is what its entries come to."""
        return all(self.call(one, "audit", "verify")["ok"] for one in self.authorities)


def peak_mb(pid: int) -> float:
    """The most resident memory a process ever had."""
    found = re.search(r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return round(int(found[1]) / 1024, 1) if found else 0.0


def until(is_so: Callable[[], bool], what: str, patience_s: float) -> None:
    """Wait until it is so, or fail saying what was waited for."""
    end = time.monotonic() + patience_s
    while not is_so():
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience_s:.0f} s for {what}")
        time.sleep(0.2)
