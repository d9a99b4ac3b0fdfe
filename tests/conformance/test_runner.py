"""The kit against real nodes on loopback: ours passes every rule, a copy that deviates fails the rule it breaks."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from keys.card import Card, make
from keys.errors import KeysError
from tests.conformance import __main__ as kit
from tests.conformance.author import Author, request_body
from tests.conformance.campaign import judge
from tests.conformance.deviant import BREAKS, DEVIATIONS
from tests.conformance.link import Link
from tests.conformance.rules import RULES
from tests.conformance.subject import Subject, found
from tests.world import OFFICER, World, free_port, world
from tracing.founding import log_origin
from tracing.partners import pin


def pinned(w: World, card: Card, digest: str) -> None:
    node = w["at"]
    origin = log_origin(node.settings)
    node.store.write_now(lambda tx: pin(tx, card, digest, "admin", net=node.settings.net, log_origin=origin))
    node.partners.reload()


def link_to(w: World, author: Author) -> Link:
    """The kit and our node, which has pinned it; cards are admitted and requests sent by the node's own functions."""
    node, loop = w["at"], asyncio.get_running_loop()
    pinned(w, Card.read(author.card()), author.digest)

    def admit(card: str, digest: str) -> int:
        try:
            pinned(w, Card.read(Path(card).read_bytes()), digest)
        except KeysError:
            return 3
        return 0

    def request() -> int:
        asking = node.office.request(OFFICER, {"to": author.authority} | request_body())
        asyncio.run_coroutine_threadsafe(asking, loop).result(30)
        return 0

    trust = type(node.trust).of_card(
        Card.read(make(node.trust.root_documents, node.trust.keyset_document or b"")), node.trust.digest, "training",
        at_ms=w.clock.now_ms(),
    )  # fmt: skip
    url = f"http://{node.settings.exchange}"
    return Link(author, trust, url, patience_s=20.0, commands={"admit": admit, "request": request})


@pytest.mark.timeout(300)
async def test_our_node_passes_every_rule(tmp_path: Path) -> None:
    author = Author.made("kit", "XXA", "training", f"http://127.0.0.1:{free_port()}")
    async with world(tmp_path, "at") as w:
        findings = await kit.judge(link_to(w, author), [""], quiet=True)
    assert [(one.rule.id, one.verdict, one.why) for one in findings if one.verdict != "pass"] == []
    assert len(findings) == len(RULES) > 100


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """A home to copy."""
    return found(tmp_path_factory.mktemp("home"))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ["signs-too-early", "wants-whole-requests"])
def test_a_node_that_deviates_fails_the_rule_it_breaks(home: Subject, tmp_path: Path, name: str) -> None:
    copy = home.copy(tmp_path / name, name)
    sections = sorted({rule[:4] for rule in BREAKS[name]})
    failed = judge(copy, *(word for section in sections for word in ("--only", section)))["failed"]
    assert failed
    assert set(failed) <= BREAKS[name]


def test_every_deviation_still_finds_what_it_replaces() -> None:
    plant = "from tests.conformance.deviant import DEVIATIONS; [plant() for plant in DEVIATIONS.values()]"
    ended = subprocess.run([sys.executable, "-c", plant], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_there_are_ten_deviations_and_each_breaks_rules_that_exist() -> None:
    assert len(DEVIATIONS) >= 10
    assert set().union(*BREAKS.values()) <= set(RULES)


def test_every_rule_says_what_it_is_in_one_sentence() -> None:
    assert [one.id for one in RULES.values() if not one.sentence.endswith(".") or one.sentence.count(". ")] == []


def test_the_readme_lists_every_rule() -> None:
    text = (Path(__file__).parent / "README.md").read_text("utf-8")
    lines = [f"| {one.id} | {one.sentence} |" for one in RULES.values()]
    assert [line for line in lines if line not in text] == []
