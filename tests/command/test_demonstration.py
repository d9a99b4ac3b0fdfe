"""``tracing demo``: three nodes exchange, the counts add up, and everything ends."""

import socket
from pathlib import Path

from tests.commanding import command
from tracing.cli.exits import Exit

COUNTS = {"sent", "accepted", "opened", "acknowledged", "answered", "refused", "open", "verified"}


def test_the_demonstration_once_exchanges_and_its_counts_add_up(tmp_path: Path) -> None:
    ended = command("demo", "--once", "--json", "--dir", tmp_path / "demo", "--port-base", 14_100)
    assert ended.code == Exit.DONE, ended.err
    counts = ended.json
    assert set(counts) >= COUNTS
    assert counts["sent"] == counts["accepted"] == counts["opened"] == counts["verified"] > 0
    assert min(counts[name] for name in COUNTS) > 0


def test_a_port_in_use_ends_the_demonstration_with_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 14_200)):
        ended = command("demo", "--once", "--json", "--dir", tmp_path / "demo", "--port-base", 14_200)
    assert ended.code == Exit.CONFIGURATION
    assert "--port-base 14300" in ended.err
    assert not (tmp_path / "demo").exists()


def test_a_demonstration_that_was_stopped_while_it_was_made_is_made_anew(tmp_path: Path) -> None:
    made = tmp_path / "demo"
    (made / "ke").mkdir(parents=True)
    (made / "ke" / "node.toml").write_text('authority = "ke"\n')
    (made / "unfinished").touch()
    ended = command("demo", "--once", "--json", "--dir", made, "--port-base", 14_300)
    assert (ended.code, ended.json["sent"] > 0) == (Exit.DONE, True), ended.err
    assert not (made / "unfinished").exists()
