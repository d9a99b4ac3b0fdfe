"""A pair of nodes in two processes whose sender keeps its classical keys on a token."""

from pathlib import Path
from typing import Any

from tests.bench.pair import SENDER, Pair
from tests.commanding import command
from tests.softhsm import MODULE


class OnToken(Pair):
    """``section`` is the ``[custody]`` of the sender. It is founded in this process, where a test may hand it keys."""

    def __init__(self, folder: Path, section: dict[str, Any]) -> None:
        super().__init__(folder)
        self.section = section

    def call(self, authority: str, *words: str | Path) -> Any:
        if words[0] != "init" or authority != SENDER:
            return super().call(authority, *words)
        given = ("--token", self.section["token"], "--token-module", MODULE, "--pin-file", self.section["pin_file"])
        home = ("--home", self.folder / SENDER, "--passphrase-file", self.passphrase_file)
        made = command(*home, "--json", *words, *given)
        assert made.code == 0, made.err
        return {}
